"""A reconciliation for programs (JSON) and as sheets for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.ports.sheets import Page
from gateway.reconciling.kinds import Column, Kind, Side
from gateway.reconciling.mapping import COLUMN_NAMES
from gateway.reconciling.sentences import (
    LATE_ON_PAPER,
    MEANINGS,
    OFFICIAL,
    SHORT,
    TITLES,
    capitalised,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gateway.reconciling.kinds import Finding, Row, SideFacts
    from gateway.reconciling.reconcile import Reconciliation

#: Classes whose rows are shown; those that agree are a count only.
SHOWN = tuple(kind for kind in Kind if kind is not Kind.AGREES)
_VALUES = ("word", "received", "due", "ended", "place", "applicant", "note")
_VALUE_NAMES = {
    "word": "trạng thái",
    "received": "tiếp nhận",
    "due": "hẹn trả",
    "ended": "kết thúc",
    "place": "đang ở",
    "applicant": "chủ hồ sơ",
    "note": "ghi chú",
}


def as_json(result: Reconciliation) -> dict[str, Any]:
    """Counts, then every row of every class with both sides' values."""
    return {
        "day": result.day.isoformat(),
        "counts": {str(kind): count for kind, count in result.counts().items()},
        "late_on_paper": result.late_on_paper(),
        "sides": {
            str(side): {
                "name": facts.name,
                "rows": facts.rows,
                "columns": {str(c): name for c, name in facts.columns.items()},
                "notes": list(facts.notes),
                "unclear_words": list(facts.unclear_words),
            }
            for side, facts in result.sides.items()
        },
        "warnings": list(result.warnings),
        "classes": {
            str(kind): [_finding(one) for one in result.of(kind)] for kind in SHOWN
        },
        "problems": [
            {"side": str(one.side), "at": one.at, "what": one.what}
            for one in result.problems
        ],
        "mapping": result.mapping,
        "guessed": result.guessed,
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "code": one.code,
        "sentence": one.sentence,
        "late_on_paper_days": one.paper_days or None,
        "ours": [_row(row) for row in one.ours],
        "theirs": [_row(row) for row in one.theirs],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "at": row.at,
        "code": row.code,
        "status": row.word,
        "standing": str(row.standing) if row.standing else None,
        "received": _iso(row.received),
        "due": _iso(row.due),
        "ended": _iso(row.ended),
        "place": row.place,
        "applicant": row.applicant,
        "note": row.note,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def shown(day: date | None) -> str:
    """A day as people write it."""
    return day.strftime("%d/%m/%Y") if day else ""


def pages(result: Reconciliation) -> list[Page]:
    """One sheet of counts, one per class that has rows, one of what was unreadable."""
    told = [_counts(result)]
    told += [_class(result, kind) for kind in SHOWN if result.of(kind)]
    if result.problems:
        names = {side: capitalised(facts.name) for side, facts in result.sides.items()}
        rows = [(names[p.side], p.at, p.what) for p in result.problems]
        told.append(
            Page(
                "Ô không đọc được",
                ("Danh sách", "Ở đâu", "Vì sao, ảnh hưởng gì"),
                rows,
                ("Ô và hàng không đọc được; sửa trong hệ thống nguồn rồi xuất lại.",),
                (22, 18, 90),
            )
        )
    return told


def _counts(result: Reconciliation) -> Page:
    counts = result.counts()
    rows = [(TITLES[kind], counts[kind], MEANINGS[kind]) for kind in Kind]
    lines = [f"Đối soát hồ sơ, tính đến ngày {shown(result.day)}"]
    lines += [
        f"Danh sách của {facts.name}: {facts.rows} hàng. {' '.join(facts.notes)}"
        for facts in result.sides.values()
    ]
    lines.append(f"Trong đó {LATE_ON_PAPER}: {result.late_on_paper()} hồ sơ.")
    lines.append(
        f"Chỉ là đề xuất: cán bộ kiểm tra rồi tự bấm trên {OFFICIAL}."
        " Ngày kết thúc đã ghi không bị sửa."
    )
    return Page(
        "Tổng hợp",
        ("Nhóm", "Số hồ sơ", "Nghĩa là"),
        rows,
        (*lines, *filter(None, [result.misfit]), *result.warnings),
        (46, 12, 76),
    )


def _class(result: Reconciliation, kind: Kind) -> Page:
    ours, theirs = (_fields(facts) for facts in result.sides.values())
    headings = ["Mã hồ sơ", "Việc cần làm", "Quá hạn trên hệ thống, đã xong (ngày)"]
    for facts in result.sides.values():
        side = capitalised(facts.name)
        headings += [f"{side}: {_VALUE_NAMES[name]}" for name in _fields(facts)]
        headings.append(f"{side}: chỗ trong tệp")
    rows = [
        (
            one.code,
            one.sentence,
            one.paper_days or "",
            *_values(one.ours, place, ours),
            *_values(one.theirs, place, theirs),
        )
        for one in result.of(kind)
        for place in range(max(len(one.ours), len(one.theirs)))
    ]
    widths = (24, 60, 11, *([14] * (len(headings) - 3)))
    lines = (f"{TITLES[kind]}: {len(result.of(kind))} hồ sơ", MEANINGS[kind])
    return Page(SHORT[kind], headings, rows, lines, widths)


def _fields(facts: SideFacts) -> list[str]:
    """The values that a list has a column for."""
    columns = {"word" if c is Column.STATUS else str(c) for c in facts.columns}
    return [name for name in _VALUES if name in columns]


def _values(rows: Sequence[Row], place: int, fields: Sequence[str]) -> list[str]:
    if place >= len(rows):
        return [""] * (len(fields) + 1)
    row = rows[place]
    found = [getattr(row, name) for name in fields]
    return [*(v if isinstance(v, str) else shown(v) for v in found), row.at]


def columns_told(result: Reconciliation) -> list[tuple[str, str, str]]:
    """Meaning of a column, its heading in our list, its heading in theirs."""
    ours, theirs = (result.sides[side].columns for side in Side)
    return [
        (name, ours.get(column, ""), theirs.get(column, ""))
        for column, name in COLUMN_NAMES.items()
        if column in ours or column in theirs
    ]
