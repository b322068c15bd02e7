"""Virtual time, steered by a conductor; exists in mock mode on loopback only."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from fastapi import Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.routes import Routes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class SteeredClock(Protocol):
    """A clock that can be read and set from outside."""

    @property
    def busy(self) -> int:
        """Things under way."""

    @property
    def moves(self) -> int:
        """Things ever started."""

    @property
    def next(self) -> datetime | None:
        """The earliest timer."""

    @property
    def next_look(self) -> datetime | None:
        """The earliest timer of who only looks whether there is anything."""

    def now(self) -> datetime:
        """The present moment."""

    def set(self, now: datetime) -> None:
        """Jump."""

    def mono(self) -> float:
        """Real seconds."""

    async def rest(self, seconds: float) -> None:
        """Wait really."""


#: Real seconds between two looks for somebody who waits for stillness.
LOOK_AGAIN_S = 0.002
#: Who asks may have the answer wait so long for stillness, and no longer.
MOST_PATIENCE_S = 1.0


def router(
    clock: SteeredClock,
    still: Callable[[], Awaitable[bool]],
    lies_ready: Callable[[], Awaitable[bool]],
) -> Routes:
    """Routes under /_control; ``still`` is false while anything waits to be written.

    ``lies_ready``: whether an office that comes and fetches would find something.
    """
    # Plain routes: in a run of all examples they are a third of what is asked of us.
    routes = Routes()

    async def busy_after(patience_s: float) -> int:
        """What is under way, once it is nothing or patience has ended."""
        ends = clock.mono() + min(patience_s, MOST_PATIENCE_S)
        while True:
            # Whether anything is to be done is asked of who has nothing under way.
            busy = clock.busy or (0 if await still() else 1)
            if not busy or clock.mono() >= ends:
                return busy
            await clock.rest(LOOK_AGAIN_S)

    async def get_clock(request: Request) -> Response:
        busy = await busy_after(float(request.query_params.get("patience", 0)))
        upcoming, look = clock.next, clock.next_look
        return answer(
            {
                "now": clock.now().isoformat(),
                "busy": busy,
                "moves": clock.moves,
                "next": upcoming.isoformat() if upcoming else None,
                "next_look": look.isoformat() if look else None,
                "lies_ready": not busy and await lies_ready(),
            }
        )

    async def post_clock(request: Request) -> Response:
        content = await json_object(request)
        clock.set(datetime.fromisoformat(str(content["now"])))
        return await get_clock(request)

    routes.add_route("/_control/clock", get_clock, ["GET"], include_in_schema=False)
    routes.add_route("/_control/clock", post_clock, ["POST"], include_in_schema=False)
    return routes
