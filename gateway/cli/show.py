"""Tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from gateway.domain.legal_day import VIETNAM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def moment(text: object) -> str:
    """An ISO moment as people write it, Vietnam time."""
    if not text:
        return ""
    return (
        datetime.fromisoformat(str(text)).astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")
    )


def as_json(value: Any) -> None:
    """The answer exactly as the API gave it."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def table(
    title: str, columns: Sequence[tuple[str, str]], rows: Iterable[Mapping[str, Any]]
) -> None:
    """A table; ``columns`` are (key, heading); moments are shown in Vietnam time."""
    shown = Table(title=title, title_justify="left", title_style="bold")
    for _, heading in columns:
        shown.add_column(heading, overflow="fold")
    count = 0
    for row in rows:
        shown.add_row(*(_cell(key, row.get(key)) for key, _ in columns))
        count += 1
    if count:
        console.print(shown)
    else:
        console.print(f"{title}: không có.")


def _cell(key: str, value: object) -> str:
    if value is None:
        return ""
    if key.endswith(("_at", "since")) and value:
        return moment(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def pairs(rows: Iterable[tuple[str, object]]) -> None:
    """Names and values under each other."""
    shown = Table.grid(padding=(0, 2))
    for name, value in rows:
        shown.add_row(f"[bold]{name}[/bold]", str(value if value is not None else ""))
    console.print(shown)
