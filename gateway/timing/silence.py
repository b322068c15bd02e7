"""Which legs lie with an office, and when it was last heard of about them; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.case import End, LegState, Pause, Place
from gateway.domain.measure import Held

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.domain.case import Case
    from gateway.domain.journal import JournalLine
    from gateway.timing.history import History


def held(
    case: Case,
    history: History,
    lines: Sequence[JournalLine],
    roads: Mapping[str, str],
) -> Iterator[Held]:
    """Legs of an open dossier on which an office is to work, and nothing else is due.

    Whatever it reports counts when it arrives, applied or not and whatever day it is
    dated: silence is what is not heard. ``roads``: by whose entry a leg's messages go.
    """
    if case.end is not End.OPEN:
        return
    for leg in case.legs:
        stays = history.of(leg.name)
        if leg.state is not LegState.OPEN or not leg.office or not stays:
            continue
        here = stays[-1]
        if here.place is not Place.AGENCY or here.pause is not Pause.NONE:
            continue
        theirs = {leg.office, roads.get(leg.name, leg.office)}
        heard = [
            line.at for line in lines if line.kind == "report" and line.actor in theirs
        ]
        yield Held(leg.name, leg.agency, leg.office, max([here.since, *heard]))
