"""Sharing platforms of a configuration: one platform, and the offices behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.routing.catalogue import Catalogue

PLATFORM, OFFICE = "platform", "office"
LGSP, XROAD_ADAPTER = "lgsp", "xroad_adapter"
#: How an LGSP's token call may prove who asks.
PROOFS = ("basic", "lgspaccesstoken")
#: Where an adapter looks for the destination.
HABITS = ("query", "header")
_COMMON = frozenset({"id", "name", "kind", "address", "most_bytes", "tls"}) | {
    "networks"
}
#: Keys of a ``[[platform]]`` by its kind: those that it must have, and may have.
_PLATFORM: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    LGSP: (
        frozenset({"secrets"}),
        frozenset({"token_address", "proof", "form_from", "app_name", "partner_code"}),
    ),
    XROAD_ADAPTER: (frozenset({"dstcode_in"}), frozenset()),
}
#: The same of an ``[office.platform]``, by the kind of its platform.
_OFFICE: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    LGSP: (
        frozenset({"prefix"}),
        frozenset(
            {"opened", "authorization_as", "partner_code_called", "several_addresses"}
        ),
    ),
    XROAD_ADAPTER: (frozenset({"prefix", "dstcode"}), frozenset({"provider_url"})),
}


def read_platforms(
    rows: Iterable[Mapping[str, Any]],
) -> Mapping[str, Mapping[str, Any]]:
    """``[[platform]]`` tables by their id.

    Raises:
        ValueError: one has no id, or the id of another.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        name = str(row.get("id", ""))
        if not name or name in found:
            message = f"platform {name!r}: id is missing or repeated"
            raise ValueError(message)
        found[name] = row
    return found


def secrets_of(row: Mapping[str, Any]) -> list[str]:
    """Names of the secrets that a platform needs."""
    if row.get("kind") != LGSP:
        return []
    needed = ["access_key", "access_secret"] if "app_name" in row else []
    if row.get("proof", "basic") == "basic":
        needed = ["consumer_key", "consumer_secret", *needed]
    return [f"{row.get('secrets')}.{name}" for name in needed]


def problems(catalogue: Catalogue) -> Iterable[tuple[str, str, str]]:
    """Everything wrong with platforms and with how offices name them.

    Whose entry it is (``PLATFORM`` or ``OFFICE``), its identifier, and what is wrong,
    in Vietnamese.
    """
    for name, row in catalogue.platforms.items():
        for what in _of_platform(f"Nền tảng {name}", row):
            yield PLATFORM, name, what
    for office in catalogue.offices.values():
        said = office.settings.get("platform")
        if said is not None:
            name = f"Cơ quan {office.id}"
            for what in _of_office(name, said, catalogue.platforms):
                yield OFFICE, office.id, what


def _of_platform(name: str, row: Mapping[str, Any]) -> Iterable[str]:
    keys = _PLATFORM.get(str(row.get("kind")))
    if keys is None:
        known = ", ".join(f'"{one}"' for one in _PLATFORM)
        yield f"{name}: kind = {row.get('kind')!r} không có nghĩa: ghi một trong {known}"
        return
    required, optional = keys
    yield from _keys(name, row, required, optional | _COMMON)
    yield from _one_of(name, row, "proof", PROOFS)
    yield from _one_of(name, row, "dstcode_in", HABITS)
    yield from _shapes(name, row, required | optional | _COMMON)
    is_by_access = row.get("proof") == "lgspaccesstoken"
    if (is_by_access or "app_name" in row) and not _texts(
        row, "app_name", "partner_code"
    ):
        yield f"{name}: tiêu đề lgspaccesstoken cần app_name và partner_code"


def _of_office(
    name: str, said: Any, platforms: Mapping[str, Mapping[str, Any]]
) -> Iterable[str]:
    by = said.get("by") if isinstance(said, Mapping) else None
    platform = platforms.get(str(by))
    if platform is None:
        yield f"{name}: platform.by = {by!r} không có trong platforms.toml"
        return
    keys = _OFFICE.get(str(platform.get("kind")))
    if keys is not None:
        yield from _keys(f"{name}: platform", said, keys[0], keys[1] | {"by"})
        yield from _shapes(f"{name}: platform", said, keys[0] | keys[1])


def _keys(
    name: str,
    row: Mapping[str, Any],
    required: frozenset[str],
    optional: frozenset[str],
) -> Iterable[str]:
    for key in sorted(required):
        if not _texts(row, key):
            yield f"{name}: thiếu {key}"
    for key in sorted(row.keys() - required - optional):
        yield f"{name}: khóa lạ {key}"


def _one_of(
    name: str, row: Mapping[str, Any], key: str, known: tuple[str, ...]
) -> Iterable[str]:
    if key in row and row[key] not in known:
        yield f"{name}: {key} = {row[key]!r} không có nghĩa: ghi một trong {known}"


def _shapes(name: str, row: Mapping[str, Any], known: frozenset[str]) -> Iterable[str]:
    for key, (fits, said) in _SHAPES.items():
        if key in row and key in known and not fits(row[key]):
            yield f"{name}: {key} = {row[key]!r} không có nghĩa: ghi {said}"


def _is_day(value: Any) -> bool:
    if isinstance(value, date):
        return True
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def _is_code(value: Any) -> bool:
    parts = value.split(":") if isinstance(value, str) else []
    return len(parts) == 4 and all(part and part.isprintable() for part in parts)


def _are_headers(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_tls(value: Any) -> bool:
    if not isinstance(value, Mapping) or not value:
        return False
    keys = value.keys() <= {"authorities", "certificate"}
    return keys and all(isinstance(one, str) and one for one in value.values())


#: Key → whether its value has a meaning, and which would.
_SHAPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "form_from": (_is_day, "một ngày, như 2026-07-01"),
    "most_bytes": (lambda n: type(n) is int and n > 0, "số byte, như 33554432"),
    "dstcode": (
        _is_code,
        "bốn phần giữa các dấu hai chấm, như VN:GOV:000.00.00.X99:mau",
    ),
    "opened": (_are_headers, 'các tên tiêu đề, như ["X-Authentication-Token"]'),
    "networks": (_are_headers, 'các dải mạng, như ["10.20.0.0/16"]'),
    "tls": (_is_tls, "authorities, certificate: tên tệp trong thư mục khóa"),
    "several_addresses": (lambda yes: isinstance(yes, bool), "true hoặc false"),
}


def _texts(row: Mapping[str, Any], *keys: str) -> bool:
    return all(isinstance(row.get(key), str) and row[key] for key in keys)
