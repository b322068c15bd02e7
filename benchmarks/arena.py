"""Where the contenders of S1 meet: one run folder each, the same mock agencies."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import orjson

from benchmarks.processes import ROOT, Running
from gateway.wiring.free_ports import free_port
from gateway.wiring.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Above this many at once nothing is gained; the shipped caps protect real offices.
IN_FLIGHT = 128
MOCKS = ("land_registry", "one_stop")
#: Seconds without a new line in a book after which no more is expected.
PATIENCE_S = 30.0


def raised_caps(folder: Path) -> Path:
    """The example configuration with lanes that do not bound the benchmark."""
    config = folder / "config"
    shutil.copytree(ROOT / "config", config)
    for path in (config / "agencies").glob("*.toml"):
        text = path.read_text("utf-8")
        text = re.sub(r"(?m)^in_flight = \d+", f"in_flight = {IN_FLIGHT}", text)
        path.write_text(text, "utf-8")
    return config


class Ground:
    """One run folder with its mock agencies; the contender is started on top."""

    def __init__(
        self,
        folder: Path,
        config: Path,
        template: Path | None = None,
        *,
        faults: Sequence[Mapping[str, Any]] = (),
        mocks: Sequence[str] = MOCKS,
    ) -> None:
        """``template``: a run folder whose keys, store and files are taken over.

        ``faults`` are planned for the mock agencies; only ``mocks`` start at once.
        """
        if template is not None:
            folder.mkdir(parents=True)
            for name in ("keys", "attachments"):
                # Files that were put away are never written again.
                shutil.copytree(template / name, folder / name, copy_function=os.link)
            for path in template.glob("store.sqlite*"):
                shutil.copy2(path, folder / path.name)
        self.stage = Stage(folder, config=config, examples=None)
        self.stage.prepare(fixed_ports=False)
        self._mocks = mocks
        if faults:
            told = orjson.loads(self.stage.mocks_path.read_bytes())
            told["fault"] = list(faults)
            self.stage.mocks_path.write_bytes(orjson.dumps(told))
        self.log = folder / "log.jsonl"
        self.running: list[Running] = []

    def __enter__(self) -> Self:
        """Start the mock agencies, with the machine's time."""
        for agency in self._mocks:
            self.start_mock(agency)
        return self

    def start_mock(self, agency: str) -> Running:
        """A mock agency as it ships, in a process of its own."""
        stage = self.stage
        return self.start(
            agency,
            *("-m", "gateway.mockagency", "--agency", agency),
            *("--port", str(stage.ports[agency])),
            *("--config", str(stage.mocks_path)),
            *("--run-dir", str(stage.run_dir)),
        )

    def __exit__(self, *_: object) -> None:
        """Stop everybody, the last one first."""
        while self.running:
            self.running.pop().stop()

    def start(
        self, name: str, *arguments: str, python: str = sys.executable
    ) -> Running:
        """Start one process more."""
        self.running.append(Running(name, self.log, *arguments, python=python))
        return self.running[-1]

    def start_gateway(
        self,
        *,
        addresses: dict[str, str] | None = None,
        profile: str = "",
        store: str = "",
        launch: Sequence[str] = (),
    ) -> Running:
        """The shipped ``gateway serve`` with settings of the mock profile.

        ``store``: the settings' table for a store other than the file; ``launch``:
        what Python is started with in place of the gateway.
        """
        stage = self.stage
        reached = addresses or {name: stage.url(name) for name in MOCKS}
        lines = "".join(f'{name} = "{url}"\n' for name, url in reached.items())
        stage.settings_path.write_text(
            f'profile = "mock"\nrun_dir = "{stage.run_dir}"\n'
            f'configuration = "{stage.config}"\n{store}'
            f"[front]\nport = {stage.ports['front']}\n"
            f"[agencies]\nport = {stage.ports['agencies']}\n"
            f"[addresses]\n{lines}",
            "utf-8",
        )
        module = ["-m", "gateway", "serve"]
        if profile:
            module = ["-m", "benchmarks.profiled", profile]
        return self.start(
            "gateway", *(launch or module), "--settings", str(stage.settings_path)
        )

    def shared_files(self) -> str:
        """The settings' table by which several nodes find the same files."""
        folder = self.stage.run_dir / "attachments"
        # A folder that is not there is taken for a share that is not mounted.
        folder.mkdir(mode=0o700, exist_ok=True)
        return f'[attachments]\nkind = "shared"\nfolder = "{folder}"\n'

    def start_node(self, number: int) -> tuple[Running, str]:
        """One gateway more on the same store, and where it is reached.

        Settings are those of ``start_gateway``, which comes first.
        """
        stage = self.stage
        path = stage.run_dir / f"node-{number}.toml"
        text = stage.settings_path.read_text("utf-8")
        ports = {name: free_port() for name in ("front", "agencies")}
        for name, port in ports.items():
            text = text.replace(f"port = {stage.ports[name]}\n", f"port = {port}\n")
        path.write_text(f'node = "node-{number}"\n{text}', "utf-8")
        name = f"gateway-{number}"
        running = self.start(name, "-m", "gateway", "serve", "--settings", str(path))
        return running, f"http://127.0.0.1:{ports['front']}"

    @property
    def token(self) -> str:
        """The one-stop's token."""
        return self.stage.secrets.value("token.one_stop")

    def book(self, agency: str, name: str = "effects") -> Book:
        """What really changed at an agency, or (``arrivals``) what came there."""
        return Book(self.stage.run_dir / "books" / f"{agency}.{name}.jsonl")


@dataclass
class Book:
    """A mock agency's book of effects."""

    path: Path

    def lines(self) -> int:
        """How many lines it has."""
        return self.path.read_bytes().count(b"\n") if self.path.exists() else 0

    async def until(self, lines: int, patience_s: float = PATIENCE_S) -> None:
        """Return when it has so many lines, or has had no new one for long."""
        seen, offset, since = 0, 0, time.monotonic()
        while time.monotonic() - since < patience_s:
            if self.path.exists():
                with self.path.open("rb") as file:
                    file.seek(offset)
                    new = file.read()
                offset += len(new)
                if new:
                    seen, since = seen + new.count(b"\n"), time.monotonic()
            if seen >= lines:
                return
            await asyncio.sleep(0.02)  # noqa: TID251  the mock is another process

    def of(self, kind: str, numbers: set[str]) -> list[dict[str, Any]]:
        """Its lines about some dossiers."""
        if not self.path.exists():
            return []
        lines = [orjson.loads(line) for line in self.path.read_bytes().splitlines()]
        return [e for e in lines if e["kind"] == kind and e["number"] in numbers]

    def counts(self, kind: str, numbers: set[str]) -> Counter[str]:
        """How often each dossier stands in it."""
        return Counter(line["number"] for line in self.of(kind, numbers))

    def last(self, kind: str, numbers: set[str]) -> float:
        """When its last line was written, in seconds since 1970.

        Raises:
            RuntimeError: there is none.
        """
        moments = [line["at"] for line in self.of(kind, numbers)]
        if not moments:
            raise RuntimeError(f"nothing came: {self.path} has no {kind}")
        return max(datetime.fromisoformat(at).timestamp() for at in moments)
