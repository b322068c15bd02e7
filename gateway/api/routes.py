"""Routers of calls that answer for themselves; their routes are made once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

if TYPE_CHECKING:
    from collections.abc import Callable


class Routes(APIRouter):
    """A router whose calls make their answer themselves, whatever it holds."""

    def add_api_route(
        self, path: str, endpoint: Callable[..., Any], **options: Any
    ) -> None:
        """Add a call; the framework need not find out what it answers."""
        super().add_api_route(path, endpoint, **{**options, "response_model": None})


def take_in(into: APIRouter, router: APIRouter) -> None:
    """Let a router serve another's routes as its own, after those it has.

    One that is only included is asked about each request, and its routes are made
    a second time at the first one.
    """
    into.routes.extend(router.routes)
