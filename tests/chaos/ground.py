"""Where a chaos run happens: mock agencies, a store, nodes, all of them processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import resource
import shutil
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.wiring.stage import CONFIG, ROOT, Stage
from tests.chaos import platforms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.postgres import Server

READY_S = 60.0
#: How often a supervisor starts what has ended, and seconds between.
TRIES, AGAIN_S = 20, 1.0
_READY = re.compile(r"gateway ready .*'front': '([^']+)', 'agencies': '([^']+)'")
#: A process that is started so is killed when this one dies, however that happens.
_WITH_US = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()
#: Seconds of one attempt: long enough for a busy machine, short enough to be often over.
TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the wall runs and people work."""

    start: str
    speed: float = 240.0
    haste: float = 40.0
    since: float = field(default_factory=time.time)

    def arguments(self) -> list[str]:
        """Of a mock."""
        return [
            *("--clock", "running", "--start", self.start),
            *("--since", repr(self.since), "--speed", repr(self.speed)),
            *("--haste", repr(self.haste)),
        ]

    def table(self) -> str:
        """Of a gateway's settings."""
        return (
            f'[clock]\nkind = "running"\nstart = "{self.start}"\n'
            f"since = {self.since!r}\nspeed = {self.speed!r}\n"
        )


class Process:
    """One process and what it says on its standard output."""

    def __init__(
        self, name: str, arguments: Sequence[str], log: Path, root: Path
    ) -> None:
        """Nothing is started; ``root``: the source that it runs."""
        self.name = name
        self._arguments = arguments
        self._log = log
        self._root = root
        self._running: asyncio.subprocess.Process | None = None

    async def start(self, ready: re.Pattern[str]) -> re.Match[str]:
        """Start it and wait for the line that says it is ready.

        Raises:
            RuntimeError: it ended first.
        """
        with self._log.open("ab") as log:
            self._running = await asyncio.create_subprocess_exec(
                *(*_WITH_US, sys.executable, "-m", *self._arguments),
                cwd=self._root,
                env={
                    **os.environ,
                    "PYTHONUNBUFFERED": "1",
                    "PYTHONPATH": str(self._root),
                },
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._running.stdout is not None
        async with asyncio.timeout(READY_S):
            while line := (await self._running.stdout.readline()).decode():
                if found := ready.search(line):
                    return found
        raise RuntimeError(f"{self.name} did not start; see {self._log}")

    @property
    def pid(self) -> int:
        """Of the running one."""
        assert self._running is not None
        return self._running.pid

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._running is not None and self._running.returncode is None

    def signal(self, number: signal.Signals) -> None:
        """Send it one."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    async def kill(self) -> None:
        """As a power cut does, for this process."""
        if self.runs:
            self.signal(signal.SIGKILL)
            assert self._running is not None
            await self._running.wait()

    async def stop(self) -> None:
        """Tell it to; kill it when it does not."""
        if not self.runs:
            return
        assert self._running is not None
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(15):
                await self._running.wait()
        except TimeoutError:
            await self.kill()

    def let_files_grow(self, size: int | None) -> None:
        """No file may become longer than that from now on; None: as long as it likes."""
        limit = resource.RLIM_INFINITY if size is None else size
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(
                self.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY)
            )


class Node(Process):
    """One gateway."""

    front = ""
    agencies = ""
    ready_at = 0.0
    #: by the monotonic clock
    took_s = 0.0
    #: its last start

    async def begin(self) -> None:
        """Start it until it listens: again, when it ends, as a supervisor does.

        Raises:
            RuntimeError: it ends every time.
        """
        begun = time.monotonic()
        for left in reversed(range(TRIES)):
            try:
                found = await self.start(_READY)
            except RuntimeError:
                if not left:
                    raise
                await asyncio.sleep(AGAIN_S)
            else:
                self.front, self.agencies = found[1], found[2]
                self.ready_at = time.monotonic()
                self.took_s = self.ready_at - begun
                return

    @property
    def has_worked(self) -> bool:
        """Whether it is there for longer than its start took: else it never works."""
        return time.monotonic() - self.ready_at > 1.5 * self.took_s


class Ground:
    """Everything of a run that is a process, and where it listens."""

    def __init__(
        self,
        folder: Path,
        examples: Path,
        pace: Pace,
        *,
        server: Server | None,
        nodes: int,
    ) -> None:
        """``server``: the database's; None: a file, and one node."""
        self.folder = folder
        self.pace = pace
        self.server = server
        self.root = ROOT
        #: the source that the gateway runs; a mutant has another one
        config = folder / "config"
        shutil.copytree(CONFIG, config)
        _quick(config)
        platforms.put_before(config)
        self.stage = Stage(
            folder / "run", start=pace.start, config=config, examples=examples
        )
        self._mocks: list[Process] = []
        self.nodes: list[Node] = []
        self._count = nodes

    def prepare(
        self, faults: Sequence[Mapping[str, Any]], seed: int, store: str
    ) -> None:
        """Keys, notes, ports; ``store``: the settings' table, empty for a file."""
        self.stage.prepare(fixed_ports=False)
        told = json.loads(self.stage.mocks_path.read_text("utf-8"))
        told |= {"seed": seed, "fault": list(faults), "journal": {"most": 0}}
        told[platforms.NAME]["wait_s"] = platforms.WAIT_S
        self.stage.mocks_path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
        for place in range(self._count):
            name = f"node-{place + 1}"
            path = self.stage.run_dir / f"{name}.toml"
            path.write_text(self._settings(name, store), "utf-8")
            self.nodes.append(
                Node(
                    name,
                    ["gateway", "serve", "--settings", str(path)],
                    self.folder / f"{name}.log",
                    self.root,
                )
            )

    def _settings(self, name: str, store: str) -> str:
        """One node's: behind a relay each has ports of its own."""
        text = self.stage.settings_path.read_text("utf-8")
        clock = re.search(r"\[clock\]\n(?:.*\n)*?(?=\[)", text)
        assert clock is not None
        text = text.replace(clock[0], self.pace.table())
        if self._count > 1:
            text = re.sub(r"(?m)^port = \d+$", "port = 0", text)
        more = f'node = "{name}"\nstop_s = 5\n'
        if store:
            more += f'{store}[attachments]\nkind = "postgresql"\n'
        return text.replace("[front]", f"{more}[front]", 1)

    async def begin(self) -> None:
        """The mocks, then the nodes."""
        stage = self.stage
        which = {name: ["--agency", name] for name in stage.mocks}
        which |= {
            name: ["--platform", kind, "--name", name]
            for name, kind in stage.platforms.items()
        }
        for name, arguments in which.items():
            mock = Process(
                name,
                [
                    "gateway.mockagency",
                    *(*arguments, "--port", str(stage.ports[name])),
                    *(
                        "--config",
                        str(stage.mocks_path),
                        "--run-dir",
                        str(stage.run_dir),
                    ),
                    *self.pace.arguments(),
                ],
                self.folder / "mocks.log",
                ROOT,
            )
            self._mocks.append(mock)
        # All of them at once: on a busy machine each needs seconds.
        await asyncio.gather(*(m.start(re.compile(" ready ")) for m in self._mocks))
        for node in self.nodes:
            await node.begin()

    async def end(self) -> None:
        """All of them, the nodes first."""
        for node in self.nodes:
            await node.stop()
        for mock in self._mocks:
            await mock.stop()

    @property
    def largest(self) -> int:
        """Bytes of the largest file of the store and its shelf that is written to."""
        run = self.stage.run_dir
        found = (path.stat().st_size for path in run.glob("*.sqlite*"))
        return max(found, default=0)


def _quick(config: Path) -> None:
    """Attempts that are over soon; everything else as it is shipped."""
    for path in (config / "agencies").glob("*.toml"):
        text = path.read_text("utf-8")
        text = re.sub(r"(?m)^timeout_s = \S+", f"timeout_s = {TIMEOUT_S}", text)
        path.write_text(text, "utf-8")
