"""Slips that the commune's land unit issues and signs: a role, chosen as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.slips import CERTIFICATE, number_in, slip_for
from tests.world import Answered, World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(60)]
NUMBER = "H00.01-260310-0881"
OWN, OTHER = "dia-chinh-99101", "dia-chinh-99102"
UNITS = f"""
[[office.slip_issuer]]
id = "{OWN}"
name = "Đơn vị địa chính xã Mẫu Một (giả lập)"
communes = ["99101"]

[[office.slip_issuer]]
id = "{OTHER}"
name = "Đơn vị địa chính xã Mẫu Hai (giả lập)"
communes = ["99102"]

"""


def by_commune(config: Path) -> None:
    """The commune's unit issues; the first land office names two of them."""
    quick(config)
    path = config / "procedures" / "1.999001.toml"
    text = path.read_text("utf-8")
    assert 'issuer = "land_registry"' in text
    text = text.replace('issuer = "land_registry"', 'issuer = "commune_land"')
    path.write_text(text, "utf-8")
    path = config / "agencies" / "land_registry.toml"
    text = path.read_text("utf-8")
    first = "[office.opened]\n"
    path.write_text(text.replace(first, UNITS + first, 1), "utf-8")


async def _put(world: World, slip: bytes) -> Answered:
    path = f"/v1/dossiers/{NUMBER}/slips/{number_in(slip)}"
    return await world.call("PUT", path, data=slip)


async def test_only_the_unit_of_the_dossiers_commune_signs_its_slip(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=by_commune)
    silent = {"step": [{"on": "never", "send": "ChuyenHoSo"}]}
    world.scenario(NUMBER, land_registry=silent)
    async with world:
        document = a_dossier(NUMBER, certificate={"serial": CERTIFICATE})
        assert (await world.submit(document)).status == 202
        await world.pass_hours(1)
        for signer in ("land-mau-1", OTHER):
            refused = await _put(world, slip_for(world, NUMBER, signer=signer))
            assert (refused.status, refused.body["code"]) == (
                422,
                "certificate_unknown",
            )
        assert await world.transfers(NUMBER, "slip_new") == []
        slip = slip_for(world, NUMBER, signer=OWN)
        taken = await _put(world, slip)
        assert (taken.status, taken.body["standing"]) == (202, "applied")
        await world.pass_hours(1)
        (sent,) = await world.transfers(NUMBER, "slip_new")
        assert sent["state"] == "delivered"
        assert len(world.effects(NUMBER, "tax", "slip_new")) == 1
