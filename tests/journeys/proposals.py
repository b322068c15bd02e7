"""What tests of proposals have in common: dossiers whose office says nothing, and its list."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.journeys.test_callbacks import CORRECTION
from tests.lists import xlsx
from tests.world import a_dossier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.world import Answered, Json, World

OFFICE = "land-mau-1"
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
