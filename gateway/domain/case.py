"""A dossier's case: which legs it has, where each stands, what it tells.

The case is the state that routing reads and returns whole; it holds nothing
personal. Its version is the compare-and-set of every change.
"""

from __future__ import annotations

from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gateway.domain.identifiers import AgencyId, DossierId, OfficeId
from gateway.domain.procedure import Carrier
from gateway.domain.values import dataclass, replace


class LegState(StrEnum):
    """Where one agency's part stands."""

    WAITING = "waiting"
    OPEN = "open"
    PAUSED = "paused"
    ENDED = "ended"
    SKIPPED = "skipped"


class Pause(StrEnum):
    """Why a clock stands still; the kinds are kept apart (codes 5, 6, 8)."""

    NONE = ""
    SUPPLEMENT = "supplement"
    FINANCIAL_OBLIGATION = "financial_obligation"
    STOPPED = "stopped"


class Place(StrEnum):
    """Whose desk a leg lies on («hồ sơ đang ở»)."""

    GATEWAY = "gateway"
    AGENCY = "agency"
    CITIZEN = "citizen"
    ISSUER = "issuer"
    #: who issued the slip that tax returned
    ONE_STOP = "one_stop"
    NOBODY = "nobody"


class End(StrEnum):
    """How a dossier ended; empty while it is open."""

    OPEN = ""
    FINISHED = "finished"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    #: by hand, by two people


#: Fact of a case: legs whose end a person confirmed before their office told it.
INFERRED = "inferred"
#: Fact of a case: what people ended by hand (``domain.closing``), by leg, '' the whole.
BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class LegCase:
    """One leg of one dossier."""

    name: str
    agency: AgencyId
    office: OfficeId
    carried_by: Carrier
    state: LegState
    place: Place
    since: datetime
    #: since when it lies there
    pause: Pause = Pause.NONE
    step: str = ""
    #: the agency's own step code, shown raw
    happened: tuple[str, ...] = ()
    #: events in order of application, each once
    reported_until: datetime | None = None
    #: event time of the newest applied status report
    notices: int = 0
    #: reports of notices that were applied; each further one is told
    asks: str = ""
    #: code of what the counter has to supply before its message can leave


@dataclass(frozen=True, slots=True)
class Case:
    """The whole state of one dossier."""

    dossier_id: DossierId
    version: int
    #: grows with each change; 0 before it is stored
    procedure: str
    procedure_version: str
    configuration: int
    sender: OfficeId
    #: the one-stop system that handed it in
    unit: str
    #: owning unit = unit of intake
    revision: int
    round: int
    accepted_at: datetime
    due_on: date | None
    due_reason: str
    legs: tuple[LegCase, ...]
    end: End = End.OPEN
    ended_at: datetime | None = None
    handed_out_on: date | None = None
    withdrawal_requested: bool = False
    correction_requested: bool = False
    unrouted: str = ""
    #: code of the reason why no office is competent
    told: int = 0
    #: sequence number of the last status event
    happened: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    def leg(self, name: str) -> LegCase:
        """The leg of that name.

        Raises:
            KeyError: the dossier has none.
        """
        for leg in self.legs:
            if leg.name == name:
                return leg
        raise KeyError(name)

    def with_leg(self, changed: LegCase) -> Case:
        """The same case with one leg replaced."""
        return replace(
            self,
            legs=tuple(
                changed if leg.name == changed.name else leg for leg in self.legs
            ),
        )


#: What a leg asks whose agency handed the dossier over: the counter accepts it first.
TO_BE_ACCEPTED = "to_be_accepted"
PORTAL_CODES: dict[int, str] = {
    1: "mới đăng ký",
    2: "được tiếp nhận",
    3: "không được tiếp nhận",
    4: "đang xử lý",
    5: "yêu cầu bổ sung giấy tờ",
    6: "yêu cầu thực hiện nghĩa vụ tài chính",
    7: "công dân yêu cầu rút hồ sơ",
    8: "dừng xử lý",
    9: "đã xử lý xong",
    10: "đã trả kết quả",
}


def portal_code(case: Case) -> int:
    """Suggested status code of the national portal, 1–10, for a case."""
    if case.end is not End.OPEN:
        return _code_of_end(case)
    pauses = {leg.pause for leg in case.legs if leg.state is LegState.PAUSED}
    if Pause.SUPPLEMENT in pauses:
        return 5
    if awaits_acceptance(case):
        return 1
    if Pause.STOPPED in pauses and not _goes_on(case):
        return 8
    if Pause.FINANCIAL_OBLIGATION in pauses:
        return 6
    if case.correction_requested:
        return 2
    begun = any(
        leg.state in {LegState.OPEN, LegState.ENDED} and leg.happened
        for leg in case.legs
    )
    return 4 if begun else 2


def awaits_acceptance(case: Case) -> bool:
    """Whether an agency handed the dossier over and no counter has accepted it yet."""
    waits = any(leg.asks == TO_BE_ACCEPTED for leg in case.legs)
    return waits and case.end is End.OPEN


def asked_of_counter(leg: LegCase) -> str:
    """Code of what a leg asks the counter now; empty while its own request waits.

    Until the applicant has brought what the counter wants, nothing is up to it.
    """
    waits = leg.asks == TO_BE_ACCEPTED and leg.pause is Pause.SUPPLEMENT
    return "" if waits else leg.asks


def accepted(case: Case, at: datetime) -> Case:
    """The case once the counter has what an agency handed over to it."""
    for leg in case.legs:
        if leg.asks == TO_BE_ACCEPTED:
            told = replace(
                leg, state=LegState.WAITING, place=Place.NOBODY, pause=Pause.NONE
            )
            case = case.with_leg(replace(told, since=at, asks=""))
    return case


def _goes_on(case: Case) -> bool:
    """Whether an agency works on it, or is about to, while another has stopped."""
    works = {Place.AGENCY, Place.GATEWAY}
    return any(
        leg.state is LegState.OPEN and leg.place in works and leg.happened
        for leg in case.legs
    )


def _code_of_end(case: Case) -> int:
    if case.end is End.FINISHED:
        return 10 if case.handed_out_on else 9
    if case.end is End.WITHDRAWN:
        return 7
    if case.end is End.CLOSED:
        return 8
    worked_on = any("progressed" in leg.happened for leg in case.legs)
    by_hand = case.facts.get(BY_HAND, {}).values()
    on_paper = any(one.get("outcome") == End.REFUSED for one in by_hand)
    return 8 if worked_on or on_paper else 3


def pause_of(case: Case) -> Pause:
    """The pause that the portal code stands for, if any."""
    if case.end is not End.OPEN:
        return Pause.NONE
    return {
        5: Pause.SUPPLEMENT,
        6: Pause.FINANCIAL_OBLIGATION,
        8: Pause.STOPPED,
    }.get(portal_code(case), Pause.NONE)
