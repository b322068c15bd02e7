"""Messages go elsewhere, or others are believed, only after a second person's word."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from gateway.console.configuration_change import packed
from tests.attack.frame import Attack, attacks
from tests.journeys.test_callbacks import quiet_world
from tests.people import Browser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.world import Answered, World

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
NUMBER = "H00.01-260310-5501"
OFFICE = "land-mau-1"
API, PAGE = "POST /v1/configuration", "/console/cau-hinh/ap-dung"
SPKI = "0" * 64
#: Key of an office → what whoever wants its messages would write there.
MOVES: dict[str, Any] = {
    "address": "https://noi-khac.example",
    "networks": ["10.0.0.0/8"],
    "client_spki": [SPKI],
    "tls": {"authorities": "noi-khac.pem"},
    "mock": "tax",
    "platform": {"id": "noi-khac"},
    "road": [{"by": "land-mau-2", "from": "2026-01-01"}],
    "speaks": "manual",
    "callback_keys": {"k1": "0" * 64},
    "oauth": {"secret_sha256": ["0" * 64]},
    "land": {"path": "/noi-khac"},
    "key-of-some-day": "https://noi-khac.example",
}
HARMLESS: dict[str, Any] = {
    "name": "Chi nhánh đổi tên (ví dụ)",
    "silence_days": 9,
    "contact": {"name": "Bà Ví Dụ", "phone": "0900 000 002"},
}


async def running(world: World) -> tuple[int, dict[str, Any]]:
    assert world.gateway is not None
    found = await world.gateway.tools.store.configuration(None)
    assert found is not None
    return found


async def changed(world: World, **values: Any) -> dict[str, Any]:
    """What runs, with other values at one office."""
    content = copy.deepcopy((await running(world))[1])
    (office,) = (
        office
        for agency in content["agencies"]
        for office in agency["office"]
        if office["id"] == OFFICE
    )
    office.update(values)
    return content


async def give(
    world: World, door: str, content: dict[str, Any], role: str = "administrator"
) -> int:
    """Hand a configuration in at a door; the status."""
    if door == API:
        return (
            await world.call("POST", "/v1/configuration", content, role=role)
        ).status
    seen, _ = await running(world)
    plain = {key: value for key, value in content.items() if key != "calendar"}
    form = {"content": packed(plain), "seen": str(seen), "reason": "thử (ví dụ)"}
    return (await browser_of(world, role).send(PAGE, **form)).status


def browser_of(world: World, role: str) -> Browser:
    """With the access code of mock mode."""
    browser = Browser(world)
    browser.cookies["lienthong"] = world.stage.secrets.value(f"token.{role}")
    return browser


async def waiting(world: World) -> dict[str, Any] | None:
    told = await world.call("GET", "/v1/configuration/waiting", role="head")
    assert told.status == 200
    found: dict[str, Any] | None = told.body["waiting"]
    return found


async def decided(world: World, what: str, identifier: str, role: str) -> Answered:
    path = f"/v1/configuration/waiting/{identifier}/{what}"
    return await world.call("POST", path, {"reason": "đã hỏi đơn vị"}, role=role)


async def nothing_waits(world: World) -> None:
    row = await waiting(world)
    if row is not None:
        assert (await decided(world, "refusal", row["id"], "head")).status == 200


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """As in production: destinations need a second person."""
    world = quiet_world(tmp_path_factory.mktemp("hai-nguoi"), NUMBER)
    world.more_settings = "[corrections]\ndestinations = true\n"
    async with world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Left open on purpose: one person is enough."""
    world = quiet_world(tmp_path_factory.mktemp("mot-nguoi"), NUMBER)
    world.more_settings = "[corrections]\ndestinations = false\n"
    async with world:
        yield world


DOORS = attacks(
    *((Attack(8, f"moved-{key}", door), key) for key in MOVES for door in (API, PAGE))
)


@pytest.mark.parametrize(("attack", "key"), DOORS)
async def test_a_moved_destination_does_not_run_by_one_persons_word(
    world: World, attack: Attack, key: str
) -> None:
    before, content = await running(world)
    given = await changed(world, **{key: MOVES[key]})
    assert await give(world, attack.door, given) in {202, 303}
    row = await waiting(world)
    assert row is not None
    assert [one["id"] for one in row["destinations"]] == [OFFICE]
    assert row["destinations"][0]["keys"] == [key]
    assert await running(world) == (before, content)
    # Not by handing it in again, nor by saying yes to oneself.
    assert await give(world, attack.door, given) == 409
    own = await decided(world, "approval", row["id"], "administrator")
    assert (own.status, own.body["code"]) == (409, "second_person_needed")
    assert await running(world) == (before, content)
    await nothing_waits(world)


@pytest.mark.control
@pytest.mark.parametrize(
    ("attack", "key"),
    attacks(*((Attack(8, f"moved-{key}", API), key) for key in MOVES)),
)
async def test_where_one_is_enough_it_runs(
    open_world: World, attack: Attack, key: str
) -> None:
    before, _ = await running(open_world)
    given = await changed(open_world, **{key: MOVES[key]})
    assert await give(open_world, attack.door, given) == 200
    assert (await running(open_world))[0] == before + 1
    given = copy.deepcopy(await open_world_first(open_world))
    assert await give(open_world, API, given) == 200


async def open_world_first(world: World) -> dict[str, Any]:
    """The configuration that the start brought."""
    assert world.gateway is not None
    found = await world.gateway.tools.store.configuration(1)
    assert found is not None
    return found[1]


