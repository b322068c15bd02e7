"""Moves virtual time on: when everybody is still, to the earliest timer of all."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

#: Real seconds between two looks at participants that are busy.
LOOK_AGAIN_S = 0.002


async def run(
    participants: Sequence[str],
    *,
    until: Callable[[], Awaitable[bool]],
    last: datetime | None = None,
) -> int:
    """Jump from timer to timer until ``until`` holds or nothing is left to do.

    ``last``: no jump beyond that moment. Returns how many jumps were made.
    Everybody is still when two rounds in a row find nothing under way and
    nothing started between them.
    """
    jumps = 0
    async with aiohttp.ClientSession() as session:
        while not await until():
            states = await _stillness(session, participants)
            moments = [
                datetime.fromisoformat(state["next"])
                for state in states
                if state["next"]
            ]
            target = min(moments, default=None)
            if target is None or (last is not None and target > last):
                return jumps
            body = json.dumps({"now": target.isoformat()})
            await asyncio.gather(*(_set(session, base, body) for base in participants))
            jumps += 1
    return jumps


async def _stillness(
    session: aiohttp.ClientSession, participants: Sequence[str]
) -> list[dict[str, Any]]:
    """States of all participants once none of them has anything under way."""
    before: list[int] | None = None
    while True:
        states = await asyncio.gather(*(_state(session, base) for base in participants))
        if any(state["busy"] for state in states):
            before = None
            await asyncio.sleep(LOOK_AGAIN_S)
            continue
        moves = [state["moves"] for state in states]
        if moves == before:
            return list(states)
        before = moves


async def _state(session: aiohttp.ClientSession, base: str) -> dict[str, Any]:
    async with session.get(f"{base}/_control/clock") as answer:
        state: dict[str, Any] = await answer.json()
        return state


async def _set(session: aiohttp.ClientSession, base: str, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    async with session.post(f"{base}/_control/clock", data=body, headers=headers):
        pass
