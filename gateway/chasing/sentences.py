"""What an office is reminded of, in a few sentences without anything personal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.case import Pause, Place
from gateway.domain.chase import Standing
from gateway.domain.errors import ActionNotPossible
from gateway.domain.legal_day import legal_day
from gateway.domain.transfer import Fate
from gateway.timing.promised import is_over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.chasing.matters import Matter
    from gateway.domain.case import LegCase
    from gateway.domain.transfer import Transfer

_WAITS_FOR = {
    Pause.NONE: "đơn vị giải quyết và báo kết quả",
    Pause.SUPPLEMENT: "đơn vị báo đã nhận giấy tờ bổ sung hay chưa",
    Pause.FINANCIAL_OBLIGATION: "đơn vị xác nhận nghĩa vụ tài chính",
    Pause.STOPPED: "đơn vị báo bao giờ giải quyết tiếp",
}
_ELSEWHERE = frozenset({Place.ONE_STOP, Place.ISSUER, Place.NOBODY})


def waits_for(leg: LegCase) -> str:
    """What is waited for, in words that fit after «chờ»."""
    if leg.place is Place.GATEWAY:
        return "đơn vị xác nhận đã nhận hồ sơ"
    if leg.place is Place.CITIZEN and leg.pause is Pause.FINANCIAL_OBLIGATION:
        return "người nộp thực hiện nghĩa vụ tài chính, đơn vị xác nhận"
    return _WAITS_FOR[leg.pause]


def must_be_theirs(leg: LegCase, transfers: Sequence[Transfer]) -> None:
    """Refuse to remind an office of what somebody else has to do first.

    Raises:
        ActionNotPossible: it lies with others, or nothing has left for it yet.
    """
    if leg.place in _ELSEWHERE:
        raise ActionNotPossible(
            code="chase_not_theirs",
            remedy="Hồ sơ đang chờ nơi khác làm trước, không phải đơn vị này: xem «Hồ sơ"
            " đang ở» trên trang hồ sơ.",
        )
    left = [one for one in transfers if one.fate is not Fate.NOT_LEFT]
    if leg.place is Place.GATEWAY and not any(one.leg == leg.name for one in left):
        raise ActionNotPossible(
            code="chase_nothing_left",
            remedy="Hồ sơ chưa rời cổng nên đơn vị chưa có gì để làm: xử lý lượt gửi"
            " trước.",
        )


def where(one: Matter) -> str:
    """Since when the office has it."""
    since = f"từ ngày {legal_day(one.leg.since):%d/%m/%Y}"
    if one.leg.place is Place.GATEWAY:
        return f"đã gửi đến Quý đơn vị {since}, chưa có xác nhận đã nhận"
    return f"ở Quý đơn vị {since}"


def due(one: Matter) -> str:
    """The day on which the applicant was promised the result; empty for none."""
    due_on = one.row.case.due_on
    if due_on is None:
        return ""
    late = ", đã quá hạn" if is_over(one.working, due_on, one.today) else ""
    return f"hẹn trả kết quả ngày {due_on:%d/%m/%Y}{late}"


def promised(one: Matter) -> str:
    """What the office promised and did not keep, or has still to keep."""
    day = one.now.promised_on
    if day is None:
        return ""
    if one.now.standing is Standing.BROKEN:
        return f"Quý đơn vị đã hẹn ngày {day:%d/%m/%Y}, đến nay chưa có kết quả"
    return f"Quý đơn vị hẹn ngày {day:%d/%m/%Y}"


def text(one: Matter, number: str, procedure: str) -> str:
    """Sentences to be copied into an e-mail or a chat."""
    told = ", ".join(filter(None, (where(one), due(one))))
    said = promised(one)
    return (
        f"Kính gửi {one.name}: hồ sơ {number} ({procedure}) {told}."
        f"{f' {said}.' if said else ''} Đang chờ {waits_for(one.leg)}."
        " Đề nghị Quý đơn vị cho biết tình trạng và ngày dự kiến xong."
    )
