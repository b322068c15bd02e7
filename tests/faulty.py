"""A gateway process whose disk and clock obey the test: a line of JSON at a time.

``python -m tests.faulty SETTINGS``: the shipped gateway on another default file
system of SQLite and another clock, both steered over standard input.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import uvloop

from gateway.clocks.clock import RealClock
from gateway.ports import pulse
from gateway.settings import load
from gateway.wiring.serve import Gateway


@dataclass
class Faults:
    """What is wrong now."""

    #: Seconds that making anything durable takes longer.
    sync_s: float = 0.0
    #: "read_only": what is written is refused; "gone": what is read, too.
    disk: str = ""
    #: Seconds that anything may wait for the store until nobody else is let in.
    longest_s: float = pulse.LONGEST_S
    #: Seconds by which the wall is ahead.
    ahead_s: float = 0.0


FAULTS = Faults()
_NEVER = threading.Event()


class SteeredFile(apsw.VFSFile):
    """A file of the store on that disk."""

    def __init__(self, name: Any, flags: list[int]) -> None:
        super().__init__("unix", name, flags)

    def xRead(self, amount: int, offset: int) -> bytes:
        if FAULTS.disk == "gone":
            raise apsw.IOError
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:
        if FAULTS.disk:
            raise apsw.IOError
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        if FAULTS.disk:
            raise apsw.IOError
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        ends = time.monotonic() + FAULTS.sync_s
        while FAULTS.sync_s and time.monotonic() < ends:
            _NEVER.wait(0.05)
        super().xSync(flags)


class SteeredDisk(apsw.VFS):
    """The system's files, as long as nothing is wrong."""

    def __init__(self) -> None:
        super().__init__("steered", "unix", makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> SteeredFile:
        if FAULTS.disk == "gone" or (
            FAULTS.disk and flags[0] & apsw.SQLITE_OPEN_CREATE
        ):
            raise apsw.CantOpenError
        return SteeredFile(name, flags)


class JumpingClock(RealClock):
    """The machine's wall, set to another time whenever the test wants it."""

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=FAULTS.ahead_s)


class FaultyGateway(Gateway):
    """The gateway by that clock."""

    def clock_of(self) -> RealClock:
        return JumpingClock()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def obey() -> None:
    """Take up what the test says, and say so."""
    for line in sys.stdin:
        for name, value in json.loads(line).items():
            setattr(FAULTS, name, value)
        pulse.LONGEST_S = FAULTS.longest_s
        say("told")


async def work(settings: Path) -> None:
    gateway = FaultyGateway(load(settings))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await gateway.start()
    say(f"gateway ready {gateway.addresses}")
    await stop.wait()
    await gateway.stop()


if __name__ == "__main__":
    DISK = SteeredDisk()
    threading.Thread(target=obey, daemon=True).start()
    uvloop.run(work(Path(sys.argv[1])))
