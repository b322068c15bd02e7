"""Our adapter on a real socket before a company that answers as a test says."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from gateway.adapters.electricity.adapter import ElectricityAdapter
from gateway.adapters.electricity.codes import read
from gateway.carriers.http import HTTPCarrier
from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId, TransferId
from gateway.domain.report import Reference
from gateway.ports.agency import File, LegView, OutboundMessage
from gateway.ports.ids import Chance
from gateway.validation.json_schema import JSONSchemaCatalogue
from tests.unit.adapters.electricity.published import ROOT, SAMPLES, SCHEMAS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2026, 3, 20, 3, 0, tzinfo=UTC)
KEY = "khoa-cua-ben-gui"
NUMBER = "H00.96.01-260310-0001"
GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "electricity"
OFFICE: dict[str, Any] = {
    "id": "dien-luc-thu",
    "electricity": {"papers": {"Giấy đề nghị": "DDN"}},
    "area": [
        {
            "commune": "99101",
            "unit": "PX9901",
            "id_dia_chinh": "99001",
            "from": "2025-07-01",
        }
    ],
}
CHECK = JSONSchemaCatalogue.load(ROOT / "schemas").errors
CODES = read(SCHEMAS / "codes.toml", {})
VIEW: dict[str, Any] = {
    "case": "new_low_voltage",
    "received_at": "2026-03-10T07:45:00+07:00",
    "area": {"address": "Số 1, đường Ví Dụ, xã Ví Dụ, tỉnh Mẫu"},
    "applicant": {
        "name": "Nguyễn Văn Ví Dụ",
        "phone": "0900000001",
        "identity": {"kind": "cccd", "number": "096090000001"},
    },
    "electricity": {"phases": 1, "household": True},
}
#: Status, headers and body of an answer.
Told = tuple[int, dict[str, str], bytes]


class Fixed(Chance):
    """Always the same identifier, so that what is sent can be foretold."""

    def identifier(self, prefix: str) -> str:
        return f"{prefix}_0001"

    def draw(self) -> float:
        return 0.5


def file(
    content: bytes, name: str = "de-nghi.pdf", title: str = "Giấy đề nghị"
) -> File:
    """A paper; nobody noted its hash."""

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return File(name, title, "application/pdf", len(content), pieces)


def message(kind: str = "hand_over", *files: File, **changes: Any) -> OutboundMessage:
    """A transfer to the company; ``view`` in the changes replaces fields of the dossier."""
    view = {**VIEW, **changes.pop("view", {})}
    told: dict[str, Any] = {
        "transfer_id": TransferId("t_0001"),
        "kind": MessageKind(kind),
        "office": OfficeId("dien-luc-thu"),
        "idempotency_key": "t_0001",
        "references": (Reference(AgencyId("one_stop"), "ma_ho_so", NUMBER),),
        "view": LegView(view, files),
        "facts": {"commune": "99101"},
    }
    return OutboundMessage(**told | changes)


def sampled(name: str) -> Told:
    """An answer as a sample of the document shows it."""
    path = SAMPLES / name
    if path.suffix == ".json":
        return 200, {"Content-Type": "application/json"}, path.read_bytes()
    head, _, body = path.read_bytes().partition(b"\n\n")
    status, *headers = head.decode().splitlines()
    pairs = (line.partition(": ") for line in headers)
    return int(status.split()[1]), {n: v for n, _, v in pairs}, body


def saying(text: str, kind: str = "OK", **more: Any) -> Told:
    """An answer of the company in its usual shape."""
    content = {"TYPE": kind, "MESSAGE": text, **more}
    return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


TAKEN = saying("Tiếp nhận thành công", MA_YCAU_KNAI="990026031000001")


@dataclass
class Company:
    """What reached the company, and what it answers to each call."""

    adapter: ElectricityAdapter
    answer: Callable[[str, dict[str, Any]], Told] = lambda _name, _body: TAKEN
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def says(self, *told: Told, then: Told = TAKEN) -> None:
        """Answers of the next calls, one after the other; after them ``then``."""
        left = list(told)
        self.answer = lambda _name, _body: left.pop(0) if left else then

    @property
    def called(self) -> list[str]:
        """Operations in the order in which they were called."""
        return [name for name, _ in self.got]


@asynccontextmanager
async def company(office: dict[str, Any] | None = None) -> AsyncIterator[Company]:
    """A company on a socket of its own, and our adapter before it."""
    box: list[Company] = []

    async def handle(request: web.Request) -> web.Response:
        name, content = request.match_info["name"], await request.json()
        box[0].got.append((name, content))
        status, headers, body = box[0].answer(name, content)
        return web.Response(status=status, headers=headers, body=body)

    application = web.Application(client_max_size=32 * 1024 * 1024)
    application.router.add_post("/{name}", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    http = HTTPCarrier(f"http://{host}:{port}")
    given = {**OFFICE, **(office or {})}
    adapter = ElectricityAdapter(
        given,
        http,
        CHECK,
        codes=read(SCHEMAS / "codes.toml", given),
        key=KEY,
        now=lambda: NOW,
        chance=Fixed(),
    )
    box.append(Company(adapter))
    try:
        yield box[0]
    finally:
        await http.close()
        await runner.cleanup()
