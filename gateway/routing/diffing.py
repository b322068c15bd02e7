"""What differs between two versions of the configuration, value by value; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

#: Keys whose values nobody is shown, as parts of words between underscores.
_SECRET = frozenset(
    {"secret", "secrets", "password", "passwd", "token", "credential", "key", "private"}
)
HIDDEN = "••••••"
_USER = re.compile(r"(?<=://)[^/@\s]+(?=@)")
#: What a row of a list is known by, the first that all rows have.
_NAMES = ("id", "name", "kind", "code", "field", "from", "date", "off")
_ENTRIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "procedures": ("procedure", ("code", "version")),
    "rules": ("rule", ("id",)),
    "communes": ("commune", ("code", "from")),
    "changes": ("commune_change", ("old", "on", "new")),
    "platforms": ("platform", ("id",)),
    "clocks": ("clock", ("id", "name", "version", "from")),
}


class What(StrEnum):
    """What became of an entry or a value."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Value:
    """A value that is another; None: it is not there."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that differs: its kind, what it is called, its code, and its values."""

    what: What
    kind: str
    code: str
    name: str
    values: tuple[Value, ...]


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Entry]:
    """Entries that were added, removed or changed, in the order of their codes."""
    old, new = dict(_entries(before)), dict(_entries(after))
    found = []
    for kind, code in sorted({*old, *new}):
        was, will = old.get((kind, code)), new.get((kind, code))
        if was == will:
            continue
        what = What.CHANGED
        if was is None or will is None:
            what = What.ADDED if was is None else What.REMOVED
        name = _name(will if will is not None else was)
        found.append(Entry(what, kind, code, name, tuple(_values(was, will))))
    return found


def counted(content: Mapping[str, Any]) -> dict[str, int]:
    """How many entries of each kind there are."""
    found: dict[str, int] = {}
    for kind, _ in dict(_entries(content)):
        found[kind] = found.get(kind, 0) + 1
    return found


def masked(path: str, text: str) -> str:
    """A value as it may be shown: what is called a secret is not."""
    last = re.split(r"[.\[\]]", path.rstrip("]"))[-1].lower()
    if text and _SECRET & set(last.split("_")):
        return HIDDEN
    return _USER.sub(HIDDEN, text)


def _entries(content: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Any]]:
    for key, (kind, names) in _ENTRIES.items():
        seen: dict[str, int] = {}
        for row in _rows(content.get(key)):
            code = "@".join(str(row[name]) for name in names if row.get(name))
            seen[code] = number = seen.get(code, 0) + 1
            yield (kind, code if number == 1 else f"{code} ({number})"), row
    for agency in _rows(content.get("agencies")):
        head = {name: value for name, value in agency.items() if name != "office"}
        inner = head.get("agency")
        code = str(inner.get("id", "")) if isinstance(inner, dict) else ""
        yield ("agency", code), head
        for row in _rows(agency.get("office")):
            yield ("office", str(row.get("id"))), row
    calendar = content.get("calendar")
    if isinstance(calendar, dict):
        for year, table in calendar.items():
            yield ("calendar", str(year)), table
    for key, value in content.items():
        if key not in {*_ENTRIES, "agencies", "calendar"} and value:
            yield ("other", str(key)), value


def _rows(value: Any) -> Iterable[Mapping[str, Any]]:
    if not isinstance(value, list):
        return ()
    return (row for row in value if isinstance(row, dict))


def _name(entry: Any) -> str:
    if not isinstance(entry, dict):
        return ""
    inner = entry.get("agency")
    name = entry.get("name") or (inner.get("name") if isinstance(inner, dict) else "")
    return str(name or "")


def _values(before: Any, after: Any) -> Iterator[Value]:
    old = dict(flat("", before)) if before is not None else {}
    new = dict(flat("", after)) if after is not None else {}
    for path in [*new, *(path for path in old if path not in new)]:
        was, will = old.get(path), new.get(path)
        if was != will:
            yield Value(
                path,
                None if was is None else masked(path, was),
                None if will is None else masked(path, will),
            )


def flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every value by its path; rows of a list by what they are known by."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(f"{path}.{name}" if path else str(name), inner)
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for name, inner in zip(_known_by(value), value, strict=True):
            yield from flat(f"{path}[{name}]", inner)
    elif isinstance(value, list):
        yield path, ", ".join(_plain(one) for one in value)
    else:
        yield path, _plain(value)


def _known_by(rows: Sequence[Any]) -> list[str]:
    for key in _NAMES:
        names = [str(row.get(key, "")) if isinstance(row, dict) else "" for row in rows]
        if all(names) and len(set(names)) == len(names):
            return names
    return [str(number) for number in range(1, len(rows) + 1)]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
