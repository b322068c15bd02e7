"""One year's table with a row more, or a day less, and as the text of a file; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from gateway.calendar.days import DayKind, closed_days, day_of
from gateway.calendar.predicted import predicted

#: Tables whose rows name days, and the keys that do.
_DATED: Mapping[str, tuple[str, ...]] = {
    "holiday": ("date",),
    "swapped": ("off", "worked"),
    "half_day": ("date",),
    "closed": ("date", "from", "to"),
}
_ORDER = ("weekend", "hours", "holiday", "swapped", "half_day", "closed", "unit")


class NotOfThisYear(ValueError):
    """No row of the table is about the day."""


class OfSeveralDays(ValueError):
    """The day is one of several that a row closes together."""


def with_row(
    table: Mapping[str, Any], name: str, row: Mapping[str, Any]
) -> dict[str, Any]:
    """The table with one row more, its rows in the order of their days."""
    rows = [*table.get(name, ()), dict(row)]
    rows.sort(key=lambda one: str(next(one[k] for k in _DATED[name] if k in one)))
    return {**table, name: rows}


def without(table: Mapping[str, Any], day: date, unit: str = "") -> dict[str, Any]:
    """The table without what it says of a day: for all offices, or for one of them.

    A swap goes with both of its days.

    Raises:
        NotOfThisYear: it says nothing of the day.
        OfSeveralDays: it says so of several days at once.
    """
    found = dict(table)
    for name, keys in _DATED.items():
        kept = []
        for row in table.get(name, ()):
            kept += _left(name, keys, row, day, unit)
        if kept != list(table.get(name, ())):
            found[name] = kept
    if found == dict(table):
        raise NotOfThisYear(str(day))
    return {name: rows for name, rows in found.items() if rows or name == "weekend"}


def _left(
    name: str, keys: tuple[str, ...], row: Mapping[str, Any], day: date, unit: str
) -> list[dict[str, Any]]:
    """What is left of a row without the day."""
    offices = list(row.get("offices", ()))
    is_theirs = unit in offices if unit else not offices
    if not is_theirs or not _names(name, keys, row, day):
        return [dict(row)]
    if name == "closed" and "date" not in row and row["from"] != row["to"]:
        raise OfSeveralDays(str(day))
    others = [one for one in offices if one != unit]
    return [{**row, "offices": others}] if others else []


def _names(name: str, keys: tuple[str, ...], row: Mapping[str, Any], day: date) -> bool:
    if name == "closed":
        return day in closed_days(row)
    return day in {day_of(row[key]) for key in keys if key in row}


def expected(year: int) -> dict[str, Any]:
    """A table of what the law lets expect, to begin a year with: nothing is verified."""
    days = predicted(year)
    rows = [
        {
            "date": one.day.isoformat(),
            "name": one.name,
            "basis": one.basis,
            "verified": False,
        }
        for one in days
        if one.kind is DayKind.OFF
    ]
    return {"weekend": ["saturday", "sunday"], "holiday": rows}


def toml_of(table: Mapping[str, Any]) -> str:
    """The table as the file of a year is written."""
    lines: list[str] = []
    names = [name for name in _ORDER if name in table]
    for name in [*names, *(name for name in table if name not in _ORDER)]:
        value = table[name]
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for row in value:
                lines += ["", f"[[{name}]]", *_pairs(name, row)]
        elif value or name == "weekend":
            lines.append(f"{_key(name)} = {_value(value)}")
    return "\n".join(lines).lstrip("\n") + "\n"


def _pairs(table: str, row: Mapping[str, Any]) -> Iterator[str]:
    dates = _DATED.get(table, ())
    for key, value in row.items():
        yield f"{_key(key)} = {value if key in dates else _value(value)}"


def _key(name: str) -> str:
    return name if name.replace("_", "a").isalnum() and name.isascii() else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items())
        return f"{{ {inner} }}"
    return str(value) if isinstance(value, int) else _text(str(value))


def _text(value: str) -> str:
    # JSON lets the one control character stand that TOML does not.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
