"""What VBDLIS does with calls, by its interface document."""

from __future__ import annotations

import gateway.adapters.land_registry.conformance_life as life
import gateway.adapters.land_registry.conformance_taking as taking
from gateway.adapters.land_registry.conformance_calls import (
    HAND_OVER,
    Land,
    body,
    read,
    tests_of,
)
from gateway.adapters.land_registry.conformance_vbdlis import VBDLIS
from gateway.conforming import Role, Trial, shows

SERVER = Role.SERVER
for _shared in (taking, life):
    globals().update(tests_of(_shared.__name__, VBDLIS, __name__))


@shows(SERVER, "DD-202")
async def no_header_of_ones_own_is_needed(t: Trial) -> None:
    """Lời gọi chỉ có Content-Type, không token, được nhận."""
    operation, land = VBDLIS.operations[HAND_OVER], Land(t, VBDLIS)
    plain = {"Content-Type": "application/json"}
    message = body(land.hand_over(t.number()))
    said = read(t, operation, await t.post(f"/{operation}", message, headers=plain))
    why = f"lời gọi không có tiêu đề riêng: {said.shown}"
    t.holds("DD-202", said.name == "accepted", why)


@shows(SERVER, "DD-805")
async def area_numbers_are_integers(t: Trial) -> None:
    """Mã địa bàn viết bằng chữ bị từ chối, nêu tên trường."""
    land = Land(t, VBDLIS)
    for name in ("TinhId", "HuyenId", "XaId"):
        fine = land.hand_over(t.number())
        said = await land.say(HAND_OVER, {**fine, name: str(fine[name])})
        land.answered("805", said, "wrong_type", f"{name} là chữ")
