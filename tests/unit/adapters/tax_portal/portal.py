"""The mock portal on a real socket, a sender that calls it, and one that it calls."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from gateway.adapters.tax.mock_xml import parse
from gateway.mockagency.faults import Fault
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from tests.unit.adapters.tax.counterpart import Party, slip
from tests.unit.adapters.tax_portal.published import CODES, is_valid

VIETNAM = timezone(timedelta(hours=7))
#: Tuesday; a slip sent now is decided on Thursday 07:30 and told at 16:30.
START = datetime(2026, 7, 7, 7, 30, tzinfo=VIETNAM)
NUMBER = "H00.96.01-260707-0001"
OTHER = "H00.96.01-260707-0002"
UNIT, OFFICE = "H00.96.01", "TCT-H00-01"
KEY, CALLBACK_KEY = "khoa-cua-ben-gui", "khoa-cua-cong"


@dataclass(frozen=True)
class Told:
    """What the portal answered to a call of that service."""

    service: str
    status: int
    media_type: str
    raw: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found

    @property
    def name(self) -> str:
        """The answer's name: the first row of codes.toml that fits, as §3 says."""
        text = self.raw.decode().strip().strip('"')
        if text == "401 Unauthorized":
            return "not_authorised"
        code, words = str(self.json["error_code"]), self.json["message"].casefold()
        for row in CODES["answer"]:
            meant = not row["services"] or self.service in row["services"]
            fits = "phrase" in row and row["phrase"].casefold() in words
            if meant and fits and code in row.get("error_code", [code]):
                return str(row["name"])
        return "unknown"

    @property
    def place(self) -> str:
        return str(self.json["message"]).partition(": ")[2]

    @property
    def data(self) -> dict[str, Any]:
        assert is_valid("TraCuuNghiaVu.reply", self.json), self.json
        found: dict[str, Any] = self.json["Data"]
        return found


