"""Hours of an office as its configuration says them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.domain.opening import WEEKDAYS, Hours, minute


def read_hours(rows: Iterable[Mapping[str, Any]]) -> tuple[Hours, ...]:
    """``[[office.hours]]``: from, to and, where not every working day, days.

    Raises:
        ValueError: a row has no meaning; says which.
    """
    return tuple(map(_hours, rows))


def _hours(row: Mapping[str, Any]) -> Hours:
    strangers = row.keys() - {"from", "to", "days"}
    if strangers or not {"from", "to"} <= row.keys():
        raise ValueError("a row of hours has from, to and days")
    days = weekdays(row.get("days", ()))
    if "days" in row and not days:
        raise ValueError("hours on no day")
    start, end = minute(str(row["from"])), minute(str(row["to"]))
    if start >= end:
        raise ValueError(
            f"hours from {row['from']} to {row['to']} end before they begin:"
            " write those over midnight as two rows"
        )
    return Hours(start, end, days)


def weekdays(names: Iterable[Any]) -> tuple[int, ...]:
    """Weekdays by their English names, Monday is 0.

    Raises:
        ValueError: no weekday has such a name.
    """
    names = [names] if isinstance(names, str) else list(names)
    strange = [name for name in names if name not in WEEKDAYS]
    if strange:
        raise ValueError(f"{strange[0]!r} is no weekday ({', '.join(WEEKDAYS)})")
    return tuple(sorted({WEEKDAYS.index(str(name)) for name in names}))
