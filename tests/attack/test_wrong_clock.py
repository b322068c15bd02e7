"""By a wall that is known to be wrong nothing is signed, and nothing judged."""

from __future__ import annotations

import contextlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from gateway.clocks.kernel import KernelClock
from gateway.domain.clock_wrong import ClockWrong
from gateway.evidence.rooting import make_roots
from gateway.watch.clock_trust import ClockTrust, ClockWatch
from tests.attack.frame import Attack, attacks
from tests.attack.test_oauth import ASSERTION, SECRET, SIDES, good, proving, token, used
from tests.attack.test_oauth import assertion as proof_of
from tests.attack.test_signed import FORMS, Message, kept, push
from tests.attack.test_signed import signing as signs
from tests.journeys.webhooks import heard_by_one_stop
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from gateway.wiring.serve import Gateway

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]
WHY = "giờ bị đổi tới 86400 giây mà không có nguồn giờ nào xác nhận"
#: How far from our moment what is shown was made: of tomorrow, of yesterday, of now.
MADE = {"of-tomorrow": -86_400, "of-yesterday": 86_400, "of-now": 0}


def both(config: Path) -> None:
    proving(config)
    signs(config)


async def signing_world(folder: Path) -> World:
    world = World(folder / "run", configure=both)
    world.more_settings = '[sign_in]\nbehind = ["127.0.0.1"]\n'
    await world._start_mocks()
    with_secrets(world)
    await world.start_gateway()
    return world


