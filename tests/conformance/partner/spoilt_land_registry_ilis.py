"""What only iLIS can be wrong in: sessions, letters of a path, area numbers as texts."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from gateway.conformance.partner.mocked import Spoiling
from tests.conformance.partner.spoilt import Content, called, early
from tests.conformance.partner.spoilt_land_registry import TAKEN, Handler

TOKEN = "/ilis/token"


def told_otherwise(**settings: Any) -> Spoiling:
    """A land system of this dialect whose settings are others."""

    def alter(mock: Any, _app: object) -> None:
        mock.office.settings["ilis"].update(settings)

    return Spoiling(alter=alter)


def _refused_otherwise(error: str, status: int, instead: str = "") -> Spoiling:
    """A refusal of a token is told by another status, or by another word."""

    @web.middleware
    async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        refused = isinstance(response, web.Response) and error in str(response.body)
        if request.path != TOKEN or not refused:
            return response
        return web.json_response({"error": instead or error}, status=status)

    return Spoiling(alter=lambda _mock, app: app.middlewares.append(spoil))


def _echoing() -> Spoiling:
    """Refusals repeat what was sent."""

    @web.middleware
    async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
        sent = (await request.read()).decode("utf-8", "replace")
        response = await handler(request)
        if request.path != TOKEN or response.status != 400:
            return response
        error = "invalid_grant" if "invalid_grant" in _text(response) else ""
        told = {"error": error or "invalid_request", "error_description": sent}
        return web.json_response(told, status=400)

    return Spoiling(alter=lambda _mock, app: app.middlewares.append(spoil))


def _text(response: web.StreamResponse) -> str:
    return str(response.body) if isinstance(response, web.Response) else ""


async def _any_letters(request: web.Request) -> web.Response | None:
    return web.json_response(TAKEN) if request.path.endswith("tiepnhanhoso") else None


async def _bearer_as_written(request: web.Request) -> web.Response | None:
    scheme = request.headers.get("Authorization", "Bearer").partition(" ")[0]
    wrong = scheme.casefold() == "bearer" and scheme != "Bearer"
    return web.Response(status=401) if wrong else None


async def _another_header(request: web.Request) -> web.Response | None:
    return (
        None if request.charset or request.path == TOKEN else web.Response(status=415)
    )


async def _body_before_token(request: web.Request) -> web.Response | None:
    rubbish = await request.read() == b"khong phai json"
    status = {"success": False, "code": 400, "message": "Nội dung không phải JSON"}
    told = {"data": 0, "status": status}
    return web.json_response(told, status=400) if rubbish else None


async def _any_token_form(request: web.Request) -> web.Response | None:
    sent = (await request.read()).decode("utf-8", "replace")
    if request.path != TOKEN or "client_id" in parse_qs(sent):
        return None
    return web.json_response({"access_token": "token-thu", "expires_in": 3600})


def _numbers_for_texts(_operation: str, call: Content) -> Content:
    for name in call.keys() & {"TinhId", "HuyenId", "XaId"}:
        call[name] = str(call[name])
    return call


def _zeros_in_front(_operation: str, call: Content) -> Content:
    if call.get("XaId") == "9101":
        call["XaId"] = "09101"
    return call


def _some_district(_operation: str, call: Content) -> Content:
    if call.get("HuyenId") == "":
        call["HuyenId"] = "0"
    return call


#: What is wrong → the land system, and the requirements that it does not keep.
OWN: dict[str, tuple[Spoiling, set[str]]] = {
    "a wrong account is no bad request": (
        _refused_otherwise("invalid_grant", 403),
        {"242"},
    ),
    "a wrong client is a wrong account": (
        _refused_otherwise("invalid_client", 400, "invalid_grant"),
        {"243"},
    ),
    "a token needs no client": (early(_any_token_form), {"244"}),
    "passwords are echoed": (_echoing(), {"248"}),
    "any letters name an operation": (early(_any_letters), {"211"}),
    "letters of Bearer count": (early(_bearer_as_written), {"212"}),
    "a header is asked for": (early(_another_header), {"213"}),
    "the body is looked at before the token": (early(_body_before_token), {"322"}),
    "area numbers may be numbers": (called(_numbers_for_texts), {"806"}),
    "zeros in front do not count": (called(_zeros_in_front), {"807"}),
    "a district may be empty": (called(_some_district), {"808"}),
}
#: What the document allows: such a system keeps everything.
ALLOWED: dict[str, Spoiling] = {
    "answers in texts": told_otherwise(answers="texts"),
    "one session for an account": told_otherwise(one_session=True),
    "numbers as numbers": told_otherwise(written="numbers"),
    "texts of digits as numbers": told_otherwise(written="swapped"),
    "a lifetime in text": told_otherwise(token_shapes=["expires_as_text"]),
    "a token without a lifetime": told_otherwise(
        token_shapes=["no_expiry"], expires_in_s=300
    ),
    "more fields beside a token": told_otherwise(token_shapes=["more_fields"]),
}
