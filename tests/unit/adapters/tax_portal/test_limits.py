"""How many calls of one unit the mock portal takes (§12), over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from tests.unit.adapters.tax_portal.portal import NUMBER, UNIT, Portal

Open = Callable[..., AbstractAsyncContextManager[Portal]]
ASKED = {"MaHoSo": NUMBER, "SoPhieu": "0001/PCTT"}
OTHER_UNIT = "H00.96.02"


async def names(portal: Portal, times: int, **outer: str | None) -> list[str]:
    """What so many enquiries are answered, one after the other."""
    calls = [await portal.call("TraCuuNghiaVu", ASKED, **outer) for _ in range(times)]
    return [told.name for told in calls]


async def test_a_call_beyond_the_rate_is_overload_and_loses_no_slip(
    portal: Portal,
) -> None:
    portal.gap_s = 0
    assert await names(portal, 5) == ["found"] * 5
    data = portal.data(portal.signed())
    refused = await portal.call("GuiPhieuChuyen", data)
    assert (refused.name, refused.status, refused.json["error_code"]) == (
        "overload",
        201,
        "-1",
    )
    assert portal.effects() == []
    assert [facts["error"] for facts in portal.arrivals("slip_new")] == ["overload"]
    portal.wait(0.2)
    assert (await portal.call("GuiPhieuChuyen", data)).name == "accepted"
    assert portal.effects() == [("slip_new", NUMBER)]
    assert await names(portal, 1) == ["overload"]


async def test_room_comes_back_by_the_clock_and_never_more_than_five_calls_deep(
    portal: Portal,
) -> None:
    portal.gap_s = 0
    for seconds, free in ((0, 5), (0.19, 0), (0.01, 1), (0.6, 3), (3600, 5)):
        portal.wait(seconds)
        found = await names(portal, free + 1)
        assert found == [*["found"] * free, "overload"]


async def test_calls_that_left_evenly_may_arrive_two_at_a_time(portal: Portal) -> None:
    portal.gap_s = 0
    for _ in range(20):
        assert await names(portal, 2) == ["found", "found"]
        portal.wait(0.4)


async def test_each_unit_has_room_of_its_own_and_only_the_key_takes_it(
    open_portal: Open,
) -> None:
    async with open_portal(senders=[UNIT, OTHER_UNIT]) as portal:
        portal.gap_s = 0
        assert await names(portal, 9, SecurityKey="sai") == ["not_authorised"] * 9
        assert await names(portal, 9, MaDonVi="H99") == ["sender_unknown"] * 9
        assert await names(portal, 9, MaDonVi=None) == ["missing_field"] * 9
        assert await names(portal, 6) == [*["found"] * 5, "overload"]
        others = await names(portal, 6, MaDonVi=OTHER_UNIT)
        assert others == [*["found"] * 5, "overload"]


async def test_the_rate_is_looked_at_before_service_and_fields(portal: Portal) -> None:
    portal.gap_s = 0
    wrong = [await portal.call("KhongCo", {}) for _ in range(5)]
    assert {told.name for told in wrong} == {"unknown_service"}
    assert (await portal.call("KhongCo", {})).name == "overload"
    assert await names(portal, 1, IsUpdating=None) == ["overload"]
    assert await names(portal, 1, SecurityKey="sai") == ["not_authorised"]
    assert await names(portal, 1, MaDonVi="H99") == ["sender_unknown"]
    assert (await portal.post(b"[]")).name == "malformed"


async def test_a_fifth_call_at_a_time_is_overload(open_portal: Open) -> None:
    async with open_portal(scenario="works_s = 0.5") as portal:
        portal.gap_s = 0
        told = await asyncio.gather(*(names(portal, 1) for _ in range(5)))
        answered = sorted(name for (name,) in told)
        assert answered == [*["found"] * 4, "overload"]
        # What was refused took no room: the fifth of this second is still free.
        assert await names(portal, 2) == ["found", "overload"]
