"""Who guesses, counts through numbers, or calls without end, at each real listener."""

from __future__ import annotations

import json
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from gateway.api.signin import token_hash
from gateway.domain.identifiers import OfficeId, PrincipalId
from gateway.domain.principal import Principal, Role, Scope
from gateway.limit_settings import LimitSettings
from tests.attack.frame import Attack, attacks
from tests.attack.raw import wire
from tests.open_calls import FETCHES, System
from tests.world import Answered, World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0741"
PROXY = "127.0.0.1"
LIMITS = (
    "[limits]\nwrong_per_minute = 12\ncalls_per_second = 20\ncalls_burst = 60\n"
    "enquiries_per_minute = 30\nmisses_per_minute = 12\n"
    f'[sign_in]\nbehind = ["{PROXY}"]\n'
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    world = World(tmp_path_factory.mktemp("callers") / "run", configure=quick)
    world.more_settings = LIMITS
    async with world:
        await world.submit(a_dossier(NUMBER))
        await world.settle()
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The same without rates, as mock mode is: the variant left open."""
    world = World(tmp_path_factory.mktemp("open") / "run", configure=quick)
    async with world:
        yield world


async def guess(world: World, door: str, shown: str, address: str) -> Answered:
    """One try at a door with a secret, from an address behind the proxy."""
    front, agencies = world.stage.url("front"), world.stage.url("agencies")
    bearer = {"Authorization": f"Bearer {shown}"}
    ways: dict[str, tuple[str, str, dict[str, str], Any]] = {
        "/v1": ("GET", f"{front}/v1/dossiers", bearer, None),
        "/v1/dossiers": ("POST", f"{front}/v1/dossiers", bearer, {}),
        "/callbacks path": (
            *("POST", f"{agencies}/callbacks/land-mau-1/ChuyenHoSo/{shown}", {}, {}),
        ),
        "/callbacks body": (
            *("POST", f"{agencies}/callbacks/dien-luc-mau/CapNhatTienDo", {}),
            {"KHOA": shown},
        ),
        "/dropin": (
            *("POST", f"{front}/dropin/mot-cua-noi-thang/land-mau-4/{shown}"),
            *({}, {}),
        ),
    }
    method, url, headers, body = ways[door]
    if door == "/dropin":
        url += "/vbdlis/tiepnhan"
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            method, url, json=body, headers={**headers, "X-Forwarded-For": address}
        ) as answer,
    ):
        text = await answer.read()
        return Answered(answer.status, {}, dict(answer.headers), text)


DOORS = ("/v1", "/v1/dossiers", "/callbacks path", "/callbacks body", "/dropin")


def right(world: World, door: str) -> str:
    names = {
        "/v1": "token.one_stop",
        "/v1/dossiers": "token.one_stop",
        "/callbacks path": "land-mau-1.callback",
        "/callbacks body": "dien-luc-mau.callback",
        "/dropin": "mot-cua-noi-thang.dropin",
    }
    return world.stage.secrets.value(names[door])


@pytest.mark.parametrize(
    ("attack", "door", "address"),
    attacks(
        *(
            (Attack(19, "guess-a-secret", door), door, f"192.0.2.{n}")
            for n, door in enumerate(DOORS)
        )
    ),
)
async def test_who_guesses_is_silenced_and_the_right_secret_is_let_in(
    world: World, attack: Attack, door: str, address: str
) -> None:
    tried = [await guess(world, door, f"doan-{n}", address) for n in range(20)]
    wrong, silent = tried[:12], tried[13:]
    assert len({(one.status, one.content) for one in wrong}) == 1
    assert {one.status for one in silent} == {429}
    assert all(int(one.headers["Retry-After"]) >= 1 for one in silent)
    # Whoever sits behind the same address and knows it is not locked out …
    assert (await guess(world, door, right(world, door), address)).status != 429
    # … and another address has its own tries.
    other = await guess(world, door, "doan", f"198.51.100.{len(door)}")
    assert other.content == wrong[0].content


@pytest.mark.control
@pytest.mark.parametrize(
    ("attack", "door"),
    attacks(*((Attack(19, "guess-a-secret", door), door) for door in DOORS)),
)
async def test_without_a_rate_guesses_go_on(
    open_world: World, attack: Attack, door: str
) -> None:
    tried = [await guess(open_world, door, f"doan-{n}", "") for n in range(40)]
    assert 429 not in {one.status for one in tried}


@pytest.mark.parametrize(
    "attack", attacks((Attack(19, "forwarded-for-of-a-stranger", "/v1"),))
)
async def test_a_stranger_does_not_choose_its_own_address(
    open_world: World, attack: Attack
) -> None:
    """Only a named proxy says from whom a call comes: all guesses count for one."""
    assert open_world.gateway is not None
    (door, *_) = open_world.gateway._listeners._servers
    threshold: Any = door[0].config.app
    scope = {b"x-forwarded-for": b"203.0.113.9"}
    assert threshold._address("192.0.2.1", scope) == "192.0.2.1"


ENQUIRIES = {
    "/v1/dossiers/{number}": "/v1/dossiers/H00.01-260310-{n}",
    "/v1/dossiers/{number}/summary": "/v1/dossiers/H00.01-260310-{n}/summary",
    "/v1/dossiers/{number}/due": "/v1/dossiers/H00.01-260310-{n}/due",
}


@pytest.mark.parametrize(
    ("attack", "door", "role"),
    attacks(
        *(
            (Attack(19, "count-through-numbers", door), door, role)
            for door, role in zip(
                ENQUIRIES, ("operator", "head", "reader"), strict=True
            )
        )
    ),
)
async def test_who_counts_through_numbers_is_stopped(
    world: World, attack: Attack, door: str, role: str
) -> None:
    answered = [
        await world.call("GET", ENQUIRIES[door].format(n=8000 + n), role=role)
        for n in range(20)
    ]
    assert [one.status for one in answered[:12]] == [404] * 12
    stopped = answered[13:]
    assert {one.body["code"] for one in stopped} == {"asked_too_often"}
    # What is there is not told apart from what is not, either.
    path = door.format(number=NUMBER)
    assert (await world.call("GET", path, role=role)).status == 429
    # Work that is no enquiry goes on.
    assert (await world.call("GET", "/v1/stuck", role=role)).status == 200


@pytest.mark.control
@pytest.mark.parametrize(
    ("attack", "door"),
    attacks(*((Attack(19, "count-through-numbers", door), door) for door in ENQUIRIES)),
)
async def test_without_a_budget_numbers_are_counted_through(
    open_world: World, attack: Attack, door: str
) -> None:
    answered = [
        await open_world.call("GET", ENQUIRIES[door].format(n=n), role="operator")
        for n in range(40)
    ]
    assert {one.status for one in answered} == {404}


@pytest.mark.parametrize(
    "attack", attacks((Attack(19, "call-without-end", "/v1/dossiers"),))
)
async def test_one_system_has_so_many_calls(world: World, attack: Attack) -> None:
    statuses = [
        (await world.call("GET", "/v1/events?limit=1", role="one_stop")).status
        for _ in range(160)
    ]
    assert 429 in statuses
    assert statuses[:40] == [200] * 40
    # Another one's calls are its own.
    assert (await world.call("GET", "/v1/stuck", role="administrator")).status == 200


@pytest.mark.honest
@pytest.mark.parametrize(
    "attack", attacks((Attack(19, "call-without-end", "/v1/dossiers"),))
)
async def test_the_peak_of_a_province_is_far_below_the_shipped_limits(
    attack: Attack,
) -> None:
    shipped = LimitSettings()
    # Seven dossiers a second, and a load of the 20,000 that are open at ten a second.
    assert shipped.calls_per_second >= 5 * (7 + 10)
    assert shipped.calls_burst >= 1000


UNKNOWN = {
    "GET /v1/dossiers/{number}": ("GET", "/v1/dossiers/{}", None),
    "GET …/summary": ("GET", "/v1/dossiers/{}/summary", None),
    "GET …/route": ("GET", "/v1/dossiers/{}/route", None),
    "GET …/due": ("GET", "/v1/dossiers/{}/due", None),
    "GET …/timeline": ("GET", "/v1/dossiers/{}/timeline", None),
    "GET …/papers": ("GET", "/v1/dossiers/{}/papers", None),
    "GET …/results": ("GET", "/v1/dossiers/{}/results/x", None),
    "POST …/withdrawal": ("POST", "/v1/dossiers/{}/withdrawal", {"reason": "Thử"}),
    "POST …/handed-out": ("POST", "/v1/dossiers/{}/handed-out", {"on": "2026-03-10"}),
    "PUT /v1/dossiers/{number}": (
        *("PUT", "/v1/dossiers/{}"),
        a_dossier(NUMBER, revision=2),
    ),
}
OTHER = "mot-cua-khac"


@pytest.mark.parametrize(
    ("attack", "door"),
    attacks(*((Attack(19, "tell-yours-from-none", door), door) for door in UNKNOWN)),
)
async def test_what_is_another_systems_takes_as_long_as_what_is_not_there(
    open_world: World, attack: Attack, door: str
) -> None:
    await _other_system(open_world)
    await open_world.submit(a_dossier(NUMBER))
    method, path, body = UNKNOWN[door]
    asked: dict[str, list[float]] = {NUMBER: [], "H00.01-260310-9999": []}
    answers = set()
    for _ in range(25):
        for number, took in asked.items():
            begun = time.perf_counter()
            answered = await open_world.call(
                *(method, path.format(number), body),
                role="",
                headers={"Authorization": f"Bearer {OTHER}"},
            )
            took.append(time.perf_counter() - begun)
            answers.add((answered.status, answered.content))
    assert len(answers) == 1
    # The fastest of each: what else this machine does only makes calls slower.
    mine, none = (min(took) for took in asked.values())
    # The same class of time: no second look at a store or a key in between.
    assert abs(mine - none) < 0.5 * max(mine, none) + 0.002


async def _other_system(world: World) -> None:
    sender = OfficeId(OTHER)
    who = Principal(
        PrincipalId(OTHER), OTHER, Role.ONE_STOP, Scope(sender=sender), sender
    )
    assert world.gateway is not None
    await world.gateway.tools.store.set_principal(who, token_hash(OTHER))


HOSTILE = {
    "json-deep": (b'{"a":' * 40 + b"1" + b"}" * 40, "lồng quá"),
    "json-name-twice": (b'{"SoBienNhan":"1","SoBienNhan":"2"}', "hai lần"),
}
HOSTED = {
    "land": ("land-mau-1", "ChuyenHoSo"),
    "electricity": ("dien-luc-mau", "CapNhatTienDo"),
}


@pytest.mark.parametrize(
    ("attack", "technique", "door"),
    attacks(
        *(
            (Attack(6, technique, f"/callbacks {door}"), technique, door)
            for technique in HOSTILE
            for door in HOSTED
        )
    ),
)
async def test_json_that_no_reader_should_see_is_refused_in_the_agencys_own_shape(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    office, operation = HOSTED[door]
    body, told = HOSTILE[technique]
    waiting = await world.call("GET", "/v1/unmatched", role="operator")
    path = f"{office}/{operation}"
    secret = world.stage.secrets.value(f"{office}.callback")
    if door == "electricity":
        body = body.replace(b"{", b'{"KHOA":"%b",' % secret.encode(), 1)
    else:
        path += f"/{secret}"
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{world.stage.url('agencies')}/callbacks/{path}", data=body
        ) as answer,
    ):
        said = await answer.text()
        assert answer.status < 500
    assert isinstance(json.loads(said), dict)
    # Electricity's interface has words of its own for it.
    assert told in said or "Sai kiểu dữ liệu" in said
    after = await world.call("GET", "/v1/unmatched", role="operator")
    assert after.body == waiting.body


@pytest.mark.parametrize(
    ("attack", "door"),
    attacks(
        (Attack(6, "body-of-a-stranger", "/callbacks electricity"), "dien-luc-mau"),
    ),
)
async def test_large_bodies_of_strangers_are_held_two_at_a_time(
    world: World, attack: Attack, door: str
) -> None:
    head = (
        f"POST /callbacks/{door}/CapNhatTienDo HTTP/1.1\r\nHost: x\r\n"
        "Content-Length: 15000000\r\nContent-Type: application/json\r\n\r\n"
    ).encode()
    async with AsyncExitStack() as held:
        wires = []
        for _ in range(4):
            one = await held.enter_async_context(wire(world.stage.url("agencies")))
            await one.say(head + b" " * 10_000)
            wires.append(one)
        answered = [await one.status(1.0) for one in wires]
    assert answered[:2] == [None, None]
    assert answered[2:] == [503, 503]


@pytest.mark.parametrize(
    ("attack", "path"),
    attacks(
        (Attack(6, "form-without-end", "/console/dang-nhap"), "/console/dang-nhap"),
    ),
)
async def test_a_form_of_who_is_not_signed_in_is_small(
    world: World, attack: Attack, path: str
) -> None:
    fields = {f"f{n}": "x" * 10_000 for n in range(10)}
    front = world.stage.url("front")
    async with (
        aiohttp.ClientSession() as session,
        session.post(front + path, data=fields, headers={"Origin": front}) as answer,
    ):
        assert answer.status == 413


@pytest.mark.honest
@pytest.mark.parametrize("attack", attacks((Attack(19, "guess-a-secret", "/open/v1"),)))
async def test_an_office_that_knows_its_key_is_served(
    world: World, attack: Attack
) -> None:
    assert (await System(world, FETCHES).call("ping", {})).status == 200


REFUSED = {
    "wrong-token": ("/v1", "not_signed_in"),
    "wrong-path-secret": ("/callbacks path", "wrong_secret"),
    "wrong-body-secret": ("/callbacks body", "wrong_secret"),
    "wrong-dropin-secret": ("/dropin", "wrong_secret"),
}


@pytest.mark.parametrize(
    ("attack", "door", "why"),
    attacks(
        *((Attack(25, name, door), door, why) for name, (door, why) in REFUSED.items())
    ),
)
async def test_refused_calls_are_one_line_an_hour_however_many(
    world: World, attack: Attack, door: str, why: str
) -> None:
    assert world.gateway is not None
    telling = world.gateway._listeners.telling(world.gateway.tools)
    await telling.turn()
    address = f"203.0.113.{list(REFUSED).index(attack.technique)}"
    # The last of them are past the budget of wrong ones, and count all the same.
    calls = [await guess(world, door, f"sai-{n}", address) for n in range(15)]
    before = await _refusals(world)
    await telling.turn()
    (line,) = (await _refusals(world))[len(before) :]
    assert (line["from"], line["why"], line["times"]) == (address, why, 15)
    # What the last caller was told finds the line.
    assert line["call"] in calls[-1].headers.values(), calls[-1]
    assert "sai-" not in json.dumps(line)


@pytest.mark.parametrize("attack", attacks((Attack(25, "flood-the-journal", "/v1"),)))
async def test_a_flood_from_many_addresses_makes_no_flood_of_lines(
    world: World, attack: Attack
) -> None:
    assert world.gateway is not None
    listeners = world.gateway._listeners
    telling = listeners.telling(world.gateway.tools)
    await telling.turn()
    before = len(await _refusals(world))
    assert listeners._rates is not None
    for n in range(5_000):
        listeners._rates.refusals.note(f"198.51.{n // 250}.{n % 250}", "wrong", "", "x")
    await telling.turn()
    lines = (await _refusals(world))[before:]
    assert len(lines) <= 501
    assert sum(line["times"] for line in lines) == 5_000


async def _refusals(world: World) -> list[dict[str, Any]]:
    assert world.gateway is not None
    kept: Any = world.gateway.opened.kept
    rows = kept._reader.execute(
        "SELECT facts FROM journal WHERE kind = 'call_refused' ORDER BY id"
    ).fetchall()
    return [json.loads(row[0]) for row in rows]


@pytest.mark.parametrize(
    ("attack", "host"),
    attacks(
        (Attack(17, "other-host", "front"), "ke-gian.example"),
        (
            Attack(17, "own-name-as-a-part", "front"),
            "lien-thong.example.ke-gian.example",
        ),
        (Attack(17, "no-host", "front"), ""),
    ),
)
async def test_a_name_that_is_not_ours_is_not_answered_for(
    named: World, attack: Attack, host: str
) -> None:
    assert (await _by_name(named, host)).status == 421


@pytest.mark.control
@pytest.mark.parametrize("attack", attacks((Attack(17, "other-host", "front"),)))
async def test_where_no_name_is_told_any_is_answered(
    open_world: World, attack: Attack
) -> None:
    assert (await _by_name(open_world, "ke-gian.example")).status == 200


@pytest.mark.honest
@pytest.mark.parametrize("attack", attacks((Attack(17, "other-host", "front"),)))
async def test_our_own_name_is_answered_with_a_port_or_without(
    named: World, attack: Attack
) -> None:
    for host in ("lien-thong.example", "lien-thong.example:8443", "Lien-Thong.Example"):
        told = await _by_name(named, host)
        assert told.status == 200
        assert told.headers["X-Content-Type-Options"] == "nosniff"
        assert told.headers["Cache-Control"] == "no-store"


async def _by_name(world: World, host: str) -> Answered:
    return await world.call("GET", "/v1/stuck", role="operator", headers={"Host": host})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def named(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A gateway that goes by a name."""
    world = World(tmp_path_factory.mktemp("named") / "run", configure=quick)
    async with world:
        assert world.gateway is not None
        (server, *_) = world.gateway._listeners._servers
        threshold: Any = server[0].config.app
        threshold._hosts = frozenset({"lien-thong.example"})
        yield world
