"""Says of every call that hands something in and is not taken: a log line and a count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute

from gateway.api.signin import READING
from gateway.domain.errors import GatewayError, NotSignedIn, Origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from fastapi import Request
    from fastapi.responses import Response

    from gateway.sealing.tools import Tools

#: The call that every dossier makes, and its corrections; the others are later acts.
_DOSSIER = frozenset({"post_dossier", "put_dossier"})


def tell_refused(tools: Tools, kind: str, error: GatewayError) -> None:
    """Tell it by code alone; strangers without a token make no line."""
    if isinstance(error, NotSignedIn):
        return
    standing = "refused" if error.fault is Origin.SENDER else "failed"
    tools.probe.inbound(kind=kind, standing=standing, code=error.code)


def telling(
    tools: Tools, endpoint: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a new dossier, telling of those that it does not take."""

    async def told(request: Request) -> Response:
        try:
            return await endpoint(request)
        except GatewayError as error:
            tell_refused(tools, "dossier", error)
            raise

    return told


def route_telling(tools: Tools) -> type[APIRoute]:
    """Routes that tell, of a router on which everything that writes hands something in."""

    class Telling(APIRoute):
        """One of them."""

        def get_route_handler(
            self,
        ) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            """The handler, and what it tells."""
            handle = super().get_route_handler()
            kind = "dossier" if self.name in _DOSSIER else "act"

            async def told(request: Request) -> Response:
                try:
                    return await handle(request)
                except GatewayError as error:
                    if request.method not in READING:
                        tell_refused(tools, kind, error)
                    raise

            return told

    return Telling
