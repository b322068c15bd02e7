"""Our adapter on a real socket: before the mock tax office, or before a forger."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from lxml import etree

from gateway.adapters.tax.adapter import Identity, TaxAdapter
from gateway.adapters.tax.contract import Contract
from gateway.adapters.tax.mock_answers import write_reply
from gateway.carriers.bodies import AnswerLimits
from gateway.carriers.http import HTTPCarrier
from gateway.domain.identifiers import MessageKind, OfficeId, TransferId
from gateway.mockagency.faults_reading import read_fault
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from gateway.ports.agency import LegView, OutboundMessage
from gateway.ports.ids import Chance
from gateway.validation.certificates import RegisteredCertificate, SigningKey
from tests.unit.adapters.tax.counterpart import (
    NAMESPACE,
    NUMBER,
    SCHEMAS,
    START,
    Party,
    slip,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONTRACT = Contract.load(SCHEMAS)
RECEIVER = "TCT-H00-01"
OFFICE = {"id": "tax-01", "tax": {"sender": "H00.96.01", "receiver": RECEIVER}}
T = f"{{{NAMESPACE}}}"


class Counted(Chance):
    """Identifiers in order, so that what is sent can be foretold."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def identifier(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers):04d}"

    def draw(self) -> float:
        return 0.5


def signing_key(party: Party) -> SigningKey:
    return SigningKey(
        Path(party.key_path).read_bytes(), Path(party.certificate_path).read_bytes()
    )


def registered(party: Party) -> RegisteredCertificate:
    return RegisteredCertificate.from_pem(Path(party.certificate_path).read_bytes())


def message(
    signed: bytes | None, *, kind: str = "slip_new", key: str = "t_0001"
) -> OutboundMessage:
    """A transfer of the tax leg that carries a signed slip."""
    return OutboundMessage(
        transfer_id=TransferId(key),
        kind=MessageKind(kind),
        office=OfficeId("tax-01"),
        idempotency_key=key,
        references=(),
        view=LegView({}),
        signed=signed,
    )


def adapter_at(
    base: str,
    parties: dict[str, Party],
    now: Callable[[], datetime],
    *,
    office: dict[str, Any] | None = None,
) -> tuple[TaxAdapter, HTTPCarrier]:
    """The adapter of one office, and the carrier that its owner closes."""
    http = HTTPCarrier(base, limits=AnswerLimits(body_bytes=8 * 1024 * 1024))
    tax = registered(parties["tax"])
    adapter = TaxAdapter(
        office or OFFICE,
        http,
        CONTRACT,
        identity=Identity(signing_key(parties["gateway"]), lambda: [tax]),
        now=now,
        chance=Counted(),
    )
    return adapter, http


@dataclass
class Stage:
    """A mock tax office with its books, our adapter before it, and their clock."""

    mock: MockAgency
    adapter: TaxAdapter
    parties: dict[str, Party]

    def later(self, hours: float) -> None:
        self.mock.clock.set(self.mock.clock.now() + timedelta(hours=hours))

    def message(self, **changes: str) -> OutboundMessage:
        kind = "slip_replace" if changes.get("msg_type") == "11" else "slip_new"
        return message(self.parties["issuer"].sign(slip(**changes)), kind=kind)

    @property
    def effects(self) -> list[str]:
        return [line["kind"] for line in self.mock.effects.lines()]

    @property
    def arrivals(self) -> list[str]:
        return [line["kind"] for line in self.mock.arrivals.lines()]


@asynccontextmanager
async def staged(
    folder: Path,
    parties: dict[str, Party],
    *,
    scenario: str = "",
    faults: tuple[dict[str, Any], ...] = (),
    **settings: Any,
) -> AsyncIterator[Stage]:
    """A stage with ``[tax]`` keys of a scenario and planned faults."""
    if scenario:
        (folder / "one").mkdir()
        text = f'number = "{NUMBER}"\n[tax]\n{scenario}\n'
        (folder / "one" / "scenario.toml").write_text(text, "utf-8")
    told = {
        "signing_key": parties["tax"].key_path,
        "signing_certificate": parties["tax"].certificate_path,
        "issuer_certificates": [parties["issuer"].certificate_path],
        "gateway_certificate": parties["gateway"].certificate_path,
        "ma_cqt": RECEIVER,
        **settings,
    }
    mock = MockAgency(
        "tax",
        told,
        folder,
        start=START,
        scenarios=Scenarios(folder),
        faults=[read_fault({"agency": "tax", **fault}) for fault in faults],
    )
    runner, base = await serve(mock, 0)
    adapter, http = adapter_at(base, parties, mock.clock.now)
    try:
        yield Stage(mock, adapter, parties)
    finally:
        await http.close()
        await runner.cleanup()
        await mock.close()


@dataclass(frozen=True)
class Got:
    """One call as it reached a forger."""

    headers: dict[str, str]
    body: bytes

    def __getitem__(self, name: str) -> str:
        return etree.fromstring(self.body).findtext(f".//{T}{name}") or ""  # noqa: TID251

    @property
    def document(self) -> bytes:
        return base64.b64decode(self["NoiDung"])

    def inside(self, name: str) -> str:
        return etree.fromstring(self.document).findtext(f".//{T}{name}") or ""  # noqa: TID251