async def test_an_office_that_is_new_waits_too(world: World) -> None:
    before, content = await running(world)
    more = copy.deepcopy(content)
    (land,) = (a for a in more["agencies"] if a["agency"]["id"] == "land_registry")
    new = {**land["office"][0], "id": "land-mau-9", "address": "https://moi.example"}
    land["office"].append(new)
    assert await give(world, API, more) == 202
    row = await waiting(world)
    assert row is not None
    assert [one["id"] for one in row["destinations"]] == ["land-mau-9"]
    assert (await running(world))[0] == before
    await nothing_waits(world)


OTHERS = attacks(
    *(
        (Attack(16, f"approval-by-{role}", "/v1/configuration/waiting"), role)
        for role in ("administrator", "operator", "reader", "one_stop")
    )
)


@pytest.mark.parametrize(("attack", "role"), OTHERS)
async def test_who_proposed_it_and_who_may_not_decide_do_not_approve(
    world: World, attack: Attack, role: str
) -> None:
    before, _ = await running(world)
    assert await give(world, API, await changed(world, **moved())) == 202
    row = await waiting(world)
    assert row is not None
    refused = await decided(world, "approval", row["id"], role)
    assert refused.status in {403, 409}
    assert (await running(world))[0] == before
    page = f"/console/cau-hinh/cho-duyet/{row['id']}/duyet"
    shown = await browser_of(world, role).send(page, reason="tự duyệt (ví dụ)")
    assert shown.status in {303, 401, 403, 409}
    assert (await running(world))[0] == before
    await nothing_waits(world)


def moved() -> dict[str, Any]:
    return {"address": MOVES["address"]}


@pytest.mark.parametrize(
    "attack",
    attacks(
        (Attack(16, "approved-after-refusal", "/v1/configuration/waiting"),),
    ),
)
async def test_what_was_refused_is_not_approved(world: World, attack: Attack) -> None:
    before, _ = await running(world)
    assert await give(world, API, await changed(world, **moved())) == 202
    row = await waiting(world)
    assert row is not None
    assert (await decided(world, "refusal", row["id"], "administrator")).status == 200
    late = await decided(world, "approval", row["id"], "head")
    assert (late.status, late.body["code"]) == (409, "configuration_decided")
    assert (await decided(world, "approval", "p_none", "head")).status == 404
    assert (await running(world))[0] == before


@pytest.mark.parametrize(
    "attack",
    attacks((Attack(16, "approved-over-a-newer-one", "/v1/configuration/waiting"),)),
)
async def test_what_another_version_overtook_is_not_approved(
    world: World, attack: Attack
) -> None:
    """Else the second person would put back what was changed meanwhile, unseen."""
    assert await give(world, API, await changed(world, **moved())) == 202
    row = await waiting(world)
    assert row is not None
    named = await changed(world, name="Chi nhánh đổi tên lần nữa (ví dụ)")
    assert await give(world, API, named) == 200
    before, content = await running(world)
    late = await decided(world, "approval", row["id"], "head")
    assert (late.status, late.body["code"]) == (409, "configuration_overtaken")
    assert await running(world) == (before, content)
    # It makes way for another one by itself.
    assert await give(world, API, await changed(world, **moved())) == 202
    again = await waiting(world)
    assert again is not None
    assert again["id"] != row["id"]
    await nothing_waits(world)


@pytest.mark.honest
@pytest.mark.parametrize(
    ("attack", "door"),
    attacks(*((Attack(8, "moved-address", door), door) for door in (API, PAGE))),
)
async def test_what_another_person_approves_runs_at_once_and_says_who(
    world: World, attack: Attack, door: str
) -> None:
    before, content = await running(world)
    assert await give(world, door, await changed(world, **moved())) in {202, 303}
    row = await waiting(world)
    assert row is not None
    if door == API:
        done = await decided(world, "approval", row["id"], "head")
        assert (done.status, done.body["version"]) == (200, before + 1)
    else:
        page = f"/console/cau-hinh/cho-duyet/{row['id']}/duyet"
        head = browser_of(world, "head")
        assert (
            "Duyệt và áp dụng" in (await head.get("/console/cau-hinh/cho-duyet")).text
        )
        assert (await head.send(page, reason="đã hỏi đơn vị")).status == 200
    assert (await running(world))[0] == before + 1
    listed = await world.call(
        "GET", "/v1/journal?kind=cau-hinh&limit=50", role="administrator"
    )
    told = str(listed.body)
    assert "Đề nghị đổi nơi gửi hoặc khóa của đơn vị: land-mau-1" in told
    assert "Duyệt đề nghị đổi nơi gửi" in told
    # Back as it was, by two people again.
    assert await give(world, API, content) == 202
    back = await waiting(world)
    assert back is not None
    assert (await decided(world, "approval", back["id"], "head")).status == 200
    assert (await running(world))[1] == content


@pytest.mark.honest
@pytest.mark.parametrize(
    ("attack", "key"),
    attacks(*((Attack(8, f"harmless-{key}", API), key) for key in HARMLESS)),
)
async def test_what_moves_nothing_runs_at_once(
    world: World, attack: Attack, key: str
) -> None:
    before, _ = await running(world)
    given = await changed(world, **{key: HARMLESS[key]})
    assert await give(world, API, given) == 200
    assert (await running(world))[0] == before + 1
