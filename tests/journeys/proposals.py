"""What tests of proposals have in common: dossiers whose office says nothing, and its list."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING, Any

import aiohttp

from gateway.domain.identifiers import DossierId
from gateway.domain.measure import Timeliness
from gateway.proposing.digest import ProposalDigest
from gateway.proposing.proposer import Proposer
from tests.journeys.test_callbacks import CORRECTION
from tests.lists import xlsx
from tests.world import a_dossier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.world import Answered, Json, World

OFFICE, SENDER = "land-mau-1", "mot-cua-mau"
HEADINGS = ("Mã hồ sơ", "Ngày tiếp nhận", "Ngày hoàn thành", "Tình trạng")
RECEIVED, ENDED = date(2026, 3, 10), date(2026, 3, 18)
DONE, WORKING, WAITING = "Đã giải quyết xong", "Đang giải quyết", "Chờ bổ sung"
Line = tuple[str, date | None, date | None, str]


def numbers(count: int) -> list[str]:
    return [f"H00.01-260310-{7000 + place:04d}" for place in range(count)]


async def all_handed_over(world: World, codes: Sequence[str], **changed: Any) -> None:
    for code in codes:
        document = a_dossier(code, **CORRECTION, **changed)
        assert (await world.submit(document)).status == 202
    await world.settle()


def done(code: str, ended: date | None = ENDED) -> Line:
    return (code, RECEIVED, ended, DONE)


def at_work(code: str) -> Line:
    return (code, RECEIVED, None, WORKING)


def listed(*lines: Line) -> bytes:
    return xlsx([HEADINGS, *lines])


async def bring(
    world: World,
    content: bytes,
    *,
    role: str = "operator",
    office: str = OFFICE,
    **fields: str,
) -> Answered:
    """Upload a list of the office."""
    upload = aiohttp.FormData()
    upload.add_field("list", io.BytesIO(content), filename="danh-sach.xlsx")
    for name, text in fields.items():
        upload.add_field(name.rstrip("_"), text)
    return await world.call(
        "POST", f"/v1/reconciliations/{office}", role=role, data=upload
    )


async def open_ones(
    world: World, role: str = "operator", state: str = "open"
) -> list[Json]:
    """Every proposal of a state, all pages."""
    found: list[Json] = []
    after = ""
    while True:
        path = f"/v1/proposals?state={state}" + (f"&after={after}" if after else "")
        page = (await world.call("GET", path, role=role)).body
        found += page["proposals"]
        if not (after := page["after"] or ""):
            return found


async def decide(
    world: World,
    proposal: Json,
    what: str = "confirm",
    *,
    role: str = "one_stop",
    **said: object,
) -> Answered:
    body = {"reason": "Đã nhận kết quả của văn phòng", **said}
    return await world.call(
        "POST", f"/v1/proposals/{proposal['id']}/{what}", body, role=role
    )


async def pass_days(world: World, days: float) -> None:
    await world.pass_hours(24 * days)


async def timeliness(world: World, number: str) -> Timeliness:
    assert world.gateway is not None
    dossier = DossierId((await world.shown(number))["id"])
    row = await world.gateway.tools.measures.measured(dossier)
    assert row is not None
    return row.timeliness


async def due(world: World, number: str) -> Json:
    return (await world.call("GET", f"/v1/dossiers/{number}/due")).body


async def turn(world: World, kind: type[Proposer[Any] | ProposalDigest]) -> None:
    assert world.gateway is not None
    (loop,) = [o for o in world.gateway.loops.working if isinstance(o, kind)]
    await loop.turn()


async def rule(world: World, role: str = "head", **changed: object) -> Answered:
    body = {
        "office": OFFICE,
        "kind": "finished_there",
        "days": 2,
        "decision": "12/QĐ-TTPVHCC",
        "to": "2026-12-31",
        "reason": "Thống nhất tại cuộc họp tháng 3",
    }
    return await world.call(
        "POST", "/v1/proposal-rules", {**body, **changed}, role=role
    )


async def contact(world: World) -> None:
    body = {
        "office": SENDER,
        "name": "Quách Thị Dấu Riêng",
        "email": "mot.cua@tinh.example",
        "reason": "Công văn",
    }
    made = await world.call("POST", "/v1/contacts", body, role="administrator")
    assert made.status == 201


async def by_link(
    world: World, token: str, proposal: str = "", what: str = "confirm"
) -> tuple[int, str]:
    """A browser at what a link opens; nobody is signed in."""
    front = world.stage.url("front")
    where = f"{front}/console/de-xuat/thu/{token}"
    async with aiohttp.ClientSession(headers={"Origin": front}) as session:
        if not proposal:
            async with session.get(where) as answer:
                return answer.status, await answer.text()
        said = {"reason": "Đã nhận kết quả tại quầy"}
        async with session.post(f"{where}/{proposal}/{what}", data=said) as answer:
            return answer.status, await answer.text()


def quiet(world: World, codes: list[str]) -> World:
    silent = [{"on": "never", "send": "ChuyenHoSo"}]
    for code in codes:
        world.scenario(code, land_registry={"step": silent})
    return world
