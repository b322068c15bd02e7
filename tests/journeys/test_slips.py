"""The signed slip: checked, never changed, never sent when it does not hold."""

from __future__ import annotations

import base64
import io
import re
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.journeys.slips import ATTACKS, CERTIFICATE, number_in, slip_for
from tests.journeys.test_callbacks import progress
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.world import Answered

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
PREFIX = "H00.01-260310-04"
COUNT = 60
#: Tax takes five calls a second: a few seconds are soon enough.
SOON_H = 0.01


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Land offices that leave slips to the tests; tax takes its time."""
    world = World(tmp_path_factory.mktemp("slips") / "run", configure=quick)
    for n in range(COUNT):
        world.scenario(
            f"{PREFIX}{n:02d}",
            land_registry={"step": [{"on": "never", "send": "ChuyenHoSo"}]},
            tax={"answer": "silent"},
        )
    async with world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def number(world: World) -> str:
    """A dossier of the test's own that the land office has."""
    taken = len(
        (await world.call("GET", "/v1/dossiers", role="operator")).body["dossiers"]
    )
    number = f"{PREFIX}{taken:02d}"
    document = a_dossier(number, certificate={"serial": CERTIFICATE})
    assert (await world.submit(document)).status == 202
    await world.pass_hours(SOON_H)
    return number


async def _put(world: World, number: str, slip: bytes, so_phieu: str = "") -> Answered:
    path = f"/v1/dossiers/{number}/slips/{so_phieu or number_in(slip)}"
    headers = {"Content-Type": "application/xml"}
    return await world.call("PUT", path, data=slip, headers=headers)


async def _push(world: World, number: str, *files: bytes) -> Answered:
    said = progress(number, 13, "2026-03-10T03:00:00")
    said["DanhSachTapTin"] = [
        {"name": f"phieu-{n}.xml", "data": base64.b64encode(f).decode()}
        for n, f in enumerate(files)
    ]
    return await world.push("ChuyenHoSo", said)


def _slips_at_tax(world: World, number: str) -> list[bytes]:
    """The exact bytes inside every SOAP call about a dossier."""
    found = []
    for heard in world.heard:
        inside = re.search(rb"NoiDung>([A-Za-z0-9+/=\s]+)<", heard.body)
        if heard.agency == "tax" and inside:
            plain = base64.b64decode(inside[1])
            if number.encode() in plain and b"TRUY_VAN" not in plain:
                found.append(plain)
    return found


async def test_a_slip_reaches_tax_byte_for_byte(world: World, number: str) -> None:
    slip = slip_for(world, number)
    put = await _put(world, number, slip)
    assert (put.status, put.body["standing"]) == (202, "applied")
    await world.pass_hours(SOON_H)
    assert _slips_at_tax(world, number) == [slip]
    assert len(world.effects(number, "tax", "slip_new")) == 1


async def test_a_slip_inside_a_step_reaches_tax_byte_for_byte(
    world: World, number: str
) -> None:
    slip = slip_for(world, number)
    assert (await _push(world, number, slip)).body["Result"] == 1
    await world.pass_hours(SOON_H)
    assert _slips_at_tax(world, number) == [slip]


async def test_the_same_slip_by_both_roads_goes_to_tax_once(
    world: World, number: str
) -> None:
    slip = slip_for(world, number)
    await _put(world, number, slip)
    await _push(world, number, slip)
    again = await _put(world, number, slip)
    assert again.status == 202
    await world.pass_hours(SOON_H)
    assert _slips_at_tax(world, number) == [slip]


