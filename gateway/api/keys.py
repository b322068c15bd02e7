"""Which keys are where, and how far a change of keys is; never a key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.signin import allowed
from gateway.domain.principal import Right
from gateway.watch.rewrapping import Turned, keys_mark, turned, used_mark

if TYPE_CHECKING:
    from gateway.ports.nodes import Nodes
    from gateway.sealing.tools import Tools


def register(tools: Tools, nodes: Nodes, routes: APIRouter) -> None:
    """Add the call."""

    @routes.get("/keys")
    async def get_keys(request: Request) -> Response:
        """Việc thay khóa đến đâu, nút nào có khóa nào, khóa kết nối dùng lần cuối ngày nào."""
        await allowed(tools, request, Right.KEYS)
        known = await nodes.nodes()
        return answer(
            {
                "units": await _units(tools),
                "secrets": await _used(tools, [one.name for one in known]),
                "nodes": [
                    {
                        "node": one.name,
                        "alive": one.is_alive,
                        "keys": await _of(tools, one.name),
                    }
                    for one in known
                ],
            }
        )


async def _units(tools: Tools) -> list[dict[str, Any]]:
    known, turning = await turned(tools.store), tools.vault.turning()
    found = dict(known)
    for unit, key in turning.items():
        if unit not in known or known[unit].key != key:
            found[unit] = Turned(key, done=False, count=0)
    return [{"unit": unit, **found[unit].told} for unit in sorted(found)]


async def _of(tools: Tools, node: str) -> list[str]:
    found: list[str] = json.loads(await tools.store.mark(keys_mark(node)) or "[]")
    return found


async def _used(tools: Tools, nodes: list[str]) -> dict[str, str]:
    """The last day on which each secret was used at any node; names alone."""
    found: dict[str, str] = {}
    for node in nodes:
        said = json.loads(await tools.store.mark(used_mark(node)) or "{}")
        for name, day in said.items():
            found[name] = max(found.get(name, ""), day)
    return dict(sorted(found.items()))
