"""An office whose entry makes no adapter: its messages wait for a person, none is in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.errors import NeedsConfiguration
from gateway.wiring.adapters import WiredAdapters
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-2701"
OFFICE = "land-mau-1"


async def test_its_message_is_parked_unsent_and_goes_once_the_entry_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, missing = WiredAdapters.of, {OFFICE}

    def of(self: WiredAdapters, office: Any) -> Any:
        if office in missing:
            raise NeedsConfiguration(code="address_missing")
        return made(self, office)

    monkeypatch.setattr(WiredAdapters, "of", of)
    async with World(tmp_path / "run", configure=quick) as world:
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(1)
        (one,) = await world.transfers(NUMBER, "hand_over")
        assert (one["state"], one["fate"]) == ("parked", "not_left")
        assert one["cause"] == "address_missing"
        assert world.effects(NUMBER, "land_registry", "hand_over") == []

        missing.clear()
        assert (await world.act(one, "resend", "Đã ghi địa chỉ")).status == 200
        await world.pass_hours(1)
        (one,) = await world.transfers(NUMBER, "hand_over")
        assert one["state"] in {"delivered", "answered"}
        assert len(world.effects(NUMBER, "land_registry", "hand_over")) == 1


async def test_a_person_cancels_its_message_before_the_entry_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = WiredAdapters.of

    def of(self: WiredAdapters, office: Any) -> Any:
        if office == OFFICE:
            raise NeedsConfiguration(code="address_missing")
        return made(self, office)

    monkeypatch.setattr(WiredAdapters, "of", of)
    async with World(tmp_path / "run", configure=quick) as world:
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(1)
        (one,) = await world.transfers(NUMBER, "hand_over")
        assert (await world.act(one, "cancel", "Gửi giấy")).status == 200
        (one,) = await world.transfers(NUMBER, "hand_over")
        assert one["state"] == "cancelled"
