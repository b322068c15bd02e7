"""Maintenance windows as calls give them, and as answers show them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from gateway.api.lane_words import at
from gateway.calendar.opening import LOOK_AHEAD, next_turn
from gateway.calendar.working_time import FIRST_YEAR, LAST_YEAR
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.errors import SenderError
from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.opening import DAY_MINUTES, LAST, Maintenance, Recurrence
from gateway.domain.opening import minute as minute_of
from gateway.routing.hours import weekdays

if TYPE_CHECKING:
    from gateway.routing.catalogue import Catalogue

_DAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_WEEKS = {1: "đầu", 2: "thứ hai", 3: "thứ ba", 4: "thứ tư", LAST: "cuối"}
_SHORT = 100


def read_window(
    content: dict[str, Any],
    catalogue: Catalogue,
    *,
    identifier: str,
    by: str,
    now: datetime,
) -> Maintenance:
    """The window that a call describes.

    Raises:
        SenderError: something is missing or contradicts itself; says what.
    """
    agency, office = _whom(content, catalogue)
    reason = str(content.get("reason", "")).strip()
    if not reason:
        _wrong("Ghi lý do bảo trì (reason).")
    rule = content.get("rule")
    begins, ends = _moment(content, "from"), _moment(content, "to")
    if rule is None:
        begins = begins or now
        if ends is None or ends <= max(begins, now):
            _wrong("Ghi lúc kết thúc (to), sau lúc bắt đầu (from) và sau bây giờ.")
    elif begins or ends:
        _wrong("Bảo trì một lần ghi from và to; định kỳ chỉ ghi rule.")
    window = Maintenance(
        id=identifier,
        agency=agency,
        office=office,
        reason=reason[:REASON_AT_MOST],
        by=by,
        made_at=now,
        announced_on=_day(content, "announced_on") or legal_day(now),
        announced_by=str(content.get("announced_by", ""))[:_SHORT],
        reference=str(content.get("reference", ""))[:_SHORT],
        begins_at=begins,
        ends_at=ends,
        rule=None if rule is None else _rule(rule, now),
    )
    if next_turn(window, now) is None:
        _wrong(
            f"Không đợt nào bắt đầu trong {LOOK_AHEAD.days} ngày tới: xem lại ngày giờ"
            " đã ghi."
        )
    return window


def _wrong(remedy: str) -> NoReturn:
    raise SenderError(code="maintenance_invalid", remedy=remedy)


def _whom(
    content: dict[str, Any], catalogue: Catalogue
) -> tuple[AgencyId, OfficeId | None]:
    office, agency = content.get("office"), content.get("agency")
    if bool(office) == bool(agency):
        _wrong("Nêu đúng một trong hai: office (mã đơn vị) hoặc agency (cả ngành).")
    for one in catalogue.offices.values():
        if one.id == office:
            return one.agency, one.id
        if one.agency == agency:
            return one.agency, None
    return _wrong("Không có đơn vị hoặc ngành này; xem lienthong lane list.")


def moment_of(text: object, name: str) -> datetime:
    """A moment; without a zone it is Vietnam's time.

    Raises:
        SenderError: it is none.
    """
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        _wrong(f"{name} không phải thời điểm (2026-03-14T22:00).")
    if not FIRST_YEAR < found.year < LAST_YEAR:
        _wrong(f"{name}: năm {found.year} không hợp lệ.")
    return found if found.tzinfo else found.replace(tzinfo=VIETNAM)


def _moment(content: dict[str, Any], name: str) -> datetime | None:
    text = content.get(name)
    return None if text is None else moment_of(text, name)


def _day(content: dict[str, Any], name: str) -> date | None:
    text = content.get(name)
    try:
        found = None if text is None else date.fromisoformat(str(text))
    except ValueError:
        _wrong(f"{name} không phải ngày (2026-03-14).")
    if found is not None and not FIRST_YEAR < found.year < LAST_YEAR:
        _wrong(f"{name}: năm {found.year} không hợp lệ.")
    return found


def _rule(raw: Any, now: datetime) -> Recurrence:
    if not isinstance(raw, dict):
        _wrong("rule là một đối tượng: weekdays hoặc days, và hours.")
    days, weeks = _numbers(raw, "days", range(1, 32)), _numbers(raw, "weeks", _WEEKS)
    try:
        named = weekdays(raw.get("weekdays") or ())
        begin, _, end = str(raw.get("hours", "")).partition("-")
        start, stop = minute_of(begin.strip()), minute_of(end.strip())
    except (TypeError, ValueError):
        _wrong(
            'rule ghi weekdays (["saturday"]) hoặc days ([15]) và hours ("22:00-02:00").'
        )
    if bool(named) == bool(days) or (weeks and not named):
        _wrong("rule ghi weekdays (kèm weeks nếu cần) hoặc days, không cả hai.")
    valid_from, valid_to = _day(raw, "from") or legal_day(now), _day(raw, "to")
    if valid_to is not None and valid_to < valid_from:
        _wrong("rule hết hiệu lực trước khi bắt đầu.")
    return Recurrence(
        start=start % DAY_MINUTES,
        length=(stop - start) % DAY_MINUTES or DAY_MINUTES,
        valid_from=valid_from,
        valid_to=valid_to,
        weekdays=named,
        weeks=weeks,
        days=days,
    )


def _numbers(raw: dict[str, Any], name: str, allowed: Any) -> tuple[int, ...]:
    found = raw.get(name) or []
    if not isinstance(found, list) or any(
        not isinstance(one, int) or one not in allowed for one in found
    ):
        _wrong(f"{name} không hợp lệ trong rule.")
    return tuple(sorted(set(found)))


def shown_window(
    window: Maintenance, catalogue: Catalogue, now: datetime
) -> dict[str, Any]:
    """A window as answers show it, with its words."""
    turn = next_turn(window, now)
    office = catalogue.offices.get(window.office) if window.office else None
    return {
        "id": window.id,
        "agency": window.agency,
        "office": window.office,
        "office_name": office.name if office else None,
        "reason": window.reason,
        "reference": window.reference,
        "announced_on": window.announced_on.isoformat()
        if window.announced_on
        else None,
        "announced_by": window.announced_by,
        "by": window.by,
        "made_at": window.made_at.isoformat(),
        "recurring": window.rule is not None,
        "words": words_of_window(window),
        "running": turn is not None and turn[0] <= now,
        "over": turn is None,
        "next": None
        if turn is None
        else {"from": turn[0].isoformat(), "to": turn[1].isoformat()},
    }


def words_of_window(window: Maintenance) -> str:
    """When it is, as people say it."""
    rule = window.rule
    if rule is None:
        begins, ends = window.begins_at, window.ends_at
        return f"từ {at(begins)} đến {at(ends)}" if begins and ends else ""
    hours = f"{_clock(rule.start)}–{_clock(rule.start + rule.length)}"
    valid = f", từ ngày {rule.valid_from:%d/%m/%Y}"
    if rule.valid_to is not None:
        valid += f" đến ngày {rule.valid_to:%d/%m/%Y}"
    if rule.days:
        days = ", ".join(map(str, rule.days))
        return f"ngày {days} hằng tháng, {hours}{valid}"
    names = ", ".join(_DAYS[day] for day in rule.weekdays)
    weeks = ", ".join(_WEEKS[week] for week in rule.weeks)
    often = f"{weeks} của tháng" if weeks else "hằng tuần"
    return f"{names} {often}, {hours}{valid}"


def _clock(minutes: int) -> str:
    hours, rest = divmod(minutes % DAY_MINUTES, 60)
    return f"{hours:02}:{rest:02}"
