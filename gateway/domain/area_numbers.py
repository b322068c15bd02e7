"""An office's own numbers of communes, in both directions; pure.

Rows are the ``[[office.area]]`` of its entry: ``commune``, its days, and numbers under
whatever names and of whatever type its system takes. Nothing is derived from a
national code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

Rows = Iterable[Mapping[str, Any]]


def numbers_on(rows: Rows, commune: str, day: date) -> Mapping[str, Any] | None:
    """The row of a commune on a day; None: the office gave no numbers for it."""
    return next(
        (row for row in rows if str(row["commune"]) == commune and _holds(row, day)),
        None,
    )


def commune_by(rows: Rows, numbers: Mapping[str, Any], day: date | None) -> str | None:
    """The one commune that these numbers stand for; None: none, or several.

    A number that was used again means what it meant on ``day``. Numbers of no row of
    that day, or of a message without one, are looked up among the rows of all days.
    """
    alike = [row for row in rows if _match(row, numbers)]
    of_day = [row for row in alike if day is not None and _holds(row, day)]
    found = {str(row["commune"]) for row in of_day or alike}
    return found.pop() if len(found) == 1 else None


def _match(row: Mapping[str, Any], numbers: Mapping[str, Any]) -> bool:
    """A text is never a number here: ``"09103"`` and 9103 are two communes."""
    return all(key in row and row[key] == value for key, value in numbers.items())


def _holds(row: Mapping[str, Any], day: date) -> bool:
    since = date.fromisoformat(str(row.get("from", date.min)))
    until = date.fromisoformat(str(row["to"])) if row.get("to") else None
    return since <= day and (until is None or day <= until)
