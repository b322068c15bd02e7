"""How people call where a lateness stands."""

from __future__ import annotations

from gateway.domain.lateness import How, ObjectionState, Standing

STANDINGS = {
    Standing.SETTLED: "đã chốt",
    Standing.MAY_OBJECT: "còn hạn nêu ý kiến",
    Standing.UNDER_REVIEW: "đang xem xét ý kiến",
    Standing.UNTOLD: "chưa báo được cho cơ quan",
}
STATES = {
    ObjectionState.OPEN: "chờ lãnh đạo quyết định",
    ObjectionState.UPHELD: "được chấp nhận",
    ObjectionState.REJECTED: "không được chấp nhận",
    ObjectionState.OVERTAKEN: "không còn cần nữa, số liệu đã đổi",
}
HOWS = {
    How.MAIL: "thư điện tử",
    How.SYSTEM: "hệ thống hoặc cán bộ của đơn vị tự xem",
    How.PAPER: "văn bản",
    How.TERM: "lãnh đạo cho thêm thời hạn",
}
