"""People's data in calls where it does not belong: no log line and no answer repeats it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import aiohttp
import pytest
import pytest_asyncio

from tests.attack.frame import Attack, attacks
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
#: Obviously nobody's: a telephone, a paper's number, a name.
VALUES = {
    "telephone": "0900000731",
    "identity-number": "000000073173",
    "name": "Ngô Thị Dấu Vết",
    "address": "Thôn Dấu Vết, xã Mẫu",
}
#: Where the value stands → method and how the call is made of it.
PLACES = {
    "query": ("GET", "/v1/dossiers?so={0}", None, {}),
    "path": ("GET", "/v1/dossiers/{0}", None, {}),
    "console-query": ("GET", "/console/tim?q={0}", None, {}),
    "console-path": ("GET", "/console/ho-so/so/{0}", None, {}),
    "body": ("POST", "/v1/dossiers", {"number": "{0}", "applicant": "{0}"}, {}),
    "field-name": ("POST", "/v1/dossiers", {"{0}": 1}, {}),
    "header": ("GET", "/v1/counts", None, {"X-Who": "{0}", "User-Agent": "{0}"}),
    "key": ("POST", "/v1/dossiers", {}, {"Idempotency-Key": "{0}"}),
    "callback-path": ("POST", "/callbacks/land-mau-1/{0}/{0}", {}, {}),
    "open-operation": ("POST", "/open/v1/{0}", {}, {}),
    "drop-in-path": ("POST", "/dropin/{0}/{0}/{0}/vbdlis/{0}", {}, {}),
}
CASES = attacks(
    *(
        (Attack(20, name, place), value)
        for place in PLACES
        for name, value in VALUES.items()
    )
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with World(tmp_path_factory.mktemp("logs") / "run", configure=quick) as world:
        yield world


async def called(world: World, place: str, value: str) -> str:
    """Make the call; its answer, head and body."""
    method, path, body, headers = PLACES[place]
    agencies = path.startswith(("/callbacks", "/open"))
    base = world.stage.url("agencies" if agencies else "front")
    sent = {k: quote(v.format(value)) for k, v in headers.items()}
    token = world.stage.secrets.value("token.one_stop")
    sent["Authorization"] = f"Bearer {token}"
    told = None
    if body is not None:
        told = {k.replace("{0}", value): _filled(v, value) for k, v in body.items()}
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            method,
            base + path.replace("{0}", quote(value, safe="")),
            json=told,
            headers=sent,
            allow_redirects=False,
        ) as answer,
    ):
        text = await answer.text()
        assert answer.status < 500
        return str(dict(answer.headers)) + text


def _filled(value: object, given: str) -> object:
    return value.replace("{0}", given) if isinstance(value, str) else value


@pytest.mark.parametrize(("attack", "value"), CASES)
async def test_nothing_of_a_person_comes_back_or_is_logged(
    world: World, attack: Attack, value: str, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = await called(world, attack.door, value)
    logged = "".join(capfd.readouterr())
    for form in (value, quote(value), quote(value, safe="")):
        assert form not in logged
        # Who sent a field that there is not has to find it: its name, in its pointer.
        assert form not in answer or attack.door == "field-name"


@pytest.mark.control
@pytest.mark.parametrize("attack", attacks((Attack(20, "telephone", "access log"),)))
async def test_a_usual_access_log_has_it(attack: Attack) -> None:
    value = VALUES[attack.technique]
    line = f'127.0.0.1 - "GET /v1/dossiers?so={quote(value)} HTTP/1.1" 404'
    assert value in line
