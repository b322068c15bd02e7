"""Everything that one party may call, called by every other: nothing is shown or moved.

``front_routes.txt`` names the calls of the front; a test keeps it complete.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from gateway.api.signin import token_hash
from gateway.domain.identifiers import OfficeId, PrincipalId
from gateway.domain.principal import EVERYTHING, Principal, Role, Scope
from gateway.wiring.files import read_folder
from gateway.wiring.stage import CONFIG
from tests.attack.frame import Attack, attacks
from tests.browser.standing import (
    DOUBTFUL,
    bring_about,
    standing_world,
)
from tests.journeys.test_other_agencies import facts, filled, journal, routes
from tests.open_calls import (
    FETCHES,
    LAND_IS_SILENT,
    PUSHED,
    System,
    nobody_comes,
    with_fire,
)
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.world import Answered

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]
LISTED = Path(__file__).with_name("front_routes.txt")
ROUTES = [tuple(line.split()) for line in LISTED.read_text("utf-8").splitlines()]
METHODS = ("GET", "POST", "PUT", "DELETE")
FIRE = "H00.01-260310-0731"
OTHER, OPEN_TO_ALL = "mot-cua-khac", "mot-cua-lo-hong"
BODY = {
    "reason": "thử",
    "number": DOUBTFUL,
    "q": DOUBTFUL,
    "note": "thử",
    "text": "thử",
}
AGENCIES = {
    office["id"]: agency["agency"]["id"]
    for agency in read_folder(CONFIG)["agencies"]
    for office in agency.get("office", ())
}
CALLBACKS = sorted(
    office
    for office, agency in AGENCIES.items()
    if agency in {"land_registry", "tax", "electricity"}
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    world = standing_world(tmp_path_factory.mktemp("matrix") / "run")
    nobody_comes(world.stage.config)
    world.scenario(FIRE, land_registry=LAND_IS_SILENT)
    async with world:
        await bring_about(world)
        await world.submit(with_fire(FIRE))
        await world.pass_hours(1)
        for name, scope in (
            (OTHER, Scope(sender=OfficeId(OTHER))),
            (OPEN_TO_ALL, EVERYTHING),
        ):
            who = Principal(
                PrincipalId(name), name, Role.ONE_STOP, scope, OfficeId(name)
            )
            assert world.gateway is not None
            await world.gateway.tools.store.set_principal(who, token_hash(name))
        yield world


async def called(
    world: World, method: str, path: str, *, token: str = OTHER
) -> Answered:
    headers = {"Authorization": f"Bearer {token}"}
    body = None if method == "GET" else BODY
    return await world.call(method, path, body, role="", headers=headers)


async def test_every_call_of_the_front_is_in_the_list(world: World) -> None:
    served = {
        (method, path)
        for method in METHODS
        for path in routes(world, method)
        if path.startswith("/v1/") and path != "/v1/live"
    }
    assert served == set(ROUTES)


def doors(technique: str, *methods: str) -> list[Any]:
    return attacks(
        *(
            (Attack(15, technique, f"{method} {path}"), method, path)
            for method, path in ROUTES
            if method in methods
        )
    )


@pytest.mark.parametrize(
    ("attack", "method", "route"), doors("other-one-stop", *METHODS)
)
async def test_another_one_stop_sees_and_moves_nothing(
    world: World, attack: Attack, method: str, route: str
) -> None:
    known = await facts(world)
    needles = {known["id"], known["transfer"], known["report"], DOUBTFUL}
    before = await journal(world)
    path = filled(route, known)
    answered = await called(world, method, path)
    text = read(answered)
    assert answered.status < 500, text[:300]
    assert {one for one in needles if one in text and one not in path} == set()
    assert (await journal(world))[len(before) :] == []
    if "{" in route:
        # As if it were not there, whatever there is of it.
        strange = dict.fromkeys(known, "khong-co")
        there = await called(world, method, filled(route, strange))
        assert (answered.status, plain(text)) == (there.status, plain(read(there)))


def read(answered: Answered) -> str:
    """What an answer says, a packed paper or sheet too."""
    if answered.content[:2] != b"PK":
        return answered.content.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(answered.content)) as packed:
        parts = [packed.read(name) for name in sorted(packed.namelist())]
    return b"".join(parts).decode("utf-8", "replace")


def plain(text: str) -> str:
    """A text without the moments that an answer of now has in it."""
    return re.sub(r"\d{4}-\d\d-\d\dT[0-9:.+Z-]+", "", text)


OPEN_READS = (
    *("/v1/dossiers/{number:path}", "/v1/dossiers/{number:path}/summary"),
    *("/v1/dossiers", "/v1/transfers/{identifier}"),
)


@pytest.mark.control
@pytest.mark.parametrize(
    ("attack", "method", "route"),
    [one for one in doors("other-one-stop", "GET") if one.values[2] in OPEN_READS],
)
async def test_without_a_scope_another_one_stop_would_see_it(
    world: World, attack: Attack, method: str, route: str
) -> None:
    known = await facts(world)
    answered = await called(world, method, filled(route, known), token=OPEN_TO_ALL)
    assert answered.status == 200
    assert (
        known["id"] in answered.content.decode()
        or DOUBTFUL in answered.content.decode()
    )


@pytest.mark.honest
@pytest.mark.parametrize(
    ("attack", "method", "route"),
    [one for one in doors("other-one-stop", "GET") if one.values[2] in OPEN_READS],
)
async def test_the_one_stop_whose_it_is_sees_it(
    world: World, attack: Attack, method: str, route: str
) -> None:
    known = await facts(world)
    token = world.stage.secrets.value("token.one_stop")
    answered = await called(world, method, filled(route, known), token=token)
    assert answered.status == 200


def opened(technique: str, *more: str) -> list[Any]:
    operations = ("fetch", "acknowledge", "report", "file", "keys", "ping", *more)
    return attacks(
        *((Attack(15, technique, f"/open/v1/{one}"), one) for one in operations)
    )


async def asked(world: World, system: System, operation: str) -> list[Answered]:
    """What an office's system asks about the dossier of the other one."""
    (transfer,) = [
        one["id"]
        for one in (await world.shown(FIRE))["transfers"]
        if one["office"] == FETCHES
    ]
    said: dict[str, list[dict[str, Any]]] = {
        "fetch": [{}, {"after": "n1"}],
        "acknowledge": [{"ids": [transfer]}],
        "report": [
            system.said("accepted", "bc-1", transfer=transfer),
            system.said("accepted", "bc-2", dossier=FIRE),
        ],
        "file": [{"id": f"{transfer}.a_1"}],
        "keys": [{}],
        "ping": [{}],
    }
    if operation == "upload":
        return [await system.upload(b"%PDF-1.4")]
    return [await system.call(operation, one) for one in said[operation]]


