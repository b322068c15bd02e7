"""Takes secrets out of what is shown or written of an exchange.

A secret is known in three ways: by the header that carries it, by the name of its
field, and by its value where the mock's own settings have it. A value of the settings
is replaced by where it stands there, so that a copied test can put it back.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What stands in the place of a secret that no setting knows.
UNKNOWN = "‹bí mật›"
#: Shorter values would be found inside words that are no secrets.
LEAST = 8
HEADERS = frozenset(
    {
        *("authorization", "proxy-authorization", "cookie", "set-cookie"),
        *("lgspaccesstoken", "securitykey", "apikey", "x-api-key"),
    }
)
#: Named like a secret, and none.
_OPEN = r"(?!idempotency)"
_WORDS = r"(?:key|secret|token|password|passwd|khoa|matkhau|mat_khau)"
_NAMED = re.compile(rf"(?:\A|[_\-.]|[a-z]){_WORDS}\Z|\A{_WORDS}\Z", re.IGNORECASE)
#: Names of fields, as schemas and documents of agencies write them.
_FIELD = (
    rf"{_OPEN}(?:(?:[A-Za-z_\-]*[_\-])?{_WORDS}|[A-Za-z]*(?:Key|Secret|Token|Password))"
)
_JSON = re.compile(
    rf'(?P<head>\\*"(?:{_FIELD})\\*"\s*:\s*\\*")(?P<value>(?:[^"\\]|\\[^"])*)',
    re.IGNORECASE,
)
#: The same where it is a list or a number, which no document asks for.
_JSON_OTHER = re.compile(
    rf'(?P<head>"(?:{_FIELD})"\s*:\s*)(?P<value>\[[^\]]*\]|-?[\d.]+)', re.IGNORECASE
)
_FORM = re.compile(
    rf"(?P<head>(?:\A|[&?])(?:{_FIELD})=)(?P<value>[^&\s]+)", re.IGNORECASE
)
_XML = re.compile(
    rf"(?P<head><(?:[\w.\-]+:)?(?:{_FIELD})(?:\s[^<>]*)?>)(?P<value>[^<]+)",
    re.IGNORECASE,
)
_ANY = re.compile("key|secret|token|passw|khoa|mat_?khau", re.IGNORECASE)
_SHORT, _REMEMBERED = 200, 4096
#: Settings that a secret's name would take for one, and that only say where it lies.
_PLACES = (".pem", ".json", ".toml")


class Masks:
    """The secrets of one mock."""

    def __init__(self, settings: Mapping[str, object], name: str = "") -> None:
        """``settings`` are read when first needed; ``name``: of their table."""
        self._settings = settings
        self._name = name
        self._before: dict[str, str] = {}

    @cached_property
    def _known(self) -> dict[str, str]:
        """Value, plain and as a part of an address → where it stands."""
        found: dict[str, str] = {}
        for place, value in secrets_of(self._settings, self._name):
            found.setdefault(value, place)
            found.setdefault(quote(value, safe=""), place)
        return found

    @cached_property
    def _values(self) -> re.Pattern[str] | None:
        known = sorted(self._known, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, known))) if known else None

    def text(self, text: str) -> str:
        """Any text: a path, a query, a body."""
        if len(text) > _SHORT:
            return self._masked(text)
        # Paths, names and headers come again and again.
        found = self._before.get(text)
        if found is None:
            if len(self._before) >= _REMEMBERED:
                self._before.clear()
            found = self._before[text] = self._masked(text)
        return found

    def _masked(self, text: str) -> str:
        if self._values is not None:
            text = self._values.sub(self._place, text)
        if _ANY.search(text) is None:
            return text
        for pattern in (_JSON, _XML, _FORM):
            text = pattern.sub(_emptied, text)
        return _JSON_OTHER.sub(rf'\g<head>"{UNKNOWN}"', text)

    def header(self, name: str, value: str) -> str:
        """One header's value."""
        if self._values is not None:
            value = self._values.sub(self._place, value)
        if "‹" in value or not is_secret_header(name):
            return value
        scheme, blank, _ = value.partition(" ")
        return f"{scheme} {UNKNOWN}" if blank and scheme.isalpha() else UNKNOWN

    def _place(self, found: re.Match[str]) -> str:
        return f"‹{self._known[found[0]]}›"


def is_secret_header(name: str) -> bool:
    """Whether a header of that name carries a secret."""
    lower = name.lower()
    if lower.startswith("idempotency"):
        return False
    return lower in HEADERS or bool(_NAMED.search(name))


def _emptied(found: re.Match[str]) -> str:
    value = found["value"]
    told = value if value.startswith("‹") or not value else UNKNOWN
    return f"{found['head']}{told}"


def secrets_of(settings: Mapping[str, object], name: str) -> list[tuple[str, str]]:
    """Place and value of every secret in a mock's table of that name."""
    return list(_secrets(settings, name, named=False))


def _secrets(value: object, place: str, *, named: bool) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            secret = bool(_NAMED.search(str(name))) or name == "code"
            yield from _secrets(inner, f"{place}.{name}".strip("."), named=secret)
    elif isinstance(value, (list, tuple)):
        for at, inner in enumerate(value):
            yield from _secrets(inner, f"{place}.{at}".strip("."), named=named)
    elif named and _is_secret(value):
        yield place, str(value)


def _is_secret(value: object) -> bool:
    """No file, and long enough to be found in no other word."""
    return (
        isinstance(value, str) and len(value) >= LEAST and not value.endswith(_PLACES)
    )
