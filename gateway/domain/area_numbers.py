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
#: Facts of a leg: the commune, and the day on which its code means it.
COMMUNE, COMMUNE_ON = "commune", "commune_on"


def day_of(facts: Mapping[str, Any], otherwise: date) -> date:
    """The day whose numbers a message takes: that on which its commune was found.

    A dossier keeps the numbers of its day, however late its messages leave.
    ``otherwise``: for messages from before that day was kept.
    """
    said = facts.get(COMMUNE_ON)
    return date.fromisoformat(str(said)) if said else otherwise


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


def meant_on(rows: Rows, commune: str, day: date) -> date:
    """The day nearest to ``day`` on which the office's numbers mean a commune."""
    spans = [_span(row) for row in rows if str(row["commune"]) == commune]
    days = [min(max(day, since), until) for since, until in spans]
    return min(days, key=lambda one: abs(one - day), default=day)


def _match(row: Mapping[str, Any], numbers: Mapping[str, Any]) -> bool:
    """A text is never a number here: ``"09103"`` and 9103 are two communes."""
    return all(key in row and row[key] == value for key, value in numbers.items())


def _holds(row: Mapping[str, Any], day: date) -> bool:
    since, until = _span(row)
    return since <= day <= until


def _span(row: Mapping[str, Any]) -> tuple[date, date]:
    """First and last day of a row."""
    since = date.fromisoformat(str(row.get("from", date.min)))
    return since, date.fromisoformat(str(row.get("to") or date.max))
