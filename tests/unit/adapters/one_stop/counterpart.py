"""Both sides on real sockets: the mock one-stop with its books, and a gateway's API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web

from gateway.adapters.one_stop.adapter import OneStopAdapter
from gateway.carriers.http import HTTPCarrier
from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId, TransferId
from gateway.domain.report import Reference
from gateway.mockagency.faults import Fault
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from gateway.ports.agency import Answer, File, LegView, OutboundMessage

ROOT = Path(__file__).parents[4]
SCHEMAS = ROOT / "schemas"
SAMPLES = SCHEMAS / "agencies" / "one_stop" / "samples"
START = datetime(2026, 3, 10, 7, 30, tzinfo=timezone(timedelta(hours=7)))
NUMBER = "H00.01-260310-0001"
SECRET = "khoa-vi-du-khong-dung-that"
FACTS: dict[str, Any] = {
    "dossier_id": "d-0001",
    "sequence": 1,
    "portal_code": 4,
    "portal_text": "đang xử lý",
    "pause": "",
    "places": [
        {
            "agency": "land_registry",
            "office": "land-mau-1",
            "office_name": "Văn phòng đăng ký đất đai – Chi nhánh Mẫu",
            "place": "agency",
            "since": "2026-03-10T01:00:00+00:00",
        }
    ],
    "due_on": "2026-03-27",
    "due_reason": "theo giấy tiếp nhận",
    "round": 1,
    "revision": 1,
    "end": "",
    "procedure": "1.012345",
    "sentence": "Hồ sơ đang ở: Văn phòng đăng ký đất đai – Chi nhánh Mẫu.",
}


def sample(name: str) -> Any:
    """The content of a sample file of the interface."""
    return json.loads((SAMPLES / name).read_text("utf-8"))


def message(
    identifier: str = "t-0001", *, files: tuple[File, ...] = (), **facts: Any
) -> OutboundMessage:
    """A status transfer as delivery hands it over."""
    return OutboundMessage(
        transfer_id=TransferId(identifier),
        kind=MessageKind("status"),
        office=OfficeId("one-stop-mau"),
        idempotency_key=identifier,
        references=(
            Reference(AgencyId("one_stop"), "ma_ho_so", NUMBER),
            Reference(AgencyId("land_registry"), "so_bien_nhan", "26-0001/BN"),
        ),
        view=LegView({}, files),
        facts={**FACTS, **facts},
        created_at=datetime(2026, 3, 10, 1, 0, tzinfo=UTC),
    )


def result(content: bytes, identifier: str = "a-0001") -> File:
    """A result file of a finished dossier."""

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    return File(
        name="Giấy chứng nhận.pdf",
        title=identifier,
        media_type="application/octet-stream",
        size_bytes=len(content),
        open=chunks,
    )


@dataclass
class Call:
    """One call that the gateway's API received."""

    at: datetime
    method: str
    path: str
    key: str
    token: str
    body: Any


@dataclass
class GatewayAPI:
    """Stands where the gateway's API stands; answers what it is told to."""

    answer: Callable[[Call], tuple[int, Mapping[str, Any]]] = lambda _: (202, {})
    calls: list[Call] = field(default_factory=list)
    now: Callable[[], datetime] = lambda: START
    base: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        text = await request.text()
        call = Call(
            self.now(),
            request.method,
            request.path,
            request.headers.get("Idempotency-Key", ""),
            request.headers.get("Authorization", ""),
            json.loads(text) if text else None,
        )
        self.calls.append(call)
        status, body = self.answer(call)
        return web.json_response(body, status=status)

    @property
    def made(self) -> list[tuple[float, str, str]]:
        """Hours since the start, method and last part of the path."""
        return [
            (
                (call.at - START).total_seconds() / 3600,
                call.method,
                call.path.rpartition("/")[2],
            )
            for call in self.calls
        ]


@dataclass
class Stage:
    """A mock one-stop, a gateway's API, and an adapter between them."""

    mock: MockAgency
    base: str
    gateway: GatewayAPI
    adapter: OneStopAdapter
    session: ClientSession

    async def tell(self, identifier: str = "t-0001", **facts: Any) -> Answer:
        """Send one status."""
        answers = await self.adapter.submit(
            [message(identifier, **facts)], timeout_s=5.0
        )
        assert len(answers) == 1
        return answers[0]

    async def post(
        self, body: bytes, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Post raw bytes to the mock; status and problem code."""
        async with self.session.post(
            f"{self.base}/status", data=body, headers=dict(headers or {})
        ) as answer:
            text = await answer.text()
            return answer.status, json.loads(text)["code"] if "code" in text else ""

    async def run(self, hours: float = 24 * 60) -> None:
        """Let virtual time pass until nothing is left to do, or that long."""
        clock = self.mock.clock
        end = clock.now() + timedelta(hours=hours)
        while True:
            if clock._tasks:
                await asyncio.gather(*clock._tasks)
                continue
            if clock.next is None or clock.next > end:
                break
            clock.set(clock.next)
        clock.set(end)

    @property
    def told(self) -> list[tuple[int, str, int]]:
        """Portal code, pause and sequence of every event that took effect."""
        return [
            (
                line["facts"]["portal_code"],
                line["facts"]["pause"],
                line["facts"]["sequence"],
            )
            for line in self.mock.effects.lines()
        ]

    def arrivals(self, kind: str) -> list[dict[str, Any]]:
        """Facts of the arrivals of one kind."""
        lines = self.mock.arrivals.lines()
        return [line["facts"] for line in lines if line["kind"] == kind]


def scenario_folder(folder: Path, text: str) -> Path:
    """A folder with one dossier's scenario."""
    path = folder / "scenarios" / "01"
    path.mkdir(parents=True)
    (path / "scenario.toml").write_text(f'number = "{NUMBER}"\n{text}', "utf-8")
    return path.parent


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    scenario: str = "",
    faults: tuple[Fault, ...] = (),
    office: Mapping[str, Any] | None = None,
    secrets: tuple[str, ...] = (SECRET,),
    now: Callable[[], datetime] | None = None,
    **settings: Any,
) -> AsyncIterator[Stage]:
    """Everything started; closed at the end."""
    gateway = GatewayAPI()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", gateway.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    gateway.base = f"http://{host}:{port}"
    mock = MockAgency(
        "one_stop",
        {
            "gateway_base": gateway.base,
            "token": "ma-truy-cap-vi-du",
            "webhook_secret": SECRET,
            **settings,
        },
        folder,
        start=START,
        scenarios=Scenarios(scenario_folder(folder, scenario) if scenario else None),
        faults=list(faults),
    )
    gateway.now = mock.clock.now
    served, base = await serve(mock, 0)
    carrier = HTTPCarrier(base)
    adapter = OneStopAdapter(
        office or {}, carrier, secrets=secrets, now=now or mock.clock.now
    )
    try:
        async with ClientSession() as session:
            yield Stage(mock, base, gateway, adapter, session)
    finally:
        await carrier.close()
        await served.cleanup()
        await mock.close()
        await runner.cleanup()
