"""Finds a call's route among hundreds by how its path begins.

The framework asks its routes one after the other, a regular expression each; the page
that is opened and the slip that comes pay for all that stand before them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

#: So many segments of a path tell apart what it can be.
_DEPTH = 2


class Directory:
    """In front of a router: hands a call on to one with the routes that it can mean.

    These stand in the same order, so that the same one is found, and whoever finds none
    is refused as the router itself would.
    """

    def __init__(self, router: APIRouter) -> None:
        """``router`` may get routes until the first call."""
        self._router = router
        self._otherwise = router.middleware_stack
        self._known = 0
        self._starts: list[tuple[str, ...]] = []
        #: Where each route begins, in their order.
        self._by_start: dict[tuple[str, ...], APIRouter | None] = {}
        #: Every beginning that there is; None: nobody has called there yet.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a call."""
        if scope["type"] != "http":
            await self._otherwise(scope, receive, send)
            return
        if len(self._router.routes) != self._known:
            self._sort()
        # Addresses are made of all routes.
        scope.setdefault("router", self._router)
        await self._meant(scope["path"]).app(scope, receive, send)

    def _meant(self, path: str) -> APIRouter:
        start = tuple(path.split("/", _DEPTH + 1)[1 : _DEPTH + 1])
        while start not in self._by_start:
            start = start[:-1]
        found = self._by_start[start]
        if found is None:
            found = self._by_start[start] = self._only(start)
        return found

    def _sort(self) -> None:
        self._starts = [_start(route) for route in self._router.routes]
        self._by_start = {
            start[:depth]: None
            for start in ((), *self._starts)
            for depth in range(len(start) + 1)
        }
        self._known = len(self._starts)

    def _only(self, start: tuple[str, ...]) -> APIRouter:
        """The routes that a path may mean which begins so and is in no longer list."""
        router = APIRouter(redirect_slashes=self._router.redirect_slashes)
        all_routes = zip(self._starts, self._router.routes, strict=True)
        router.routes.extend(route for own, route in all_routes if _fits(own, start))
        return router


def _start(route: Any) -> tuple[str, ...]:
    """The segments that a route's path begins with, up to its first parameter."""
    path: str = getattr(route, "path", "")
    fixed, _, parameter = path.partition("{")
    segments = fixed.split("/")[1:]
    # What a parameter goes on with is no segment by itself.
    return tuple((segments[:-1] if parameter else segments)[:_DEPTH])


def _fits(own: tuple[str, ...], start: tuple[str, ...]) -> bool:
    return own == start[: len(own)]
