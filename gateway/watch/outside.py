"""What the watchdog on another machine remembers of a gateway, and whom it owes word; pure.

Word of an onset is owed to every road until that road took it; word of the end to
those that took the onset.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.domain.alert import What

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Sighting:
    """How one listener was seen lately."""

    failed: int = 0
    answered: int = 0
    #: looks in a row
    since: datetime | None = None
    #: the first look of those that failed; None: it answers
    back_at: datetime | None = None
    #: the first look that was answered again
    down: bool = False
    #: it is, or was until its end was told
    why: str = ""
    knows: frozenset[str] = frozenset()
    #: roads that took word of it


def after_look(before: Sighting, why: str, now: datetime, enough: int) -> Sighting:
    """After one more look; ``why``: what was wrong, empty when it answered.

    ``enough``: looks in a row that make it down, and up again.
    """
    if why:
        failed = before.failed + 1
        seen = replace(
            before,
            failed=failed,
            answered=0,
            since=before.since or now,
            back_at=None,
            why=why,
        )
        return replace(seen, down=before.down or failed >= enough)
    answered = before.answered + 1
    if not before.down:
        return Sighting(answered=answered, knows=before.knows)
    back_at = before.back_at or now
    return replace(before, failed=0, answered=answered, back_at=back_at)


def owed(
    seen: Sighting, roads: Iterable[str], enough: int
) -> Iterator[tuple[str, What]]:
    """Which road is to be told what now."""
    if not seen.down:
        return
    over = seen.answered >= enough
    for road in roads:
        if over and road in seen.knows:
            yield road, What.ENDED
        elif seen.failed and road not in seen.knows:
            yield road, What.BEGAN


def after_word(seen: Sighting, road: str, what: What) -> Sighting:
    """A road took word of it."""
    told = {road}
    knows = seen.knows | told if what is What.BEGAN else seen.knows - told
    return replace(seen, knows=knows)


def settled(seen: Sighting, enough: int) -> Sighting:
    """Forget what is over and known to be so by everybody who knew of it."""
    if seen.down and seen.answered >= enough and not seen.knows:
        return Sighting(answered=seen.answered)
    return seen
