"""A monitoring server reads what happened and what stands, and nothing about people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.telemetry.gauges import GAUGES
from tests.journeys.test_privacy import MARKS, NUMBERS, dossier, open_marks
from tests.machines.scraping import LISTENS, Scrape, get, scrape
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-1701"
LAND = {"agency": "land_registry"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path / "run", configure=quick)
    world.more_settings = LISTENS
    async with world:
        yield world


async def test_a_journey_is_counted_from_intake_to_the_offices_reports(
    world: World,
) -> None:
    before = await scrape(world)
    assert (await world.submit(a_dossier(NUMBER))).status == 202
    assert (await world.call("POST", "/v1/dossiers", {"number": NUMBER})).status == 422
    await world.pass_hours(30)
    seen = await scrape(world)
    assert before.value("lienthong_intake_total", kind="dossier") == 0
    intake = ("lienthong_intake_total", "dossier")
    assert seen.value(intake[0], kind=intake[1], outcome="accepted") == 1
    assert seen.value(intake[0], kind=intake[1], outcome="refused") == 1
    sent = {**LAND, "purpose": "submit", "outcome": "delivered"}
    arrived = len(world.arrivals(NUMBER, "land_registry", "hand_over"))
    assert seen.value("lienthong_attempts_total", **sent) >= arrived > 0
    assert seen.value("lienthong_attempt_seconds_count", **LAND) >= arrived
    reports = sum(seen.samples["lienthong_reports_total"].values())
    assert reports > 0
    assert seen.value("lienthong_store_commit_seconds_count") > 0


async def test_every_gauge_that_is_declared_is_told(world: World) -> None:
    assert (await world.submit(a_dossier(NUMBER))).status == 202
    await world.pass_hours(1)
    seen = await scrape(world)
    missing = {name for name in GAUGES if name not in seen.text}
    assert missing == set()
    told = {name for name in seen.samples if name in GAUGES}
    # These have a line for each thing that there is; there need not be any.
    assert GAUGES.keys() - told <= {"lienthong_clocks_overdue"}
    assert seen.value("lienthong_store_asked") == 1
    assert seen.value("lienthong_dossiers", state="open") == 1
    assert seen.value("lienthong_nodes", state="alive") == 1
    assert seen.value("lienthong_lanes", state="open", **LAND) > 0


async def test_what_stands_still_is_told_with_its_age(tmp_path: Path) -> None:
    world = World(tmp_path / "run", configure=quick)
    world.more_settings = LISTENS
    world.faults = [
        {"agency": "land_registry", "operation": "hand_over", "every": True}
        | {"do": "unauthorized_401"}
    ]
    async with world:
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(24 * 9)
        seen = await scrape(world)
        parked = {**LAND, "state": "parked"}
        assert seen.value("lienthong_transfers", **parked) == 1
        assert seen.value("lienthong_transfers_oldest_seconds", **parked) > 3600
        failed = {**LAND, "purpose": "submit", "outcome": "not_delivered"}
        assert seen.value("lienthong_attempts_total", **failed) > 1


async def test_nothing_personal_becomes_a_label(world: World) -> None:
    await world.submit(dossier(next(iter(NUMBERS.values()))))
    await world.submit(dossier("x", procedure={"code": MARKS["name"]}))
    await world.push(MARKS["reason"].replace("/", ""), {"SoBienNhan": MARKS["name"]})
    await world.call("GET", f"/v1/dossiers/{MARKS['identity']}")
    await world.pass_hours(30)
    seen = await scrape(world)
    assert open_marks(seen.text.encode(), {**MARKS, **NUMBERS}) == set()
    assert len(seen.label_values()) < 200


async def test_only_its_own_listener_serves_them(world: World) -> None:
    assert world.gateway is not None
    for where in ("front", "agencies"):
        status, _ = await get(world.gateway.addresses[where] + "/metrics")
        assert status == 404
    status, _ = await get(world.gateway.addresses["metrics"] + "/v1/health")
    assert status == 404


async def test_without_the_setting_nothing_listens(tmp_path: Path) -> None:
    async with World(tmp_path / "run") as world:
        assert world.gateway is not None
        assert set(world.gateway.addresses) == {"front", "agencies"}


def test_a_scrape_that_lacks_a_sample_reads_as_nought() -> None:
    assert Scrape("").value("lienthong_transfers", agency="tax") == 0
