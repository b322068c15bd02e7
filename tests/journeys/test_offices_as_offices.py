"""Lanes that behave as offices: hours, maintenance, stop, a gentle return, a bad one."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.test_callbacks import CORRECTION, quiet_world
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import web

    from tests.world import Answered, Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
LAND = "land-mau-1"
NUMBERS = [f"H00.01-260310-11{n:02d}" for n in range(60)]
HOURS = """
[[office.hours]]
from = "07:30"
to = "11:30"

[[office.hours]]
from = "13:30"
to = "17:00"

"""


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime.fromisoformat(f"2026-03-{day:02}T{hour:02}:{minute:02}:00+07:00")


def with_hours(config: Path) -> None:
    quick(config)
    path = config / "agencies" / "land_registry.toml"
    text = path.read_text("utf-8")
    at = text.index("[office.lane]", text.index(f'id = "{LAND}"'))
    path.write_text(text[:at] + HOURS + text[at:], "utf-8")


def land_world(folder: Path, *numbers: str, hours: bool = False) -> World:
    world = quiet_world(folder, *numbers)
    if hours:
        with_hours(world.stage.config)
    return world


async def lane(world: World, office: str = LAND) -> Json:
    answered = await world.call("GET", "/v1/lanes", role="operator")
    return next(one for one in answered.body["lanes"] if one["office"] == office)


async def steer(world: World, path: str, **body: Any) -> Answered:
    return await world.call(
        "POST", path, {"reason": "Thử", **body}, role="administrator"
    )


async def handed(world: World, number: str) -> Json:
    (found,) = await world.transfers(number, "hand_over")
    return found


def came(world: World, kind: str = "hand_over") -> list[tuple[str, datetime]]:
    return [
        (line["number"], datetime.fromisoformat(line["at"]))
        for line in world.book("land_registry", "arrivals")
        if line["kind"] == kind
    ]


# ----------------------------------------------------------------------- hours


async def test_an_office_with_hours_gets_nothing_at_night_and_all_of_it_in_the_morning(
    tmp_path: Path,
) -> None:
    numbers = NUMBERS[:6]
    async with land_world(tmp_path, *numbers, hours=True) as world:
        await world.pass_until(local(10, 18))
        for number in numbers:
            await world.submit(a_dossier(number, **CORRECTION))
        await world.pass_until(local(11, 7, 29))
        assert came(world) == []
        waiting = await world.history(await handed(world, numbers[0]))
        assert (waiting["state"], waiting["attempts"]) == ("due", 0)
        assert waiting["words"] == (
            "Ngoài giờ nhận của cơ quan, mở lại lúc 07:30 ngày 11/03/2026"
        )
        shown = await lane(world)
        assert (shown["state"], shown["words"][:10]) == ("off_hours", "ngoài giờ ")
        await world.pass_until(local(11, 7, 31))
        assert [number for number, _ in came(world)] == numbers
        assert {at for _, at in came(world)} == {local(11, 7, 30)}
        assert (await handed(world, numbers[-1]))["attempts"] == 1
        assert (await lane(world))["state"] == "open"


async def test_a_retry_that_falls_into_the_lunch_hour_leaves_after_it(
    tmp_path: Path,
) -> None:
    number = NUMBERS[0]
    world = land_world(tmp_path, number, hours=True)
    world.faults = [
        {"agency": "land_registry", "operation": "hand_over", "number": number,
         "do": "error_503_retry_after", "seconds": 1800}
    ]  # fmt: skip
    async with world:
        await world.pass_until(local(10, 11, 15))
        await world.submit(a_dossier(number, **CORRECTION))
        await world.pass_until(local(10, 13, 29))
        assert (await handed(world, number))["attempts"] == 1
        await world.pass_until(local(10, 13, 31))
        assert [at for _, at in came(world)] == [local(10, 13, 30)]


# ----------------------------------------------------------------- maintenance


async def test_a_maintenance_window_spends_no_attempt_and_ends_by_itself(
    tmp_path: Path,
) -> None:
    number = NUMBERS[0]
    async with land_world(tmp_path, number) as world:
        added = await steer(
            world,
            "/v1/maintenance",
            office=LAND,
            reason="Nâng cấp phần mềm",
            **{"from": "2026-03-10T08:00", "to": "2026-03-10T12:00"},
        )
        assert added.status == 201
        assert [one["code"] for one in added.body["warnings"]] == ["notice_short"]
        await world.pass_until(local(10, 8, 1))
        await world.submit(a_dossier(number, **CORRECTION))
        await world.pass_until(local(10, 11, 59))
        shown = await lane(world)
        assert shown["state"] == "maintenance"
        assert shown["words"] == (
            "cơ quan bảo trì: Nâng cấp phần mềm, gửi lại lúc 12:00 ngày 10/03/2026"
        )
        waits = await handed(world, number)
        assert (waits["state"], waits["attempts"], came(world)) == ("due", 0, [])
        await world.pass_until(local(10, 12, 1))
        assert [at for _, at in came(world)] == [local(10, 12)]
        listed = await world.call("GET", "/v1/maintenance", role="operator")
        assert listed.body["maintenance"] == []
        past = await world.call("GET", "/v1/maintenance?past=true", role="operator")
        assert [one["over"] for one in past.body["maintenance"]] == [True]


async def test_a_window_is_prolonged_and_ended_early_by_a_named_person(
    tmp_path: Path,
) -> None:
    number = NUMBERS[0]
    async with land_world(tmp_path, number) as world:
        added = await steer(
            world, "/v1/maintenance", agency="land_registry", to="2026-03-10T09:00"
        )
        path = f"/v1/maintenance/{added.body['id']}"
        await world.submit(a_dossier(number, **CORRECTION))
        changed = await steer(world, f"{path}/change", to="2026-03-10T15:00")
        assert changed.body["next"]["to"].startswith("2026-03-10T15:00")
        await world.pass_until(local(10, 10))
        assert came(world) == []
        assert (await lane(world, "land-mau-2"))["state"] == "maintenance"
        await world.stop_gateway()
        await world.start_gateway()
        assert (await lane(world))["state"] == "maintenance"
        refused = await world.call(
            "POST", f"{path}/end", {"reason": " "}, role="administrator"
        )
        assert refused.body["code"] == "reason_missing"
        assert (await steer(world, f"{path}/end")).status == 200
        await world.pass_hours(0)
        assert [at for _, at in came(world)] == [local(10, 10)]
        again = await steer(world, f"{path}/end")
        assert (again.status, again.body["code"]) == (409, "maintenance_over")


async def test_a_recurring_window_shuts_on_its_days_and_over_midnight(
    tmp_path: Path,
) -> None:
    async with land_world(tmp_path, *NUMBERS[:1]) as world:
        rule = {"weekdays": ["tuesday"], "hours": "22:00-02:00"}
        added = await steer(world, "/v1/maintenance", office=LAND, rule=rule)
        assert added.body["words"].startswith("thứ Ba hằng tuần, 22:00–02:00")
        seen = []
        for at in (local(10, 21, 59), local(10, 22), local(11, 1, 59), local(11, 2)):
            await world.pass_until(at)
            seen.append((await lane(world))["state"])
        assert seen == ["open", "maintenance", "maintenance", "open"]


# --------------------------------------------------------------- emergency stop


async def test_an_emergency_stop_holds_sends_enquiries_polls_and_says_so_everywhere(
    tmp_path: Path,
) -> None:
    lost, polled, fresh = NUMBERS[:3]
    world = World(tmp_path / "run", configure=quick)
    for number in (lost, polled, fresh):
        world.scenario(number, tax={"notices_after_h": 1})
    world.faults = [
        {"agency": "tax", "operation": "slip_new", "number": lost, "do": "lose_answer"}
    ]
    async with world:
        await world.submit(a_dossier(polled))
        await _until_slip(world, polled, "delivered")
        await world.submit(a_dossier(lost))
        await _until_slip(world, lost, "unconfirmed")
        stopped = await steer(
            world, "/v1/lanes/stop", agency="tax", reason="Lộ khóa kết nối"
        )
        assert "tax-mau-1" in stopped.body["done"]
        assert stopped.body["not_done"] == []
        before = len(world.book("tax", "arrivals"))
        await world.submit(a_dossier(fresh))
        await world.pass_hours(48)
        assert len(world.book("tax", "arrivals")) == before
        shown = await lane(world, "tax-mau-1")
        assert (shown["state"], shown["emergency"]) == ("paused", True)
        assert shown["words"] == "dừng khẩn cấp: Lộ khóa kết nối"
        for page in ("/console/dung-yen", "/console/cho-xu-ly", "/console/ban-giao"):
            text = (await _page(world, page)).decode()
            assert "Dừng khẩn cấp: Thuế cơ sở 1" in text
            assert "Lộ khóa kết nối" in text
        resumed = await steer(world, "/v1/lanes/resume", agency="tax")
        assert set(resumed.body["done"]) == set(stopped.body["done"])
        await world.pass_hours(24)
        assert len(world.book("tax", "arrivals")) > before
        assert "Dừng khẩn cấp" not in (await _page(world, "/")).decode()
        (slip,) = await world.transfers(lost, "slip_new")
        assert slip["state"] in {"delivered", "answered"}
        assert slip["attempts"] == 1


async def _until_slip(world: World, number: str, state: str) -> None:
    for _ in range(200):
        found = await world.transfers(number, "slip_new")
        if found and found[0]["state"] == state:
            return
        await world.pass_hours(0.01 if found else 1)
    raise AssertionError(f"no slip is {state}")


async def _page(world: World, path: str) -> bytes:
    token = world.stage.secrets.value("token.operator")
    found = await world.call(
        "GET", path, role="", headers={"Cookie": f"lienthong={token}"}
    )
    assert found.status == 200
    return found.content


async def test_what_could_not_be_stopped_is_told_by_name(tmp_path: Path) -> None:
    async with land_world(tmp_path, *NUMBERS[:1]) as world:
        await steer(world, f"/v1/lanes/{LAND}/shadow")
        everything = {"all": True}
        stopped = await steer(world, "/v1/lanes/stop", **everything)
        assert [one["office"] for one in stopped.body["not_done"]] == [LAND]
        assert stopped.body["not_done"][0]["code"] == "lane_in_shadow"
        assert "land-mau-2" in stopped.body["done"]
        for wrong in ({}, {"all": True, "office": LAND}, {"office": "no-such"}):
            refused = await steer(world, "/v1/lanes/stop", **wrong)
            assert (refused.status, refused.body["code"]) == (400, "offices_not_chosen")
        await world.stop_gateway()
        await world.start_gateway()
        assert (await lane(world, "land-mau-2"))["emergency"] is True


# --------------------------------------------------- ramp, poison, a wish to wait


class Crowd:
    """How many calls a mock has at once, and how many it has answered."""

    def __init__(self, world: World) -> None:
        self.now = self.answered = 0
        self.seen: list[tuple[int, int]] = []
        mock: Any = world._mocks["land_registry"]
        serve = mock._serve

        async def counted(request: web.Request, handler: Any) -> web.StreamResponse:
            if not request.path.endswith("/tiepnhan"):
                found: web.StreamResponse = await serve(request, handler)
                return found
            self.now += 1
            self.seen.append((self.now, self.answered))
            try:
                answer: web.StreamResponse = await serve(request, handler)
                return answer
            finally:
                self.now -= 1
                self.answered += 1

        mock._serve = counted


async def test_after_a_window_the_office_is_met_by_one_by_two_by_four(
    tmp_path: Path,
) -> None:
    numbers = NUMBERS[:24]
    world = land_world(tmp_path, *numbers)
    world.faults = [
        {"agency": "land_registry", "operation": "hand_over", "do": "delay_s",
         "seconds": 0.05, "every": True}
    ]  # fmt: skip
    async with world:
        await steer(world, "/v1/maintenance", office=LAND, to="2026-03-10T09:00")
        for number in numbers:
            await world.submit(a_dossier(number, **CORRECTION))
        crowd = Crowd(world)
        await world.pass_until(local(10, 9, 1))
        assert crowd.answered == len(numbers)
        assert all(at_once <= answered + 1 for at_once, answered in crowd.seen)
        peaks = [at_once for at_once, _ in crowd.seen]
        assert peaks[0] == 1
        assert max(peaks) >= 4


async def test_one_poison_message_delays_nobody_and_is_parked_alone(
    tmp_path: Path,
) -> None:
    poison, *good = NUMBERS[:51]
    world = land_world(tmp_path, poison, *good)
    world.faults = [
        {"agency": "land_registry", "operation": "hand_over", "number": poison,
         "do": "error_500_before", "every": True}
    ]  # fmt: skip
    async with world:
        await world.submit(a_dossier(poison, **CORRECTION))
        await world.pass_hours(12)
        assert (await handed(world, poison))["attempts"] > 5
        assert (await lane(world))["state"] == "open"
        begun = world.now()
        for number in good:
            await world.submit(a_dossier(number, **CORRECTION))
        await world.pass_hours(0)
        arrived = dict(came(world))
        assert {arrived[number] for number in good} == {begun}
        await world.pass_hours(24 * 6)
        ended = await handed(world, poison)
        assert (ended["state"], ended["fate"]) == ("parked", "may_have_left")
        assert (await lane(world))["state"] == "open"
        for number in good:
            assert (await handed(world, number))["attempts"] == 1


async def test_a_wish_to_wait_holds_the_whole_office_and_no_longer_than_an_hour(
    tmp_path: Path,
) -> None:
    first, second = NUMBERS[:2]
    world = land_world(tmp_path, first, second)
    world.faults = [
        {"agency": "land_registry", "operation": "hand_over", "number": first,
         "do": "too_many_429", "seconds": 7200}
    ]  # fmt: skip
    async with world:
        await world.submit(a_dossier(first, **CORRECTION))
        await world.pass_hours(0)
        shown = await lane(world)
        assert shown["state"] == "held"
        until = datetime.fromisoformat(shown["resume_at"])
        assert until == world.now() + timedelta(hours=1)
        await world.submit(a_dossier(second, **CORRECTION))
        await world.stop_gateway()
        await world.start_gateway()
        await world.pass_hours(0.99)
        assert came(world) == []
        assert "đề nghị chờ" in (await lane(world))["words"]
        await world.pass_hours(0.02)
        assert [number for number, _ in came(world)] == [second]
        await world.settle()
        assert (await handed(world, first))["state"] == "delivered"
        assert (await lane(world))["state"] == "open"


async def test_many_offices_are_stopped_in_one_moment(tmp_path: Path) -> None:
    async with land_world(tmp_path, *NUMBERS[:1]) as world:
        assert world.gateway is not None
        stopping = asyncio.create_task(
            steer(world, "/v1/lanes/stop", agency="land_registry")
        )
        answered = await stopping
        offices = answered.body["done"]
        assert len(offices) > 1
        lanes, now = world.gateway.lanes, world.gateway.clock.now()
        assert {lanes.room(office, now) for office in offices} == {0}
        lines = await world.gateway.opened.store.lanes()
        assert {one.emergency for one in lines if one.office in offices} == {True}
