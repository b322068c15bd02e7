"""A procedure (TTHC): one version, its legs, and what each leg sends when."""

from __future__ import annotations

from dataclasses import field
from datetime import date
from enum import StrEnum

from gateway.domain.identifiers import AgencyId, MessageKind
from gateway.domain.values import dataclass


class Carrier(StrEnum):
    """Who carries a leg's messages; all but GATEWAY are *observed*."""

    GATEWAY = "gateway"
    AGENCIES = "agencies"
    PORTAL = "portal"
    PAPER = "paper"


class Event(StrEnum):
    """Events of legs and of the dossier that messages wait for (closed set)."""

    ACCEPTED = "accepted"
    LOADED = "loaded"
    #: taken over while under way, from before the gateway
    REVISED = "revised"
    SUPPLEMENTED = "supplemented"
    WITHDRAWAL_REQUESTED = "withdrawal_requested"
    HANDED_OUT = "handed_out"
    RESULT_WRONG = "result_wrong"
    QUESTION_ANSWERED = "question_answered"
    EXTENDED = "extended"
    #: a new day was promised, with an apology
    HANDED_OVER = "handed_over"
    OPENED = "opened"
    PROGRESSED = "progressed"
    SLIP_ISSUED = "slip_issued"
    SLIP_REPLACED = "slip_replaced"
    SLIP_SUPPLEMENTED = "slip_supplemented"
    SLIP_WITHDRAWN = "slip_withdrawn"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    SUPPLEMENT_RECEIVED = "supplement_received"
    PAUSED = "paused"
    NOTICE_ISSUED = "notice_issued"
    OWED_AGAIN = "owed_again"
    #: tax asks for more after all that it had asked for was settled
    NOTICE_WITHDRAWN = "notice_withdrawn"
    PAYMENT_REPORTED = "payment_reported"
    PAYMENT_COVERS = "payment_covers"
    PAID = "paid"
    EXEMPTED = "exempted"
    DEFERRED = "deferred"
    QUESTION_ASKED = "question_asked"
    TAX_RETURNED = "tax_returned"
    WRONG_CASE = "wrong_case"
    CORRECTION_REQUESTED = "correction_requested"
    FINISHED = "finished"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Trigger:
    """``leg.event``, or a dossier event when ``leg`` is empty."""

    leg: str
    event: Event


@dataclass(frozen=True, slots=True)
class MessageRule:
    """When a leg sends which kind of message.

    ``overtakes``: kinds of unsent or parked predecessors it cancels by name;
    ``dependent``: makes no sense without its predecessors;
    ``once``: later triggers send nothing more of this kind, until one of ``anew_on``
    happens; ``encloses``: it carries what the report said that caused it.
    """

    kind: MessageKind
    on: tuple[Trigger, ...]
    overtakes: frozenset[str] = frozenset()
    dependent: bool = True
    once: bool = False
    anew_on: tuple[Trigger, ...] = ()
    encloses: bool = False


#: Issuers of a slip that have no leg: the one-stop itself, and the commune's land unit.
BY_ONE_STOP, BY_COMMUNE_LAND = "one_stop", "commune_land"


@dataclass(frozen=True, slots=True)
class Leg:
    """One agency's part of a procedure (phần việc của cơ quan)."""

    name: str
    agency: AgencyId
    carried_by: Carrier
    sees: tuple[str, ...]
    #: field paths of the dossier document that this agency may see
    messages: tuple[MessageRule, ...]
    ends_on: frozenset[Event]
    when: tuple[str, ...] = ()
    #: conditions of the closed set in ``routing.conditions``; all must hold
    issuer: str = ""
    #: who may sign this leg's message, by registered certificates: the agency of
    #: another leg, ``BY_ONE_STOP`` or ``BY_COMMUNE_LAND``
    opens_on: tuple[Trigger, ...] = ()
    polls: bool = False
    #: its delivered messages are polled until answered
    ends_dossier: bool = False
    #: its FINISHED, REFUSED or WITHDRAWN is the dossier's
    budget_days: int | None = None
    tells: bool = False
    #: its messages only tell its agency, in their order, what happens to the dossier
    #: elsewhere, also how it ends: nothing is done there, so it never opens


@dataclass(frozen=True, slots=True)
class SecondDate:
    """When a second appointment date is computed, and how many working days it gives."""

    on: tuple[Trigger, ...]
    days: int
    source: str
    #: what the number of days rests on


@dataclass(frozen=True, slots=True)
class Procedure:
    """One version of a procedure; a dossier keeps the version of its intake."""

    code: str
    version: str
    name: str
    valid_from: date
    valid_to: date | None
    legs: tuple[Leg, ...]
    decision: str
    #: the decision of the province or ministry that the plan rests on
    verified: bool
    when: tuple[str, ...] = ()
    cases: dict[str, str] = field(default_factory=dict)
    #: agency → code of the case («trường hợp») inside the procedure
    second_date: SecondDate | None = None
    supplement_days: int | None = None
    #: working days to bring what is missing, where who asks for it names no day

    def leg(self, name: str) -> Leg:
        """The leg of that name.

        Raises:
            KeyError: the procedure has none.
        """
        for leg in self.legs:
            if leg.name == name:
                return leg
        raise KeyError(name)
