"""DVCLT or BTP with one thing wrong fails exactly the requirements about it; one may be tried alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.adapters.civil_registry import (
    conformance_server_btp,
    conformance_server_dvclt,
    mock_btp,
    mock_dvclt,
    mock_sessions,
)
from gateway.conformance.partner import trying
from gateway.conformance.partner.mocked import Spoiling, listening, stand
from gateway.conformance.partner.report_html import page
from gateway.conformance.partner.trying import MOCK, Outcome, Wanted
from gateway.conformance.partner.verdicts import Overall, Verdict
from gateway.conforming import Role
from gateway.wiring import conforming
from gateway.wiring import trying as checks
from tests.conformance.partner.chosen import some_of
from tests.conformance.partner.kit import (
    against_mock,
    broken,
    impatient,
    of,
    quietly,
    read,
)
from tests.conformance.partner.spoilt_civil_registry import (
    DVCLT_SILENT,
    SILENT,
    SYSTEMS,
    YES_TO_EVERYTHING,
)


@pytest.fixture(autouse=True)
def smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that is reached sooner, in the kit as in the mock."""
    for module in (conformance_server_btp, conformance_server_dvclt):
        monkeypatch.setattr(module, "LIMIT", 1024 * 1024)
    for module in (mock_btp, mock_dvclt):
        monkeypatch.setattr(module, "MAX_BODY_BYTES", 1024 * 1024)


def numbers(outcome: Outcome, system: str) -> set[str]:
    rows = outcome.folder.requirements.rows
    return {row.number for row in rows if row.system == system}


@pytest.mark.parametrize("what", some_of(SYSTEMS))
async def test_spoilt_systems_break_what_they_break(what: str) -> None:
    spoiling, wrong = SYSTEMS[what]
    outcome = await against_mock("civil_registry", Role.SERVER, spoiling)
    assert broken(outcome).keys() == wrong, broken(outcome)


async def test_a_session_that_a_renewal_does_not_end_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def renew(self: object, token: str, _refresh: str, now: object) -> object:
        return self.begin(now) if token else None  # type: ignore[attr-defined]

    monkeypatch.setattr(mock_sessions.Sessions, "renew", renew)
    outcome = await against_mock("civil_registry", Role.SERVER, only="HT-213")
    assert broken(outcome).keys() == {"HT-213", "HT-214"}


async def test_systems_that_say_yes_to_everything_fail() -> None:
    outcome = await against_mock("civil_registry", Role.SERVER, YES_TO_EVERYTHING)
    assert outcome.overall is Overall.FAILED
    wrong = broken(outcome).keys()
    assert {"HT-241", "HT-503", "HT-807", "HT-810", "HT-905"} <= wrong
    assert {"HT-211", "HT-213", "HT-202", "HT-203"} <= wrong


async def test_systems_that_never_answer_get_that_verdict() -> None:
    outcome = await against_mock("civil_registry", Role.SERVER, SILENT)
    assert outcome.overall is Overall.SILENT
    assert broken(outcome).keys() <= {"HT-1101", "HT-1102", "HT-242"}
    assert sum(len(one.exchanges) for one in outcome.run.ran) <= 8


async def test_one_system_that_never_answers_takes_nothing_from_the_other() -> None:
    outcome = await against_mock("civil_registry", Role.SERVER, DVCLT_SILENT)
    assert broken(outcome).keys() == {"HT-1102"}
    assert outcome.overall is Overall.FAILED
    untried = numbers(outcome, "server") & of(outcome, Verdict.NOT_TRIED)
    by_people = {"HT-244", "HT-245", "HT-914", "HT-915", "HT-916", "HT-1202"}
    assert untried == by_people
    assert outcome.about("server") is Overall.PASSED
    assert outcome.about("dvclt") is Overall.SILENT


async def alone(system: str) -> Outcome:
    """One of the mock's systems at an address, in real time, and none of the other."""
    kit = read("civil_registry")
    async with (
        stand(kit, kit.usual, Role.SERVER, "http://127.0.0.1:9") as there,
        listening(there) as found,
    ):
        preset = impatient(found, call_s=0.05, poll_s=0.05, token_s=0.05)
        without = {
            "server": replace(preset, others={"dvclt": ""}),
            "dvclt": replace(preset, server=""),
        }
        preset = without[system]
        (against,) = filter(None, preset.addresses.values())
        return await trying.conform(
            kit, preset, Wanted(Role.SERVER, against, by="Người Thử"), quietly()
        )


@pytest.mark.parametrize(
    ("system", "other", "title", "why"),
    [
        ("server", "dvclt", "BTP", "không thử DVCLT: preset không có addresses.dvclt"),
        ("dvclt", "server", "DVCLT", "không thử BTP: preset không có addresses.server"),
    ],
)
async def test_one_of_two_systems_is_tried_alone_and_the_run_says_so(
    tmp_path: Path, system: str, other: str, title: str, why: str
) -> None:
    outcome = await alone(system)
    assert numbers(outcome, other) <= of(outcome, Verdict.NOT_TRIED)
    assert of(outcome, Verdict.HOLDS) <= numbers(outcome, system)
    assert len(of(outcome, Verdict.HOLDS)) > 30
    assert {
        one.why
        for one in outcome.judged
        if one.requirement.system == other and one.requirement.how.value == "test"
    } == {(why,)}
    assert outcome.tried == title
    assert f"Hệ thống đã thử: {title}" in page(outcome)
    (kept,) = conforming.keep(outcome, tmp_path)
    assert kept.name == f"civil_registry.server.{system}.json"


def proven(outcome: Outcome, results: Path) -> Sequence[str]:
    """Which interfaces a run proves."""
    conforming.keep(outcome, results)
    found = [
        manifest.interface
        for manifest in checks.interfaces("civil_registry")
        if (kept := conforming.kept(manifest, results)) is not None and kept.proves
    ]
    return sorted(found)


async def test_a_run_proves_the_interfaces_of_the_system_that_was_tried(
    tmp_path: Path,
) -> None:
    whole = await against_mock("civil_registry", Role.SERVER)
    assert whole.overall is Overall.PASSED
    attested = tuple(
        replace(one, verdict=Verdict.ATTESTED)
        if one.verdict is Verdict.NOT_TRIED
        else one
        for one in whole.judged
    )
    there = replace(
        whole, judged=attested, wanted=replace(whole.wanted, against="https://x")
    )
    assert whole.wanted.against == MOCK
    only_dvclt = replace(there.run, absent=frozenset({"server"}))
    assert proven(replace(there, run=only_dvclt), tmp_path) == ["civil_registry/dvclt"]
    only_btp = replace(there.run, absent=frozenset({"dvclt"}))
    assert proven(replace(there, run=only_btp), tmp_path / "b") == [
        "civil_registry",
        "civil_registry/single",
    ]


async def test_an_answer_in_bare_words_is_shown_by_the_words_of_the_document() -> None:
    def in_words(mock: object, _app: object) -> None:
        mock.office.scenario = lambda _number: {"shape": "words"}  # type: ignore[attr-defined]

    outcome = await against_mock(
        "civil_registry", Role.SERVER, Spoiling(alter=in_words), only="HT-704"
    )
    got = [one.got for ran in outcome.run.ran for one in ran.exchanges]
    assert any("(không phải JSON, " in one for one in got)
    assert any("«Hồ sơ đã tồn tại trong một cửa điện tử»" in one for one in got)
    assert broken(outcome) == {}
