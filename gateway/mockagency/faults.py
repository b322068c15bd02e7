"""Fault plans: by dossier, operation and turn; what happens is what an outsider sees.

A plan's state moves when the request arrives, not when its delay is over, so
that repeats of a client cannot confuse it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.mockagency.faults_kinds import KINDS, WELL, Stage, stages_of
from gateway.mockagency.faults_when import ALWAYS, NO_WAIT, Wait, Window, draw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

#: Instead of an operation: any.
ANY = "*"


@dataclass(frozen=True, slots=True)
class Fault:
    """One planned fault.

    ``nth``: which call of that kind for that dossier, from 1; 0: every one.
    ``number`` empty: any dossier. ``operation`` is a kind of the mock's books, or what
    its document calls it: the last part of its path.
    ``wait_s``: how long a call hangs before its fault, in real seconds; ``held``: until
    ``POST /_control/release``, so that a test need not be faster than a clock.
    """

    agency: str
    operation: str
    do: str
    nth: int = 1
    number: str = ""
    text: str = ""
    seconds: float = 0.0
    wait_s: float = 0.0
    held: bool = False
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    #: of an answer ``text_200``, where it is not what its name says
    prefix: str = ""
    #: dossiers whose number begins so
    caller: str = ""
    #: peer's address, product of its User-Agent, or common name of its certificate
    each: int = 0
    #: every so many calls
    percent: float = 0.0
    #: of the calls, by the plan's seed
    sequence: tuple[Fault, ...] = ()
    #: in turn, then all is well
    times: int = 0
    #: per dossier, at most
    at_most: int = 0
    #: over all dossiers; which ones depends on who comes first
    window: Window = ALWAYS
    wait: Wait = NO_WAIT
    repeats_within_s: float = 0.0
    #: an exact repeat within so many real seconds is the same call
    size_bytes: int = 0
    bytes_per_s: int = 0
    minutes: float = 0.0
    code_field: str = ""
    value: str = ""
    name: str = ""
    where: str = ""
    #: file and row, for who has to correct it
    row: Mapping[str, Any] = field(default_factory=dict)
    #: as it was given

    @property
    def parts(self) -> Sequence[Fault]:
        """What it does in turn."""
        return self.sequence or (self,)

    @property
    def stages(self) -> frozenset[Stage]:
        """Where it may stand to the work."""
        return frozenset().union(*(stages_of(one.do) for one in self.parts))

    def may_fall_on(self, nth: int) -> bool:
        """Whether that call of a dossier may be met."""
        if self.sequence:
            return nth <= len(self.sequence) and self.sequence[nth - 1].do != WELL
        if self.each:
            return nth % self.each == 0
        return self.nth in {0, nth} or self.percent > 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a plan is told of a call."""

    operation: str
    #: what the mock's books call it
    number: str
    at: datetime
    #: the mock's wall
    mono: float = 0.0
    #: real seconds
    callers: frozenset[str] = frozenset()
    digest: str = ""
    #: of method, address and content
    named: str = ""
    #: what the interface document calls it: the last part of its path


@dataclass(frozen=True, slots=True)
class Met:
    """A fault that falls on a call."""

    fault: Fault
    stage: Stage
    operation: str
    number: str
    nth: int
    wait_s: float
    drawn: float
    #: in [0, 1), for whatever the fault draws
    planned: int
    #: place of its row in the plan
    missed: str = ""
    #: why it could not act, once that is known


class Decided(NamedTuple):
    """What falls on a call that came in."""

    early: Met | None
    #: in the place of the work, or a delay before it
    late: Met | None
    #: once the work is done


