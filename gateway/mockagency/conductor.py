"""Moves virtual time on: when everybody is still, to the earliest timer of all."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    States = dict[str, dict[str, Any]]

Until = Callable[[], Awaitable[bool]]
VIETNAM = timezone(timedelta(hours=7))

#: Real seconds between two looks at participants that are busy.
LOOK_AGAIN_S = 0.002
#: Real seconds that one of them may wait for its own stillness before it answers:
#: cheaper than being asked again and again.
PATIENCE_S = 0.1
#: Real seconds between two steps of time that keeps a pace.
STEP_S = 0.25


class Here(Protocol):
    """A participant in the conductor's own process."""

    def state(self) -> dict[str, Any]:
        """What its clock route tells."""

    def set_clock(self, now: datetime) -> None:
        """Jump."""


async def run(
    participants: Sequence[str],
    *,
    until: Until,
    last: datetime | None = None,
    here: Mapping[str, Here] | None = None,
    grain: timedelta = timedelta(0),
) -> int:
    """Jump from timer to timer until ``until`` holds or nothing is left to do.

    ``last``: no jump beyond that moment; ``here``: who of the participants can be
    asked without a call; ``grain``: time moves by whole steps of so much, and what
    is due within one happens at its end, in order (decision 0049). Returns how many
    jumps were made.
    Everybody is still when a round finds nothing under way and nothing started
    since an earlier look that had found nothing under way, either.
    """
    jumps = 0
    states: States = {}
    async with aiohttp.ClientSession() as session:
        everybody = _Asked(session, participants, here or {})
        while not await until():
            states = await everybody.stillness(states)
            target = min(_moments(states.values()), default=None)
            if target is None or (last is not None and target > last):
                return jumps
            target = _stepped(target, grain, last)
            states = await everybody.set(target)
            jumps += 1
    return jumps


def _stepped(target: datetime, grain: timedelta, last: datetime | None) -> datetime:
    """The end of the step in which a moment lies, but never beyond ``last``."""
    if not grain:
        return target
    over = (target - datetime.min.replace(tzinfo=target.tzinfo)) % grain
    ends = target + (grain - over) if over else target
    return ends if last is None else min(ends, last)


def _moments(states: Collection[dict[str, Any]]) -> list[datetime]:
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
    participants: Sequence[str],
    target: datetime,
    *,
    until: Until,
    here: Mapping[str, Here] | None = None,
    grain: timedelta = timedelta(0),
) -> datetime:
    """Let time pass up to ``target``; every timer up to then is met in order.

    What is due at ``target`` itself, or looked for then, is done once this returns:
    whoever asks next sees what came of it.
    Returns the moment reached: a later one when time stood beyond it already.
    """
    await run(participants, until=until, last=target, here=here, grain=grain)
    async with aiohttp.ClientSession() as session:
        await _Asked(session, participants, here or {}).set(target)
        reached = await now(session, participants[0])
    await run(participants, until=until, last=target, here=here, grain=grain)
    return reached


async def now(session: aiohttp.ClientSession, base: str) -> datetime:
    """A participant's wall time, in Vietnam's zone."""
    state = await _state(session, base)
    return datetime.fromisoformat(state["now"]).astimezone(VIETNAM)


class _Asked:
    """All participants, as one conductor asks them."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        participants: Sequence[str],
        here: Mapping[str, Here],
    ) -> None:
        self._session = session
        self._participants = participants
        self._here = here

    async def set(self, target: datetime) -> States:
        """States after the jump: what it woke counts as under way in them."""
        body = json.dumps({"now": target.isoformat()})
        away = self._away(self._participants)
        calls = asyncio.gather(*(_set(self._session, base, body) for base in away))
        # Who is told to stop while one of them fails has no use for the reason.
        calls.add_done_callback(_seen)
        try:
            # Once they have been told: who is here may call them at once.
            await asyncio.sleep(0)
            found: States = {}
            for base, one in self._here.items():
                if base in self._participants:
                    one.set_clock(target)
                    found[base] = one.state()
            return found | dict(zip(away, await calls, strict=True))
        finally:
            calls.cancel()

    async def stillness(self, states: States) -> States:
        """States of all participants once none of them has anything under way.

        ``states``: what is known of them, none at first. Whoever did nothing between
        two looks was still all that while, and every last look of a round comes after
        all the first ones: there was a moment at which all of them were.
        """
        known = dict(states)
        while True:
            while busy := [base for base, state in known.items() if state["busy"]]:
                await asyncio.sleep(LOOK_AGAIN_S)
                known |= await self._round(busy, patience=f"?patience={PATIENCE_S}")
            found = await self._round(self._participants)
            if all(
                base in known
                and not state["busy"]
                and state["moves"] == known[base]["moves"]
                for base, state in found.items()
            ):
                return found
            known = found

    async def _round(
        self, participants: Sequence[str], *, patience: str = ""
    ) -> States:
        away = self._away(participants)
        calls = (_state(self._session, base, patience) for base in away)
        states = await asyncio.gather(*calls)
        near = [base for base in participants if base in self._here]
        return dict(zip(away, states, strict=True)) | {
            base: self._here[base].state() for base in near
        }

    def _away(self, participants: Sequence[str]) -> list[str]:
        return [base for base in participants if base not in self._here]


def _seen(calls: asyncio.Future[Any]) -> None:
    if not calls.cancelled():
        calls.exception()


async def _state(
    session: aiohttp.ClientSession, base: str, patience: str = ""
) -> dict[str, Any]:
    async with session.get(f"{base}/_control/clock{patience}") as answer:
        state: dict[str, Any] = await answer.json()
        return state


async def _set(session: aiohttp.ClientSession, base: str, body: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    url = f"{base}/_control/clock"
    async with session.post(url, data=body, headers=headers) as answer:
        state: dict[str, Any] = await answer.json()
        return state
