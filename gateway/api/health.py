"""Whether the gateway itself works, in words and with the list behind each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.routes import Routes
from gateway.api.signin import signed_in
from gateway.domain.identifiers import OfficeId
from gateway.domain.transfer import State

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.sealing.tools import Tools
    from gateway.watch.engine import Engine, Finding

#: Kind of finding → what it means, and the state whose list shows it.
_WORDS: dict[str, tuple[str, State | None]] = {
    "send": ("Lượt gửi đến hạn mà không được gửi, dù đường gửi đang mở", State.DUE),
    "ask": ("Lượt gửi chưa rõ đã nhận mà không được hỏi lại", State.UNCONFIRMED),
    "poll": ("Kết quả đến hạn tra cứu mà không được tra cứu", State.DELIVERED),
    "lease": ("Lượt gửi dở dang mà tiến trình gửi nó không còn", State.SENDING),
    "loop": ("Vòng làm việc của cổng không chạy", None),
}
_LOOPS = {
    "delivery": "gửi thông điệp",
    "confirm": "hỏi lại cơ quan",
    "poller": "tra cứu kết quả",
}
_NEXT = "Khởi động lại cổng; nếu lặp lại, báo bộ phận kỹ thuật kèm nhật ký."


@dataclass(frozen=True, slots=True)
class Health:
    """Who knows: the process about its tasks, the engine about overdue work."""

    ready: Callable[[], Awaitable[dict[str, object]]]
    engine: Engine


def router(tools: Tools, health: Health) -> Routes:
    """``GET /v1/health`` for whoever is signed in."""
    routes = Routes(prefix="/v1", tags=["operations"])

    @routes.get("/health")
    async def get_health(request: Request) -> Response:
        """Cổng có đang làm việc không: việc đến hạn mà không ai làm, vòng lặp đứng."""
        await signed_in(tools, request)
        facts = await health.ready()
        looked = health.engine.looked_at
        stands = [_stands(tools, one) for one in health.engine.standing]
        return answer(
            {
                "ready": facts.get("ready"),
                "works": not stands,
                "looked_at": looked.isoformat() if looked else None,
                "standing": stands,
                "restored": facts.pop("restored", None),
                "store": {k: v for k, v in facts.items() if k != "ready"},
            }
        )

    return routes


def in_words(tools: Tools, one: Finding) -> tuple[str, str, int, datetime]:
    """What stands, where, how many of them, and since when."""
    office = tools.versions.current.offices.get(OfficeId(one.where))
    name = office.name if office else _LOOPS.get(one.where, one.where)
    return _WORDS[one.what][0], name, one.count, one.since


def _stands(tools: Tools, one: Finding) -> dict[str, Any]:
    words, name, _, _ = in_words(tools, one)
    state = _WORDS[one.what][1]
    listed = None
    if state is not None:
        asked = urlencode({"state": state.value, "office": one.where})
        listed = f"/v1/transfers?{asked}"
    return {
        "what": one.what,
        "words": words,
        "next_action": _NEXT,
        "where": one.where,
        "where_name": name,
        "since": one.since.isoformat(),
        "count": one.count,
        "first": one.first or None,
        "list": listed,
    }
