"""``python -m gateway.mockagency --platform``: a process like that of an agency."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from gateway.mockagency import conductor
from tests.unit.mockagency.lgsp import NOON, settings_for, token_of
from tests.unit.mockagency.platforms import Caller, agency

READY_S = 90.0


@contextlib.asynccontextmanager
async def running(platform: str, tmp_path: Path, config: object) -> AsyncIterator[str]:
    """The command, until it says where it listens."""
    path = tmp_path / "mocks.json"
    path.write_text(json.dumps(config), "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.mockagency", "--platform", platform),
        *("--config", str(path), "--run-dir", str(tmp_path)),
        *("--clock", "virtual", "--start", NOON),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(READY_S):
            said = (await process.stdout.readline()).decode().split()
        assert said[:3] == ["mock", platform, "ready"]
        yield said[3]
    finally:
        process.terminate()
        async with asyncio.timeout(READY_S):
            assert await process.wait() == 0


async def test_it_forwards_obeys_the_clock_and_plays_the_faults_of_its_file(
    tmp_path: Path,
) -> None:
    async with agency() as there:
        config = {
            "lgsp": settings_for(there.base, token_lifetime_s=60),
            "fault": [
                {"platform": "lgsp", "service": "dat", "do": "html_200", "nth": 2},
                {"platform": "xroad", "do": "outdated", "every": True},
                {"agency": "land_registry", "operation": "x", "do": "html_200"},
            ],
        }
        async with (
            running("lgsp", tmp_path, config) as base,
            aiohttp.ClientSession() as session,
        ):
            caller = Caller(base, session)
            headers = {"Authorization": f"Bearer {await token_of(caller)}"}
            told = [await caller("POST", "/dat/1.0/x", headers) for _ in range(3)]
            assert [one.body[:5] for one in told] == [b'{"dat', b"<!doc", b'{"dat']

            async def never() -> bool:
                return False

            until = (await conductor.now(session, base)).replace(minute=1)
            reached = await conductor.advance([base], until, until=never)
            assert reached == until
            assert (await caller("POST", "/dat/1.0/x", headers)).status == 401
    assert len(there.came) == 2
    assert (tmp_path / "books" / "lgsp.forwarded.jsonl").stat().st_size > 0


async def test_the_exchange_adapter_runs_the_same_way(tmp_path: Path) -> None:
    async with agency() as there:
        code = "VN:GOV:000.00.00.X99:mauprovider"
        config = {"xroad": {"destination": [{"dstcode": code, "backend": there.base}]}}
        async with (
            running("xroad", tmp_path, config) as base,
            aiohttp.ClientSession() as session,
        ):
            path = f"/XrdAdapter/RestService/forward/mapi/login?dstcode={code}"
            assert (await Caller(base, session)("POST", path)).status == 200


@pytest.mark.parametrize(
    "given", [[], ["--agency", "tax", "--platform", "lgsp"], ["--platform", "khac"]]
)
async def test_one_of_agency_and_platform_must_be_named(
    tmp_path: Path, given: list[str]
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.mockagency", *given),
        *("--config", "x", "--run-dir", str(tmp_path)),
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(READY_S):
        _, said = await process.communicate()
    assert process.returncode == 2
    assert b"usage" in said
