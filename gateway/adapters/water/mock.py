"""A water company as ``docs/agencies/water.md`` describes it: a program, or a clerk.

It takes requests out of a folder, works on them, and puts tables of answers down;
badly made ones where a scenario says so. What it knows lives in memory and goes with
the process; the books stay.

**Settings** (the table of this mock): ``offices`` rows ``{id, folder, gateway}``, and
``by_hand`` (false): ``id`` is its code in manifests (``ben_nhan``), ``gateway`` that of
the sender; ``folder`` holds ``yeu-cau/`` and ``tra-loi/``. ``schemas``: where the
published lists lie. A program looks every 10 minutes, a clerk at 08:00 and 14:00 of
working days (the mock knows no holidays); ``POST /water/{office}/look`` makes it look.

**Books**: each request is an arrival of the sender's message kind (``again``: it came
before) and, once, an effect of it. ``lot``, ``lot_again``, ``lot_refused``,
``lot_waits``, ``request_refused`` tell what became of files and rows, ``told`` each
state, ``answer_out`` each table put down, ``error_report`` each report about one.

**Scenario** (``[water]`` of a dossier): ``[[step]]`` rows replace the default script.

* ``on``: LOAI of the request that the step waits for (``MOI``), or ``done:N`` (step N,
  counted from 1, was told) or ``reported:N`` (the sender found an error in its
  table); ``nth`` (1) at which occurrence; ``after_h``.
* ``state``: TRANG_THAI; ``cells``: cells that stand there as they are, right or wrong;
  ``files``: result files; ``backdated_h``; ``day_only``: without the hour; ``times``.
* ``by_hand``: otherwise than this office usually does; ``name`` of the file then.
* ``table``: how the table is spoilt, a key of ``mock_tables.SPOILT``; ``with_rows``:
  further rows in it; ``whole_list``: everything told so far, once more.
* ``way``: how it is put down: ``growing``, ``manifest_first``, ``no_manifest``,
  ``missing_table``, ``missing_file``, ``checksum``, ``broken_manifest``, ``gap``,
  ``open`` (by hand: Excel has it open for five minutes), ``again`` (the same lot a day
  later), ``name_again`` (another one under its number); ``manifest``: fields of it that
  stand there as they are.

Beside the steps, habits of people, of whichever script: ``silent``: taken, nothing is
done; ``asks`` and ``refuses``: ``{after_h, reason}``; ``forgets_finish``: done, and never
told; ``clicks_late_h``: told so much later, with the earlier date. What was done without
a click is an effect ``done_unclicked``.

And: ``row_error``: a code of the document, 7.2, with which each request
of this dossier is reported back; ``refuse``: one of 7.1, with which a lot that has one
is refused whole, the first ``refuse_times`` (always); ``takes_after_h``,
``never_takes``; ``leaves``: of a lot that was taken ``files`` lie on in ``yeu-cau/``, or
the whole ``lot`` with its manifest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from gateway.adapters.water.mock_answers import Writer
from gateway.adapters.water.mock_clerk import Clerk
from gateway.adapters.water.mock_contract import (
    VIETNAM,
    Handler,
    Lists,
    Office,
    Reply,
    Request,
    Unit,
)
from gateway.adapters.water.mock_counter import Counter
from gateway.adapters.water.mock_folder import FAULTY, REPORT, Seen, Side
from gateway.adapters.water.mock_habits import Habits
from gateway.adapters.water.mock_tables import reported

JSON = "application/json"
PROGRAM_EVERY_S = 600.0
CLERK_AT = ((8, 0), (14, 0))
#: The same moment, reckoned twice, may differ by less.
A_MOMENT = timedelta(seconds=1)
_FRIDAY = 4

#: Faults of calls; its files have habits of their own.
OPERATIONS = frozenset({"look"})
#: Fields of the register, for people.
WORDS = {
    "number": "Mã hồ sơ",
    "own_number": "Số của công ty",
    "meter": "Đồng hồ",
    "service": "Dịch vụ",
    "revision": "Lần cập nhật",
    "request": "Yêu cầu mới nhất",
    "seen": "Đã xảy ra",
    "begun": "Bước đã bắt đầu",
    "age": "Lần làm lại kịch bản",
}


def create(office: Office) -> Iterable[tuple[str, str, Handler]]:
    """One route, for trying; from now on each office looks by the clock."""
    shipped = office.settings.get("schemas")
    lists = Lists(Path(shipped) if shipped else None)
    units = {
        str(row["id"]): Rounds.open(
            office, lists, Unit(**{**row, "folder": Path(row["folder"])})
        )
        for row in office.settings.get("offices", ())
    }
    for rounds in units.values():
        office.watch(rounds.look)

    async def told_to_look(request: Request) -> Reply:
        rounds = units.get(request.params["office"])
        if rounds is None:
            return 404, JSON, b'{"code": "khong_co_don_vi"}'
        taken = rounds.work()
        return 200, JSON, json.dumps({"lots": taken}).encode()

    return (("POST", "/water/{office}/look", told_to_look),)


def number_of(_request: Request) -> str:
    """No call is about a dossier."""
    return ""


def kind_of(request: Request) -> str:
    """What the books call a call."""
    return request.path.rpartition("/")[2]


@dataclass(slots=True)
class Rounds:
    """One office, and when it looks into its folder."""

    office: Office
    unit: Unit
    lists: Lists
    answers: Side
    counter: Counter
    clerk: Clerk
    _reports: set[Seen] = field(default_factory=set)
    _planned: datetime | None = None

    @classmethod
    def open(cls, office: Office, lists: Lists, unit: Unit) -> Rounds:
        """Make the folder where it is missing."""
        requests = Side.open(unit.folder / "yeu-cau")
        answers = Side.open(unit.folder / "tra-loi")
        clerk = Clerk(office, unit, lists, Writer(office, unit, lists, answers))
        office.shows(f"Sổ của đơn vị {unit.id}", clerk.cases, WORDS)
        habits = Habits(office)
        counter = Counter(office, unit, lists, requests, habits, clerk.register)
        return cls(office, unit, lists, answers, counter, clerk)

    def look(self) -> None:
        """Plan the next round if there is anything to be done in it."""
        if self.counter.waits() or self._fresh_reports():
            self._plan(self._wait_s())
        patience_s = self.counter.patience_s()
        if patience_s is not None:
            self._plan(patience_s)

    def work(self) -> int:
        """One round: reports of errors, then requests; how many lots were taken."""
        for report in self._fresh_reports():
            self._reports.add(report)
            self._read(report.name)
        return self.counter.look()

    def _plan(self, wait_s: float) -> None:
        """Wake up then, unless that or something earlier is planned already."""
        at = self.office.now() + timedelta(seconds=wait_s)
        if self._planned is None or at < self._planned - A_MOMENT:
            self._planned = at
            self.office.after(wait_s, self._turn)

    async def _turn(self) -> None:
        self._planned = None
        self.work()
        self.look()

    def _wait_s(self) -> float:
        if not self.unit.by_hand:
            return PROGRAM_EVERY_S
        local = self.office.now().astimezone(VIETNAM)
        upcoming = []
        for hour, minute in CLERK_AT:
            at = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
            while at <= local or at.weekday() > _FRIDAY:
                at += timedelta(days=1)
            upcoming.append(at)
        return (min(upcoming) - local).total_seconds()

    def _fresh_reports(self) -> list[Seen]:
        lying = self.answers.lying(FAULTY)
        return [one for one in lying if REPORT in one.name and one not in self._reports]

    def _read(self, name: str) -> None:
        """What the sender says was wrong."""
        rows = reported(self.lists, self.answers.read(name, FAULTY))
        codes = " ".join(sorted(row.get("MA_LOI", "") for row in rows))
        self.office.arrived("error_report", "", file=name, codes=codes)
        self.clerk.reported(name)
