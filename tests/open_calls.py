"""A system of an office that calls the open interface, as a test steers it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import re
import threading
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.world import Answered, World, a_dossier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.world import Json

FETCHES, PUSHED = "pccc-mau-1", "pccc-mau-2"
PDF = b"%PDF-1.4 ket qua"
WITH_FIRE = {"procedure": "1.999009", "certificate": {"serial": "MM 000551"}}
LAND_IS_SILENT = {"step": [{"on": "never", "send": "ChuyenHoSo"}]}


def nobody_comes(config: Path) -> None:
    """No mock speaks for the offices of the fire brigade: the test does."""
    path = config / "agencies" / "fire.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('mock = "open"', 'mock = ""'), "utf-8")


def at_any_hour(config: Path) -> None:
    """The same, and messages are laid ready whatever the hour is."""
    nobody_comes(config)
    path = config / "agencies" / "fire.toml"
    text = re.sub(r"(?m)^(\[\[office.hours]]|from = .*|to = .*)$", "", path.read_text())
    path.write_text(text, "utf-8")


def the_world(
    folder: Path, *numbers: str, configure: Callable[[Path], None] = nobody_comes
) -> World:
    """Land offices that take dossiers and say nothing, a brigade that is the test."""
    world = World(folder / "run", configure=configure)
    for number in numbers:
        world.scenario(number, land_registry=LAND_IS_SILENT)
    return world


def with_fire(number: str, **changed: Any) -> Json:
    """A dossier that a brigade has to say something to."""
    return a_dossier(number, **{**WITH_FIRE, **changed})


class System:
    """One office's system."""

    def __init__(self, world: World, office: str = FETCHES) -> None:
        self._world = world
        self.office = office
        self.base = f"{world.stage.url('agencies')}/open/v1"
        self.key = world.stage.secrets.value(f"{office}.open")

    async def call(
        self,
        operation: str,
        body: Mapping[str, Any] | bytes | None = None,
        *,
        key: str | None = None,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """One call; ``key``: another than its own, empty: none."""
        shown = self.key if key is None else key
        sent = {"Content-Type": "application/json", **(headers or {})}
        if shown:
            sent["Authorization"] = f"Bearer {shown}"
        exact = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                method,
                f"{self.base}/{operation}",
                data=io.BytesIO(exact),
                headers=sent,
            ) as answer,
        ):
            text = await answer.read()
            found = json.loads(text) if text[:1] == b"{" else {}
            return Answered(answer.status, found, dict(answer.headers), text)

    async def fetched(self, **asked: Any) -> list[Json]:
        """What lies ready for it."""
        answered = await self.call("fetch", asked)
        assert answered.status == 200, answered.body
        found: list[Json] = answered.body["transfers"]
        return found

    async def until_fetched(self, number: str = "") -> list[Json]:
        """What lies ready, once something does (of a dossier); asks no faster than it may."""
        async with asyncio.timeout(30):
            while True:
                answered = await self.call("fetch", {})
                found: list[Json] = answered.body.get("transfers", [])
                if any(number in one["dossier"] for one in found):
                    return found
                await asyncio.to_thread(threading.Event().wait, 0.1)

    async def only(self) -> Json:
        """The one transfer that lies ready."""
        (one,) = await self.fetched()
        return one

    async def acknowledge(self, *ids: str) -> list[str]:
        """What became of each."""
        answered = await self.call("acknowledge", {"ids": list(ids)})
        assert answered.status == 200, answered.body
        return [row["result"] for row in answered.body["results"]]

    async def report(self, kind: str, report_id: str, **said: Any) -> Answered:
        """Report something of now."""
        return await self.call("report", self.said(kind, report_id, **said))

    def said(self, kind: str, report_id: str, **said: Any) -> Json:
        """The body of a report."""
        at = self._world.now().astimezone().isoformat()
        return {"kind": kind, "report_id": report_id, "event_at": at, **said}

    async def upload(self, content: bytes, **fields: str) -> Answered:
        """Hand a file in before its report; ``fields``: parts before it."""
        form = aiohttp.FormData()
        for name, value in fields.items():
            form.add_field(name, value)
        form.add_field("file", io.BytesIO(content), filename="ket-qua.pdf")
        headers = {} if "key" in fields else {"Authorization": f"Bearer {self.key}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.base}/upload", data=form, headers=headers) as answer,
        ):
            text = await answer.read()
            return Answered(answer.status, json.loads(text), dict(answer.headers), text)


def inline(content: bytes = PDF, **more: str) -> Json:
    """A file that comes with a report."""
    return {
        "name": "ket-qua.pdf",
        "media_type": "application/pdf",
        "content": base64.b64encode(content).decode(),
        "sha256": hashlib.sha256(content).hexdigest(),
        **more,
    }
