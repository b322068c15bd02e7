"""Hours and weekends of a year's calendar that cannot be meant."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from gateway.calendar.fault import Fault, Place
from gateway.domain.opening import WEEKDAY_WORDS, WEEKDAYS, minute

_USUAL = frozenset({"saturday", "sunday"})
#: More spans than this in a week are a slip; each is held against each.
_MOST_SPANS = 100
_ORDER = "Viết giờ bắt đầu trước giờ kết thúc, trong cùng một ngày."


def hours_of(where: Place, rows: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """Rows that are no time of day, end before they begin, or overlap on a day."""
    if len(rows) > _MOST_SPANS:
        told = f"Ghi {len(rows)} khoảng giờ; một tuần không quá {_MOST_SPANS}"
        yield Fault(where, told, "Xóa các mục lặp lại.")
        return
    read: list[tuple[int, int, frozenset[str]]] = []
    for place, row in enumerate(rows):
        here = (*where, place)
        yield from weekdays_of((*here, "days"), row.get("days", ()))
        try:
            start, end = minute(str(row["from"])), minute(str(row["to"]))
        except ValueError:
            told = f"{row['from']}–{row['to']}"
            yield Fault(here, f"Giờ {told} không đọc được", 'Viết "07:30", "17:00".')
            continue
        if start >= end:
            told = f"Giờ {row['from']}–{row['to']} kết thúc trước khi bắt đầu"
            yield Fault(here, told, _ORDER)
            continue
        days = frozenset(row.get("days", ()))
        for begin, stop, others in read:
            # Rows that name no day hold on those that no row names.
            if start < stop and begin < end and (days & others or days == others):
                told = f"Giờ {row['from']}–{row['to']} chồng lên giờ ghi trước đó"
                yield Fault(here, told, "Sửa cho các khoảng giờ không chồng nhau.")
        read.append((start, end, days))


def weekdays_of(where: Place, names: Iterable[str]) -> Iterator[Fault]:
    """Weekdays of no such name."""
    for name in names:
        if name not in WEEKDAYS:
            alike = get_close_matches(name, WEEKDAYS, n=1, cutoff=0.6)
            named = (
                f"Có phải «{alike[0]}»?" if alike else f"Viết {', '.join(WEEKDAYS)}."
            )
            yield Fault(where, f"Không có thứ nào tên «{name}»", named)


def week_of(table: Mapping[str, Any]) -> Iterator[Fault]:
    """Hours and weekend of the province, and that anything is worked at all."""
    yield from weekdays_of(("weekend",), table.get("weekend", ()))
    yield from hours_of(("hours",), table.get("hours", ()))
    if "hours" not in table:
        todo = "Ghi [[hours]] nếu giờ làm việc của năm này khác."
        what = "Năm này không ghi giờ làm việc: tính theo giờ của năm gần nhất có ghi"
        yield Fault((), what, todo, warning=True)
    yield from _something_worked((), table, table)


def units_of(
    table: Mapping[str, Any], offices: Container[str] | None
) -> Iterator[Fault]:
    """Units with an own week; ``offices``: those of the configuration, None: not known."""
    seen: set[str] = set()
    for place, row in enumerate(table.get("unit", ())):
        here: Place = ("unit", place)
        if not (row.get("hours") or row.get("weekend")):
            todo = "Ghi hours hoặc weekend của riêng đơn vị, hoặc bỏ mục này."
            yield Fault(here, "Mục unit không có giờ làm việc riêng", todo)
        for office in row["offices"]:
            if office in seen:
                todo = "Mỗi đơn vị chỉ ở một mục [[unit]]: gộp lại."
                yield Fault((*here, "offices"), f"Đơn vị {office} ghi hai lần", todo)
            seen.add(office)
        yield from weekdays_of((*here, "weekend"), row.get("weekend", ()))
        yield from hours_of((*here, "hours"), row.get("hours", ()))
        yield from _something_worked(here, {**table, **row}, row)
    for name in ("unit", "half_day", "closed"):
        for place, row in enumerate(table.get(name, ())):
            yield from _strangers((name, place, "offices"), row, offices)


def _strangers(
    where: Place, row: Mapping[str, Any], offices: Container[str] | None
) -> Iterator[Fault]:
    if where[0] == "unit" and not row["offices"]:
        yield Fault(where, "Mục unit không ghi đơn vị nào", 'Viết offices = ["…"].')
    for office in row.get("offices", ()):
        if offices is not None and office not in offices:
            todo = "Ghi mã đơn vị như trong config/agencies; xem lienthong lane list."
            yield Fault(where, f"Không có đơn vị {office} trong cấu hình", todo)


def _something_worked(
    where: Place, week: Mapping[str, Any], row: Mapping[str, Any]
) -> Iterator[Fault]:
    worked = [day for day in WEEKDAYS if day not in week.get("weekend", _USUAL)]
    rows = week.get("hours")
    named = {day for one in rows or () for day in one.get("days", ())}
    is_common = rows is None or any(not one.get("days") for one in rows)
    empty = [day for day in worked if not (is_common or day in named)]
    if not worked or len(empty) == len(worked):
        todo = "Ghi [[hours]] và weekend sao cho ít nhất một ngày trong tuần làm việc."
        yield Fault(where, "Không có giờ làm việc nào trong tuần", todo)
    elif empty and "hours" in row:
        words = ", ".join(WEEKDAY_WORDS[WEEKDAYS.index(day)] for day in empty)
        todo = "Ghi giờ của các ngày này, hoặc đưa vào weekend."
        yield Fault((*where, "hours"), f"Không có giờ làm việc cho: {words}", todo)
