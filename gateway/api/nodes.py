"""The machines that share the work, and what each does for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import Response

from gateway.api import keys
from gateway.api.answers import answer
from gateway.api.routes import Routes
from gateway.api.signin import operator

if TYPE_CHECKING:
    from gateway.ports.nodes import KnownNode, Nodes
    from gateway.sealing.tools import Tools


def router(tools: Tools, nodes: Nodes) -> Routes:
    """Routes under /v1."""
    routes = Routes(prefix="/v1")
    keys.register(tools, nodes, routes)

    @routes.get("/nodes")
    async def get_nodes(request: Request) -> Response:
        """Các máy đang cùng chạy cổng liên thông và việc chung mỗi máy đang giữ."""
        await operator(tools, request)
        return answer({"nodes": [_node(one) for one in await nodes.nodes()]})

    return routes


def _node(one: KnownNode) -> dict[str, Any]:
    return {
        "name": one.name,
        "since": one.since.isoformat(),
        "alive": one.is_alive,
        "duties": list(one.duties),
        "facts": dict(one.facts),
    }