def with_secrets(world: World) -> None:
    kept_in = world.stage.run_dir / "keys" / "secrets.json"
    values = json.loads(kept_in.read_text("utf-8"))
    for office in ("land-mau-1", "land-mau-2"):
        values[f"{office}.callback.sign"] = "khoa-ky-mau-dung-de-thu"
        values[f"{office}.callback.sign.next"] = "khoa-ky-mau-sap-dung"
    kept_in.write_text(json.dumps(values), "utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    world = await signing_world(tmp_path_factory.mktemp("wrong-clock"))
    try:
        yield world
    finally:
        await world.__aexit__()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trusting(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Left open: its wall is a day ahead, and nobody says so."""
    world = await signing_world(tmp_path_factory.mktemp("believed-clock"))
    try:
        gateway(world).clock.set(world.now() + timedelta(days=1))  # type: ignore[attr-defined]
        yield world
    finally:
        await world.__aexit__()


def gateway(world: World) -> Gateway:
    assert world.gateway is not None
    return world.gateway


@contextlib.contextmanager
def wrong(world: World) -> Iterator[None]:
    """The machine's watch has found its wall to be wrong."""
    clock = gateway(world).clock
    clock.distrust(WHY)
    try:
        yield
    finally:
        clock.distrust("")


SIGNED = attacks(
    *(
        (Attack(26, f"signed-{name}", f"/callbacks {form}"), age_s, form)
        for name, age_s in MADE.items()
        for form in FORMS
    )
)


@pytest.mark.parametrize(("attack", "age_s", "form"), SIGNED)
async def test_a_signed_callback_is_not_judged_and_comes_again(
    world: World, attack: Attack, age_s: float, form: str
) -> None:
    """Neither believed nor called false: 503, so that its sender keeps it."""
    before = await kept(world)
    message = Message(world, age_s=age_s)
    with wrong(world):
        status, _ = await push(world, message, form)
    assert status == 503
    assert await kept(world) == before
    # Once the clock is right it is judged by it.
    await push(world, message, form)
    assert await kept(world) == before + (age_s == 0)


@pytest.mark.control
@pytest.mark.parametrize(
    "attack", attacks((Attack(26, "signed-of-tomorrow", "/callbacks headers"),))
)
async def test_a_wall_that_is_believed_lets_in_what_is_of_another_day(
    trusting: World, attack: Attack
) -> None:
    """What an office signed ahead, or whose window had closed, counts as of now."""
    before = await kept(trusting)
    await push(trusting, Message(trusting, age_s=-86_400), "headers")
    assert await kept(trusting) == before + 1


@pytest.mark.parametrize(
    "attack", attacks((Attack(26, "forged-signature", "/callbacks headers"),))
)
async def test_a_forged_signature_is_refused_by_any_clock(
    world: World, attack: Attack
) -> None:
    before = await kept(world)
    with wrong(world):
        status, said = await push(world, Message(world, key="khoa-la"), "headers")
    assert "Chữ ký" in said
    assert status != 503
    assert await kept(world) == before


@pytest.mark.parametrize(
    ("attack", "side", "technique"),
    attacks(
        *(
            (Attack(26, f"token-{technique}", side), side, technique)
            for side in SIDES
            for technique in ("by-secret", "by-key", "given-before")
        )
    ),
)
async def test_no_token_is_given_or_judged(
    world: World, attack: Attack, side: str, technique: str
) -> None:
    client = SIDES[side][2]
    shown = await good(world, side)
    forms: dict[str, dict[str, Any]] = {
        "by-secret": {"client_id": client, "client_secret": SECRET},
        "by-key": {
            "client_assertion_type": ASSERTION,
            "client_assertion": proof_of(world, client),
        },
    }
    with wrong(world):
        if technique == "given-before":
            assert await used(world, side, shown) == 503
        else:
            status, said = await token(world, side, **forms[technique])
            assert status == 503
            assert "access_token" not in said
    # Nobody was taken for an attacker, and the same proof is good once it is right.
    assert await used(world, side, shown) == 200
    if technique in forms:
        assert (await token(world, side, **forms[technique]))[0] == 200


@pytest.mark.parametrize(
    "attack",
    attacks((Attack(26, "signed-status", "webhook to a one-stop"),)),
)
async def test_what_goes_out_signed_with_its_moment_waits(
    world: World, attack: Attack
) -> None:
    number = "H00.01-260310-5601"
    with wrong(world):
        told = len(heard_by_one_stop(world))
        await world.submit(a_dossier(number))
        await world.pass_hours(0.2)
        assert len(heard_by_one_stop(world)) == told
        shown = await world.call("GET", "/v1/transfers?state=due", role="operator")
        waits = [one for one in shown.body["transfers"] if one["agency"] == "one_stop"]
        assert waits
        assert {one["cause"] for one in waits} == {"clock_wrong"}
    # It goes on by itself.
    await world.pass_hours(1)
    assert len(heard_by_one_stop(world)) > told


@pytest.mark.parametrize(
    "attack",
    attacks((Attack(26, "root", "evidence"),), (Attack(26, "package", "evidence"),)),
)
async def test_no_root_is_laid_and_no_package_made(
    world: World, attack: Attack
) -> None:
    tools = gateway(world).tools
    number = f"H00.01-260310-56{10 + (attack.technique == 'root')}"
    await world.submit(a_dossier(number))
    await world.settle()
    await world.seal()  # by itself it may take a second, and there is nothing to root
    before = await tools.evidence.newest_root()
    path = f"/v1/dossiers/{number}/evidence"
    why = {"reason": "Thanh tra (ví dụ)"}
    with wrong(world):
        if attack.technique == "root":
            with pytest.raises(ClockWrong):
                await make_roots(tools)
        else:
            refused = await world.call("POST", path, why, role="head")
            assert (refused.status, refused.body["code"]) == (503, "clock_wrong")
        assert await tools.evidence.newest_root() == before
    made = await world.call("POST", path, why, role="head")
    assert made.status == 200
    after = await tools.evidence.newest_root()
    assert after is not None
    assert after != before


async def test_the_watch_tells_the_clock_and_people_and_takes_it_back(
    world: World,
) -> None:
    gate = gateway(world)
    known = [KernelClock(True, 0.01)]
    real = [0.0]
    trust = ClockTrust(lambda: known[0], lambda: real[0], most_s=60.0)
    probe, store = gate.opened.probe, gate.tools.store
    watch = ClockWatch(trust, gate.clock, store, probe, "nut-1")
    await watch.look()
    assert not gate.clock.wrong()
    assert not watch.holdings()
    # Its wall stands a day ahead of what real seconds say; nothing keeps it in step.
    known[0], real[0] = KernelClock(False, 16.0), -86_400.0
    await watch.look()
    assert "86400 giây" in gate.clock.wrong()
    (told,) = watch.holdings()
    assert told.kind == "clock"
    assert told.severity.value == "critical"
    assert "Không ký" in told.reason
    known[0] = KernelClock(True, 0.01)
    await watch.look()
    assert not gate.clock.wrong()
    assert not watch.holdings()
    # Whoever starts again knows when the wall was right.
    again = ClockTrust(lambda: None, lambda: 0.0, most_s=60.0)
    await ClockWatch(again, gate.clock, store, probe, "nut-1").look()
    later = ClockTrust(lambda: None, lambda: 0.0, most_s=60.0)
    later.seen = again.seen
    assert later.seen is not None
    assert "chậm" in later.look(later.seen - timedelta(days=400))
    gate.clock.distrust("")
