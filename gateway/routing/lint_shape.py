"""What can be seen before a configuration is read: codes, keys, entries that do not parse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from gateway.domain.lane import LaneLimits, RetryPolicy
from gateway.domain.numbers.agencies import agency_identifier
from gateway.domain.numbers.warnings import WARNINGS
from gateway.routing.catalogue import THEMSELVES, read
from gateway.routing.finding import Finding, Keys, Where
from gateway.routing.link import Link
from gateway.routing.lint_communes import clashing

_COMPUTED = {"retry", "hours", "closures"}
_LANE: Keys = {
    **dict.fromkeys(sorted(set(LaneLimits.__slots__) - _COMPUTED)),
    "retry": dict.fromkeys(RetryPolicy.__slots__),
}
#: Keys of every office entry; its dialect has further ones.
_OFFICE: Keys = {
    **dict.fromkeys(("id", "name", "mock", "address", "operations_off", "speaks")),
    "identifier": None,
    "silence_days": None,
    "lane": _LANE,
    "hours": dict.fromkeys(("from", "to", "days")),
    "road": dict.fromkeys(("by", "from", "to")),
    "contact": dict.fromkeys(("name", "phone", "hours")),
    "user": dict.fromkeys(("account", "name")),
    "slips": None,
    "slip_issuer": dict.fromkeys(("id", "name", "communes", "slips")),
    "opened": dict.fromkeys(("one_stop", "unit")),
    "pull": {"every_s": None},
    "tls": dict.fromkeys(("authorities", "certificate")),
    "networks": None,
    "client_spki": None,
    "callback_signature": None,
    "callback_keys": None,
    "oauth": dict.fromkeys(("secret_sha256", "keys", "scopes", "life_s")),
    "link": dict.fromkeys(Link.__slots__),
    # The keys of this hang on the kind of platform.
    "platform": None,
}
_MESSAGE = dict.fromkeys(
    ("kind", "on", "overtakes", "dependent", "once", "anew_on", "encloses")
)
_LEG: Keys = {
    **dict.fromkeys(("name", "agency", "carried_by", "sees", "ends_on", "when")),
    **dict.fromkeys(("issuer", "opens_on", "polls", "ends_dossier", "budget_days")),
    "tells": None,
    "message": _MESSAGE,
}
_PROCEDURE: Keys = {
    **dict.fromkeys(("code", "version", "name", "valid_from", "valid_to", "schema")),
    **dict.fromkeys(("decision", "verified", "cases", "supplement_days")),
    "second_date": dict.fromkeys(("on", "days", "source")),
    "leg": _LEG,
}
_RULE = dict.fromkeys(
    (
        *("id", "agency", "office", "communes", "procedures", "from", "to"),
        *("decision", "verified"),
    )
)
_COMMUNE = dict.fromkeys(("code", "name", "from", "to", "province"))
_CHANGE = dict.fromkeys(("old", "on", "new"))
_NATIONAL: Keys = dict.fromkeys(("include", "province"))
_AGENCY: Keys = {"agency": dict.fromkeys(("id", "name", "speaks")), "office": None}


def strange_keys(content: Mapping[str, Any], keys: Mapping[str, Keys]) -> list[Finding]:
    """Keys that nobody reads; where one is meant that is spelt alike, it is named."""
    found: list[Finding] = []
    for name, allowed in (
        ("procedures", _PROCEDURE),
        ("rules", _RULE),
        ("communes", _COMMUNE),
        ("changes", _CHANGE),
        ("agencies", _AGENCY),
    ):
        found += _strange(content.get(name, ()), allowed, (name,))
    # What the list itself holds came with the package.
    said = {k: v for k, v in content.get("national", {}).items() if k != "list"}
    found += _strange(said, _NATIONAL, ("national",))
    for i, agency in enumerate(content.get("agencies", ())):
        head = agency.get("agency", {})
        for j, row in enumerate(agency.get("office", ())):
            dialect = str(row.get("speaks", head.get("speaks", head.get("id"))))
            allowed = {**_OFFICE, **keys.get(dialect, {})}
            where: Where = ("agencies", i, "office", j)
            # Of a dialect that does not list its keys only a misspelling is seen.
            found += _strange(row, allowed, where, closed=dialect in keys)
    return found


def _strange(
    value: Any, allowed: Keys, where: Where, *, closed: bool = True
) -> Iterable[Finding]:
    if isinstance(value, list):
        for i, row in enumerate(value):
            yield from _strange(row, allowed, (*where, i), closed=closed)
        return
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        here = (*where, key)
        if key in allowed:
            below = allowed[key]
            if below is not None:
                yield from _strange(inner, below, here)
            continue
        alike = get_close_matches(key, allowed, n=1, cutoff=0.75)
        if closed or alike:
            meant = f"Có phải «{alike[0]}»?" if alike else "Bỏ khóa này."
            yield Finding(here, f"Khóa lạ «{key}»: cổng không đọc", meant)


def nameless(content: Mapping[str, Any]) -> Iterable[Finding]:
    """Offices, units and rules without a code: nothing could name them."""
    for where, row, key in _named(content):
        if not str(row.get(key) or "").strip():
            what = _WHAT[where[-2]]
            yield Finding(where, f"{what} chưa có mã ({key})", f"Ghi {key}.")


def doubtful_identifiers(content: Mapping[str, Any]) -> Iterable[Finding]:
    """Identifiers of offices that are none by either regulation; the number stays."""
    for i, agency in enumerate(content.get("agencies", ())):
        for j, row in enumerate(agency.get("office", ())):
            text = str(row.get("identifier") or "")
            for code in agency_identifier(text).warnings if text else ():
                yield Finding(
                    ("agencies", i, "office", j, "identifier"),
                    f"Mã định danh của {row.get('id')}: {WARNINGS[code].reason}",
                    "Đối chiếu với cơ quan; công ty thì ghi mã số doanh nghiệp.",
                    warning=True,
                )


def doubled(content: Mapping[str, Any]) -> Iterable[Finding]:
    """Codes that two entries have: the first would silently be nobody."""
    first: dict[tuple[str, str], int] = {}
    seen: dict[tuple[str, str], Where] = {}
    for where, row, key in _named(content):
        code = (_WHAT[where[-2]], str(row.get(key) or ""))
        if code[1]:
            first[code] = first.get(code, 0) + 1
            seen[code] = (*where, key)
    for (what, name), count in first.items():
        if count > 1:
            yield Finding(
                seen[what, name],
                f"{what} {name} được khai báo {count} lần",
                "Mỗi mã chỉ khai một lần: đổi mã hoặc bỏ mục thừa.",
            )


_WHAT: Mapping[str | int, str] = {
    "office": "Cơ quan",
    "rules": "Quy tắc",
    "slip_issuer": "Đơn vị lập phiếu",
}


def _named(
    content: Mapping[str, Any],
) -> Iterable[tuple[Where, Mapping[str, Any], str]]:
    for i, agency in enumerate(content.get("agencies", ())):
        for j, row in enumerate(agency.get("office", ())):
            where: Where = ("agencies", i, "office", j)
            yield where, row, "id"
            for k, unit in enumerate(row.get("slip_issuer", ())):
                yield (*where, "slip_issuer", k), unit, "id"
    for i, row in enumerate(content.get("rules", ())):
        yield ("rules", i), row, "id"


def unreadable(content: Mapping[str, Any], wrong: Exception) -> list[Finding]:
    """Entries that cannot be read, each by itself; the whole where none is found."""
    found = [*nameless(content), *_lost_roads(content), *clashing(content)]
    for name in ("procedures", "rules", "communes", "changes", "clocks"):
        for i, row in enumerate(content.get(name, ())):
            if (name, i) not in {one.where for one in found}:
                found += _unread({name: [row]}, (name, i))
    for i, agency in enumerate(content.get("agencies", ())):
        for j, row in enumerate(agency.get("office", ())):
            alone = {**agency, "office": [{**row, "road": []}]}
            if str(row.get("id") or "").strip():
                found += _unread({"agencies": [alone]}, ("agencies", i, "office", j))
        if not any(one.where[:2] == ("agencies", i) for one in found):
            found += _unread({"agencies": [agency]}, _roads_of(agency, i))
    return found or [_cannot_be_read((), wrong)]


def _roads_of(agency: Mapping[str, Any], i: int) -> Where:
    """The first office with roads: each reads well alone, so it is about these."""
    for j, row in enumerate(agency.get("office", ())):
        if row.get("road"):
            return ("agencies", i, "office", j, "road", 0)
    return ("agencies", i)


def _unread(content: Mapping[str, Any], where: Where) -> Iterable[Finding]:
    try:
        read(0, content)
    except (KeyError, TypeError, ValueError) as wrong:
        yield _cannot_be_read(where, wrong)


def _cannot_be_read(where: Where, wrong: Exception) -> Finding:
    missing = isinstance(wrong, KeyError)
    what = f"thiếu khóa {wrong}" if missing else str(wrong)
    todo = "Sửa mục này theo tệp mẫu."
    if what.startswith(_NO_DAY):
        what = what.replace(_NO_DAY, "không phải ngày")
        todo = "Viết ngày là năm-tháng-ngày, không có ngoặc kép: 2026-07-01."
    return Finding(where, f"Không đọc được: {what}", todo)


#: How the standard library begins what it says of a text that is no day.
_NO_DAY = "Invalid isoformat string"


def _lost_roads(content: Mapping[str, Any]) -> Iterable[Finding]:
    """Roads that lead nowhere, to another agency, on, or two on one day."""
    for i, agency in enumerate(content.get("agencies", ())):
        entries = {str(row.get("id")): row for row in agency.get("office", ())}
        for j, row in enumerate(agency.get("office", ())):
            roads: Sequence[Mapping[str, Any]] = row.get("road", ())
            for k, road in enumerate(roads):
                by = road.get("by")
                if by == THEMSELVES:
                    continue
                entry = entries.get(str(by))
                if entry is None or entry.get("road"):
                    yield Finding(
                        ("agencies", i, "office", j, "road", k, "by"),
                        f"Cơ quan {row.get('id')}: không có đường đi qua {by}",
                        "Ghi một đơn vị cùng tệp không có [[office.road]] của chính nó,"
                        f' hoặc "{THEMSELVES}".',
                    )
