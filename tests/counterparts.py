"""The counterparts of ``examples/counterparts`` as processes, told by environment."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "counterparts"
ELECTRICITY = FOLDER / "electricity-node" / "server.js"
#: The one that the browser tests bring along: nothing has to be installed.
NODE = Path(playwright.__file__).parent / "driver" / "node"
#: Real seconds that a counterpart may take to say what it is waited for.
SAYS_WITHIN_S = 30.0


@dataclass
class Counterpart:
    """One that runs; it says on its output what it tells the sender."""

    process: asyncio.subprocess.Process
    base: str = ""

    async def line(self) -> str:
        """What it says next; empty once it ended."""
        assert self.process.stdout is not None
        read = self.process.stdout.readline()
        return (await asyncio.wait_for(read, SAYS_WITHIN_S)).decode().strip()

    async def said(self, what: str) -> str:
        """The next line that has this in it."""
        heard = []
        while text := await self.line():
            heard.append(text)
            if what in text:
                return text
        raise AssertionError(f"ended without saying {what!r}, but {heard}")


@contextlib.asynccontextmanager
async def company(**told: str) -> AsyncIterator[Counterpart]:
    """The electricity company on a port of its own choice."""
    process = await asyncio.create_subprocess_exec(
        *(str(NODE), str(ELECTRICITY)),
        env={"PATH": os.environ["PATH"], "PORT": "0", **told},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        counterpart = Counterpart(process)
        counterpart.base = await counterpart.said("http://")
        yield counterpart
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
