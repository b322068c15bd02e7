"""Codes in the words that officials read; pages and command line share them."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.console.language import later, say
from gateway.domain import bulk
from gateway.domain.attempt import Outcome
from gateway.domain.bulk import JobState
from gateway.domain.case import End, LegState, Pause, Place
from gateway.domain.lane import LaneState
from gateway.domain.message_words import KINDS, OUTCOMES, REPORTS
from gateway.domain.obligation import NoticeState
from gateway.domain.principal import Role
from gateway.domain.procedure import Carrier, Event
from gateway.domain.ready import READY
from gateway.domain.report import ReportKind, Standing
from gateway.domain.transfer import Action, Fate, State
from gateway.domain.words import words_of
from gateway.receipts.hand import ReportAction
from gateway.routing.joining import Aside

STATES: dict[State, str] = {
    State.WAITING: "chờ lượt gửi trước",
    State.DUE: "chờ gửi",
    State.SENDING: "đang gửi",
    State.UNCONFIRMED: "chưa rõ cơ quan đã nhận hay chưa",
    State.DELIVERED: "cơ quan đã nhận",
    State.ANSWERED: "cơ quan đã trả lời",
    State.REFUSED: "cơ quan trả lại do lỗi dữ liệu",
    State.PARKED: "chờ cán bộ xử lý",
    State.CANCELLED: "đã hủy",
    State.WITHDRAWN: "đã rút",
}
FATES: dict[Fate, str] = {
    Fate.NOT_LEFT: "chưa rời cổng",
    Fate.MAY_HAVE_LEFT: "có thể đã đến cơ quan",
    Fate.AGENCY_HAS_IT: "cơ quan đã có",
}
STANDINGS: dict[Standing, str] = {
    Standing.APPLIED: "đã cập nhật",
    Standing.REPEATED: "đến lặp lại, không đổi gì",
    Standing.LATE: "đến muộn, chỉ ghi nhận",
    Standing.UNMATCHED: "chưa khớp hồ sơ nào",
    Standing.UNREADABLE: "không đọc được",
    Standing.SETTLED: "đã xử lý",
}
ACTIONS: dict[Action, str] = {
    Action.RESEND: "Gửi lại",
    Action.CANCEL: "Hủy lượt gửi",
    Action.AGENCY_HAS_IT: "Cơ quan đã nhận",
    Action.AGENCY_HAS_IT_NOT: "Cơ quan chưa nhận",
}
#: What else is done with a dossier by hand.
ACTS = {"reroute": later("Xác định lại cơ quan giải quyết")}
JOBS: dict[JobState, str] = {
    JobState.COLLECTING: "đang chốt danh sách",
    JobState.RUNNING: "đang làm",
    JobState.PAUSED: "tạm dừng",
    JobState.STOPPING: "đang dừng hẳn",
    JobState.STOPPED: "đã dừng hẳn",
    JobState.ENDED: "đã xong",
}
ITEMS: dict[bulk.Outcome, str] = {
    bulk.Outcome.LEFT: "chưa làm",
    bulk.Outcome.DONE: "đã làm",
    bulk.Outcome.FAILED: "không làm được",
    bulk.Outcome.STOPPED: "không làm vì đã dừng hẳn",
    bulk.Outcome.SKIPPED: "bỏ qua từ đầu",
}
NOTICES: dict[NoticeState, str] = {
    NoticeState.VALID: "còn phải nộp",
    NoticeState.ADJUSTED: "đã được thay thế",
    NoticeState.WITHDRAWN: "đã thu hồi",
    NoticeState.DEFERRED: "được ghi nợ",
    NoticeState.PAID: "đã nộp, thuế xác nhận",
    NoticeState.SUPERSEDED: "phiếu đã thay, chờ thuế xác định lại",
}
REPORT_ACTIONS: dict[ReportAction, str] = {
    ReportAction.SETTLE: "Đã xử lý",
    ReportAction.ASSIGN: "Gắn vào hồ sơ",
    ReportAction.AGAIN: "Nhận lại",
}
PAUSES: dict[Pause, str] = {
    Pause.NONE: "",
    Pause.SUPPLEMENT: "chờ bổ sung giấy tờ",
    Pause.FINANCIAL_OBLIGATION: "chờ thực hiện nghĩa vụ tài chính",
    Pause.STOPPED: "cơ quan dừng xử lý",
}
LEG_STATES: dict[LegState, str] = {
    LegState.WAITING: "chưa đến lượt",
    LegState.OPEN: "đang xử lý",
    LegState.PAUSED: "đang chờ",
    LegState.ENDED: "đã xong",
    LegState.SKIPPED: "không cần",
}
ASIDES: dict[Aside, str] = {
    Aside.TOLD: "được báo từng bước",
    Aside.UNHEARD: "cơ quan tự làm, cổng chưa được báo",
}
CARRIERS: dict[Carrier, str] = {
    Carrier.GATEWAY: "cổng chuyển",
    Carrier.AGENCIES: "các cơ quan tự chuyển, cổng theo dõi",
    Carrier.PORTAL: "Cổng dịch vụ công chuyển, cổng theo dõi",
    Carrier.PAPER: "chuyển hồ sơ giấy, cổng theo dõi",
}
ENDS: dict[End, str] = {
    End.OPEN: "đang giải quyết",
    End.FINISHED: "đã giải quyết xong",
    End.REFUSED: "từ chối",
    End.WITHDRAWN: "người nộp rút hồ sơ",
    End.CLOSED: "đóng bằng tay",
}
PURPOSES = {
    "submit": "gửi",
    "enquire": "hỏi lại",
    "poll": "tra cứu",
    "fetch": "cơ quan lấy về",
    "acknowledge": "cơ quan xác nhận",
}
#: What one node does for all.
DUTIES = {
    "seal": "niêm phong nhật ký",
    "sweep": "dọn tệp thừa",
    "collect": "nhận gói tin",
    "poll": "tra cứu kết quả",
    "watch": "tự kiểm tra",
    "digest": "gửi thư cho đơn vị",
    "measure": "tính thời hạn",
    "alerts": "báo cảnh báo",
    "match": "khớp phản hồi đến sớm",
    "expire": "xóa dữ liệu hết hạn lưu",
}
#: Roads by which alerts are told.
CHANNELS = {
    "log": "nhật ký của cổng",
    "mail": "thư điện tử",
    "webhook": "địa chỉ nhận cảnh báo",
}
ROLES: dict[Role, str] = {
    Role.ONE_STOP: "hệ thống một cửa",
    Role.OPERATOR: "vận hành",
    Role.ADMINISTRATOR: "quản trị",
    Role.HEAD: "lãnh đạo",
    Role.READER: "chỉ xem",
    Role.OFFICER: "cán bộ của đơn vị",
}
LANES: dict[LaneState, str] = {
    LaneState.OPEN: "đang gửi",
    LaneState.PROBING: "đang thử lại một lượt",
    LaneState.CLOSED: "tạm ngừng gửi, tự thử lại",
    LaneState.PAUSED: "cán bộ dừng gửi",
    LaneState.MAINTENANCE: "cơ quan bảo trì",
    LaneState.SHADOW: "chạy song song, không gửi gì",
    LaneState.OFF_HOURS: "ngoài giờ nhận của cơ quan",
    LaneState.HELD: "cơ quan đề nghị chờ",
}
#: What the counter or a rule did, by event of the dossier itself.
COUNTER: dict[str, str] = {
    Event.EXTENDED: "Xin lỗi, hẹn lại ngày trả kết quả",
    Event.ACCEPTED: "Nộp hồ sơ vào cổng liên thông",
    Event.REVISED: "Gửi bản sửa của hồ sơ",
    Event.SUPPLEMENTED: "Chuyển giấy tờ bổ sung của người nộp",
    Event.WITHDRAWAL_REQUESTED: "Báo người nộp rút hồ sơ",
    Event.HANDED_OUT: "Báo đã trả kết quả cho người nộp",
    Event.RESULT_WRONG: "Báo kết quả có sai sót",
}
_NUMBERS: dict[tuple[str, str], str] = {
    ("one_stop", "ma_ho_so"): "Mã hồ sơ một cửa",
    ("land_registry", "so_bien_nhan"): "Số biên nhận đất đai",
    ("tax", "so_phieu"): "Số phiếu chuyển thông tin",
}
AGENCIES: dict[str, str] = {
    "one_stop": "một cửa",
    "land_registry": "đất đai",
    "tax": "thuế",
    "commune": "UBND cấp xã",
    "fire": "phòng cháy, chữa cháy",
}


def number_kind(agency: str, kind: str) -> str:
    """Whose number it is and what it is called there."""
    known = _NUMBERS.get((agency, kind))
    if known:
        return say(known)
    return say("Số của %(agency)s") % {
        "agency": agency_name(agency) if agency in AGENCIES else say("cơ quan khác")
    }


def agency_name(agency: str) -> str:
    """An agency as people call it; one that has no such name as it stands."""
    known = AGENCIES.get(agency)
    return say(known) if known else agency


def role(one: Role) -> str:
    """What somebody may do here, in a word or two."""
    return say(ROLES[one])


def message_kind(kind: str) -> str:
    """What a message is for; an agency's own kind as it stands."""
    return say(KINDS[kind]) if kind in KINDS else kind


