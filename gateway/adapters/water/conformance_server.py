"""How a water company's program takes lots, by its interface document."""

from __future__ import annotations

import json

from gateway.adapters.water.conformance_lots import (
    IN,
    TAKEN,
    lot,
    lot_number,
    lying,
    put,
    request,
    settled,
    taken,
)
from gateway.conforming import Role, Trial, shows

SERVER = Role.SERVER


@shows(SERVER, "NN-231", "NN-901", "NN-271")
async def a_lot_is_taken_whole(t: Trial) -> None:
    """Một lô có giấy tờ được lấy trong thời hạn, mọi tệp sang da-nhan."""
    made = await put(t, lot(t, request(t, t.number()), papers=2))
    await taken(t, made)
    names = {one.name for one in await lying(t, made, TAKEN)}
    lost = sorted({*made.files, made.name} - names)
    t.holds("NN-231", not lost, f"không có trong da-nhan: {', '.join(lost)}")
    left = [one.name for one in await lying(t, made, IN)]
    t.holds("NN-231", not left, f"còn nằm ở yeu-cau: {', '.join(left)}")


@shows(SERVER, "NN-217", "NN-218")
async def a_gap_and_unknown_fields_stop_nothing(t: Trial) -> None:
    """Bỏ qua một số lô; bảng kê có trường lạ."""
    lot_number(t)
    behind = await put(t, lot(t, request(t, t.number())))
    odd = lot(t, request(t, t.number()))
    more = [{**one, "truong_la": 1} for one in json.loads(odd.manifest(t))["tep"]]
    odd = await put(
        t, lot(t, *odd.rows, number=odd.number, truong_la={"a": 1}, tep=more)
    )
    part = await settled(t, behind)
    t.holds("NN-218", part == TAKEN, f"lô sau số bị thiếu nằm ở {part}")
    part = await settled(t, odd)
    t.holds("NN-217", part == TAKEN, f"lô có trường lạ nằm ở {part}")
