"""Our adapter on a real socket before a portal that answers as a test says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from gateway.adapters.tax.portal import TaxPortalAdapter, Unit
from gateway.carriers.http import HTTPCarrier
from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId, TransferId
from gateway.domain.report import Reference
from gateway.ports.agency import File, InboundMessage, LegView, OutboundMessage
from gateway.ports.ids import Chance
from gateway.validation.certificates import SigningKey
from gateway.validation.json_schema import JSONSchemaCatalogue
from tests.unit.adapters.tax_portal.published import ROOT, SAMPLES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2026, 7, 20, 3, 0, tzinfo=UTC)
KEY = "khoa-thu-cua-don-vi-gui"
NUMBER = "H00.96.01-260707-0001"
OFFICE: dict[str, Any] = {
    "id": "tax-cong",
    "tax": {
        "carrier": "portal",
        "sender": "H00.96.01",
        "receivers": {"tax-01": "TCT-H00-01"},
    },
}
SLIPS = ("slip_new", "slip_replace", "slip_supplement", "slip_withdraw")
CHECK = JSONSchemaCatalogue.load(ROOT / "schemas").errors
#: Status, headers and body of an answer.
Told = tuple[int, dict[str, str], bytes]


class Fixed(Chance):
    """Always the same identifier, so that what is sent can be foretold."""

    def identifier(self, prefix: str) -> str:
        return f"{prefix}_0001"

    def draw(self) -> float:
        return 0.5


@cache
def signing_pair() -> tuple[bytes, bytes]:
    """A private key and its certificate, PEM, of the run."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway (demo)")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem, certificate.public_bytes(serialization.Encoding.PEM)


def raw_slip(name: str) -> bytes:
    """The exact bytes of a signed slip of the samples."""
    return (SAMPLES / f"{name}.xml").read_bytes()


def slip(kind: str = "slip_new", **changes: Any) -> OutboundMessage:
    """A transfer that carries the sample slip of its kind, and those before it."""
    carries = kind in SLIPS
    before = SLIPS[: SLIPS.index(kind)] if carries else ()
    told: dict[str, Any] = {
        "transfer_id": TransferId("t_0001"),
        "kind": MessageKind(kind),
        "office": OfficeId("tax-cong"),
        "idempotency_key": "t_0001",
        "references": (),
        "view": LegView({}),
        "facts": {"competent": "tax-01"},
        "signed": raw_slip(kind) if carries else None,
        "earlier": tuple(map(raw_slip, before)),
    }
    return OutboundMessage(**told | changes)


def file(name: str, content: bytes) -> File:
    """A file of an answer."""

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return File(name, name, "application/pdf", len(content), pieces)


def answer(files: Iterable[File] = (), **content: str) -> OutboundMessage:
    """A transfer with the counter's answer to tax's question."""
    usual = {
        "question": "12/YC-TĐTCQ",
        "slip": "0001/PCTT",
        "content": "Gửi kèm bản sao hợp đồng chuyển nhượng (ví dụ).",
    }
    number = Reference(AgencyId("one_stop"), "ma_ho_so", NUMBER)
    return slip(
        kind=MessageKind("question_answer"),
        references=(number,),
        view=LegView({}, tuple(files)),
        content=usual | content,
    )


def sampled(name: str) -> Told:
    """An answer as a sample of the document shows it."""
    path = SAMPLES / name
    if path.suffix == ".json":
        return 201, {"Content-Type": "application/json"}, path.read_bytes()
    head, _, body = path.read_bytes().partition(b"\n\n")
    status, *headers = head.decode().splitlines()
    pairs = (line.partition(": ") for line in headers)
    return int(status.split()[1]), {n: v for n, _, v in pairs}, body


def saying(message: str, error_code: Any = "0", **more: Any) -> Told:
    """An answer of the portal in its usual shape."""
    content = {"error_code": error_code, "message": message, **more}
    return 201, {"Content-Type": "application/json"}, json.dumps(content).encode()


@dataclass
class Portal:
    """What reached the portal, and what it answers to the next call."""

    adapter: TaxPortalAdapter
    answer: Callable[[dict[str, Any]], Told] = lambda _body: (500, {}, b"")
    got: list[dict[str, Any]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def says(self, name: str) -> None:
        """Answer as a sample from now on."""
        told = sampled(name)
        self.answer = lambda _body: told


def adapter_at(
    base: str, office: dict[str, Any] | None = None
) -> tuple[TaxPortalAdapter, HTTPCarrier]:
    """The adapter of a road, and the carrier that its owner closes."""
    http = HTTPCarrier(base)
    adapter = TaxPortalAdapter(
        office or OFFICE,
        http,
        CHECK,
        unit=Unit(KEY, SigningKey(*signing_pair())),
        now=lambda: NOW,
        chance=Fixed(),
    )
    return adapter, http


@asynccontextmanager
async def portal(office: dict[str, Any] | None = None) -> AsyncIterator[Portal]:
    """A portal on a socket of its own, and our adapter before it."""
    box: list[Portal] = []

    async def handle(request: web.Request) -> web.Response:
        raw = await request.read()
        box[0].raw.append(raw)
        box[0].got.append(json.loads(raw))
        status, headers, body = box[0].answer(box[0].got[-1])
        return web.Response(status=status, headers=headers, body=body)

    application = web.Application(client_max_size=32 * 1024 * 1024)
    application.router.add_post("/thue/dichvu", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    adapter, http = adapter_at(f"http://{host}:{port}", office)
    box.append(Portal(adapter))
    try:
        yield box[0]
    finally:
        await http.close()
        await runner.cleanup()


@asynccontextmanager
async def silent() -> AsyncIterator[tuple[TaxPortalAdapter, list[bytes]]]:
    """Somebody who takes a call and never answers."""
    heard: list[bytes] = []
    gone = asyncio.Event()

    async def listen(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while piece := await reader.read(65536):
            heard.append(piece)
        writer.close()
        gone.set()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    adapter, http = adapter_at(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        yield adapter, heard
    finally:
        await http.close()
        await gone.wait()
        server.close()


def pushed(operation: str, body: bytes, at: datetime = NOW) -> InboundMessage:
    """A call of the portal, as the callback listener hands it over."""
    return InboundMessage(OfficeId("tax-cong"), operation, body, {}, {}, at)


GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "tax_portal"