#: Status, headers and body of what is answered.
Told = tuple[int, dict[str, str], bytes]
XML = {"Content-Type": "text/xml; charset=utf-8"}


@dataclass
class Forger:
    """Somebody who listens where tax should be and answers as a test says."""

    adapter: TaxAdapter
    answer: Callable[[Got], Told] = lambda _got: (500, {}, b"")
    got: list[Got] = field(default_factory=list)


@asynccontextmanager
async def forged(parties: dict[str, Party]) -> AsyncIterator[Forger]:
    """A forger on a socket of its own, and our adapter before it."""
    box: list[Forger] = []

    async def handle(request: web.Request) -> web.Response:
        one = Got(dict(request.headers), await request.read())
        box[0].got.append(one)
        status, headers, body = box[0].answer(one)
        return web.Response(status=status, headers=headers, body=body)

    application = web.Application(client_max_size=8 * 1024 * 1024)
    application.router.add_post("/tct/GuiThongDiep", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    adapter, http = adapter_at(f"http://{host}:{port}", parties, lambda: START)
    box.append(Forger(adapter))
    try:
        yield box[0]
    finally:
        await http.close()
        await runner.cleanup()


def enveloped(got: Got, signed: bytes) -> Told:
    """A SOAP reply around a document, as tax would send it."""
    return 200, XML, write_reply(got["IdThongDiep"], signed, START)


ANSWER = """<DATA xmlns="urn:vn:lienthong:tct:1"><BODY><ROW Id="A1"><SYSTEM_INFO>\
<MSG_TYPE>{msg_type}</MSG_TYPE><SEQ_ID>TCT-1</SEQ_ID><SEQ_REFID>{seq_id}</SEQ_REFID>\
<ERROR_NOTE>{note}</ERROR_NOTE></SYSTEM_INFO><TRA_LOI><MA_THONGDIEP>{code}</MA_THONGDIEP>\
<ID_THONGDIEP>{id}</ID_THONGDIEP><MA_HS>{ma_hs}</MA_HS><MA_GCN>{ma_gcn}</MA_GCN>\
<SO_PHIEU>{so_phieu}</SO_PHIEU><NGAYCHUYEN>{at}</NGAYCHUYEN>\
<NGUOICHUYEN>Cán bộ thuế (giả lập)</NGUOICHUYEN><ERROR_CODE>{error}</ERROR_CODE>\
<ERROR_DESC>Ví dụ</ERROR_DESC>{result}</TRA_LOI></ROW></BODY></DATA>"""
RESULT = "<MA_KETQUA>{code}</MA_KETQUA><DIEN_GIAI>Ví dụ</DIEN_GIAI>{found}"
NOTICES = """<DS_THONGBAO><THONGBAO><SO_QUYET_DINH>1/TB</SO_QUYET_DINH>\
<NGAY_QUYET_DINH>{issued_on}</NGAY_QUYET_DINH><LOAI_NVTC>02</LOAI_NVTC>\
<TEN_TIEUMUC>Thuế thu nhập cá nhân</TEN_TIEUMUC><SO_TIEN>{amount}</SO_TIEN>\
<HAN_NOP>2026-04-11</HAN_NOP><TRANG_THAI>{state}</TRANG_THAI></THONGBAO></DS_THONGBAO>"""
TOTALS = """<NVTC><MA_CQT>TCT-H00-01</MA_CQT><NGAY_TRA>2026-03-20</NGAY_TRA>\
<NGUOI_TRA>Cán bộ thuế (giả lập)</NGUOI_TRA><TONG_PHAI_NOP>{to_pay}</TONG_PHAI_NOP>\
<TONG_MIEN_GIAM>0</TONG_MIEN_GIAM><TONG_DA_NOP>{paid}</TONG_DA_NOP>\
<TONG_CON_PNOP>{left}</TONG_CON_PNOP></NVTC>"""
FILES = """<DS_HOSO><HOSO><SO_HOSO_THUE>000001</SO_HOSO_THUE><MSG_TYPE>10</MSG_TYPE>\
<SEQ_ID>{seq_id}</SEQ_ID><NGAY_NHAN>2026-03-10 07:30:00</NGAY_NHAN></HOSO></DS_HOSO>"""


def result(code: str, found: str = "") -> str:
    """The part of an answer that an enquiry gets."""
    return RESULT.format(code=code, found=found)


def notices(**changes: str) -> str:
    usual = {"issued_on": "2026-03-12", "amount": "20000000", "state": "1"}
    return NOTICES.format_map(usual | changes)


def totals(to_pay: str, paid: str, left: str) -> str:
    return TOTALS.format(to_pay=to_pay, paid=paid, left=left)


def answering(got: Got, **changes: str) -> str:
    """An unsigned answer to a call; what is not named is as it should be."""
    usual = {
        "msg_type": got.inside("MSG_TYPE"),
        "seq_id": got.inside("SEQ_ID"),
        "code": got["MaThongDiep"],
        "id": got["IdThongDiep"],
        "ma_hs": got.inside("MA_HS"),
        "ma_gcn": got.inside("MA_GCN"),
        "so_phieu": got.inside("SO_PHIEU"),
        "at": "2026-03-10 07:30:00",
        "note": "",
        "error": "0",
        "result": "",
    }
    return ANSWER.format_map(usual | changes)