#: Of what could not be read as a report, names that people know better than ours.
_OTHER_MESSAGES = {
    "package": "Gói tin của cơ quan",
    "pull_dossiers": "Hồ sơ mới lấy từ hệ thống của cơ quan",
}


def report_kind(kind: str) -> str:
    """What a report says; the operation's own name when it could not be read."""
    try:
        return say(REPORTS[ReportKind(kind)])
    except ValueError:
        known = _OTHER_MESSAGES.get(kind)
        return say(known) if known else say("Thông điệp «%(kind)s»") % {"kind": kind}


def stands(code: str, cause: str | None) -> str:
    """Where a transfer stands; what lies ready for its office is nobody's doubt."""
    if code == State.UNCONFIRMED and cause in READY:
        return say("chờ cơ quan lấy")
    return state(code)


def state(code: str) -> str:
    """A transfer's state in words."""
    return say(STATES[State(code)])


#: While it is being sent, the fate is that of the attempts before.
ON_ITS_WAY = later("đang trên đường đi")


def fate(code: str, state_: str = "") -> str:
    """What is known of a message, in words."""
    return say(ON_ITS_WAY if state_ == State.SENDING else FATES[Fate(code)])


def actor(identifier: str) -> str:
    """Who acted: the role where the identifier is one (mock mode), else as it stands."""
    if identifier == "breaker":
        return say("cổng tự ngắt")
    # Of an office's officer it is the role and the office.
    code, _, office = identifier.partition(":")
    try:
        return f"{say(ROLES[Role(code)])} {office}".rstrip()
    except ValueError:
        return identifier


