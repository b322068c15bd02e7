"""What became of the weekly letters, in words; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.ports.due_mails import UNIT, DueMailState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from gateway.ports.due_mails import DueMailRow
    from gateway.reports.due_weeks import Week
    from gateway.reports.naming import Names

STATES: dict[DueMailState, str] = {
    DueMailState.BEGUN: "đang gửi, hoặc bị ngắt nên chưa rõ đã đi hay chưa",
    DueMailState.SENT: "đã gửi",
    DueMailState.UNCLEAR: "chưa rõ đã đi hay chưa",
    DueMailState.FAILED: "chưa gửi được, cổng gửi lại",
    DueMailState.NOTHING: "không có gì đến hạn, không gửi",
    DueMailState.NO_ADDRESS: "chưa có địa chỉ thư",
}
#: What somebody has to do something about, and what.
_HEADS = {
    DueMailState.NO_ADDRESS: "chưa có địa chỉ thư (ghi đầu mối: lienthong contact add)",
    DueMailState.FAILED: "chưa gửi được",
    DueMailState.UNCLEAR: "chưa rõ đã đi hay chưa (hỏi người nhận)",
}
#: Names that one line of the morning's mail gives.
NAMED = 10


def name_of(names: Names, row: DueMailRow) -> str:
    """Whom a letter is meant for, as people call it."""
    return names.unit(row.target) if row.kind == UNIT else names.lead(row.target)


def as_json(week: Week, rows: Sequence[DueMailRow], names: Names) -> dict[str, Any]:
    """The letters of a week for programs."""
    return {
        "week": week.day.isoformat(),
        "sent_on": week.sent_on.isoformat(),
        "until": week.until.isoformat(),
        "letters": [one_as_json(names, row) for row in rows],
    }


def one_as_json(names: Names, row: DueMailRow) -> dict[str, Any]:
    """One letter."""
    return {
        "kind": row.kind,
        "target": row.target,
        "name": name_of(names, row),
        "state": row.state.value,
        "state_text": STATES[row.state],
        "at": row.at.isoformat(),
        "dossiers": row.dossiers,
        "overdue": row.overdue,
        "addresses": row.addresses,
        "refused": row.refused,
        "code": row.code,
    }


def digest_lines(
    week: Week, rows: Iterable[DueMailRow], today: date, names: Names
) -> Iterator[str]:
    """What the morning's mail to operators says of them.

    A missing address is told in the week's first morning alone; who leaves it so has
    decided. One that is under way still at that hour was cut off.
    """
    found: dict[DueMailState, list[str]] = {}
    for row in rows:
        cut_off = row.state is DueMailState.BEGUN
        state = DueMailState.UNCLEAR if cut_off else row.state
        if state in _HEADS:
            found.setdefault(state, []).append(name_of(names, row))
    if today != week.sent_on:
        found.pop(DueMailState.NO_ADDRESS, None)
    if not found:
        return
    yield f"THƯ SẮP ĐẾN HẠN, TUẦN TỪ {week.day:%d/%m/%Y}"
    yield ""
    for state, head in _HEADS.items():
        if whose := found.get(state):
            more = f" và {len(whose) - NAMED} đơn vị khác" if len(whose) > NAMED else ""
            yield f"- {len(whose)} thư {head}: {'; '.join(whose[:NAMED])}{more}."
    yield ""
