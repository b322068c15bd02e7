"""Tokens that nobody gave, or gave to another, for another time, or for something else."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.api.oauth import AUDIENCE
from gateway.validation.assertion import claims_of
from tests.attack.frame import Attack, attacks
from tests.open_calls import FETCHES, PUSHED, nobody_comes
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]
ONE_STOP, LIMITED = "mot-cua-mau", "mot-cua-noi-thang"
SECRET, NEXT = "bi-mat-dai-du-de-thu-nghiem-thoi", "bi-mat-sap-dung-cung-dai-nhu-the"
KEY, STRANGE = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
PEM = KEY.as_pem(private=False).decode()
SPKI, BOUND = "Lienthong-Peer-Spki", "a" * 64
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: Side → listener, token endpoint, client, call that reads, call that writes.
SIDES: dict[str, tuple[str, str, str, str]] = {
    "/v1": ("front", "/oauth2/token", ONE_STOP, "/v1/dossiers"),
    "/open/v1": ("agencies", "/open/oauth2/token", FETCHES, "/open/v1/ping"),
}


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def proving(config: Path) -> None:
    """Clients of both sides, one of them for reading alone."""
    nobody_comes(config)
    quick(config)
    for office, scopes in (
        *((ONE_STOP, '["read", "write"]'), (FETCHES, '["read", "write"]')),
        *((LIMITED, '["read"]'), (PUSHED, '["read"]')),
    ):
        told = (
            f'id = "{office}"\noauth.secret_sha256 = ["{sha(SECRET)}", "{sha(NEXT)}"]\n'
            f"oauth.keys = ['''{PEM}''']\noauth.scopes = {scopes}\n"
        )
        for path in (config / "agencies").glob("*.toml"):
            text = path.read_text("utf-8")
            text = "\n".join(
                told if line == f'id = "{office}"' else line
                for line in text.split("\n")
            )
            path.write_text(text, "utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    world = World(tmp_path_factory.mktemp("oauth") / "run", configure=proving)
    world.more_settings = '[sign_in]\nbehind = ["127.0.0.1"]\n'
    async with world:
        yield world


def assertion(world: World, client: str, key: Any = KEY, **said: Any) -> str:
    now = int(world.now().timestamp())
    claims = {
        "iss": client,
        "sub": client,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 120,
        "jti": f"j{next(_NAMES)}",
        **said,
    }
    return jwt.encode({"alg": "ES256"}, claims, key, algorithms=["ES256"])


def with_head(proof: str, head: bytes, key: bytes = b"") -> str:
    """The same claims under another head; signed by HMAC if there is a key."""
    said = proof.split(".")[1]
    first = base64.urlsafe_b64encode(head).decode().rstrip("=")
    bare = f"{first}.{said}"
    mac = hmac.new(key, bare.encode(), hashlib.sha256).digest() if key else b""
    return f"{bare}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


_NAMES = iter(range(1_000_000))


async def call(
    world: World, side: str, path: str, **options: Any
) -> tuple[int, dict[str, Any]]:
    listener = SIDES[side][0]
    headers = dict(options.pop("headers", {}))
    headers.setdefault("X-Forwarded-For", f"192.0.2.{next(_NAMES) % 250}")
    method = options.pop("method", "POST")
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            method, world.stage.url(listener) + path, headers=headers, **options
        ) as answer,
    ):
        text = await answer.read()
        return answer.status, orjson.loads(text) if text[:1] == b"{" else {}


async def token(
    world: World, side: str, headers: dict[str, str] | None = None, **form: Any
) -> tuple[int, dict[str, Any]]:
    data = {"grant_type": "client_credentials", **form}
    return await call(world, side, SIDES[side][1], data=data, headers=headers or {})


async def used(
    world: World, side: str, shown: str, headers: dict[str, str] | None = None
) -> int:
    method = "GET" if side == "/v1" else "POST"
    body: dict[str, Any] = {} if side == "/v1" else {"json": {}}
    sent = {"Authorization": f"Bearer {shown}", **(headers or {})}
    status, _ = await call(
        world, side, SIDES[side][3], method=method, headers=sent, **body
    )
    return status


async def good(world: World, side: str, **more: Any) -> str:
    status, said = await token(
        world, side, client_id=SIDES[side][2], client_secret=SECRET, **more
    )
    assert status == 200, said
    return str(said["access_token"])


def basic(name: str, secret: str) -> dict[str, str]:
    pair = base64.b64encode(f"{name}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


@pytest.mark.honest
@pytest.mark.parametrize(
    ("attack", "side", "way"),
    attacks(
        *(
            (Attack(11, way, side), side, way)
            for side in SIDES
            for way in ("basic", "post", "next-secret", "private-key-jwt")
        )
    ),
)
async def test_each_way_of_proving_oneself_gives_a_token_that_is_let_in(
    world: World, attack: Attack, side: str, way: str
) -> None:
    client = SIDES[side][2]
    if way == "basic":
        status, said = await token(world, side, basic(client, SECRET))
    elif way == "private-key-jwt":
        proof = assertion(world, client)
        status, said = await token(
            world, side, client_assertion_type=ASSERTION, client_assertion=proof
        )
    else:
        secret = SECRET if way == "post" else NEXT
        status, said = await token(world, side, client_id=client, client_secret=secret)
    assert (status, said["token_type"], said["expires_in"]) == (200, "Bearer", 900)
    assert await used(world, side, said["access_token"]) == 200


def forged(world: World, technique: str, client: str) -> dict[str, Any]:
    """A form that proves nothing."""
    plain: dict[str, dict[str, Any]] = {
        "wrong-secret": {"client_id": client, "client_secret": "doan"},
        "empty-secret": {"client_id": client, "client_secret": ""},
        "hash-as-secret": {"client_id": client, "client_secret": sha(SECRET)},
        "unknown-client": {"client_id": "khong-co", "client_secret": SECRET},
        "no-proof": {"client_id": client},
    }
    if technique in plain:
        return plain[technique]
    now = int(world.now().timestamp())
    claims: dict[str, dict[str, Any]] = {
        "other-audience": {"aud": "https://khac.example/token"},
        "stale": {"exp": now - 61},
        "holds-too-long": {"exp": now + 86_400},
        "not-yet": {"iat": now + 300},
        "no-end": {"exp": None},
        "no-name": {"jti": ""},
        "other-issuer": {"iss": "khac"},
    }
    key: Any = STRANGE if technique == "strange-key" else KEY
    proof = assertion(world, client, key, **claims.get(technique, {}))
    if technique == "unsigned":
        proof = with_head(proof, b'{"alg":"none"}')
    if technique == "public-key-as-secret":
        proof = with_head(proof, b'{"alg":"HS256"}', PEM.encode())
    return {"client_assertion_type": ASSERTION, "client_assertion": proof}


FORGED = (
    *("wrong-secret", "empty-secret", "hash-as-secret", "unknown-client", "no-proof"),
    *("other-audience", "stale", "holds-too-long", "not-yet", "no-end", "no-name"),
    *("other-issuer", "strange-key", "public-key-as-secret", "unsigned"),
)


@pytest.mark.parametrize(
    ("attack", "technique", "side"),
    attacks(*((Attack(11, t, side), t, side) for t in FORGED for side in SIDES)),
)
async def test_who_does_not_prove_itself_gets_no_token(
    world: World, attack: Attack, technique: str, side: str
) -> None:
    answered = await token(world, side, **forged(world, technique, SIDES[side][2]))
    assert answered == (401, {"error": "invalid_client"})


@pytest.mark.control
@pytest.mark.parametrize("attack", attacks((Attack(11, "strange-key", "/v1"),)))
async def test_where_the_strange_key_is_registered_its_assertion_holds(
    world: World, attack: Attack
) -> None:
    said = forged(world, "strange-key", ONE_STOP)["client_assertion"]
    strange = STRANGE.as_pem(private=False).decode()
    assert claims_of(said, [strange]) is not None
    assert claims_of(said, [PEM]) is None


@pytest.mark.parametrize(
    ("attack", "side"),
    attacks(*((Attack(11, "assertion-twice", side), side) for side in SIDES)),
)
async def test_an_assertion_is_good_once(
    world: World, attack: Attack, side: str
) -> None:
    proof: dict[str, Any] = {
        "client_assertion_type": ASSERTION,
        "client_assertion": assertion(world, SIDES[side][2]),
    }
    assert (await token(world, side, **proof))[0] == 200
    assert (await token(world, side, **proof))[0] == 401


def changed(shown: str, **said: Any) -> str:
    """A token that says something else of itself."""
    body, _, proof = shown.removeprefix("lt1.").partition(".")
    told = {**orjson.loads(base64.urlsafe_b64decode(body)), **said}
    return f"lt1.{base64.urlsafe_b64encode(orjson.dumps(told)).decode()}.{proof}"


@pytest.mark.parametrize(
    ("attack", "technique", "side"),
    attacks(
        *(
            (Attack(11, technique, side), technique, side)
            for technique in ("token-longer", "token-of-another", "token-bare")
            for side in SIDES
        )
    ),
)
async def test_a_token_that_was_changed_is_nobodys(
    world: World, attack: Attack, technique: str, side: str
) -> None:
    shown = await good(world, side)
    altered = {
        "token-longer": changed(shown, e=9_999_999_999),
        "token-of-another": changed(shown, c=LIMITED),
        "token-bare": shown.rpartition(".")[0] + ".",
    }[technique]
    assert await used(world, side, altered) == 401


@pytest.mark.parametrize(
    ("attack", "side"),
    attacks(*((Attack(11, "token-of-the-other-side", side), side) for side in SIDES)),
)
async def test_a_token_of_the_other_side_opens_nothing_here(
    world: World, attack: Attack, side: str
) -> None:
    (other,) = SIDES.keys() - {side}
    assert await used(world, side, await good(world, other)) == 401
    there = SIDES[other][2]
    refused = await token(world, side, client_id=there, client_secret=SECRET)
    assert refused == (401, {"error": "invalid_client"})


@pytest.mark.parametrize(
    ("attack", "side", "client"),
    attacks(
        (Attack(11, "scope-beyond-ones-own", "/v1"), "/v1", LIMITED),
        (Attack(11, "scope-beyond-ones-own", "/open/v1"), "/open/v1", PUSHED),
    ),
)
async def test_a_client_for_reading_writes_nothing(
    world: World, attack: Attack, side: str, client: str
) -> None:
    proof: dict[str, Any] = {"client_id": client, "client_secret": SECRET}
    refused = await token(world, side, **proof, scope="read write")
    assert refused == (400, {"error": "invalid_scope"})
    _, said = await token(world, side, **proof)
    assert said["scope"] == "read"
    held = {"Authorization": f"Bearer {said['access_token']}"}
    write = "/v1/dossiers" if side == "/v1" else "/open/v1/report"
    status, _ = await call(world, side, write, json={}, headers=held)
    assert status in {401, 403}


@pytest.mark.parametrize(
    ("attack", "side"),
    attacks(*((Attack(11, "token-with-another-certificate", s), s) for s in SIDES)),
)
async def test_a_token_is_of_use_with_the_certificate_that_got_it_alone(
    world: World, attack: Attack, side: str
) -> None:
    shown = await good(world, side, headers={SPKI: BOUND})
    assert await used(world, side, shown, {SPKI: BOUND}) == 200
    assert await used(world, side, shown, {SPKI: "b" * 64}) == 401
    assert await used(world, side, shown) == 401


@pytest.mark.parametrize(
    ("attack", "side"),
    attacks(*((Attack(11, "token-past-its-end", side), side) for side in SIDES)),
)
async def test_a_token_ends(world: World, attack: Attack, side: str) -> None:
    shown = await good(world, side)
    assert await used(world, side, shown) == 200
    await world.pass_hours(0.26)
    assert await used(world, side, shown) == 401


@pytest.mark.parametrize(
    ("attack", "side"),
    attacks(*((Attack(11, "token-of-a-withdrawn-secret", s), s) for s in SIDES)),
)
async def test_a_token_dies_with_the_secret_that_got_it(
    world: World, attack: Attack, side: str
) -> None:
    shown = await good(world, side)
    assert world.gateway is not None
    offices: Any = world.gateway.tools.versions.current.offices
    told = offices[SIDES[side][2]].settings["oauth"]
    before, told["secret_sha256"] = told["secret_sha256"], [sha(NEXT)]
    try:
        assert await used(world, side, shown) == 401
    finally:
        told["secret_sha256"] = before
    assert await used(world, side, shown) == 200
