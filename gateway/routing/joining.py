"""How a dossier ends whose end several legs decide, and who still hears of it; pure.

Each of these legs has ``ends_dossier``. The dossier goes on until the last of them
has ended (decision 0039); one alone ends it by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from gateway.domain.case import Case, End, LegCase, LegState, Pause
from gateway.domain.closing import closed, skipped
from gateway.domain.procedure import Carrier, Event, Leg, Procedure, Trigger

#: Events that end a dossier, if they end the last leg that decides.
ENDINGS = {
    Event.FINISHED: End.FINISHED,
    Event.REFUSED: End.REFUSED,
    Event.WITHDRAWN: End.WITHDRAWN,
}


def joined_end(case: Case, procedure: Procedure) -> End:
    """The end that the deciding legs make together; open while one has not ended.

    What one office has done is not undone by what another did not do: its result
    waits for the applicant.
    """
    decide = {rule.name for rule in procedure.legs if rule.ends_dossier}
    legs = [leg for leg in case.legs if leg.name in decide]
    legs = [leg for leg in legs if leg.state is not LegState.SKIPPED]
    legs = [leg for leg in legs if not skipped(case, leg.name)]
    if any(leg.state is not LegState.ENDED for leg in legs):
        return End.OPEN
    ends = {end_of(leg) for leg in legs}
    if End.FINISHED in ends:
        return End.FINISHED
    taken_back = case.withdrawal_requested and End.WITHDRAWN in ends
    return End.REFUSED if End.REFUSED in ends and not taken_back else End.WITHDRAWN


def end_of(leg: LegCase) -> End:
    """How one leg ended, by the word of its agency; open where it said nothing."""
    if leg.state is not LegState.ENDED:
        return End.OPEN
    told = [end for event, end in ENDINGS.items() if event.value in leg.happened]
    return told[0] if told else End.OPEN


class Aside(StrEnum):
    """What a leg is that the state alone would tell wrongly of."""

    NONE = ""
    TOLD = "told"
    #: nothing is done there: its agency is told what happens elsewhere
    UNHEARD = "unheard"
    #: its agencies carry it themselves, and nobody has told of it before the end


def aside(case: Case, rule: Leg, leg: LegCase) -> Aside:
    """Whether a leg that reads as ended, or waiting, is something else."""
    if leg.state is LegState.SKIPPED:
        return Aside.NONE
    if rule.tells:
        accepts = leg.asks and case.end is End.OPEN
        return Aside.NONE if accepts else Aside.TOLD
    return Aside.UNHEARD if is_unheard(case, leg) else Aside.NONE


def is_unheard(case: Case, leg: LegCase) -> bool:
    """Whether a dossier was finished without a word of what its agencies do there."""
    theirs = leg.carried_by is not Carrier.GATEWAY and leg.state is not LegState.SKIPPED
    by_hand = closed(case, leg.name) is not None
    return case.end is End.FINISHED and theirs and not leg.happened and not by_hand


def hears_no_more(case: Case, rule: Leg, leg: LegCase, hits: Iterable[Trigger]) -> bool:
    """Whether what happened is no news for a leg, though its messages wait for it.

    Its own part is over, or papers were brought that another one asked for. A leg
    that only tells has no part of its own and hears of everything.
    """
    if rule.tells:
        return False
    if skipped(case, leg.name):
        return True
    if end_of(leg) in {End.REFUSED, End.WITHDRAWN}:
        return True
    over = leg.state is LegState.ENDED and case.end is End.OPEN
    if over and (rule.ends_dossier or not leg.happened):
        return True
    supplemented = all(t == Trigger("", Event.SUPPLEMENTED) for t in hits)
    return supplemented and leg.pause is not Pause.SUPPLEMENT
