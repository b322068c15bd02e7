"""Kills that are aimed: just when an agency has done its work, before anybody knows."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

from tests.chaos.faults import COUNT_TWICE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: Of so many works one is followed by a kill, and by none for so many real seconds.
ONE_IN = 3
APART_S = 2.5


class Aim:
    """Reads what mocks write into their books of effects, as they write it."""

    def __init__(self, books: Path, seed: int) -> None:
        """``books``: the folder; what is in it already counts as read."""
        self._paths = {
            agency: books / f"{agency}.effects.jsonl" for agency in COUNT_TWICE
        }
        self._read = {agency: _size(path) for agency, path in self._paths.items()}
        self._chance = Random(f"{seed}\naim")
        self._after = 0.0

    def fires(self, now: float) -> bool:
        """Whether a kill is due, by what was done since the last look; ``now`` in s."""
        done = [kind for agency in self._paths for kind in self._news(agency)]
        hit = any(self._chance.randrange(ONE_IN) == 0 for _ in done)
        if not hit or now < self._after:
            return False
        self._after = now + APART_S
        return True

    def _news(self, agency: str) -> Iterable[str]:
        """Kinds of this agency's new effects that would count twice."""
        path = self._paths[agency]
        if _size(path) == self._read[agency]:
            return
        with path.open("rb") as file:
            file.seek(self._read[agency])
            lines = file.readlines()
        self._read[agency] += sum(map(len, lines))
        for line in lines:
            kind = str(json.loads(line)["kind"])
            if kind in COUNT_TWICE[agency]:
                yield kind


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
