"""Facts and sums as they are written on paper, and the names by which templates call them."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from gateway.domain.legal_day import VIETNAM
from gateway.domain.paper_marks import MAY_LACK

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What neither XML nor a printed line can hold.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
#: Longer ones are no money.
_MOST_DIGITS = 18


def written(value: Any) -> Any:
    """A fact, or a whole paper of them, as plain text, numbers, lists and dicts."""
    if is_dataclass(value):
        return {one.name: written(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [written(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).strftime("%H giờ %M phút, ngày %d/%m/%Y")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, str):
        lines = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
        return _UNPRINTABLE.sub("", lines).strip()
    return "" if value is None else value


def money(digits: str) -> str:
    """Whole đồng with dots; what is no number stays as it was written."""
    if not digits.isdecimal() or len(digits) > _MOST_DIGITS:
        return digits
    return f"{int(digits):,} đồng".replace(",", ".")


@dataclass(frozen=True, slots=True)
class Named:
    """One field of a template: its name, what it holds and whether it repeats."""

    path: str
    words: str
    several: bool = False
    inner: tuple[Named, ...] = ()


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def names(kind: type) -> tuple[Named, ...]:
    """The fields that a paper's template may use, in order."""
    return tuple(_names(kind))


def _names(kind: type) -> Iterator[Named]:
    for name, hint in _hints(kind).items():
        inner, words, *_ = get_args(hint)
        several = get_origin(inner) is tuple
        part = get_args(inner)[0] if several else inner
        nested = isinstance(part, type) and is_dataclass(part)
        deeper = names(part) if nested else ()
        yield Named(name, words, several, deeper)


def blanks(value: Any) -> list[str]:
    """What a paper leaves open to be filled by hand, in words, each once."""
    return list(dict.fromkeys(_blanks(value)))


def _blanks(value: Any) -> Iterator[str]:
    kind: type = type(value)
    for name, hint in _hints(kind).items():
        _, words, *marks = get_args(hint)
        fact = getattr(value, name)
        parts = fact if isinstance(fact, tuple) else (fact,)
        for part in parts:
            if is_dataclass(part):
                yield from _blanks(part)
            elif part in {None, ""} and MAY_LACK not in marks:
                yield str(words)
