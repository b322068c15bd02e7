"""``make bench SCENARIO=S3``: files arrive as they were, once, and others do not pass."""

from __future__ import annotations

import argparse
import base64
import hashlib
from typing import TYPE_CHECKING

import pytest

from benchmarks.kept import kept
from benchmarks.s3 import PLACES, SIZES, WANTED_MB, _hash_in, facts, measured

if TYPE_CHECKING:
    from pathlib import Path

LARGE = 2_500_000


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("store", "place"), PLACES)
async def test_files_of_every_size_arrive_once(
    store: str, place: str, tmp_path: Path
) -> None:
    given = argparse.Namespace(files=2, rounds=1, large=LARGE)
    with kept(store, tmp_path) as keeping:
        found = await measured(given, keeping, place, tmp_path)
    said = facts(given, store, place, found)
    assert (said["lost"], said["doubled"]) == (0, 0)
    assert all(float(said[f"{size}_per_s"]) > 0 for size in SIZES)
    assert float(said["large_growth_mb"]) < WANTED_MB


@pytest.mark.parametrize("length", [1_000_000, 5_000_001, 9_999_999])
def test_the_file_inside_a_body_is_found_whole(length: int, tmp_path: Path) -> None:
    plain = (b"0123456789" * (length // 10 + 1))[:length]
    path = tmp_path / "body.json"
    around = b'{"a": "short", "data": "' + base64.b64encode(plain) + b'", "b": 1}'
    path.write_bytes(around)
    assert _hash_in(path) == hashlib.sha256(plain).hexdigest()
    path.write_bytes(around.replace(b"MDEy", b"MDEz", 1))
    assert _hash_in(path) != hashlib.sha256(plain).hexdigest()
