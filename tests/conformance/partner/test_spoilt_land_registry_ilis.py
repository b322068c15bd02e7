"""A land system (iLIS) that is wrong in one thing fails exactly the requirements about it."""

from __future__ import annotations

import pytest

from gateway.adapters.land_registry.mock_ilis_sessions import Sessions
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
from tests.conformance.partner.spoilt import calling, early
from tests.conformance.partner.spoilt_land_registry import (
    CLIENTS,
    SERVERS,
    never,
    yes_to_everything,
)
from tests.conformance.partner.spoilt_land_registry_ilis import ALLOWED, OWN

ILIS = "land_registry_ilis"
SECRET = "ma-bi-mat-thu"
#: What is wrong with a land system that calls, in both dialects.
DEMANDED = (
    "503 is taken for an end",
    "Result 0 is taken for an end",
    "times are by the wall clock",
    "notices lead out",
    "files need a password",
    "whatever ends is done",
    "a pause is a request for papers",
    "a slip was changed after it was signed",
    "a day is midnight in UTC",
)


def numbers(*short: str) -> set[str]:
    return {f"IL-{one}" for one in short}


@pytest.mark.parametrize("what", some_of(OWN))
async def test_a_spoilt_land_system_breaks_what_it_breaks(what: str) -> None:
    spoiling, wrong = OWN[what]
    outcome = await against_mock(ILIS, Role.SERVER, spoiling)
    assert broken(outcome).keys() == numbers(*wrong), broken(outcome)
    assert outcome.overall is Overall.FAILED


@pytest.mark.parametrize(
    "what",
    ["a repeat is told as new", "areas may be numbers", "a complaint counts once"],
)
async def test_what_both_dialects_demand_is_seen_in_this_one(what: str) -> None:
    make, wrong = SERVERS[what]
    outcome = await against_mock(ILIS, Role.SERVER, make())
    assert broken(outcome).keys() == numbers(*wrong), broken(outcome)


@pytest.mark.parametrize("what", some_of(DEMANDED))
async def test_a_spoilt_land_system_that_calls_breaks_what_it_breaks(what: str) -> None:
    make, wrong = CLIENTS[what]
    outcome = await against_mock(ILIS, Role.CLIENT, make())
    assert broken(outcome).keys() == numbers(*wrong), broken(outcome)


@pytest.mark.parametrize("what", some_of(ALLOWED, step=3))
@pytest.mark.parametrize("role", list(Role))
async def test_what_the_document_allows_breaks_nothing(what: str, role: Role) -> None:
    outcome = await against_mock(ILIS, role, ALLOWED[what])
    assert broken(outcome) == {}
    assert outcome.overall is Overall.PASSED


async def test_a_secret_in_the_path_breaks_that() -> None:
    def in_path(url: str, call: dict[str, object]) -> tuple[str, dict[str, object]]:
        return url.replace("?CodeGet=", "/"), call

    outcome = await against_mock(ILIS, Role.CLIENT, calling(in_path), only="IL-221")
    assert broken(outcome).keys() == {"IL-221"}


@pytest.mark.parametrize(
    ("part", "value", "wrong"),
    [
        ("_is_over", lambda *_given: False, {"247"}),
        ("use", lambda *_given: "open", {"247", "321", "322", "531"}),
    ],
    ids=["a session never ends", "anybody is let in"],
)
async def test_sessions_that_mean_nothing_break_that(
    monkeypatch: pytest.MonkeyPatch, part: str, value: object, wrong: set[str]
) -> None:
    monkeypatch.setattr(Sessions, part, value)
    outcome = await against_mock(ILIS, Role.SERVER)
    assert broken(outcome).keys() == numbers(*wrong), broken(outcome)


async def test_a_system_that_says_yes_to_everything_fails() -> None:
    outcome = await against_mock(ILIS, Role.SERVER, early(yes_to_everything))
    refusing = (
        "206 203 211 312 242 243 244 303 304 305 307 308 321 322 511 512 513 514 "
    )
    others = "515 516 518 519 521 531 801 802 803 806 807 808 904"
    assert numbers(*(refusing + others).split()) <= broken(outcome).keys()
    assert outcome.overall is Overall.FAILED


async def test_a_system_that_never_answers_gets_that_verdict_and_no_hang() -> None:
    kit = read(ILIS)
    preset, wanted = impatient(kit.usual, answer_s=0.3), Wanted(Role.SERVER, MOCK)
    outcome = await conform(kit, preset, wanted, quietly(), early(never))
    assert broken(outcome).keys() == {"IL-207"}
    assert of(outcome, Verdict.HOLDS) == set()
    assert outcome.overall is Overall.SILENT