class _Row:
    """One row of a plan, and how often it was asked and met."""

    def __init__(self, fault: Fault, place: int) -> None:
        self.fault = fault
        self.place = place
        self.stages = fault.stages
        self.identity = identity(fault)
        self.seen: Counter[tuple[str, str]] = Counter()
        self.by_dossier: Counter[str] = Counter()
        self.met = 0
        self.missed = 0
        self._last: dict[str, tuple[float, int]] = {}

    @property
    def precedence(self) -> tuple[bool, int, bool, bool, int]:
        """A row that names more goes before one that names less."""
        one = self.fault
        return (
            not one.number,
            -len(one.prefix),
            one.operation == ANY,
            not one.caller,
            self.place,
        )

    def is_for(self, call: Arrival) -> bool:
        """Whether it selects a call."""
        one = self.fault
        return (
            one.operation in {ANY, call.operation, call.named}
            and one.number in {"", call.number}
            and call.number.startswith(one.prefix)
            and (not one.caller or one.caller in call.callers)
            and one.window.holds(call.at)
        )

    def turn(self, call: Arrival) -> int:
        """Which call of that dossier and operation it is; a repeat is none."""
        gap_s = self.fault.repeats_within_s
        known = self._last.get(call.digest) if gap_s and call.digest else None
        key = (call.operation, call.number)
        if known is not None and call.mono - known[0] <= gap_s:
            nth = known[1]
        else:
            self.seen[key] += 1
            nth = self.seen[key]
        if gap_s and call.digest:
            self._last[call.digest] = (call.mono, nth)
        return nth

    def due(self, call: Arrival, nth: int, seed: int) -> Fault | None:
        """What falls on that turn."""
        one = self.fault
        if one.times and self.by_dossier[call.number] >= one.times:
            return None
        if one.at_most and self.met >= one.at_most:
            return None
        if not one.may_fall_on(nth):
            return None
        if one.percent:
            drawn = draw(seed, self.identity, call.number, call.operation, nth)
            if drawn * 100 >= one.percent:
                return None
        return one.sequence[nth - 1] if one.sequence else one


class _Order:
    """Rows of one stage, most exact first; those of one dossier by its number."""

    def __init__(self, rows: Iterable[_Row] = ()) -> None:
        self._of_one: dict[str, list[_Row]] = {}
        self._of_several: list[_Row] = []
        for row in rows:
            number = row.fault.number
            place = self._of_one.setdefault(number, []) if number else self._of_several
            place.append(row)

    def of(self, number: str) -> Iterable[_Row]:
        """Those that may be for a dossier: a row that names it goes first."""
        own = self._of_one.get(number)
        return [*own, *self._of_several] if own else self._of_several


