"""What a line of the journal says in Vietnamese: who did what to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.audit import LOOKED, READ, UNMASKED
from gateway.domain.chase import HOWS, How
from gateway.domain.closing import WAYS, Way
from gateway.domain.lane import LaneState
from gateway.domain.proposed import LINE as PROPOSED
from gateway.domain.retention import STRAYS, Kept
from gateway.domain.transfer import Action, State
from gateway.watch.keeping import WORDS as KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.domain.journal import JournalLine

Facts = dict[str, Any]
_PLAIN: Mapping[str, str] = {
    "work_opened": "Mở danh sách việc thay đơn vị",
    "sign_in": "Đăng nhập",
    "sign_in_refused": "Đăng nhập không được",
    "cause_note": "Ghi chú cho một nguyên nhân đứng yên",
    "cause_postponed": "Hẹn xem lại một nguyên nhân đứng yên",
    "note": "Ghi chú cho hồ sơ",
    "office_check": "Kiểm tra kết nối với đơn vị",
    "saved_view": "Lưu hoặc bỏ một cách xem danh sách",
    "corrected": "Cho tính lại thời gian chờ theo bằng chứng của cơ quan",
    "proposal_undone": "Bỏ hiệu lực một đề xuất đã xác nhận",
    "lateness_told": "Báo cho đơn vị việc tính trễ hạn",
    "objection": "Ghi ý kiến của đơn vị về việc tính trễ hạn",
    "maintenance": "Đổi lịch bảo trì của cơ quan",
    "contact": "Đổi đầu mối liên hệ của đơn vị",
    "calendar": "Đổi lịch làm việc",
    "report_issued": "Ban hành báo cáo tháng",
    "one_stop_counts": "Ghi số liệu của một cửa để đối chiếu",
    "due_mail": "Gửi thư báo hồ sơ sắp đến hạn",
    "recording": "Xuất trao đổi đã bỏ thông tin người",
    "alert": "Ghi đã biết một cảnh báo",
    "alert_note": "Ghi chú cho một cảnh báo",
    "restored": "Khôi phục kho từ bản sao lưu",
    "restore_acknowledged": "Xác nhận đã xem lại sau khi khôi phục",
    "access": "Cấp mã truy cập",
    "person_export": "Xuất dữ liệu của một người để trả lời người ấy",
    "retention": "Đặt thời hạn lưu dữ liệu",
    "file_refused": "Cách ly một tệp không nhận vì mã độc",
    "quarantine_ended": "Xóa một tệp đã cách ly",
    "evidence": "Lấy gói bằng chứng của hồ sơ",
    "evidence_key": "Đổi khóa ký bằng chứng",
    "secret": "Nhận khóa kết nối đã đổi hoặc thu hồi",
    "addresses": "Tệp thiết lập của máy ghi địa chỉ khác trước",
}
_REFUSED: Mapping[str, str] = {
    "wrong_secret": "mã bí mật, chữ ký hoặc chứng thư không đúng",
    "not_signed_in": "không có hoặc sai mã truy cập",
    "not_allowed": "không có quyền",
}
_ACTS: Mapping[str, str] = {
    Action.RESEND: "Gửi lại lượt gửi",
    Action.CANCEL: "Hủy lượt gửi",
    Action.AGENCY_HAS_IT: "Xác nhận cơ quan đã nhận lượt gửi",
    Action.AGENCY_HAS_IT_NOT: "Xác nhận cơ quan chưa nhận lượt gửi",
    "settle": "Ghi đã xử lý phản hồi",
    "assign": "Gắn phản hồi vào hồ sơ",
    "again": "Nhận lại phản hồi",
}
_STATES: Mapping[str, str] = {
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
_LANES: Mapping[str, str] = {
    LaneState.OPEN: "gửi tiếp",
    LaneState.PAUSED: "dừng gửi",
    LaneState.CLOSED: "tạm ngừng gửi, tự thử lại",
    LaneState.PROBING: "thử lại một lượt",
}
_ACCOUNT: Mapping[str, str] = {
    "made": "lập mới",
    "ended": "khóa hẳn",
    "reset": "cấp lại mật khẩu",
    "reset+second": "cấp lại mật khẩu, bỏ xác thực hai lớp",
    "unlocked": "mở khóa",
    "sessions_ended": "kết thúc mọi phiên",
}
_CORRECTION: Mapping[str, str] = {
    "asked": "Đề nghị sửa hồ sơ",
    "approved": "Duyệt đề nghị sửa hồ sơ",
    "rejected": "Bỏ đề nghị sửa hồ sơ",
}
_PROPOSED: Mapping[str, str] = {
    "asked": "Đề nghị đổi nơi gửi hoặc khóa của đơn vị",
    "rejected": "Bỏ đề nghị đổi nơi gửi",
    "overtaken": "Bỏ đề nghị đổi nơi gửi vì cấu hình đã đổi",
}
_CLOSING: Mapping[str, str] = {
    "asked": "Đề nghị kết thúc bằng tay",
    "approved": "Xác nhận kết thúc bằng tay",
    "rejected": "Bỏ đề nghị kết thúc bằng tay",
}
_LOOKS: Mapping[str, str] = {
    "list": "Xem nhật ký",
    "csv": "Tải nhật ký về máy",
    "verify": "Kiểm tra chuỗi nhật ký",
}


def words(line: JournalLine) -> str:
    """One sentence without its subject; a kind that nobody has words for by its code."""
    made = _OF.get(line.kind)
    if made is not None:
        return made(line.facts)
    return _PLAIN.get(line.kind) or f"Việc khác ({line.kind})"


def result(line: JournalLine) -> str:
    """What came of it, where the line says so."""
    facts = line.facts
    if line.kind == "action" and facts.get("now"):
        return f"lượt gửi: {_STATES.get(str(facts['now']), facts['now'])}"
    if line.kind == "objection_decided":
        return "chấp nhận" if facts.get("upheld") else "không chấp nhận"
    if line.kind == "bulk" and isinstance(facts.get("counts"), dict):
        return ", ".join(f"{name} {n}" for name, n in facts["counts"].items())
    if line.kind == LOOKED and "lines" in facts:
        return f"{facts['lines']} dòng"
    if line.kind == "deleted":
        return f"{facts.get('rows', 0)} mục, {facts.get('files', 0)} tệp"
    if facts.get("wrong"):
        return f"sai: {facts['wrong']}"
    return ""


def _read(facts: Facts) -> str:
    if "paper" in facts:
        return f"In hoặc tải giấy tờ «{facts['paper']}»"
    if "file" in facts:
        return "Tải tệp của hồ sơ"
    if "work" in facts:
        return f"Xem danh sách việc của đơn vị ({facts.get('dossiers', 0)} hồ sơ)"
    return "Xem hồ sơ"


def _action(facts: Facts) -> str:
    action = str(facts.get("action", ""))
    return _ACTS.get(action) or f"Thao tác «{action}»"


def _account(facts: Facts) -> str:
    what = str(facts.get("what", ""))
    return f"Tài khoản {facts.get('account', '')}: {_ACCOUNT.get(what, what)}"


def _officer(facts: Facts) -> str:
    return f"Mã truy cập của cán bộ {facts.get('account', '')}: {facts.get('what', '')}"


def _lane(facts: Facts) -> str:
    state = str(facts.get("state", ""))
    said = f"Đường gửi đến đơn vị: {_LANES.get(state, state)}"
    return f"{said} (dừng khẩn cấp)" if facts.get("emergency") else said


def _fallback(facts: Facts) -> str:
    begun = facts.get("what") == "begun"
    return "Bắt đầu gửi bằng cách thay thế" if begun else "Thôi gửi bằng cách thay thế"


def _chase(facts: Facts) -> str:
    how = str(facts.get("how", ""))
    told = HOWS[How(how)] if how in set(How) else how
    said = f"Đôn đốc đơn vị: {told}"
    day = facts.get("promised_on")
    return f"{said}; đơn vị hẹn {day}" if day else said


def _correction(facts: Facts) -> str:
    what = str(facts.get("what", ""))
    return _CORRECTION.get(what) or f"Đề nghị sửa hồ sơ: {what}"


def _configured(facts: Facts) -> str:
    if "proposal" not in facts:
        return "Áp dụng một bản cấu hình"
    if facts.get("nobody_else"):
        return "Đổi nơi gửi có hiệu lực, không có người thứ hai duyệt"
    return "Duyệt đề nghị đổi nơi gửi"


def _proposed(facts: Facts) -> str:
    what = str(facts.get("what", ""))
    said = _PROPOSED.get(what) or f"Đề nghị đổi nơi gửi: {what}"
    named = facts.get("named")
    return f"{said}: {', '.join(named)}" if isinstance(named, list) else said


def _closing(facts: Facts) -> str:
    what, way = str(facts.get("what", "")), str(facts.get("way", ""))
    done = _CLOSING.get(what) or f"Đề nghị kết thúc bằng tay: {what}"
    how = WAYS[Way(way)] if way in set(Way) else ""
    told = ", ".join(filter(None, [how, str(facts.get("leg", ""))]))
    return f"{done} ({told})" if told else done


def _bulk(facts: Facts) -> str:
    return f"Việc hàng loạt {facts.get('job', '')}: {facts.get('what', '')}"


def _counted(facts: Facts) -> str:
    counts = bool(facts.get("counts"))
    told = "được tính" if counts else "không được tính"
    return f"Quyết định ngày cơ quan khai lùi {told}"


def _unmasked(facts: Facts) -> str:
    return f"Mở dữ liệu cá nhân của hồ sơ (đến {facts.get('until_words', '')})"


def _looked(facts: Facts) -> str:
    what = str(facts.get("what", "list"))
    return _LOOKS.get(what, what)


def _proposal(facts: Facts) -> str:
    return f"Đề xuất {facts.get('proposal', '')}: {facts.get('what', 'quyết định')}"


def _rule(facts: Facts) -> str:
    return f"Quy tắc tự xác nhận {facts.get('id', '')}: {facts.get('what', '')}"


def _decided(_facts: Facts) -> str:
    return "Quyết định về ý kiến của đơn vị"


def _link(facts: Facts) -> str:
    stays = bool(facts.get("in_line"))
    told = "vào" if stays else "ra khỏi"
    return f"Đưa cổng {told} đường nối một cửa – đất đai"


def _refused(facts: Facts) -> str:
    why = _REFUSED.get(str(facts.get("why", "")), str(facts.get("why", "")))
    return (
        f"Từ chối {facts.get('times', 0)} cuộc gọi trong giờ, từ {facts.get('from', '')}:"
        f" {why} (mã tra cứu cuối {facts.get('call', '')})"
    )


def _sign_out(facts: Facts) -> str:
    return f"Kết thúc phiên của {facts.get('account', '')}"


def _hold(facts: Facts) -> str:
    let_go = facts.get("what") == "released"
    return (
        "Thôi giữ lại hồ sơ" if let_go else "Giữ lại hồ sơ, không xóa khi hết hạn lưu"
    )


def _deleted(facts: Facts) -> str:
    what = str(facts.get("what", ""))
    told = KEPT[Kept(what)] if what in set(Kept) else what
    told = "phản hồi không thuộc hồ sơ nào" if what == STRAYS else told
    return f"Xóa theo thời hạn lưu: {told}"


_OF: Mapping[str, Callable[[Facts], str]] = {
    READ: _read,
    "hold": _hold,
    "deleted": _deleted,
    UNMASKED: _unmasked,
    LOOKED: _looked,
    "action": _action,
    "account": _account,
    "call_refused": _refused,
    "officer": _officer,
    "lane": _lane,
    "fallback": _fallback,
    "chase": _chase,
    "closing": _closing,
    "configuration": _configured,
    PROPOSED: _proposed,
    "correction": _correction,
    "bulk": _bulk,
    "counted": _counted,
    "proposal": _proposal,
    "proposal_rule": _rule,
    "objection_decided": _decided,
    "link": _link,
    "sign_out": _sign_out,
}

#: What is wrong with a day's chain, by its code; after it stands where.
WRONG: Mapping[str, str] = {
    "line_changed": "một dòng không còn như khi ghi",
    "line_missing": "thiếu dòng ngay trước dòng này trong chuỗi",
    "seal_follows_not": "niêm phong không nối tiếp niêm phong trước",
    "seal_other_lines": "niêm phong phủ những dòng khác: có dòng bị xóa, thêm hoặc đổi",
    "seal_changed": "niêm phong không còn như khi ghi",
    "chain_ends_early": "chuỗi không kết thúc ở dòng cuối đã ghi",
}
