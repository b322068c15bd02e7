"""A PostgreSQL server whose commits wait for a standby that is not there."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.postgres import Server

#: Real seconds within which a busy machine takes a setting up.
PATIENCE_S = 30
_WAITING = (
    "SELECT pid FROM pg_stat_activity"
    " WHERE datname = '{}' AND wait_event = 'SyncRep' ORDER BY query_start"
)
#: Writes something that a standby has to have, and nothing that anybody reads.
_PROBE = "SELECT pg_logical_emit_message(true, 'probe', '')"
#: No test's own: only probes wait here.
_PROBED = "postgres"


async def _found(server: Server, dbname: str) -> list[int]:
    rows = await asyncio.to_thread(server.admin, _WAITING.format(dbname))
    return [pid for (pid,) in rows]


async def _rest() -> None:
    await asyncio.to_thread(threading.Event().wait, 0.01)


async def waiting(server: Server, dbname: str, count: int = 1) -> list[int]:
    """Processes whose commits wait for a standby, once there are so many."""
    async with asyncio.timeout(PATIENCE_S):
        while len(found := await _found(server, dbname)) < count:
            await _rest()
    return found


async def _commits_wait(server: Server) -> None:
    """Until one does: who shows the new setting need not be who goes by it.

    Sessions ask a word of the checkpointer's, which comes round to it by itself.
    """
    async with asyncio.timeout(PATIENCE_S):
        while True:
            probe = asyncio.ensure_future(asyncio.to_thread(server.admin, _PROBE))
            while not probe.done() and not (pids := await _found(server, _PROBED)):
                await _rest()
            if not probe.done():
                break
            await probe
    for pid in pids:
        await asyncio.to_thread(server.admin, f"SELECT pg_cancel_backend({pid})")
    await probe


@contextlib.asynccontextmanager
async def no_standby(server: Server) -> AsyncIterator[None]:
    """No commit is answered within the block: nobody goes by the name that it waits for."""

    def named(words: str) -> None:
        server.admin(f"ALTER SYSTEM {words}")
        server.admin("SELECT pg_reload_conf()")

    await asyncio.to_thread(named, "SET synchronous_standby_names = 'nobody'")
    try:
        await _commits_wait(server)
        yield
    finally:
        await asyncio.to_thread(named, "RESET synchronous_standby_names")
