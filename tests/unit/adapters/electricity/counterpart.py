"""The mock company on a real socket, a sender that calls it, and one that it calls."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from gateway.mockagency.faults import Fault
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from tests.unit.adapters.electricity.published import CODES, is_valid, sample

VIETNAM = timezone(timedelta(hours=7))
#: Tuesday.
START = datetime(2026, 3, 10, 7, 30, tzinfo=VIETNAM)
NEW = "themMoi_TiepNhanYeuCau"
NUMBER = "H00.96.01-260310-0001"
OTHER = "H00.96.01-260310-0002"
KEY, CALLBACK_KEY = "khoa-cua-ben-gui", "khoa-cua-cong-ty"
PDF = b"%PDF-1.4 giay to vi du"


@dataclass(frozen=True)
class Told:
    """What the company answered to a call of that operation."""

    operation: str
    status: int
    raw: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found

    @property
    def name(self) -> str:
        """The answer's name: the first row of codes.toml that fits, as §3 says."""
        if self.status != 200:
            return next(
                (str(r["name"]) for r in CODES["answer"] if self.status in r["http"]),
                "unknown",
            )
        assert is_valid("reply", self.json), self.json
        is_success = self.json["TYPE"].casefold() in {"ok", "success"}
        words = self.json["MESSAGE"].casefold()
        for row in CODES["answer"]:
            meant = not row["operations"] or self.operation in row["operations"]
            kind = row.get("type", "OK" if is_success else "ERROR")
            repeated = row.get("repeated", self.json.get("TRUNG_HSO", "0"))
            if (
                meant
                and 200 in row["http"]
                and (kind == "OK") == is_success
                and row.get("phrase", "").casefold() in words
                and repeated == self.json.get("TRUNG_HSO", "0")
            ):
                return str(row["name"])
        return "unknown"

    @property
    def place(self) -> str:
        return str(self.json["MESSAGE"]).partition(": ")[2]


