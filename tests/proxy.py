"""A wire to PostgreSQL that tests can cut, hold and slow, at the very COMMIT."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

COMMIT = b"COMMIT\0"


@dataclass
class Behaviour:
    """What the wire does; changed while it runs."""

    #: Commits are cut: "before" the server hears of it, "after" it has answered.
    cut: str = ""
    #: Of so many commits one is cut.
    every: int = 1
    #: Seconds by which the answer to a commit is late.
    late_s: float = 0.0
    #: Nothing passes while it is set; connections stay.
    silent: bool = False
    #: How many commits were seen, and how many were cut.
    commits: int = 0
    cuts: int = 0


@dataclass
class Wire:
    """Listens on loopback and passes on, message by message where a client speaks."""

    to_port: int
    does: Behaviour = field(default_factory=Behaviour)
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _answered: asyncio.Condition = field(default_factory=asyncio.Condition)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Wire]:
        """Listen until the end of the block."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            far = await asyncio.open_connection("127.0.0.1", self.to_port)
        except OSError:
            writer.transport.abort()
            return
        line = _Line(self.does, reader, writer, *far)
        await line.run()


class _Line:
    """One connection of a client, and its other half to the server."""

    def __init__(
        self,
        does: Behaviour,
        near: asyncio.StreamReader,
        near_out: asyncio.StreamWriter,
        far: asyncio.StreamReader,
        far_out: asyncio.StreamWriter,
    ) -> None:
        self._does = does
        self._near, self._near_out = near, near_out
        self._far, self._far_out = far, far_out
        self._waits_for_commit = ""

    async def run(self) -> None:
        ways = [asyncio.create_task(self._out()), asyncio.create_task(self._back())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._near_out.transport.abort()
            self._far_out.transport.abort()

    async def _out(self) -> None:
        """From the client: a first message without a kind, then each with one."""
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            size = await self._near.readexactly(4)
            rest = await self._near.readexactly(struct.unpack("!i", size)[0] - 4)
            await self._pass(size + rest)
            while True:
                head = await self._near.readexactly(5)
                length = struct.unpack("!i", head[1:])[0] - 4
                body = await self._near.readexactly(length)
                if head[:1] == b"Q" and body == COMMIT and self._cut_before():
                    return
                await self._pass(head + body)

    def _cut_before(self) -> bool:
        does = self._does
        does.commits += 1
        self._waits_for_commit = "late" if does.late_s else ""
        if not does.cut or does.commits % does.every:
            return False
        does.cuts += 1
        if does.cut == "before":
            return True
        self._waits_for_commit = "cut"
        return False

    async def _pass(self, message: bytes) -> None:
        await self._held()
        self._far_out.write(message)
        await self._far_out.drain()

    async def _back(self) -> None:
        with contextlib.suppress(OSError):
            while answer := await self._far.read(65536):
                await self._held()
                if self._waits_for_commit == "cut":
                    return
                if self._waits_for_commit == "late":
                    self._waits_for_commit = ""
                    await _passes(self._does.late_s)
                self._near_out.write(answer)
                await self._near_out.drain()

    async def _held(self) -> None:
        while self._does.silent:
            await _passes(0.05)


async def _passes(seconds: float) -> None:
    """Real time passes."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()
