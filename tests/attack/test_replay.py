"""What was said once is said again: by accident, by a thief, by ten at the same time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.attack.frame import Attack, attacks
from tests.journeys.slips import CERTIFICATE, number_in, slip_for
from tests.journeys.test_callbacks import progress, supplement_request
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.world import Answered

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
COUNT = 40
NEXT = iter(range(COUNT))
MANY = 10
SOON_H = 0.01
#: Under these an effect of a message is one, however often it came.
EFFECTS = {
    "POST /v1/dossiers": ("land_registry", "hand_over"),
    "PUT /v1/dossiers/…/slips/…": ("tax", "slip_new"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    world = World(tmp_path_factory.mktemp("again") / "run", configure=quick)
    for n in range(COUNT):
        world.scenario(
            f"H00.01-260310-06{n:02d}",
            land_registry={"step": [{"on": "never", "send": "ChuyenHoSo"}]},
            tax={"answer": "silent"},
        )
    async with world:
        yield world


def a_number() -> str:
    return f"H00.01-260310-06{next(NEXT):02d}"


def document(number: str) -> dict[str, Any]:
    return a_dossier(number, certificate={"serial": CERTIFICATE})


async def dossier(world: World, number: str) -> Callable[[], Awaitable[Answered]]:
    return lambda: world.call("POST", "/v1/dossiers", document(number))


async def slip(world: World, number: str) -> Callable[[], Awaitable[Answered]]:
    await there(world, number)
    signed = slip_for(world, number)
    path = f"/v1/dossiers/{number}/slips/{number_in(signed)}"
    headers = {"Content-Type": "application/xml"}
    return lambda: world.call("PUT", path, data=signed, headers=headers)


async def step(world: World, number: str) -> Callable[[], Awaitable[Answered]]:
    await there(world, number)
    said = progress(number, 13, "2026-03-10T08:00:00")
    return lambda: world.push("ChuyenHoSo", said)


async def asked(world: World, number: str) -> Callable[[], Awaitable[Answered]]:
    await there(world, number)
    said = supplement_request(number, "2026-03-10T08:00:00")
    return lambda: world.push("YeuCauBoSungHoSo", said)


async def withdrawal(world: World, number: str) -> Callable[[], Awaitable[Answered]]:
    await there(world, number)
    path = f"/v1/dossiers/{number}/withdrawal"
    body = {"reason": "Người nộp xin rút (ví dụ)"}
    return lambda: world.call("POST", path, body)


async def there(world: World, number: str) -> None:
    assert (await world.submit(document(number))).status == 202
    await world.pass_hours(SOON_H)


DOORS = {
    "POST /v1/dossiers": dossier,
    "PUT /v1/dossiers/…/slips/…": slip,
    "callback:ChuyenHoSo": step,
    "callback:YeuCauBoSungHoSo": asked,
    "POST /v1/dossiers/…/withdrawal": withdrawal,
}


async def told(world: World, number: str) -> tuple[int, int, list[tuple[str, str]]]:
    """What an outsider sees of a dossier: its effects, what the one-stop heard, messages."""
    shown = await world.shown(number)
    kinds = [(t["kind"], t["state"]) for t in shown["transfers"]]
    effects = sum(
        len(world.effects(number, agency, kind)) for agency, kind in EFFECTS.values()
    )
    return effects, len(world.told(number)), kinds


async def once(
    world: World, door: str
) -> tuple[str, Callable[[], Awaitable[Answered]]]:
    """Say it the first time; the dossier and how to say it again."""
    number = a_number()
    say = await DOORS[door](world, number)
    assert (await say()).status in {200, 202}
    await world.pass_hours(SOON_H)
    return number, say


@pytest.mark.parametrize(
    "attack", attacks(*((Attack(13, "again", door),) for door in DOORS))
)
async def test_what_is_said_again_changes_nothing(world: World, attack: Attack) -> None:
    number, say = await once(world, attack.door)
    before = await told(world, number)
    for _ in range(3):
        assert (await say()).status < 500
    await world.pass_hours(SOON_H)
    assert await told(world, number) == before


@pytest.mark.parametrize(
    "attack", attacks(*((Attack(13, "a-day-later", door),) for door in DOORS))
)
async def test_what_is_said_again_a_day_later_changes_nothing(
    world: World, attack: Attack
) -> None:
    number, say = await once(world, attack.door)
    await world.pass_hours(24)
    before = await told(world, number)
    assert (await say()).status < 500
    await world.pass_hours(SOON_H)
    assert await told(world, number) == before


@pytest.mark.parametrize(
    "attack", attacks(*((Attack(13, "many-at-once", door),) for door in DOORS))
)
async def test_what_many_say_at_once_counts_once(world: World, attack: Attack) -> None:
    number = a_number()
    say = await DOORS[attack.door](world, number)
    answers = await asyncio.gather(*(say() for _ in range(MANY)))
    assert any(one.status in {200, 202} for one in answers)
    assert all(one.status < 500 or one.status == 503 for one in answers)
    await world.pass_hours(SOON_H)
    effects, _, kinds = await told(world, number)
    assert effects <= len(EFFECTS)
    for kind in ("hand_over", "slip_new", "withdraw"):
        assert sum(found == kind for found, _ in kinds) <= 1


@pytest.mark.parametrize(
    "attack", attacks((Attack(13, "other-content", "POST /v1/dossiers"),))
)
async def test_other_content_under_the_same_number_is_told_and_not_taken(
    world: World, attack: Attack
) -> None:
    number, _ = await once(world, attack.door)
    before = await told(world, number)
    other = {**document(number), "applicant": {"name": "Kẻ Giả Mạo (ví dụ)"}}
    answered = await world.call("POST", "/v1/dossiers", other)
    assert answered.status == 409
    assert await told(world, number) == before
    assert "Giả Mạo" not in str(await world.shown(number))


@pytest.mark.control
@pytest.mark.parametrize("attack", attacks((Attack(13, "again", "naive receiver"),)))
async def test_a_receiver_that_remembers_nothing_works_twice(attack: Attack) -> None:
    done: list[str] = []

    async def receive(message: str) -> None:
        done.append(message)

    for _ in range(2):
        await receive("giao hồ sơ")
    assert len(done) == 2, attack