class Receiver:
    """A sender's side of the pushes, by §2.2 and §8 of the document alone."""

    def __init__(self) -> None:
        self.known = {NUMBER, OTHER}
        self.amounts: dict[tuple[str, str, str], list[str]] = {}
        self.pushes: list[tuple[datetime, str, dict[str, Any]]] = []
        self.raw: list[bytes] = []
        #: answers to be given before the usual ones: (status, body)
        self.next: list[tuple[int, bytes]] = []
        self.now: Callable[[], datetime] = lambda: START

    def application(self) -> web.Application:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_post("/goi-ve/{operation}", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        operation, raw = request.match_info["operation"], await request.read()
        content = json.loads(raw)
        assert is_valid(operation, content), (operation, content)
        self.pushes.append((self.now(), operation, content))
        self.raw.append(raw)
        if self.next:
            status, body = self.next.pop(0)
            return web.Response(status=status, body=body)
        if content["SecurityKey"] != CALLBACK_KEY:
            return web.Response(status=201, text="401 Unauthorized")
        reply: dict[str, Any] = {"error_code": "0", "message": "Cập nhật thành công"}
        if operation == "ThongBaoThue":
            reply["Data"] = {"KetQua": self._rows(content)}
        assert is_valid("callback-reply", reply), reply
        return web.json_response(reply, status=201)

    def _rows(self, content: Mapping[str, Any]) -> list[dict[str, str]]:
        texts = {row["code"]: row["text"] for row in CODES["row_result"]}
        is_update = content["IsUpdating"] == "True"
        results: list[dict[str, str]] = []
        for row in rows_of(content):
            code = self._row(row, is_update=is_update)
            results.append(
                {
                    "Dong": str(len(results) + 1),
                    "MA_HSO": row["MA_HSO"],
                    "SO_QUYET_DINH": row["SO_QUYET_DINH"],
                    "Ma": code,
                    "MoTa": texts[code],
                }
            )
        return results

    def _row(self, row: Mapping[str, str], *, is_update: bool) -> str:
        missing = {"MA_HSO": "15", "SO_QUYET_DINH": "13", "TEN_TIEUMUC": "16"}
        for name, code in missing.items():
            if not row[name]:
                return code
        if row["MA_HSO"] not in self.known:
            return "10"
        if not row["SO_TIEN"].isdecimal():
            return "11"
        try:
            datetime.strptime(row["NGAY_QUYET_DINH"], "%d-%m-%Y").astimezone()
        except ValueError:
            return "12"
        key = (row["MA_HSO"], row["SO_QUYET_DINH"], row["TEN_TIEUMUC"])
        seen = self.amounts.setdefault(key, [])
        if row["SO_TIEN"] in seen:
            return "01"
        if seen and not is_update:
            return "14"
        seen.append(row["SO_TIEN"])
        return "00"

    def of(self, operation: str) -> list[dict[str, Any]]:
        """Contents of that operation in order of arrival."""
        return [content for _, name, content in self.pushes if name == operation]

    def rows(self, number: str = "") -> list[tuple[str, str, str]]:
        """(number, item, amount) of every row that came, of a dossier if given."""
        return [
            (row["SO_QUYET_DINH"], row["TEN_TIEUMUC"], row["SO_TIEN"])
            for content in self.of("ThongBaoThue")
            for row in rows_of(content)
            if number in {"", row["MA_HSO"]}
        ]


def rows_of(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """Every LIST of a pushed file, with the MA_HSO above it."""
    root = parse(base64.b64decode(content["Data"]["FileThongBaoThue"]))
    return [
        {"MA_HSO": block.findtext("MA_HSO") or ""}
        | {str(cell.tag): cell.text or "" for cell in line}
        for block in root.iter("ROW_LIST")
        for line in block.iter("LIST")
    ]


@dataclass
class Portal:
    """The mock, and everybody who talks to it."""

    mock: MockAgency
    base: str
    receiver: Receiver
    parties: dict[str, Party]
    session: aiohttp.ClientSession
    sent: list[dict[str, Any]] = field(default_factory=list)
    #: what a sender leaves between two calls, so as to keep the limits of §12
    gap_s: float = 0.2

    @property
    def now(self) -> datetime:
        return self.mock.clock.now().astimezone(VIETNAM)

    async def post(self, body: bytes, service: str = "") -> Told:
        """Exactly these bytes to the portal's address."""
        address = f"{self.base}/thue/dichvu"
        async with self.session.post(address, data=io.BytesIO(body)) as answer:
            media_type = answer.headers.get("Content-Type", "")
            return Told(service, answer.status, media_type, await answer.read())

    async def call(self, service: str, data: Mapping[str, Any], **outer: Any) -> Told:
        """A call; ``outer`` changes what stands around ``Data``, None leaves it out."""
        usual = {
            "SecurityKey": KEY,
            "Service": service,
            "MaDonVi": UNIT,
            "IsUpdating": "False",
            "MaGiaoDich": f"gd-{len(self.sent) + 1}",
            "Data": dict(data),
        }
        content = {k: v for k, v in {**usual, **outer}.items() if v is not None}
        self.sent.append(content)
        told = await self.post(json.dumps(content).encode(), service)
        self.wait(self.gap_s)
        return told

    def wait(self, seconds: float) -> None:
        """Let the clock go on, without waiting for what that starts."""
        self.mock.clock.set(self.mock.clock.now() + timedelta(seconds=seconds))

    def signed(self, by: str = "issuer", **changes: str) -> bytes:
        """A signed slip; ``changes`` as in the slips of the direct road."""
        usual = {"ma_hs": NUMBER, "approved": "2026-07-07"}
        return self.parties[by].sign(slip(**{**usual, **changes}))

    def data(self, raw: bytes, kind: str = "10", **changes: Any) -> dict[str, Any]:
        """Data of GuiPhieuChuyen around a slip; None leaves a field out."""
        usual = {
            "MaHoSo": NUMBER,
            "SoPhieu": "0001/PCTT",
            "LoaiPhieu": kind,
            "MaCoQuanThue": OFFICE,
            "FilePhieuChuyen": base64.b64encode(raw).decode(),
            "DauChuyen": self.parties["gateway"].seal(raw),
        }
        return {k: v for k, v in {**usual, **changes}.items() if v is not None}

    async def send(self, number: str = NUMBER, **changes: str) -> Told:
        """A new slip."""
        raw = self.signed(ma_hs=number, **changes)
        return await self.call("GuiPhieuChuyen", self.data(raw, MaHoSo=number))

    async def send_more(
        self, kind: str, so_phieu: str, related: str | None = "0001/PCTT", **how: str
    ) -> Told:
        """A slip of kind 11, 12 or 13 about the first one."""
        told = {
            "msg_type": kind,
            "so_phieu": so_phieu,
            "seq_id": f"LAND-{so_phieu[:4]}",
        }
        raw = self.signed(**{"replaces": "LAND-1", **told, **how})
        data = self.data(raw, kind, SoPhieu=so_phieu, SoPhieuLienQuan=related)
        return await self.call("GuiPhieuChuyen", data, IsUpdating="True")

    async def ask(self, so_phieu: str = "0001/PCTT", number: str = NUMBER) -> Told:
        return await self.call("TraCuuNghiaVu", {"MaHoSo": number, "SoPhieu": so_phieu})

    async def state(self, so_phieu: str = "0001/PCTT") -> str:
        return str((await self.ask(so_phieu)).data["TrangThai"])

    async def answer(
        self, question: str, text: str = "Đã kiểm tra", **more: Any
    ) -> Told:
        data = {
            "MaHoSo": NUMBER,
            "SoPhieu": "0001/PCTT",
            "SoVanBan": question,
            "NoiDung": text,
            "DanhSachTep": [],
        }
        return await self.call("TraLoiYeuCau", {**data, **more})

    async def run(self, hours: float) -> None:
        """Let everything happen that falls within that time."""
        end = self.mock.clock.now() + timedelta(hours=hours)
        async with asyncio.timeout(30):
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

    def effects(self) -> list[tuple[str, str]]:
        lines = self.mock.effects.lines()
        return [(line["kind"], line["number"]) for line in lines]

    def arrivals(self, kind: str) -> list[dict[str, Any]]:
        """Facts of the arrivals of that kind."""
        lines = self.mock.arrivals.lines()
        return [line["facts"] for line in lines if line["kind"] == kind]


@contextlib.asynccontextmanager
async def opened(
    folder: Path,
    parties: dict[str, Party],
    *,
    scenario: str = "",
    faults: Iterable[dict[str, Any]] = (),
    **portal: Any,
) -> AsyncIterator[Portal]:
    """Mock and receiver; ``scenario``: TOML of [tax_portal] of the first dossier."""
    (folder / "scenarios" / "mot").mkdir(parents=True)
    (folder / "scenarios" / "mot" / "scenario.toml").write_text(
        f'number = "{NUMBER}"\n[tax_portal]\n{scenario}', "utf-8"
    )
    receiver = Receiver()
    hosting = web.AppRunner(receiver.application(), access_log=None)
    await hosting.setup()
    await web.TCPSite(hosting, "127.0.0.1", 0).start()
    host, port = hosting.addresses[0][:2]
    settings = {
        "signing_key": parties["tax"].key_path,
        "signing_certificate": parties["tax"].certificate_path,
        "issuer_certificates": [parties["issuer"].certificate_path],
        "gateway_certificate": parties["gateway"].certificate_path,
        "ma_cqt": OFFICE,
        "portal": {
            "security_key": KEY,
            "callback_base": f"http://{host}:{port}/goi-ve",
            "callback_key": CALLBACK_KEY,
            "senders": [UNIT],
            **portal,
        },
    }
    mock = MockAgency(
        "tax",
        settings,
        folder,
        start=START,
        scenarios=Scenarios(folder / "scenarios"),
        faults=[Fault(agency="tax", **fault) for fault in faults],
    )
    receiver.now = lambda: mock.clock.now().astimezone(VIETNAM)
    runner, base = await serve(mock, 0)
    try:
        async with aiohttp.ClientSession() as session:
            yield Portal(mock, base, receiver, parties, session)
    finally:
        await runner.cleanup()
        await mock.close()
        await hosting.cleanup()
