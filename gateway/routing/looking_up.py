"""Where a code or a name stands in the code lists of a configuration; pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.domain.text import fold
from gateway.routing.communes import Areas, Unit
from gateway.routing.diffing import flat, masked

#: A shorter word is looked for as a whole code only.
_SHORTEST = 3
#: How names of settings are written.
_SETTING = re.compile(r"[a-z][a-z_0-9]*")


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of an office's table; ``values`` by the key that it has there."""

    agency: str
    office: str
    office_name: str
    table: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code of a commune means from a day on; ``became``: codes after it, and when."""

    unit: Unit
    became: tuple[tuple[str, date], ...]


def rows(
    content: Mapping[str, Any], wanted: str, offices: Container[str] | None = None
) -> Iterator[Listed]:
    """Rows of the tables of offices in which a code stands, or a name holds the words.

    ``offices``: only theirs.
    """
    for agency in content.get("agencies", ()):
        head = agency.get("agency", {})
        for office in agency.get("office", ()):
            identifier = str(office.get("id", ""))
            if offices is not None and identifier not in offices:
                continue
            for table, row in _tables("", office):
                if _has(row, wanted):
                    yield Listed(
                        str(head.get("id", "")),
                        identifier,
                        str(office.get("name", identifier)),
                        table,
                        tuple(_shown(row)),
                    )


def communes(areas: Areas, wanted: str) -> Iterator[Meaning]:
    """Communes whose code is the wanted one, or was made of it, or whose name holds it."""
    words = fold(wanted)
    for unit in sorted(areas.units(), key=lambda one: (one.code, one.since)):
        later = areas.changes.get(unit.code, ())
        became = tuple((new, one.on) for one in later for new in one.new)
        is_it = wanted in {unit.code, *(new for new, _ in became)}
        is_named = len(wanted) >= _SHORTEST and words in fold(unit.name)
        if is_it or is_named:
            yield Meaning(unit, became)


def _tables(path: str, value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every list of rows of an office, by the name of its table."""
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        here = f"{path}.{name}" if path else str(name)
        if isinstance(inner, list) and all(isinstance(one, dict) for one in inner):
            yield from ((here, one) for one in inner)
        elif isinstance(inner, dict):
            if _is_list(inner):
                yield from ((here, {"code": k, "value": v}) for k, v in inner.items())
            yield from _tables(here, inner)


def _is_list(table: Mapping[str, Any]) -> bool:
    """Whether a table's keys are codes, not names of settings."""
    plain = not any(isinstance(one, dict | list) for one in table.values())
    return plain and any(not _SETTING.fullmatch(str(key)) for key in table)


def _has(row: Mapping[str, Any], wanted: str) -> bool:
    words = fold(wanted)
    return any(
        text == wanted
        or text.casefold() == wanted.casefold()
        or (len(wanted) >= _SHORTEST and key == "name" and words in fold(text))
        for key, text in _scalars(row)
    )


def _scalars(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in row.items():
        for one in value if isinstance(value, list) else [value]:
            is_plain = isinstance(one, str | int) and not isinstance(one, bool)
            # What is not shown is not found either.
            if is_plain and masked(str(key), str(one)) == str(one):
                yield str(key), str(one)


def _shown(row: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return ((path, masked(path, text)) for path, text in flat("", row))
