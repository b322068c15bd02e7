"""What an office is reminded of, by where the dossier lies and what it promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from gateway.calendar.working_time import working_time
from gateway.chasing.matters import Matter
from gateway.chasing.sentences import must_be_theirs, text, waits_for
from gateway.conformance.store_making import Bench
from gateway.domain.case import Pause, Place
from gateway.domain.chase import Chased, Heard, Standing
from gateway.domain.errors import ActionNotPossible
from gateway.domain.identifiers import PayloadId
from gateway.ports.store import DossierRow

TODAY = date(2026, 3, 13)
NUMBER = "H00.01-260310-1600"


def matter(now: Chased | None = None, **leg: Any) -> Matter:
    case = Bench(None).case(due_on=date(2026, 3, 12))  # type: ignore[arg-type]
    known = replace(
        case.legs[0], place=Place.AGENCY, since=datetime(2026, 3, 10, 2, tzinfo=UTC)
    )
    return Matter(
        row=DossierRow(case, b"", PayloadId("p")),
        leg=replace(known, **leg),
        name="Chi nhánh Ví Dụ",
        chases=(),
        heard=Heard(()),
        now=now or Chased(Standing.NONE),
        today=TODAY,
        working=working_time({}),
        ends=lambda day: day,
    )


def said(one: Matter) -> str:
    return text(one, NUMBER, "Thủ tục ví dụ")


def test_it_names_office_code_days_and_what_is_waited_for() -> None:
    assert said(matter()) == (
        f"Kính gửi Chi nhánh Ví Dụ: hồ sơ {NUMBER} (Thủ tục ví dụ) ở Quý đơn vị từ ngày"
        " 10/03/2026, hẹn trả kết quả ngày 12/03/2026, đã quá hạn. Đang chờ đơn vị giải"
        " quyết và báo kết quả. Đề nghị Quý đơn vị cho biết tình trạng và ngày dự kiến"
        " xong."
    )


def test_it_names_the_promise_that_was_broken_or_stands() -> None:
    broken = Chased(Standing.BROKEN, promised_on=date(2026, 3, 11), broken=1)
    assert "đã hẹn ngày 11/03/2026, đến nay chưa có kết quả" in said(matter(broken))
    still = Chased(Standing.OPEN, promised_on=TODAY)
    assert "Quý đơn vị hẹn ngày 13/03/2026." in said(matter(still))


@pytest.mark.parametrize(
    ("leg", "words"),
    [
        ({"pause": Pause.SUPPLEMENT, "place": Place.CITIZEN}, "giấy tờ bổ sung"),
        (
            {"pause": Pause.FINANCIAL_OBLIGATION, "place": Place.CITIZEN},
            "người nộp thực hiện nghĩa vụ tài chính",
        ),
        ({"pause": Pause.FINANCIAL_OBLIGATION}, "xác nhận nghĩa vụ tài chính"),
        ({"pause": Pause.STOPPED}, "giải quyết tiếp"),
        ({"place": Place.GATEWAY}, "xác nhận đã nhận hồ sơ"),
    ],
)
def test_what_is_waited_for_follows_where_it_lies(
    leg: dict[str, Any], words: str
) -> None:
    assert words in waits_for(matter(**leg).leg)


@pytest.mark.parametrize("place", [Place.ONE_STOP, Place.ISSUER, Place.NOBODY])
def test_nobody_is_reminded_of_what_others_have_to_do_first(place: Place) -> None:
    with pytest.raises(ActionNotPossible) as refused:
        must_be_theirs(matter(place=place).leg, ())
    assert refused.value.code == "chase_not_theirs"


def test_nobody_is_reminded_of_what_has_not_left() -> None:
    with pytest.raises(ActionNotPossible) as refused:
        must_be_theirs(matter(place=Place.GATEWAY).leg, ())
    assert refused.value.code == "chase_nothing_left"
    must_be_theirs(matter(place=Place.AGENCY).leg, ())
