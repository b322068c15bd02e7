"""A relay before a core: the real one, or one that writes down what reaches it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import ssl
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import tomlkit

from gateway.domain.relay_table import Entry, Table
from gateway.relay import pairs
from gateway.relay.running import Relay
from gateway.relay.settings import RelaySettings
from gateway.relay.telling import Telling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

ROOT = Path(__file__).resolve().parents[1]
SALT = "00112233445566778899aabbccddeeff"
SECRET, NEXT = "mat-ma-hien-nay-0123456789", "mat-ma-sau-nay-9876543210"
KEY, TOKEN = "khoa-giao-dien-mo-0123456789", "ma-truy-cap-0123456789"
MOST = 64 * 1024
CALLBACK = f"/callbacks/don-vi-1/CapNhat/{SECRET}"
QUICK = {
    "head_s": 0.5,
    "body_s": 0.5,
    "idle_s": 5.0,
    "send_s": 2.0,
    "stop_s": 1.0,
    "calls_per_s": 10_000.0,
    "burst": 10_000.0,
}


def table(*more: Entry, most: int = MOST) -> Table:
    """A table with one of each kind."""
    bare = Table(SALT, "2026-03-10T07:30:00+07:00")
    known = (bare.hashed(SECRET), bare.hashed(NEXT))
    plenty: dict[str, Any] = {"per_s": 10_000.0, "burst": 10_000.0}
    agencies = (
        Entry(
            "callbacks don-vi-1 CapNhat",
            ("POST",),
            "/callbacks/don-vi-1/CapNhat/{secret}",
            most,
            "path",
            known,
            **plenty,
        ),
        Entry(
            "callbacks don-vi-2 DanhMuc",
            ("GET",),
            "/callbacks/don-vi-2/DanhMuc",
            0,
            "query:CodeGet",
            known,
            **plenty,
        ),
        Entry(
            "open report",
            ("POST",),
            "/open/v1/report",
            most,
            "key",
            (bare.hashed(KEY),),
            **plenty,
        ),
        *more,
    )
    one_stop = (
        Entry(
            "v1 dossiers",
            ("GET", "POST", "PUT"),
            "/v1/dossiers/{rest}",
            most,
            "bearer",
            **plenty,
        ),
        Entry("v1 dossiers", ("POST",), "/v1/dossiers", most, "bearer", **plenty),
    )
    return Table(SALT, bare.made_at, {"agencies": agencies, "one_stop": one_stop})


@dataclass
class Recorder:
    """A core that writes down every byte, and answers as it is told."""

    folder: Path
    seen: list[bytes] = field(default_factory=list)
    #: of each connection, all that came
    answer: Callable[[asyncio.StreamWriter], Awaitable[None]] | None = None
    early: bool = False
    #: answers as soon as it has the head
    keeps: bool = True
    #: else the bytes of a body of known length are counted and thrown away
    taken: int = 0
    port: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Self]:
        """Listen, for a relay that shows its certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair(self.folder, pairs.CORE))
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(pair(self.folder, pairs.RELAY)[0])
        server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=context
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self._served(reader, writer)
        writer.close()
        self.left.set()

    async def _served(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        at = len(self.seen)
        self.seen.append(b"")
        while not _is_whole(self.seen[at]):
            piece = await reader.read(64 * 1024)
            if not piece:
                return
            self.seen[at] += piece
            self.came.set()
            if self.early and b"\r\n\r\n" in self.seen[at]:
                break
            if not self.keeps:
                await self._thrown_away(self.seen[at], reader)
                break
        if self.answer is not None:
            await self.answer(writer)
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        # Whatever comes behind the request would be a second one.
        self.seen[at] += await reader.read()

    async def _thrown_away(self, begun: bytes, reader: asyncio.StreamReader) -> None:
        head, _, body = begun.partition(b"\r\n\r\n")
        found = re.search(rb"(?i)content-length: (\d+)", head)
        self.taken = len(body)
        while found and self.taken < int(found[1]):
            self.taken += len(await reader.read(256 * 1024))


def _is_whole(content: bytes) -> bool:
    head, end, body = content.partition(b"\r\n\r\n")
    if not end:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
        if line.startswith(b"transfer-encoding:"):
            return body.endswith(b"0\r\n\r\n")
    return True


def pair(folder: Path, name: str) -> tuple[Path, Path]:
    """Certificate and key; made where there are none."""
    if not (folder / f"{pairs.CORE}.cert.pem").exists():
        pairs.make(folder, datetime.now(UTC))
    return folder / f"{name}.cert.pem", folder / f"{name}.key.pem"


def told(
    folder: Path,
    core: str,
    *,
    limits: dict[str, Any] | None = None,
    serves: tuple[str, ...] = ("agencies", "one_stop"),
    **door: Any,
) -> dict[str, Any]:
    """Settings of a relay; keys and table in one folder."""
    certificate, key = pair(folder, pairs.RELAY)
    return {
        "table": str(folder / "table.json"),
        "look_s": 0.05,
        "core": {
            "url": core,
            "authorities": str(pair(folder, pairs.CORE)[0]),
            "certificate": str(certificate),
            "key": str(key),
            "answer_s": 5.0,
        },
        "door": [{"serves": one, **door} for one in serves],
        "limits": {**QUICK, **(limits or {})},
    }


class Outside:
    """A relay, and whoever calls it."""

    def __init__(self, settings: dict[str, Any]) -> None:
        """Nothing runs yet."""
        self.log = io.BytesIO()
        self.relay = Relay(RelaySettings.model_validate(settings), Telling(self.log))

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.relay.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.relay.stop()

    def url(self, door: int = 0) -> str:
        """Address of a door."""
        return self.relay.addresses[door]

    def lines(self) -> list[dict[str, Any]]:
        """What was told."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    async def connect(
        self, door: int = 0
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A bare connection."""
        port = int(self.url(door).rpartition(":")[2])
        return await asyncio.open_connection("127.0.0.1", port)

    async def raw(self, content: bytes, *, door: int = 0) -> bytes:
        """Send bytes and nothing after them; everything that comes back."""
        reader, writer = await self.connect(door)
        with contextlib.suppress(OSError):
            writer.write(content)
            await writer.drain()
            writer.write_eof()
        try:
            async with asyncio.timeout(20):
                return await _all(reader)
        finally:
            writer.close()

    async def post(self, path: str, body: Any, **more: Any) -> tuple[int, bytes, Any]:
        """An honest call."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url() + path, data=body, **more) as answer,
        ):
            return answer.status, await answer.read(), answer.headers


class RelayProcess:
    """A relay as it is installed: a process of its own, with nothing around it."""

    def __init__(self, settings: dict[str, Any], folder: Path) -> None:
        """Nothing runs yet."""
        self._settings = folder / "relay.toml"
        self._settings.write_text(tomlkit.dumps(settings), "utf-8")
        self.addresses: list[str] = []

    async def __aenter__(self) -> Self:
        """Start it; its environment has nothing but where programs are."""
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "relay", "--settings"),
            str(self._settings),
            cwd=ROOT,
            env={"PATH": os.environ["PATH"]},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            ready = (await self.process.stdout.readline()).decode()
        assert ready.startswith("relay ready "), ready
        self.addresses = ready.split()[2:]
        return self

    @property
    def port(self) -> int:
        """Of its first door."""
        return int(self.addresses[0].rpartition(":")[2])

    async def kill(self) -> None:
        """No chance to say anything."""
        self.process.kill()
        await self.process.wait()

    async def __aexit__(self, *_: object) -> None:
        """Stop it, if it still runs."""
        if self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()


async def _all(reader: asyncio.StreamReader) -> bytes:
    found = b""
    with contextlib.suppress(OSError):
        while piece := await reader.read(64 * 1024):
            found += piece
    return found


@contextlib.asynccontextmanager
async def before_recorder(
    folder: Path,
    *,
    limits: dict[str, Any] | None = None,
    written: Table | None = None,
    more: dict[str, Any] | None = None,
    **door: Any,
) -> AsyncIterator[tuple[Outside, Recorder]]:
    """A relay before a core that writes down what it sees."""
    recorder = Recorder(folder)
    async with recorder.open():
        (folder / "table.json").write_bytes((written or table()).written())
        core = f"https://127.0.0.1:{recorder.port}"
        settings = told(folder, core, limits=limits, **door)
        settings["core"] |= more or {}
        async with Outside(settings) as outside:
            yield outside, recorder
