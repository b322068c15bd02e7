"""Forged slips, at each door by which a slip comes in: tax never sees one."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.attack.frame import Attack, attacks
from tests.attack.hostile_answers import HARMLESS, changes
from tests.attack.wrapping import FORGED, FORGERIES, WRAPPED, Slip, naive
from tests.journeys.slips import CERTIFICATE, number_in, slip_for
from tests.journeys.test_callbacks import progress
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
PREFIX = "H00.01-260310-07"
PUT, STEP = "PUT /v1/dossiers/…/slips/…", "callback:ChuyenHoSo"
#: Tax takes five calls a second: a few seconds are soon enough.
SOON_H = 0.01
BY_XML = [n for n in changes("", "") if n != HARMLESS]
CASES = attacks(
    *(
        (Attack(row, technique, door),)
        for door in (PUT, STEP)
        for row, names in ((1, BY_XML), (2, list(FORGERIES)))
        for technique in names
    )
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    world = World(tmp_path_factory.mktemp("forged") / "run", configure=quick)
    for n in range(100):
        world.scenario(
            f"{PREFIX}{n:02d}",
            land_registry={"step": [{"on": "never", "send": "ChuyenHoSo"}]},
            tax={"answer": "silent"},
        )
    async with world:
        yield world


NEXT = iter(range(100))


async def a_case(world: World) -> str:
    """A dossier of the attack's own that the land office has."""
    number = f"{PREFIX}{next(NEXT):02d}"
    document = a_dossier(number, certificate={"serial": CERTIFICATE})
    assert (await world.submit(document)).status == 202
    await world.pass_hours(SOON_H)
    return number


async def handed_in(world: World, door: str, number: str, slip: bytes, so: str) -> int:
    """Bring a slip by a door; the answer's status."""
    if door == PUT:
        path = f"/v1/dossiers/{number}/slips/{so}"
        headers = {"Content-Type": "application/xml"}
        return (await world.call("PUT", path, data=slip, headers=headers)).status
    said = progress(number, 13, "2026-03-10T03:00:00")
    said["DanhSachTapTin"] = [
        {"name": "phieu.xml", "data": base64.b64encode(slip).decode()}
    ]
    return (await world.push("ChuyenHoSo", said)).status


def forged(technique: str, slip: bytes, canary: str, secret: str) -> bytes:
    if technique in FORGERIES:
        return FORGERIES[technique](Slip(slip))
    return changes(canary, secret)[technique](slip)


@pytest.mark.parametrize("attack", CASES)
async def test_a_forged_slip_never_reaches_tax(
    world: World, attack: Attack, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(FORGED, "utf-8")
    number = await a_case(world)
    good = slip_for(world, number)
    bad = forged(attack.technique, good, "http://127.0.0.1:9/canary", secret.as_uri())
    assert bad != good
    status = await handed_in(world, attack.door, number, bad, number_in(good))
    assert status == (422 if attack.door == PUT else 200)
    await world.pass_hours(SOON_H)
    assert at_tax(world, number) == []
    assert FORGED not in str(await world.shown(number))
    # What was forged closes the door to nobody: the true one goes to tax, once.
    status = await handed_in(world, attack.door, number, good, number_in(good))
    assert status in {200, 202}
    await world.pass_hours(SOON_H)
    assert len(at_tax(world, number)) == 1


#: Bytes that are odd, and a slip all the same, or none: never another slip.
ODD = {
    "line-end-behind": lambda slip: slip + b"\n",
    "comment-behind": lambda slip: slip + b"<!-- x -->",
    "comment-before": lambda slip: slip.replace(b"?>", b"?><!-- x -->", 1),
    "line-ends-of-windows": lambda slip: slip.replace(b"?>", b"?>\r\n", 1),
    "other-quotes": lambda slip: slip.replace(b"'", b'"', 4),
    "byte-order-mark": lambda slip: b"\xef\xbb\xbf" + slip,
    "blanks-between": lambda slip: slip.replace(b"><BODY>", b">\n  <BODY>", 1),
    "no-declaration": lambda slip: slip.partition(b"?>")[2],
}


@pytest.mark.parametrize(
    "attack",
    attacks(*((Attack(3, name, door),) for door in (PUT, STEP) for name in ODD)),
)
async def test_a_slip_leaves_byte_for_byte_or_not_at_all(
    world: World, attack: Attack
) -> None:
    number = await a_case(world)
    odd = ODD[attack.technique](slip_for(world, number))
    await handed_in(world, attack.door, number, odd, number_in(odd))
    await world.pass_hours(SOON_H)
    sent = [
        base64.b64decode(inside[1])
        for heard in world.heard
        if heard.agency == "tax"
        and (inside := re.search(rb"NoiDung>([A-Za-z0-9+/=\s]+)<", heard.body))
    ]
    mine = [one for one in sent if number.encode() in one]
    assert mine == ([odd] if at_tax(world, number) else [])


def at_tax(world: World, number: str) -> list[object]:
    """Slips of a dossier that came to tax, whatever became of them."""
    kinds = ("slip_new", "slip_replace")
    return [one for kind in kinds for one in world.arrivals(number, "tax", kind)]


@pytest.mark.control
@pytest.mark.parametrize(
    "attack", attacks(*((Attack(2, name, "verifier"),) for name in WRAPPED))
)
async def test_a_careless_verifier_reads_what_was_forged(
    world: World, attack: Attack
) -> None:
    slip = slip_for(world, f"{PREFIX}99")
    certificate = world.stage.secrets.folder / "land-mau-1.cert.pem"
    made = FORGERIES[attack.technique](Slip(slip))
    assert naive(made, certificate) == FORGED
    assert naive(slip, certificate) != FORGED
