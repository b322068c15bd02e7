"""Which keys are where, and how far a change of keys is; never a key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.signin import allowed
from gateway.domain.principal import Right
from gateway.watch.rewrapping import Turned, keys_mark, turned

if TYPE_CHECKING:
    from gateway.ports.nodes import Nodes
    from gateway.sealing.tools import Tools


def register(tools: Tools, nodes: Nodes, routes: APIRouter) -> None:
    """Add the call."""

    @routes.get("/keys")
    async def get_keys(request: Request) -> Response:
        """Việc thay khóa của từng đơn vị đến đâu; nút nào đã có khóa nào."""
        await allowed(tools, request, Right.KEYS)
        return answer(
            {
                "units": await _units(tools),
                "nodes": [
                    {
                        "node": one.name,
                        "alive": one.is_alive,
                        "keys": await _of(tools, one.name),
                    }
                    for one in await nodes.nodes()
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
