"""Examples belong to nobody: codes of provinces in them are invented."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: H01 to H63 are codes of provinces (QĐ 20/2020/QĐ-TTg); H00 and H99 are nobody's.
PROVINCE = re.compile(rb"(?<![0-9A-Za-z])H(?:0[1-9]|[1-5][0-9]|6[0-3])(?![0-9A-Za-z])")
INSIDE = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}")


def texts(path: Path) -> Iterator[bytes]:
    """A file, and what lies in it as base64."""
    whole = path.read_bytes()
    yield whole
    for packed in INSIDE.findall(whole):
        try:
            yield base64.b64decode(packed, validate=True)
        except binascii.Error:
            continue


def test_no_example_carries_the_code_of_a_province() -> None:
    files = [
        path
        for folder in ("config", "docs", "examples", "schemas", "tests/golden")
        for path in (ROOT / folder).rglob("*")
        # Pictures are of the examples' own data; their bytes may spell anything.
        if path.is_file() and path.suffix not in {".p7m", ".pem", ".jpg"}
    ]
    assert len(files) > 300
    named = [
        str(path.relative_to(ROOT))
        for path in files
        if any(PROVINCE.search(text) for text in texts(path))
    ]
    assert named == []
