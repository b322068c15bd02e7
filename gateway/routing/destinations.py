"""What of a configuration says where messages go and who is believed; pure.

Whatever is not named here as harmless counts: a key that a dialect will have some day
needs a second person, until somebody says that it does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: Keys of an office that move no message elsewhere and let nobody in: words for people,
#: limits, hours, and tables from our codes to the office's own.
_HARMLESS = frozenset(
    {
        *("name", "silence_days", "lane", "hours", "contact", "opened"),
        *("step", "steps", "case", "area", "unit", "province", "paper"),
        *("request_kind", "obstacle", "user", "results", "operations_off"),
    }
)
#: Lists of whoever is believed, or where one may go: with fewer, nobody new is. Of those
#: that say ``False`` the last one may not go, since without any there is no check.
_BELIEVED = {
    "networks": True,
    "client_spki": False,
    "callback_keys": False,
    "secret_sha256": True,
    "keys": True,
    "scopes": False,
}
_HARMLESS_AGENCY = frozenset({"name"})
_HARMLESS_PLATFORM = frozenset({"name", "most_bytes"})


@dataclass(frozen=True, slots=True)
class Destination:
    """An entry by which messages would go elsewhere, or others be believed.

    ``keys``: which of its keys differ; all that count, of one that is new.
    """

    kind: str
    #: office, agency or platform
    code: str
    keys: tuple[str, ...]


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Destination]:
    """Entries of ``after`` that lead elsewhere than in ``before``, in order of codes.

    What is only taken out leads nowhere and is none: an office, a platform, one of
    several keys or networks. So a key that somebody else has is revoked at once.
    """
    old, new = dict(_entries(before)), dict(_entries(after))
    found = []
    for (kind, code), values in sorted(new.items()):
        was = old.get((kind, code), {})
        keys = sorted(
            key
            for key in {*was, *values}
            if not _less(key, was.get(key), values.get(key))
        )
        if keys:
            found.append(Destination(kind, code, tuple(keys)))
    return found


def _entries(
    content: Mapping[str, Any],
) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for row in _rows(content.get("platforms")):
        yield ("platform", str(row.get("id"))), _counting(row, _HARMLESS_PLATFORM)
    for agency in _rows(content.get("agencies")):
        head = {key: value for key, value in agency.items() if key != "office"}
        inner = head.pop("agency", {})
        inner = inner if isinstance(inner, dict) else {"agency": inner}
        code = str(inner.get("id", ""))
        yield ("agency", code), _counting({**head, **inner}, _HARMLESS_AGENCY)
        for row in _rows(agency.get("office")):
            entry = _counting(row, _HARMLESS)
            # Of another agency it speaks another dialect, with the same keys.
            yield ("office", str(row.get("id"))), {**entry, "agency": code}


def _rows(value: Any) -> Iterable[Mapping[str, Any]]:
    rows = value if isinstance(value, list) else ()
    return (row for row in rows if isinstance(row, dict))


def _counting(row: Mapping[str, Any], harmless: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in harmless}


def _less(key: str, was: Any, will: Any) -> bool:
    """Whether a value is the same, or lets nobody in and nothing out that was not."""
    if was == will:
        return True
    if key == "oauth" and isinstance(was, dict):
        inner = will if isinstance(will, dict) else {}
        return all(_less(one, was.get(one), inner.get(one)) for one in {*was, *inner})
    if key not in _BELIEVED or not isinstance(was, list):
        return False
    left = will if isinstance(will, list) else []
    is_part = all(one in was for one in left) and will in (None, left)
    return is_part and bool(left or _BELIEVED[key])
