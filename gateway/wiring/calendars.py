"""Calendar files: read as one year's table, and what is wrong in them with its line."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from gateway.calendar.checking import check_year
from gateway.routing.finding import Finding
from gateway.wiring.files import as_text, text_of
from gateway.wiring.located import Located, no_toml
from gateway.wiring.toml_lines import line_at, lines_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from pathlib import Path


def calendar_findings(content: Mapping[str, Any]) -> Iterable[Finding]:
    """What is wrong in the calendar of a configuration, year by year."""
    calendar = content.get("calendar", {})
    if not isinstance(calendar, dict):
        yield Finding(("calendar",), "«calendar» phải là một bảng", "Mỗi năm một bảng.")
        return
    offices = offices_of(content)
    for year, table in calendar.items():
        for one in check_year(year, table, offices):
            where = ("calendar", year, *one.where)
            yield Finding(where, one.what, one.todo, warning=one.warning)


def offices_of(content: Mapping[str, Any]) -> frozenset[str]:
    """Identifiers of the offices of a configuration, as far as they are there."""
    return frozenset(
        str(row.get("id"))
        for agency in content.get("agencies", ())
        for row in agency.get("office", ())
    )


def check_file(path: Path, year: str, offices: Container[str] | None) -> list[Located]:
    """Findings of one file by line; ``offices``: None where nobody knows them."""
    broken = list(no_toml(path))
    if broken:
        return broken
    table = read_year(path)
    if not table:
        todo = "Ghi giờ làm việc, ngày nghỉ; mẫu: config/calendar/2026.toml."
        return [Located(str(path), 1, Finding((), "Tệp lịch không có gì", todo))]
    lines = lines_of(text_of(path))
    found = [
        Located(
            str(path),
            line_at(lines, one.where),
            Finding(one.where, one.what, one.todo, warning=one.warning),
        )
        for one in check_year(year, table, offices)
    ]
    return sorted(found, key=lambda one: (one.line, one.finding.what))


def read_year(path: Path) -> dict[str, Any]:
    """One year's file as JSON values, as a configuration has them.

    Raises:
        ValueError: it is no TOML.
    """
    table: dict[str, Any] = json.loads(
        json.dumps(tomllib.loads(text_of(path)), default=as_text)
    )
    return table
