"""Lines of a table of answers → reports, and what is wrong with the others; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import Any, Final

import orjson

from gateway.adapters.water import cells
from gateway.adapters.water.contract import Contract, Told
from gateway.adapters.water.tables import Line
from gateway.domain.identifiers import AgencyId
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.report import AgencyReport, FileLink, Reference

ONE_STOP: Final = AgencyId("one_stop")
#: Column → what a report's content calls it.
_CONTENT: Final = {"SO_TIEN": "amount", "SO_DANH_BO": "customer_number"}
#: Column, and what stands around it in the note.
_SAID: Final = (
    ("NOI_DUNG", "", ""),
    ("SO_TIEN", "số tiền: ", " đồng"),
    ("SO_DANH_BO", "số danh bộ: ", ""),
)
#: Between digest and name of a result in its link.
LINK_MARK: Final = "/"
_ENDING: Final = re.compile(r"\.[a-z0-9]{1,8}")
_END_OF_DAY: Final = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One error of one row; ``code`` is one of section 7.2."""

    line: int
    column: str
    code: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row that holds: column → its value as ``tra_loi.json`` wants it."""

    line: int
    values: Mapping[str, str]

    @property
    def files(self) -> tuple[str, ...]:
        """Names of its result files."""
        return cells.file_names(self.values.get("TEP", ""))


@dataclass(frozen=True, slots=True)
class Read:
    """What a table says: rows that count, each once, and what is wrong."""

    rows: tuple[Row, ...]
    mistakes: tuple[Mistake, ...]


def read(
    lines: Sequence[Line],
    contract: Contract,
    *,
    now: datetime,
    is_there: Callable[[str], bool],
) -> Read:
    """Judge every line by itself; a bad one stops no other.

    ``is_there``: whether a result file of that name lies there.
    """
    rows: dict[str, Row] = {}
    mistakes: list[Mistake] = []
    for line in lines:
        values, wrong = _values(line, contract, now)
        wrong += [
            Mistake(line.number, "TEP", "D07")
            for name in cells.file_names(values.get("TEP", ""))
            if not is_there(name)
        ]
        mistakes += dict.fromkeys(wrong)
        if not wrong:
            row = Row(line.number, values)
            rows.setdefault(fingerprint(row), row)
    return Read(tuple(rows.values()), tuple(mistakes))


def _values(
    line: Line, contract: Contract, now: datetime
) -> tuple[dict[str, str], list[Mistake]]:
    """Every value of a line that holds, and everything that is wrong with it."""
    values: dict[str, str] = {}
    wrong = [(untold, "D13") for untold in sorted(line.untold)]
    for column in contract.answers:
        if column.code not in line.cells:
            continue
        try:
            for code, value in _cell(column.code, line, contract):
                if column.most and len(value) > column.most:
                    raise cells.CellWrong("D02")
                if values.setdefault(code, value) != value:
                    raise cells.CellWrong("D04")
        except cells.CellWrong as error:
            wrong.append((column.code, error.code))
    bad = {column for column, _ in wrong}
    wrong += [(missing, "D01") for missing in _missing(values, bad, contract)]
    if not bad & {"NGAY", "GIO"} and "NGAY" in values and _is_future(values, now):
        late_day = values["NGAY"] > legal_day(now).isoformat()
        wrong.append(("NGAY" if late_day else "GIO", "D05"))
    return values, [Mistake(line.number, *one) for one in wrong]


def _cell(code: str, line: Line, contract: Contract) -> Iterator[tuple[str, str]]:
    """What one cell gives: a day may bring its hour along."""
    cell = line.cells[code]
    if code in cells.NUMBERS:
        yield code, cells.number(cell)
    elif code == "TRANG_THAI":
        told = contract.state_of(cells.text(cell))
        if told is None:
            raise cells.CellWrong("D02")
        yield code, told.code
    elif code in {"NGAY", "NGAY_HEN"}:
        found, beside = cells.day(cell)
        yield code, found
        if beside and code == "NGAY":
            yield "GIO", beside
    elif code == "GIO":
        yield code, cells.hour(cell)
    elif code == "SO_TIEN":
        yield code, cells.amount(cell)
    elif code == "TEP":
        yield code, "; ".join(cells.file_names(cell))
    else:
        yield code, cells.text(cell)


def _missing(
    values: Mapping[str, str], bad: set[str], contract: Contract
) -> Iterator[str]:
    told = contract.states.get(values.get("TRANG_THAI", ""))
    for column in contract.answers:
        wanted = column.required == "yes" or (told and column.code in told.needs)
        if wanted and column.code not in bad and not values.get(column.code):
            yield column.code


def _is_future(values: Mapping[str, str], now: datetime) -> bool:
    if "GIO" in values:
        return _moment(values["NGAY"], time.fromisoformat(values["GIO"])) > now
    return values["NGAY"] > legal_day(now).isoformat()


def _moment(of_day: str, at: time) -> datetime:
    return datetime.combine(date.fromisoformat(of_day), at, VIETNAM)


def happened_at(row: Row, told: Told, put_down: datetime) -> datetime:
    """When it happened; the step is in the microseconds, so that it orders.

    A day alone is its end, or just before the file was put down.
    """
    of_day, at = row.values["NGAY"], row.values.get("GIO")
    if at:
        moment = _moment(of_day, time.fromisoformat(at))
    else:
        before = put_down.replace(microsecond=0) - timedelta(seconds=1)
        moment = min(_moment(of_day, _END_OF_DAY), before.astimezone(VIETNAM))
    return moment.replace(microsecond=told.step).astimezone(UTC)


def fingerprint(row: Row) -> str:
    """The same for rows that say the same, whatever file they stand in."""
    told = orjson.dumps(dict(row.values), option=orjson.OPT_SORT_KEYS)
    return f"row:{hashlib.sha256(told).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Came:
    """How a table came: when it was put down, whose numbers it tells, its files.

    ``digests``: name of a result file, as names are compared → SHA-256.
    """

    put_down: datetime
    agency: AgencyId
    digests: Mapping[str, str]


def in_order(
    rows: Sequence[Row], contract: Contract, came: Came
) -> list[tuple[Row, AgencyReport]]:
    """Rows with their reports, by the moment when it happened and by step."""
    ordered = sorted(rows, key=lambda row: _order(row, contract, came.put_down))
    return [(row, report(row, contract, came)) for row in ordered]


def _order(row: Row, contract: Contract, put_down: datetime) -> tuple[datetime, int]:
    told = contract.states[row.values["TRANG_THAI"]]
    return happened_at(row, told, put_down), row.line


def report(row: Row, contract: Contract, came: Came) -> AgencyReport:
    """What a row says of a dossier."""
    values = row.values
    told = contract.states[values["TRANG_THAI"]]
    facts: dict[str, Any] = dict(told.facts)
    if "NGAY_HEN" in values:
        facts["agency_due_on"] = values["NGAY_HEN"]
    own, customer = values.get("SO_HO_SO"), values.get("SO_DANH_BO")
    return AgencyReport(
        kind=told.report,
        about=(Reference(ONE_STOP, "ma_ho_so", values["MA_HO_SO"]),),
        fingerprint=fingerprint(row),
        event_at=happened_at(row, told, came.put_down),
        facts=facts,
        content=_content(values, told),
        files=tuple(_link(n, name, came) for n, name in enumerate(row.files, 1)),
        introduces=(Reference(came.agency, "so_ho_so", own),) if own else (),
        # A customer has it for years and asks for several things: it is no dossier's.
        found_by=(customer,) if customer else (),
    )


def _content(values: Mapping[str, str], told: Told) -> dict[str, Any]:
    """What people may read; ``note`` says all of it."""
    content = {"step_name": told.text}
    for column, name in _CONTENT.items():
        if column in values:
            content[name] = values[column]
    said = [
        f"{words}{values[column]}{unit}"
        for column, words, unit in _SAID
        if column in values
    ]
    return {**content, "note": "; ".join(said)} if said else content


def _link(place: int, name: str, came: Came) -> FileLink:
    """A result, by content and name: a clerk calls several files alike.

    It gets a name of ours, since that of a clerk may hold the name of a person.
    """
    ending = PurePosixPath(name).suffix.lower()
    kept = ending if _ENDING.fullmatch(ending) else ""
    digest = came.digests[cells.same_name(name)]
    return FileLink(f"ket-qua-{place:02}{kept}", f"{digest}{LINK_MARK}{name}")
