"""A call reaches the route that the framework itself would have found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import APIRouter, FastAPI

from gateway.api.directory import Directory

if TYPE_CHECKING:
    from collections.abc import Callable

PATHS = (
    "/v1/dossiers/{number:path}/slips/{slip:path}",
    "/v1/dossiers/{number:path}/choices",
    "/v1/dossiers",
    "/v1/dossiers/{number:path}",
    "/v1/{kind}/all",
    "/v1/lanes/all",
    "/v1",
    "/today",
    "/today/{day}",
    "/",
    "/{page}",
)
CALLS = (
    *("/v1/dossiers/A/1/slips/2/PCTT", "/v1/dossiers/A/1/choices", "/v1/dossiers"),
    *("/v1/dossiers/A/1", "/v1/lanes/all", "/v1/other/all", "/v1", "/v1/none/here"),
    *("/v1/dossiers/", "/today", "/today/", "/today/2", "/today/2/3", "/", "/page"),
    *("/page/none", "//v1/dossiers", "/v1//dossiers", "/V1/dossiers"),
)


def served(*, sorted_out: bool) -> FastAPI:
    """An application whose routes say which they are."""
    app = FastAPI()
    if sorted_out:
        app.router.middleware_stack = Directory(app.router)
    more = APIRouter()
    for path in PATHS:
        more.add_api_route(path, _says(path), methods=["GET"])
    more.add_api_route("/v1/dossiers", _says("posted"), methods=["POST"])
    app.router.routes.extend(more.routes)
    return app


def _says(path: str) -> Callable[[], dict[str, str]]:
    return lambda: {"route": path}


async def asked(app: FastAPI, method: str, path: str) -> tuple[int, str, str]:
    """Status, where to go instead, and body."""
    said: list[dict[str, Any]] = []

    async def nothing() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def hear(message: Any) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "server": ("gateway", 80),
        "headers": [(b"host", b"gateway")],
    }
    await app(scope, nothing, hear)
    location = dict(said[0]["headers"]).get(b"location", b"").decode()
    body = b"".join(one.get("body", b"") for one in said[1:])
    return said[0]["status"], location, body.decode()


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", CALLS)
async def test_every_call_ends_where_it_would_without(method: str, path: str) -> None:
    plain, in_order = served(sorted_out=False), served(sorted_out=True)
    assert await asked(in_order, method, path) == await asked(plain, method, path)


async def test_a_route_that_comes_later_is_found() -> None:
    app = served(sorted_out=True)
    assert (await asked(app, "GET", "/later/one"))[0] == 404
    app.router.add_api_route("/later/one", _says("later"))
    assert await asked(app, "GET", "/later/one") == (200, "", '{"route":"later"}')
