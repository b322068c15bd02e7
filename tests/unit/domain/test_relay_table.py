"""What a relay lets pass, as a value."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from gateway.domain.relay_table import Entry, Table, hash_of_key, read

HASH = "ab" * 32
GOOD: dict[str, Any] = {
    "name": "một lời gọi",
    "methods": ("POST",),
    "path": "/callbacks/a/b/{secret}",
    "shown": "path",
    "hashes": (HASH,),
}


def test_what_was_written_is_read() -> None:
    entries = (
        Entry(**GOOD, most_bytes=7, certificates=(HASH,)),
        Entry("khác", ("GET", "PUT"), "/v1/dossiers/{rest}", shown="bearer"),
    )
    table = Table("00" * 16, "2026-03-10T07:30:00+07:00", {"agencies": entries})
    assert read(table.written()) == table


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"path": "callbacks/a/b/{secret}"}, "path"),
        ({"path": "/callbacks/a/{rest}/{secret}"}, "path"),
        ({"path": "/callbacks/a/b"}, "path"),
        ({"path": "/callbacks/{secret}/{secret}"}, "path"),
        ({"path": "/callbacks/../b/{secret}/%2e"}, "path"),
        ({"path": "/callbacks/a//{secret}"}, "path"),
        ({"shown": "header", "path": "/a", "hashes": ()}, "shown"),
        ({"shown": "query:a b", "path": "/a"}, "shown"),
        ({"methods": ()}, "methods"),
        ({"methods": ("CONNECT",)}, "methods"),
        ({"hashes": ()}, "hashes"),
        ({"hashes": ("x",)}, "hashes"),
        ({"shown": "body", "path": "/a"}, "hashes"),
        ({"certificates": ("x",)}, "certificates"),
        ({"most_bytes": -1}, "most_bytes"),
        ({"per_s": 0.0}, "per_s"),
        ({"burst": 0.5}, "per_s"),
    ],
)
def test_an_entry_that_would_let_pass_what_nobody_meant_is_refused_by_name(
    changed: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=f"một lời gọi: {named}"):
        Entry(**{**GOOD, **changed})


@pytest.mark.parametrize(
    ("path", "fits", "does_not"),
    [
        ("/a/{}/c", [["a", "x", "c"]], [["a", "c"], ["a", "x", "y", "c"], ["a", "x"]]),
        ("/a/{rest}", [["a", "x"], ["a", "x", "y"]], [["a"], ["b", "x"]]),
        ("/a", [["a"]], [["a", "x"], [""], ["A"]]),
    ],
)
def test_a_template_fits_whole_segments(
    path: str, fits: list[list[str]], does_not: list[list[str]]
) -> None:
    entry = Entry("a", ("GET",), path)
    assert all(entry.fits("GET", one) for one in fits)
    assert not any(entry.fits("GET", one) for one in does_not)
    assert not any(entry.fits("POST", one) for one in fits)


def test_a_hash_is_read_however_people_write_it() -> None:
    raw = bytes.fromhex(HASH)
    for written in (
        *(HASH, HASH.upper(), f"sha256:{HASH}", base64.b64encode(raw).decode()),
        f" sha256:{base64.b64encode(raw).decode()} ",
    ):
        assert hash_of_key(written) == HASH
    for wrong in ("", "sha256:", HASH[:-2], "x" * 64, base64.b64encode(b"a").decode()):
        assert hash_of_key(wrong) == ""


def test_a_secret_of_before_and_one_of_after_both_prove() -> None:
    table = Table("00" * 16, "")
    old, new = table.hashed("cũ"), table.hashed("mới")
    entry = Entry(**{**GOOD, "hashes": (old, new)})
    assert table.proves(entry, "cũ")
    assert table.proves(entry, "mới")
    assert not table.proves(entry, "khác")
    assert not table.proves(entry, "")
    assert not table.proves(None, "cũ")
    assert old != Table("11" * 16, "").hashed("cũ")
