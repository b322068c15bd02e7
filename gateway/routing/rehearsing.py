"""A dossier's course as a configuration would have it: what would leave, and be told; pure.

What really happened (what agencies reported, which messages they have) is put through
two configurations in the same way; only what differs is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.case import End, LegState
from gateway.domain.identifiers import AgencyId, DossierId, OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.message_words import KINDS
from gateway.domain.procedure import Event, Procedure
from gateway.domain.report import AgencyReport
from gateway.domain.values import dataclass
from gateway.ports.ids import Chance
from gateway.routing.messages import NOTHING, STATUS, Making, follow_up
from gateway.routing.opening import fresh_case
from gateway.routing.outcomes import on_delivered
from gateway.routing.progress import Step, on_dossier_event, on_report
from gateway.routing.route import plan

if TYPE_CHECKING:
    from gateway.domain.case import Case
    from gateway.routing.catalogue import Catalogue

_ENDS = {
    End.OPEN: "chưa kết thúc",
    End.FINISHED: "đã giải quyết",
    End.REFUSED: "từ chối",
    End.WITHDRAWN: "rút hồ sơ",
    End.CLOSED: "đóng bằng tay",
}


class Counted(Chance):
    """Identifiers that are thrown away."""

    def __init__(self) -> None:
        """Begin at one."""
        self._last = 0

    def identifier(self, prefix: str) -> str:
        """The next one."""
        self._last += 1
        return f"{prefix}_{self._last:06d}"

    def draw(self) -> float:
        """The middle."""
        return 0.5


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to a dossier: a report of an agency, or a message that it has."""

    at: datetime
    agency: AgencyId
    report: AgencyReport | None = None
    leg: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A leg of a course."""

    name: str
    office: str
    skipped: bool
    sees: tuple[str, ...]
    carried_by: str


@dataclass(frozen=True, slots=True)
class Course:
    """What a configuration makes of a dossier; ``refused``: it would not be taken."""

    refused: str = ""
    version: str = ""
    legs: tuple[Planned, ...] = ()
    sent: tuple[tuple[str, str], ...] = ()
    #: leg and kind of each message, in their order
    told: tuple[int, ...] = ()
    #: codes of the portal that the one-stop is told, in their order
    end: End = End.OPEN
    unrouted: str = ""


def course(
    catalogue: Catalogue,
    procedure: Procedure,
    document: Mapping[str, Any],
    happenings: Sequence[Happening],
    *,
    sender: OfficeId,
    accepted_at: datetime,
) -> Course:
    """The course of a dossier from its intake through what happened to it since."""
    day = legal_day(accepted_at)
    route = plan(catalogue, procedure, document, day)
    case = fresh_case(
        DossierId("d"),
        sender,
        route,
        document,
        configuration=catalogue.version,
        fingerprint="",
        now=accepted_at,
    )
    making = Making(procedure, catalogue, Counted(), day)
    made = _Made(making)
    case = made.after(case, _taken_in(case, procedure, accepted_at))
    for one in happenings:
        case = made.after(case, _step(case, procedure, one))
    legs = (
        Planned(
            leg.name,
            leg.office or "",
            leg.state is LegState.SKIPPED,
            procedure.leg(leg.name).sees,
            leg.carried_by.value,
        )
        for leg in case.legs
    )
    return Course(
        version=f"{procedure.code}@{procedure.version}",
        legs=tuple(legs),
        sent=tuple(made.sent),
        told=tuple(made.told),
        end=case.end,
        unrouted=route.unrouted,
    )


class _Made:
    """Collects what each step makes."""

    def __init__(self, making: Making) -> None:
        self._making = making
        self.sent: list[tuple[str, str]] = []
        self.told: list[int] = []

    def after(self, case: Case, step: Step) -> Case:
        changed, transfers = follow_up(case, step, self._making, NOTHING)
        for new in transfers:
            if new.kind == STATUS:
                self.told.append(int(new.facts.get("portal_code", 0)))
            else:
                self.sent.append((new.leg, str(new.kind)))
        return changed


def _taken_in(case: Case, procedure: Procedure, at: datetime) -> Step:
    return on_dossier_event(case, procedure, Event.ACCEPTED, at)


def _step(case: Case, procedure: Procedure, one: Happening) -> Step:
    if one.report is not None:
        return on_report(case, procedure, one.report, one.agency, one.at)
    if one.leg not in {leg.name for leg in case.legs}:
        return Step(case)  # the configuration has no such leg: that is told by itself
    return on_delivered(case, procedure, one.leg, one.kind, one.at)


def differing(
    before: Course, after: Course, names: Mapping[str, str]
) -> tuple[str, ...]:
    """What a course has otherwise than another, in words; ``names``: of offices."""
    if before.refused or after.refused:
        if before.refused == after.refused:
            return ()
        was, now = (one.refused or "nhận được" for one in (before, after))
        return (f"lúc tiếp nhận: trước {was}; nay {now}",)
    found = []
    if before.version != after.version:
        found.append(f"phiên bản thủ tục: trước {before.version}, nay {after.version}")
    found += _of_legs(before, after, names)
    if before.sent != after.sent:
        was, now = (_sentence(one) for one in (before, after))
        found.append(f"lượt gửi: trước {was}; nay {now}")
    if before.told != after.told:
        was, now = (_codes(one) for one in (before, after))
        found.append(f"mã trạng thái báo một cửa: trước {was}; nay {now}")
    if before.end is not after.end:
        found.append(f"kết thúc: trước {_ENDS[before.end]}, nay {_ENDS[after.end]}")
    if before.unrouted != after.unrouted:
        was, now = (one.unrouted or "xác định được" for one in (before, after))
        found.append(f"cơ quan có thẩm quyền: trước {was}, nay {now}")
    return tuple(found)


def _of_legs(before: Course, after: Course, names: Mapping[str, str]) -> list[str]:
    was, now = ({leg.name: leg for leg in one.legs} for one in (before, after))
    found = [f"phần việc {name}: không còn" for name in was if name not in now]
    found += [f"phần việc {name}: mới có" for name in now if name not in was]
    for name in (name for name in was if name in now):
        old, new = was[name], now[name]
        if old.office != new.office:
            one, other = (
                names.get(o, o) or "chưa có" for o in (old.office, new.office)
            )
            found.append(f"phần việc {name}: trước ở {one}, nay ở {other}")
        if old.skipped != new.skipped:
            said = "nay bỏ qua" if new.skipped else "nay phải làm"
            found.append(f"phần việc {name}: {said}")
        if old.carried_by != new.carried_by:
            found.append(
                f"phần việc {name}: trước do {old.carried_by} chuyển, nay do {new.carried_by}"
            )
        found += _of_sight(name, old.sees, new.sees)
    return found


def _of_sight(name: str, was: Sequence[str], now: Sequence[str]) -> list[str]:
    more, less = sorted({*now} - {*was}), sorted({*was} - {*now})
    found = [f"phần việc {name}: cơ quan xem thêm {', '.join(more)}"] if more else []
    if less:
        found.append(f"phần việc {name}: cơ quan không còn xem {', '.join(less)}")
    return found


def _sentence(one: Course) -> str:
    words = [f"{leg}: {KINDS.get(kind, kind)}" for leg, kind in one.sent]
    return ", ".join(words) or "không có"


def _codes(one: Course) -> str:
    return " ".join(map(str, one.told)) or "không có"


def within(day: date, since: date, until: date) -> bool:
    """Whether a day is one of a period, both ends included."""
    return since <= day <= until
