"""How a lane stands, in sentences that officials read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.api.standing import reasons
from gateway.delivery.seen import seen
from gateway.domain.lane import LaneState
from gateway.domain.legal_day import VIETNAM
from gateway.domain.transfer import State
from gateway.domain.words import Words, words_of

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.delivery.lanes import Lanes
    from gateway.delivery.seen import Seen
    from gateway.domain.transfer import Transfer
    from gateway.sealing.tools import Tools

_BY_ITSELF = "Không cần làm gì: cổng tự gửi khi đến lúc, không tính là lần gửi hỏng."
_ACTIONS: dict[LaneState, str] = {
    LaneState.OFF_HOURS: _BY_ITSELF,
    LaneState.MAINTENANCE: _BY_ITSELF,
    LaneState.HELD: _BY_ITSELF,
    LaneState.CLOSED: "Cổng tự thử lại; nếu kéo dài, gọi đầu mối kỹ thuật của cơ quan.",
    LaneState.PROBING: "Không cần làm gì: cổng đang thử lại một lượt.",
    LaneState.PAUSED: "Quản trị mở lại (lienthong lane resume) khi cơ quan sẵn sàng.",
    LaneState.SHADOW: "Không gửi gì trong lúc chạy song song.",
}


def at(moment: datetime) -> str:
    """A moment as it is said, Vietnam's time."""
    return f"{moment.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"


def sentence(tools: Tools, one: Seen) -> str:
    """Why nothing leaves, and until when; empty while the lane is open."""
    if one.state is LaneState.OPEN:
        return ""
    said = _why(tools, one)
    if one.until is not None and one.state in _OPENS:
        return f"{said}, {_OPENS[one.state]} {at(one.until)}"
    planned = one.state in {LaneState.OFF_HOURS, LaneState.MAINTENANCE}
    return f"{said}, chưa có lúc mở lại" if planned else said


_OPENS: dict[LaneState, str] = {
    LaneState.OFF_HOURS: "mở lại lúc",
    LaneState.MAINTENANCE: "gửi lại lúc",
    LaneState.HELD: "gửi tiếp lúc",
    LaneState.CLOSED: "thử lại lúc",
    LaneState.PAUSED: "mở lại lúc",
}


def _why(tools: Tools, one: Seen) -> str:
    if one.state is LaneState.OFF_HOURS:
        return "ngoài giờ nhận của cơ quan"
    if one.state is LaneState.HELD:
        return "cơ quan đề nghị chờ, chưa nhận thêm"
    if one.state is LaneState.MAINTENANCE:
        return f"cơ quan bảo trì: {one.why}" if one.why else "cơ quan bảo trì"
    if one.state in {LaneState.CLOSED, LaneState.PROBING}:
        return _lower(words_of(one.why, reasons(tools, one.office)).reason)
    return f"dừng khẩn cấp: {one.why}" if one.emergency else one.why


def waits_for(tools: Tools, lanes: Lanes, row: Transfer) -> Words | None:
    """Why a due transfer does not leave, by its office's lane; None: it may."""
    if row.state is not State.DUE:
        return None
    one = seen(lanes, row.office, tools.clock.now())
    if one.state is LaneState.OPEN:
        return None
    said = sentence(tools, one)
    return Words(said[:1].upper() + said[1:], _ACTIONS[one.state])


def _lower(reason: str) -> str:
    return reason[:1].lower() + reason[1:]
