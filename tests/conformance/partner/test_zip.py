"""The zip runs with Python alone, from any folder and without a network; it brings what that needs."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from gateway.conformance.partner import folder
from gateway.conforming import Role

ROOT = Path(__file__).resolve().parents[3]
#: What Windows does not have, and modules of ours that cannot be imported there.
NOT_ON_WINDOWS = {"resource", "uvloop", "gateway.store", "gateway.vault"}
MISSING = frozenset({"fcntl", "grp", "pwd", "resource", "termios", "uvloop"})
#: asyncssh takes these wherever it is not on Windows.
OF_ASYNCSSH = {"fcntl", "termios"}
#: And this as the server that a mock with a shared folder is.
OF_ITS_SERVER = OF_ASYNCSSH | {"pwd"}
#: As Windows: modules of other systems are not there.
LOOK = """
import json, runpy, sys
from importlib.metadata import packages_distributions

for name in json.loads(sys.argv[2]):
    sys.modules[name] = None
sys.argv = ["x", *json.loads(sys.argv[1])]
try:
    runpy.run_module("gateway.cli.conformance_alone", run_name="__main__")
except SystemExit as ended:
    code = ended.code
known = packages_distributions()
loaded = {name.partition(".")[0] for name, one in sys.modules.items() if one}
found = sorted({one for name in loaded for one in known.get(name, ())})
there = sorted(name for name, module in sys.modules.items() if module)
print("LOADED", json.dumps([code, found, there]))
"""
#: Starts the zip's program; nothing but this machine can be reached meanwhile.
ALONE = """
import json, runpy, socket, sys

connect = socket.socket.connect

def here_alone(self, address):
    if address[0] != "127.0.0.1":
        raise OSError("no network")
    return connect(self, address)

def nobody(*given, **more):
    raise OSError("no network")

socket.socket.connect, socket.getaddrinfo = here_alone, nobody
start, sys.argv = sys.argv[1], sys.argv[1:]
try:
    runpy.run_path(start, run_name="__main__")
except SystemExit as ended:
    code = ended.code
print("ENDED", json.dumps([code, sys.modules["gateway"].__file__]))
"""
ROLES = [
    pytest.param(name, role.value, id=f"{name}-{role.value}")
    for name in folder.names()
    for role in Role
    if folder.has_role(name, role)
]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script that makes the zip."""
    path = ROOT / "scripts" / "conformance_zip.py"
    spec = importlib.util.spec_from_file_location("conformance_zip", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def unpacked(script: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip, without libraries, unpacked in a folder with blanks and marks."""
    made = tmp_path_factory.mktemp("zip")
    (made / "wheels").mkdir()
    script.pack(made / "bo-thu.zip", made / "wheels")
    place = made / "bộ thử"
    with zipfile.ZipFile(made / "bo-thu.zip") as kit:
        kit.extractall(place)
    return place


@pytest.mark.parametrize(
    ("agency", "against", "wanted", "missing"),
    [
        ("electricity", "http://127.0.0.1:9", 2, MISSING),
        ("water", "file:///khong/co", 1, MISSING - OF_ASYNCSSH),
        *(
            (name, "mock", 0, MISSING - OF_ITS_SERVER if shared else MISSING)
            for name in folder.names()
            for shared in ["[shared]" in folder.kept(name).path.read_text("utf-8")]
        ),
    ],
)
def test_a_run_imports_what_the_zip_brings_and_nothing_that_windows_lacks(
    script: ModuleType,
    tmp_path: Path,
    agency: str,
    against: str,
    wanted: int,
    missing: frozenset[str],
) -> None:
    arguments = [
        *("run", "--agency", agency, "--role", "server"),
        *("--against", against, "--report", "bao-cao"),
    ]
    result = subprocess.run(
        [sys.executable, "-c", LOOK, *map(json.dumps, (arguments, sorted(missing)))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    code, found, loaded = json.loads(result.stdout.rpartition("LOADED")[2])
    assert code == wanted, result.stdout
    own = {"lienthong-gateway", "setuptools"}
    needed = {re.sub(r"[-_.]+", "-", name).lower() for name in found} - own
    assert needed - set(script.NEEDED) == set()
    assert NOT_ON_WINDOWS & set(loaded) == set()


def test_what_the_zip_needs_is_locked_with_hashes(script: ModuleType) -> None:
    lines = list(script.needs())
    pinned = [line for line in lines if "==" in line]
    assert {line.partition("==")[0] for line in pinned} == set(script.NEEDED)
    assert all(";" not in line for line in pinned)
    assert sum("--hash=sha256:" in line for line in lines) > len(pinned)


@pytest.mark.parametrize(("agency", "role"), ROLES)
def test_a_mock_is_tried_from_the_zip_in_an_empty_folder_without_a_network(
    unpacked: Path, tmp_path: Path, agency: str, role: str
) -> None:
    arguments = [
        *("run", "--agency", agency, "--role", role, "--against", "mock"),
        *("--report", "bao-cao"),
    ]
    result = subprocess.run(
        [sys.executable, "-c", ALONE, str(unpacked / "thu.py"), *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    code, came_from = json.loads(result.stdout.rpartition("ENDED")[2])
    assert code == 0, result.stdout
    assert Path(came_from).is_relative_to(unpacked)
    made = {path.name for path in (tmp_path / "bao-cao").iterdir()}
    assert f"bien-ban.{agency}.{role}.docx" in made


def test_the_zip_starts_from_its_own_folder(unpacked: Path, tmp_path: Path) -> None:
    place = unpacked
    start = (place / "thu-ket-noi.cmd").read_bytes().decode()
    assert '-X utf8 "%~dp0thu.py" %*' in start
    assert start.count("\r\n") == start.count("\n")
    result = subprocess.run(
        [
            "/bin/sh",
            str(place / "thu-ket-noi.sh"),
            "list",
            "--agency",
            "open",
            "--json",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)[0]["number"].startswith("MO-")
