"""A mock LGSP between a caller and an agency."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.mockagency.platform_lgsp import LGSP
from tests.unit.mockagency.platforms import Agency, Caller, Heard, agency, calling

NOON = "2026-03-10T12:00:00+07:00"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
BASIC = "Basic " + base64.b64encode(b"khoa:bi-mat").decode()
ACCESS = {
    "AccessKey": "khoa-ket-noi",
    "SecretKey": "bi-mat-ket-noi",
    "AppName": "Cổng mẫu",
    "PartnerCode": "H00.96.01",
    "PartnerCodeCus": "",
}
ACCESS_HEADER = base64.b64encode(json.dumps(ACCESS).encode()).decode()


@dataclass
class Line:
    """Caller, platform and agency."""

    caller: Caller
    agency: Agency
    token: str = ""

    async def call(
        self,
        target: str = "/dat/1.0/x",
        *,
        token: str = "",
        method: str = "POST",
        body: bytes = b"{}",
        headers: Mapping[str, str] | None = None,
        **more: str,
    ) -> Heard:
        """A call with a token; its own where none is given."""
        if not token:
            self.token = self.token or await token_of(self.caller)
        named = {name.replace("_", "-"): value for name, value in more.items()}
        proof = {"Authorization": f"Bearer {token or self.token}"}
        media = {"Content-Type": JSON}
        return await self.caller(
            method, target, {**media, **proof, **(headers or {}), **named}, body
        )

    async def names(self) -> list[str]:
        """What the platform says that it answered, token calls left out."""
        rows = await self.caller.book("answers")
        return [row["facts"]["name"] for row in rows if row["kind"] != "token"]


async def token_of(caller: Caller) -> str:
    """A token, by Basic and a form."""
    headers = {"Content-Type": FORM, "Authorization": BASIC}
    body = b"grant_type=client_credentials"
    told = await caller("POST", "/token", headers, body)
    return str(told.json["access_token"])


def settings_for(base: str, **changed: Any) -> dict[str, Any]:
    """One consumer and one service ``dat`` at ``base``; short times."""
    service: Mapping[str, Any] = {
        "name": "dat",
        "prefix": "/dat/1.0",
        "backends": [f"{base}/he-thong"],
        **changed.pop("published", {}),
    }
    return {
        "consumer": [{"key": "khoa", "secret": "bi-mat"}],
        "service": [service],
        "connect_s": 5.0,
        "wait_s": 5.0,
        **changed,
    }


@asynccontextmanager
async def line(
    tmp_path: Path, *, start: str | None = NOON, **changed: Any
) -> AsyncIterator[Line]:
    """A platform with virtual time from ``start``; settings as they are changed."""
    begins = datetime.fromisoformat(start) if start else None
    async with agency() as there:
        platform = LGSP(settings_for(there.base, **changed), tmp_path, start=begins)
        async with calling(platform) as caller:
            yield Line(caller, there)
