"""Tokens for clients that prove who they are (OAuth 2, client credentials).

What a client proves itself by stands in its entry: hashes of secrets, public keys.
A token says whose it is, until when, for what, and by which of them it was given; a
keyed hash proves that we said so. So every node knows it and none keeps it, and it
dies with the secret or key that brought it, as soon as the configuration lacks that.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import orjson
from fastapi import Request
from fastapi.responses import Response

from gateway.api.bodies import whole
from gateway.api.peers import CALLER_KEY, is_its_own
from gateway.api.rates import note_wrong
from gateway.api.routes import Routes
from gateway.domain.clock_wrong import ClockWrong
from gateway.domain.errors import GatewayError
from gateway.domain.identifiers import OfficeId
from gateway.validation.assertion import claims_of, is_of_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Scope

    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools

#: Begins every token, so that it is told from keys that were handed out.
MARK = "lt1."
#: Seconds that a token holds unless its entry says less, and at most.
LIFE_S, MOST_LIFE_S = 900, 3600
MAX_FORM_BYTES = 16 * 1024
#: What assertions are made out to; the address of the call is as good.
AUDIENCE = "urn:lienthong:oauth2"
READ, WRITE = "read", "write"
SCOPES = (READ, WRITE)
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class _Refused(Exception):
    """The error of RFC 6749 that a caller is told, and nothing else."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who holds a token, and for what."""

    office: Office
    scopes: frozenset[str]


def router(tools: Tools, path: str, *, one_stops: bool) -> Routes:
    """The token endpoint of one side: one-stops', or agencies'."""
    routes = Routes(include_in_schema=False)

    @routes.post(path)
    async def post_token(request: Request) -> Response:
        """Cấp token cho hệ thống đã chứng minh mình là ai (docs/ai-duoc-goi.vi.md)."""
        try:
            given = await _given(tools, request, one_stops=one_stops)
        except _Refused as refused:
            error = str(refused)
            if error == "invalid_client":
                note_wrong(request.scope)
            return _answer({"error": error}, 401 if error == "invalid_client" else 400)
        return _answer(given, 200)

    return routes


def _answer(said: Mapping[str, object], status: int) -> Response:
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = "Basic"
    return Response(
        orjson.dumps(said), status, headers=headers, media_type="application/json"
    )


async def _given(
    tools: Tools, request: Request, *, one_stops: bool
) -> dict[str, object]:
    form = await _form(request)
    if form.get("grant_type") != "client_credentials":
        raise _Refused("unsupported_grant_type")
    office, credential = await _client(tools, request, form)
    if (office.agency == "one_stop") != one_stops:
        raise _Refused("invalid_client")
    if not is_its_own(office, request.scope):
        raise _Refused("invalid_client")
    _must_know_the_time(tools)
    allowed = _said(office).get("scopes", SCOPES)
    asked = form.get("scope", "").split() or list(allowed)
    if not asked or set(asked) - set(allowed) or set(asked) - set(SCOPES):
        raise _Refused("invalid_scope")
    life = min(int(_said(office).get("life_s", LIFE_S)), MOST_LIFE_S)
    told = {
        "c": office.id,
        "s": sorted(set(asked)),
        "e": int(tools.clock.now().timestamp()) + life,
        "k": credential,
        "f": str(request.scope.get(CALLER_KEY) or ""),
    }
    return {
        "access_token": _token(tools, orjson.dumps(told)),
        "token_type": "Bearer",
        "expires_in": life,
        "scope": " ".join(sorted(set(asked))),
    }


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise _Refused("invalid_request")
    try:
        body = (await whole(request, MAX_FORM_BYTES)).decode()
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=20)
    except (GatewayError, ValueError):
        raise _Refused("invalid_request") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise _Refused("invalid_request")
    return form


async def _client(
    tools: Tools, request: Request, form: Mapping[str, str]
) -> tuple[Office, str]:
    """Who proves itself, and by what; every way of not doing so is answered alike."""
    ways = [
        "client_assertion" in form,
        "client_secret" in form,
        "authorization" in request.headers,
    ]
    if sum(ways) != 1:
        raise _Refused("invalid_client")
    if ways[0]:
        return await _by_key(tools, request, form)
    name, secret = form.get("client_id", ""), form.get("client_secret", "")
    if ways[2]:
        name, secret = _basic(request.headers["authorization"])
    office = _office(tools, name)
    shown, found = hashlib.sha256(secret.encode()).hexdigest(), ""
    for one in _listed(office, "secret_sha256"):
        if hmac.compare_digest(one.lower().encode(), shown.encode()):
            found = credential_of(one)
    if office is None or not found or not secret:
        raise _Refused("invalid_client")
    return office, found


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise _Refused("invalid_client") from None
    name, colon, secret = pair.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise _Refused("invalid_client")
    return unquote(name), unquote(secret)


