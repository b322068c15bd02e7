"""A list of open dossiers, as an office exports it, read as rows to be taken over; pure.

A day without an hour is written as its first moment in Vietnam. What a row lacks
is said with its place; nothing is filled in but what the caller gives for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.domain.errors import SenderError
from gateway.ports.sheets import Cell, Sheet, Table
from gateway.reconciling.values import code_key, day_of, phrase, text_of

NUMBER, NAME = "number", "name"
#: Column → headings that mean it, as ``phrase`` compares them.
HEADINGS: Mapping[str, frozenset[str]] = {
    NUMBER: frozenset({"ma ho so", "so ho so", "ma so ho so", "ma hs", "ma so hs"}),
    "receipt": frozenset({"so bien nhan", "ma bien nhan"}),
    "procedure": frozenset({"ma thu tuc", "ma tthc", "ma thu tuc hanh chinh"}),
    "commune": frozenset({"ma xa", "ma xa phuong", "ma dia ban"}),
    "received_on": frozenset({"ngay tiep nhan", "ngay nhan", "ngay nop"}),
    "due_on": frozenset({"ngay hen tra", "hen tra", "ngay hen tra ket qua"}),
    "since": frozenset({"tu ngay", "o do tu ngay", "ngay chuyen"}),
    "pause": frozenset({"dang dung vi", "ly do dung", "tam dung vi"}),
    NAME: frozenset(
        {"chu ho so", "nguoi nop", "ho ten", "ho ten nguoi nop", "ho va ten"}
    ),
}
#: What people write for a pause → how the gateway keeps it.
PAUSES: Mapping[str, str] = {
    "": "",
    "bo sung": "supplement",
    "cho bo sung": "supplement",
    "nghia vu tai chinh": "financial_obligation",
    "cho nop thue": "financial_obligation",
    "cho nop tien": "financial_obligation",
    "dung xu ly": "stopped",
    "tam dung": "stopped",
    "niem yet": "stopped",
}
_MIDNIGHT = "T00:00:00+07:00"


@dataclass(frozen=True, slots=True)
class Common:
    """What holds for every row that does not say otherwise."""

    unit: str
    leg: str
    procedure: str = ""
    commune: str = ""


@dataclass(slots=True)
class OpenList:
    """Entries for ``POST /v1/dossiers/load``, and rows that cannot be one."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    #: place in the file, and what is wrong there


def read_open_list(table: Table, common: Common) -> OpenList:
    """Every row below a heading of every sheet that has one.

    Raises:
        SenderError: no sheet has a column of dossier codes.
    """
    found = OpenList()
    any_heading = False
    for sheet in table.sheets:
        places, first = _heading(sheet)
        if NUMBER not in places:
            continue
        any_heading = True
        for index, cells in enumerate(sheet.rows[first:], start=first + 1):
            where = f"{sheet.name}, hàng {index}"
            _row(found, where, _values(cells, places), common)
    if not any_heading:
        raise SenderError(
            code="columns_unknown",
            remedy="Không thấy cột «Mã hồ sơ» trong tệp; đặt tiêu đề cột ở một hàng.",
        )
    return found


def _heading(sheet: Sheet) -> tuple[dict[str, int], int]:
    """Places of the columns, and how many rows come before the first dossier."""
    for index, cells in enumerate(sheet.rows[:20]):
        names = [phrase(text_of(cell)) for cell in cells]
        places = {
            column: place
            for column, known in HEADINGS.items()
            for place, name in reversed(list(enumerate(names)))
            if name in known
        }
        if NUMBER in places:
            return places, index + 1
    return {}, 0


def _values(cells: Sequence[Cell], places: Mapping[str, int]) -> dict[str, Cell]:
    return {
        column: cells[place] for column, place in places.items() if place < len(cells)
    }


def _row(
    found: OpenList, where: str, values: Mapping[str, Cell], common: Common
) -> None:
    number = text_of(values.get(NUMBER, ""))
    if not code_key(number):
        if any(text_of(value) for value in values.values()):
            found.wrong.append((where, "không có mã hồ sơ"))
        return
    try:
        found.entries.append(_entry(number, values, common))
    except ValueError as wrong:
        found.wrong.append((where, str(wrong)))


def _entry(number: str, values: Mapping[str, Cell], common: Common) -> dict[str, Any]:
    said = {name: text_of(value) for name, value in values.items()}
    received, due = _day(values, "received_on"), _day(values, "due_on")
    since = _day(values, "since") or received
    missing = [
        what
        for what, value in (
            ("người nộp", said.get(NAME)),
            ("mã thủ tục", said.get("procedure") or common.procedure),
            ("mã xã", said.get("commune") or common.commune),
            ("ngày tiếp nhận hoặc từ ngày", since),
        )
        if not value
    ]
    if missing:
        raise ValueError("thiếu " + ", ".join(missing))
    document = {
        "number": number,
        "procedure": said.get("procedure") or common.procedure,
        "units": {"intake": common.unit},
        "area": {"commune": said.get("commune") or common.commune},
        "applicant": {"name": said[NAME]},
        **({"received_at": f"{received}{_MIDNIGHT}"} if received else {}),
        **({"due_on": due} if due else {}),
    }
    return {"dossier": document, "legs": [_leg(said, since, common.leg)]}


def _leg(said: Mapping[str, str], since: str, name: str) -> dict[str, Any]:
    pause = phrase(said.get("pause", ""))
    if pause not in PAUSES:
        raise ValueError(f"chưa rõ «{said['pause']}» là dừng vì sao")
    numbers: Iterable[dict[str, str]] = ()
    if said.get("receipt"):
        numbers = [{"kind": "so_bien_nhan", "value": said["receipt"]}]
    return {
        "leg": name,
        "since": f"{since}{_MIDNIGHT}",
        "pause": PAUSES[pause],
        "numbers": list(numbers),
    }


def _day(values: Mapping[str, Cell], column: str) -> str:
    """A day as ISO writes it; empty where the cell is.

    Raises:
        ValueError: the cell holds no day that exists.
    """
    cell = values.get(column, "")
    if not text_of(cell):
        return ""
    try:
        found = day_of(cell)
    except ValueError:
        found = None
    if found is None:
        raise ValueError(f"«{text_of(cell)}» không phải ngày có thật")
    return found.isoformat()
