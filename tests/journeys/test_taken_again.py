"""A report that could not be taken in is taken in once what it failed by was mended."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from gateway.wiring.files import read_folder
from tests.journeys.commands import lienthong
from tests.journeys.test_opened_by_office import RECEIPT, opened
from tests.journeys.test_pulled import FIRST, next_pull, pulling
from tests.journeys.test_pulled_odd import Odd
from tests.journeys.test_unmatched import rows, standings
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Answered, Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
WHY = "Đã khai báo trường hợp"


async def kept(world: World) -> list[Json]:
    shown = await world.call("GET", "/v1/unmatched", role="operator")
    found: list[Json] = shown.body["unmatched"]
    return found


async def again(world: World, identifier: str, role: str = "operator") -> Answered:
    path = f"/v1/unmatched/{quote(identifier)}/again"
    return await world.call("POST", path, {"reason": WHY}, role=role)


async def configure(world: World, case: str) -> None:
    """The case by which the land office names a procedure."""
    content = copy.deepcopy(read_folder(world.stage.config))
    for procedure in content["procedures"]:
        if procedure.get("cases", {}).get("land_registry") == "DC-01":
            procedure["cases"]["land_registry"] = case
    (land,) = (a for a in content["agencies"] if a["agency"]["id"] == "land_registry")
    for office in land["office"]:
        for row in office.get("case", ()):
            row["code"] = case if row["code"] == "DC-01" else row["code"]
    applied = await world.call(
        "POST", "/v1/configuration", content, role="administrator"
    )
    assert applied.status == 200, applied.body


async def test_a_dossier_whose_case_was_unknown_begins_once_it_is_configured(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await configure(world, "DC-99")
        await world.push("TiepNhanHoSoChoMotCua", opened())
        (one,) = await kept(world)
        assert (one["code"], one["actions"][0]) == ("case_not_mapped", "again")
        assert "«Nhận lại»" in one["next_action"]
        assert "Gửi lại" not in one["next_action"]
        early = await again(world, one["id"])
        assert (early.status, early.body["code"]) == (409, "report_still_not_taken_in")
        await configure(world, "DC-01")
        taken = await again(world, one["id"])
        assert (taken.status, taken.body["became"]) == (200, "applied")
        await world.settle()
        assert await kept(world) == []
        assert world.told(RECEIPT) == [(4, "")]
        assert standings(world) == ["settled", "applied"]
        lines = rows(world, "SELECT actor FROM journal WHERE kind = 'action'")
        assert [actor for (actor,) in lines if "system" not in actor] != []
        late = await again(world, one["id"])
        assert (late.status, late.body["code"]) == (409, "report_not_waiting")
        await world.push("TiepNhanHoSoChoMotCua", opened())
        listed = await world.call("GET", "/v1/dossiers", role="operator")
        assert [d["number"] for d in listed.body["dossiers"]] == [RECEIPT]


async def test_what_still_cannot_be_taken_in_waits_on(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        Odd(world, FIRST)
        await next_pull(world)
        (one,) = await kept(world)
        refused = await again(world, one["id"])
        assert refused.status == 409
        assert refused.body["code"] == "report_still_not_taken_in"
        assert [row["id"] for row in await kept(world)] == [one["id"]]


async def test_on_the_page_a_person_takes_it_in_again(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await configure(world, "DC-99")
        await world.push("TiepNhanHoSoChoMotCua", opened())
        (one,) = await kept(world)
        page = await world.call("GET", "/console/cho-xu-ly", role="operator")
        assert f"/console/phan-hoi/{one['id']}/again" in page.content.decode()
        await configure(world, "DC-01")
        await world.call(
            "POST",
            f"/console/phan-hoi/{one['id']}/again",
            role="operator",
            data={"reason": WHY},
            headers={"Origin": world.stage.url("front")},
        )
        assert await kept(world) == []


async def test_only_who_may_act_takes_in_again(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await configure(world, "DC-99")
        await world.push("TiepNhanHoSoChoMotCua", opened())
        (one,) = await kept(world)
        for role in ("one_stop", "reader", ""):
            assert (await again(world, one["id"], role)).status in {401, 403}


async def test_a_command_takes_it_in_again(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    async with World(run_dir, configure=quick) as world:
        await configure(world, "DC-99")
        await world.push("TiepNhanHoSoChoMotCua", opened())
        (one,) = await kept(world)
        words = ("unmatched", "again", one["id"], "--reason", WHY)
        early = await lienthong(*words, run_dir=run_dir, columns=200)
        assert early.code != 0
        assert "vẫn chưa ghi nhận được" in early.err
        await configure(world, "DC-01")
        taken = await lienthong(*words, run_dir=run_dir, columns=200)
        assert taken.code == 0, taken.err
        assert await kept(world) == []
