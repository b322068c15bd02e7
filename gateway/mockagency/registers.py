"""What a mock has of each dossier in its own register, for people to see.

A mock lends its register as it keeps it; nothing is copied into another form, so that
the page shows what the agency believes and not what somebody meant it to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.mockagency.journal_masks import Masks

Kept = Callable[[], Mapping[Any, object]]
VIETNAM = timezone(timedelta(hours=7))
#: Deeper, longer and more than this nobody reads.
_DEEP = 5
_LONG = 400
_MANY = 200
_NUMBER = ("number", "dossier_code")


@dataclass(frozen=True, slots=True)
class Lent:
    """One register: its name for people, what is in it, words for its fields."""

    title: str
    kept: Kept
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """What one register has under one number; ``rows`` as ``told`` makes them."""

    title: str
    keys: tuple[str, ...]
    #: all numbers by which it knows the dossier
    rows: Any


class Registers:
    """All registers of one mock."""

    def __init__(self) -> None:
        """None is lent yet."""
        self._lent: list[Lent] = []

    def lend(self, title: str, kept: Kept, words: Mapping[str, str]) -> None:
        """Show this one, too."""
        self._lent.append(Lent(title, kept, words))

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._lent)

    def numbers(self) -> list[str]:
        """Dossiers of all of them, the newest last."""
        return list(
            dict.fromkeys(
                _numbers(key, value)[0]
                for lent in self._lent
                for key, value in list(lent.kept().items())
            )
        )

    def of(self, number: str, masks: Masks) -> list[Shown]:
        """What each register has of a dossier, under whichever number."""
        found = []
        for lent in self._lent:
            by_record: dict[int, tuple[list[str], object]] = {}
            for key, value in list(lent.kept().items()):
                numbers = _numbers(key, value)
                keys, _ = by_record.setdefault(id(value), ([], value))
                keys += [one for one in numbers if one not in keys]
            found += [
                Shown(lent.title, tuple(keys), told(value, lent.words, masks))
                for keys, value in by_record.values()
                if number in keys or number in _fields(value)
            ]
        return found


def _numbers(key: object, value: object) -> list[str]:
    """How a record is called: by its own word, and by its place in the register."""
    own = [getattr(value, name, None) for name in _NUMBER]
    parts: list[object] = list(key) if isinstance(key, tuple) else [key]
    if _is_record(key):
        parts = [inner for _, inner in _items(key)]
    found = [one for one in (*own, *parts) if isinstance(one, (str, int)) and one]
    return list(dict.fromkeys(map(str, found))) or [str(key)]


def _fields(value: object) -> set[object]:
    """What stands in a record's own fields: it may know others' numbers."""
    if not _is_record(value):
        return set()
    return {inner for _, inner in _items(value) if isinstance(inner, str)}


def told(value: object, words: Mapping[str, str], masks: Masks, deep: int = 0) -> Any:
    """A value as templates show it: text, ``{"rows": …}`` or ``{"table": …}``."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, bytes):
        return f"{len(value)} byte"
    if value is None or isinstance(value, (str, int, float)):
        return _short("" if value is None else masks.text(str(value)))
    if deep >= _DEEP:
        return "…"
    if isinstance(value, Mapping) or _is_record(value):
        return {"rows": list(_rows(_items(value), words, masks, deep))}
    if isinstance(value, (Collection, Sequence)):
        return _several(list(value)[:_MANY], words, masks, deep)
    return ""


def _several(
    values: list[Any], words: Mapping[str, str], masks: Masks, deep: int
) -> Any:
    """A table where all of them are records; else one after the other."""
    if not values:
        return ""
    if not all(isinstance(one, Mapping) or _is_record(one) for one in values):
        each = [told(one, words, masks, deep + 1) for one in values]
        if all(isinstance(one, str) for one in each):
            return ", ".join(each)
        return {"each": each}
    rows = [dict(_rows(_items(one), words, masks, deep)) for one in values]
    heads = list(dict.fromkeys(head for row in rows for head in row))
    return {"heads": heads, "table": [[row.get(h, "") for h in heads] for row in rows]}


def _rows(
    items: Iterable[tuple[str, object]],
    words: Mapping[str, str],
    masks: Masks,
    deep: int,
) -> Iterator[tuple[str, Any]]:
    """Word and value of each field that says something."""
    for name, value in items:
        shown = told(value, words, masks, deep + 1)
        hidden = masks.header(name, shown) if isinstance(shown, str) else shown
        if hidden not in ("", {"rows": []}):
            yield words.get(name, name), hidden


def _items(value: Any) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for name, inner in list(value.items())[:_MANY]:
            parts = name if isinstance(name, tuple) else (name,)
            yield " · ".join(map(str, parts)), inner
        return
    for one in fields(value):
        if not one.name.startswith("_"):
            yield one.name, getattr(value, one.name)


def _is_record(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}… ({len(text)} ký tự)"
