"""What tests of contested latenesses have in common: late dossiers, and who says what."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import aiohttp

from gateway.contesting.mailing import LatenessMails
from tests.journeys.test_callbacks import CORRECTION, finish
from tests.world import a_dossier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.world import Answered, Json, World

OFFICE, MONTH = "land-mau-1", "2026-03"
CITIZEN, ONE_STOP, EXCUSED = "citizen:", "one_stop:", "excused:"
REASON = "Bộ phận một cửa chuyển thiếu bản chính, đến 20/03 mới đủ."


def numbers(count: int) -> list[str]:
    return [f"H00.01-260310-{9100 + place:04d}" for place in range(count)]


async def all_late(
    world: World, codes: Sequence[str], procedure: Mapping[str, Any] = CORRECTION
) -> None:
    """Promised for Friday 20 March, done and told on Monday the 30th, long over the term."""
    for code in codes:
        sent = await world.submit(a_dossier(code, **procedure, due_on="2026-03-20"))
        assert sent.status == 202, sent.body
    await world.settle()
    await world.pass_until(datetime.fromisoformat("2026-03-30T09:00:00+07:00"))
    for code in codes:
        pushed = await world.push("KetThucHoSo", finish(code, "2026-03-30T01:00:00"))
        assert pushed.body["Result"] == 1
    await measured(world)


async def measured(world: World) -> None:
    """Let a minute pass: what happened is measured, and the day stays the same."""
    await world.pass_hours(1 / 60)


async def pass_until(world: World, day: str) -> None:
    await world.pass_until(datetime.fromisoformat(f"{day}T09:00:00+07:00"))


async def stands(world: World, code: str, role: str = "operator") -> Json:
    answered = await world.call("GET", f"/v1/dossiers/{code}/objections", role=role)
    assert answered.status == 200, answered.body
    return answered.body


async def letter(
    world: World, *codes: str, role: str = "operator", office: str = OFFICE
) -> Answered:
    body = {"office": office, "dossiers": list(codes), "paper": "41/TTPVHCC-NV"}
    return await world.call("POST", "/v1/lateness/told", body, role=role)


async def objects(
    world: World, code: str, role: str = "operator", **changed: Any
) -> Answered:
    body = {"reason": REASON, "paper": "17/CNVPĐK", **changed}
    return await world.call("POST", f"/v1/dossiers/{code}/objections", body, role=role)


async def decides(
    world: World,
    code: str,
    objection: str,
    *,
    upheld: bool = True,
    party: str = ONE_STOP,
    role: str = "head",
    **changed: Any,
) -> Answered:
    body = {"upheld": upheld, "reason": "Đã xem sổ giao nhận", **changed}
    if upheld:
        body["party"] = party
    path = f"/v1/dossiers/{code}/objections/{objection}/decision"
    return await world.call("POST", path, body, role=role)


async def report(world: World, role: str = "operator") -> Json:
    await measured(world)
    answered = await world.call("GET", f"/v1/reports/{MONTH}", role=role)
    assert answered.status == 200, answered.body
    return answered.body


def columns(found: Json) -> dict[str, int]:
    """The columns of the land office's cause that are not empty."""
    (row,) = [one for one in found["causes"] if one["office"] == OFFICE]
    names = ("settled", "may_object", "under_review", "untold", "moved", "unnamed")
    return {name: row[name] for name in names if row[name]}


def party(found: Json, key: str) -> tuple[int, int]:
    """How many late dossiers a party has: as measured, and as decided."""
    for row in found["charged"]["rows"]:
        if row["party"] == key:
            return row["measured"], row["corrected"]
    return 0, 0


async def told_by_mail(world: World) -> None:
    """The loop that mails offices has its turn now."""
    assert world.gateway is not None
    (loop,) = [o for o in world.gateway.loops.working if isinstance(o, LatenessMails)]
    await loop.turn()


async def contact(world: World, office: str = OFFICE, **changed: str) -> None:
    body = {
        "office": office,
        "name": "Quách Thị Dấu Riêng",
        "email": "dau.moi@dat.example",
        "reason": "Công văn",
        **changed,
    }
    made = await world.call("POST", "/v1/contacts", body, role="administrator")
    assert made.status == 201, made.body


async def by_link(
    world: World, token: str, dossier: str = "", **said: str
) -> tuple[int, str]:
    """A browser at what a link opens; nobody is signed in."""
    front = world.stage.url("front")
    where = f"{front}/console/cham/thu/{token}"
    async with aiohttp.ClientSession(headers={"Origin": front}) as session:
        if not dossier:
            async with session.get(where) as answer:
                return answer.status, await answer.text()
        form = {"reason": REASON, **said}
        async with session.post(f"{where}/{dossier}", data=form) as answer:
            return answer.status, await answer.text()
