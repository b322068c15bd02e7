"""A person asks whether the line to an office is up, over real sockets."""

from __future__ import annotations

import asyncio
import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.identifiers import OfficeId
from tests.journeys.commands import lienthong
from tests.people import person
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(150)]
CHECK = "/v1/offices/{}/check"
EVN, TAX, LAND = "dien-luc-mau", "tax-mau-1", "land-mau-1"


async def checked(world: World, office: str, **body: Any) -> dict[str, Any]:
    answered = await world.call("POST", CHECK.format(office), body, role="operator")
    assert answered.status == 200, answered.body
    return answered.body


async def refused(world: World, office: str, **body: Any) -> dict[str, Any]:
    answered = await world.call("POST", CHECK.format(office), body, role="operator")
    assert answered.status == 409, answered.body
    return answered.body


def results(found: dict[str, Any]) -> dict[str, str]:
    return {one["step"]: one["result"] for one in found["steps"]}


async def test_each_kind_of_line_is_tried_by_what_its_document_offers(
    tmp_path: Path,
) -> None:
    async with World(tmp_path, configure=quick) as world:
        found = await checked(world, EVN)
        assert found["works"]
        assert results(found)["call"] == "done"
        assert "lời hỏi vô hại" in str(found["steps"])
        for office in (TAX, "tax-cong", "btp-mau", "pccc-mau-2"):
            found = await checked(world, office)
            assert results(found)["call"] == "done", found
            assert "lời hỏi vô hại" in str(found["steps"]), found
        assert results(await checked(world, "land-mau-3"))["sign_in"] == "done"
        assert results(await checked(world, "cap-nuoc-mau")) == {"folder": "done"}
        assert "danh sách" in str((await checked(world, "xa-mau-1"))["steps"])
        # No office got any work by this.
        agencies = ("electricity", "tax", "land_registry")
        effects = {agency: world.book(agency) for agency in agencies}
        assert effects == {agency: [] for agency in agencies}


async def test_an_office_is_called_no_more_than_once_a_minute_by_whoever_asks(
    tmp_path: Path,
) -> None:
    async with World(tmp_path, configure=quick) as world:
        answers = await asyncio.gather(
            *(
                world.call("POST", CHECK.format(EVN), {}, role="operator")
                for _ in range(3)
            )
        )
        assert sorted(one.status for one in answers) == [200, 409, 409]
        again = await refused(world, EVN, anyway=True)
        assert again["code"] == "checked_just_now"
        assert "giây" in again["remedy"]
        calls = [one.url for one in world.heard if "LayChiTietTienDo" in one.url]
        assert len(calls) == 1
        # Another office has its own minute.
        await checked(world, TAX)


async def test_an_office_that_asked_not_to_be_called_is_left_alone_unless_told(
    tmp_path: Path,
) -> None:
    async with World(tmp_path, configure=quick) as world:
        window = {
            "office": EVN,
            "reason": "Nâng cấp",
            "to": "2026-03-10T12:00:00+07:00",
        }
        made = await world.call("POST", "/v1/maintenance", window, role="administrator")
        assert made.status == 201, made.body
        said = await refused(world, EVN)
        assert said["code"] == "office_not_to_be_called"
        assert "bảo trì" in said["remedy"]
        assert [one for one in world.heard if one.agency == "electricity"] == []
        assert (await checked(world, EVN, anyway=True))["works"]
        stop = {"office": TAX, "reason": "Thuế yêu cầu"}
        await world.call("POST", "/v1/lanes/stop", stop, role="administrator")
        assert "dừng khẩn cấp" in (await refused(world, TAX))["remedy"]


async def test_a_full_office_is_not_called_besides(tmp_path: Path) -> None:
    async with World(tmp_path, configure=quick) as world:
        assert world.gateway is not None
        lanes, office = world.gateway.lanes, OfficeId(EVN)
        most = lanes.limits(office).in_flight
        lanes.taken(office, most, world.now())
        assert (await refused(world, EVN))["code"] == "office_busy"
        assert [one for one in world.heard if one.agency == "electricity"] == []
        lanes.not_needed(office, most)
        # Nobody looked, so the minute has not begun.
        assert (await checked(world, EVN))["works"]
        # The look has used what the office allows in this second.
        assert lanes.free(office, world.now()) == 0


