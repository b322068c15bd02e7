"""A configuration's calendar as values: named days, and the week of each year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from gateway.domain.opening import WEEKDAYS, minute

#: Minutes since midnight, the end not included.
Spans: TypeAlias = tuple[tuple[int, int], ...]
Row: TypeAlias = Mapping[str, Any]

_USUAL_WEEKEND = ("saturday", "sunday")
#: Of a calendar that says no hours in any year.
_USUAL_HOURS = ({"from": "07:30", "to": "11:30"}, {"from": "13:30", "to": "17:00"})
_LONGEST_CLOSING = 366


class DayKind(StrEnum):
    """What a named day does to the week it lies in."""

    OFF = "off"
    WORKED = "worked"
    HALF = "half"
    #: worked, by other hours than usual


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day that is not as its weekday: off, or worked though others are not; and why.

    ``instead_of``: the other day of a swap; ``hours``: of a half day.
    """

    day: date
    kind: DayKind
    name: str
    basis: str = ""
    verified: bool = False
    predicted: bool = False
    #: nobody of the province has entered it
    instead_of: date | None = None
    hours: Spans = ()


@dataclass(frozen=True, slots=True)
class Week:
    """What an ordinary week of a year is: hours by weekday, and the days off."""

    hours: tuple[Spans, ...]
    #: of seven weekdays, of those in ``weekend``, too: a swap may let them be worked
    weekend: frozenset[int]
    full_day: int

    def spans(self, weekday: int) -> Spans:
        """Working spans of a day of the week that has no name of its own."""
        return () if weekday in self.weekend else self.hours[weekday]


def weeks_of(calendar: Mapping[str, Any], unit: str = "") -> dict[int, Week]:
    """The week of each year that has a file; hours that a year leaves out are inherited.

    From the year before it, else from the one after: who enters only the days off of
    a new year does not mean that nobody works.

    Raises:
        ValueError: a year, an hour or a weekday is none.
    """
    years = {_year(name): table for name, table in calendar.items()}
    said = {year: table["hours"] for year, table in years.items() if table.get("hours")}
    found = {}
    for year, table in sorted(years.items()):
        nearest = _nearest(said, year)
        common = said[nearest] if nearest is not None else _USUAL_HOURS
        own: Row = next(
            (row for row in table.get("unit", ()) if _is_for(row, unit)), {}
        )
        weekend = own.get("weekend", table.get("weekend", _USUAL_WEEKEND))
        found[year] = _week(own.get("hours") or common, weekend)
    return found


def week_for(weeks: Mapping[int, Week], year: int) -> Week:
    """The week of a year; of one without a file that of the nearest that has one."""
    nearest = _nearest(weeks, year)
    return (
        weeks[nearest] if nearest is not None else _week(_USUAL_HOURS, _USUAL_WEEKEND)
    )


def named_days(calendar: Mapping[str, Any], unit: str = "") -> dict[date, DayOff]:
    """Named days of all files as they hold for a unit.

    Of two names of one day the later of this order holds: holiday, swap, half day,
    closed day. A half day that is off anyway stays off.

    Raises:
        ValueError: a date or an hour is none.
    """
    tables = list(calendar.values())
    found: dict[date, DayOff] = {}
    for read in (_holidays, _swaps):
        found |= {one.day: one for table in tables for one in read(table)}
    for table in tables:
        for row in _of_unit(table.get("half_day", ()), unit):
            half = _half_day(row)
            before = found.get(half.day)
            if before is None or before.kind is not DayKind.OFF:
                found[half.day] = half
    for table in tables:
        for row in _of_unit(table.get("closed", ()), unit):
            found |= {one.day: one for one in _closed(row)}
    return found


def read_spans(rows: Iterable[Row]) -> Spans:
    """Rows of ``from`` and ``to`` in their order of time.

    Raises:
        ValueError: a time is none.
    """
    return tuple(
        sorted((minute(str(row["from"])), minute(str(row["to"]))) for row in rows)
    )


def day_of(value: object) -> date:
    """A date of a TOML file or of its JSON.

    Raises:
        ValueError: it is none.
    """
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def closed_days(row: Row) -> Iterator[date]:
    """Days of a ``[[closed]]`` row: one ``date``, or ``from`` … ``to``.

    Raises:
        ValueError: a date is none, or a year and more are closed.
    """
    first = day_of(row["date"] if "date" in row else row["from"])
    last = first if "date" in row else day_of(row["to"])
    length = (last - first).days + 1
    if length > _LONGEST_CLOSING:
        raise ValueError(f"closed from {first} to {last} is longer than a year")
    return (first + timedelta(days=n) for n in range(length))


def _year(name: str) -> int:
    if len(name) == 4 and name.isdecimal():
        return int(name)
    raise ValueError(f"{name!r} is no year of a calendar")


def _nearest(years: Iterable[int], year: int) -> int | None:
    """The year itself or the last before it, else the first after it."""
    known = sorted(years)
    before = [one for one in known if one <= year]
    return before[-1] if before else next(iter(known), None)


def _week(rows: Iterable[Row], weekend: Iterable[str]) -> Week:
    rows = list(rows)
    every = read_spans(row for row in rows if not row.get("days"))
    hours = tuple(
        read_spans(row for row in rows if name in row.get("days", ())) or every
        for name in WEEKDAYS
    )
    full = max(map(_length, hours)) if not every else _length(every)
    return Week(hours, frozenset(map(_weekday, weekend)), full)


def _length(spans: Spans) -> int:
    return sum(end - start for start, end in spans)


def _weekday(name: str) -> int:
    if name not in WEEKDAYS:
        raise ValueError(f"{name!r} is no weekday ({', '.join(WEEKDAYS)})")
    return WEEKDAYS.index(name)


def _is_for(row: Row, unit: str) -> bool:
    return bool(unit) and unit in row.get("offices", ())


def _of_unit(rows: Iterable[Row], unit: str) -> Iterator[Row]:
    """Rows that name nobody, and those that name the unit."""
    return (row for row in rows if not row.get("offices") or _is_for(row, unit))


def _holidays(table: Row) -> Iterator[DayOff]:
    for row in table.get("holiday", ()):
        yield _named(row, day_of(row["date"]), DayKind.OFF, "Ngày nghỉ")


def _swaps(table: Row) -> Iterator[DayOff]:
    for row in table.get("swapped", ()):
        off, worked = day_of(row["off"]), day_of(row["worked"])
        rest = f"Nghỉ hoán đổi, làm bù ngày {worked:%d/%m/%Y}"
        work = f"Làm bù cho ngày nghỉ hoán đổi {off:%d/%m/%Y}"
        yield _named(row, off, DayKind.OFF, rest, instead_of=worked)
        yield _named(row, worked, DayKind.WORKED, work, instead_of=off)


def _half_day(row: Row) -> DayOff:
    hours = read_spans(row["hours"])
    return _named(row, day_of(row["date"]), DayKind.HALF, "Làm nửa ngày", hours=hours)


def _closed(row: Row) -> Iterator[DayOff]:
    for day in closed_days(row):
        yield _named(row, day, DayKind.OFF, "Đóng cửa")


def _named(
    row: Row,
    day: date,
    kind: DayKind,
    otherwise: str,
    *,
    instead_of: date | None = None,
    hours: Spans = (),
) -> DayOff:
    return DayOff(
        day,
        kind,
        str(row.get("name") or row.get("reason") or otherwise),
        basis=str(row.get("basis", "")),
        verified=row.get("verified") is True,
        instead_of=instead_of,
        hours=hours,
    )
