"""A water company that is wrong in one thing fails exactly the requirements about it."""

from __future__ import annotations

import pytest

from gateway.conformance.partner.mocked import Spoiling
from gateway.conformance.partner.verdicts import Overall, Verdict
from gateway.conforming import Role
from tests.conformance.partner import spoilt_water
from tests.conformance.partner.chosen import some_of
from tests.conformance.partner.kit import against_mock, broken, of


@pytest.mark.parametrize("what", some_of(spoilt_water.COMPANIES))
async def test_a_spoilt_company_breaks_what_it_breaks(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, wrong = spoilt_water.COMPANIES[what]
    spoilt_water.quick(monkeypatch)
    spoil(monkeypatch)
    outcome = await against_mock("water", Role.SERVER)
    assert broken(outcome).keys() == wrong, broken(outcome)
    assert outcome.overall is Overall.FAILED


@pytest.mark.parametrize(
    "table",
    [
        *("bom", "tab", "comma_cr", "windows_1258", "utf_16", "sep", "moved_columns"),
        *("other_sheet", "second_sheet", "typed"),
    ],
)
async def test_a_table_that_the_document_allows_is_no_fault(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt_water.quick(monkeypatch)
    spoilt_water.lots(table=table)(monkeypatch)
    for number in ("NN-502", "NN-503"):
        outcome = await against_mock("water", Role.SERVER, only=number)
        assert broken(outcome) == {}
        assert number in of(outcome, Verdict.HOLDS)


@pytest.mark.parametrize(
    "table", ["two_sheets", "no_sheet", "no_day_column", "web_page", "tcvn3"]
)
async def test_a_table_that_nobody_can_read_is_one(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt_water.quick(monkeypatch)
    spoilt_water.lots(table=table)(monkeypatch)
    outcome = await against_mock("water", Role.SERVER, only="NN-502")
    assert "NN-502" in broken(outcome)


async def test_a_company_that_takes_nothing_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoilt_water.quick(monkeypatch)
    spoilt_water.takes_nothing(monkeypatch)
    outcome = await against_mock("water", Role.SERVER)
    assert outcome.overall is Overall.SILENT
    assert of(outcome, Verdict.HOLDS) == set()


async def test_a_company_that_takes_everything_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoilt_water.quick(monkeypatch)
    spoilt_water.takes_everything(monkeypatch)
    outcome = await against_mock("water", Role.SERVER)
    assert outcome.overall is Overall.FAILED
    assert broken(outcome).keys() >= {
        *("NN-234", "NN-242", "NN-243", "NN-244", "NN-413", "NN-421"),
        *("NN-705", "NN-707", "NN-708", "NN-709", "NN-710", "NN-711", "NN-712"),
        "NN-720",
    }


@pytest.mark.parametrize(
    ("spoiling", "wrong"),
    [
        (spoilt_water.runs_programs(), {"NN-273"}),
        (spoilt_water.opens_doors(), {"NN-272", "NN-274"}),
    ],
    ids=["runs programs", "opens doors"],
)
async def test_an_account_that_may_do_more_breaks_that(
    spoiling: Spoiling, wrong: set[str]
) -> None:
    outcome = await against_mock("water", Role.SERVER, spoiling, only="NN-272")
    assert broken(outcome).keys() == wrong, broken(outcome)
