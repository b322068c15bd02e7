"""Entries, places and changes of a configuration as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.console import labels
from gateway.console.language import later, say
from gateway.routing.diffing import What

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.ports.candidates import Found
    from gateway.ports.configurations import ConfigurationRow
    from gateway.routing.diffing import Entry

KINDS = {
    "procedure": later("Thủ tục"),
    "office": later("Đơn vị"),
    "agency": later("Ngành"),
    "rule": later("Quy tắc thẩm quyền"),
    "commune": later("Xã, phường"),
    "commune_change": later("Thay đổi xã, phường"),
    "platform": later("Nền tảng chia sẻ"),
    "clock": later("Thời hạn"),
    "calendar": later("Lịch năm"),
    "other": later("Phần khác"),
}
WHAT = {
    What.ADDED: later("thêm"),
    What.REMOVED: later("bỏ"),
    What.CHANGED: later("sửa"),
}
#: Values of one entry, and entries of one comparison, that a page shows.
MOST_VALUES, MOST_ENTRIES = 60, 200
#: What is longer is folded.
LONG = 120
_FILES = {
    "procedures": "procedures",
    "rules": "routing/competence.toml",
    "communes": "areas/communes.toml",
    "changes": "areas/communes.toml",
    "national": "areas/communes.toml",
    "platforms": "platforms.toml",
    "clocks": "clocks/terms.toml",
}


def shown_entry(entry: Entry) -> dict[str, Any]:
    """An entry that differs, for a page; values after the first ones are counted."""
    return {
        "what": say(WHAT[entry.what]),
        "what_code": entry.what.value,
        "kind": say(KINDS[entry.kind]),
        "code": entry.code,
        "name": entry.name,
        "values": [
            {
                "path": one.path,
                "before": _folded(one.before),
                "after": _folded(one.after),
            }
            for one in entry.values[:MOST_VALUES]
        ],
        "more": max(0, len(entry.values) - MOST_VALUES),
    }


def _folded(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    short = text if len(text) <= LONG else text[:LONG] + "…"
    return {"short": short, "whole": text if len(text) > LONG else ""}


def shown_findings(
    found: Sequence[Found], content: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Findings for a page, errors first."""
    rows = sorted(found, key=lambda one: (one.warning, one.file, one.line))
    return {
        "wrong": sum(not one.warning for one in found),
        "doubtful": sum(one.warning for one in found),
        "rows": [
            {
                "place": f"{one.file}:{one.line}" if one.file else place(one, content),
                "what": one.what,
                "todo": one.todo,
                "warning": one.warning,
            }
            for one in rows[:MOST_ENTRIES]
        ],
        "more": max(0, len(rows) - MOST_ENTRIES),
    }


def place(one: Found, content: Mapping[str, Any] | None) -> str:
    """Where a finding is: the file that ships it, the entry, the key."""
    where = one.where
    if not where:
        return ""
    if where[0] == "agencies":
        return _of_agency(where, content or {})
    if where[0] == "calendar":
        year, *rest = where[1:] or ("",)
        return f"calendar/{year}.toml {_path(rest)}".strip()
    if where[0] == "procedures" and len(where) > 1:
        code = _at(content or {}, where[:2]).get("code", "")
        return f"procedures/{code}.toml {_path(where[2:])}".strip()
    file = _FILES.get(str(where[0]), "")
    entry = _at(content or {}, where[:2])
    named = str(entry.get("id") or entry.get("code") or "")
    inner = where[2:] if named else where[1:]
    return " ".join(filter(None, (file, named, _path(inner))))


def _of_agency(where: Sequence[str | int], content: Mapping[str, Any]) -> str:
    table = _at(content, where[:2]).get("agency")
    agency = table.get("id", "") if isinstance(table, dict) else ""
    file = f"agencies/{agency}.toml" if agency else "agencies"
    if len(where) > 3 and where[2] == "office":
        office = str(_at(content, where[:4]).get("id", ""))
        return " ".join(filter(None, (file, office, _path(where[4:]))))
    return f"{file} {_path(where[2:])}".strip()


def _at(content: Any, where: Sequence[str | int]) -> Mapping[str, Any]:
    for step in where:
        try:
            content = content[step]
        except (KeyError, IndexError, TypeError):
            return {}
    return content if isinstance(content, dict) else {}


def _path(steps: Sequence[str | int]) -> str:
    return ".".join(str(one + 1) if isinstance(one, int) else one for one in steps)


def shown_row(row: ConfigurationRow) -> dict[str, Any]:
    """A version in the list of them."""
    facts = row.facts or {}
    return {
        "version": row.version,
        "at": row.at,
        "by": labels.actor(row.actor) if row.actor else "",
        "why": str(facts.get("why", "")),
        "what": _said(row, facts),
    }


def _said(row: ConfigurationRow, facts: Mapping[str, Any]) -> str:
    if row.kind == "calendar":
        return say("đổi lịch năm %(year)s") % {"year": facts.get("year", "")}
    if "again" in facts:
        return say("dùng lại phiên bản %(version)s") % {"version": facts["again"]}
    return ""
