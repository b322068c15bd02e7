"""What the company does with a request: step by step, in working days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from gateway.adapters.electricity.mock_contract import Office
from gateway.adapters.electricity.mock_moments import OPENS, local, work_at
from gateway.adapters.electricity.mock_published import Published
from gateway.adapters.electricity.mock_pushes import Push, Pushes
from gateway.adapters.electricity.mock_register import Case, Row, Writing


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a script: begins working days after the last, takes hours or days."""

    step: str
    days: int
    hour: float
    hours: float
    takes_days: int = 0


_START = (Stage("TN", 0, 8, 0.5), Stage("PC", 0, 9, 0.5))
_SURVEY = (Stage("KS", 1, 9, 1.5), Stage("PK", 0, 14, 1))
_ANSWER = (Stage("TVB", 0, 15, 1),)
_CONTRACT = (Stage("DTN", 1, 8, 1), Stage("DHD", 0, 10, 1), Stage("KHD", 0, 14, 2))
_METER = (Stage("BTT", 1, 9, 2),)
_END = (Stage("HT", 0, 14, 0.5),)
_AGREEMENT = (
    Stage("DDN", 0, 15, 0.5),
    Stage("BDN", 0, 15.5, 0.5),
    Stage("KDN", 0, 16, 0.5),
)
_BUILDING = (Stage("TC", 1, 8, 0, 2), Stage("KTR", 1, 8, 1), Stage("MNT", 0, 9, 1))
SHORT = (*_START, *_SURVEY, *_ANSWER, *_CONTRACT, *_METER, *_END)
LONG = (
    *(*_START, *_SURVEY, *_AGREEMENT, *_ANSWER, *_CONTRACT),
    *(*_BUILDING, Stage("BTT", 0, 10, 2), *_END),
)
#: Key of a kind → its script without works.
SCRIPTS = {
    "new_low_voltage": SHORT,
    "change_power": SHORT,
    "change_name": (*_START, *_CONTRACT, *_END),
    "move_meter": (*_START, *_SURVEY, *_METER, *_END),
    "temporary_stop": (*_START, *_METER, *_END),
}
#: After the meter the survey is done once more.
AGAIN = (Stage("KS", 1, 9, 1.5), *_METER)


