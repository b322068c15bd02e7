"""Gateways as processes of their own on one database, in real time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from gateway.wiring.stage import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.world import World

#: Short enough that a test can wait for a dead node's leases.
LEASE_S = 2.0
_READY = re.compile(r"gateway ready .*'front': '([^']+)', 'agencies': '([^']+)'")


def store_table(
    database: Mapping[str, Any], secret: Path, *, lease_s: float = LEASE_S
) -> str:
    """The settings' table for a server on this machine."""
    secret.touch(mode=0o600)
    secret.write_text(database["password"] + "\n", "utf-8")
    return (
        f'[store]\nkind = "postgresql"\nhost = "{database["host"]}"\n'
        f'port = {database["port"]}\ndbname = "{database["dbname"]}"\n'
        f'user = "{database["user"]}"\npassword_file = "{secret}"\n'
        f'sslmode = "disable"\nlease_s = {lease_s}\n'
    )


def quick_lanes(config: Path, *, in_flight: int = 2, timeout_s: float = 1.0) -> None:
    """Lanes of two calls at once that ask and try again within a second."""
    changed = {
        "in_flight": str(in_flight),
        "timeout_s": str(timeout_s),
        "enquire_after_s": "1.0",
        "enquire_every_s": "1.0",
        "breaker_failures": "50",
        "first_s": "0.2",
        "cap_s": "1.0",
    }
    for path in (config / "agencies").glob("*.toml"):
        text = path.read_text("utf-8")
        for name, value in changed.items():
            text = re.sub(rf"(?m)^{name} = \S+", f"{name} = {value}", text)
        path.write_text(text, "utf-8")


async def rests(seconds: float) -> None:
    """Real time passes, for what happens in other processes."""
    await asyncio.to_thread(threading.Event().wait, seconds)


class NodeProcess:
    """One gateway process; ``url`` is where it answers once it is ready."""

    #: What is started, its settings apart.
    program: tuple[str, ...] = ("-m", "gateway", "serve", "--settings")

    def __init__(self, world: World, name: str, store: str, more: str = "") -> None:
        """Write its settings, ``more`` among them; nothing is started."""
        stage = world.stage
        self.name = name
        self.url = ""
        self._secrets = stage.secrets
        self.agencies = ""
        #: where offices push their reports to
        self.log = stage.run_dir / f"{name}.log"
        self._settings = stage.run_dir / f"{name}.toml"
        files = '[attachments]\nkind = "postgresql"\n' if store else ""
        addresses = "".join(f'{a} = "{stage.url(a)}"\n' for a in stage.mocks)
        self._settings.write_text(
            f'profile = "mock"\nrun_dir = "{stage.run_dir}"\nnode = "{name}"\n'
            f'configuration = "{stage.config}"\nstop_s = 5\n{store}'
            f"{files}{more}"
            f'[clock]\nkind = "real"\n[addresses]\n{addresses}',
            "utf-8",
        )
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> bool:
        """Start it; whether it became ready, or ended first."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, *self.program, str(self._settings)),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            while line := (await self._process.stdout.readline()).decode():
                if found := _READY.match(line):
                    self.url, self.agencies = found[1], found[2]
                    return True
        await self._process.wait()
        return False

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The running process."""
        assert self._process is not None
        return self._process

    def signal(self, number: signal.Signals) -> None:
        """Kill, stop or continue it."""
        os.kill(self.process.pid, number)

    async def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        async with asyncio.timeout(30):
            return await self.process.wait()

    async def stop(self) -> int:
        """Tell it to stop, and wait until it has."""
        with contextlib.suppress(ProcessLookupError):
            self.signal(signal.SIGTERM)
        return await self.ended()

    async def close(self) -> None:
        """End it however it stands."""
        if self._process is not None and self._process.returncode is None:
            self.signal(signal.SIGKILL)
            await self.ended()

    async def post(self, path: str, body: Any) -> Any:
        """An administrator's act."""
        token = self._secrets.value("token.administrator")
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as call,
            call.post(self.url + path, json=body) as answer,
        ):
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def get(self, path: str, token: str) -> Any:
        """One answer of its API."""
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(self.url + path) as answer,
        ):
            return await answer.json()


class WatchfulProcess(NodeProcess):
    """One that looks for alerts several times a second."""

    program = ("-m", "tests.watchful")


class SteeredProcess(NodeProcess):
    """One whose disk and clock obey the test."""

    program = ("-m", "tests.faulty")

    async def tell(self, **faults: Any) -> None:
        """What is wrong from now on (``tests.faulty.Faults``)."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(faults).encode() + b"\n")
        async with asyncio.timeout(30):
            assert (await self.process.stdout.readline()).strip() == b"told"
