"""The officer of an office without software, while the gateway is away for a moment."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters.manual.mock import Desk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

NUMBER = "H00.01-260310-0053"
MESSAGE = {"id": "m1", "kind": "hand_over", "papers": []}
ITEM = {"id": "d_1", "number": NUMBER, "messages": [MESSAGE], "acts": ["receive"]}


class Away:
    """An office whose calls fail as often as said, and whose time is a list of acts."""

    def __init__(self, *fails: str | int) -> None:
        self.settings = {"base": "http://127.0.0.1:1"}
        self.fails = list(fails)
        self.booked: list[tuple[str, dict[str, Any]]] = []
        self.sent: list[tuple[str, bytes]] = []
        self.next: list[Callable[[], Awaitable[None]]] = []

    def now(self) -> datetime:
        return datetime(2026, 3, 10, 1, tzinfo=UTC)

    async def call(self, method: str, url: str, **more: Any) -> Any:
        self.sent.append((more["kind"], more["body"]))
        answer = self.fails.pop(0) if self.fails else 200
        if answer == "away":
            raise ConnectionError(url)
        body = {"items": [ITEM]} if method == "GET" else {"applied": True}
        return SimpleNamespace(status=answer, body=json.dumps(body).encode())

    def after(self, _seconds: float, work: Any) -> None:
        self.next.append(work)

    def appointed(self, _number: str, at: datetime, work: Any) -> None:
        assert at - self.now() == timedelta(hours=2)
        self.next.append(work)

    def work(self, *_: Any) -> None:
        """Steps of later."""

    def scenario(self, _number: str) -> dict[str, Any]:
        return {}

    def shows(self, *_: Any) -> None:
        """Nobody looks."""

    def arrived(self, kind: str, _number: str, **facts: Any) -> None:
        self.booked.append((kind, facts))

    def effect(self, kind: str, _number: str, **facts: Any) -> None:
        self.booked.append((f"effect {kind}", facts))

    async def pass_one(self) -> None:
        await self.next.pop(0)()


def desk(office: Away) -> Desk:
    return Desk(office, {"office": "xa-mau", "code": "x"})  # type: ignore[arg-type]


async def test_a_list_that_did_not_open_is_looked_at_again_at_the_usual_time() -> None:
    office = Away("away")
    desk(office).expect(NUMBER)
    await office.pass_one()
    assert office.booked == [("list_answer", {"status": 0})]
    await office.pass_one()
    assert ("effect hand_over", {}) in office.booked


@pytest.mark.parametrize("fails", ["away", 503])
async def test_a_button_that_did_nothing_is_pressed_again_with_the_same_words(
    fails: str | int,
) -> None:
    office = Away(200, fails)
    desk(office).expect(NUMBER)
    await office.pass_one()
    kept = office.next[0]
    await kept()
    pressed = [body for kind, body in office.sent if kind == "receive"]
    assert len(pressed) == 2
    assert pressed[0] == pressed[1]
    answers = [facts["status"] for kind, facts in office.booked if kind == "act_answer"]
    assert answers == [503 if fails == 503 else 0, 200]