def leg_state(code: str, aside: str = "") -> str:
    """A leg's state in words; ``aside`` where the state alone would tell wrongly."""
    return say(ASIDES.get(Aside(aside)) or LEG_STATES[LegState(code)])


def pause(code: str, place: str) -> str:
    """Why a leg's clock stands still; empty when it runs."""
    if (code, place) == (Pause.STOPPED, Place.CITIZEN):
        return say("cơ quan chờ người nộp")
    return say(PAUSES[Pause(code)]) if PAUSES[Pause(code)] else ""


def carrier(code: str) -> str:
    """Who carries a leg's messages."""
    return say(CARRIERS[Carrier(code)])


def outcome(code: str) -> str:
    """How an attempt ended."""
    return say(OUTCOMES[Outcome(code)])


def action(code: str) -> str:
    """What can be done with a transfer."""
    return say(ACTIONS[Action(code)])


def job(code: str) -> str:
    """How far a bulk job is."""
    return say(JOBS[JobState(code)])


def item(code: str) -> str:
    """What became of an item of a bulk job."""
    return say(ITEMS[bulk.Outcome(code)])


def done(code: str) -> str:
    """What was done with a transfer or a report; empty when the code names nothing."""
    if code in set(ReportAction):
        return say(REPORT_ACTIONS[ReportAction(code)])
    return action(code) if code in set(Action) else say(ACTS.get(code, ""))


def standing(code: str) -> str:
    """What became of a report."""
    return say(STANDINGS[Standing(code)])


def lane(code: str) -> str:
    """Whether messages leave for an office."""
    return say(LANES[LaneState(code)])


def reason(code: str | None) -> str:
    """Why something stands still, of a code of the gateway's own."""
    return words_of(code, {}).reason


def channel(name: str) -> str:
    """By which road alerts are told; one of another name as it stands."""
    return say(CHANNELS.get(name, name))


def counted(event: str) -> str:
    """What the counter or a rule did with a dossier."""
    return say(COUNTER[event])


def notice(code: NoticeState) -> str:
    """Where a notice of money to be paid stands."""
    return say(NOTICES[code])


def purpose(code: str) -> str:
    """What an attempt was for."""
    return say(PURPOSES[code])


_DESKS = {
    Place.CITIZEN: "người nộp hồ sơ",
    Place.ISSUER: "nơi lập phiếu chuyển thông tin",
    Place.ONE_STOP: "bộ phận một cửa",
}


def desk(place: Mapping[str, str]) -> str:
    """Where a leg lies, of a place as the API tells it."""
    known, office = _DESKS.get(Place(place["place"])), place["office_name"]
    if known or place["place"] != Place.GATEWAY:
        return say(known) if known else office
    if not office:
        return say("cổng liên thông (chưa có nơi nhận)")
    return say("cổng liên thông (đang chuyển đến %(office)s)") % {"office": office}