async def _by_key(
    tools: Tools, request: Request, form: Mapping[str, str]
) -> tuple[Office, str]:
    if form.get("client_assertion_type") != _ASSERTION:
        raise _Refused("invalid_client")
    assertion = form["client_assertion"]
    office = _office(tools, _subject(assertion))
    proved = claims_of(assertion, _listed(office, "keys"))
    if office is None or proved is None:
        raise _Refused("invalid_client")
    claims, pem = proved
    if form.get("client_id", office.id) != office.id:
        raise _Refused("invalid_client")
    await _must_be_of_now(tools, office, claims, _audiences(request))
    return office, credential_of(pem)


async def _must_be_of_now(
    tools: Tools, office: Office, claims: Mapping[str, Any], audiences: frozenset[str]
) -> None:
    """Refuse an assertion that is for others, for another time, or was used."""
    _must_know_the_time(tools)
    now = tools.clock.now()
    if not is_of_now(claims, office.id, audiences=audiences, now=now):
        raise _Refused("invalid_client")
    name = claims["jti"]
    blind = tools.vault.blind("assertion_id", f"{office.id}|{name}")
    mine = tools.chance.identifier("j").encode()
    if await tools.replays.remember(blind, mine, now) != mine:
        raise _Refused("invalid_client")


def _must_know_the_time(tools: Tools) -> None:
    """Neither give a token nor judge one by a wall that is known to be wrong.

    Raises:
        ClockWrong: it is.
    """
    if tools.clock.wrong():
        raise ClockWrong


def _audiences(request: Request) -> frozenset[str]:
    host = request.headers.get("host", "")
    return frozenset({AUDIENCE, f"https://{host}{request.url.path}"})


def _subject(assertion: str) -> str:
    """Whose an assertion says that it is; nothing is believed of it yet."""
    try:
        middle = assertion.split(".")[1]
        said = orjson.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError):
        return ""
    return str(said.get("sub", "")) if isinstance(said, dict) else ""


def _office(tools: Tools, name: str) -> Office | None:
    return tools.versions.current.offices.get(OfficeId(name))


def _said(office: Office | None) -> Mapping[str, Any]:
    said = office.settings.get("oauth", {}) if office is not None else {}
    return said if isinstance(said, dict) else {}


def _listed(office: Office | None, key: str) -> list[str]:
    said = _said(office).get(key, ())
    return [str(one) for one in said] if isinstance(said, list | tuple) else []


def credential_of(secret_or_key: str) -> str:
    """By what a token was given, as it says so."""
    return hashlib.sha256(secret_or_key.strip().lower().encode()).hexdigest()[:24]


def _token(tools: Tools, told: bytes) -> str:
    said = base64.urlsafe_b64encode(told).decode()
    return f"{MARK}{said}.{tools.vault.blind('oauth_token', said).hex()}"


def client_of(tools: Tools, token: str, scope: Scope) -> Client | None:
    """Who holds a token; None: nobody, any more."""
    said, _, proof = token.removeprefix(MARK).partition(".")
    wanted = tools.vault.blind("oauth_token", said).hex()
    if not hmac.compare_digest(wanted.encode(), proof.encode()):
        return None
    told = orjson.loads(base64.urlsafe_b64decode(said))
    _must_know_the_time(tools)
    office = _office(tools, told["c"])
    if office is None or told["e"] <= tools.clock.now().timestamp():
        return None
    present = [*_listed(office, "secret_sha256"), *_listed(office, "keys")]
    if told["k"] not in map(credential_of, present):
        return None
    shown = str(scope.get(CALLER_KEY) or "")
    if told["f"] and not hmac.compare_digest(told["f"].encode(), shown.encode()):
        return None
    allowed = _said(office).get("scopes", SCOPES)
    return Client(office, frozenset(told["s"]) & frozenset(allowed))
