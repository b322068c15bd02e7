"""Which legs lie with an office, and when it was last heard of about them; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.case import End, LegState, Pause, Place
from gateway.domain.measure import Held

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.case import Case, LegCase
    from gateway.domain.identifiers import OfficeId
    from gateway.domain.journal import JournalLine
    from gateway.timing.history import History


def held(
    case: Case,
    history: History,
    lines: Sequence[JournalLine],
    roads: Mapping[str, str],
    suspended: frozenset[str],
) -> Iterator[Held]:
    """Legs of an open dossier on which an office is to work, and nothing else is due.

    Nor is one whose clock stands still (``suspended``), say for another agency's work.

    Whatever it reports counts when it arrives, applied or not and whatever day it is
    dated: silence is what is not heard. ``roads``: by whose entry a leg's messages go.
    """
    if case.end is not End.OPEN:
        return
    for leg in case.legs:
        stays = history.of(leg.name)
        if leg.state is not LegState.OPEN or not leg.office or not stays:
            continue
        if leg.name in suspended:
            continue
        here = stays[-1]
        if here.place is not Place.AGENCY or here.pause is not Pause.NONE:
            continue
        last = _last(leg, lines, roads)
        since = here.since if last is None else max(here.since, last)
        yield Held(leg.name, leg.agency, leg.office, since)


def heard(
    case: Case, lines: Sequence[JournalLine], roads: Mapping[str, str]
) -> Iterator[tuple[OfficeId, datetime]]:
    """Each office that ever told anything of the dossier, and when it last did."""
    found: dict[OfficeId, datetime] = {}
    for leg in case.legs:
        last = _last(leg, lines, roads)
        if last is not None:
            found[leg.office] = max(last, found.get(leg.office, last))
    yield from sorted(found.items())


def _last(
    leg: LegCase, lines: Sequence[JournalLine], roads: Mapping[str, str]
) -> datetime | None:
    theirs = {leg.office, roads.get(leg.name, leg.office)}
    heard = (
        line.at for line in lines if line.kind == "report" and line.actor in theirs
    )
    return max(heard, default=None)
