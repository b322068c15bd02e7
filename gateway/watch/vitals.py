"""How the gateway itself does, in words, the worst first; pure.

Verdicts are those of readiness, of the engine and of alerts that stand; what nobody
judges is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

from gateway.domain.alert import Holding, Severity
from gateway.domain.values import dataclass
from gateway.watch.channels import at as moment

if TYPE_CHECKING:
    from gateway.ports.nodes import KnownNode

#: A backup that is older is told of: one a day is what the documents want.
BACKUP_HOURS = 36
#: Days left on a disk at which somebody has to think of another one.
DISK_DAYS = 30
#: Nobody counts days further ahead.
_FAR_DAYS = 1_000
_RESTART = "Khởi động lại cổng; nếu lặp lại, báo bộ phận kỹ thuật kèm nhật ký."
_STORE = "Xem máy chủ và ổ đĩa của kho; cổng tự chạy tiếp khi kho trở lại."
#: Code of readiness → why, and what to do; others are of the store.
_NOT_READY = {
    "stopping": ("Máy này đang được dừng", "Không cần làm gì."),
    "name_taken": (
        "Máy khác đang chạy cùng tên nút",
        "Đặt tên nút (node) khác nhau trong gateway.toml rồi khởi động lại.",
    ),
    "loop_ended": ("Một vòng làm việc đã dừng hẳn", _RESTART),
    "disk_full": (
        "Đĩa đã đầy, cổng không nhận hồ sơ mới",
        "Quản trị dọn hoặc thêm đĩa ngay.",
    ),
    "schema_old": (
        "Kho vừa chuyển sang máy có lược đồ cũ hơn",
        "Quản trị xem máy chủ dự phòng của kho có theo kịp không.",
    ),
}


class Tone(IntEnum):
    """How bad it is; the graver, the higher."""

    GOOD = 0
    UNKNOWN = 1
    LOOK = 2
    BAD = 3


@dataclass(frozen=True, slots=True)
class Vital:
    """One line: what, how it stands, what to do where something is wrong."""

    what: str
    tone: Tone
    words: str
    todo: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk of this node; ``days_left`` None: it does not fill, or nobody knows yet."""

    place: str
    free: int
    total: int
    days_left: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found, by the same sources as readiness and metrics."""

    now: datetime
    why_not: Sequence[str] = ()
    #: codes of readiness
    store_words: str = ""
    store: Mapping[str, str] = field(default_factory=dict)
    #: what the store said of itself at the start
    backlog: float | None = None
    standing: Sequence[tuple[str, str, int, datetime]] = ()
    #: what the engine found: words, where, how many, since
    looked_at: datetime | None = None
    alerts: Sequence[Holding] = ()
    nodes: Sequence[KnownNode] = ()
    disks: Sequence[Disk] = ()
    oldest: Mapping[str, float] = field(default_factory=dict)
    #: state → seconds of the transfer that has waited longest
    unsealed_s: float | None = None
    certificates: Mapping[str, float] = field(default_factory=dict)
    #: name → seconds left
    failing: Mapping[str, tuple[datetime, str]] = field(default_factory=dict)
    #: roads of alerts that fail
    roads: Sequence[str] = ()
    backups: bool = False
    #: whether their folder is named in the settings
    backup_at: datetime | None = None


def vitals(facts: Facts) -> list[Vital]:
    """Everything that is known, the worst first."""
    found = [
        *_readiness(facts),
        *_engine(facts),
        *_alerts(facts),
        _queue(facts),
        *_disks(facts),
        _nodes(facts),
        _seal(facts),
        _certificates(facts),
        _roads(facts),
        _backup(facts),
    ]
    return sorted(found, key=lambda one: -one.tone)


def _readiness(facts: Facts) -> list[Vital]:
    what = "Nhận hồ sơ mới"
    if not facts.why_not:
        store = facts.store.get("store", "")
        waiting = f", {facts.backlog:.0f} việc đang chờ ghi" if facts.backlog else ""
        words = f"Đang nhận. Kho {store} ghi được{waiting}."
        return [Vital(what, Tone.GOOD, words)]
    found = []
    for code in facts.why_not:
        why, todo = _NOT_READY.get(code, (facts.store_words or code, _STORE))
        found.append(Vital(what, Tone.BAD, f"{why.rstrip('.')}.", todo))
    return found


def _engine(facts: Facts) -> list[Vital]:
    what = "Gửi, hỏi lại, tra cứu đúng hạn"
    looked = facts.looked_at
    if not facts.standing and looked is None:
        words = "Cổng vừa khởi động, chưa xem xong lần nào."
        return [Vital(what, Tone.UNKNOWN, words)]
    if not facts.standing and looked is not None:
        words = f"Không có gì quá hạn, xem lúc {moment(looked)}."
        return [Vital(what, Tone.GOOD, words)]
    return [
        Vital(
            what,
            Tone.BAD,
            f"{where}: {count} {words[:1].lower()}{words[1:]}, từ {moment(since)}.",
            _RESTART,
            "/console/dung-yen",
        )
        for words, where, count, since in facts.standing
    ]


#: Kinds of alerts whose matter is the gateway itself, and under which name. Machines,
#: roads and loops are told below by what is known of them now.
_KINDS = {
    "disk": "Đĩa",
    "clock": "Đồng hồ máy",
    "seal": "Niêm phong nhật ký",
    "calendar": "Lịch nghỉ",
    "expiry": "Chứng thư của cổng",
    "restored": "Khôi phục kho",
    "unmeasured": "Tính thời hạn",
}


def _alerts(facts: Facts) -> list[Vital]:
    """What stands as an alert about the gateway itself."""
    return [
        Vital(
            _KINDS[one.kind],
            Tone.BAD if one.severity is Severity.CRITICAL else Tone.LOOK,
            f"{one.reason.rstrip('.')}.",
            one.next_action,
            one.page or "/console/canh-bao",
        )
        for one in facts.alerts
        if one.kind in _KINDS
    ]


def _queue(facts: Facts) -> Vital:
    """How long things wait; whether that is too long the engine says."""
    names = {
        "due": "chờ gửi",
        "unconfirmed": "chưa rõ đã nhận",
        "parked": "chờ cán bộ xử lý",
    }
    if not facts.oldest:
        return Vital("Hàng chờ", Tone.UNKNOWN, "Kho chưa trả lời số liệu.")
    told = [
        f"{name} lâu nhất {_span(facts.oldest[state])}"
        for state, name in names.items()
        if facts.oldest.get(state)
    ]
    words = f"{'; '.join(told)}." if told else "Không có lượt gửi nào chờ."
    return Vital(
        "Hàng chờ", Tone.GOOD, words[:1].upper() + words[1:], page="/console/luot-gui"
    )


def _disks(facts: Facts) -> list[Vital]:
    return [
        _disk(one, known="disk" in {a.kind for a in facts.alerts})
        for one in facts.disks
    ]


def _disk(one: Disk, *, known: bool) -> Vital:
    what = "Đĩa của kho" if one.place == "run" else "Đĩa của tệp đính kèm"
    percent = (one.total - one.free) * 100 // one.total if one.total else 0
    left = ""
    if one.days_left is not None:
        many = one.days_left > _FAR_DAYS
        told = f"hơn {_FAR_DAYS} ngày" if many else f"{one.days_left} ngày"
        left = f"; với đà này còn {told}"
    free = f"{one.free / 2**30:.1f}".replace(".", ",")
    words = f"Đã dùng {percent} %, còn trống {free} GB{left}."
    soon = one.days_left is not None and one.days_left < DISK_DAYS
    if soon and not known:
        return Vital(
            what, Tone.LOOK, words, "Quản trị chuẩn bị thêm đĩa, hoặc dọn tệp cũ."
        )
    return Vital(what, Tone.GOOD, words)


def _nodes(facts: Facts) -> Vital:
    away = [one.name for one in facts.nodes if not one.is_alive]
    alive = [one for one in facts.nodes if one.is_alive]
    duties = sorted({duty for one in alive for duty in one.duties})
    words = f"{len(alive)} máy đang chạy, giữ {len(duties)} việc chung."
    if away:
        todo = "Xem máy đó rồi khởi động lại cổng trên máy đó."
        known = any(one.kind == "node_away" for one in facts.alerts)
        tone = Tone.BAD if known else Tone.LOOK
        return Vital("Các máy", tone, f"{words} Không thấy: {', '.join(away)}.", todo)
    return Vital("Các máy", Tone.GOOD, words)


def _seal(facts: Facts) -> Vital:
    what = "Nhật ký chưa niêm phong"
    if facts.unsealed_s is None:
        return Vital(what, Tone.UNKNOWN, "Kho chưa trả lời số liệu.")
    words = (
        f"Lâu nhất {_span(facts.unsealed_s)}."
        if facts.unsealed_s
        else "Không có dòng nào chờ."
    )
    return Vital(what, Tone.GOOD, words)


def _certificates(facts: Facts) -> Vital:
    what = "Chứng thư của cổng"
    if not facts.certificates:
        return Vital(
            what, Tone.UNKNOWN, "Không có chứng thư nào trong thư mục khóa của máy này."
        )
    name, left = min(facts.certificates.items(), key=lambda one: one[1])
    return Vital(
        what, Tone.GOOD, f"Sớm nhất hết hạn: «{name}», còn {int(left // 86400)} ngày."
    )


def _roads(facts: Facts) -> Vital:
    what, page = "Kênh cảnh báo", "/console/canh-bao"
    if not facts.roads:
        todo = "Quản trị khai [alerts.mail] hoặc [alerts.webhook] trong gateway.toml."
        return Vital(
            what, Tone.LOOK, "Chưa khai kênh nào: không ai được báo.", todo, page
        )
    failing = [name for name in facts.roads if name in facts.failing]
    if failing:
        since = moment(min(facts.failing[name][0] for name in failing))
        words = f"Không gửi được qua {', '.join(failing)} từ {since}."
        todo = "Sửa máy chủ thư hoặc địa chỉ nhận rồi chạy lienthong alert test."
        return Vital(what, Tone.BAD, words, todo, page)
    return Vital(what, Tone.GOOD, f"Gửi được: {', '.join(facts.roads)}.", page=page)


def _backup(facts: Facts) -> Vital:
    what = "Bản sao lưu"
    if not facts.backups:
        words = (
            "Cổng không biết: chưa khai thư mục sao lưu (backups) trong gateway.toml."
        )
        return Vital(
            what,
            Tone.UNKNOWN,
            words,
            "Khai backups để trang này thấy tuổi bản sao lưu.",
        )
    if facts.backup_at is None:
        return Vital(
            what,
            Tone.BAD,
            "Thư mục sao lưu chưa có bản nào.",
            "Chạy lienthong backup, xem lịch chạy.",
        )
    age = facts.now - facts.backup_at
    words = f"Bản mới nhất lúc {moment(facts.backup_at)}, cách đây {_span(age.total_seconds())}."
    if age > timedelta(hours=BACKUP_HOURS):
        return Vital(
            what,
            Tone.BAD,
            words,
            "Xem lịch chạy lienthong backup vì sao dừng, rồi chạy ngay.",
        )
    return Vital(what, Tone.GOOD, words)


def _span(seconds: float) -> str:
    minutes = int(seconds) // 60
    if minutes < 1:
        return "dưới 1 phút"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} ngày {hours} giờ" if hours else f"{days} ngày"
    if hours:
        return f"{hours} giờ {minutes} phút" if minutes else f"{hours} giờ"
    return f"{minutes} phút"
