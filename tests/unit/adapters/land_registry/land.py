"""The adapter and the mock land system, each on a real socket, one clock for both."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema_rs
import orjson
from aiohttp import web

from gateway.adapters.land_registry.adapter import LandRegistryAdapter
from gateway.carriers.http import HTTPCarrier
from gateway.domain.errors import ReportRefused
from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId, TransferId
from gateway.domain.report import AgencyReport, Reference, ReportKind
from gateway.mockagency.faults import Fault
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from gateway.ports.agency import Answer, File, InboundMessage, LegView, OutboundMessage
from gateway.validation.json_schema import JSONSchemaCatalogue

ROOT = Path(__file__).resolve().parents[4]
SCHEMAS = ROOT / "schemas" / "agencies" / "land_registry"
VIETNAM = timezone(timedelta(hours=7))
START = datetime(2026, 3, 10, 7, 30, tzinfo=VIETNAM)
NUMBER = "H00.01-260310-0001"
OFFICE = OfficeId("land-vi-du")
SECRET = "doan-bi-mat"
TIMEOUT_S = 2.0
SLIP, PAID, EXEMPTED = 13, 15, 19

OFFICE_TABLE: dict[str, Any] = {
    "id": "land-vi-du",
    "name": "Chi nhánh văn phòng đăng ký đất đai Ví Dụ",
    "land": {"receiver": "vidu.tiepnhan", "provincial": False},
    "area": [
        {
            "commune": "90001",
            "tinh_id": 96,
            "huyen_id": 7,
            "xa_id": 31820,
            "from": date(2020, 1, 1),
            "to": date(2025, 6, 30),
        },
        {
            "commune": "90001",
            "tinh_id": 96,
            "huyen_id": 0,
            "xa_id": 31825,
            "from": date(2025, 7, 1),
        },
    ],
    "case": [
        {"code": "CN-01", "name": "Chuyển nhượng_Đăng ký biến động"},
        {"code": "DC-01", "name": "Đính chính_Đăng ký biến động"},
    ],
    "steps": {"13": "slip", "15": "paid", "19": "exempted"},
}
MOCK_SETTINGS: dict[str, Any] = {
    "users": ["vidu.tiepnhan"],
    "cases": {
        "CN-01": {"name": "Chuyển nhượng", "with_tax": "gateway"},
        "DC-01": {"name": "Đính chính", "with_tax": "none"},
    },
    "areas": [{"tinh_id": 96, "huyen_id": 0, "xa_id": 31825}],
    "callback_secret": SECRET,
    "pull_lists": False,
}
LISTS = {
    "users": [
        {"account": "motcua.vidu", "name": "Trần Thị Ví Dụ", "unit": "Một cửa ví dụ"}
    ],
    "procedures": [{"code": "1.012345", "name": "Đăng ký biến động (ví dụ)"}],
    "states": [{"code": 4, "name": "Đang xử lý"}],
}
VIEW: dict[str, Any] = {
    "number": NUMBER,
    "received_at": "2026-03-10T08:30:00+07:00",
    "due_on": "2026-03-27",
    "case": "CN-01",
    "area": {"commune": "90001", "address": "Xã Ví Dụ, tỉnh Mẫu"},
    "applicant": {
        "name": "Nguyễn Văn Ví Dụ",
        "kind": "citizen",
        "identity": {"kind": "cccd", "number": "096000000001"},
        "address": "Số 1, đường Ví Dụ, xã Ví Dụ, tỉnh Mẫu",
        "phone": "0900000001",
    },
    "parcels": [
        {
            "number": "101",
            "sheet": "12",
            "area_m2": "120,5",
            "address": "Xã Ví Dụ, tỉnh Mẫu",
        }
    ],
    "documents": [
        {
            "name": "Hợp đồng chuyển nhượng",
            "originals": 1,
            "copies": 2,
            "files": [{"name": "trang-1.pdf"}, {"name": "trang-2.pdf"}],
        },
        {"name": "Giấy chứng nhận", "originals": 1, "copies": 0},
        {
            "name": "Tờ khai",
            "originals": 1,
            "copies": 0,
            "files": [{"name": "to-khai.pdf"}],
        },
    ],
}
CONTENTS = {
    "trang-1.pdf": b"%PDF-1.4 trang mot",
    "trang-2.pdf": b"%PDF-1.4 trang hai",
    "to-khai.pdf": b"%PDF-1.4 to khai",
}


def file(
    name: str, content: bytes, *, size: int | None = None, broken: bool = False
) -> File:
    """A file in memory; ``broken``: its chunks turn out to be altered when read."""

    async def chunks() -> AsyncIterator[bytes]:
        if broken:
            raise ValueError("a chunk was altered")
        yield content

    return File(
        name=name,
        title=name,
        media_type="application/pdf",
        size_bytes=len(content) if size is None else size,
        open=chunks,
    )


FILES = tuple(file(name, content) for name, content in CONTENTS.items())


def message(kind: str = "hand_over", **changed: Any) -> OutboundMessage:
    """A message as delivery would assemble it."""
    given: dict[str, Any] = {
        "transfer_id": TransferId("t-1"),
        "kind": MessageKind(kind),
        "office": OFFICE,
        "idempotency_key": "t-1",
        "references": (Reference(AgencyId("one_stop"), "ma_ho_so", NUMBER),),
        "view": LegView(VIEW, FILES if kind == "hand_over" else ()),
        "facts": {"commune": "90001"},
        "created_at": START,
        **changed,
    }
    return OutboundMessage(**given)


def viewed(*files: File, **fields: Any) -> OutboundMessage:
    """A hand-over of a dossier with other fields; None leaves one out."""
    view = {k: v for k, v in {**VIEW, **fields}.items() if v is not None}
    return message(view=LegView(view, files or FILES))


SUPPLEMENT = message("supplement", content={"documents": []})
WRONG = message("result_wrong", content={"content": "Sai tên đệm."})
WITHDRAWAL = message("withdraw", content={"reason": "Hai bên thôi chuyển nhượng."})
HANDED = message("result_handed", facts={"handed_out_on": "2026-03-27"})
PAYMENT = message(
    "paid",
    facts={"confirmed_on": "2026-03-19"},
    content={
        "notices": [
            {"number": "0001/TB-VD", "kind": "Thuế thu nhập cá nhân"},
            {"number": "0002/TB-VD", "kind": "Lệ phí trước bạ"},
        ]
    },
)
OWED_AGAIN = message(
    "owed_again",
    content={
        "notices": [
            {
                "number": "0003/TB-VD",
                "kind": "Tiền chậm nộp",
                "amount": "45000",
                "due_on": "2026-04-22",
            }
        ]
    },
)


class Callbacks:
    """The gateway's side of the land system's calls: what it hosts, on a socket."""

    def __init__(self) -> None:
        self.operations: dict[tuple[str, str], Any] = {}
        self.reports: list[AgencyReport] = []
        self.refused: list[ReportRefused] = []
        self.arrived: list[InboundMessage] = []
        self.available = True

    def application(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/callbacks/{name}/{secret}", self._post)
        app.router.add_get("/callbacks/{name}", self._get)
        return app

    async def _post(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        operation = self.operations.get(("POST", name))
        shown = request.match_info["secret"] == SECRET
        if operation is None or operation.shown_in != "path" or not shown:
            return web.Response(status=404)
        if not self.available:
            return web.Response(status=503)
        body = await request.read()
        inbound = InboundMessage(OFFICE, name, body, {}, {}, datetime.now(UTC))
        self.arrived.append(inbound)
        try:
            self.reports += operation.read(inbound)
        except ReportRefused as refused:
            self.refused.append(refused)
            return self._http(operation.reply(refused.remedy, ok=False))
        return self._http(operation.reply("Đã ghi nhận", ok=True))

    async def _get(self, request: web.Request) -> web.Response:
        operation = self.operations.get(("GET", request.match_info["name"]))
        if operation is None or operation.shown_in != "query:SecurityCode":
            return web.Response(status=404)
        if request.query.get("SecurityCode") != SECRET:
            return web.Response(status=404)
        return self._http(operation.catalogue(LISTS))

    @staticmethod
    def _http(reply: Any) -> web.Response:
        headers = {"Content-Type": reply.media_type}
        return web.Response(status=reply.status, body=reply.body, headers=headers)


class Land:
    """Both sides of one land office."""

    def __init__(
        self,
        mock: MockAgency,
        adapter: LandRegistryAdapter,
        callbacks: Callbacks,
        base: str,
        callback_base: str,
    ) -> None:
        self.mock = mock
        self.adapter = adapter
        self.callbacks = callbacks
        self.base = base
        self.callback_base = callback_base

    async def submit(
        self, sent: OutboundMessage | None = None, timeout_s: float = TIMEOUT_S
    ) -> Answer:
        (answer,) = await self.adapter.submit([sent or message()], timeout_s=timeout_s)
        return answer

    async def run(self, hours: float = 24 * 60) -> None:
        """Let everything happen that the office does within that time."""
        end = self.mock.clock.now() + timedelta(hours=hours)
        async with aiohttp.ClientSession() as session, asyncio.timeout(30):
            while (upcoming := self.mock.clock.next) and upcoming <= end:
                self.mock.clock.set(upcoming)
                await self._stillness(session)
            self.mock.clock.set(end)
            await self._stillness(session)

    async def _stillness(self, session: aiohttp.ClientSession) -> None:
        busy = 1
        while busy:
            async with session.get(f"{self.base}/_control/clock") as answer:
                busy = (await answer.json())["busy"]

    def effects(self) -> list[str]:
        return [line["kind"] for line in self.mock.effects.lines()]

    def arrivals(self) -> list[str]:
        """Calls that reached the mock's own operations."""
        lines = self.mock.arrivals.lines()
        return [x["kind"] for x in lines if not x["kind"].startswith("callback")]

    @property
    def reports(self) -> list[AgencyReport]:
        return self.callbacks.reports

    def kinds(self) -> list[ReportKind]:
        return [report.kind for report in self.reports]


