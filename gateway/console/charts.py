"""Bars of a small chart: how long each is, of what, and where its list is; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: Bars of one chart; the table beside it has the others.
MOST = 12
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its count, its length in percent of the longest, its list."""

    count: int
    percent: float
    to: str


@dataclass(frozen=True, slots=True)
class Row:
    """What is late of one office or month, and what of it only seems so."""

    name: str
    late: Bar
    falsely: Bar
    #: a part of ``late``, which is told apart by its pattern


def late_bars(
    rows: Iterable[Mapping[str, Any]],
    name: Callable[[Mapping[str, Any]], str],
    to: Callable[[Mapping[str, Any], str], str],
    *,
    sort: bool = False,
) -> tuple[Row, ...]:
    """Bars of rows that have something late; all of one length scale.

    ``to``: the list of a row's figure. ``sort``: the most first, else as they come.
    """
    found = [row for row in rows if row["late"]]
    if sort:
        found.sort(key=lambda row: -int(row["late"]))
    found = found[:MOST]
    longest = max((int(row["late"]) for row in found), default=1)

    def bar(row: Mapping[str, Any], figure: str) -> Bar:
        count = int(row[figure])
        # A bar that is there can be seen.
        percent = round(_WHOLE * count / longest, 1) if count else 0.0
        return Bar(count, max(percent, 0.5) if count else 0.0, to(row, figure))

    return tuple(
        Row(name(row), bar(row, "late"), bar(row, "falsely_late")) for row in found
    )
