"""One mock agency on a real socket, and a caller of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from gateway.mockagency.faults import Fault
from gateway.mockagency.journal import Journal
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from tests.unit.mockagency.platforms import Heard
from tests.unit.mockagency.published import ROOT

SAMPLES = ROOT / "schemas/agencies"
START = datetime.fromisoformat("2026-03-10T07:30:00+07:00")
KEY, CALLBACK_KEY = "khoa-cua-ben-gui", "khoa-cua-cong-ty"
SUBMIT = "/themMoi_TiepNhanYeuCau"
NUMBER = "H00.96.01-260310-0001"


@dataclass
class Mock:
    """A mock, where it listens, and who calls it."""

    agency: MockAgency
    base: str
    session: aiohttp.ClientSession

    async def __call__(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Heard:
        async with self.session.request(
            method, f"{self.base}{target}", data=body or None, headers=headers or {}
        ) as answer:
            return Heard(answer.status, answer.headers, await answer.read())

    async def submit(self, **changed: Any) -> Heard:
        """Hand the electricity company the sample of its document, with changes."""
        body = {**sample("electricity", "themMoi_TiepNhanYeuCau"), "KHOA": KEY}
        body = {k: v for k, v in {**body, **changed}.items() if v is not None}
        headers = {"Content-Type": "application/json"}
        return await self("POST", SUBMIT, json.dumps(body).encode(), headers)

    async def journal(self, query: str = "") -> list[dict[str, Any]]:
        """What its journal shows, newest first."""
        found = (await self("GET", f"/_control/journal{query}")).json
        exchanges: list[dict[str, Any]] = found["exchanges"]
        return exchanges


@asynccontextmanager
async def opened(
    folder: Path,
    agency: str = "electricity",
    settings: Mapping[str, Any] | None = None,
    *,
    faults: Sequence[Fault] = (),
    start: datetime | None = START,
    journal: Journal | None = None,
) -> AsyncIterator[Mock]:
    """A mock with settings of its own; the usual ones of the electricity company."""
    mock = MockAgency(
        agency,
        {"key": KEY} if settings is None else dict(settings),
        folder,
        start=start,
        scenarios=Scenarios(None),
        faults=list(faults),
    )
    if journal is not None:
        mock.keep_journal(journal)
    runner, base = await serve(mock, 0)
    try:
        async with aiohttp.ClientSession() as session:
            yield Mock(mock, base, session)
    finally:
        await runner.cleanup()
        await mock.close()


def sample(agency: str, name: str) -> dict[str, Any]:
    """One sample that ships beside an agency's document."""
    text = (SAMPLES / agency / "samples" / f"{name}.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
