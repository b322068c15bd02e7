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
#: Thread, and whether it began or ended a sync (or both in one line).
SYNC = re.compile(
    r"^(\d+) .*(fdatasync|fsync)(\(\d+\) += 0|\(.*unfinished| resumed>.*= 0)"
)
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
        stderr=asyncio.subprocess.DEVNULL,
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

    answers, syncs = told_after_sync(trace)
    assert answers == DOSSIERS
    assert syncs >= answers


def told_after_sync(trace: Path) -> tuple[int, int]:
    """How many 202s and whole syncs there were; each 202 needs a sync of its own.

    A sync that had begun before the request came proves nothing about it.
    """
    under_way: set[str] = set()
    too_early: set[str] = set()
    synced = False
    answers = syncs = 0
    for line in trace.read_text("utf-8", errors="replace").splitlines():
        sync = SYNC.match(line)
        if ASKED.search(line):
            synced, too_early = False, set(under_way)
        elif sync and "unfinished" in sync[3]:
            under_way.add(sync[1])
        elif sync:
            syncs += 1
            synced = synced or sync[1] not in too_early
            under_way.discard(sync[1])
            too_early.discard(sync[1])
        elif ANSWERED.search(line):
            assert synced, f"202 number {answers + 1} before any sync"
            answers += 1
    return answers, syncs
