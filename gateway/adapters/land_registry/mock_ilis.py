"""The other land system, as ``docs/agencies/land_registry_ilis.md`` describes it.

The same kind of office with a register of its own, in the same process and the
same books. It lies at ``/ilis``, where every call needs a token, and at
``/ilis-truc``, where only a sharing platform calls and no token is asked for.

**Settings**: the table ``ilis`` holds what the other system has (``users``,
``cases``, ``areas``, ``branches``, ``callback_base`` …; numbers of areas are
texts), and ``client_id``, ``client_secret``, ``user``, ``password``. On command:

* ``expires_in_s`` (3600), ``session_calls``, ``session_ends_at`` (a moment or
  several), ``one_session``: when sessions are over (``mock_ilis_sessions``);
* ``token_shapes``: of the token answers, in their order, the last for good;
* ``written``: ``texts`` (default), ``numbers``, ``swapped`` (``mock_ilis_writing``);
* ``answers``: ``texts``: ``data``, ``code`` and ``success`` are texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson

from gateway.adapters.land_registry.mock_answers import JSON, unmarked_utc
from gateway.adapters.land_registry.mock_contract import (
    Handler,
    Office,
    Reply,
    Request,
)
from gateway.adapters.land_registry.mock_demands import SHAPES, TEXT
from gateway.adapters.land_registry.mock_dialect import VBDLIS, Dialect
from gateway.adapters.land_registry.mock_ilis_sessions import Sessions
from gateway.adapters.land_registry.mock_ilis_writing import written
from gateway.adapters.land_registry.mock_operations import LandSystem, number_named

BASE, PLATFORM_BASE = "/ilis", "/ilis-truc"
FORM = "application/x-www-form-urlencoded"
#: Operations of the other system that have another name here.
RENAMED = {
    "tiepnhan": "TiepNhanHoSo",
    "capnhattrangthaibosunghoso": "BoSungHoSo",
    "capnhattrangthaitraketquahoso": "CapNhatTrangThaiHoSo",
}
ILIS_KINDS = {RENAMED.get(name, name): kind for name, kind in VBDLIS.kinds.items()}
ILIS_SHAPES = {
    **{RENAMED.get(name, name): shape for name, shape in SHAPES.items()},
    "TiepNhanHoSo": {
        **SHAPES["tiepnhan"],
        "TinhId!": TEXT,
        "HuyenId!": TEXT,
        "XaId!": TEXT,
    },
}


def ilis_routes(office: Office) -> list[tuple[str, str, Handler]]:
    """The token operation, and every operation at both addresses."""
    settings: Mapping[str, Any] = office.settings["ilis"]
    entrance = Entrance(office, settings)
    dialect = Dialect(
        base=BASE,
        kinds=ILIS_KINDS,
        shapes=ILIS_SHAPES,
        files=f"{BASE}/files",
        own_number="{year:02d}{count:06d}",
        push_to=_secret_in_query,
        pull_from=_secret_in_query,
        written=lambda operation, body: written(
            operation, body, settings.get("written", "texts")
        ),
    )
    routes: list[tuple[str, str, Handler]] = [
        ("POST", f"{BASE}/token", entrance.give_token)
    ]
    for method, path, work in LandSystem(office, settings, dialect).routes():
        operation = path.removeprefix(f"{BASE}/")
        if operation not in ILIS_KINDS:
            routes.append((method, path, work))
            continue
        kind = ILIS_KINDS[operation]
        inside = f"{PLATFORM_BASE}/{operation}"
        routes.append((method, path, partial(entrance.admit, kind, work)))
        routes.append((method, inside, partial(entrance.serve, work)))
    return routes


def _secret_in_query(branch: Mapping[str, Any], name: str) -> str:
    secret = quote(str(branch["callback_secret"]), safe="")
    return f"{branch['callback_base']}/{name}?CodeGet={secret}"


class Entrance:
    """What stands before the operations: tokens, and the habit of the answers."""

    def __init__(self, office: Office, settings: Mapping[str, Any]) -> None:
        """Nobody is signed in."""
        self._office = office
        self._settings = settings
        self._sessions = Sessions(settings)
        self._answers = 0

    async def admit(self, kind: str, work: Handler, request: Request) -> Reply:
        """An operation, unless the session says no: before anything is looked at."""
        now = self._office.now()
        state = self._sessions.use(request.headers.get("Authorization", ""), now)
        if state == "open":
            return await self.serve(work, request)
        number = number_named(request.body)
        self._office.arrived(kind, number, answer="session_ended", session=state)
        if state == "unknown":
            words = "Authorization has been denied for this request."
            return 401, JSON, orjson.dumps({"Message": words})
        status = {
            "success": False,
            "code": 401,
            "type": "error",
            "time": unmarked_utc(now),
            "message": "Phiên làm việc đã hết hạn",
        }
        return 401, JSON, orjson.dumps({"data": 0, "status": status})

    async def serve(self, work: Handler, request: Request) -> Reply:
        """An operation; its answer as this system writes it."""
        status, media_type, body = await work(request)
        if status != 200 or self._settings.get("answers") != "texts":
            return status, media_type, body
        told = orjson.loads(body)
        told["data"] = str(told["data"])
        for name in ("code", "success"):
            told["status"][name] = str(told["status"][name])
        return status, media_type, orjson.dumps(told)

    async def give_token(self, request: Request) -> Reply:
        """The token operation; what it is shown is never booked."""
        refusal = self._refusal(request)
        self._office.arrived("token", "", answer=refusal or "given")
        if refusal:
            status = 401 if refusal == "invalid_client" else 400
            told: dict[str, Any] = {"error": refusal}
            if refusal == "invalid_grant":
                told["error_description"] = "The user name or password is incorrect."
            return status, JSON, orjson.dumps(told)
        shapes = self._settings.get("token_shapes") or ["usual"]
        shape = shapes[min(self._answers, len(shapes) - 1)]
        self._answers += 1
        if shape == "login_page":
            page = "<!doctype html><title>Đăng nhập</title>"
            return 200, "text/html; charset=utf-8", page.encode()
        if shape == "no_token":
            return 200, JSON, b"{}"
        token = self._sessions.begin(self._office.now())
        return 200, JSON, orjson.dumps(self._shaped(shape, token))

    def _refusal(self, request: Request) -> str:
        """The OAuth code of what is wrong with a request; empty: nothing."""
        media_type = request.headers.get("Content-Type", "").partition(";")[0]
        if media_type.strip().casefold() != FORM:
            return "invalid_request"
        try:
            form = dict(parse_qsl(request.body.decode(), strict_parsing=True))
        except ValueError:
            return "invalid_request"
        if form.get("grant_type", "password") != "password":
            return "unsupported_grant_type"
        names = ("grant_type", "client_id", "client_secret", "username", "password")
        if not all(form.get(name) for name in names):
            return "invalid_request"
        known = self._settings
        if (form["client_id"], form["client_secret"]) != (
            known["client_id"],
            known["client_secret"],
        ):
            return "invalid_client"
        account = (form["username"], form["password"])
        return "" if account == (known["user"], known["password"]) else "invalid_grant"

    def _shaped(self, shape: str, token: str) -> dict[str, Any]:
        """The answer with a token in one of its shapes."""
        lifetime = self._sessions.lifetime_s
        match shape:
            case "expires_as_text":
                return {
                    "access_token": token,
                    "token_type": "Bearer",
                    "expires_in": str(lifetime),
                }
            case "no_expiry":
                return {"access_token": token}
            case "more_fields":
                return {
                    "access_token": token,
                    "token_type": "bearer",
                    "expires_in": float(lifetime),
                    "scope": "lienthong",
                    "refresh_token": "khong-dung",
                    ".issued": "Tue, 10 Mar 2026 01:30:00 GMT",
                    "userName": self._settings["user"],
                }
            case "usual":
                return {
                    "access_token": token,
                    "token_type": "bearer",
                    "expires_in": lifetime,
                }
            case _:
                message = f"unknown shape of a token answer: {shape}"
                raise ValueError(message)
