"""What people do with maintenance windows; pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from gateway.calendar.opening import next_turn
from gateway.domain.errors import ActionNotPossible
from gateway.domain.legal_day import legal_day

if TYPE_CHECKING:
    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.opening import Maintenance

#: Working days that an agency has to announce a planned window before it begins.
NOTICE_DAYS = 7


def ended(window: Maintenance, now: datetime, *, whole: bool) -> Maintenance:
    """The window with its running turn ended; ``whole``, or none runs: all of it.

    Raises:
        ActionNotPossible: nothing of it is left.
    """
    turn = _left(window, now)
    if window.rule is None or whole or now < turn[0]:
        return replace(window, version=window.version + 1, over_at=now)
    return _moved(window, turn[0], now)


def prolonged(window: Maintenance, now: datetime, until: datetime) -> Maintenance:
    """The window, or the running turn of a rule, with another end.

    Raises:
        ActionNotPossible: nothing of it is left, none of its turns runs, or the end
            would be over.
    """
    begin, _ = _left(window, now)
    if until <= max(now, begin):
        raise ActionNotPossible(
            code="maintenance_end_passed",
            remedy="Lúc kết thúc mới phải sau bây giờ và sau lúc bắt đầu; muốn kết thúc"
            " ngay thì dùng «end».",
        )
    if window.rule is None:
        return replace(window, version=window.version + 1, ends_at=until)
    if now < begin:
        raise ActionNotPossible(
            code="maintenance_not_running",
            remedy="Đợt bảo trì định kỳ này chưa bắt đầu: chỉ đổi được đợt đang diễn ra."
            " Muốn đổi giờ các đợt sau, kết thúc lịch này rồi lập lịch mới.",
        )
    return _moved(window, begin, until)


def _left(window: Maintenance, now: datetime) -> tuple[datetime, datetime]:
    turn = next_turn(window, now)
    if turn is None:
        raise ActionNotPossible(
            code="maintenance_over", remedy="Đợt bảo trì này đã kết thúc."
        )
    return turn


def _moved(window: Maintenance, begin: datetime, end: datetime) -> Maintenance:
    others = tuple(one for one in window.moved if one[0] != begin)
    return replace(window, version=window.version + 1, moved=(*others, (begin, end)))


def announced_late(
    window: Maintenance, working: WorkingTime, now: datetime
) -> date | None:
    """The first day for which the notice would have been early enough; None: it was."""
    turn = next_turn(window, now)
    told = window.announced_on or legal_day(window.made_at)
    if turn is None:
        return None
    earliest = working.days_after(told, NOTICE_DAYS)
    return earliest if legal_day(turn[0]) < earliest else None