class FaultPlan:
    """The faults of one agency, and how often each operation was called."""

    def __init__(self, faults: Iterable[Fault], seed: int = 0) -> None:
        """Start with no calls seen."""
        self._rows: list[_Row] = []
        self._early = self._late = self._calls = _Order()
        self._tls: list[_Row] = []
        self.seed = seed
        self.told: Callable[[Met], None] = _unheard
        #: hears of each fault that falls on a call, and again of one that missed
        self.extend(faults)

    @property
    def faults(self) -> Sequence[Fault]:
        """All that is planned."""
        return [row.fault for row in self._rows]

    @property
    def met(self) -> int:
        """How many have happened."""
        return sum(row.met for row in self._rows)

    def __bool__(self) -> bool:
        """Whether anything is planned."""
        return bool(self._rows)

    def add(self, fault: Fault) -> None:
        """Plan one more; calls before it do not count for it."""
        self.extend([fault])

    def extend(self, faults: Iterable[Fault]) -> None:
        """Plan some more at once."""
        for fault in faults:
            self._rows.append(_Row(fault, len(self._rows)))
        self._sort()

    def clear(self) -> None:
        """Nothing more goes wrong."""
        self._rows.clear()
        self._sort()

    def _sort(self) -> None:
        """Who is asked at which stage, most exact first; most calls meet no plan."""
        rows = sorted(self._rows, key=lambda row: row.precedence)
        early, late = {Stage.BEFORE}, {Stage.BEFORE, Stage.AFTER}
        self._early = _Order(row for row in rows if row.stages & early)
        # A sequence of both counts calls that arrive.
        self._late = _Order(row for row in rows if row.stages & late == {Stage.AFTER})
        self._calls = _Order(row for row in rows if Stage.CALL in row.stages)
        self._tls = [row for row in rows if Stage.TLS in row.stages]

    @property
    def knows_repeats(self) -> bool:
        """Whether a row wants to know an exact repeat."""
        return any(row.fault.repeats_within_s for row in self._rows)

    def arrived(self, call: Arrival) -> Decided:
        """What falls on a call that comes in; counts it.

        One after the work counts calls that reach the work; where the number is
        not known yet, ``booked`` counts them.
        """
        met = self._next(self._early, call, {Stage.BEFORE, Stage.AFTER})
        early = met if met is not None and met.stage is Stage.BEFORE else None
        if early is not met:
            return Decided(None, met)
        if (early is not None and early.fault.do != "delay_s") or not call.number:
            return Decided(early, None)
        return Decided(early, self.booked(call))

    def booked(self, call: Arrival) -> Met | None:
        """The fault after the work, by what the mock itself found out of the call."""
        return self._next(self._late, call, {Stage.AFTER})

    def calling(self, call: Arrival) -> Met | None:
        """The fault of a call that goes out; counts it."""
        return self._next(self._calls, call, {Stage.CALL})

    def showing(self, at: datetime) -> Fault | None:
        """What is wrong with the listener's TLS at a moment."""
        row = next((r for r in self._tls if r.fault.window.holds(at)), None)
        if row is None:
            return None
        row.met += 1
        here = (row.fault, Stage.TLS, "tls", "", row.met)
        self.told(Met(*here, wait_s=0.0, drawn=0.0, planned=row.place))
        return row.fault

    def miss(self, met: Met, why: str) -> None:
        """A fault could not act: the answer has no such field, the caller has left."""
        row = next((r for r in self._rows if r.place == met.planned), None)
        if row is not None:
            row.missed += 1
        self.told(replace(met, missed=why))

    def _next(
        self, order: _Order, call: Arrival, stages: Iterable[Stage]
    ) -> Met | None:
        found: Met | None = None
        for row in order.of(call.number):
            if not row.is_for(call):
                continue
            nth = row.turn(call)
            due = row.due(call, nth, self.seed) if found is None else None
            if due is None:
                continue
            stage = next((s for s in stages_of(due.do) if s in stages), None)
            if stage is None:
                continue
            row.met += 1
            row.by_dossier[call.number] += 1
            found = self._met(row, due, stage, call, nth)
        if found is not None:
            self.told(found)
        return found

    def _met(self, row: _Row, due: Fault, stage: Stage, call: Arrival, nth: int) -> Met:
        drawn = draw(self.seed, row.identity, call.number, call.operation, nth, "how")
        wait_s = due.wait_s + due.wait.seconds(drawn)
        if due.do == "delay_s":
            wait_s += due.seconds
        return Met(
            *(due, stage, call.operation, call.number, nth, wait_s, drawn),
            planned=row.place,
        )

    def rows(self) -> list[dict[str, Any]]:
        """The plan for who looks at it: each row, what it does, and its counts."""
        return [
            {
                "place": row.place + 1,
                "where": row.fault.where,
                "row": dict(row.fault.row) or plain(row.fault),
                "says": "; rồi ".join(
                    KINDS[one.do].says if one.do != WELL else "bình thường"
                    for one in row.fault.parts
                ),
                "seen": sum(row.seen.values()),
                "met": row.met,
                "missed": row.missed,
            }
            for row in self._rows
        ]


def identity(fault: Fault) -> str:
    """What a row's draws belong to: its name, or what it says."""
    told = fault.row or plain(fault)
    return fault.name or repr(sorted((k, repr(v)) for k, v in told.items()))


def plain(fault: Fault) -> dict[str, Any]:
    """A fault made in code as the row that would plan it."""
    row: dict[str, Any] = {
        "agency": fault.agency,
        "operation": fault.operation,
        "do": fault.do,
    }
    if fault.nth == 0:
        row["every"] = True
    elif fault.nth != 1:
        row["nth"] = fault.nth
    names = ("number", "text", "seconds", "wait_s", "held", "prefix", "caller")
    return row | {name: getattr(fault, name) for name in names if getattr(fault, name)}


def _unheard(_met: Met) -> None:
    """Nobody is told."""
