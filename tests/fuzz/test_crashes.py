"""What once made a decoder fall, and what it begins with: each is read or refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.targets import SEEDS, TARGETS

CRASHES = Path(__file__).with_name("crashes")


def test_every_decoder_has_something_to_begin_with() -> None:
    assert set(SEEDS) == set(TARGETS)
    assert {path.name for path in CRASHES.iterdir() if path.is_dir()} <= set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_a_seed_is_read_or_refused_by_name(name: str) -> None:
    for seed in (*SEEDS[name], b"", b"\x00", b"\xff" * 100):
        TARGETS[name](seed)


def test_what_made_one_fall_does_so_no_more() -> None:
    for path in sorted(CRASHES.glob("*/*")):
        TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.binary(max_size=2_000))
def test_any_bytes_are_read_or_refused_by_name(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
def test_a_seed_with_some_bytes_changed_is_read_or_refused_by_name(
    name: str, data: st.DataObject
) -> None:
    seed = bytearray(data.draw(st.sampled_from(SEEDS[name])))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, max(len(seed) - 1, 0)))
        new = data.draw(st.binary(max_size=3))
        seed[place : place + data.draw(st.integers(0, 3))] = new
    TARGETS[name](bytes(seed))
