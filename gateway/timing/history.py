"""A dossier's history as its journal tells it: events, and where each leg stood when.

Every moment is the one that counts (decision 0040); a moment never lies before what
it follows from, so that a supplement that ended before it began took no time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.case import LegState, Pause, Place
from gateway.domain.closing import LINE as BY_HAND
from gateway.domain.correction import CorrectionState
from gateway.domain.identifiers import OfficeId
from gateway.domain.procedure import Event, Trigger
from gateway.domain.report import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.case import Case
    from gateway.domain.journal import JournalLine

#: Lines of a step; one of them says what moved.
_STEP = frozenset({"happened", "moved", "ended"})
#: A line by which the head of operations decides which moment of a report counts.
COUNTED = "counted"
#: A line by which a time of a leg is set right that nobody had told in time.
CORRECTED = "corrected"

APPROVED = CorrectionState.APPROVED.value
#: A line by which a confirmed proposal is taken back: what it set right counts no more.
UNDONE = "proposal_undone"


@dataclass(frozen=True, slots=True)
class Happened:
    """One event: ``at`` by the moment that counts, ``arrived_at`` as it came."""

    trigger: Trigger
    at: datetime
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """A time in which a leg stood as it did; ``until`` None: it still does."""

    leg: str
    state: LegState
    place: Place
    pause: Pause
    office: OfficeId
    since: datetime
    until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is somebody's turn."""
        return self.state in {LegState.OPEN, LegState.PAUSED}


@dataclass(frozen=True, slots=True)
class Backdated:
    """A report whose agency dates it further back than counts by itself."""

    report: str
    kind: str
    told_at: datetime
    arrived_at: datetime
    counts: bool
    #: the head of operations confirmed its own moment
    decided: bool


@dataclass(slots=True)
class History:
    """What happened, oldest first."""

    accepted_at: datetime
    known_from: datetime
    #: when the gateway first knew of it; later than its acceptance where it was loaded
    happened: list[Happened] = field(default_factory=list)
    stays: dict[str, list[Stay]] = field(default_factory=dict)
    promises: list[tuple[datetime, date]] = field(default_factory=list)
    #: days that the applicant was promised, and since when
    extensions: list[tuple[datetime, date]] = field(default_factory=list)
    #: new days that were promised with an apology: statistics keep the one before
    backdated: list[Backdated] = field(default_factory=list)
    ended_at: datetime | None = None
    end_arrived_at: datetime | None = None
    closed: dict[str, datetime] = field(default_factory=dict)
    #: what people ended by hand, and when; '' the dossier

    def of(self, leg: str) -> Sequence[Stay]:
        """Where a leg stood, without gaps from the first time it moved."""
        return self.stays.get(leg, ())


def read(
    case: Case,
    lines: Sequence[JournalLine],
    working: WorkingTime,
    *,
    all_told: bool = False,
) -> History:
    """The history of a dossier.

    ``all_told``: as if every agency's own moment counted, confirmed or not.
    """
    accepted = _received_at(case)
    known = lines[0].at if lines else accepted
    history = History(accepted, max(accepted, known))
    decisions = {
        str(line.facts["report"]): bool(line.facts["counts"])
        for line in lines
        if line.kind == COUNTED
    }
    for step in _steps(lines):
        if step.lines:
            _take(history, step, working, decisions, all_told=all_told)
    undone = {line.facts["proposal"] for line in lines if line.kind == UNDONE}
    for line in lines:
        if line.kind == BY_HAND and line.facts.get("what") == APPROVED:
            _close(history, line)
        if line.kind == CORRECTED and line.facts.get("proposal") not in undone:
            _correct(history, line.facts)
    return history


def _close(history: History, line: JournalLine) -> None:
    """Note what ended by hand; the dossier too, where it ended with it."""
    leg = str(line.facts["leg"])
    names = [leg] if leg else list(line.facts["ends"])
    history.closed |= dict.fromkeys(names, line.at)
    if history.end_arrived_at == line.at:
        history.closed[""] = line.at


def _received_at(case: Case) -> datetime:
    """When its counter received it, unless that is later than it came here."""
    text = case.facts.get("received_at")
    at = datetime.fromisoformat(str(text)) if text else case.accepted_at
    return min(at, case.accepted_at)


@dataclass(slots=True)
class _Step:
    """Lines that were written by one act, with the report that caused it."""

    report: JournalLine | None
    lines: list[JournalLine] = field(default_factory=list)


