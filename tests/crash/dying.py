"""A gateway process that dies at a chosen unit of its store."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.settings import load
from gateway.wiring.serve import Gateway

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from gateway.settings import Settings
    from gateway.wiring.ports import Opened

    Unit = Callable[..., Awaitable[Any]]

#: Every method of the store port that writes: one unit, one commit each.
WRITES = frozenset({"apply", "add_upload", "set_lane", "note"})
#: Units that find nothing most of the time, and then commit nothing.
CLAIMS = frozenset({"claim", "claim_enquiries", "claim_polls", "claim_fetches"})
#: The sealer keeps real time, so its units are counted apart.
SEALS = frozenset({"seal"})
_SPAWN = multiprocessing.get_context("forkserver")
_SPAWN.set_forkserver_preload(["gateway.wiring.serve", "tests.crash.dying"])


@dataclass(frozen=True)
class Death:
    """When a gateway dies: before or after its n-th unit; 0: never."""

    unit: int = 0
    before: bool = False
    at_seal: bool = False
    after: str = ""
    #: name of a method of the rows beside the journey, after whose unit it dies

    def __str__(self) -> str:
        """For the list of failures."""
        what = "seal" if self.at_seal else "unit"
        return f"{'before' if self.before else 'after'} {what} {self.unit}"


class DyingStore:
    """Passes everything on; kills its process before or after the n-th unit."""

    def __init__(self, store: Any, death: Death, count: Any) -> None:
        """``count``: shared number of units so far."""
        self._store = store
        self._death = death
        self._count = count

    def __getattr__(self, name: str) -> Any:
        """Methods of the store, those that write counted."""
        found = getattr(self._store, name)
        counted = SEALS if self._death.at_seal else WRITES | CLAIMS
        if name not in counted:
            return found
        return self._claiming(found) if name in CLAIMS | SEALS else self._writing(found)

    def _writing(self, unit: Unit) -> Unit:
        async def write(*args: Any, **kwargs: Any) -> Any:
            here = self._next()
            if here and self._death.before:
                die()
            result = await unit(*args, **kwargs)
            if here:
                die()
            return result

        return write

    def _claiming(self, unit: Unit) -> Unit:
        """Before such a unit is the same as after the one before it."""

        async def claim(*args: Any, **kwargs: Any) -> Any:
            result = await unit(*args, **kwargs)
            if result and self._next():
                die()
            return result

        return claim

    def _next(self) -> bool:
        self._count.value += 1
        return bool(self._count.value == self._death.unit)


def die() -> None:
    """As by kill -9: nothing is written, closed or said any more."""
    os.kill(os.getpid(), signal.SIGKILL)


def _last_of(kept: Any, name: str) -> None:
    """The first unit of this name that does anything is the last of its process."""
    unit = getattr(kept, name)

    async def last(*args: Any, **kwargs: Any) -> Any:
        result = await unit(*args, **kwargs)
        if result is not False:
            die()
        return result

    setattr(kept, name, last)


class DyingGateway(Gateway):
    """A gateway whose store may kill it."""

    def __init__(self, settings: Settings, death: Death, count: Any) -> None:
        """See ``DyingStore``."""
        super().__init__(settings)
        self._death = death
        self._count = count

    async def open_ports_of(self) -> Opened:
        """The real ports, the dying store before the real one."""
        opened = await super().open_ports_of()
        if self._death.after:
            _last_of(opened.kept, self._death.after)
        dying: Any = DyingStore(opened.store, self._death, self._count)
        return replace(opened, store=dying)


def _run(path: str, death: Death, count: Any, ready: Connection) -> None:
    async def work() -> None:
        gateway = DyingGateway(load(Path(path)), death, count)
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

    def __init__(self, settings: Path, death: Death) -> None:
        """Start it."""
        self.count = _SPAWN.Value("i", 0)
        self._ready, ready = _SPAWN.Pipe(duplex=False)
        self.process: BaseProcess = _SPAWN.Process(
            target=_run, args=(str(settings), death, self.count, ready)
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
