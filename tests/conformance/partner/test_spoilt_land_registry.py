"""A land system (VBDLIS) that is wrong in one thing fails exactly the requirements about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.adapters.land_registry import mock_callbacks
from gateway.conformance.partner.mocked import Spoiling
from gateway.conformance.partner.trying import MOCK, Wanted, conform
from gateway.conformance.partner.verdicts import Overall, Verdict
from gateway.conforming import Role
from tests.conformance.partner.chosen import some_of
from tests.conformance.partner.kit import (
    against_mock,
    broken,
    impatient,
    of,
    quietly,
    read,
)
from tests.conformance.partner.spoilt import Content, called, calling, early
from tests.conformance.partner.spoilt_land_registry import (
    CLIENTS,
    SERVERS,
    cut,
    never,
    told,
    yes_to_everything,
)

VBDLIS = "land_registry"
SECRET = "ma-bi-mat-thu"
#: What a system that says yes to everything does right.
KEPT_BY_YES = """
    201 202 204 205 207 301 402 405 501 502 503 505 506 507 517 601 701 702
    901 902 903 951 953 961 971 973 974 975
"""


def numbers(*short: str) -> set[str]:
    return {f"DD-{one}" for one in short}


@pytest.mark.parametrize("what", some_of(SERVERS))
async def test_a_spoilt_land_system_that_is_called_breaks_what_it_breaks(
    what: str,
) -> None:
    make, wrong = SERVERS[what]
    outcome = await against_mock(VBDLIS, Role.SERVER, make())
    assert broken(outcome).keys() == numbers(*wrong), broken(outcome)
    assert outcome.overall is Overall.FAILED


@pytest.mark.parametrize("what", some_of(CLIENTS))
async def test_a_spoilt_land_system_that_calls_breaks_what_it_breaks(what: str) -> None:
    make, wrong = CLIENTS[what]
    outcome = await against_mock(VBDLIS, Role.CLIENT, make())
    assert broken(outcome).keys() == numbers(*wrong), broken(outcome)
    assert outcome.overall is Overall.FAILED


def _area_in_texts(_operation: str, call: Content) -> Content:
    for name in call.keys() & {"TinhId", "HuyenId", "XaId"}:
        call[name] = int(call[name])
    return call


async def test_area_numbers_as_texts_break_that() -> None:
    outcome = await against_mock(VBDLIS, Role.SERVER, called(_area_in_texts))
    assert broken(outcome).keys() == {"DD-805"}


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        (lambda url: f"{url}?ma={SECRET}", {"DD-222"}),
        (lambda url: url.removesuffix(f"/{SECRET}") + f"?ma={SECRET}", {"DD-221"}),
    ],
    ids=["also in the query", "in the query alone"],
)
async def test_a_secret_in_another_place_breaks_that(
    url: object, wrong: set[str]
) -> None:
    spoiling = calling(lambda at, call: (url(at), call))  # type: ignore[operator]
    outcome = await against_mock(VBDLIS, Role.CLIENT, spoiling, only="DD-222")
    assert broken(outcome).keys() == wrong, broken(outcome)


async def test_a_system_that_says_yes_to_everything_breaks_all_that_it_should_refuse() -> (
    None
):
    outcome = await against_mock(VBDLIS, Role.SERVER, early(yes_to_everything))
    kept = numbers(*KEPT_BY_YES.split())
    assert of(outcome, Verdict.HOLDS) == kept
    assert broken(outcome).keys() | of(outcome, Verdict.NOT_TRIED) | kept == {
        row.number for row in outcome.folder.requirements.of(Role.SERVER)
    }
    assert outcome.overall is Overall.FAILED


@pytest.mark.parametrize("answer", [never, cut])
async def test_a_system_that_never_answers_gets_that_verdict_and_no_hang(
    answer: object,
) -> None:
    kit = read(VBDLIS)
    wanted = Wanted(Role.SERVER, MOCK)
    outcome = await conform(
        kit,
        impatient(kit.usual, answer_s=0.3),
        wanted,
        quietly(),
        early(answer),  # type: ignore[arg-type]
    )
    assert broken(outcome).keys() == {"DD-207"}
    assert of(outcome, Verdict.HOLDS) == set()
    assert outcome.overall is Overall.SILENT


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [("REPEAT_AFTER_S", 60, "DD-229"), ("REPEATS", 40, "DD-231")],
)
async def test_a_system_that_repeats_otherwise_breaks_that(
    monkeypatch: pytest.MonkeyPatch, name: str, value: int, wrong: str
) -> None:
    monkeypatch.setattr(mock_callbacks, name, value)
    outcome = await against_mock(VBDLIS, Role.CLIENT)
    assert broken(outcome).keys() == {wrong}, broken(outcome)


def _own_number_of_nobody(call: Content) -> None:
    if "ThongTinNguoiNopDon" in call:
        call["MaHoSoMotCua"] = None


async def test_an_own_number_that_names_no_dossier_is_waited_for_in_vain() -> None:
    outcome = await against_mock(VBDLIS, Role.CLIENT, told(_own_number_of_nobody)())
    assert broken(outcome) == {}
    assert of(outcome, Verdict.NO_CALL) == numbers("422", "423", "424", "1001")


async def test_a_system_that_prints_before_the_money_is_there_breaks_that() -> None:
    kit = read(VBDLIS)
    early_print = {
        "step": [
            {"on": on, "after_h": 2, "send": "ChuyenHoSo", "MaTrangThai": 16}
            for on in ("hand_over", "owed_again", "paid")
        ]
    }
    acts = dict(kit.acts)
    acts["print_when_paid"] = replace(acts["print_when_paid"], scenario=early_print)
    wanted = Wanted(Role.CLIENT, MOCK, only="DD-550")
    outcome = await conform(replace(kit, acts=acts), kit.usual, wanted, quietly())
    assert broken(outcome).keys() == numbers("550", "977")


async def test_an_office_without_a_message_of_ours_is_not_tried_about_it() -> None:
    kit = read(VBDLIS)
    lacking = {name: "không" for name in kit.usual.codes if name.startswith("has_")}
    preset = replace(kit.usual, codes={**kit.usual.codes, **lacking})
    outcome = await conform(kit, preset, Wanted(Role.SERVER, MOCK), quietly())
    ours = {
        row.number
        for row in kit.requirements.of(Role.SERVER)
        if row.vi.startswith("Nơi có thao tác")
    }
    assert broken(outcome) == {}
    assert ours <= of(outcome, Verdict.NOT_TRIED)
    assert outcome.overall is Overall.INCOMPLETE


async def test_a_system_that_never_calls_gets_that_verdict() -> None:
    async def lost(*_args: object, **_more: object) -> object:
        raise ConnectionError

    def alter(mock: object, _app: object) -> None:
        mock.office.call = lost  # type: ignore[attr-defined]

    outcome = await against_mock(VBDLIS, Role.CLIENT, Spoiling(alter=alter))
    assert broken(outcome) == {}
    assert of(outcome, Verdict.HOLDS) == set()
    assert "DD-221" in of(outcome, Verdict.NO_CALL)
    assert outcome.overall is Overall.INCOMPLETE
