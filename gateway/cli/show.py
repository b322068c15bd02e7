"""Tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.measure import Measurement
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

#: So many signs across, and tables are looked at whether they fit.
_NARROW = 60
_MEASURED = 1000
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
    if shown.row_count and _too_wide(shown):
        _blocks(shown)
    elif shown.row_count:
        console.print(shown)
    else:
        console.print(f"{title}: không có.")


def pairs(rows: Iterable[tuple[str, object]]) -> None:
    """Names and values under each other; empty values are left out."""
    kept = [(name, Text(visible(str(value)))) for name, value in rows if value]
    if _too_wide(shown := _grid(kept)):
        for name, value in kept:
            console.print(_named(name, value))
    else:
        console.print(shown)


def _grid(rows: Iterable[tuple[str, Text]]) -> Table:
    shown = Table.grid(padding=(0, 2))
    shown.add_column(no_wrap=True, style="bold")
    shown.add_column(overflow="fold")
    for row in rows:
        shown.add_row(*row)
    return shown


def _too_wide(shown: Table) -> bool:
    """Whether a narrow screen would break words, or cut them off."""
    if console.width >= _NARROW:
        return False
    # Measured on a screen that is wide enough: a narrow one would tell its own width.
    wide = console.options.update(width=_MEASURED)
    return Measurement.get(console, wide, shown).minimum > console.width


def _blocks(shown: Table) -> None:
    """Each row for itself, a line for a cell, where columns have no room."""
    console.print(Text(str(shown.title), style="bold"))
    for cells in zip(*(column.cells for column in shown.columns), strict=True):
        console.print()
        for column, cell in zip(shown.columns, cells, strict=True):
            console.print(_named(str(column.header), cell))


def _named(name: str, value: Any) -> Text:
    return Text.assemble((f"{name}: ", "bold"), value)


def line(text: str = "", *, style: str = "") -> None:
    """One line of text."""
    console.print(text, style=style or None)
