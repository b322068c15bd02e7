"""Forms that another site sends, and acts of people who may only look: nothing moves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.attack.frame import Attack, attacks
from tests.attack.test_matrix import BODY, ROUTES
from tests.browser.standing import bring_about, standing_world
from tests.journeys.test_other_agencies import facts, filled, journal, routes
from tests.people import Browser, person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.world import World

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]
WRITES = [(m, p) for m, p in ROUTES if m != "GET" and not p.startswith("/v1/find")]
FIELDS = {"reason": "thử", "number": "x", "note": "thử", "said": "thử"}
#: Technique → headers that another site's page makes a browser send.
FOREIGN = {
    "other-origin": {"Origin": "https://ke-gian.example"},
    "no-origin": {"Origin": ""},
    "null-origin": {"Origin": "null"},
    "origin-that-begins-alike": {"Origin": "{front}.ke-gian.example"},
    "other-scheme": {"Origin": "https://127.0.0.1"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with standing_world(tmp_path_factory.mktemp("sessions") / "run") as world:
        await bring_about(world)
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def head(world: World) -> Browser:
    return await person(world, "lanh-dao.phien", "head")


def forms(world: World) -> list[str]:
    """Addresses of the pages' forms, but that of signing in."""
    found = routes(world, "POST")
    return [one for one in found if one.startswith("/console") and "dang-" not in one]


async def moved(world: World, before: list[str]) -> set[str]:
    return set((await journal(world))[len(before) :]) - {"read"}


@pytest.mark.parametrize(
    "attack", attacks(*((Attack(17, name, "/console"),) for name in FOREIGN))
)
async def test_a_form_that_another_site_sends_moves_nothing(
    world: World, head: Browser, attack: Attack
) -> None:
    known = await facts(world)
    front = world.stage.url("front")
    headers = {k: v.format(front=front) for k, v in FOREIGN[attack.technique].items()}
    await head.get("/console")
    (csrf, *_) = re.findall(r'name="csrf" value="([^"]+)"', head.last)
    before = await journal(world)
    tried = 0
    for route in forms(world):
        fields = {**FIELDS, "csrf": csrf}
        answered = await head._call("POST", filled(route, known), fields, headers)
        assert answered.status == 403, route
        tried += 1
    assert tried > 20
    assert await moved(world, before) == set()


@pytest.mark.parametrize(
    "attack",
    attacks(
        *((Attack(17, name, "/console"),) for name in ("no-token", "strange-token"))
    ),
)
async def test_a_form_without_the_sessions_token_moves_nothing(
    world: World, head: Browser, attack: Attack
) -> None:
    known = await facts(world)
    await head.get("/console")
    token = {} if attack.technique == "no-token" else {"csrf": "A" * 43}
    before = await journal(world)
    for route in forms(world):
        answered = await head.bare(filled(route, known), **FIELDS, **token)
        assert answered.status == 403, route
    assert await moved(world, before) == set()


@pytest.mark.parametrize(
    ("attack", "method", "path"),
    attacks(
        *((Attack(16, "reader-writes", f"{m} {p}"), m, p) for m, p in WRITES),
    ),
)
async def test_who_may_only_look_moves_nothing(
    world: World, attack: Attack, method: str, path: str
) -> None:
    known = await facts(world)
    before = await journal(world)
    answered = await world.call(method, filled(path, known), BODY, role="reader")
    assert 400 <= answered.status < 500 or path.endswith(LOOKING), attack
    assert await moved(world, before) == set()


#: Calls that write nothing, though what they ask for goes in a body.
LOOKING = ("/explain", "/check", "/outlook", "/verify", "/dry-run", "/saved-views")


@pytest.mark.control
@pytest.mark.parametrize("attack", attacks((Attack(17, "other-origin", "open"),)))
async def test_the_same_form_from_our_own_page_is_taken(
    world: World, head: Browser, attack: Attack
) -> None:
    await head.get("/console")
    (csrf, *_) = re.findall(r'name="csrf" value="([^"]+)"', head.last)
    taken = [
        (await head.bare(filled(route, await facts(world)), csrf=csrf)).status
        for route in forms(world)[:20]
    ]
    assert any(status != 403 for status in taken), attack
