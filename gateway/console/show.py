"""Moments, days, spans and sizes as people write them; Vietnam time."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from gateway.console.language import say, say_of
from gateway.domain.legal_day import VIETNAM
from gateway.domain.opening import WEEKDAY_WORDS

if TYPE_CHECKING:
    from datetime import timedelta

KIB = 1024
#: A span of more days than this is told without hours.
WHOLE_DAYS = 3


def moment(at: datetime | str | None) -> str:
    """``dd/mm/yyyy HH:MM``; empty for no moment."""
    if not at:
        return ""
    return _local(at).strftime("%d/%m/%Y %H:%M")


def hour(at: datetime | str) -> str:
    """``HH:MM``, beside a day that stands elsewhere."""
    return _local(at).strftime("%H:%M")


def day(on: date | str | None) -> str:
    """``dd/mm/yyyy``; of a moment its day in Vietnam; empty for none."""
    if not on:
        return ""
    if isinstance(on, str):
        on = date.fromisoformat(on[:10]) if len(on) <= len("2026-03-10") else _local(on)
    elif isinstance(on, datetime):
        on = _local(on)
    return on.strftime("%d/%m/%Y")


def weekday(at: datetime) -> str:
    """``Thứ Ba, 10/03/2026``."""
    local = _local(at)
    return f"{say(WEEKDAY_WORDS[local.weekday()])}, {day(local)}"


def span(length: timedelta) -> str:
    """How long, in the two largest units that matter."""
    minutes = max(int(length.total_seconds()) // 60, 0)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days > WHOLE_DAYS:
        hours = 0
    if days:
        return " ".join([_days(days), *([_hours(hours)] if hours else [])])
    if hours:
        return " ".join([_hours(hours), *([_minutes(minutes)] if minutes else [])])
    return _minutes(minutes)


def _days(count: int) -> str:
    return say_of("%(count)s ngày", "%(count)s ngày", count) % {"count": count}


def _hours(count: int) -> str:
    return say_of("%(count)s giờ", "%(count)s giờ", count) % {"count": count}


def _minutes(count: int) -> str:
    return say_of("%(count)s phút", "%(count)s phút", count) % {"count": count}


def ms(length: float | None) -> str:
    """Milliseconds; from a second on seconds, with a decimal comma."""
    if length is None:
        return "–"
    if length < 1000:
        return f"{length:.0f} ms"
    return f"{length / 1000:.1f} s".replace(".", ",")


def size(count: int) -> str:
    """Bytes as KB or MB, with a decimal comma."""
    if count < KIB:
        return f"{count} byte"
    if count < KIB * KIB:
        return f"{count / KIB:.0f} KB"
    return f"{count / KIB / KIB:.1f} MB".replace(".", ",")


def _local(at: datetime | str) -> datetime:
    when = datetime.fromisoformat(at) if isinstance(at, str) else at
    return when.astimezone(VIETNAM)
