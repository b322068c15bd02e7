"""A withdrawal that meets a message on its way: it ends, whatever becomes of that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journeys.commands import ROOT
from tests.journeys.test_callbacks import (
    CORRECTION,
    finish,
    handed_over,
    quiet_world,
    supplement_request,
)
from tests.world import World, a_dossier

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0961"
WITHDRAWAL = f"/v1/dossiers/{NUMBER}/withdrawal"
SAMPLES = ROOT / "schemas/agencies/land_registry/samples"
WHY = {"reason": "Thôi đính chính"}


def _hangs_then(do: str, **more: Any) -> dict[str, Any]:
    return {
        "agency": "land_registry",
        "operation": "hand_over",
        "number": NUMBER,
        "do": do,
        "held": True,
        **more,
    }


async def _sending(world: World, kind: str) -> None:
    for _ in range(1_000):
        (sent,) = await world.transfers(NUMBER, kind)
        if sent["state"] == "sending":
            return
    raise AssertionError("it was never on its way")


async def _withdrawn_while_sending(world: World) -> None:
    """The hand-over hangs at the office when the applicant withdraws."""
    await world.submit(a_dossier(NUMBER, **CORRECTION))
    await _sending(world, "hand_over")
    answered = await world.call("POST", WITHDRAWAL, WHY)
    assert answered.status == 202
    assert (await world.shown(NUMBER))["end"] == ""


@pytest.mark.parametrize("do", ["too_many_429", "unauthorized_401"])
async def test_what_proves_not_to_have_left_ends_the_withdrawn_dossier(
    tmp_path: Path, do: str
) -> None:
    world = quiet_world(tmp_path, NUMBER)
    world.faults = [_hangs_then(do)]
    async with world:
        await _withdrawn_while_sending(world)
        world.release("land_registry")
        await world.settle()
        shown = await world.shown(NUMBER)
        (handed,) = await world.transfers(NUMBER, "hand_over")
        (withdraw,) = await world.transfers(NUMBER, "withdraw")
        assert (shown["end"], shown["portal_code"]) == ("withdrawn", 7)
        for one in (handed, withdraw):
            assert (one["state"], one["fate"]) == ("cancelled", "not_left")
            assert one["named_by"] == "withdrawal"
        assert world.effects(NUMBER, "land_registry", "hand_over") == []
        assert world.arrivals(NUMBER, "land_registry", "withdraw") == []
        assert world.told(NUMBER)[-1] == (7, "")
        still = await world.call("GET", "/v1/still", role="operator")
        assert NUMBER not in still.content.decode()


async def test_what_the_office_refuses_ends_the_withdrawn_dossier(
    tmp_path: Path,
) -> None:
    world = quiet_world(tmp_path, NUMBER)
    refusal = (SAMPLES / "reply.missing_field.json").read_text("utf-8")
    world.faults = [_hangs_then("text_200", text=refusal)]
    async with world:
        await _withdrawn_while_sending(world)
        world.release("land_registry")
        await world.settle()
        (handed,) = await world.transfers(NUMBER, "hand_over")
        (withdraw,) = await world.transfers(NUMBER, "withdraw")
        assert (await world.shown(NUMBER))["end"] == "withdrawn"
        assert (handed["state"], withdraw["state"]) == ("refused", "cancelled")
        assert world.arrivals(NUMBER, "land_registry", "withdraw") == []


@pytest.mark.parametrize("do", ["reset_before", "lose_answer"])
async def test_what_may_have_arrived_is_settled_before_the_office_is_told(
    tmp_path: Path, do: str
) -> None:
    world = quiet_world(tmp_path, NUMBER)
    world.faults = [_hangs_then(do)]
    async with world:
        await _withdrawn_while_sending(world)
        world.release("land_registry")
        await world.settle()
        (handed,) = await world.transfers(NUMBER, "hand_over")
        (withdraw,) = await world.transfers(NUMBER, "withdraw")
        assert (handed["state"], withdraw["state"]) == ("delivered", "delivered")
        assert len(world.effects(NUMBER, "land_registry", "hand_over")) == 1
        assert len(world.effects(NUMBER, "land_registry", "withdraw")) == 1


async def test_who_knows_that_nothing_arrived_ends_the_withdrawn_dossier(
    tmp_path: Path,
) -> None:
    world = quiet_world(tmp_path, NUMBER)
    always = {**_hangs_then("reset_before"), "every": True, "held": False}
    world.faults = [_hangs_then("reset_before"), always]
    async with world:
        await _withdrawn_while_sending(world)
        world.release("land_registry")
        await world.pass_hours(24 * 7)
        (handed,) = await world.transfers(NUMBER, "hand_over")
        assert (handed["state"], handed["fate"]) == ("parked", "may_have_left")
        acted = await world.act(
            handed, "agency_has_it_not", "Văn phòng đã tra, không có"
        )
        assert (acted.body["state"], acted.body["named_by"]) == (
            "cancelled",
            "withdrawal",
        )
        await world.settle()
        assert (await world.shown(NUMBER))["end"] == "withdrawn"
        # It had overtaken the parked hand-over, and the office knew no such dossier.
        (withdraw,) = await world.transfers(NUMBER, "withdraw")
        assert (withdraw["state"], withdraw["cause"]) == (
            "cancelled",
            "unknown_dossier",
        )
        assert world.effects(NUMBER, "land_registry", "withdraw") == []
        assert world.told(NUMBER)[-1] == (7, "")


async def test_what_did_not_leave_before_the_office_refused_the_dossier_never_does(
    tmp_path: Path,
) -> None:
    world = quiet_world(tmp_path, NUMBER)
    papers = {"documents": [{"name": "Bản vẽ", "originals": 1, "copies": 0}]}
    world.faults = [
        {**_hangs_then("too_many_429"), "operation": "supplement"},
    ]
    async with world:
        await handed_over(world, NUMBER)
        request = supplement_request(NUMBER, "2026-03-10T02:00:00")
        await world.push("YeuCauBoSungHoSo", request)
        await world.settle()
        await world.call("POST", f"/v1/dossiers/{NUMBER}/supplements", papers)
        await _sending(world, "supplement")
        await world.push("KetThucHoSo", finish(NUMBER, "2026-03-10T03:00:00", ending=2))
        world.release("land_registry")
        await world.settle()
        (sent,) = await world.transfers(NUMBER, "supplement")
        assert (sent["state"], sent["named_by"]) == ("cancelled", "dossier_ended")
        assert (await world.shown(NUMBER))["end"] == "refused"
        assert world.effects(NUMBER, "land_registry", "supplement") == []
