"""Facts as they are written: Vietnam's time, plain text, nothing for nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, cast

import pytest

from gateway.domain.paper import SHOWS
from gateway.domain.paper_forms import Form
from gateway.domain.written import Named, blanks, money, names, written
from gateway.paper.sample import sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.paper import Apology, ControlSlip


def test_a_moment_is_written_in_vietnams_time_and_a_day_as_a_day() -> None:
    late = datetime(2026, 3, 9, 17, 5, tzinfo=UTC)
    assert written(late) == "00 giờ 05 phút, ngày 10/03/2026"
    assert written(date(2026, 4, 1)) == "01/04/2026"


@pytest.mark.parametrize(
    ("digits", "told"),
    [("0", "0 đồng"), ("20000000", "20.000.000 đồng"), ("hai mươi", "hai mươi")],
)
def test_a_sum_is_told_as_it_came_and_never_guessed(digits: str, told: str) -> None:
    assert money(digits) == told


def test_nothing_is_written_as_nothing_and_zero_as_zero() -> None:
    assert (written(None), written(0), written(())) == ("", 0, [])


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ("  An \r\n Bình\r", "An \n Bình"),
        ("An\tBình", "An Bình"),
        ("A\x00\x07\x0b\x0c\x1f\x7f\x85n\ufffe\ud800", "An"),
        ("Nguyễn Thị Ẵm 𠀋", "Nguyễn Thị Ẵm 𠀋"),
    ],
)
def test_what_no_paper_can_hold_is_left_out(said: str, stands: str) -> None:
    assert written(said) == stands


def test_a_paper_becomes_names_and_values_all_the_way_down() -> None:
    plain = written(sample(Form.CONTROL_SLIP))
    assert plain["dossier"]["applicant"]["name"] == "Nguyễn Văn Ví Dụ"
    assert plain["turns"][0]["at"] == "07 giờ 30 phút, ngày 10/03/2026"
    assert plain["open"] is True


def everything(found: tuple[Named, ...]) -> Iterator[Named]:
    for one in found:
        yield one
        yield from everything(one.inner)


@pytest.mark.parametrize("form", Form)
def test_every_field_has_its_words(form: Form) -> None:
    found = list(everything(names(SHOWS[form])))
    assert len(found) > 15
    assert [one.path for one in found if not one.words] == []


def test_what_is_left_open_is_named_once_and_what_may_lack_is_not() -> None:
    paper = cast("Apology", sample(Form.APOLOGY))
    applicant = replace(paper.dossier.applicant, phone="", email="")
    paper = replace(
        paper, reason="", dossier=replace(paper.dossier, applicant=applicant, qr="")
    )
    assert blanks(paper) == [
        "điện thoại người nộp",
        "số bản chính",
        "số bản sao",
        "lý do theo lời cơ quan (trống khi chưa nêu)",
    ]


def test_a_turn_without_moment_is_open_and_one_without_note_is_not() -> None:
    slip = cast("ControlSlip", sample(Form.CONTROL_SLIP))
    turn = replace(slip.turns[0], at=None, note="", until=None, giver_person="")
    assert "lúc giao, nhận" in blanks(replace(slip, turns=(turn, turn)))
    assert "ghi chú" not in blanks(replace(slip, turns=(turn, turn)))
