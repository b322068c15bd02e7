"""Says in words why a date is that date («vì sao là ngày này»); pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.measure import Running, Start, Timeliness, Unit, Whose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.measure import Budget, Clock, ClockRule, Suspension

_UNITS = {
    Unit.WORKING_DAYS: "ngày làm việc",
    Unit.WORKING_HOURS: "giờ làm việc",
    Unit.CALENDAR_DAYS: "ngày (tính cả ngày nghỉ)",
}
_WHY = {
    "supplement": "chờ người nộp bổ sung giấy tờ",
    "financial_obligation": "chờ người nộp thực hiện nghĩa vụ tài chính",
    "stopped": "cơ quan dừng xử lý",
    "issuer": "chờ nơi lập phiếu chuyển thông tin",
    "one_stop": "chờ bộ phận một cửa",
    "gateway": "đang chuyển qua cổng liên thông",
}
_OTHER_LEG = "leg:"
WHOSE = {
    Whose.AGENCY: "cơ quan",
    Whose.GATEWAY: "cổng liên thông",
    Whose.NETWORK: "đường truyền đến cơ quan",
    Whose.CITIZEN: "người nộp hồ sơ",
    Whose.ISSUER: "nơi lập phiếu chuyển thông tin",
    Whose.ONE_STOP: "bộ phận một cửa",
    Whose.BEFORE: "trước khi cổng theo dõi",
    Whose.NOBODY: "chưa rõ",
    Whose.EXCUSED: "không tính cho bên nào",
}
TIMELINESS = {
    Timeliness.EARLY: "trước hạn",
    Timeliness.ON_TIME: "đúng hạn",
    Timeliness.LATE: "quá hạn",
    Timeliness.OPEN: "đang giải quyết, trong hạn",
    Timeliness.OVERDUE: "đang giải quyết, đã quá hạn",
    Timeliness.NO_DATE: "không có ngày hẹn",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A clock in words: what the date is, and what it rests on, line by line."""

    headline: str
    lines: tuple[str, ...]


def explained(
    clock: Clock, working: WorkingTime, office_of: Callable[[str], str]
) -> Explained:
    """Why a clock is due when it is; ``office_of`` names the office of a leg."""
    return Explained(
        headline=headline(clock),
        lines=tuple(_lines(clock, working, office_of)),
    )


def headline(clock: Clock) -> str:
    """What a clock says in one line."""
    label = clock.rule.label
    if clock.stopped_at is not None:
        ended = TIMELINESS[clock.timeliness]
        if clock.timeliness is Timeliness.NO_DATE:
            ended = "do cán bộ kết thúc bằng tay"
        due = f", hạn {day_text(clock.due_on)}" if clock.due_on else ""
        return f"{label}: xong {moment(clock.stopped_at)}, {ended}{due}"
    if clock.running is Running.SUSPENDED:
        why = _why(clock.suspensions[-1].why, lambda leg: leg)
        return f"{label}: chưa có ngày hạn, thời gian không tính ({why})"
    if clock.budget.unit is Unit.WORKING_HOURS and clock.due_at:
        return f"{label}: hạn {moment(clock.due_at)}"
    return f"{label}: hạn {day_text(clock.due_on)}"


def _lines(
    clock: Clock, working: WorkingTime, office_of: Callable[[str], str]
) -> Iterator[str]:
    rule = clock.rule
    yield f"Thời hạn: {budget_text(clock.budget)} (thời gian của {WHOSE[rule.whose]})."
    yield _begin(clock)
    for restart in clock.restarts:
        yield f"Tính lại từ đầu lúc {moment(restart)}."
    for one in clock.suspensions:
        yield _suspended(one, office_of)
    first, last = legal_day(clock.counts_from), clock.due_on
    if last is not None and last >= first:
        yield from moved_by(working, first, last)
    used = f"Đã dùng {hours(clock.used_minutes)} trên {hours(clock.budget_minutes)}"
    yield f"{used} giờ làm việc."
    yield f"Căn cứ: {rule.source}{'' if rule.verified else ' (chưa đối chiếu)'}."


def moved_by(working: WorkingTime, first: date, last: date) -> Iterator[str]:
    """Days off, or worked instead, between two days: they moved the date."""
    days = working.days_off(first, last)
    if days:
        named = "; ".join(
            f"{day_text(one.day)} {one.name}{'' if one.verified else ' (chưa đối chiếu)'}"
            for one in days
        )
        yield f"Ngày nghỉ và làm bù trong thời gian này: {named}."
    for year in sorted({day.year for day in (first, last) if not working.known(day)}):
        yield f"Lịch năm {year} chưa có dữ liệu của tỉnh, ngày nghỉ là dự kiến."


def _begin(clock: Clock) -> str:
    begun = moment(clock.begun_at)
    match clock.budget.unit:
        case Unit.WORKING_DAYS | Unit.CALENDAR_DAYS:
            counts = (
                f"ngày đó không tính, tính từ {day_text(legal_day(clock.counts_from))}"
            )
        case Unit.SAME_DAY:
            counts = _same_day(clock.rule)
        case _:
            counts = f"tính từ {moment(clock.counts_from)}"
    since = {
        Start.TURN: "Đến lượt lúc",
        Start.THERE: "Cơ quan có hồ sơ lúc",
        Start.EVENT: "Bắt đầu lúc",
    }[clock.rule.start]
    return f"{since} {begun}; {counts}."


def _same_day(rule: ClockRule) -> str:
    if rule.cut_off is None:
        return "trong ngày"
    return f"trong ngày; nhận từ {_clock(rule.cut_off)} thì ngày làm việc tiếp theo"


def _suspended(one: Suspension, office_of: Callable[[str], str]) -> str:
    until = f"đến {moment(one.until)}" if one.until else "đến nay"
    why = _why(one.why, office_of)
    return (
        f"Không tính: từ {moment(one.since)} {until}, {hours(one.minutes)} giờ ({why})."
    )


def _why(token: str, office_of: Callable[[str], str]) -> str:
    other = token.removeprefix(_OTHER_LEG)
    return f"hồ sơ ở {office_of(other)}" if other != token else _WHY.get(token, token)


def budget_text(budget: Budget) -> str:
    """A budget in words."""
    if budget.unit is Unit.SAME_DAY:
        return "trong ngày"
    return f"{budget.amount} {_UNITS[budget.unit]}"


def hours(minutes: int) -> str:
    """Working minutes as hours with one decimal, as people write them."""
    return f"{minutes / 60:.1f}".replace(".", ",").removesuffix(",0")


def moment(at: datetime) -> str:
    """A moment in Vietnam's time."""
    return at.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")


def day_text(day: date | None) -> str:
    """A day; empty when there is none."""
    return f"{day:%d/%m/%Y}" if day else ""


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"
