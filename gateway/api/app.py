"""The two groups of listeners: agencies' callbacks; one-stop API and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response

from gateway.api import callbacks, dossiers, oauth, operations, reconciling
from gateway.api import health as health_calls
from gateway.api import open as open_interface
from gateway.api.answers import answer
from gateway.api.callbacks import Secrets
from gateway.api.description import described
from gateway.api.directory import Directory
from gateway.api.live import PATH as WATCHED
from gateway.api.open import Keys
from gateway.api.problems import on_gateway_error, parameter_invalid, unknown_path
from gateway.api.refusals import telling
from gateway.api.routes import take_in
from gateway.domain.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from fastapi import APIRouter
    from starlette.types import ASGIApp, Receive, Scope, Send

    from gateway.api.callbacks import CatalogueSource
    from gateway.api.health import Health
    from gateway.api.reconciling import Desk
    from gateway.delivery.lanes import Lanes
    from gateway.ports.clock import Bell
    from gateway.receipts.collector import Collector
    from gateway.sealing.tools import Tools

    Endpoint = Callable[[Request], Awaitable[Response]]


class UnderWay:
    """Marks every request as work under way, so that virtual time waits for it."""

    def __init__(self, app: ASGIApp, tools: Tools) -> None:
        """Wrap an application."""
        self._app = app
        self._tools = tools

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; the conductor's own questions and who only watches do not count."""
        if scope["type"] != "http" or scope["path"].startswith(("/_control", WATCHED)):
            await self._app(scope, receive, send)
            return
        with self._tools.clock.under_way():
            await self._app(scope, receive, send)


class Straight:
    """Serves one POST, the one that every dossier makes, past the framework.

    The route stays where it is described; finding it and preparing arguments
    that it does not have costs more than reading the body.
    """

    def __init__(self, app: ASGIApp, path: str, endpoint: Endpoint) -> None:
        """Wrap an application."""
        self._app = app
        self._path = path
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve it, or leave everything else to the application."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) != (
            "POST",
            self._path,
        ):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            response = await self._endpoint(request)
        except GatewayError as error:
            response = await on_gateway_error(request, error)
        await response(scope, receive, send)


def _application(
    title: str,
    tools: Tools,
    *,
    documented: bool,
    straight: tuple[str, Endpoint] | None = None,
) -> FastAPI:
    app = FastAPI(
        title=title,
        version="1",
        openapi_url="/openapi.json" if documented else None,
        docs_url=None,
        redoc_url=None,
    )
    app.router.middleware_stack = Directory(app.router)
    if documented:
        app.openapi = described(app.openapi)  # type: ignore[method-assign]
    app.add_exception_handler(GatewayError, on_gateway_error)

    async def not_found(_request: Request, _error: Exception) -> Response:
        return unknown_path()

    async def broken(_request: Request, error: Exception) -> Response:
        tools.probe.trouble("api", error)
        return await on_gateway_error(_request, GatewayError())

    async def wrong_parameter(request: Request, error: Exception) -> Response:
        return await on_gateway_error(request, parameter_invalid(error))

    app.add_exception_handler(RequestValidationError, wrong_parameter)
    app.add_exception_handler(404, not_found)
    app.add_exception_handler(405, not_found)
    app.add_exception_handler(Exception, broken)
    if straight is not None:
        app.add_middleware(Straight, path=straight[0], endpoint=straight[1])
    # The outermost of ours: what goes straight is under way, too.
    app.add_middleware(UnderWay, tools=tools)
    return app


class AgencySecrets(Secrets, Keys, Protocol):
    """What tells that a call comes from an agency."""


def agency_application(
    tools: Tools, lanes: Lanes, secrets: AgencySecrets, lists: CatalogueSource
) -> FastAPI:
    """What agencies reach; nothing else is served there."""
    app = _application("Cổng liên thông: phản hồi của cơ quan", tools, documented=False)
    take_in(app.router, callbacks.router(tools, secrets, lists, lanes))
    take_in(app.router, open_interface.router(tools, lanes, secrets))
    take_in(app.router, oauth.router(tools, open_interface.PROVING, one_stops=False))
    return app


def front_application(
    tools: Tools,
    lanes: Lanes,
    *,
    applied: Callable[[], None],
    health: Health,
    desk: Desk,
    collector: Collector,
    bulk: Bell,
    routers: Sequence[APIRouter] = (),
) -> FastAPI:
    """What one-stop systems and people reach; ``routers``: what else wiring serves."""
    submission = dossiers.submission(tools)
    app = _application(
        "Cổng liên thông",
        tools,
        documented=True,
        straight=("/v1/dossiers", telling(tools, submission)),
    )
    # A dossier's number may hold slashes: what stands below it must come before it.
    for more in routers:
        take_in(app.router, more)
    take_in(app.router, oauth.router(tools, "/oauth2/token", one_stops=True))
    take_in(app.router, operations.router(tools, lanes, applied, collector, bulk))
    take_in(app.router, health_calls.router(tools, health))
    take_in(app.router, reconciling.router(tools, desk))
    take_in(app.router, dossiers.router(tools))

    @app.get("/health", include_in_schema=False)
    async def is_ready() -> Response:
        facts = await health.ready()
        return answer(facts, 200 if facts.get("ready") else 503)

    return app
