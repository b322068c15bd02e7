"""A configuration handed in as a file: read like a folder, and nothing else of it."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from gateway.clocks.clock import VirtualClock
from gateway.domain.legal_day import VIETNAM
from gateway.settings import Settings
from gateway.wiring import candidates
from gateway.wiring.candidates import FolderCandidates
from gateway.wiring.files import read_folder

CONFIG = Path(__file__).parents[3] / "config"
START = datetime(2026, 3, 10, 7, 30, tzinfo=VIETNAM)


@pytest.fixture
def reader(tmp_path: Path) -> FolderCandidates:
    (tmp_path / "keys").mkdir(mode=0o700)
    return FolderCandidates(VirtualClock(START), Settings(run_dir=tmp_path))


def packed(changes: dict[str, str | None] | None = None, head: str = "") -> bytes:
    """The shipped folder as a zip, with some files other than they are."""
    files = {
        str(path.relative_to(CONFIG)): path.read_text("utf-8")
        for path in CONFIG.rglob("*.toml")
    }
    kept = {**files, **(changes or {})}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in kept.items():
            if text is not None:
                archive.writestr(head + name, text)
    return out.getvalue()


@pytest.mark.parametrize("head", ["", "config/", "a/b/config/"])
async def test_a_zip_is_what_its_folder_is(reader: FolderCandidates, head: str) -> None:
    found = await reader.read("config.zip", packed(head=head))
    assert found.content == read_folder(CONFIG)


async def test_settings_with_keys_and_strangers_are_not_read(
    reader: FolderCandidates,
) -> None:
    more = {
        "gateway.toml": "secret = [[[",
        "agencies/../../evil.toml": "x",
        "/etc/agencies/a b.toml": "x",
        "agencies/readme.md": "x",
    }
    found = await reader.read("config.zip", packed({**more}))
    assert found.content == read_folder(CONFIG)


async def test_a_finding_names_file_and_line(reader: FolderCandidates) -> None:
    text = (CONFIG / "routing" / "competence.toml").read_text("utf-8")
    wrong = text.replace('office = "', 'office = "khong-co-', 1)
    line = next(n for n, row in enumerate(wrong.splitlines(), 1) if "khong-co-" in row)
    found = await reader.read("config.zip", packed({"routing/competence.toml": wrong}))
    (one,) = [one for one in found.findings if "khong-co-" in one.what]
    assert (one.file, one.line, one.warning) == ("routing/competence.toml", line, False)


async def test_a_file_that_is_no_toml_is_named_and_nothing_is_taken(
    reader: FolderCandidates,
) -> None:
    found = await reader.read("c.zip", packed({"agencies/tax.toml": "a = 1\nb = = 2"}))
    assert found.content is None
    (one,) = found.findings
    assert (one.file, one.line) == ("agencies/tax.toml", 2)


async def test_the_content_itself_is_taken_as_json(reader: FolderCandidates) -> None:
    content = read_folder(CONFIG)
    found = await reader.read("c.json", json.dumps(content).encode())
    assert found.content == content
    stored = await reader.findings(content)
    assert [one.what for one in stored] == [one.what for one in found.findings]


def empty() -> bytes:
    return packed(
        dict.fromkeys(str(p.relative_to(CONFIG)) for p in CONFIG.rglob("*.toml"))
    )


def locked() -> bytes:
    """The flag of encryption in each local and central header."""
    found = bytearray(packed())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = found.find(mark)
        while at >= 0:
            found[at + place] |= 1
            at = found.find(mark, at + 1)
    return bytes(found)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("c.zip", b"no zip", "không phải zip"),
        ("c.zip", packed()[:-200], "không phải zip"),
        ("c.zip", locked(), "mật khẩu"),
        ("c.zip", empty(), "không có cấu hình"),
        ("c.json", b"{", "không phải JSON"),
        ("c.json", b"[1]", "không phải nội dung"),
        ("c.json", b'{"a": "\xff"}', "không phải JSON"),
    ],
)
async def test_what_is_none_is_said(
    reader: FolderCandidates, name: str, content: bytes, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        await reader.read(name, content)


async def test_what_unpacks_to_more_than_it_may_is_refused(
    reader: FolderCandidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = packed({"agencies/big.toml": "#" * 20_000_000})
    assert len(bomb) < 200_000
    with pytest.raises(ValueError, match="16 MB"):
        await reader.read("c.zip", bomb)
    monkeypatch.setattr(candidates, "MOST_FILES", 3)
    with pytest.raises(ValueError, match="lớn quá"):
        await reader.read("c.zip", packed())


async def test_two_files_of_one_name_are_refused(reader: FolderCandidates) -> None:
    twice = packed({"old/agencies/tax.toml": "x = 1"})
    with pytest.raises(ValueError, match="hai tệp"):
        await reader.read("c.zip", twice)
