"""How the gateway itself does, for people who keep it going."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.routes import Routes
from gateway.api.signin import signed_in
from gateway.domain.errors import NotAllowed
from gateway.domain.principal import Right, may

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools
    from gateway.watch.vitals import Vital

#: Everything that is known now, the worst first.
Look = Callable[[], Awaitable[Sequence["Vital"]]]


async def keeper(tools: Tools, request: Request) -> Principal:
    """Who keeps the gateway going, or audits it.

    Raises:
        NotAllowed: anybody else.
    """
    principal = await signed_in(tools, request)
    if not (may(principal, Right.CONFIGURE) or may(principal, Right.AUDIT)):
        raise NotAllowed
    return principal


def router(tools: Tools, look: Look) -> Routes:
    """Routes under /v1."""
    routes = Routes(prefix="/v1", tags=["operations"])

    @routes.get("/health/details")
    async def get_details(request: Request) -> Response:
        """Sức khỏe của cổng từng mặt, bằng lời, xấu nhất trước; như trang Sức khỏe."""
        await keeper(tools, request)
        return answer(
            {
                "details": [
                    {
                        "what": one.what,
                        "tone": one.tone.name.lower(),
                        "words": one.words,
                        "next_action": one.todo or None,
                    }
                    for one in await look()
                ]
            }
        )

    return routes
