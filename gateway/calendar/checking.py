"""Everything wrong with one year's calendar, and where it differs from the law's days."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from datetime import date
from typing import Any

from gateway.calendar.checking_hours import hours_of, units_of, week_of
from gateway.calendar.days import closed_days, day_of
from gateway.calendar.fault import Fault, Place, doubled, misshapen, written
from gateway.calendar.predicted import days_of_year, predicted
from gateway.domain.opening import WEEKDAYS

_USUAL = ("saturday", "sunday")
#: A swap may cross New Year by so many days, and no further.
_ACROSS_DAYS = 60
#: Days of all closings together: a thousand units for a season.
_MOST_CLOSED = 100_000
_DATED = ("holiday", "half_day")


def check_year(
    year: str, table: Any, offices: Container[str] | None = None
) -> list[Fault]:
    """All findings about the calendar of a year.

    ``offices``: identifiers that the configuration has; None: nobody can say.
    """
    if not (len(year) == 4 and year.isdecimal() and 1970 <= int(year) <= 2199):
        return [Fault((), f"«{year}» không phải năm", "Đặt tên tệp là năm: 2026.toml.")]
    wrong = misshapen(table)
    if wrong:
        return wrong  # nothing further could be looked at
    of_week = [*week_of(table), *units_of(table, offices)]
    of_dates = [*_own_year(int(year), table), *_twice(table), *_closings(table)]
    if any(not one.warning for one in (*of_week, *of_dates)):
        return [*of_week, *of_dates]
    return [*of_week, *of_dates, *_swaps(table), *_halves(table), *_by_law(year, table)]


def _own_year(year: int, table: Mapping[str, Any]) -> Iterator[Fault]:
    for name in _DATED:
        for place, row in enumerate(table.get(name, ())):
            yield from _other_year((name, place, "date"), day_of(row["date"]), year)
    for place, row in enumerate(table.get("closed", ())):
        for key in ("date", "from", "to"):
            if key in row:
                yield from _other_year(("closed", place, key), day_of(row[key]), year)
    for place, row in enumerate(table.get("swapped", ())):
        off, worked = day_of(row["off"]), day_of(row["worked"])
        yield from _other_year(("swapped", place, "off"), off, year)
        if abs((worked - off).days) > _ACROSS_DAYS:
            yield from _other_year(("swapped", place, "worked"), worked, year)


def _other_year(where: Place, day: date, year: int) -> Iterator[Fault]:
    if day.year != year:
        what = f"Ngày {written(day)} không thuộc năm {year} của tệp"
        yield Fault(where, what, f"Ghi vào tệp {day.year}.toml, hoặc sửa năm.")


def _twice(table: Mapping[str, Any]) -> Iterator[Fault]:
    for name, key, words in (
        ("holiday", "date", "Ngày nghỉ"),
        ("swapped", "off", "Ngày nghỉ hoán đổi"),
        ("swapped", "worked", "Ngày làm bù"),
        ("half_day", "date", "Ngày làm nửa ngày"),
    ):
        rows = enumerate(table.get(name, ()))
        yield from doubled(
            words,
            (
                ((name, place, key), day_of(row[key]), sorted(row.get("offices", ())))
                for place, row in rows
            ),
        )


def _closings(table: Mapping[str, Any]) -> Iterator[Fault]:
    closed = 0
    for place, row in enumerate(table.get("closed", ())):
        here: Place = ("closed", place)
        is_span = {"from", "to"} <= row.keys()
        if is_span is ("date" in row) or ("from" in row) is not ("to" in row):
            yield Fault(here, "Mục closed ghi date, hoặc from và to", "Sửa mục này.")
        elif is_span and day_of(row["to"]) < day_of(row["from"]):
            yield Fault(
                here, "Thời gian đóng cửa kết thúc trước khi bắt đầu", "Đổi to."
            )
        elif not str(row["reason"]).strip():
            yield Fault((*here, "reason"), "Đóng cửa không ghi lý do", "Ghi reason.")
        elif is_span:
            closed += (day_of(row["to"]) - day_of(row["from"])).days
    if closed > _MOST_CLOSED:
        told = f"Các mục closed cộng lại {closed} ngày, quá {_MOST_CLOSED}"
        yield Fault(("closed",), told, "Gộp các mục lặp lại; ghi offices ở một mục.")


def _is_usual(table: Mapping[str, Any], day: date) -> bool:
    return WEEKDAYS[day.weekday()] not in table.get("weekend", _USUAL)


def _holidays(table: Mapping[str, Any]) -> frozenset[date]:
    return frozenset(day_of(row["date"]) for row in table.get("holiday", ()))


def _swaps(table: Mapping[str, Any]) -> Iterator[Fault]:
    holidays = _holidays(table)
    for place, row in enumerate(table.get("swapped", ())):
        off, worked = day_of(row["off"]), day_of(row["worked"])
        here: Place = ("swapped", place)
        if not _is_usual(table, off) or off in holidays:
            what = f"Ngày nghỉ hoán đổi {written(off)} vốn đã là ngày nghỉ"
            yield Fault((*here, "off"), what, "Sửa ngày, hoặc bỏ mục này.")
        if worked in holidays:
            what = f"Ngày làm bù {written(worked)} trùng ngày nghỉ lễ"
            yield Fault((*here, "worked"), what, "Sửa ngày làm bù.")
        elif _is_usual(table, worked):
            what = f"Ngày làm bù {written(worked)} vốn đã là ngày làm việc"
            yield Fault((*here, "worked"), what, "Sửa ngày, hoặc bỏ mục này.")


def _halves(table: Mapping[str, Any]) -> Iterator[Fault]:
    off = _holidays(table) | {day_of(row["off"]) for row in table.get("swapped", ())}
    worked = {day_of(row["worked"]) for row in table.get("swapped", ())}
    for place, row in enumerate(table.get("half_day", ())):
        here: Place = ("half_day", place)
        day = day_of(row["date"])
        yield from hours_of((*here, "hours"), row["hours"])
        if not row["hours"]:
            todo = "Ghi giờ làm việc; nghỉ cả ngày thì ghi [[closed]]."
            yield Fault(here, f"Ngày {written(day)} không ghi giờ làm việc", todo)
        # Units may have weekends of their own.
        is_off = not row.get("offices") and not _is_usual(table, day)
        if day in off or (is_off and day not in worked):
            what = f"Ngày làm nửa ngày {written(day)} vốn đã là ngày nghỉ"
            yield Fault((*here, "date"), what, "Sửa ngày, hoặc bỏ mục này.")


def _by_law(year: str, table: Mapping[str, Any]) -> Iterator[Fault]:
    """Where the file and the package ``holidays`` differ; either may be right.

    Not told: days off on a weekend, and swaps that the package has not heard of: they
    are decided late, and the province has the decision.
    """
    expected = {day for day in days_of_year(int(year)) if _is_usual(table, day)}
    names = {one.day: one.name for one in predicted(int(year))}
    swapped = {day_of(row["off"]) for row in table.get("swapped", ())}
    closed = {
        day
        for row in table.get("closed", ())
        if not row.get("offices")
        for day in closed_days(row)
    }
    holidays = _holidays(table)
    for day in sorted(expected - holidays - swapped - closed):
        what = f"Thiếu ngày {written(day)}, thường được nghỉ: {names[day]}"
        todo = "Đối chiếu với quyết định nghỉ của năm; được nghỉ thì thêm vào."
        yield Fault((), what, todo, warning=True)
    for place, row in enumerate(table.get("holiday", ())):
        day = day_of(row["date"])
        if _is_usual(table, day) and day not in expected:
            what = f"Ngày {written(day)} thường không được nghỉ"
            todo = "Đối chiếu với quyết định nghỉ của năm; không nghỉ thì bỏ."
            yield Fault(("holiday", place), what, todo, warning=True)
