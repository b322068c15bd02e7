"""Which line of a TOML file holds what; the reader of the language does not tell.

Keys are read by that reader itself. What is looked for here is only where a
statement begins and ends: tables in arrays that are written on one line have the
line of their key.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.routing.finding import Where

_QUOTES = ('"""', "'''", '"', "'")


def lines_of(text: str) -> dict[Where, int]:
    """Line, from 1, of each table and each key of a file that was read without error."""
    found: dict[Where, int] = {(): 1}
    counts: dict[Where, int] = {}
    table: Where = ()
    at = 0
    while at < len(text):
        end = _end(text, at)
        statement = text[at:end].strip()
        line = text.count("\n", 0, at + _blank(text[at:end])) + 1
        at = end + 1
        if not statement or statement.startswith("#"):
            continue
        if statement.startswith("["):
            many = statement.startswith("[[")
            name = statement[2 if many else 1 : statement.index("]]" if many else "]")]
            table = _table(_path(name), counts, many=many)
            found.setdefault(table, line)
        else:
            key = _path(statement[: _equals(statement)])
            for depth in range(1, len(key) + 1):
                found.setdefault((*table, *key[:depth]), line)
    return found


def line_at(lines: dict[Where, int], where: Where) -> int:
    """Line of a value, else of the first of its rows, or of what it would stand in."""
    while where not in lines:
        if (*where, 0) in lines:
            return lines[*where, 0]
        where = where[:-1]
    return lines[where]


def _blank(text: str) -> int:
    return len(text) - len(text.lstrip())


def _path(name: str) -> tuple[str, ...]:
    """The parts of a dotted, perhaps quoted, name."""
    value: Any = tomllib.loads(f"{name} = 0")
    parts = []
    while isinstance(value, dict):
        ((part, value),) = value.items()
        parts.append(part)
    return tuple(parts)


def _table(name: tuple[str, ...], counts: dict[Where, int], *, many: bool) -> Where:
    """Where a header leads: into the last entry of each array of tables on the way."""
    where: Where = ()
    for depth, part in enumerate(name, 1):
        where = (*where, part)
        if many and depth == len(name):
            counts[where] = counts.get(where, -1) + 1
        if where in counts:
            where = (*where, counts[where])
    return where


def _equals(statement: str) -> int:
    """Place of the first ``=`` outside quotes."""
    at = 0
    while statement[at] != "=":
        quote = statement[at] if statement[at] in "\"'" else ""
        at = _after(statement, at, quote) if quote else at + 1
    return at


def _end(text: str, at: int) -> int:
    """Place of the line feed that ends a statement, or of the end of the text."""
    depth = 0
    while at < len(text):
        sign = text[at]
        if sign == "\n" and depth <= 0:
            return at
        quote = next((one for one in _QUOTES if text.startswith(one, at)), "")
        if quote:
            at = _after(text, at, quote)
            continue
        if sign == "#":
            at = text.find("\n", at)
            if at < 0:
                return len(text)
            continue
        depth += (sign in "[{") - (sign in "]}")
        at += 1
    return at


def _after(text: str, at: int, quote: str) -> int:
    """Place after a quoted text that begins at ``at``."""
    at += len(quote)
    while not text.startswith(quote, at):
        at += 2 if text[at] == "\\" and '"' in quote else 1
    at += len(quote)
    # Up to two quotes may stand before the three that end it.
    while len(quote) == 3 and text.startswith(quote[0], at):
        at += 1
    return at
