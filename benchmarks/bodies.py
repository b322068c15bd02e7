"""The two POST bodies of the floors: recorded from the gateway, then numbered anew."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import orjson
from aiohttp import web

from benchmarks.dossiers import number_of
from gateway.adapters.one_stop.mapping import Signer, sealed

MAX_BODY_BYTES = 64 * 1024 * 1024


@dataclass
class Recorder:
    """Passes calls on to mock agencies and keeps what they said."""

    bodies: dict[str, bytes] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    _runners: list[web.AppRunner] = field(default_factory=list)

    async def stand_before(self, agency: str, address: str) -> None:
        """Listen in the place of one mock agency."""

        async def handle(request: web.Request) -> web.Response:
            body = await request.read()
            self.bodies[agency] = body
            async with (
                aiohttp.ClientSession() as session,
                session.post(
                    address + request.path, data=body, headers=request.headers
                ) as answer,
            ):
                return web.Response(
                    status=answer.status,
                    body=await answer.read(),
                    headers={"Content-Type": "application/json"},
                )

        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post("/{path:.*}", handle)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._runners.append(runner)
        host, port = runner.addresses[0][:2]
        self.addresses[agency] = f"http://{host}:{port}"

    async def close(self) -> None:
        """Stop listening."""
        for runner in self._runners:
            await runner.cleanup()


@dataclass(frozen=True)
class Prepared:
    """What a floor sends for one dossier."""

    number: str
    land: bytes
    status: bytes
    headers: dict[str, str]


def prepare(
    path: Path, recorded: dict[str, bytes], secret: str, indices: range, model: int
) -> None:
    """Write the bodies of all dossiers, made from those of the dossier ``model``."""
    land = recorded["land_registry"]
    event = orjson.loads(
        base64.b64decode(orjson.loads(recorded["one_stop"])["payload"])
    )
    signer, now = Signer([secret]), datetime.now(UTC)
    old = number_of(model).encode()
    with path.open("wb") as file:
        for index in indices:
            number = number_of(index)
            told = {
                **orjson.loads(orjson.dumps(event).replace(old, number.encode())),
                "id": f"t_{index:026d}",
                "dossier_id": f"d_{index:026d}",
            }
            status, headers = sealed(told, signer, now=now)
            file.write(
                b"\n".join(
                    (
                        number.encode(),
                        land.replace(old, number.encode()),
                        status,
                        orjson.dumps(headers),
                        b"",
                    )
                )
            )


def load(path: Path) -> list[Prepared]:
    """Everything that was prepared, in order."""
    lines = path.read_bytes().splitlines()
    rows = (lines[i : i + 4] for i in range(0, len(lines), 4))
    return [
        Prepared(number.decode(), land, status, orjson.loads(headers))
        for number, land, status, headers in rows
    ]
