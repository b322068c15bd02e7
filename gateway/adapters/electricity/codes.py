"""A company's lists of steps, obstacles and kinds of requests, dated (§5.2, §8); pure.

The lists of the interface document are invented: a company's own, in its office
entry, take their place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from gateway.domain.report import ReportKind

_KNOWN = {"steps": "step", "obstacles": "obstacle", "kinds": "request_kind"}


@dataclass(frozen=True, slots=True)
class Code:
    """One row: what a code means from a day to a day.

    ``stands``: the report while it stands; ``ends``: the one that comes of it when
    it is over, or, of an obstacle, of the cancellation that it led to; None: no
    report of its own.
    """

    code: str
    name: str
    customer: bool = False
    #: the customer is waited for
    stands: ReportKind = ReportKind.PROGRESS
    ends: ReportKind | None = None
    key: str = ""
    #: of a kind of request: its name in a dossier
    since: date = date.min
    until: date = date.max


@dataclass(frozen=True, slots=True)
class Codes:
    """The lists that hold for one company."""

    steps: Mapping[str, Code]
    obstacles: tuple[Code, ...]
    kinds: tuple[Code, ...]

    def obstacle(self, code: str, on: date | None) -> Code | None:
        """What an obstacle means on the day on which it arose; None: nobody knows."""
        return _valid((one for one in self.obstacles if one.code == code), on)

    def kind(self, key: str, on: date) -> Code | None:
        """The kind of request that a dossier calls so, on a day; None: none is valid."""
        return _valid((one for one in self.kinds if one.key == key), on)


def _valid(rows: Iterable[Code], on: date | None) -> Code | None:
    if on is None:
        return None
    return next((one for one in rows if one.since <= on <= one.until), None)


@cache
def _published(path: Path) -> Mapping[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def read(path: Path, office: Mapping[str, Any]) -> Codes:
    """The lists of the document, each replaced by the office's own if it has one.

    Raises:
        ValueError: a row is wrong.
    """
    listed = {
        name: office.get(table) or _published(path)[table]
        for name, table in _KNOWN.items()
    }
    try:
        steps = [_step(row) for row in listed["steps"]]
        return Codes(
            steps={one.code: one for one in steps},
            obstacles=tuple(map(_obstacle, listed["obstacles"])),
            kinds=tuple(map(_kind, listed["kinds"])),
        )
    except KeyError as wrong:
        message = f"electricity: thiếu khóa {wrong}"
        raise ValueError(message) from wrong


def _step(row: Mapping[str, Any]) -> Code:
    by_obstacle = row["done"] == "by_obstacle"
    return Code(
        *(row["code"], row["name"], row["waits_for"] == "customer"),
        stands=ReportKind(row["under_way"]),
        ends=None if by_obstacle else ReportKind(row["done"]),
    )


def _obstacle(row: Mapping[str, Any]) -> Code:
    return Code(
        *(row["code"], row["name"], row["waits_for"] == "customer"),
        stands=ReportKind(row["report"]),
        ends=ReportKind(row["ends_as"]),
        since=_day(row["valid_from"]),
        until=_day(row.get("valid_to", date.max)),
    )


def _kind(row: Mapping[str, Any]) -> Code:
    return Code(
        *(row["code"], row["name"]),
        key=row["key"],
        since=_day(row["valid_from"]),
        until=_day(row.get("valid_to", date.max)),
    )


def _day(value: object) -> date:
    return date.fromisoformat(str(value))
