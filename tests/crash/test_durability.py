"""Nobody is told that a dossier was accepted before the disk has it: seen by strace."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from gateway.wiring.stage import ROOT
from tests.world import World, document_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.crash, pytest.mark.system]
EXAMPLE = "01-chuyen-nhuong-thuong"
DOSSIERS = 12
CALLS = "fdatasync,fsync,read,recvfrom,recvmsg,write,sendto,sendmsg,writev"
ASKED = re.compile(r'"POST /v1/dossiers ')
SYNCED = re.compile(r"(fdatasync|fsync)(\(\d+\)| resumed>\)) += 0")
ANSWERED = re.compile(r'"HTTP/1\.1 202 ')


@asynccontextmanager
async def traced(world: World, trace: Path) -> AsyncIterator[None]:
    """The shipped gateway process under strace."""
    stage = world.stage
    stage.write_settings(start=world.now().isoformat())
    process = await asyncio.create_subprocess_exec(
        *("strace", "-f", "-qq", "-s", "40", "-e", f"trace={CALLS}", "-o", str(trace)),
        *(sys.executable, "-m", "gateway", "serve"),
        *("--settings", str(stage.settings_path)),
        cwd=ROOT,
        start_new_session=True,
        stdout=asyncio.subprocess.PIPE,
        stderr=(stage.run_dir / "log").open("wb"),
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            while b" ready " not in (line := await process.stdout.readline()):
                assert line, "the gateway ended before it listened"
        yield
    finally:
        # strace itself blocks fatal signals while it traces into a file.
        os.killpg(process.pid, signal.SIGTERM)
        async with asyncio.timeout(30):
            await process.wait()


@pytest.mark.timeout(180)
async def test_every_202_follows_a_sync_that_began_after_its_request(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run")
    trace = tmp_path / "trace"
    async with world.mocks_only(), traced(world, trace):
        for turn in range(DOSSIERS):
            document = document_of(EXAMPLE)
            document["number"] = f"H00.01-260309-{9000 + turn}"
            answered = await world.call("POST", "/v1/dossiers", document)
            assert answered.status == 202, answered.body

    synced_since_asked = False
    answers = 0
    for line in trace.read_text("utf-8", errors="replace").splitlines():
        if ASKED.search(line):
            synced_since_asked = False
        elif SYNCED.search(line):
            synced_since_asked = True
        elif ANSWERED.search(line):
            assert synced_since_asked, f"202 number {answers + 1} before any sync"
            answers += 1
    assert answers == DOSSIERS
