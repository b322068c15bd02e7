"""A dossier's rows as they would be had everything happened some days later."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.copy_text import JSON

if TYPE_CHECKING:
    from benchmarks.moulds import Row

_DAY_US = 86_400_000_000
_MOMENTS = frozenset(
    [
        "unrouted_at",
        "asks_at",
        "created_at",
        "due_at",
        "ask_at",
        "poll_at",
        "lease_until",
        "still_at",
        "first_sent_at",
        "finished_at",
        "started_at",
        "event_at",
        "arrived_at",
        "at",
        "unshown_at",
    ]
)
_DAYS = frozenset({"due_on", "deadline"})
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_IN_WORDS = re.compile(r"\b(\d\d)/(\d\d)/(\d{4})\b")


def moved(value: Any, days: int) -> Any:
    """A JSON value with its days and moments that many days later."""
    if isinstance(value, dict):
        return {name: moved(one, days) for name, one in value.items()}
    if isinstance(value, list):
        return [moved(one, days) for one in value]
    if not isinstance(value, str):
        return value
    if _INSTANT.fullmatch(value):
        return (datetime.fromisoformat(value) + timedelta(days)).isoformat()
    if _DATE.fullmatch(value):
        return (date.fromisoformat(value) + timedelta(days)).isoformat()

    def said(match: re.Match[str]) -> str:
        day = date(int(match[3]), int(match[2]), int(match[1])) + timedelta(days)
        return f"{day:%d/%m/%Y}"

    return _IN_WORDS.sub(said, value)


def moved_row(row: Row, days: int) -> Row:
    """A row of the store that many days later."""
    found: Row = {}
    for name, value in row.items():
        if value is None:
            found[name] = None
        elif name in _MOMENTS:
            found[name] = value + days * _DAY_US
        elif name in JSON and isinstance(value, bytes):
            found[name] = orjson.dumps(moved(orjson.loads(value), days))
        else:
            found[name] = moved(value, days) if name in _DAYS else value
    return found


def promised_for(rows: dict[str, list[Row]], day: date) -> None:
    """Let the dossier have been promised for another day, wherever that is told."""
    (dossier,) = rows["dossier"]
    old = dossier["due_on"]

    def told(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: day.isoformat() if name == "due_on" and one == old else told(one)
                for name, one in value.items()
            }
        return [told(one) for one in value] if isinstance(value, list) else value

    for table, column in (("dossier", "state"), ("journal", "facts")):
        for row in rows[table]:
            row[column] = orjson.dumps(told(orjson.loads(row[column])))
    dossier["due_on"] = day.isoformat()
    for row in rows["transfer"]:
        row["deadline"] = row["deadline"] and day.isoformat()
