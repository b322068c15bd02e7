"""How fetching new dossiers from offices stands, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.api.standing import reasons
from gateway.domain.identifiers import OfficeId
from gateway.domain.words import words_of
from gateway.receipts.puller import pull_state, pulled_from

if TYPE_CHECKING:
    from gateway.sealing.tools import Tools

#: Of what has other words where a message is sent.
_WORDS = {
    "timeout": (
        "Hệ thống của cơ quan không trả lời kịp",
        "Cổng tự lấy lại; kéo dài thì gọi cơ quan.",
    ),
    "delivery_unknown": (
        "Hệ thống của cơ quan trả lời dở dang",
        "Cổng tự lấy lại; kéo dài thì gọi cơ quan.",
    ),
    "agency_unavailable": (
        "Không kết nối được hệ thống của cơ quan",
        "Cổng tự lấy lại; kéo dài thì gọi đầu mối kỹ thuật của cơ quan.",
    ),
    "agency_broke_contract": (
        "Hệ thống của cơ quan trả lời khác tài liệu kết nối",
        "Gọi đầu mối kỹ thuật của cơ quan; trả lời đúng thì cổng tự lấy lại.",
    ),
    "agency_refused": (
        "Hệ thống của cơ quan không cho cổng lấy hồ sơ mới",
        "Gọi đầu mối kỹ thuật của cơ quan; được phép thì cổng tự lấy lại.",
    ),
    "needs_configuration": (
        "Thiếu cấu hình để lấy hồ sơ mới của cơ quan này",
        "Quản trị bổ sung cấu hình; đủ thì cổng tự lấy lại.",
    ),
    "slot_not_offered": (
        "Hệ thống của cơ quan không có chức năng lấy hồ sơ mới",
        "Quản trị bỏ [office.pull] ở mục của đơn vị.",
    ),
}


async def shown_pull(tools: Tools, office: OfficeId) -> dict[str, Any] | None:
    """For an office whose new dossiers are fetched; None: for any other.

    ``failing_since``: since when none could be fetched; nobody here knows of what
    lies there.
    """
    if office not in {one.id for one in pulled_from(tools)}:
        return None
    state = await pull_state(tools, office)
    failing = state.failing_since
    said = (
        words_of(state.code, {**reasons(tools, office), **_WORDS}) if failing else None
    )
    return {
        "at": state.at.isoformat() if state.at else None,
        "code": state.code,
        "failing_since": failing.isoformat() if failing else None,
        "words": said.reason if said else "",
        "next_action": said.next_action if said else "",
    }


async def not_pulled(tools: Tools) -> list[dict[str, Any]]:
    """Offices whose new dossiers cannot be fetched now."""
    found = []
    for office in pulled_from(tools):
        told = await shown_pull(tools, office.id)
        if told is not None and told["failing_since"]:
            found.append({"office": office.id, "office_name": office.name, **told})
    return found
