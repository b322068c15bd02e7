"""Parts of a dossier, and dossiers, that people end by hand: how, and what stays of it.

What was so ended says so for ever: ``Case.facts[BY_HAND]`` names it by its leg, the
whole dossier by an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gateway.domain.case import BY_HAND, Case, LegCase, LegState
from gateway.domain.identifiers import OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import Scope
from gateway.domain.procedure import Event, Leg
from gateway.domain.values import dataclass

#: A line of the journal about one; also the kind of its sealed payload.
LINE = "closing"
#: Name of the whole dossier where legs are named.
WHOLE = ""
#: Code of a report that came after: a person has a look at it.
AFTERWARDS = "closed_by_hand"
#: Why a message is parked whose content the report would have brought.
NO_DATA = "closed_without_data"
#: Legs that can be ended by hand.
GOING = frozenset({LegState.OPEN, LegState.PAUSED})


class Way(StrEnum):
    """In which way something is ended by hand."""

    PAPER = "paper"
    #: settled on paper: number, date and what came of it
    SKIP = "skip"
    #: not needed
    DOSSIER = "dossier"
    #: with all its open legs


class Outcome(StrEnum):
    """What a paper says; the event that it stands for is ``EVENTS``."""

    FINISHED = "finished"
    REFUSED_TO_ACCEPT = "refused_to_accept"
    REFUSED = "refused"
    #: to resolve, after work on it
    PAID = "paid"
    EXEMPTED = "exempted"
    DEFERRED = "deferred"


EVENTS: Mapping[Outcome, Event] = {
    Outcome.FINISHED: Event.FINISHED,
    Outcome.REFUSED_TO_ACCEPT: Event.REFUSED,
    Outcome.REFUSED: Event.REFUSED,
    Outcome.PAID: Event.PAID,
    Outcome.EXEMPTED: Event.EXEMPTED,
    Outcome.DEFERRED: Event.DEFERRED,
}
WAYS: Mapping[Way, str] = {
    Way.PAPER: "đã giải quyết trên giấy",
    Way.SKIP: "không cần làm phần việc này",
    Way.DOSSIER: "đóng hồ sơ",
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.FINISHED: "đã giải quyết xong",
    Outcome.REFUSED_TO_ACCEPT: "từ chối tiếp nhận",
    Outcome.REFUSED: "từ chối giải quyết",
    Outcome.PAID: "đã nộp đủ",
    Outcome.EXEMPTED: "được miễn",
    Outcome.DEFERRED: "được ghi nợ",
}


@dataclass(frozen=True, slots=True)
class Closing:
    """What somebody wants to end: ``leg`` empty means the dossier.

    ``number`` and ``on`` are those of the paper; ``withdraws``: legs whose offices are
    told that the dossier is taken back.
    """

    way: Way
    leg: str
    reason: str
    outcome: Outcome | None = None
    number: str = ""
    on: date | None = None
    withdraws: frozenset[str] = frozenset()


def closed(case: Case, leg: str = WHOLE) -> Mapping[str, Any] | None:
    """How a leg, or the dossier, was ended by hand; None: it was not."""
    told: Mapping[str, Any] = case.facts.get(BY_HAND, {})
    found: Mapping[str, Any] | None = told.get(leg)
    return found


def skipped(case: Case, leg: str) -> bool:
    """Whether a leg ended without anything done there, by hand."""
    found = closed(case, leg)
    return found is not None and found["way"] != Way.PAPER


def outcomes(rule: Leg, leg: LegCase) -> tuple[Outcome, ...]:
    """What a paper may say of a leg: what its plan lets end it.

    What its office works on already was accepted.
    """
    worked_on = Event.PROGRESSED.value in leg.happened
    return tuple(
        one
        for one, event in EVENTS.items()
        if event in rule.ends_on
        and not (one is Outcome.REFUSED_TO_ACCEPT and worked_on)
    )


def may_speak_of(scope: Scope, office: OfficeId | None) -> bool:
    """Whether a scope reaches a leg of an office; None: the dossier as a whole.

    An account of agencies alone has its own legs and no whole dossier.
    """
    of_agencies = scope.offices and not (
        scope.everything or scope.units or scope.sender
    )
    return not of_agencies or office in scope.offices


def sentence(case: Case, leg: str, office: str) -> str:
    """What is said of one that was ended by hand, by no name of a person."""
    found = closed(case, leg) or {}
    day = legal_day(datetime.fromisoformat(str(found["at"])))
    if leg == WHOLE:
        return f"Hồ sơ được đóng bằng tay ngày {day:%d/%m/%Y}."
    how = WAYS[Way(found["way"])]
    if found.get("outcome"):
        how = f"{how}: {OUTCOMES[Outcome(found['outcome'])]}"
    if found["way"] == Way.DOSSIER:
        how = "đóng cùng hồ sơ"
    return f"Phần việc của {office} được kết thúc bằng tay ngày {day:%d/%m/%Y} ({how})."
