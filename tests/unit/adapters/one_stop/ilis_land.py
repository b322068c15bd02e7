"""What the second land dialect's document promises a caller, and nothing behind it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

ROOT = Path(__file__).parents[4]
SCHEMAS = ROOT / "schemas" / "agencies" / "land_registry_ilis"
SAMPLES = SCHEMAS / "samples"
FILE = b"%PDF-1.4 giay chung nhan gia lap"


def answer_of(name: str) -> tuple[int, dict[str, str], bytes]:
    """A sample answer: whole, or JSON that comes with 200."""
    path = SAMPLES / name
    content = path.read_bytes()
    if path.suffix == ".json":
        return 200, {"Content-Type": "application/json"}, content
    head, _, body = content.replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.decode().splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    headers.pop("Content-Length", None)
    return int(first.split()[1]), headers, body


@dataclass
class IlisLand:
    """Gives tokens and takes messages as it is told to, one answer after the other."""

    base: str = ""
    #: Answers of the token operation; the last one for good.
    token_answers: list[str] = field(default_factory=lambda: ["token.json"])
    #: Answers of the operations; the last one for good.
    answers: list[str] = field(default_factory=lambda: ["reply.accepted.json"])
    forms: list[dict[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    posted: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.posted]

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[IlisLand]:
        app = web.Application(client_max_size=96 * 1024 * 1024)
        app.router.add_post("/ilis/token", self._token)
        app.router.add_post("/ilis/{operation}", self._operation)
        app.router.add_get("/files/{name}", self._file)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.base = f"http://{host}:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _token(self, request: web.Request) -> web.Response:
        assert "Authorization" not in request.headers
        assert request.content_type == "application/x-www-form-urlencoded"
        self.forms.append({n: str(v) for n, v in (await request.post()).items()})
        status, headers, body = answer_of(_next(self.token_answers))
        if b"access_token" in body:
            told: dict[str, Any] = orjson.loads(body)
            told["access_token"] = f"ma-{len(self.forms)}"
            body = orjson.dumps(told)
        return web.Response(status=status, headers=headers, body=body)

    async def _operation(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers["Authorization"].removeprefix("Bearer "))
        self.posted.append((request.match_info["operation"], await request.read()))
        status, headers, body = answer_of(_next(self.answers))
        return web.Response(status=status, headers=headers, body=body)

    async def _file(self, request: web.Request) -> web.Response:
        assert "Authorization" not in request.headers
        return web.Response(body=FILE)


def _next(names: list[str]) -> str:
    return names.pop(0) if len(names) > 1 else names[0]
