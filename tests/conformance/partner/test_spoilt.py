"""A counterpart that is wrong in one thing fails exactly the requirements about it."""

from __future__ import annotations

import pytest

from gateway.adapters.electricity import mock_pushes
from gateway.conformance.partner.mocked import Spoiling
from gateway.conformance.partner.verdicts import Overall, Verdict
from gateway.conforming import Role
from tests.conformance.partner.chosen import some_of
from tests.conformance.partner.kit import against_mock, broken, of
from tests.conformance.partner.spoilt import CLIENTS, SERVERS, calling


@pytest.mark.parametrize("what", some_of(SERVERS))
async def test_a_spoilt_company_that_is_called_breaks_what_it_breaks(what: str) -> None:
    spoiling, wrong = SERVERS[what]
    outcome = await against_mock("electricity", Role.SERVER, spoiling)
    assert broken(outcome).keys() == wrong, broken(outcome)
    assert outcome.overall is Overall.FAILED


@pytest.mark.parametrize("what", some_of(CLIENTS))
async def test_a_spoilt_company_that_calls_breaks_what_it_breaks(what: str) -> None:
    spoiling, wrong = CLIENTS[what]
    outcome = await against_mock("electricity", Role.CLIENT, spoiling)
    assert broken(outcome).keys() == wrong, broken(outcome)
    assert outcome.overall is Overall.FAILED


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [("REPEAT_AFTER_S", 60, "DL-913"), ("REPEATS", 40, "DL-914")],
)
async def test_a_company_that_repeats_otherwise_breaks_that(
    monkeypatch: pytest.MonkeyPatch, name: str, value: int, wrong: str
) -> None:
    monkeypatch.setattr(mock_pushes, name, value)
    outcome = await against_mock("electricity", Role.CLIENT)
    assert broken(outcome).keys() == {wrong}, broken(outcome)


@pytest.mark.parametrize(
    ("spoiling", "told"),
    [
        (Spoiling(host="khac.example"), "không cấp cho máy chủ"),
        (Spoiling(expired=True), "hết hạn"),
    ],
    ids=["another host", "expired"],
)
async def test_nothing_is_sent_where_the_certificate_is_wrong(
    spoiling: Spoiling, told: str
) -> None:
    outcome = await against_mock("electricity", Role.SERVER, spoiling)
    assert broken(outcome).keys() == {"DL-205"}
    assert told in broken(outcome)["DL-205"]
    assert of(outcome, Verdict.HOLDS) == set()
    assert [one for ran in outcome.run.ran for one in ran.exchanges] == []


async def test_a_company_that_never_calls_gets_that_verdict() -> None:
    mute = calling()

    def alter(mock: object, _app: object) -> None:
        mock.office.settings.pop("callback_base")  # type: ignore[attr-defined]

    outcome = await against_mock(
        "electricity", Role.CLIENT, Spoiling(alter=alter, host=mute.host)
    )
    assert broken(outcome) == {}
    assert of(outcome, Verdict.HOLDS) == set()
    assert "DL-901" in of(outcome, Verdict.NO_CALL)
    assert outcome.overall is Overall.INCOMPLETE
