"""What every run leaves out is chosen by its place alone, and is tried with the long ones."""

from __future__ import annotations

from typing import Any

from tests.conformance.partner.chosen import some_of

SPOILT = [f"wrong-{place}" for place in range(12)]


def tried(chosen: list[Any], *, long: bool) -> list[str]:
    return [one.id for one in chosen if long or not one.marks]


def test_every_run_tries_the_first_and_each_so_many_after_it() -> None:
    chosen = some_of(SPOILT, step=5)
    assert tried(chosen, long=False) == ["wrong-0", "wrong-5", "wrong-10"]


def test_what_is_named_is_tried_wherever_it_stands() -> None:
    chosen = some_of(SPOILT, always=["wrong-3"], step=6)
    assert tried(chosen, long=False) == ["wrong-0", "wrong-3", "wrong-6"]


def test_with_the_long_ones_nothing_is_left_out() -> None:
    chosen = some_of(SPOILT)
    assert tried(chosen, long=True) == SPOILT
    assert {mark.name for one in chosen for mark in one.marks} == {"long"}
