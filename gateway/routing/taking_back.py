"""What a dossier is once parts of it end of which no agency has anything; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.case import Case, End, LegState
from gateway.domain.procedure import Event
from gateway.routing.joining import joined_end
from gateway.routing.progress import end_case, end_leg

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gateway.domain.procedure import Procedure


def ended_unsent(case: Case, at: datetime, end: End = End.WITHDRAWN) -> Case:
    """The case of a dossier withdrawn, or refused, before anything had left."""
    return end_case(case, end, at)


def told_of_it(case: Case, procedure: Procedure) -> frozenset[str]:
    """Open legs whose offices are told when the applicant takes a dossier back."""
    return frozenset(
        leg.name
        for leg in case.legs
        if leg.state is LegState.OPEN
        and any(
            trigger.event is Event.WITHDRAWAL_REQUESTED
            for rule in procedure.leg(leg.name).messages
            for trigger in rule.on
        )
    )


def without_parts(
    case: Case, procedure: Procedure, legs: Iterable[str], at: datetime
) -> Case:
    """The case of a withdrawn dossier whose ``legs`` end before anything left.

    Their offices hear nothing of it. The others go on; where they have ended
    already, the dossier ends as they did.
    """
    unsent = frozenset(legs)
    decide = {rule.name for rule in procedure.legs if rule.ends_dossier}
    for name in unsent:
        case = case.with_leg(end_leg(case.leg(name), at))
    end = joined_end(case, procedure) if unsent & decide else End.OPEN
    return case if end is End.OPEN else end_case(case, end, at)
