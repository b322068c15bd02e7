"""Providers of single sign-on: the real one in Node, and one that lies as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import aiohttp
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

ROOT = Path(__file__).resolve().parents[1]
CLIENT, SECRET = "lien-thong", "bi-mat-cua-cong-lien-thong-o-he-thong-chung"
BACK = "/console/dang-nhap/chung/ve"
Json = dict[str, Any]


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "alg": "RS256", "use": "sig"})


@dataclass
class Provider:
    """``oidc-provider`` in a process of its own."""

    port: int
    page: str
    people: dict[str, Json]
    key: RSAKey = field(default_factory=lambda: new_key("k1"))
    process: asyncio.subprocess.Process | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        folder = await asyncio.to_thread(_installed)
        shutil.copy(ROOT / "tests" / "oidc" / "provider.mjs", folder)
        client = {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uris": [self.page + BACK],
            "post_logout_redirect_uris": [self.page + "/console/dang-nhap"],
        }
        given = {
            "port": self.port,
            "clients": [client],
            "keys": [self.key.as_dict(private=True)],
            "people": self.people,
        }
        self.process = process = await asyncio.create_subprocess_exec(
            "node",
            str(folder / "provider.mjs"),
            json.dumps(given),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            assert process.stdout is not None
            while b"ready" not in (line := await process.stdout.readline()):
                assert line, "the provider has ended"
            yield
        finally:
            await self.stop()

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


def _installed() -> Path:
    script = ROOT / "scripts" / "oidc_provider.sh"
    done = subprocess.run(
        ["sh", str(script)], check=True, capture_output=True, text=True
    )
    return Path(done.stdout.strip())


@dataclass
class Elsewhere:
    """The same browser at the provider: signs in as whom it is told."""

    jar: aiohttp.CookieJar = field(
        default_factory=lambda: aiohttp.CookieJar(unsafe=True)
    )

    async def through(self, url: str, name: str, page: str) -> str:
        """Where the provider sends it back to, query included."""
        async with aiohttp.ClientSession(cookie_jar=self.jar) as session:
            for _ in range(12):
                async with session.get(url, allow_redirects=False) as answer:
                    text, status = await answer.text(), answer.status
                    where = answer.headers.get("Location", "")
                if status == 200:
                    (form,) = re.findall(r'<form[^>]*action="([^"]+)"', text)[:1]
                    async with session.post(
                        urljoin(url, html.unescape(form)),
                        data={"prompt": "login", "login": name, "password": "x"},
                        allow_redirects=False,
                    ) as answer:
                        where = answer.headers["Location"]
                assert where, text
                url = urljoin(url, where)
                if url.startswith(page):
                    return url.removeprefix(page)
        raise AssertionError("the provider never sends it back")


@dataclass
class Liar:
    """A provider that answers well but for what ``changed`` and ``signer`` say."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: new_key("k1"))
    published: list[RSAKey] = field(default_factory=list)
    signer: Any = None
    #: makes the token of header and claims; None: as is right
    changed: Json = field(default_factory=dict)
    said: Json = field(default_factory=dict)
    nonce: str = ""
    asked: list[Json] = field(default_factory=list)
    key_calls: int = 0
    now: float = 0.0

    @contextlib.asynccontextmanager
    async def running(self, port: int) -> AsyncIterator[None]:
        self.issuer = f"http://127.0.0.1:{port}"
        self.published = self.published or [self.key]
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._discovery)
        app.router.add_get("/keys", self._keys)
        app.router.add_post("/token", self._token)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def _discovery(self, _: web.Request) -> web.Response:
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return web.json_response({**said, **self.said})

    async def _keys(self, _: web.Request) -> web.Response:
        self.key_calls += 1
        return web.json_response(KeySet([*self.published]).as_dict(private=False))

    async def _token(self, request: web.Request) -> web.Response:
        self.asked.append(dict(await request.post()))
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "nguoi-1",
            "name": "Phạm Văn Thử",
            "groups": ["van-hanh"],
            "iat": int(self.now),
            "exp": int(self.now) + 300,
            "nonce": self.nonce,
            **self.changed,
        }
        claims = {k: v for k, v in claims.items() if v is not None}
        header = {"alg": "RS256", "kid": self.key.kid}
        sign = self.signer or (lambda h, c: jwt.encode(h, c, self.key))
        return web.json_response(
            {"id_token": sign(header, claims), "token_type": "Bearer"}
        )


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))
