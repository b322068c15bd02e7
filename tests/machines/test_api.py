"""The API is called as its description allows, and as it does not, by somebody else's tool."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.machines.described import recorded
from tests.machines.scraping import get
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]
NUMBER = "H00.01-260310-1901"
#: Nothing that the description does not say, and never our own failure.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
ST = Path(sys.executable).with_name("st")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A gateway with something in it."""
    world = World(tmp_path / "run", configure=quick)
    world.more_settings = LIMITS
    async with world:
        assert (await world.submit(a_dossier(NUMBER))).status == 202
        await world.pass_hours(30)
        yield world


async def called(
    world: World,
    where: str | Path,
    role: str,
    examples: int,
    *words: str,
    before: tuple[str, ...] = (),
) -> tuple[int, str]:
    """Exit code of schemathesis and what it says; no answer tells of our inside."""
    kept = world.stage.run_dir / "calls.har"
    token = world.stage.secrets.value(f"token.{role}")
    process = await asyncio.create_subprocess_exec(
        *(str(ST), *before, "run", str(where), "--url", world.stage.url("front")),
        *("--header", f"Authorization: Bearer {token}", "--checks", CHECKS),
        *("--phases", "fuzzing", "--max-examples", str(examples), "--seed", "1"),
        *("--suppress-health-check", "all", "--continue-on-failure", "--no-color"),
        *("--request-timeout", "20", *words),
        *("--report", "har", "--report-har-path", str(kept)),
        cwd=world.stage.run_dir,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    told = await asyncio.to_thread(kept.read_text, "utf-8")
    found = recorded(json.loads(told))
    print(found.told(f"{role} at {Path(str(where)).name}"))  # noqa: T201  a share is to be seen
    assert found.faults == [], kept
    return process.returncode or 0, out.decode()


#: Nobody's calls are limited here: who calls so often would be told to wait.
LIMITS = (
    "[limits]\ncalls_per_second = 100000.0\ncalls_burst = 100000.0\n"
    "misses_per_minute = 1000000.0\nwrong_per_minute = 1000000.0\n"
)


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
async def test_no_call_fails_or_is_answered_otherwise_than_described(
    world: World, role: str, examples: int
) -> None:
    code, told = await called(
        world, world.stage.url("front") + "/openapi.json", role, examples
    )
    assert code == 0, told
    paths = json.loads((await get(world.stage.url("front") + "/openapi.json"))[1])
    count = sum(len(methods) for methods in paths["paths"].values())
    assert f"Tested: {count}" in told


async def test_an_answer_that_is_not_described_would_be_found(
    world: World, tmp_path: Path
) -> None:
    _, text = await get(world.stage.url("front") + "/openapi.json")
    document = json.loads(text)
    answers = document["paths"]["/healthz"]["get"]["responses"]
    answers["204"] = answers.pop("200")
    path = tmp_path / "openapi.json"
    await asyncio.to_thread(path.write_text, json.dumps(document))
    only = ("--include-path", "/healthz")
    code, told = await called(world, path, "administrator", 1, *only)
    assert code != 0
    assert "Undocumented HTTP status code" in told
