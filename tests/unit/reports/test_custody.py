"""Who had a dossier from when to when: what the journal proves, and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from gateway.domain.case import LegCase, LegState
from gateway.domain.identifiers import OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.report import ReportKind
from gateway.domain.transfer import Fate, State
from gateway.reports import custody
from gateway.reports.custody import APPLICANT, marks, turned_at, turns
from gateway.reports.reading import Directory
from tests.unit.reports.dossiers import (
    CATALOGUE,
    COUNTER,
    DIRECTORY,
    LAND,
    PROCEDURE,
    TAX,
    at,
    case,
    happened,
    leg,
    opened,
    sent,
    told,
)

HERE = {office: DIRECTORY.office(office) for office in (COUNTER, LAND, TAX)}
ACCEPTED = happened(0, "", "accepted")
HANDED = happened(1, "land", "handed_over")


def test_the_dossier_goes_from_the_applicant_over_the_counter_to_the_office() -> None:
    first, second = turns(opened(), DIRECTORY)
    assert (first.giver, first.receiver) == (APPLICANT, HERE[COUNTER])
    assert first.at == datetime(2026, 3, 10, 0, 0, tzinfo=UTC)
    assert (second.giver, second.receiver) == (HERE[COUNTER], HERE[LAND])
    assert (first.until, second.at, second.until) == (at(1), at(1), None)


def test_no_person_and_no_moment_is_made_up() -> None:
    one = opened(document={})
    first, second = turns(one, DIRECTORY)
    assert first.at is None
    for turn in (first, second):
        assert (turn.giver_person, turn.receiver_person, turn.note) == ("", "", "")


def test_a_message_that_may_not_have_arrived_hands_nothing_over() -> None:
    doubtful = sent("supplement", 5, state=State.PARKED, fate=Fate.MAY_HAVE_LEFT)
    one = opened(transfers=(sent("hand_over", 1), doubtful))
    assert len(turns(one, DIRECTORY)) == 2


def test_a_dossier_that_the_office_opened_never_lay_at_the_counter() -> None:
    journal = (happened(0, "land", "handed_over"), happened(0, "land", "opened"))
    own = leg(happened=("handed_over", "opened"))
    one = opened(journal=journal, transfers=(), case=case(own))
    (turn,) = turns(one, DIRECTORY)
    assert (turn.giver, turn.receiver) == (APPLICANT, HERE[LAND])


def test_the_slip_goes_from_the_land_office_to_tax() -> None:
    journal = (
        *(ACCEPTED, HANDED, happened(30, "land", "slip_issued")),
        happened(31, "tax", "handed_over"),
    )
    last = turns(opened(journal=journal), DIRECTORY)[-1]
    assert (last.giver, last.receiver) == (HERE[LAND], HERE[TAX])
    assert last.note == "Phiếu chuyển thông tin"


def test_tax_is_done_when_its_part_has_ended() -> None:
    ended = leg("tax", state=LegState.ENDED, since=at(90), happened=("handed_over",))
    journal = (ACCEPTED, HANDED, happened(31, "tax", "handed_over"))
    one = opened(journal=journal, case=case(leg(), ended))
    assert turns(one, DIRECTORY)[-1].until == at(90)


def test_a_slip_that_tax_returns_goes_back_to_who_issued_it() -> None:
    returned = told(ReportKind.TAX_RETURNED, 50, TAX, note="Sai số tờ (ví dụ)")
    last = turns(opened(told=(returned,)), DIRECTORY)[-1]
    assert (last.giver, last.receiver) == (HERE[TAX], HERE[LAND])
    assert last.note == "Chuyển trả phiếu chuyển thông tin: Sai số tờ (ví dụ)"


def test_a_slip_that_the_counter_issued_goes_back_to_the_counter() -> None:
    legs = tuple(
        replace(one, issuer="one_stop") if one.name == "tax" else one
        for one in PROCEDURE.legs
    )
    one = opened(
        procedure=replace(PROCEDURE, legs=legs),
        told=(told(ReportKind.TAX_RETURNED, 50, TAX),),
    )
    assert turns(one, DIRECTORY)[-1].receiver == HERE[COUNTER]


def test_a_wrong_dossier_comes_back_to_the_counter_and_goes_again() -> None:
    wrong = told(ReportKind.CORRECTION_REQUEST, 4, note="Sai họ tên", officer="CB9")
    again = (sent("hand_over", 1), sent("hand_over", 6))
    found = turns(opened(told=(wrong,), transfers=again), DIRECTORY)
    back, forth = found[-2:]
    assert (back.giver, back.receiver) == (HERE[LAND], HERE[COUNTER])
    assert (back.giver_person, back.until) == ("CB9", at(6))
    assert (forth.receiver, forth.note) == (HERE[LAND], "Bản sửa của hồ sơ")


def test_a_hand_over_that_nobody_saw_has_no_moment_of_its_own() -> None:
    proved = replace(happened(5, "land", "handed_over"), actor=LAND)
    step = told(ReportKind.PROGRESS, 5, MaCanBoNhan="CB2")
    told_later = replace(step, event_at=at(3))
    ended = told(ReportKind.FINISHED, 20)
    one = opened(journal=(ACCEPTED, proved), told=(told_later, ended))
    _, given, inside, back = turns(one, DIRECTORY)
    assert (inside.at, inside.receiver_person) == (at(3), "CB2")
    assert (given.at, given.receiver) == (None, HERE[LAND])
    assert given.note == (
        "biết chắc đã nhận khi cơ quan xác nhận: 12 giờ 30 phút, ngày 10/03/2026"
    )
    assert (given.until, back.giver) == (at(20), HERE[LAND])


def test_a_dossier_that_the_office_opened_has_the_offices_own_moment() -> None:
    journal = (happened(3, "land", "handed_over"), happened(3, "land", "opened"))
    own = leg(happened=("handed_over", "opened"))
    said = replace(told(ReportKind.OPENED, 3), event_at=at(1))
    one = opened(journal=journal, transfers=(), case=case(own), told=(said,))
    assert [turn.at for turn in turns(one, DIRECTORY)] == [at(1)]


def test_a_message_that_was_refused_is_a_mark_and_no_hand_over() -> None:
    first = sent("hand_over", 1, state=State.REFUSED)
    journal = (ACCEPTED, happened(6, "land", "handed_over"))
    one = opened(journal=journal, transfers=(first, sent("hand_over", 6)))
    assert [turn.at for turn in turns(one, DIRECTORY)][1:] == [at(6)]
    (mark,) = marks(one, DIRECTORY)
    assert (mark.at, mark.office) == (at(1), HERE[LAND])
    assert mark.what == "Trả lại do lỗi dữ liệu"


def test_from_officer_to_officer_the_office_keeps_it() -> None:
    named: dict[str, Any] = {
        "MaCanBoChuyen": "CB1",
        "MaCanBoNhan": "CB2",
        "NoiDungXuLy": "Thẩm định",
    }
    step = told(ReportKind.PROGRESS, 3, **named)
    ended = told(ReportKind.FINISHED, 20, officer="CB4")
    _, given, inside, back = turns(opened(told=(step, ended)), DIRECTORY)
    assert (inside.giver, inside.receiver) == (HERE[LAND], HERE[LAND])
    assert (inside.giver_person, inside.receiver_person) == ("CB1", "CB2")
    assert (given.until, inside.until) == (at(20), at(20))
    assert (back.giver_person, back.receiver_person) == ("CB4", "")


def test_a_step_sent_back_says_so() -> None:
    step = told(ReportKind.PROGRESS, 3, MaCanBoNhan="CB2")
    back = replace(step, facts={"step": "12", "sent_back": True})
    assert turns(opened(told=(back,)), DIRECTORY)[-1].note == "Chuyển lại: bước 12"


def test_an_officer_is_named_where_the_offices_list_names_him() -> None:
    users = [{"account": "CB4", "name": "Bà Lê Thị Ví Dụ"}, {"account": "CB5"}]
    office = CATALOGUE.offices[LAND]
    offices = {LAND: replace(office, settings={**office.settings, "user": users})}
    directory = Directory(replace(CATALOGUE, offices={**CATALOGUE.offices, **offices}))
    assert directory.person("CB4") == "Bà Lê Thị Ví Dụ"
    assert (directory.person("CB5"), directory.person("CB6")) == ("CB5", "CB6")
    assert directory.office(OfficeId("la")) == "la"


def test_what_is_told_after_the_fact_stands_at_the_agencys_own_moment() -> None:
    ended = told(ReportKind.FINISHED, 40)
    late = replace(ended, event_at=at(20))
    assert turns(opened(told=(late,)), DIRECTORY)[-1].at == at(20)


def test_the_result_is_handed_out_once_however_often_it_is_told() -> None:
    out = happened(50, "", "handed_out")
    one = opened(
        journal=(ACCEPTED, HANDED, out, out),
        case=case(handed_out_on=date(2026, 3, 12)),
    )
    last = turns(one, DIRECTORY)[-1]
    assert (last.at, last.receiver) == (date(2026, 3, 12), APPLICANT)
    assert [turn.note for turn in turns(one, DIRECTORY)].count("Trả kết quả") == 1


def test_what_hands_nothing_over_is_a_mark_with_the_agencys_words() -> None:
    paused = told(ReportKind.PAUSED, 9, note="Chờ đo đạc")
    asked = told(ReportKind.SUPPLEMENT_REQUEST, 5)
    journal = (ACCEPTED, HANDED, happened(7, "", "withdrawal_requested"))
    found = marks(opened(told=(paused, asked), journal=journal), DIRECTORY)
    assert [(mark.at, mark.what) for mark in found] == [
        (at(5), "Yêu cầu bổ sung, hoàn thiện hồ sơ"),
        (at(7), "Người nộp yêu cầu rút hồ sơ"),
        (at(9), "Dừng xử lý: Chờ đo đạc"),
    ]
    assert found[1].office == HERE[COUNTER]


@pytest.mark.parametrize(
    ("name", "journal", "turned"),
    [
        ("land", [ACCEPTED], 0),
        ("land", [ACCEPTED, HANDED], 0),
        ("land", [ACCEPTED, happened(5, "", "revised")], 5),
        ("land", [ACCEPTED, HANDED, happened(5, "", "revised")], 0),
        ("land", [happened(2, "land", "handed_over")], 2),
        ("tax", [ACCEPTED, HANDED], None),
        ("land", [happened(0, "", "loaded")], None),
        ("tax", [ACCEPTED, HANDED, happened(9, "land", "slip_issued")], 9),
        (
            "tax",
            [
                *(ACCEPTED, HANDED, happened(9, "land", "slip_issued")),
                happened(11, "tax", "handed_over"),
            ],
            9,
        ),
    ],
)
def test_it_is_an_offices_turn_when_its_part_opens_not_when_a_message_arrives(
    name: str, journal: list[JournalLine], turned: float | None
) -> None:
    here: LegCase = leg(name, state=LegState.WAITING)
    wanted = None if turned is None else at(turned)
    assert turned_at(journal, PROCEDURE.leg(name), here) == wanted


def test_what_was_taken_over_was_handed_over_before() -> None:
    loaded = [happened(4, "", "loaded")]
    here = leg(happened=("handed_over",))
    assert turned_at(loaded, PROCEDURE.leg("land"), here) is None
    one = opened(journal=loaded, transfers=(), case=case(here))
    (turn,) = turns(one, DIRECTORY)
    assert (turn.giver, turn.receiver) == (APPLICANT, HERE[COUNTER])
    (mark,) = marks(one, DIRECTORY)
    assert (mark.at, "trước đó không có ở đây" in mark.what) == (at(4), True)


def test_every_kind_of_report_has_its_place_on_the_slip() -> None:
    handed = {ReportKind.OPENED, ReportKind.TAX_RETURNED}
    assert set(ReportKind) == {*custody._MARKS, *custody._BACK, *handed}


def test_an_observed_part_without_a_word_of_it_began_where_its_case_says() -> None:
    here = leg("tax", since=at(8))
    assert turned_at([ACCEPTED, HANDED], PROCEDURE.leg("tax"), here) == at(8)
