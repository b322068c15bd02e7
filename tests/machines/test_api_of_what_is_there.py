"""The same calls about dossiers, transfers and offices that are there."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.standing import BUSY, PARKED, bring_about, standing_world
from tests.machines.test_api import LIMITS, called

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from tests.world import World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]
LAND = "land-mau-1"
#: ``{identifier}`` of a call is what the call is about.
ABOUT = {
    "transfer": "/v1/transfers/{identifier}",
    "job": "/v1/bulk-jobs/{identifier}",
    "report": "/v1/unmatched/{identifier}",
    "window": "/v1/maintenance/{identifier}",
}
#: Calls that meet what they are about, whatever else they are given.
MEETS = (
    "GET /v1/dossiers/{number}/timeline",
    "GET /v1/dossiers/{number}/route",
    "GET /v1/dossiers/{number}/due",
    "GET /v1/transfers/{identifier}",
    "GET /v1/bulk-jobs/{identifier}",
    "GET /v1/stuck/{cause}",
    "GET /v1/reports/{month}",
    "POST /v1/transfers/{identifier}/{action}",
    "POST /v1/lanes/{office}/{what}",
    "POST /v1/unmatched/{identifier}/settle",
    "POST /v1/maintenance/{identifier}/change",
    "PUT /v1/stuck/{cause}/note",
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Dossiers that stand still for every reason that there is, and what goes with it."""
    world = standing_world(tmp_path / "run")
    world.more_settings = LIMITS
    async with world:
        await bring_about(world)
        yield world


async def first(world: World, path: str, key: str) -> dict[str, Any]:
    """The first row of a list."""
    answered = await world.call("GET", path, role="administrator")
    assert answered.status == 200
    row: dict[str, Any] = answered.body[key][0]
    return row


async def made(world: World, path: str, body: Mapping[str, Any]) -> str:
    """The identifier of something made for the calls."""
    said = await world.call("POST", path, dict(body), role="administrator")
    assert said.status in {201, 202}, said.content
    return str(said.body["id"])


async def there(world: World) -> dict[str, str]:
    """What is called for, by kind."""
    cause = str((await first(world, "/v1/stuck", "causes"))["id"])
    job = {
        "action": "resend",
        "filter": {"states": ["parked"], "office": LAND},
        "reason": "Cơ quan đã sửa (ví dụ)",
    }
    window = {
        "office": LAND,
        "from": "2026-03-20T10:00",
        "to": "2026-03-20T12:00",
        "reason": "Nâng cấp máy chủ (ví dụ)",
    }
    return {
        "cause": cause,
        "transfer": str((await world.transfers(PARKED, "hand_over"))[0]["id"]),
        "report": str((await first(world, "/v1/unmatched", "unmatched"))["id"]),
        "job": await made(world, "/v1/bulk-jobs", job),
        "window": await made(world, "/v1/maintenance", window),
    }


def settings(found: Mapping[str, str]) -> str:
    """The settings of schemathesis that name what is there, as TOML."""
    plain = {
        "number": BUSY,
        "office": LAND,
        "one_stop": "mot-cua-mau",
        "unit": "H00.01",
        "month": "2026-03",
        "cause": found["cause"],
        "account": "operator",
    }
    lines = ["[parameters]"]
    lines += [f'"path.{name}" = {json.dumps(value)}' for name, value in plain.items()]
    for kind, path in ABOUT.items():
        lines += [
            "[[operations]]",
            f"include-path-regex = {json.dumps('^' + re.escape(path))}",
            f'parameters = {{ "path.identifier" = {json.dumps(found[kind])} }}',
        ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("role", "examples"),
    [
        ("administrator", 1),
        *(
            pytest.param(role, 40, marks=pytest.mark.long)
            for role in ("administrator", "operator", "one_stop", "reader")
        ),
    ],
)
async def test_no_call_about_what_is_there_is_answered_otherwise_than_described(
    world: World, tmp_path: Path, role: str, examples: int
) -> None:
    found = await there(world)
    path = tmp_path / "schemathesis.toml"
    await asyncio.to_thread(path.write_text, settings(found), "utf-8")
    where = world.stage.url("front") + "/openapi.json"
    before = ("--config-file", str(path))
    code, told = await called(world, where, role, examples, before=before)
    assert code == 0, told
    # "Missing test data" lists what was answered 404 again and again.
    _, _, missed = told.partition("Missing test data")
    missed, _, _ = missed.partition("Schema validation mismatch")
    assert [one for one in MEETS if f"- {one}\n" in missed] == []
