"""Which call serves a path is decided by order: nothing is out of reach."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest
from fastapi.routing import APIRoute

from gateway.api import dossiers, operations, reconciling

NOTHING = cast("Any", None)


def in_order() -> list[tuple[str, APIRoute]]:
    """Every call of one-stop systems and operators, as the application asks them."""
    routers = (
        operations.router(NOTHING, NOTHING, lambda: None, NOTHING, NOTHING),
        reconciling.router(NOTHING, NOTHING),
        dossiers.router(NOTHING),
    )
    return [
        (method, route)
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    ]


def filled(path: str, number: str) -> str:
    """The path with ``number`` where slashes may stand, a plain word elsewhere."""
    return re.sub(r"\{\w+\}", "x", re.sub(r"\{\w+:path\}", number, path))


@pytest.mark.parametrize("number", ["H01.001-260105-0001", "12/2026/HS"])
def test_every_call_is_the_first_to_take_its_own_path(number: str) -> None:
    calls = in_order()
    assert len(calls) > 20
    for method, route in calls:
        path = filled(route.path, number)
        taking = [r for m, r in calls if m == method and r.path_regex.match(path)]
        assert taking[0] is route, (method, path, taking[0].path)
