"""Values of another form than is read: a table where a list is meant, a word for a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from gateway.routing.finding import Finding, Where


class _Form(Enum):
    WORDS = "a list of words"
    NUMBER = "a number"


#: Key → its form: one of those, a table of such, or a list of such tables.
_Shape = Mapping[str, "_Form | _Shape | list[_Shape]"]
_NOTHING: _Shape = {}
_RETRY: _Shape = dict.fromkeys(("first_s", "cap_s", "horizon_s"), _Form.NUMBER)
_LANE: _Shape = {
    **dict.fromkeys(("in_flight", "per_second", "batch", "timeout_s"), _Form.NUMBER),
    **dict.fromkeys(("breaker_failures", "breaker_rest_s", "ramp_s"), _Form.NUMBER),
    **dict.fromkeys(
        ("enquire_after_s", "enquire_every_s", "poll_every_s"), _Form.NUMBER
    ),
    "retry": _RETRY,
}
_OFFICE: _Shape = {
    **{key: [_NOTHING] for key in ("hours", "road", "user", "case", "area", "step")},
    "slip_issuer": [{"communes": _Form.WORDS}],
    "lane": _LANE,
    **dict.fromkeys(("contact", "opened", "steps"), _NOTHING),
    "pull": {"every_s": _Form.NUMBER},
    "operations_off": _Form.WORDS,
}
_LEG: _Shape = {
    **dict.fromkeys(("opens_on", "ends_on", "when", "sees"), _Form.WORDS),
    "message": [dict.fromkeys(("on", "overtakes"), _Form.WORDS)],
    "budget_days": _Form.NUMBER,
}
_CONTENT: _Shape = {
    "agencies": [{"agency": _NOTHING, "office": [_OFFICE]}],
    "procedures": [
        {
            "leg": [_LEG],
            "cases": _NOTHING,
            "second_date": {"on": _Form.WORDS, "days": _Form.NUMBER},
        }
    ],
    "rules": [dict.fromkeys(("communes", "procedures"), _Form.WORDS)],
    **{key: [_NOTHING] for key in ("communes", "platforms")},
    "clocks": [
        dict.fromkeys(
            ("agencies", "procedures", "offices", "ends", "restarts", "excludes"),
            _Form.WORDS,
        )
    ],
    "changes": [{"new": _Form.WORDS}],
    "national": _NOTHING,
}
#: How rows are called in files that hold nothing else.
_ROWS = {
    "rules": "rule",
    "communes": "commune",
    "changes": "change",
    "platforms": "platform",
    "clocks": "clock",
}


def misshapen(content: Mapping[str, Any]) -> list[Finding]:
    """Everything of a form that could not even be looked at further."""
    return [*_table(content, _CONTENT, ())]


def _table(table: Mapping[str, Any], shape: _Shape, where: Where) -> Iterable[Finding]:
    for key, form in shape.items():
        if key in table:
            yield from _value(table[key], form, (*where, key), key)


def _value(
    value: Any, form: _Form | _Shape | list[_Shape], where: Where, key: str
) -> Iterable[Finding]:
    if isinstance(form, list):
        if not isinstance(value, list) or any(not isinstance(o, dict) for o in value):
            yield Finding(
                where,
                f"«{_ROWS.get(key, key)}» phải là danh sách các mục",
                f"Viết [[{_header(where, key)}]] với hai dấu ngoặc vuông, mỗi mục một"
                " lần.",
            )
            return
        for i, row in enumerate(value):
            yield from _table(row, form[0], (*where, i))
    elif form is _Form.WORDS:
        if not isinstance(value, list) or any(not isinstance(o, str) for o in value):
            yield Finding(
                where,
                f"«{key}» phải là danh sách chữ",
                f'Viết {key} = ["…", "…"]; một phần tử cũng trong ngoặc vuông.',
            )
    elif form is _Form.NUMBER:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield Finding(
                where, f"«{key}» phải là số", f"Viết {key} = 8, không có dấu ngoặc kép."
            )
    elif isinstance(value, dict):
        yield from _table(value, form, where)
    else:
        yield Finding(
            where,
            f"«{key}» phải là một bảng",
            f"Viết [{_header(where, key)}], mỗi khóa một dòng bên dưới.",
        )


def _header(where: Where, key: str) -> str:
    """How the head of a table is written in its file."""
    names = [str(part) for part in where[2:] if isinstance(part, str)]
    return ".".join(names) or _ROWS.get(key, key)
