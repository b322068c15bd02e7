"""Every code that a page or a table may meet has its words, and the right ones."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from gateway.console import labels
from gateway.domain import bulk, message_words
from gateway.domain.attempt import Outcome
from gateway.domain.bulk import JobState
from gateway.domain.case import End, LegState, Pause, Place
from gateway.domain.lane import LaneState
from gateway.domain.obligation import NoticeState
from gateway.domain.principal import Role
from gateway.domain.procedure import Carrier
from gateway.domain.report import ReportKind, Standing
from gateway.domain.transfer import Action, Fate, State
from gateway.domain.words import situation
from gateway.registry.manifest import installed
from gateway.routing.joining import Aside

ROOT = Path(__file__).resolve().parents[3]
TABLES: list[tuple[type[Enum], dict[Any, str]]] = [
    (State, labels.STATES),
    (Fate, labels.FATES),
    (ReportKind, message_words.REPORTS),
    (Standing, labels.STANDINGS),
    (Action, labels.ACTIONS),
    (Pause, labels.PAUSES),
    (LegState, labels.LEG_STATES),
    (Aside, {Aside.NONE: "", **labels.ASIDES}),
    (Carrier, labels.CARRIERS),
    (End, labels.ENDS),
    (Outcome, message_words.OUTCOMES),
    (Role, labels.ROLES),
    (LaneState, labels.LANES),
    (NoticeState, labels.NOTICES),
    (JobState, labels.JOBS),
    (bulk.Outcome, labels.ITEMS),
]


@pytest.mark.parametrize(
    ("kind", "words"),
    TABLES,
    ids=[f"{kind.__module__}.{kind.__name__}" for kind, _ in TABLES],
)
def test_every_member_has_its_words(kind: type[Enum], words: dict[Any, str]) -> None:
    assert set(words) == set(kind)


def test_every_message_that_an_installed_agency_takes_has_its_words() -> None:
    kinds = {k.kind for one in installed(ROOT / "schemas") for k in one.kinds}
    assert len(kinds) > 5
    assert kinds - message_words.KINDS.keys() == set()


def test_what_officials_read_are_the_words_of_their_offices() -> None:
    assert labels.state("unconfirmed") == "chưa rõ cơ quan đã nhận hay chưa"
    assert labels.state("parked") == "chờ cán bộ xử lý"
    assert labels.state("refused") == "cơ quan trả lại do lỗi dữ liệu"


def test_a_number_that_nobody_named_is_still_somebodys() -> None:
    assert labels.number_kind("tax", "so_phieu") == "Số phiếu chuyển thông tin"
    assert labels.number_kind("tax", "la") == "Số của thuế"
    assert labels.number_kind("la", "la") == "Số của cơ quan khác"


@pytest.mark.parametrize("place", list(Place))
def test_every_desk_has_a_name(place: Place) -> None:
    told = labels.desk({"place": place.value, "office_name": "Thuế cơ sở 1"})
    assert told
    assert place.value not in told.split()


def test_a_dossier_that_no_office_takes_lies_at_the_gateway() -> None:
    told = labels.desk({"place": "gateway", "office_name": ""})
    assert told == "cổng liên thông (chưa có nơi nhận)"


def test_an_unconfirmed_transfer_is_the_gateways_turn() -> None:
    said = situation("unconfirmed", "may_have_left", "timeout", {})
    assert said.reason.startswith("Chưa rõ cơ quan đã nhận hay chưa: ")
    assert "Cổng đang hỏi" in said.next_action


def test_a_parked_one_of_unknown_fate_is_a_persons_turn() -> None:
    said = situation("parked", "may_have_left", "delivery_unknown", {})
    assert said.reason.startswith("Chưa rõ cơ quan đã nhận hay chưa")
    assert "Gọi cơ quan nhận" in said.next_action
    assert "hai hồ sơ" in said.next_action


def test_where_repeats_count_once_sending_again_is_said_to_be_safe() -> None:
    said = situation("parked", "may_have_left", "timeout", {}, deduplicates=True)
    assert said.next_action.startswith("Bấm «Gửi lại»")


def test_what_the_gateway_gave_up_is_not_promised_to_go_on_by_itself() -> None:
    trying = situation("due", "not_left", "agency_unavailable", {})
    given_up = situation("parked", "not_left", "agency_unavailable", {})
    assert "Cổng tự gửi lại" in trying.next_action
    assert "Cổng tự" not in given_up.next_action
    assert "Gọi đầu mối" in given_up.next_action


def test_an_agencys_own_words_come_first() -> None:
    own = {"needs_data": ("Thiếu số tờ bản đồ", "Một cửa bổ sung.")}
    said = situation("parked", "not_left", "needs_data", own)
    assert (said.reason, said.next_action) == own["needs_data"]


def test_a_stop_says_whether_the_applicant_is_waited_for() -> None:
    assert labels.pause("stopped", "citizen") == "cơ quan chờ người nộp"
    assert labels.pause("stopped", "agency") == "cơ quan dừng xử lý"


def test_who_acted_is_told_by_the_role_and_never_by_its_code() -> None:
    assert labels.actor("operator") == "vận hành"
    assert labels.actor("officer:xa-mau-1") == f"{labels.role(Role.OFFICER)} xa-mau-1"
    assert "officer" not in labels.actor("officer:xa-mau-1")
    assert labels.actor("nguyen.van.a:b") == "nguyen.van.a:b"
