"""Tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.console import show
from gateway.domain.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Screen(Console):
    """A terminal that obeys nothing of what it shows."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print; texts of strangers among them steer nothing."""
        shown = [visible(one) if isinstance(one, str) else one for one in objects]
        super().print(*shown, **options)


console = Screen(highlight=False, markup=False)
errors = Screen(stderr=True, highlight=False)

#: What an empty cell shows.
NOTHING = "–"
moment = show.moment
day = show.day
hour = show.hour


def as_json(value: Any) -> None:
    """The answer exactly as the API gave it."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def table(
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    fixed: int = 1,
) -> None:
    """A table; its first ``fixed`` columns are numbers that are never broken.

    Without rows it says so in one line.
    """
    shown = Table(title=visible(title), title_justify="left", title_style="bold")
    for place, heading in enumerate(headings):
        shown.add_column(heading, no_wrap=place < fixed, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(visible(str(cell or NOTHING))) for cell in row))
    if shown.row_count:
        console.print(shown)
    else:
        console.print(f"{title}: không có.")


def pairs(rows: Iterable[tuple[str, object]]) -> None:
    """Names and values under each other; empty values are left out."""
    shown = Table.grid(padding=(0, 2))
    shown.add_column(no_wrap=True, style="bold")
    shown.add_column(overflow="fold")
    for name, value in rows:
        if value:
            shown.add_row(name, Text(visible(str(value))))
    console.print(shown)


def line(text: str = "", *, style: str = "") -> None:
    """One line of text."""
    console.print(text, style=style or None)
