"""A wall that is known to be wrong: nothing is signed or judged by it meanwhile."""

from __future__ import annotations

from gateway.domain.errors import GatewayError, Origin

CODE = "clock_wrong"
REMEDY = (
    "Giờ của máy chạy cổng đang sai: quản trị bật chrony hoặc systemd-timesyncd, mở đường"
    " tới máy chủ giờ; giờ đúng lại thì cổng tự làm tiếp, gửi lại sau."
)


class ClockWrong(GatewayError):
    """Cannot be signed or judged now; the same again once the clock is right."""

    origin = Origin.OPERATOR
    default_code = CODE
    default_remedy = REMEDY