def check() -> Callable[[str, Any], tuple[Any, ...]]:
    """The compiled schemas of the land system."""
    return JSONSchemaCatalogue.load(SCHEMAS).errors


@contextlib.asynccontextmanager
async def opened(
    folder: Path,
    settings: dict[str, Any],
    *,
    faults: Iterable[dict[str, Any]] = (),
    steps: str = "",
) -> AsyncIterator[Land]:
    """Mock, callbacks and adapter; ``steps``: TOML of the dossier's scenario."""
    (folder / "scenarios" / "mot").mkdir(parents=True)
    (folder / "scenarios" / "mot" / "scenario.toml").write_text(
        f'number = "{NUMBER}"\n{steps}', "utf-8"
    )
    callbacks = Callbacks()
    hosting = web.AppRunner(callbacks.application(), access_log=None)
    await hosting.setup()
    await web.TCPSite(hosting, "127.0.0.1", 0).start()
    host, port = hosting.addresses[0][:2]
    callback_base = f"http://{host}:{port}/callbacks"
    mock = MockAgency(
        "land_registry",
        {**settings, "callback_base": callback_base},
        folder,
        start=START,
        scenarios=Scenarios(folder / "scenarios"),
        faults=[Fault(agency="land_registry", **fault) for fault in faults],
    )
    runner, base = await serve(mock, 0)
    carrier = HTTPCarrier(base)
    adapter = LandRegistryAdapter(OFFICE_TABLE, carrier, check(), now=lambda: START)
    callbacks.operations = {(o.method, o.name): o for o in adapter.hosted}
    try:
        yield Land(mock, adapter, callbacks, base, callback_base)
    finally:
        await carrier.close()
        await runner.cleanup()
        await mock.close()
        await hosting.cleanup()


def assert_valid(name: str, content: Any) -> None:
    """Hold a value against a schema without the adapter's own check."""
    schema = orjson.loads((SCHEMAS / f"{name}.json").read_bytes())
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert [e.message for e in validator.iter_errors(content)] == []