class Receiver:
    """A sender's side of the pushes, by §2.2 of the document alone."""

    def __init__(self) -> None:
        self.pushes: list[tuple[datetime, dict[str, Any]]] = []
        self.raw: list[bytes] = []
        #: answers to be given before the usual ones: (status, body)
        self.next: list[tuple[int, bytes]] = []
        self.now: Callable[[], datetime] = lambda: START

    def application(self) -> web.Application:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_post("/goi-ve/CapNhatTienDo", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        content = json.loads(raw)
        assert is_valid("CapNhatTienDo", content), content
        assert content["KHOA"] == CALLBACK_KEY
        self.pushes.append((self.now(), content))
        self.raw.append(raw)
        if self.next:
            status, body = self.next.pop(0)
            return web.Response(status=status, body=body)
        return web.json_response(sample("callback-reply.taken"))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every row that was told, in order of arrival."""
        return [row for _, content in self.pushes for row in content["TIEN_DO"]]

    @property
    def steps(self) -> list[tuple[str, str, str]]:
        """Of every row: step, obstacle, and whether it has ended."""
        return [
            (r["MA_CVIEC"], r.get("MA_TNGAI", ""), "ended" * ("NGAY_KTHUC" in r))
            for r in self.rows
        ]


@dataclass
class Company:
    """The mock, and everybody who talks to it."""

    mock: MockAgency
    base: str
    receiver: Receiver
    session: aiohttp.ClientSession
    sent: list[dict[str, Any]] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.mock.clock.now().astimezone(VIETNAM)

    async def post(self, operation: str, body: bytes) -> Told:
        """Exactly these bytes."""
        async with self.session.post(
            f"{self.base}/{operation}", data=io.BytesIO(body)
        ) as answer:
            return Told(operation, answer.status, await answer.read())

    async def call(self, operation: str, **fields: Any) -> Told:
        """A call; None leaves a field out."""
        usual = {
            "KHOA": KEY,
            "MA_GIAODICH": f"gd-{len(self.sent) + 1}",
            "MA_HOSO_DVC": NUMBER,
        }
        content = {n: v for n, v in {**usual, **fields}.items() if v is not None}
        self.sent.append(content)
        return await self.post(operation, json.dumps(content).encode())

    async def request(self, kind: str = "", **fields: Any) -> Told:
        """A new request as in the sample of that kind, without papers."""
        usual = sample(f"{NEW}.{kind}" if kind else NEW)
        usual = {**usual, "SO_HSGT": "0", "MA_HOSO_DVC": NUMBER, **fields}
        usual.pop("MA_GIAODICH", None)
        return await self.call(NEW, **usual)

    async def paper(self, content: bytes = PDF, **fields: Any) -> Told:
        usual = {
            "MA_LOAI_HSO": "DDN",
            "TEN_HSO": "Giấy đề nghị",
            "TEN_TEP": "de-nghi.pdf",
            "NOI_DUNG_TEP": base64.b64encode(content).decode(),
            "MA_BAM": hashlib.sha256(content).hexdigest(),
        }
        return await self.call("uploadHSoGTo", **{**usual, **fields})

    async def ask(self, number: str = NUMBER) -> Told:
        return await self.call("LayChiTietTienDo", MA_HOSO_DVC=number)

    async def progress(self, number: str = NUMBER) -> dict[str, Any]:
        """What an enquiry finds."""
        told = await self.ask(number)
        assert told.name == "found", told.raw
        assert is_valid("LayChiTietTienDo.reply", told.json), told.json
        return told.json

    async def rows(self, number: str = NUMBER) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.progress(number))["TIEN_DO"]
        return found

    async def run(self, hours: float) -> None:
        """Let everything happen that falls within that time."""
        end = self.mock.clock.now() + timedelta(hours=hours)
        async with asyncio.timeout(30):
            await self._stillness()
            while (upcoming := self.mock.clock.next) and upcoming <= end:
                self.mock.clock.set(upcoming)
                await self._stillness()
            self.mock.clock.set(end)
            await self._stillness()

    async def _stillness(self) -> None:
        busy = 1
        while busy:
            async with self.session.get(f"{self.base}/_control/clock") as answer:
                busy = (await answer.json())["busy"]

    def effects(self) -> list[str]:
        return [line["kind"] for line in self.mock.effects.lines()]

    def arrivals(self, kind: str) -> list[dict[str, Any]]:
        """Facts of the arrivals of that kind."""
        lines = self.mock.arrivals.lines()
        return [line["facts"] for line in lines if line["kind"] == kind]


@contextlib.asynccontextmanager
async def opened(
    folder: Path,
    *,
    scenario: str = "",
    faults: Iterable[Mapping[str, Any]] = (),
    pushes: bool = True,
    start: datetime = START,
    **settings: Any,
) -> AsyncIterator[Company]:
    """Mock and receiver; ``scenario``: TOML of [electricity] of the first dossier."""
    (folder / "scenarios" / "mot").mkdir(parents=True)
    (folder / "scenarios" / "mot" / "scenario.toml").write_text(
        f'number = "{NUMBER}"\n[electricity]\n{scenario}', "utf-8"
    )
    receiver = Receiver()
    hosting = web.AppRunner(receiver.application(), access_log=None)
    await hosting.setup()
    await web.TCPSite(hosting, "127.0.0.1", 0).start()
    host, port = hosting.addresses[0][:2]
    told = {"callback_base": f"http://{host}:{port}/goi-ve"} if pushes else {}
    mock = MockAgency(
        "electricity",
        {"key": KEY, "callback_key": CALLBACK_KEY, **told, **settings},
        folder,
        start=start,
        scenarios=Scenarios(folder / "scenarios"),
        faults=[Fault(agency="electricity", **fault) for fault in faults],
    )
    receiver.now = lambda: mock.clock.now().astimezone(VIETNAM)
    runner, base = await serve(mock, 0)
    try:
        async with aiohttp.ClientSession() as session:
            yield Company(mock, base, receiver, session)
    finally:
        await runner.cleanup()
        await mock.close()
        await hosting.cleanup()
