"""A tax office that reads packages and is wrong in one thing fails what is about it."""

from __future__ import annotations

import pytest

from gateway.conformance.partner.verdicts import Overall, Verdict
from gateway.conforming import Role
from tests.conformance.partner import spoilt_tax_file
from tests.conformance.partner.chosen import some_of
from tests.conformance.partner.kit import against_mock, broken, of
from tests.conformance.partner.spoilt_water import quick


@pytest.mark.parametrize("what", some_of(spoilt_tax_file.OFFICES))
async def test_a_spoilt_office_breaks_what_it_breaks(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, wrong = spoilt_tax_file.OFFICES[what]
    quick(monkeypatch)
    spoil(monkeypatch)
    outcome = await against_mock("tax_file", Role.SERVER)
    assert broken(outcome).keys() == wrong, broken(outcome)


async def test_an_office_that_reads_nothing_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick(monkeypatch)
    spoilt_tax_file.reads_nothing(monkeypatch)
    outcome = await against_mock("tax_file", Role.SERVER)
    assert outcome.overall is Overall.SILENT
    assert of(outcome, Verdict.HOLDS) == set()


async def test_an_office_that_takes_everything_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick(monkeypatch)
    spoilt_tax_file.takes_everything(monkeypatch)
    outcome = await against_mock("tax_file", Role.SERVER)
    assert outcome.overall is Overall.FAILED
    assert broken(outcome).keys() >= {
        *("TF-420", "TF-421", "TF-422", "TF-423", "TF-424", "TF-425"),
        *("TF-440", "TF-441", "TF-442", "TF-444", "TF-445", "TF-450"),
    }
