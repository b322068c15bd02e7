"""What is wrong, or doubtful, in one year's calendar; and rows whose dates can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from gateway.calendar.days import day_of
from gateway.domain.json_text import canonical_json

#: Names and numbers that lead to a value inside one year's table.
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding in Vietnamese: what it is, and what somebody has to do about it.

    A warning is no reason to refuse the calendar.
    """

    where: Place
    what: str
    todo: str
    warning: bool = False


#: Keys of the tables in a year's calendar: those that each row needs, and others.
ROWS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "hours": (frozenset({"from", "to"}), frozenset({"days"})),
    "holiday": (frozenset({"date", "name"}), frozenset({"basis", "verified"})),
    "swapped": (frozenset({"off", "worked"}), frozenset({"name", "basis", "verified"})),
    "half_day": (
        frozenset({"date", "hours"}),
        frozenset({"name", "basis", "verified", "offices"}),
    ),
    "closed": (
        frozenset({"reason"}),
        frozenset({"date", "from", "to", "basis", "verified", "offices"}),
    ),
    "unit": (
        frozenset({"offices"}),
        frozenset({"hours", "weekend", "basis", "verified"}),
    ),
}
_WORDS = ("weekend", "offices", "days")
_DATES = ("date", "off", "worked")


def misshapen(table: Any) -> list[Fault]:
    """Everything of a form that could not even be looked at further."""
    if not isinstance(table, dict):
        return [Fault((), "Lịch một năm phải là một bảng", "Viết theo tệp mẫu.")]
    return [*_strange((), table, {*ROWS, "weekend"}), *_forms((), table)]


def _forms(where: Place, table: Mapping[str, Any]) -> Iterator[Fault]:
    for key, value in table.items():
        here = (*where, key)
        if key in _WORDS:
            yield from _words(here, key, value)
        elif key in ROWS:
            yield from _rows(here, key, value)
        elif key in _DATES or (key in {"from", "to"} and where[:1] == ("closed",)):
            yield from _date(here, key, value)
        elif key == "verified" and not isinstance(value, bool):
            yield Fault(here, "«verified» phải là true hoặc false", "Bỏ ngoặc kép.")


def _words(where: Place, key: str, value: Any) -> Iterator[Fault]:
    if not isinstance(value, list) or any(not isinstance(one, str) for one in value):
        todo = f'Viết {key} = ["…"]; một phần tử cũng trong ngoặc vuông.'
        yield Fault(where, f"«{key}» phải là danh sách chữ", todo)


def _rows(where: Place, key: str, rows: Any) -> Iterator[Fault]:
    if not isinstance(rows, list) or any(not isinstance(one, dict) for one in rows):
        todo = f"Viết [[{key}]] với hai dấu ngoặc vuông, mỗi mục một lần."
        yield Fault(where, f"«{key}» phải là danh sách các mục", todo)
        return
    needed, others = ROWS[key]
    for place, row in enumerate(rows):
        here = (*where, place)
        for missing in sorted(needed - row.keys()):
            yield Fault(here, f"Mục {key} thiếu khóa «{missing}»", f"Ghi {missing}.")
        yield from _strange(here, row, needed | others)
        yield from _forms(here, row)


def _date(where: Place, key: str, value: Any) -> Iterator[Fault]:
    try:
        day_of(value)
    except ValueError:
        todo = "Viết năm-tháng-ngày, không có ngoặc kép: 2026-07-01."
        yield Fault(where, f"«{key}» không phải ngày: {value}", todo)


def _strange(
    where: Place, row: Mapping[str, Any], known: Iterable[str]
) -> Iterator[Fault]:
    for key in row:
        if key not in known:
            alike = get_close_matches(key, known, n=1, cutoff=0.6)
            todo = f"Có phải «{alike[0]}»?" if alike else "Bỏ khóa này."
            yield Fault((*where, key), f"Khóa lạ «{key}»: cổng không đọc", todo)


def written(day: date) -> str:
    """A day as people write it."""
    return f"{day:%d/%m/%Y}"


def doubled(name: str, rows: Iterable[tuple[Place, date, Any]]) -> Iterator[Fault]:
    """Days that stand twice for the same units."""
    seen = set()
    for where, day, offices in rows:
        of = canonical_json(offices)
        if (day, of) in seen:
            todo = "Mỗi ngày chỉ ghi một lần: bỏ bớt một mục."
            yield Fault(where, f"{name} {written(day)} ghi hai lần", todo)
        seen.add((day, of))