async def test_a_replacing_slip_overtakes_one_that_has_not_left(
    world: World, number: str
) -> None:
    await world.call("POST", "/v1/lanes/tax-mau-1/pause", {}, role="administrator")
    try:
        await _put(world, number, slip_for(world, number))
        replacing = slip_for(world, number, count=2)
        await _put(world, number, replacing)
        await world.pass_hours(SOON_H)
        (first,) = await world.transfers(number, "slip_new")
        (second,) = await world.transfers(number, "slip_replace")
        assert (first["state"], first["named_by"]) == ("cancelled", second["id"])
    finally:
        path = "/v1/lanes/tax-mau-1/resume"
        await world.call("POST", path, {}, role="administrator")
    await world.pass_hours(SOON_H)
    assert _slips_at_tax(world, number) == [replacing]
    assert world.effects(number, "tax", "slip_new") == []
    assert len(world.effects(number, "tax", "slip_replace")) == 1


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_slip_that_does_not_hold_is_refused_at_the_door(
    world: World, number: str, attack: str
) -> None:
    change, code = ATTACKS[attack]
    good = slip_for(world, number)
    refused = await _put(world, number, change(good), number_in(good))
    assert (refused.status, refused.body["code"]) == (422, code)
    (error,) = refused.body["errors"]
    assert error["code"] == code
    assert error["message"]
    await _nothing_at_tax(world, number)


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_slip_inside_a_step_that_does_not_hold_waits_with_its_remedy(
    world: World, number: str, attack: str
) -> None:
    change, code = ATTACKS[attack]
    bad = change(slip_for(world, number))
    assert (await _push(world, number, bad)).body["Result"] == 1
    await world.pass_hours(SOON_H)
    row = await _still(world, number)
    assert row["reason"] == code or (bad == b"" and row["reason"] == "slip_missing")
    assert row["words"] != row["reason"]
    assert row["next_action"]
    await _nothing_at_tax(world, number)


async def _still(world: World, number: str) -> dict[str, Any]:
    still = (await world.call("GET", "/v1/still", role="operator")).body["still"]
    (row,) = [one for one in still if one["number"] == number]
    found: dict[str, Any] = row
    return found


async def _nothing_at_tax(world: World, number: str) -> None:
    await world.pass_hours(SOON_H)
    assert _slips_at_tax(world, number) == []
    assert world.arrivals(number, "tax", "slip_new") == []


async def test_a_strangers_signature_is_refused(world: World, number: str) -> None:
    slip = slip_for(world, number, signer="land-mau-2")
    refused = await _put(world, number, slip)
    assert (refused.status, refused.body["code"]) == (422, "certificate_unknown")
    await _push(world, number, slip)
    assert (await _still(world, number))["reason"] == "certificate_unknown"
    await _nothing_at_tax(world, number)


async def test_a_slip_of_another_dossier_is_refused(world: World, number: str) -> None:
    slip = slip_for(world, "H00.01-260310-9999")
    refused = await _put(world, number, slip)
    assert (refused.status, refused.body["code"]) == (422, "slip_of_another_dossier")
    await _push(world, number, slip)
    assert (await _still(world, number))["reason"] == "slip_of_another_dossier"
    await _nothing_at_tax(world, number)


async def test_a_slip_with_another_certificate_is_refused(
    world: World, number: str
) -> None:
    slip = slip_for(world, number, ma_gcn="MM 999999")
    refused = await _put(world, number, slip)
    assert (refused.status, refused.body["code"]) == (422, "slip_certificate_differs")
    await _nothing_at_tax(world, number)


@pytest.mark.parametrize("price", ["abc", "-5", "1e9", "12,5"])
async def test_an_amount_that_is_none_is_refused_and_never_becomes_zero(
    world: World, number: str, price: str
) -> None:
    slip = slip_for(world, number, price=price)
    assert b"<GIA_TRI>0<" not in slip
    refused = await _put(world, number, slip)
    assert (refused.status, refused.body["code"]) == (422, "slip_schema")
    await _nothing_at_tax(world, number)


async def test_a_slip_under_another_number_than_its_own_is_refused(
    world: World, number: str
) -> None:
    refused = await _put(world, number, slip_for(world, number), "9999/PCTT")
    assert (refused.status, refused.body["code"]) == (422, "slip_number_differs")
    await _nothing_at_tax(world, number)


async def test_a_slip_over_its_limit_is_refused_before_it_is_read(
    world: World, number: str
) -> None:
    slip = slip_for(world, number)
    padded = io.BytesIO(slip + b" " * (2 * 1024 * 1024))
    path = f"/v1/dossiers/{number}/slips/{number_in(slip)}"
    refused = await world.call("PUT", path, data=padded)
    assert (refused.status, refused.body["code"]) == (413, "too_large")
    await _nothing_at_tax(world, number)


async def test_a_good_slip_after_a_bad_one_goes_to_tax(
    world: World, number: str
) -> None:
    await _push(world, number, slip_for(world, number, signer="land-mau-2"))
    assert (await _still(world, number))["reason"] == "certificate_unknown"
    good = slip_for(world, number)
    assert (await _put(world, number, good)).status == 202
    await world.pass_hours(SOON_H)
    assert _slips_at_tax(world, number) == [good]
