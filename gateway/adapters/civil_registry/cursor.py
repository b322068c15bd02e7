"""How far dossiers were fetched from DVCLT: a cursor that says it, and what is next; pure.

A dossier stays in DVCLT's list until it is marked (§6.1). Only what the cursor shows
is durable here, and only that is marked (decision 0036). What cannot be read is not
marked and not waited for: it is asked for again after a while.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from gateway.adapters.civil_registry.details import Line, Page

#: Lines of one page; §6.1 allows up to 100.
PAGE_SIZE = 100
#: Seconds until a dossier whose detail did not come is asked for again.
SOON_S = 600
#: And one that nobody can read: DVCLT may have mended it.
LATER_S = 86_400
#: How often a detail may fail to come before a person is told.
TRIES = 3
#: Seconds within which one fetch follows another that said there may be more.
AT_ONCE_S = 60


@dataclass(frozen=True, slots=True)
class Passed:
    """A line that was passed over: when, and how often it was tried."""

    number: str
    id: int
    at: int
    #: seconds since 1970
    tries: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """``taken``: lines that are durable here and not marked yet, the oldest first.

    ``page``: where looking goes on, if that is not long ago (``page_at``): whoever
    begins anew begins with the first page, since lines move up.
    """

    taken: tuple[tuple[str, int], ...] = ()
    passed: tuple[Passed, ...] = ()
    page: int = 1
    page_at: int = 0

    @classmethod
    def read(cls, text: str, now: datetime) -> Cursor:
        """A cursor as it was written; one that is none begins anew, which is harmless."""
        try:
            told = orjson.loads(text or "{}")
            page, page_at = (int(one) for one in told.get("n", (1, 0)))
            return cls(
                tuple((str(number), int(one)) for number, one in told.get("t", ())),
                tuple(
                    Passed(str(number), int(one), int(at), int(tries))
                    for number, one, at, tries in told.get("p", ())
                ),
                page if _seconds(now) - page_at < AT_ONCE_S else 1,
                page_at,
            )
        except (TypeError, ValueError, AttributeError):
            return cls()

    def written(self) -> str:
        """The same text for the same state."""
        told: dict[str, Any] = {
            "t": [list(one) for one in self.taken],
            "p": [[one.number, one.id, one.at, one.tries] for one in self.passed],
            "n": [self.page, self.page_at],
        }
        return orjson.dumps(told).decode()

    def new_in(self, lines: Iterable[Line], now: datetime) -> list[Line]:
        """Lines that were neither taken nor passed over lately, in their order."""
        at = _seconds(now)
        waits = {one.id for one in self.passed if at < one.at + _wait_s(one)}
        known = {identifier for _, identifier in self.taken} | waits
        return [line for line in lines if line.id not in known]

    def to_mark(self, lines: Iterable[Line], now: datetime) -> tuple[str, int] | None:
        """The line to be marked now; None: none may be. ``lines``: those in the list.

        Marking names a dossier and no line: as long as another line of it is not
        here, nothing of it is marked. Of several that DVCLT does not mark the minute
        chooses, so that none is always behind another.
        """
        durable = set(self.taken)
        held = {line.number for line in lines if (line.number, line.id) not in durable}
        held |= {one.number for one in self.passed}
        able = [one for one in self.taken if one[0] not in held]
        return able[_seconds(now) // 60 % len(able)] if able else None

    def marked(self, line: tuple[str, int]) -> Cursor:
        """After DVCLT marked a line."""
        return replace(self, taken=tuple(one for one in self.taken if one != line))

    def with_taken(self, line: Line) -> Cursor:
        """After a dossier was read; it counts once this cursor is shown."""
        taken = (*self.taken, (line.number, line.id))
        return replace(self, taken=taken, passed=self._others(line))

    def with_passed(self, line: Line, now: datetime, tries: int) -> Cursor:
        """After a dossier was passed over for the so-many-th time."""
        row = Passed(line.number, line.id, _seconds(now), min(tries, TRIES))
        return replace(self, passed=(*self._others(line), row))

    def tries(self, line: Line) -> int:
        """How often a line was passed over."""
        return next((one.tries for one in self.passed if one.id == line.id), 0)

    def _others(self, line: Line) -> tuple[Passed, ...]:
        return tuple(one for one in self.passed if one.id != line.id)

    def looked_through(self, pages: Sequence[Page], now: datetime) -> Cursor:
        """After pages that held nothing new: what is gone is forgotten, or on it goes."""
        if pages[-1].count >= PAGE_SIZE:
            further = self.page + len(pages)
            return replace(self, page=further, page_at=_seconds(now))
        if self.page > 1:
            return self
        listed = {line.id for page in pages for line in page.lines}
        left = tuple(one for one in self.passed if one.id in listed)
        return self if left == self.passed else replace(self, passed=left)


def _wait_s(passed: Passed) -> int:
    return LATER_S if passed.tries >= TRIES else SOON_S


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
