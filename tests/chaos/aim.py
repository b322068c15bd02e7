"""Kills that are aimed: just when an agency has done its work, before anybody knows."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.chaos.books import Following
from tests.chaos.faults import COUNT_TWICE

if TYPE_CHECKING:
    from pathlib import Path

#: Of so many works one is followed by a kill, and by none for so many real seconds.
ONE_IN = 3
APART_S = 2.5


class Aim:
    """Reads what mocks write into their books of effects, as they write it."""

    def __init__(self, books: Path, seed: int, *, apart_s: float = APART_S) -> None:
        """``books``: the folder; what is in it already counts as read."""
        self._books = {
            agency: Following(books / f"{agency}.effects.jsonl", from_now=True)
            for agency in COUNT_TWICE
        }
        self._chance = Random(f"{seed}\naim")
        self._apart_s = apart_s
        self._after = 0.0

    def fires(self, now: float) -> bool:
        """Whether a kill is due, by what was done since the last look; ``now`` in s."""
        done = [
            line
            for agency, book in self._books.items()
            for line in book.news()
            # What its agency recognises as a repeat cannot be doubled.
            if line["kind"] in COUNT_TWICE[agency]
        ]
        hit = any(self._chance.randrange(ONE_IN) == 0 for _ in done)
        if not hit or now < self._after:
            return False
        self._after = now + self._apart_s
        return True
