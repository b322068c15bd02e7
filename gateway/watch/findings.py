"""What holds, as alerts, from what is known already; each function is pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.domain.alert import Holding, Severity
from gateway.domain.lane import LaneState
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.words import words_of
from gateway.watch.channels import at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gateway.calendar.opening import Opening
    from gateway.domain.lane import Lane
    from gateway.ports.incarnations import Incarnation
    from gateway.ports.nodes import KnownNode
    from gateway.watch.engine import Finding

#: Kinds of alerts, as they stand in the store, in logs and in messages to machines.
ENGINE, LOOP, LANE, CHANNEL = "engine", "loop", "lane", "channel_failing"
DISK, SEAL, CALENDAR, EXPIRY, NODE = "disk", "seal", "calendar", "expiry", "node_away"
RESTORED = "restored"
_STOPPED = frozenset({LaneState.CLOSED, LaneState.PROBING, LaneState.PAUSED})
_RESTART = "Khởi động lại cổng; nếu lặp lại, báo bộ phận kỹ thuật kèm nhật ký."
_STALLS = {
    "send": ("lượt gửi đến hạn mà không được gửi, dù đường gửi đang mở", "due"),
    "ask": ("lượt gửi chưa rõ đã nhận mà không được hỏi lại", "unconfirmed"),
    "poll": ("kết quả đến hạn tra cứu mà không được tra cứu", "delivered"),
    "lease": ("lượt gửi dở dang mà tiến trình gửi nó không còn", "sending"),
}
_ROADS = {
    "mail": ("Không gửi được thư", "Kiểm tra máy chủ thư trong [mail]."),
    "webhook": (
        "Không gọi được địa chỉ nhận cảnh báo",
        "Kiểm tra url và khóa trong [alerts.webhook].",
    ),
    "heartbeat": (
        "Không gọi được nơi theo dõi cổng từ ngoài",
        "Kiểm tra url trong [alerts.heartbeat].",
    ),
}
#: From this day of December on the next year's calendar has to be there.
_DECEMBER = 12
#: An expiry this near is critical …
_SOON = timedelta(days=7)
#: … and is told of anew at each of these.
_STEPS = (timedelta(days=14), _SOON)


@dataclass(frozen=True, slots=True)
class Expiry:
    """A certificate or key, and the last moment at which it holds."""

    name: str
    ends_at: datetime


def stalls(
    standing: Iterable[Finding], name: Callable[[str], str]
) -> Iterator[Holding]:
    """What the engine found overdue in the store."""
    for one in standing:
        if one.what in _STALLS:
            words, _ = _STALLS[one.what]
            yield Holding(
                kind=ENGINE,
                subject=f"{one.what}:{one.where}",
                severity=Severity.CRITICAL,
                since=one.since,
                reason=f"{name(one.where)}: {one.count} {words}",
                next_action=_RESTART,
                page="/console/dung-yen",
                count=one.count,
                first=one.first,
            )


def loops(standing: Iterable[Finding], node: str) -> Iterator[Holding]:
    """Loops of this node that do not turn."""
    for one in standing:
        if one.what == LOOP:
            yield Holding(
                kind=LOOP,
                subject=f"{node}:{one.where}",
                severity=Severity.CRITICAL,
                since=one.since,
                reason=f"Máy {node}: vòng làm việc «{one.where}» của cổng không chạy",
                next_action=_RESTART,
            )


def lane(
    one: Lane, opening: Opening | None, now: datetime, limit: timedelta, name: str
) -> Holding | None:
    """A road that was shut for longer than the limit while its office was open.

    An office that is shut by its own hours or an announced window is none.
    """
    if one.state not in _STOPPED:
        return None
    shut = now - one.since
    if opening is not None:
        shut -= timedelta(seconds=opening.shut_s(one.since, now))
    if shut < limit:
        return None
    by_person = one.state is LaneState.PAUSED
    if by_person:
        how = "dừng khẩn cấp" if one.emergency else "quản trị đã dừng gửi"
        todo = "Quản trị mở lại (lienthong lane resume) khi cơ quan sẵn sàng."
    else:
        why = words_of(one.why, {}).reason
        how = f"không gửi được: {why[:1].lower()}{why[1:]}"
        todo = "Gọi đầu mối kỹ thuật của cơ quan; cổng tự thử lại và gửi tiếp."
    grave = one.emergency or not by_person
    return Holding(
        kind=LANE,
        subject=one.office,
        severity=Severity.CRITICAL if grave else Severity.WARNING,
        since=one.since,
        reason=f"{name}: {how}, từ {at(one.since)}",
        next_action=todo,
        page=f"/console/don-vi#{one.office}",
    )


def channels(
    failing: Mapping[str, tuple[datetime, str]], names: Iterable[str]
) -> Iterator[Holding]:
    """Roads of alerts that fail, of those that are used."""
    for name in names:
        if name in failing:
            since, _ = failing[name]
            words, todo = _ROADS[name]
            yield Holding(
                kind=CHANNEL,
                subject=name,
                severity=Severity.CRITICAL,
                since=since,
                reason=f"{words}, từ {at(since)}",
                next_action=f"{todo} Thử lại bằng lienthong alert test.",
                page="/console/canh-bao",
            )


def disk(
    used: int, total: int, now: datetime, *, node: str, limits: tuple[int, int]
) -> Holding | None:
    """The disk of the run folder, by percents for a warning and for alarm."""
    warning, critical = limits
    percent = used * 100 // total if total else 0
    if percent < warning:
        return None
    return Holding(
        kind=DISK,
        subject=node,
        severity=Severity.CRITICAL if percent >= critical else Severity.WARNING,
        since=now,
        reason=f"Máy {node}: đĩa chứa kho dữ liệu và tệp đã đầy {percent} %",
        next_action="Quản trị dọn hoặc thêm đĩa; đầy hẳn thì cổng ngừng nhận hồ sơ.",
    )


class SealWatch:
    """Whether the same oldest line goes on without a seal.

    It keeps real time, as the sealer does: evidence has no virtual clock.
    """

    def __init__(self, limit: timedelta) -> None:
        """``limit``: how long a line may wait."""
        self._limit = limit
        self._oldest: datetime | None = None
        self._since = 0.0

    def look(self, oldest: datetime | None, mono: float) -> Holding | None:
        """``oldest``: when the oldest line without a seal was written."""
        if oldest is None or oldest != self._oldest:
            self._oldest, self._since = oldest, mono
        if oldest is None or mono - self._since < self._limit.total_seconds():
            return None
        return Holding(
            kind=SEAL,
            subject="journal",
            severity=Severity.WARNING,
            since=oldest,
            reason=f"Nhật ký chưa được niêm phong từ {at(oldest)}; một cửa chưa nhận"
            " được diễn biến mới qua luồng trạng thái",
            next_action="Xem lienthong node list: máy nào giữ việc niêm phong; khởi động"
            " lại máy đó.",
        )


def calendar(years: Mapping[str, Any], now: datetime) -> Holding | None:
    """In December, a calendar without the year to come."""
    today = legal_day(now)
    if today.month < _DECEMBER or str(today.year + 1) in years:
        return None
    begins = datetime.combine(date(today.year, _DECEMBER, 1), datetime.min.time())
    return Holding(
        kind=CALENDAR,
        subject=str(today.year + 1),
        severity=Severity.WARNING,
        since=begins.replace(tzinfo=VIETNAM),
        reason=f"Chưa có lịch nghỉ năm {today.year + 1}; hạn sang năm đang tính theo"
        " thứ Bảy, Chủ nhật, chưa có ngày lễ",
        next_action="Quản trị nhập lịch nghỉ theo thông báo của tỉnh rồi áp dụng.",
    )


def restored(known: Iterable[Incarnation]) -> Iterator[Holding]:
    """Restores whose list nobody has gone through."""
    for one in known:
        if one.begun_at is None or one.acknowledged_at is not None:
            continue
        point = f" lúc {at(one.point)}" if one.point else ""
        yield Holding(
            kind=RESTORED,
            subject=str(one.number),
            severity=Severity.CRITICAL,
            since=one.begun_at,
            reason=f"Kho vừa được khôi phục về thời điểm sao lưu{point}; việc sau đó"
            " có thể đã mất, thư cho đơn vị đang chờ",
            next_action="Quản trị làm hết danh sách lienthong restored list, rồi"
            f" lienthong restored acknowledge {one.number}.",
        )


def expiries(
    known: Iterable[Expiry], now: datetime, limit: timedelta, *, node: str
) -> Iterator[Holding]:
    """Certificates and keys of a node that end within the limit."""
    for one in known:
        if one.ends_at - now < limit:
            over = one.ends_at <= now
            how = "đã hết hạn" if over else "sắp hết hạn"
            soon = one.ends_at - now < _SOON
            # Each step nearer is told anew: the last notice was weeks ago.
            near = [step for step in _STEPS if one.ends_at - now < step]
            step = f":{min(near).days}" if near else ""
            yield Holding(
                kind=EXPIRY,
                subject=f"{node}:{one.name}{step}",
                severity=Severity.CRITICAL if soon else Severity.WARNING,
                since=one.ends_at - limit,
                reason=f"Máy {node}: chứng thư «{one.name}» {how} lúc {at(one.ends_at)}",
                next_action="Quản trị xin cấp chứng thư mới và thay tệp trước ngày đó.",
            )


def nodes_away(known: Sequence[KnownNode], now: datetime) -> Iterator[Holding]:
    """Machines that share the work and have not been heard of, unless they left."""
    for one in known:
        if not one.is_alive:
            yield Holding(
                kind=NODE,
                subject=one.name,
                severity=Severity.CRITICAL,
                since=now,
                reason=f"Máy {one.name} không còn chạy; các máy khác làm thay",
                next_action="Xem máy đó rồi khởi động lại cổng trên máy đó.",
            )
