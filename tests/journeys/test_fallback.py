"""A list by hand stands in for a land office that is down, and it comes back in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.commands import lienthong
from tests.journeys.officers import Officer
from tests.journeys.test_callbacks import CORRECTION, supplement_request
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Answered, Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
LAND, SECOND, HAND = "land-mau-1", "land-mau-2", "land-mau-tay"
NUMBERS = [f"H00.01-260310-14{n:02}" for n in range(6)]
BY_HAND = f"""
[[office]]
id = "{HAND}"
name = "Chi nhánh Mẫu Một, làm tay (giả lập)"
speaks = "manual"
mock = "manual"
operations_off = []
"""
DOWN = "error_503_retry_after"


def by_hand(config: Path) -> None:
    quick(config)
    path = config / "agencies" / "land_registry.toml"
    path.write_text(path.read_text("utf-8") + BY_HAND, "utf-8")


def land_world(folder: Path, *down: str) -> World:
    """``down``: numbers whose hand-over never reaches the land office."""
    world = World(folder / "run", configure=by_hand)
    for number in NUMBERS:
        world.scenario(number, land_registry={"step": []})
    world.faults = [
        {"agency": "land_registry", "operation": "hand_over", "number": number,
         "do": DOWN, "nth": nth}
        for number in down
        for nth in range(1, 40)
    ]  # fmt: skip
    return world


async def steer(world: World, office: str = LAND, **body: Any) -> Answered:
    said = {"reason": "Mất điện cả tuần", **body}
    return await world.call(
        "POST", f"/v1/lanes/{office}/fallback", said, role="administrator"
    )


async def handed(world: World, number: str) -> Json:
    (found,) = await world.transfers(number, "hand_over")
    return await world.history(found)


async def submit(world: World, number: str, **changed: Any) -> None:
    answered = await world.submit(a_dossier(number, **CORRECTION, **changed))
    assert answered.status == 202


def effects(world: World, number: str) -> int:
    """How often the land system itself took the dossier."""
    return len(world.effects(number, "land_registry", "hand_over"))


async def test_what_has_not_left_goes_to_the_list_and_nothing_is_doubled(
    tmp_path: Path,
) -> None:
    before, during, after = NUMBERS[:3]
    async with land_world(tmp_path, before) as world:
        officer = Officer(world, HAND)
        await submit(world, before)
        await world.pass_hours(0)
        assert (await handed(world, before))["office"] == LAND
        begun = await steer(world, to=HAND)
        assert begun.body["fallback"]["to"] == HAND
        await world.pass_hours(0)
        await submit(world, during)
        await world.pass_hours(0)
        listed = {one["number"]: one for one in await officer.items()}
        assert set(listed) == {before, during}
        assert {one["for_office"] for one in listed.values()} == {LAND}
        # The office comes back in the middle; what was opened stays here.
        assert (await steer(world, end=True)).body["fallback"] is None
        await submit(world, after)
        await world.pass_hours(0)
        for number in (before, during):
            await officer.act(listed[number], "finish", files={"gcn.pdf": b"%PDF-1.4"})
        await world.pass_hours(1)
        assert [effects(world, n) for n in (before, during, after)] == [0, 0, 1]
        assert (await handed(world, after))["office"] == LAND
        for number in (before, during):
            assert (await world.shown(number))["end"] == "finished"
        lanes = await world.call("GET", "/v1/lanes", role="reader")
        assert all(row["fallback"] is None for row in lanes.body["lanes"])


async def test_what_nobody_opened_goes_back_when_the_office_is_there_again(
    tmp_path: Path,
) -> None:
    opened, unopened = NUMBERS[:2]
    async with land_world(tmp_path) as world:
        officer = Officer(world, HAND)
        await steer(world, to=HAND)
        await submit(world, opened)
        await world.pass_hours(0)
        item = await officer.item(opened)
        await submit(world, unopened)
        await world.pass_hours(0)
        assert (await handed(world, unopened))["office"] == HAND
        await steer(world, end=True)
        await world.pass_hours(0)
        assert (await handed(world, unopened))["office"] == LAND
        assert (await handed(world, opened))["office"] == HAND
        assert [effects(world, n) for n in (opened, unopened)] == [0, 1]
        assert [one["number"] for one in await officer.items()] == [opened]
        assert (await officer.act(item, "refuse", note="Thiếu căn cứ")).status == 200
        assert (await world.shown(opened))["end"] == "refused"


async def test_the_end_for_one_office_gives_it_nothing_of_another(
    tmp_path: Path,
) -> None:
    own, others = NUMBERS[:2]
    async with land_world(tmp_path) as world:
        for office in (LAND, SECOND):
            assert (await steer(world, office, to=HAND)).status == 200
        await submit(world, own)
        await submit(world, others, area={"commune": "99103"})
        await world.pass_hours(0)
        for number in (own, others):
            found = await handed(world, number)
            assert (found["office"], found["state"]) == (HAND, "unconfirmed")
        await steer(world, end=True)
        await world.pass_hours(0)
        assert (await handed(world, own))["office"] == LAND
        assert (await handed(world, others))["office"] == HAND
        assert [effects(world, n) for n in (own, others)] == [1, 0]
        await steer(world, SECOND, end=True)
        await world.pass_hours(0)
        assert (await handed(world, others))["office"] == SECOND


async def test_what_was_not_yet_due_at_the_list_goes_back_too(tmp_path: Path) -> None:
    number = NUMBERS[0]
    async with land_world(tmp_path) as world:
        await steer(world, to=HAND)
        paused = {"reason": "Thử"}
        path = f"/v1/lanes/{HAND}/pause"
        await world.call("POST", path, paused, role="administrator")
        await submit(world, number)
        await world.pass_hours(0)
        found = await handed(world, number)
        assert (found["office"], found["state"]) == (HAND, "due")
        await steer(world, end=True)
        await world.pass_hours(0)
        assert (await handed(world, number))["office"] == LAND
        assert effects(world, number) == 1


async def test_what_may_have_left_stays_and_what_waits_behind_it_too(
    tmp_path: Path,
) -> None:
    number = NUMBERS[0]
    world = land_world(tmp_path)
    world.faults = [
        {"agency": "land_registry", "operation": "hand_over", "number": number,
         "do": "lose_answer", "nth": nth}
        for nth in range(1, 4)
    ]  # fmt: skip
    async with world:
        await submit(world, number)
        await world.pass_hours(0)
        present = await handed(world, number)
        assert present["fate"] == "may_have_left"
        await steer(world, to=HAND)
        await world.pass_hours(4)
        kept = await handed(world, number)
        assert kept["office"] == LAND
        assert effects(world, number) == 1
        assert await Officer(world, HAND).items() == []


async def test_those_behind_one_go_with_it(tmp_path: Path) -> None:
    number = NUMBERS[0]
    world = land_world(tmp_path)
    world.faults = [
        {"agency": "land_registry", "operation": "supplement", "number": number,
         "do": DOWN, "nth": nth}
        for nth in range(1, 40)
    ]  # fmt: skip
    async with world:
        await submit(world, number)
        await world.pass_hours(0)
        asked = supplement_request(number, "2026-03-10T01:00:00")
        assert (await world.push("YeuCauBoSungHoSo", asked)).body["Result"] == 1
        path = f"/v1/dossiers/{number}/supplements"
        for name in ("Bản đồ", "Giấy khai sinh"):
            more = {"note": name, "documents": [{"name": name, "copies": 1}]}
            assert (await world.call("POST", path, more)).status == 202
        await world.pass_hours(0)
        before = await world.transfers(number, "supplement")
        assert [one["state"] for one in before] == ["due", "waiting"]
        await steer(world, to=HAND)
        await world.pass_hours(0)
        after = await world.transfers(number, "supplement")
        assert [one["office"] for one in after] == [HAND, HAND]
        assert [one["state"] for one in after] == ["unconfirmed", "waiting"]
        officer = Officer(world, HAND)
        await officer.act(await officer.item(number), "receive")
        await world.pass_hours(0)
        notes = [one["note"] for one in (await officer.item(number))["messages"]]
        assert notes == ["Bản đồ", "Giấy khai sinh"]
        assert (await handed(world, number))["office"] == LAND
        assert world.effects(number, "land_registry", "supplement") == []


async def test_a_fallback_is_known_again_after_a_restart_and_by_command(
    tmp_path: Path,
) -> None:
    async with land_world(tmp_path) as world:
        run_dir = world.stage.run_dir
        why = ("--reason", "Mất mạng")
        done = await lienthong(
            "lane", "fallback", LAND, "--to", HAND, *why, run_dir=run_dir
        )
        assert done.code == 0, done.err
        assert "làm tay (giả lập) nhận thay" in " ".join(done.out.split())
        await world.stop_gateway()
        await world.start_gateway()
        await submit(world, NUMBERS[0])
        await world.pass_hours(0)
        assert (await handed(world, NUMBERS[0]))["office"] == HAND
        listed = await lienthong("lane", "list", run_dir=run_dir, columns=300)
        assert "nhận thay từ 10/03/2026 07:30: Mất mạng" in listed.out
        ended = await lienthong(
            "lane", "fallback", LAND, "--end", *why, run_dir=run_dir
        )
        assert ended.code == 0, ended.err


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"to": "tax-mau-1"}, "fallback_invalid"),
        ({"to": "land-mau-2"}, "fallback_invalid"),
        ({"to": LAND}, "fallback_invalid"),
        ({"to": ""}, "fallback_invalid"),
        ({"to": HAND, "reason": " "}, "reason_missing"),
        ({"end": True}, "no_fallback"),
    ],
)
async def test_what_cannot_stand_in_is_refused(
    body: dict[str, Any], code: str, tmp_path: Path
) -> None:
    async with land_world(tmp_path) as world:
        refused = await steer(world, **body)
        assert (refused.status // 100, refused.body["code"]) == (4, code)


async def test_a_second_one_waits_for_the_end_of_the_first(tmp_path: Path) -> None:
    async with land_world(tmp_path) as world:
        assert (await steer(world, to=HAND)).status == 200
        again = await steer(world, to=HAND)
        assert (again.status, again.body["code"]) == (409, "fallback_lasts")
        said = {"reason": "x", "to": HAND}
        path = f"/v1/lanes/{LAND}/fallback"
        assert (await world.call("POST", path, said, role="operator")).status == 403


async def test_no_one_stands_in_for_who_stands_in(tmp_path: Path) -> None:
    other = BY_HAND.replace(HAND, "land-tay-hai")

    def two_lists(config: Path) -> None:
        by_hand(config)
        path = config / "agencies" / "land_registry.toml"
        path.write_text(path.read_text("utf-8") + other, "utf-8")

    async with World(tmp_path / "run", configure=two_lists) as world:
        assert (await steer(world, to=HAND)).status == 200
        for office, to in ((HAND, "land-tay-hai"), (SECOND, LAND)):
            refused = await steer(world, office, to=to)
            assert (refused.status, refused.body["code"]) == (400, "fallback_invalid")
        assert (await steer(world, SECOND, to="land-tay-hai")).status == 200
        back = await steer(world, "land-tay-hai", to=HAND)
        assert (back.status, back.body["code"]) == (400, "fallback_invalid")


async def test_what_follows_an_opened_dossier_goes_to_the_list_that_has_it(
    tmp_path: Path,
) -> None:
    number = NUMBERS[0]
    async with land_world(tmp_path) as world:
        officer = Officer(world, HAND)
        await steer(world, to=HAND)
        await submit(world, number)
        await world.pass_hours(0)
        item = await officer.item(number)
        await officer.act(item, "supplement", note="Thiếu bản đồ")
        await steer(world, end=True)
        more = {"note": "Bản đồ", "documents": [{"name": "Bản đồ", "copies": 1}]}
        path = f"/v1/dossiers/{number}/supplements"
        assert (await world.call("POST", path, more)).status == 202
        await world.pass_hours(0)
        (sent,) = await world.transfers(number, "supplement")
        assert sent["office"] == HAND
        assert world.effects(number, "land_registry", "supplement") == []
