"""Ending something by hand through the API, as two people do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.world import Answered, Json, World

WHY = "Chi nhánh đã trả kết quả trên giấy (ví dụ)"
PAPER: Any = {"way": "paper", "number": "12/TB-VPĐK", "on": "2026-03-10", "reason": WHY}
SKIP: Any = {"way": "skip", "reason": "Không phát sinh nghĩa vụ (ví dụ)"}
WHOLE: Any = {"way": "dossier", "reason": "Người nộp không đến nữa (ví dụ)"}
SURE = "Đã đối chiếu (ví dụ)"


async def looked(
    world: World, number: str, wanted: Json, role: str = "operator"
) -> Answered:
    path = f"/v1/dossiers/{number}/closings/outlook"
    return await world.call("POST", path, wanted, role=role)


async def asked(
    world: World, number: str, wanted: Json, role: str = "operator"
) -> Json:
    """Look, then ask; the closing as it is listed."""
    found = await looked(world, number, wanted, role)
    assert found.status == 200, found.body
    body = {**wanted, "seen": found.body["seen"]}
    path = f"/v1/dossiers/{number}/closings"
    made = await world.call("POST", path, body, role=role)
    assert made.status == 201, made.body
    return dict(made.body)


async def listed(world: World, role: str = "head") -> list[Json]:
    found = await world.call("GET", "/v1/closings", role=role)
    assert found.status == 200, found.body
    return list(found.body["closings"])


async def confirmed(world: World, number: str, role: str = "head") -> Answered:
    """Look at the list as a second person does, then confirm the one of a dossier."""
    if role == "head":
        path = f"/v1/dossiers/{number}/unmask"
        why = {"reason": "Xác nhận đề nghị (ví dụ)"}
        assert (await world.call("POST", path, why, role=role)).status == 200
    (waits,) = [one for one in await listed(world, role) if one["number"] == number]
    seen = (waits["outlook"] or {"seen": ["none"]})["seen"]
    path = f"/v1/closings/{waits['id']}/approval"
    return await world.call("POST", path, {"reason": SURE, "seen": seen}, role=role)


async def closed(world: World, number: str, wanted: Json) -> Json:
    """Ask and confirm; the dossier afterwards."""
    await asked(world, number, wanted)
    done = await confirmed(world, number)
    assert done.status == 200, done.body
    await world.settle()
    return await world.shown(number)
