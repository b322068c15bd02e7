"""The archive installs where there is no network, works there, and leaves data alone."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest

from scripts import bundle as bundling
from tests.install import empty_root

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
PRESENT = f"{sys.version_info.major}.{sys.version_info.minor}"
_INSTALL = """
cd /root
tar xf $BUNDLE
cd lienthong-*/
echo "== check"
sh install.sh --check --user root --python $PYTHON
echo "== install"
sh install.sh --user root --python $PYTHON
echo "== again"
sh install.sh --user root --python $PYTHON
echo "== trial"
/opt/lienthong/current/bin/python $TRIAL
echo "== uninstall"
sh uninstall.sh
ls -d /opt/lienthong /usr/local/bin/lienthong 2>&1 || true
ls /var/lib/lienthong /var/lib/lienthong/keys /etc/lienthong
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive for the Python that runs the tests."""
    out = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        ["sh", "scripts/bundle.sh", "--python", PRESENT, "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = out.glob("*.tar")
    return made


@pytest.mark.system
@pytest.mark.timeout(300)
def test_it_installs_in_an_empty_root_with_no_network_and_carries_a_dossier(
    bundle: Path, tmp_path: Path
) -> None:
    trial = Path(__file__).with_name("trial.py")
    said = empty_root.run(_INSTALL, tmp_path, shown={bundle: "BUNDLE", trial: "TRIAL"})
    parts = dict(part.split("\n", 1) for part in said.split("== ") if "\n" in part)
    assert "Máy này cài được." in parts["check"]
    assert "đã cài lienthong" in parts["install"]
    assert "đã cài đủ từ trước, giữ nguyên" in parts["again"]
    assert "đã đặt" not in parts["again"]
    assert "đã tạo" not in parts["again"]
    assert re.search(r"dossier H00.01-260309-0001 đã (xử lý xong|trả)", parts["trial"])
    assert "production" in parts["trial"]
    left = parts["uninstall"]
    assert "No such file" in left
    for kept in ("store.sqlite", "master.key", "units.json", "gateway.toml"):
        assert kept in left, kept


@pytest.fixture(scope="module")
def unpacked(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive's one folder."""
    where = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(bundle) as archive:
        archive.extractall(where, filter="data")
    (folder,) = where.iterdir()
    return folder


def test_its_checksum_stands_beside_it(bundle: Path) -> None:
    digest, name = bundle.with_name(bundle.name + ".sha256").read_text().split()
    assert digest == hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert name == bundle.name


def test_every_file_of_it_has_its_checksum_and_nobody_owns_it(
    bundle: Path, unpacked: Path
) -> None:
    lines = (unpacked / "SHA256SUMS").read_text("utf-8").splitlines()
    summed = {line.split("  ", 1)[1] for line in lines}
    there = {
        str(path.relative_to(unpacked))
        for path in unpacked.rglob("*")
        if path.is_file()
    }
    assert there - summed == {"SHA256SUMS"}
    with tarfile.open(bundle) as archive:
        entries = archive.getmembers()
    assert {(one.uid, one.gid, one.uname) for one in entries} == {(0, 0, "root")}
    assert len({one.mtime for one in entries}) == 1


def test_every_wheel_but_our_own_has_a_hash_that_was_tested(unpacked: Path) -> None:
    locked = set(re.findall(r"sha256:([0-9a-f]{64})", LOCK.read_text("utf-8")))
    wheels = list((unpacked / "wheels").glob("*.whl"))
    foreign = [
        path.name
        for path in wheels
        if hashlib.sha256(path.read_bytes()).hexdigest() not in locked
    ]
    assert len(wheels) > 30
    assert foreign == [f"lienthong_gateway-{VERSION}-py3-none-any.whl"]


def test_documents_are_pages_whose_links_lead_to_pages(unpacked: Path) -> None:
    page = (unpacked / "html/docs/postgresql.vi.html").read_text("utf-8")
    assert "<table>" in page
    linked = [
        (path, found)
        for path in (unpacked / "html").rglob("*.html")
        for found in re.findall(r'href="([^":#]+\.html)', path.read_text("utf-8"))
    ]
    assert len(linked) > 50
    assert [
        (path.name, found)
        for path, found in linked
        if not (path.parent / unquote(found)).is_file()
    ] == []


def checked(unpacked: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        ["sh", str(unpacked / "install.sh"), "--check", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_wheel_that_was_changed_on_the_way_is_not_installed(
    unpacked: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(unpacked, copy)
    wheel = next((copy / "wheels").glob("orjson-*.whl"))
    content = bytearray(wheel.read_bytes())
    content[len(content) // 2] ^= 1
    wheel.write_bytes(content)
    code, said = checked(copy, "--prefix", str(tmp_path / "there"))
    assert code == 1
    assert "THIẾU: tệp nguyên vẹn" in said
    assert not (tmp_path / "there").exists()


def test_what_a_machine_lacks_is_said_before_anything_is_done(
    unpacked: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    code, said = checked(unpacked, "--prefix", str(there), "--python", "/bin/false")
    assert code == 1
    assert f"THIẾU: Python ({PRESENT}). Debian, Ubuntu: apt-get install" in said
    assert "Chưa cài gì" in said
    assert not there.exists()


def test_the_same_files_make_the_same_archive(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    (folder / "inner").mkdir(parents=True)
    release = bundling.Release("1.0", "x86_64", ("3.11",), 1_700_000_000)
    made = []
    for at in (1_000_000_000, 1_500_000_000):
        (folder / "inner" / "file.txt").write_text("nội dung", "utf-8")
        os.utime(folder / "inner" / "file.txt", (at, at))
        bundling.pack(release, folder, tmp_path / "made.tar")
        made.append((tmp_path / "made.tar").read_bytes())
    assert made[0] == made[1]