@pytest.mark.parametrize(("attack", "operation"), opened("other-office-key"))
async def test_another_offices_system_reaches_nothing(
    world: World, attack: Attack, operation: str
) -> None:
    before = await journal(world)
    for answered in await asked(world, System(world, PUSHED), operation):
        assert FIRE not in answered.content.decode()
        if operation in {"report", "file"}:
            assert answered.status == 404
    # The test itself looked at the dossier.
    assert set((await journal(world))[len(before) :]) <= {"read"}


@pytest.mark.parametrize(
    ("attack", "operation"), opened("callback-secret-as-key", "upload")
)
async def test_an_offices_other_secret_is_no_key(
    world: World, attack: Attack, operation: str
) -> None:
    system = System(world, FETCHES)
    system.key = world.stage.secrets.value("land-mau-1.callback")
    statuses = {one.status for one in await asked(world, system, operation)}
    assert statuses <= {401, 429}


@pytest.mark.honest
@pytest.mark.parametrize(
    ("attack", "operation"),
    [one for one in opened("other-office-key") if one.values[1] == "ping"],
)
async def test_the_office_itself_is_served(
    world: World, attack: Attack, operation: str
) -> None:
    (answered,) = await asked(world, System(world, FETCHES), operation)
    assert answered.status == 200


