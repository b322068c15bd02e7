"""An agency that does wrong in every way: nothing is lost there, and nothing doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from gateway.mockagency.faults_kinds import KINDS, Stage
from tests.world import World, document_of, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(150),
    pytest.mark.asyncio(loop_scope="module"),
]
EXAMPLE = "56-cap-dien-ha-ap"
#: What a row has to say beside its kind.
MORE: dict[str, dict[str, Any]] = {
    "delay_s": {"seconds": 0.1},
    "status": {"status": 418, "text": "khong"},
    "unknown_code": {"field": "TYPE"},
    "clock_off": {"minutes": 90},
    "text_200": {"text": "Lỗi hệ thống"},
    "text_after": {"text": "Lỗi hệ thống"},
    "huge": {"bytes": 12_000_000},
    "late_call": {"seconds": 7200},
    "slow_drip": {"bytes_per_s": 20},
}
#: What it does to all dossiers of a company has a world of its own.
ALONE = {"restart"}
INCOMING = [
    do
    for do, kind in KINDS.items()
    if kind.stages & {Stage.BEFORE, Stage.AFTER} and do not in ALONE
]
CALLS = [
    do for do, kind in KINDS.items() if Stage.CALL in kind.stages and do not in ALONE
]
MET = {("hand_over", do): f"H00.01-260310-27{n:02d}" for n, do in enumerate(INCOMING)}
MET |= {("CapNhatTienDo", do): f"H00.01-260310-28{n:02d}" for n, do in enumerate(CALLS)}
#: Letters stand in the reason of an obstacle alone, which is told twice.
OLD_LETTERS = ("CapNhatTienDo", "tcvn3")
ABSENT = {"step": "KS", "code": "KHVM", "reason": "Khách hàng vắng mặt"}
FORGOTTEN = "H00.01-260310-2901"


def impatient(config: Path) -> None:
    quick(config)
    path = config / "agencies" / "electricity.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("timeout_s = 5.0", "timeout_s = 1.0"), "utf-8")


def row(operation: str, do: str, number: str) -> dict[str, Any]:
    whom = {"agency": "electricity", "operation": operation}
    whom |= {"number": number} if number else {}
    more = MORE.get(do, {})
    if (operation, do) == ("CapNhatTienDo", "unknown_code"):
        more = {"field": "MA_CVIEC"}
    if (operation, do) == OLD_LETTERS:
        more = {"every": True}
    return {**whom, "do": do, **more}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Every fault once, each met by a dossier of its own, run to the end."""
    world = World(tmp_path_factory.mktemp("every") / "run", configure=impatient)
    world.faults = [row(*what, number) for what, number in MET.items()]
    world.scenario(MET[OLD_LETTERS], electricity={"obstacle": [ABSENT]})
    async with world:
        for number in MET.values():
            document = {**document_of(EXAMPLE), "number": number}
            assert (await world.submit(document)).status == 202
        await world.settle()
        yield world


def books(world: World, number: str) -> list[str]:
    """Faults that a dossier met and that acted, by the book of the mock."""
    lines = world.book("electricity", "faults")
    own = [one["facts"] for one in lines if one["number"] == number]
    missed = {facts["nth"] for facts in own if "missed" in facts}
    return [facts["do"] for facts in own if facts["nth"] not in missed]


@pytest.mark.parametrize("what", MET, ids="-".join)
async def test_a_request_takes_effect_once_whatever_the_agency_did(
    world: World, what: tuple[str, str]
) -> None:
    number = MET[what]
    assert books(world, number) == [what[1]] * (2 if what == OLD_LETTERS else 1)
    assert len(world.effects(number, "electricity", "hand_over")) == 1
    (handed,) = await world.transfers(number, "hand_over")
    assert handed["state"] in {"delivered", "answered"}


@pytest.mark.parametrize("what", MET, ids="-".join)
async def test_a_dossier_that_met_a_fault_still_ends(
    world: World, what: tuple[str, str]
) -> None:
    shown = await world.shown(MET[what])
    assert shown["end"] == "finished"
    assert {t["state"] for t in shown["transfers"]} <= {"delivered", "answered"}


async def test_only_what_did_not_arrive_was_sent_again(world: World) -> None:
    """After the work an enquiry finds the request; before it there is none to find."""
    for (operation, do), number in MET.items():
        if operation == "hand_over":
            before = Stage.BEFORE in KINDS[do].stages and do != "delay_s"
            arrived = world.arrivals(number, "electricity", "hand_over")
            assert len(arrived) == 1, do
            (handed,) = await world.transfers(number, "hand_over")
            assert handed["attempts"] == 1 + before, do


@pytest.mark.parametrize("operation", ["hand_over", "CapNhatTienDo"])
async def test_a_dossier_that_its_company_forgot_is_told_as_standing_still(
    tmp_path: Path, operation: str
) -> None:
    world = World(tmp_path / "run", configure=impatient)
    world.faults = [row(operation, "restart", FORGOTTEN)]
    async with world:
        await world.submit({**document_of(EXAMPLE), "number": FORGOTTEN})
        await world.pass_hours(24 * 21)
        assert books(world, FORGOTTEN) == ["restart"]
        assert len(world.effects(FORGOTTEN, "electricity", "hand_over")) == 1
        assert (await world.shown(FORGOTTEN))["end"] == ""
        stuck = await world.call("GET", "/v1/stuck", role="operator")
        causes = stuck.body["causes"]
        assert {cause["office"] for cause in causes} == {"dien-luc-mau"}
        assert {cause["sample"]["number"] for cause in causes} == {FORGOTTEN}


CHANCES = [("error_500_before", 30), ("lose_answer", 30)]


async def _by_chance(run: Path, seed: int) -> list[tuple[str, ...]]:
    """What fell on which message, and what took effect, of some dossiers at once."""
    world = World(run, configure=impatient)
    world.seed = seed
    rows = ({**row("hand_over", do, ""), "percent": share} for do, share in CHANCES)
    world.faults = list(rows)
    numbers = [f"H00.01-260310-30{n:02d}" for n in range(8)]
    async with world:
        for number in numbers:
            await world.submit({**document_of(EXAMPLE), "number": number})
        await world.settle()
        shown = [(await world.shown(number))["end"] for number in numbers]
        assert shown == ["finished"] * len(numbers)
        met = world.book("electricity", "faults")
        told = [(b["number"], b["facts"]["do"], str(b["facts"]["nth"])) for b in met]
        effects = [(b["number"], b["kind"]) for b in world.book("electricity")]
        assert {n for n, kind in effects if kind == "hand_over"} == {*numbers}
        return sorted([*told, *effects])


async def test_one_seed_gives_the_same_faults_and_effects_in_two_whole_runs(
    tmp_path: Path,
) -> None:
    first = await _by_chance(tmp_path / "one", 11)
    assert len({do for _, do, *turn in first if turn}) == len(CHANCES)
    assert await _by_chance(tmp_path / "two", 11) == first
