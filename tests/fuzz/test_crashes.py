"""What once made a decoder fall, and what it begins with: each is read or refused by name."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.mutating import mutated
from tests.fuzz.targets import TARGETS

CRASHES = Path(__file__).with_name("crashes")
#: Each opens a document of Word's, or a process's worth of one.
SLOW = frozenset({"template", "spreadsheet"})
QUICK = sorted(set(TARGETS) - SLOW)
#: Seeds of one target that are all fed; of more, every so many.
MOST_SEEDS = 200


def seeds(name: str) -> tuple[bytes, ...]:
    found = TARGETS[name].seeds()
    return found[:: max(1, len(found) // MOST_SEEDS)]


def test_every_crash_is_of_a_target() -> None:
    assert {path.name for path in CRASHES.iterdir() if path.is_dir()} <= set(TARGETS)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_seed_is_read_or_refused_by_name(name: str) -> None:
    found = seeds(name)
    assert found
    for seed in (*found, b"", b"\x00", b"\xff" * 100):
        TARGETS[name].feed(seed)


def test_what_made_one_fall_does_so_no_more() -> None:
    found = sorted(CRASHES.glob("*/*"))
    assert found
    for path in found:
        TARGETS[path.parent.name].feed(path.read_bytes())


@pytest.mark.parametrize("name", QUICK)
@settings(max_examples=25)
@given(data=st.binary(max_size=2_000))
def test_any_bytes_are_read_or_refused_by_name(name: str, data: bytes) -> None:
    TARGETS[name].feed(data)


@pytest.mark.parametrize("name", sorted(TARGETS))
@pytest.mark.timeout(120)
def test_a_message_changed_by_its_form_is_read_or_refused_by_name(name: str) -> None:
    # Dice that fall the same way each time: what falls here falls for everybody.
    dice, target, found = Random(7301), TARGETS[name], seeds(name)
    for _ in range(5 if name in SLOW else 100):
        seed = dice.choice(found)
        target.feed(seed[: target.head] + mutated(seed[target.head :], dice))
