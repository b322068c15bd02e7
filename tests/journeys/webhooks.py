"""What the one-stop was told, as its system heard it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.world import World


def questions_told(world: World, number: str) -> list[dict[str, Any]]:
    """Questions of tax that the counter was told of, the oldest first."""
    return [event["question"] for event in events(world, number) if "question" in event]


def events(world: World, number: str) -> list[dict[str, Any]]:
    """Every event about a dossier, in order of arrival."""
    told = map(event_of, heard_by_one_stop(world))
    return [event for event in told if event["number"] == number]


def heard_by_one_stop(world: World) -> list[dict[str, Any]]:
    """Bodies of all webhooks."""
    return [
        json.loads(heard.body)
        for heard in world.heard
        if heard.agency == "one_stop" and b'"payload"' in heard.body
    ]


def event_of(body: dict[str, Any]) -> dict[str, Any]:
    """The event inside a webhook's body."""
    event: dict[str, Any] = json.loads(base64.b64decode(body["payload"]))
    assert "note" in event or "question" not in event
    return event


async def finished(world: World, number: str) -> dict[str, Any]:
    """A dossier as shown once it has come to its end; others may be asked about on."""
    shown = await world.shown(number)
    for _ in range(60):
        if shown["end"]:
            break
        await world.pass_hours(12)
        shown = await world.shown(number)
    assert shown["end"] == "finished"
    return shown
