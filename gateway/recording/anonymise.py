"""Exchanges of one export, without the people in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit

from gateway.recording.bodies import Bodies
from gateway.recording.exchange import Exchange
from gateway.recording.kinds import day_of, moved
from gateway.recording.leaves import Leaves
from gateway.recording.pseudonyms import Pseudonyms
from gateway.recording.rules import Rules

#: Bytes of a key that nobody keeps.
KEY_BYTES = 32
#: Headers that say how to read a message; every other could name somebody.
_KEPT = frozenset({"content-type", "retry-after"})
_MEDIA_TYPE = re.compile(
    r"(?:application/(?:json|xml|soap\+xml|problem\+json|pdf|zip|octet-stream"
    r"|x-www-form-urlencoded)|text/(?:html|xml|plain|csv))(?=[;\s]|$)",
    re.IGNORECASE,
)
#: Words of the gateway's own: never a name, never a number.
_OURS = frozenset({"outcome", "code", "kind", "purpose"})
_WORD = re.compile(r"[a-z]{2,20}(?:_[a-z]{1,20}){0,6}")
_SECONDS = re.compile(r"\d{1,6}")
#: Weeks by which an export may be moved, either way; never by none.
_FARTHEST = 52
_A_DAY = re.compile(rb"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")


@dataclass(frozen=True, slots=True)
class Anonymised:
    """What may leave; ``crossed``: days of rules that its days went over."""

    exchanges: tuple[Exchange, ...]
    signatures_removed: int
    crossed: tuple[date, ...]


def anonymised(
    recorded: Sequence[Exchange],
    rules: Rules,
    key: bytes,
    *,
    boundaries: Collection[date] = (),
) -> Anonymised:
    """Every exchange with other people, numbers, days and files.

    ``boundaries``: days from which another rule holds; no day is moved over one of
    them where that can be. The key is drawn for this export and thrown away.
    """
    weeks, crossed = _weeks(_days(recorded), boundaries, key)
    leaves = Leaves(rules, Pseudonyms(key, weeks))
    bodies = Bodies(leaves)
    # Twice: a file may be named by its hash before it comes.
    for one in recorded:
        _told(one, bodies)
    bodies.removed = 0
    told = tuple(_told(one, bodies) for one in recorded)
    return Anonymised(told, bodies.removed, crossed)


def _told(one: Exchange, bodies: Bodies) -> Exchange:
    made = bodies.leaves.pseudonyms
    return replace(
        one,
        at=moved(one.at, made.weeks) or "",
        path=_path(one.path, bodies.leaves),
        method=one.method if one.method.isalpha() and len(one.method) < 8 else "POST",
        query=bodies.pairs(dict(one.query)),
        headers=_headers(one.headers.items()),
        body=bodies.body(one.body, _type(one.headers.items())),
        answer_headers=_headers(one.answer_headers.items()),
        answer=bodies.body(one.answer, _type(one.answer_headers.items())),
        correlation=made.name(one.correlation) if one.correlation else "",
        made={k: v for k, v in one.made.items() if k in _OURS and _is_word(v)},
    )


def _is_word(value: object) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def _path(path: str, leaves: Leaves) -> str:
    """Parts that the interface documents name stay: operations, never a secret."""
    known = {"callbacks", "open", "v1", "dropin"}

    def told(part: str) -> str:
        if not part or part in known or part in leaves.rules.public:
            return part
        return f"x-{leaves.pseudonyms.name(part)}"

    # Of a whole address, whose machine it is stays here.
    try:
        bare = urlsplit(path).path
    except ValueError:  # an address of a machine that is none
        bare = ""
    return "/".join(map(told, bare.split("/")))


def _headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    kept = {}
    for name, value in headers:
        small = name.lower()
        pattern = _MEDIA_TYPE if small == "content-type" else _SECONDS
        found = pattern.match(value.strip()) if small in _KEPT else None
        if found is not None:
            kept[small] = found[0]
    return kept


def _type(headers: Iterable[tuple[str, str]]) -> str:
    return _headers(headers).get("content-type", "").lower()


def _days(recorded: Iterable[Exchange]) -> set[date]:
    """Days that stand in the exchanges, as far as they are written openly."""
    found = set()
    for one in recorded:
        texts = [one.at[:10].encode(), *_A_DAY.findall(one.body)]
        for text in (*texts, *_A_DAY.findall(one.answer)):
            day = day_of(text.decode("ascii", "replace"))
            if day is not None:
                found.add(day)
    return found


def _weeks(
    days: Collection[date], boundaries: Collection[date], key: bytes
) -> tuple[int, tuple[date, ...]]:
    """Whole weeks, so that weekdays and intervals stay; drawn from the key."""
    every = [w for w in range(-_FARTHEST, _FARTHEST + 1) if abs(w) > 1]
    over: Callable[[int], set[date]] = lambda w: _crossed(days, boundaries, w)  # noqa: E731
    fewest = min(len(over(w)) for w in every)
    fitting = [w for w in every if len(over(w)) == fewest]
    weeks = fitting[int.from_bytes(key[:8], "big") % len(fitting)]
    return weeks, tuple(sorted(over(weeks)))


def _crossed(
    days: Collection[date], boundaries: Collection[date], weeks: int
) -> set[date]:
    ordinals = [day.toordinal() for day in days if day.year > 1]
    found = set()
    for edge in boundaries:
        at = edge.toordinal()
        if any((day < at) != (day + 7 * weeks < at) for day in ordinals):
            found.add(edge)
    return found
