"""A message that an agency returned: somebody knows, and knows what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.adapters.one_stop import mock
from gateway.adapters.one_stop.mock_webhook import NotTaken
from tests.journeys.slips import number_in, slip_for
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-1201"
#: The land system's words for a field that it misses, with HTTP 200.
MISSING = (
    '{"data":0,"status":{"success":false,"code":400,"type":"error",'
    '"time":"2026-03-10T00:30:00","message":"Thiếu trường bắt buộc NgayHenTra"}}'
)


async def test_a_slip_that_tax_returned_lies_with_its_issuer_and_the_counter_is_told(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    refuses = {"slip_error": "25", "slip_error_times": 1}
    world.scenario(NUMBER, tax={**refuses, "notices_after_h": 1, "pay_after_h": 8})
    async with world:
        await world.submit(a_dossier(NUMBER))
        await world.settle()
        shown = await world.shown(NUMBER)
        (slip,) = await world.transfers(NUMBER, "slip_new")
        assert (slip["state"], slip["attempts"]) == ("refused", 1)
        tax = next(leg for leg in shown["legs"] if leg["name"] == "tax")
        assert (tax["place"], shown["portal_code"]) == ("issuer", 4)
        assert [asked["leg"] for asked in shown["asks"]] == ["tax"]
        assert "nơi lập phiếu chuyển thông tin" in shown["sentence"]
        told = len(world.told(NUMBER))
        assert told == 3
        again = slip_for(world, NUMBER, count=2, ma_gcn="")
        path = f"/v1/dossiers/{NUMBER}/slips/{number_in(again)}"
        assert (await world.call("PUT", path, data=again)).status == 202
        await world.settle()
        after = await world.shown(NUMBER)
        assert (after["end"], after["asks"]) == ("finished", [])
        assert len(world.effects(NUMBER, "tax", "slip_replace")) == 1
        assert world.effects(NUMBER, "tax", "slip_new") == []


async def test_a_hand_over_that_the_office_returned_lies_with_the_counter(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    world.faults = [
        {"agency": "land_registry", "operation": "hand_over", "number": NUMBER,
         "do": "text_200", "text": MISSING}
    ]  # fmt: skip
    correction = {"procedure": "1.999003", "case": "DC-01"}
    async with world:
        await world.submit(a_dossier(NUMBER, **correction))
        await world.settle()
        shown = await world.shown(NUMBER)
        (handed,) = await world.transfers(NUMBER, "hand_over")
        assert (handed["state"], handed["cause"]) == ("refused", "missing_field")
        assert shown["legs"][0]["place"] == "one_stop"
        assert [asked["leg"] for asked in shown["asks"]] == ["land"]
        assert world.told(NUMBER) == [(2, "")]
        put = a_dossier(NUMBER, **correction, revision=2, due_on="2026-04-12")
        assert (await world.call("PUT", f"/v1/dossiers/{NUMBER}", put)).status == 202
        await world.settle()
        after = await world.shown(NUMBER)
        assert (after["end"], after["asks"]) == ("finished", [])
        assert len(world.effects(NUMBER, "land_registry", "hand_over")) == 1


async def test_a_status_that_the_one_stop_returned_is_seen_until_a_newer_one_tells_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise NotTaken(422, "event_invalid", "Thiếu trường của sự kiện")

    world = World(tmp_path / "run", configure=quick)
    async with world:
        monkeypatch.setattr(mock, "read", refuse)
        await world.submit(a_dossier(NUMBER, procedure="1.999003", case="DC-01"))
        await world.pass_hours(1)
        (row,) = (await world.call("GET", "/v1/still", role="operator")).body["still"]
        assert (row["kind"], row["state"]) == ("status", "parked")
        assert row["next_action"]
        monkeypatch.undo()
        await world.settle()
        still = await world.call("GET", "/v1/still", role="operator")
        assert still.body["still"] == []
        assert world.told(NUMBER) == [(9, ""), (9, "")]
        first, *_ = await world.transfers(NUMBER, "status")
        assert first["state"] == "cancelled"