def hosted(world: World, office: str) -> list[Any]:
    assert world.gateway is not None
    return list(world.gateway.tools.adapters.of(OfficeId(office)).hosted)


@pytest.mark.parametrize(
    ("attack", "office"),
    attacks(
        *(
            (Attack(15, "other-office-secret", f"/callbacks/{one}"), one)
            for one in CALLBACKS
        )
    ),
)
async def test_no_other_offices_secret_opens_an_operation(
    world: World, attack: Attack, office: str
) -> None:
    before = await journal(world)
    secrets = world.stage.secrets
    others = [
        secrets.value(name)
        for name in secrets.names()
        if not name.startswith(f"{office}.callback")
    ]
    for operation in hosted(world, office):
        refused = {await knocked(world, office, operation, other) for other in others}
        # All of them alike, and as if there were no such operation.
        assert len(refused) == 1
        assert await knocked(world, office, operation, "khong-co") in refused
        if operation.secret is None:
            assert {status for status, _ in refused} == {404}
    assert (await journal(world))[len(before) :] == []


async def knocked(
    world: World, office: str, operation: Any, secret: str
) -> tuple[int, bytes]:
    """Call an operation with a secret where it is asked for."""
    base = f"{world.stage.url('agencies')}/callbacks/{office}/{operation.name}"
    body = {"SecurityKey": secret, "KHOA": secret}
    if operation.secret is None and operation.shown_in == "path":
        base += f"/{secret}"
    elif operation.secret is None:
        base += f"?{operation.shown_in.partition(':')[2]}={secret}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(operation.method, base, data=json.dumps(body)) as answer,
    ):
        return answer.status, await answer.read()


#: What stands in an address of the drop-in: one-stop, office, name of the secret.
ADDRESSES = {
    "other-one-stop": ("mot-cua-mau", "land-mau-4", "mot-cua-noi-thang.dropin"),
    "other-office": ("mot-cua-noi-thang", "land-mau-1", "mot-cua-noi-thang.dropin"),
    "callback-secret": ("mot-cua-noi-thang", "land-mau-4", "land-mau-4.callback"),
    "token-as-secret": ("mot-cua-noi-thang", "land-mau-4", "token.one_stop"),
    "link-secret": ("mot-cua-noi-thang", "land-mau-4", "mot-cua-noi-thang.link"),
}
BELOW = {"message": ("POST", "vbdlis/tiepnhan"), "file": ("GET", "files/a.pdf")}


async def dropped_in(world: World, way: str, place: tuple[str, str, str]) -> Answered:
    one_stop, office, name = place
    secret = world.stage.secrets.value(name) if "." in name else name
    method, below = BELOW[way]
    path = f"/dropin/{one_stop}/{office}/{secret}/{below}"
    body: dict[str, str] | None = {} if method == "POST" else None
    return await world.call(method, path, body, role="")


@pytest.mark.parametrize(
    ("attack", "technique", "way"),
    attacks(
        *(
            (Attack(15, f"dropin-{one}", f"/dropin {way}"), one, way)
            for one in ADDRESSES
            for way in BELOW
        )
    ),
)
async def test_an_address_that_is_not_wholly_ones_own_leads_nowhere(
    world: World, attack: Attack, technique: str, way: str
) -> None:
    before = await journal(world)
    answered = await dropped_in(world, way, ADDRESSES[technique])
    nobody = await dropped_in(world, way, ("khong-co", "khong-co", "khong-co"))
    assert (answered.status, answered.content) == (404, nobody.content)
    assert (await journal(world))[len(before) :] == []


@pytest.mark.honest
@pytest.mark.parametrize(
    "attack", attacks((Attack(15, "dropin-other-one-stop", "/dropin message"),))
)
async def test_the_one_stops_own_address_is_answered_by_the_office(
    world: World, attack: Attack
) -> None:
    own = ("mot-cua-noi-thang", "land-mau-4", "mot-cua-noi-thang.dropin")
    assert (await dropped_in(world, "message", own)).status != 404