@dataclass(slots=True)
class Works:
    """The company at work on all its requests."""

    office: Office
    published: Published
    writing: Writing
    pushes: Pushes
    _plans: dict[str, list[Stage]] = field(default_factory=dict)
    _obstacles: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    _held: dict[str, list[Push]] = field(default_factory=dict)
    _connected: int = 0

    def take_up(self, case: Case) -> None:
        """Begin, once all papers are there; called again it does nothing."""
        scenario = self.office.scenario(case.number)
        if case.is_at_work or not case.has_all_papers or scenario.get("silent"):
            return
        case.is_at_work = True
        kind = self.published.kinds[case.kind]
        script = LONG if scenario.get("works") else SCRIPTS[kind["key"]]
        self._plans[case.number] = list(script)
        self._obstacles[case.number] = list(scenario.get("obstacle", ()))
        self._next(case)

    def cancel(self, case: Case) -> None:
        """The citizen withdraws: HU follows within the hour."""
        case.is_cancelled = True
        self._in(case, 1, partial(self._end_by_hu, case, {}))

    def supplement(self, case: Case, row: Row) -> None:
        """The papers that a row waits for have come."""
        self._close(case, row)

    def _next(self, case: Case) -> None:
        stage = self._plans[case.number].pop(0)
        begins = work_at(self.office.now(), stage.days, stage.hour)
        self.office.appointed(case.number, begins, partial(self._begin, case, stage))

    def _in(self, case: Case, hours: float, work: Any) -> None:
        when = self.office.now() + timedelta(hours=hours)
        self.office.appointed(case.number, when, work)

    async def _begin(self, case: Case, stage: Stage) -> None:
        if case.is_cancelled or case.has_ended:
            return
        scenario = self.office.scenario(case.number)
        row = case.begin(stage.step, self.office.now())
        if stage.step == "PC":
            case.unit = str(scenario.get("branch", case.unit))
        if stage.step == scenario.get("late_news") and row.turn == 1:
            self._hold(case, row)
        else:
            self._tell(case, row)
        obstacle = self._obstacle(case, stage.step)
        if obstacle is not None:
            stop = partial(self._stop, case, row, stage, obstacle)
            self._in(case, 0.5, stop)
            return
        now = self.office.now()
        if stage.takes_days:
            ends = work_at(now, stage.takes_days, 16)
            self.office.appointed(case.number, ends, partial(self._finish, case, row))
        else:
            done = partial(self._finish, case, row)
            self._in(case, stage.hours, done)

    def _obstacle(self, case: Case, step: str) -> Mapping[str, Any] | None:
        waiting = self._obstacles[case.number]
        found = next((row for row in waiting if row["step"] == step), None)
        if found is not None:
            waiting.remove(found)
        return found

    async def _stop(
        self, case: Case, row: Row, stage: Stage, obstacle: Mapping[str, Any]
    ) -> None:
        if case.is_cancelled or case.has_ended:
            return
        row.obstacle = str(obstacle["code"])
        row.reason = str(obstacle.get("reason", "Có trở ngại"))
        row.stopped = self.office.now()
        # Once it is over, the step is done anew.
        self._plans[case.number].insert(0, Stage(stage.step, 0, OPENS, stage.hours))
        self._tell(case, row)
        lasts_h = float(obstacle.get("lasts_h", 24))
        if "ends_with" in obstacle:
            end = partial(self._end_by_hu, case, obstacle)
            self._in(case, lasts_h, end)
        elif "lasts_h" in obstacle or not self.published.asks_for_papers(row.obstacle):
            self._in(case, lasts_h, partial(self._over, case, row))

    async def _over(self, case: Case, row: Row) -> None:
        if case.is_cancelled or case.has_ended or not row.is_open:
            return
        self._close(case, row)

    def _close(self, case: Case, row: Row) -> None:
        row.ended = self.office.now()
        self._tell(case, row)
        self._next(case)

    async def _finish(self, case: Case, row: Row) -> None:
        if case.is_cancelled or case.has_ended:
            return
        scenario = self.office.scenario(case.number)
        if row.step == "HT" and scenario.get("forgets_finish"):
            # Nobody writes down that it was connected.
            self.office.effect("done_unclicked", case.number)
            return
        row.ended = self.office.now()
        if row.step == "HT" and "clicks_late_h" in scenario:
            self.office.effect("done_unclicked", case.number)
            late = partial(self._write_down, case, row, row.ended)
            row.ended = None
            self._in(case, float(scenario["clicks_late_h"]), late)
            return
        plan = self._plans[case.number]
        if row.step == "BTT" and row.turn == 1:
            if scenario.get("backwards"):
                plan[:0] = AGAIN
            self._tell(case, row)
            for push in self._held.pop(case.number, ()):
                self._send(push)
            self._next(case)
            return
        if row.step == "HT":
            self._connect(case)
        self._tell(case, row)
        if plan:
            self._next(case)

    async def _write_down(self, case: Case, row: Row, done: datetime) -> None:
        """The end, clicked late, with the moment at which it was."""
        row.ended = done
        self._connect(case)
        self._tell(case, row)

    def _connect(self, case: Case) -> None:
        case.has_ended = True
        if not case.customer:
            self._connected += 1
            case.customer = f"PX{99_000_000_000 + self._connected}"
        self.office.effect("finished", case.number, ma_ycau_knai=case.own_number)

    async def _end_by_hu(self, case: Case, why: Mapping[str, Any]) -> None:
        if case.has_ended or (case.is_cancelled and why):
            return
        case.has_ended = True
        row = case.begin("HU", self.office.now())
        row.ended = row.begun
        row.obstacle = str(why.get("ends_with", ""))
        row.reason = str(why.get("end_reason", "Hủy yêu cầu"))
        self.office.effect("cancelled", case.number, ma_tngai=row.obstacle)
        self._tell(case, row)

    def _hold(self, case: Case, row: Row) -> None:
        if self.pushes.are_wanted(case.number):
            held = self.pushes.of(case, row, self.writing)
            self._held.setdefault(case.number, []).append(held)

    def _tell(self, case: Case, row: Row) -> None:
        """Push a row as it stands; the work does not wait for the answer."""
        if self.pushes.are_wanted(case.number):
            self._send(self.pushes.of(case, row, self.writing))

    def _send(self, push: Push) -> None:
        self.office.after(0.0, partial(self.pushes.send, push))


def day_of(at: datetime) -> str:
    """A day as it stands in the company's numbers."""
    return f"{local(at):%y%m%d}"
