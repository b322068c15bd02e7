"""What monitoring reads: whether the process lives, whether it takes work, its metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.problems import unknown_path
from gateway.api.routes import Routes, take_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import Request


@dataclass(frozen=True, slots=True)
class Machines:
    """Who knows; every answer is made of codes and numbers."""

    why_not: Callable[[], Awaitable[list[str]]]
    #: codes of what keeps new dossiers out
    metrics: Callable[[], Awaitable[bytes]]
    media_type: str


def router(machines: Machines) -> Routes:
    """``/healthz`` and ``/readyz``, for anybody who reaches the listener."""
    routes = Routes(tags=["machines"])

    @routes.get("/healthz")
    async def get_healthz() -> Response:
        """Tiến trình còn sống: không hỏi kho, không hỏi ai."""
        return answer({"lives": True})

    @routes.get("/readyz")
    async def get_readyz() -> Response:
        """Có nhận hồ sơ mới không; nếu không thì vì sao, bằng mã."""
        why = await machines.why_not()
        return answer({"ready": not why, "reasons": why}, 503 if why else 200)

    return routes


def machine_application(machines: Machines) -> FastAPI:
    """The listener of monitoring; nothing else is served there."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    take_in(app.router, router(machines))

    async def not_found(_request: Request, _error: Exception) -> Response:
        return unknown_path()

    app.add_exception_handler(404, not_found)
    app.add_exception_handler(405, not_found)

    @app.get("/metrics")
    async def get_metrics() -> Response:
        headers = {"Cache-Control": "no-store", "Content-Type": machines.media_type}
        return Response(await machines.metrics(), headers=headers)

    return app
