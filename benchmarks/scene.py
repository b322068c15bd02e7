"""One gateway, two mock agencies and some trouble: what several scenarios share."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import aiohttp

from benchmarks import light, load

if TYPE_CHECKING:
    from benchmarks.arena import Ground

#: States in which somebody still has to do something.
LEFT = "waiting,due,sending,unconfirmed,parked"
#: Pages of the API.
PAGE = 500


def say(text: str) -> None:
    """To whoever watches; the line of figures goes to standard output."""
    print(text, file=sys.stderr, flush=True)


def line(scenario: str, facts: Mapping[str, Any]) -> str:
    """The scenario's one line."""
    return f"{scenario} " + " ".join(f"{name}={value}" for name, value in facts.items())


async def hand_in(
    ground: Ground, wanted: Iterable[tuple[int, str, int]], *, connections: int
) -> load.Load:
    """Hand dossiers in; all must be accepted.

    Raises:
        RuntimeError: one was not.
    """
    front = ground.stage.url("front")
    requests = light.requests(front, ground.token, wanted)
    sent = await load.send(front, requests, connections=connections)
    if set(sent.statuses) != {202}:
        raise RuntimeError(f"answers other than 202: {dict(sent.statuses)}")
    return sent


async def left(ground: Ground, states: str = LEFT) -> Counter[str]:
    """Transfers that are not at their end, by state and cause, as the API tells."""
    found: Counter[str] = Counter()
    token = ground.stage.secrets.value("token.operator")
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(ground.stage.url("front"), headers=headers) as api:
        after = ""
        while after is not None:
            more = f"&after={after}" if after else ""
            path = f"/v1/transfers?state={states}&limit={PAGE}{more}"
            async with api.get(path) as answer:
                page = json.loads(await answer.read())
            for row in page["transfers"]:
                found[f"{row['state']}:{row['cause'] or ''}"] += 1
            after = page["after"]
    return found


async def settled(ground: Ground, *, seconds: float, but: str = "parked") -> bool:
    """Whether within that time only transfers in states ``but`` are left."""
    ends = time.monotonic() + seconds
    states = ",".join(one for one in LEFT.split(",") if one not in but.split(","))
    while time.monotonic() < ends:
        if not await left(ground, states):
            return True
        await asyncio.sleep(0.2)  # noqa: TID251  another process works
    return False


async def pushed(ground: Ground, agency: str) -> dict[str, int]:
    """How hard the agency was pushed, as it counted."""
    url = f"{ground.stage.url(agency)}/_control/load"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        found: dict[str, int] = await answer.json()
        return found
