"""What changed since a report was issued, dossier by dossier, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.lateness import DECIDED, Party, party_of
from gateway.reports.behind import lies
from gateway.reports.due import party
from gateway.reports.months import in_words
from gateway.timing.explaining import TIMELINESS
from gateway.timing.history import COUNTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.journal import JournalLine
    from gateway.ports.issued import Issue, Judged, Restated
    from gateway.sealing.tools import Tools


async def restated_row(tools: Tools, issue: Issue, one: Restated) -> dict[str, Any]:
    """A dossier with what it counted as and counts as."""
    written = await tools.store.journal(one.dossier_id)
    reason, sentence = why([each.line for each in written], issue, one)
    number, _ = await lies(tools, one.dossier_id)
    return {
        "dossier_id": one.dossier_id,
        "number": number,
        "was": _judged(one.was),
        "now": _judged(one.now),
        "was_text": in_report(one.was, issue.month) + _counted(tools, one, one.was),
        "now_text": in_report(one.now, issue.month) + _counted(tools, one, one.now),
        "reason": reason,
        "why": sentence,
    }


def why(lines: Sequence[JournalLine], issue: Issue, one: Restated) -> tuple[str, str]:
    """The newest thing since the report that can have changed the dossier.

    What has the very moment of the report may have come before it or after: that it
    changed something since tells which.
    """
    since = [line for line in lines if line.at >= issue.issued_at]
    decided = [line for line in since if line.kind == COUNTED]
    if decided:
        counts = bool(decided[-1].facts.get("counts"))
        return "confirmed_date", _CONFIRMED if counts else _TAKEN_BACK
    if any(line.kind == DECIDED for line in since):
        return "objection_decided", _OBJECTION
    if any(line.kind == "ended" for line in since):
        return "late_event", "Kết thúc được báo đến sau khi chốt báo cáo."
    if any(line.kind == "report" for line in since):
        return "late_event", "Phản hồi của cơ quan đến sau khi chốt báo cáo."
    if one.was and one.now and one.was.calendar != one.now.calendar:
        return "calendar", "Lịch làm việc thay đổi, ngày được tính lại."
    if one.was is None:
        return "measured_late", "Kết thúc sát lúc chốt, tính xong sau khi chốt."
    return "measured_again", "Được tính lại theo nhật ký và cấu hình hiện nay."


_OBJECTION = "Lãnh đạo đã quyết định về ý kiến của cơ quan: chậm tính cho bên khác."
_CONFIRMED = "Lãnh đạo xác nhận ngày cơ quan ghi được tính."
_TAKEN_BACK = "Lãnh đạo xác nhận tính theo lúc phản hồi đến."


def in_report(judged: Judged | None, month: str) -> str:
    """What a dossier counts as, in words."""
    if judged is None:
        return "không có trong báo cáo"
    words = TIMELINESS[judged.timeliness]
    if judged.month is None or judged.month == month:
        return words
    return f"{words}, tính vào tháng {in_words(judged.month)}"


def _counted(tools: Tools, one: Restated, judged: Judged | None) -> str:
    """To whom its lateness is counted, where that is what differs."""
    both = [each.charged for each in (one.was, one.now) if each is not None]
    if judged is None or not judged.charged or not all(both) or len(set(both)) == 1:
        return ""
    found: Party = party_of(judged.charged)
    return f", tính cho {party(tools, found.whose, found.office)}"


def _judged(judged: Judged | None) -> dict[str, Any] | None:
    if judged is None:
        return None
    return {
        "month": judged.month,
        "timeliness": judged.timeliness.value,
        "as_portal": judged.as_portal.value,
        "as_told": judged.as_told.value,
        "office": judged.lead,
        "minutes": judged.minutes,
        "charged": judged.charged or "",
    }
