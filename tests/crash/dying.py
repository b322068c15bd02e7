"""A gateway process that dies at a chosen unit of its store."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.settings import load
from gateway.wiring.serve import Gateway

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from gateway.settings import Settings

#: Every method of the store port that writes: one unit, one commit each.
UNITS = frozenset(
    {
        "apply",
        "claim",
        "claim_enquiries",
        "claim_polls",
        "claim_fetches",
        "recover",
        "seal",
        "add_upload",
        "set_lane",
        "set_principal",
        "add_configuration",
        "note",
    }
)
#: Units that start-up makes before there is any dossier.
_AT_START = frozenset({"recover", "set_principal", "add_configuration"})
_SPAWN = multiprocessing.get_context("forkserver")
_SPAWN.set_forkserver_preload(["gateway.wiring.serve", "tests.crash.dying"])


class DyingStore:
    """Passes everything on; kills its process before or after the n-th unit."""

    def __init__(self, store: Any, point: int, *, before: bool, count: Any) -> None:
        """``point`` 0: never dies. ``count``: shared number of units so far."""
        self._store = store
        self._point = point
        self._before = before
        self._count = count

    def __getattr__(self, name: str) -> Any:
        """Methods of the store, those that write counted."""
        found = getattr(self._store, name)
        if name not in UNITS - _AT_START:
            return found
        return self._counted(found)

    def _counted(self, unit: Callable[..., Any]) -> Callable[..., Any]:
        async def counted(*args: Any, **kwargs: Any) -> Any:
            self._count.value += 1
            here = self._count.value == self._point
            if here and self._before:
                os.kill(os.getpid(), signal.SIGKILL)
            result = await unit(*args, **kwargs)
            if here:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return counted


class DyingGateway(Gateway):
    """A gateway whose store may kill it."""

    def __init__(
        self, settings: Settings, point: int, count: Any, *, before: bool
    ) -> None:
        """See ``DyingStore``."""
        super().__init__(settings)
        self._death = (point, before, count)

    async def start(self) -> None:
        """Start with the dying store in place of the real one."""
        point, before, count = self._death
        original = Gateway.open_ports_of

        async def wrapped(gateway: Gateway) -> Any:
            opened = await original(gateway)
            dying: Any = DyingStore(opened.store, point, before=before, count=count)
            return replace(opened, store=dying)

        self.open_ports_of = wrapped.__get__(self)  # type: ignore[method-assign]
        await super().start()


def _run(path: str, point: int, before: bool, count: Any, ready: Connection) -> None:
    async def work() -> None:
        gateway = DyingGateway(load(Path(path)), point, count, before=before)
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await gateway.start()
        ready.send(True)
        await stop.wait()
        await gateway.stop()

    os.setsid()
    asyncio.run(work())


class Child:
    """A gateway in a process of its own."""

    def __init__(self, settings: Path, *, point: int = 0, before: bool = False) -> None:
        """``point``: the unit at which it dies; 0: never."""
        self.count = _SPAWN.Value("i", 0)
        self._ready, ready = _SPAWN.Pipe(duplex=False)
        self.process: BaseProcess = _SPAWN.Process(
            target=_run, args=(str(settings), point, before, self.count, ready)
        )
        self.process.start()
        ready.close()

    async def started(self) -> bool:
        """Wait until it listens; False when it died before."""
        try:
            return bool(await asyncio.to_thread(self._ready.recv))
        except EOFError:
            return False

    async def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        await asyncio.to_thread(self.process.join, 20)
        code = self.process.exitcode
        assert code is not None, "the gateway did not end"
        return code

    async def stop(self) -> int:
        """Tell it to stop."""
        if self.process.is_alive():
            self.process.terminate()
        return await self.ended()