async def test_what_is_found_is_kept_for_all_and_journalled_without_a_secret(
    tmp_path: Path,
) -> None:
    async with World(tmp_path, configure=quick) as world:
        nothing = await world.call("GET", CHECK.format(EVN), role="reader")
        assert nothing.body == {"check": None}
        key = world.stage.secrets.value(f"{EVN}.key")
        found = await checked(world, EVN)
        kept = (await world.call("GET", CHECK.format(EVN), role="reader")).body["check"]
        assert kept == found
        assert key not in json.dumps(found)
        await world.stop_gateway()
        await world.start_gateway()
        after = (await world.call("GET", CHECK.format(EVN), role="reader")).body[
            "check"
        ]
        assert after == found


async def test_only_people_who_move_things_may_ask(tmp_path: Path) -> None:
    async with World(tmp_path, configure=quick) as world:
        for role, status in (("one_stop", 403), ("reader", 403), ("", 401)):
            answered = await world.call("POST", CHECK.format(EVN), {}, role=role)
            assert answered.status == status, role
        seen = await world.call("GET", CHECK.format(EVN), role="one_stop")
        assert seen.status == 403
        unknown = await world.call("POST", CHECK.format("no"), {}, role="operator")
        assert unknown.status == 404
        assert [one for one in world.heard if one.agency == "electricity"] == []


async def test_the_command_tells_the_steps_and_ends_by_what_it_found(
    tmp_path: Path,
) -> None:
    async with World(tmp_path, configure=quick) as world:
        run = world.stage.run_dir
        done = await lienthong("check", EVN, run_dir=run, columns=200)
        assert done.code == 0, done.err
        assert "Nối máy (TCP)" in done.out
        last = await lienthong("check", EVN, "--last", "--json", run_dir=run)
        assert json.loads(last.out)["works"]
        never = await lienthong("check", LAND, "--last", run_dir=run)
        assert "Chưa kiểm tra lần nào" in never.out


async def test_a_password_that_is_wrong_or_missing_is_told_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    def without_key(config: Path) -> None:
        quick(config)
        path = config / "agencies" / "electricity.toml"
        entry = path.read_text("utf-8")
        assert tomllib.loads(entry)

    async with World(tmp_path, configure=without_key) as world:
        secrets = world.stage.run_dir / "keys" / "secrets.json"
        known = json.loads(secrets.read_text("utf-8"))
        known.pop(f"{EVN}.key")
        secrets.write_text(json.dumps(known), "utf-8")
        await world.stop_gateway()
        await world.start_gateway()
        found = await checked(world, EVN)
        assert not found["works"]
        (step,) = found["steps"]
        assert (step["step"], step["whose"]) == ("entry", "us")
        known[f"{EVN}.key"] = "khoa-khac-mat-roi"
        secrets.write_text(json.dumps(known), "utf-8")
        await world.stop_gateway()
        await world.start_gateway()
        found = await checked(world, EVN)
        (step,) = [one for one in found["steps"] if one["result"] == "failed"]
        assert step["step"] in {"call", "sign_in"}
        assert "khoa-khac-mat-roi" not in json.dumps(found)


async def test_people_of_one_agency_see_and_try_their_own_line_alone(
    tmp_path: Path,
) -> None:
    async with World(tmp_path, configure=quick) as world:
        water = await person(world, "cap-nuoc.a", "operator", "cap-nuoc-mau")
        board = await water.get("/console/don-vi")
        assert "cap-nuoc-mau" in board.text
        assert EVN not in board.text
        assert (await water.get("/console/don-vi/cap-nuoc-mau")).status == 200
        assert (await water.get(f"/console/don-vi/{EVN}")).status == 403
        listed = json.loads((await water.get("/v1/offices")).text)["offices"]
        assert [one["office"] for one in listed] == ["cap-nuoc-mau"]
        assert (await water.get(CHECK.format(EVN))).status == 403
        own = "/console/don-vi/cap-nuoc-mau/kiem-tra"
        await water.get("/console/don-vi/cap-nuoc-mau")
        hidden = water._hidden(own)
        foreign = f"/console/don-vi/{EVN}/kiem-tra"
        assert (await water.bare(foreign, **hidden)).status == 403
        assert [one for one in world.heard if one.agency == "electricity"] == []
        await water.get("/console/don-vi/cap-nuoc-mau")
        assert (await water.send(own)).status == 303
        last = json.loads((await water.get(CHECK.format("cap-nuoc-mau"))).text)
        assert last["check"]["works"]
