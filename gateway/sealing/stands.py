"""What a step's first journal line says of where each leg stands after it; pure.

Clocks and places are measured from the journal alone (decision 0040): it has to hold
every move, also those that no event is named for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.journal import JournalLine
from gateway.domain.values import replace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.case import Case, LegCase

#: Fact: leg → [state, place, pause, office], of those that moved.
STANDS = "stands"
#: Fact: the day that the applicant is promised, when it is first known or changes.
DUE_ON = "due_on"


def moved(before: Case, after: Case) -> dict[str, Any]:
    """Facts of what moved between two states of a case; empty: nothing."""
    stood = {leg.name: _standing(leg) for leg in before.legs}
    stands = {
        leg.name: here
        for leg in after.legs
        if (here := _standing(leg)) != stood.get(leg.name)
    }
    facts: dict[str, Any] = {STANDS: stands} if stands else {}
    if after.due_on and (not before.version or after.due_on != before.due_on):
        facts[DUE_ON] = after.due_on.isoformat()
    return facts


def with_stands(
    lines: Sequence[JournalLine], before: Case, after: Case, now: datetime, actor: str
) -> list[JournalLine]:
    """The lines of a step, the first of which says what moved."""
    facts = moved(before, after)
    if not facts:
        return list(lines)
    if not lines:
        return [JournalLine("moved", now, actor, facts)]
    first, *others = lines
    return [replace(first, facts={**first.facts, **facts}), *others]


def _standing(leg: LegCase) -> list[str]:
    return [leg.state.value, leg.place.value, leg.pause.value, leg.office]