def _steps(lines: Sequence[JournalLine]) -> Iterable[_Step]:
    """The acts of a journal in order; other lines may stand between those of one."""
    here = _Step(None)
    for line in lines:
        if line.kind == "report":
            yield here
            applied = line.facts.get("standing") == Standing.APPLIED.value
            here = _Step(line if applied else None)
        elif line.kind in _STEP:
            begun = here.lines[0] if here.lines else here.report
            if begun is not None and not _beside(begun, line):
                yield here
                here = _Step(None)
            here.lines.append(line)
    yield here


def _beside(one: JournalLine, other: JournalLine) -> bool:
    return one.at == other.at and one.actor == other.actor


def _take(
    history: History,
    step: _Step,
    working: WorkingTime,
    decisions: Mapping[str, bool],
    *,
    all_told: bool,
) -> None:
    """Add one step at the moment that counts for it."""
    at = step.lines[0].at
    told = step.report.facts.get("event_at") if step.report else None
    if step.report is not None and told:
        moment = datetime.fromisoformat(str(told))
        at = _counted(
            history, step.report, moment, working, decisions, all_told=all_told
        )
    at = max([at, history.accepted_at, *_before(history, step.lines)])
    for line in step.lines:
        if line.kind == "happened":
            trigger = Trigger(line.facts["leg"], Event(line.facts["event"]))
            history.happened.append(Happened(trigger, at, line.at))
        elif line.kind == "ended":
            history.ended_at, history.end_arrived_at = at, line.at
        for name, stand in line.facts.get("stands", {}).items():
            _move(history, name, stand, at)
        if due_on := line.facts.get("due_on"):
            extended = line.facts.get("event") == Event.EXTENDED
            kept = history.extensions if extended else history.promises
            kept.append((at, date.fromisoformat(str(due_on))))


def _before(history: History, lines: Sequence[JournalLine]) -> Iterable[datetime]:
    """Moments that what happened to a leg, or the end of all, cannot lie before."""
    legs = {str(line.facts.get("leg", "")) for line in lines}
    for line in lines:
        legs |= set(line.facts.get("stands", {}))
        if line.kind == "ended":
            legs |= set(history.stays)
    for name in legs:
        stays = history.stays.get(name)
        if stays:
            yield stays[-1].since


def _counted(
    history: History,
    report: JournalLine,
    told: datetime,
    working: WorkingTime,
    decisions: Mapping[str, bool],
    *,
    all_told: bool,
) -> datetime:
    """Which moment of a report counts: its own, or that of its arrival."""
    if told >= report.at:
        return report.at
    name = str(report.facts["report"])
    if working.minutes(told, report.at) <= working.full_day:
        return told
    counts = decisions.get(name, False)
    history.backdated.append(
        Backdated(
            name,
            str(report.facts["kind"]),
            told,
            report.at,
            counts=counts,
            decided=name in decisions,
        )
    )
    return told if counts or all_told else report.at


def _move(history: History, name: str, stand: Sequence[str], at: datetime) -> None:
    state, place, pause, office = stand
    stays = history.stays.setdefault(name, [])
    if stays:
        stays[-1] = replace(stays[-1], until=at)
    stays.append(
        Stay(name, LegState(state), Place(place), Pause(pause), OfficeId(office), at)
    )


def _correct(history: History, facts: Mapping[str, Any]) -> None:
    """Set right where a leg stood in a time that nobody had told of when it was."""
    since = datetime.fromisoformat(str(facts["since"]))
    until = datetime.fromisoformat(str(facts["until"]))
    stays = []
    for stay in history.stays.get(str(facts["leg"]), ()):
        stays += _overlaid(stay, facts, since, until)
    history.stays[str(facts["leg"])] = stays


def _overlaid(
    stay: Stay, facts: Mapping[str, Any], since: datetime, until: datetime
) -> list[Stay]:
    """A stay with a time in it told otherwise; what the leg did not stand through stays."""
    begin = max(stay.since, since)
    end = until if stay.until is None else min(stay.until, until)
    if begin >= end or not stay.is_open:
        return [stay]
    told = replace(
        stay,
        state=LegState.PAUSED,
        place=Place(facts["place"]),
        pause=Pause(facts["pause"]),
        since=begin,
        until=end,
    )
    parts = [replace(stay, until=begin)] if stay.since < begin else []
    parts.append(told)
    if stay.until is None or end < stay.until:
        parts.append(replace(stay, since=end))
    return parts
