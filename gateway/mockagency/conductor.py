"""Moves virtual time on: when everybody is still, to the earliest timer of all."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Sequence

Until = Callable[[], Awaitable[bool]]
VIETNAM = timezone(timedelta(hours=7))

#: Real seconds between two looks at participants that are busy.
LOOK_AGAIN_S = 0.002
#: Real seconds between two steps of time that keeps a pace.
STEP_S = 0.25


async def run(
    participants: Sequence[str],
    *,
    until: Until,
    last: datetime | None = None,
) -> int:
    """Jump from timer to timer until ``until`` holds or nothing is left to do.

    ``last``: no jump beyond that moment. Returns how many jumps were made.
    Everybody is still when a round finds nothing under way and nothing started
    since an earlier look that had found nothing under way, either.
    """
    jumps = 0
    states: list[dict[str, Any]] = []
    async with aiohttp.ClientSession() as session:
        while not await until():
            states = await _stillness(session, participants, states)
            target = min(_moments(states), default=None)
            if target is None or (last is not None and target > last):
                return jumps
            states = await _set_all(session, participants, target)
            jumps += 1
    return jumps


def _moments(states: Sequence[dict[str, Any]]) -> list[datetime]:
    """Timers; those that only look count while something lies ready for a look."""
    wanted = ["next"]
    if any(state.get("lies_ready") for state in states):
        wanted.append("next_look")
    found = (state.get(name) for state in states for name in wanted)
    return [datetime.fromisoformat(moment) for moment in found if moment]


async def keep_pace(participants: Sequence[str], *, speed: float, until: Until) -> None:
    """Let virtual time run ``speed`` times as fast as real time, for who watches.

    Where somebody else jumped ahead, time goes on from there.
    """
    async with aiohttp.ClientSession() as session:
        start = await now(session, participants[0])
        begun = time.monotonic()
        while not await until():
            target = start + timedelta(seconds=(time.monotonic() - begun) * speed)
            reached = await advance(participants, target, until=until)
            if reached > target:
                start, begun = reached, time.monotonic()
            await asyncio.sleep(STEP_S)


async def advance(
    participants: Sequence[str], target: datetime, *, until: Until
) -> datetime:
    """Let time pass up to ``target``; every earlier timer is met in order.

    Returns the moment reached: a later one when time stood beyond it already.
    """
    await run(participants, until=until, last=target)
    async with aiohttp.ClientSession() as session:
        await _set_all(session, participants, target)
        return await now(session, participants[0])


async def now(session: aiohttp.ClientSession, base: str) -> datetime:
    """A participant's wall time, in Vietnam's zone."""
    state = await _state(session, base)
    return datetime.fromisoformat(state["now"]).astimezone(VIETNAM)


async def _set_all(
    session: aiohttp.ClientSession, participants: Sequence[str], target: datetime
) -> list[dict[str, Any]]:
    """States after the jump: what it woke counts as under way in them."""
    body = json.dumps({"now": target.isoformat()})
    return await asyncio.gather(*(_set(session, base, body) for base in participants))


async def _stillness(
    session: aiohttp.ClientSession,
    participants: Sequence[str],
    states: Sequence[dict[str, Any]],
) -> list[dict[str, Any]]:
    """States of all participants once none of them has anything under way.

    ``states``: what is known of them, none at first. Whoever did nothing between
    two looks was still all that while, and every last look of a round comes after
    all the first ones: there was a moment at which all of them were.
    """
    known = dict(zip(participants, states, strict=False))
    while True:
        while busy := [base for base, state in known.items() if state["busy"]]:
            await asyncio.sleep(LOOK_AGAIN_S)
            known |= await _round(session, busy)
        found = await _round(session, participants)
        if all(
            base in known
            and not state["busy"]
            and state["moves"] == known[base]["moves"]
            for base, state in found.items()
        ):
            return list(found.values())
        known = found


async def _round(
    session: aiohttp.ClientSession, participants: Sequence[str]
) -> dict[str, dict[str, Any]]:
    states = await asyncio.gather(*(_state(session, base) for base in participants))
    return dict(zip(participants, states, strict=True))


async def _state(session: aiohttp.ClientSession, base: str) -> dict[str, Any]:
    async with session.get(f"{base}/_control/clock") as answer:
        state: dict[str, Any] = await answer.json()
        return state


async def _set(session: aiohttp.ClientSession, base: str, body: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    url = f"{base}/_control/clock"
    async with session.post(url, data=body, headers=headers) as answer:
        state: dict[str, Any] = await answer.json()
        return state
