"""A mock agency behind a mock platform, each a server of its own, under one clock."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from gateway.mockagency import conductor
from gateway.mockagency.platform_lgsp import LGSP
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from tests.unit.mockagency.lgsp import NOON, settings_for, token_of
from tests.unit.mockagency.platforms import Caller, Heard, calling, nobody
from tests.unit.mockagency.published import ROOT

SAMPLE = ROOT / "schemas/agencies/land_registry/samples/tiepnhan.json"
LAND: dict[str, Any] = {
    "users": ["vidu.tiepnhan"],
    "cases": {"CN-01": {"name": "Chuyển nhượng", "with_tax": "none"}},
    "areas": [{"tinh_id": 96, "huyen_id": 0, "xa_id": 31825}],
    "callback_secret": "doan-bi-mat",
    "pull_lists": False,
}
START = datetime.fromisoformat(NOON)


class HandOver:
    """Hands one dossier over, as often as it is told to."""

    def __init__(self, caller: Caller, land: Caller) -> None:
        self.caller = caller
        self.land = land

    async def __call__(self) -> Heard:
        headers = {
            "Authorization": f"Bearer {await token_of(self.caller)}",
            "Content-Type": "application/json; charset=utf-8",
        }
        body = SAMPLE.read_bytes()
        return await self.caller("POST", "/dat/1.0/tiepnhan", headers, body)


@asynccontextmanager
async def handing_over(tmp_path: Path) -> AsyncIterator[HandOver]:
    # The way back is not looked at here: nobody takes the land system's calls.
    with nobody() as away:
        async with _between(tmp_path, {**LAND, "callback_base": away}) as hand_over:
            yield hand_over


@asynccontextmanager
async def _between(tmp_path: Path, settings: dict[str, Any]) -> AsyncIterator[HandOver]:
    land = MockAgency(
        *("land_registry", settings, tmp_path),
        start=START,
        scenarios=Scenarios(None),
        faults=[],
    )
    runner, base = await serve(land, 0)
    published = {"backends": [f"{base}/vbdlis"]}
    platform = LGSP(settings_for(base, published=published), tmp_path, start=START)
    try:
        async with calling(platform) as caller, aiohttp.ClientSession() as session:
            yield HandOver(caller, Caller(base, session))
    finally:
        await runner.cleanup()
        await land.close()


async def test_a_dossier_is_handed_over_through_the_platform(tmp_path: Path) -> None:
    async with handing_over(tmp_path) as hand_over:
        told = await hand_over()
        assert (told.status, told.json["data"]) == (200, 1)
        arrived = await hand_over.land.book("arrivals")
        assert [row["kind"] for row in arrived] == ["hand_over"]
        number = json.loads(SAMPLE.read_bytes())["SoBienNhan"]
        assert [row["number"] for row in arrived] == [number]


async def test_a_call_carried_twice_has_one_effect_where_the_agency_deduplicates(
    tmp_path: Path,
) -> None:
    async with handing_over(tmp_path) as hand_over:
        await hand_over.caller.plan(do="forward_twice", service="dat")
        told = await hand_over()
        assert told.json["data"] == 0
        assert "đã tồn tại" in told.json["status"]["message"]
        assert len(await hand_over.land.book("arrivals")) == 2
        assert len(await hand_over.land.book("effects")) == 1


async def test_an_answer_lost_on_the_platform_is_settled_by_sending_again(
    tmp_path: Path,
) -> None:
    async with handing_over(tmp_path) as hand_over:
        await hand_over.caller.plan(do="no_answer", after=True, service="dat")
        lost = await hand_over()
        assert lost.json["code"] == "101504"
        assert len(await hand_over.land.book("effects")) == 1
        assert "đã tồn tại" in (await hand_over()).json["status"]["message"]
        assert len(await hand_over.land.book("effects")) == 1


async def test_platform_and_agency_move_on_together(tmp_path: Path) -> None:
    async with handing_over(tmp_path) as hand_over:
        await hand_over()
        bases = [hand_over.caller.base, hand_over.land.base]

        async def never() -> bool:
            return False

        target = START + timedelta(minutes=90)
        assert await conductor.advance(bases, target, until=never) == target
        async with aiohttp.ClientSession() as session:
            reached = [await conductor.now(session, base) for base in bases]
        assert reached == [target, target]
