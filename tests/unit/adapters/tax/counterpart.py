"""A land office and a gateway that talk to the mock tax office over its wire format."""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from lxml.etree import _Element

from gateway.adapters.tax.mock import create
from gateway.adapters.tax.mock_signatures import (
    Certificate,
    Signer,
    load_all,
    signed_row,
)

ROOT = Path(__file__).resolve().parents[4]
SCHEMAS = ROOT / "schemas" / "agencies" / "tax"
SAMPLES = SCHEMAS / "samples"
NAMESPACE = "urn:vn:lienthong:tct:1"
START = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
NUMBER = "H00.96.01-260310-0001"

SLIP = """<?xml version="1.0" encoding="UTF-8"?>
<DATA xmlns="urn:vn:lienthong:tct:1"><BODY><ROW Id="{id}">
<SYSTEM_INFO><MSG_TYPE>{msg_type}</MSG_TYPE><SEQ_ID>{seq_id}</SEQ_ID>\
<SEQ_REFID>{replaces}</SEQ_REFID><ERROR_NOTE></ERROR_NOTE></SYSTEM_INFO>
<TT_CHUNG><MA_HS>{ma_hs}</MA_HS><MA_GCN>{ma_gcn}</MA_GCN><SO_PHIEU>{so_phieu}</SO_PHIEU>\
<NGAY_DUYET>{approved}</NGAY_DUYET><NGUOI_DUYET>Lê Văn Duyệt Thử</NGUOI_DUYET>\
<LOAI_DENGHI>02</LOAI_DENGHI><LOAI_HOSO>1</LOAI_HOSO><DK_GHINO_NVTC>0</DK_GHINO_NVTC></TT_CHUNG>
<TT_NSD><VAI_TRO>2</VAI_TRO><LOAI_NSD>1</LOAI_NSD><HO_TEN>{name}</HO_TEN></TT_NSD>
<TT_THUADAT><SO_TO>5</SO_TO><SO_THUA>123</SO_THUA><MA_XA>31999</MA_XA>\
<DIEN_TICH>{area}</DIEN_TICH></TT_THUADAT>
{transfer}</ROW></BODY></DATA>"""
TRANSFER = "<TT_CHUYENNHUONG><HINH_THUC>1</HINH_THUC><GIA_TRI>{price}</GIA_TRI></TT_CHUYENNHUONG>"
ENQUIRY = """<DATA xmlns="urn:vn:lienthong:tct:1"><BODY><ROW Id="Q1"><SYSTEM_INFO>\
<MSG_TYPE>{msg_type}</MSG_TYPE><SEQ_ID>Q-1</SEQ_ID><SEQ_REFID/><ERROR_NOTE/></SYSTEM_INFO>\
<TRUY_VAN><MA_HS>{ma_hs}</MA_HS><MA_GCN>{ma_gcn}</MA_GCN><SO_PHIEU>{so_phieu}</SO_PHIEU>\
{notice}<NGAY_TRUYVAN>2026-03-10 07:30:00</NGAY_TRUYVAN></TRUY_VAN></ROW></BODY></DATA>"""
ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>\
<GuiThongDiep xmlns="urn:vn:lienthong:tct:1"><MaDonViGui>H00</MaDonViGui>\
<MaDonViNhan>{receiver}</MaDonViNhan><IdThongDiep>{id}</IdThongDiep>\
<ThoiGian>2026-03-10T07:30:00+07:00</ThoiGian><MaThongDiep>{code}</MaThongDiep>\
<NoiDung>{content}</NoiDung><DauChuyen>{seal}</DauChuyen></GuiThongDiep>\
</e:Body></e:Envelope>"""
CODES = {"14": "TCT_TVTBT", "15": "TCT_TVTBT", "16": "TCT_TVNVTC", "17": "TCT_TVHSSC"}


@dataclass(frozen=True)
class Party:
    """Somebody with a key: an issuer, the gateway, the tax office, a stranger."""

    key_path: str
    certificate_path: str
    private: rsa.RSAPrivateKey

    @classmethod
    def create(
        cls, folder: Path, name: str, *, until: datetime | None = None
    ) -> "Party":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} (demo)")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(until or datetime(2040, 1, 1, tzinfo=UTC))
            .sign(key, hashes.SHA256())
        )
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (folder / f"{name}.key.pem").write_bytes(pem)
        certificate_pem = certificate.public_bytes(serialization.Encoding.PEM)
        (folder / f"{name}.pem").write_bytes(certificate_pem)
        return cls(str(folder / f"{name}.key.pem"), str(folder / f"{name}.pem"), key)

    @property
    def certificate(self) -> Certificate:
        return Certificate.load(self.certificate_path)

    def sign(self, document: str) -> bytes:
        """The document with this party's signature."""
        root = etree.fromstring(document.encode())  # noqa: TID251  our own text
        return Signer.load(self.key_path, self.certificate_path).sign(root)

    def seal(self, content: bytes, **header: str) -> str:
        """A transport seal over exactly these bytes."""
        head = json.dumps(
            {"alg": "RS256", "kid": self.certificate.kid, **header}
        ).encode()
        signed = b".".join(map(_base64url, (head, content)))
        signature = self.private.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return f"{_base64url(head).decode()}..{_base64url(signature).decode()}"


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def slip(**changes: str) -> str:
    """An unsigned slip; what is not named is usual."""
    usual = {
        "id": "R1",
        "msg_type": "10",
        "seq_id": "LAND-1",
        "replaces": "",
        "ma_hs": NUMBER,
        "ma_gcn": "CB 000001",
        "so_phieu": "0001/PCTT",
        "approved": "2026-03-10",
        "name": "Nguyễn Văn Ví Dụ",
        "area": "120.5",
        "price": "1000000000",
        "transfer": TRANSFER,
    } | changes
    return SLIP.format_map(usual | {"transfer": usual["transfer"].format_map(usual)})


@dataclass
class Wire:
    """One HTTP request, as the server would hand it over."""

    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass
class TaxOffice:
    """The mock with a clock that tests move, and its two books."""

    settings: dict[str, Any]
    scenarios: dict[str, dict[str, Any]] = field(default_factory=dict)
    time: datetime = START
    arrivals: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    effects: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    def shows(self, title: str, kept: Any, words: Any = None) -> None:
        """Nobody looks."""

    def worked(self, number: str, begun: datetime, hours: float) -> datetime:
        return begun + timedelta(hours=hours)

    def scenario(self, number: str) -> Mapping[str, Any]:
        return self.scenarios.get(number, {})

    def arrived(self, kind: str, number: str, **facts: str | int | bool) -> None:
        self.arrivals.append((kind, number, facts))

    def effect(self, kind: str, number: str, **facts: str | int | bool) -> None:
        self.effects.append((kind, number, facts))

    def later(self, hours: float) -> None:
        self.time += timedelta(hours=hours)


@dataclass
class Answer:
    """What the tax office said, read from the signed part alone."""

    raw: bytes
    row: _Element

    def __getitem__(self, name: str) -> str:
        return self.row.findtext(f".//{{{NAMESPACE}}}{name}") or ""

    def all(self, name: str) -> list[str]:
        return [e.text or "" for e in self.row.iter(f"{{{NAMESPACE}}}{name}")]


@dataclass
class Counterpart:
    """Land office and gateway in one, in front of a mock tax office."""

    office: TaxOffice
    issuer: Party
    gateway: Party
    tax: Party
    stranger: Party
    routes: dict[
        tuple[str, str], Callable[[Any], Awaitable[tuple[int, str, bytes]]]
    ] = field(default_factory=dict)

    def open(self) -> "Counterpart":
        """Start the mock with the settings as they are now."""
        self.routes = {(method, path): h for method, path, h in create(self.office)}
        return self

    def envelope(
        self,
        content: bytes,
        code: str = "TCT_GPC",
        *,
        seal: str | None = None,
        receiver: str = "TCT-H00-01",
    ) -> bytes:
        """The SOAP body of a call around exactly these bytes."""
        return ENVELOPE.format(
            receiver=receiver,
            id="m-1",
            code=code,
            content=base64.b64encode(content).decode(),
            seal=seal if seal is not None else self.gateway.seal(content),
        ).encode()

    async def post(self, body: bytes) -> tuple[int, str, bytes]:
        return await self.routes["POST", "/tct/GuiThongDiep"](Wire(body))

    async def send(self, content: bytes, code: str = "TCT_GPC", **how: str) -> Answer:
        """Send a document; the answer's signature is checked before it is read."""
        status, _, body = await self.post(self.envelope(content, code, **how))
        assert status == 200, body
        encoded = etree.fromstring(body).findtext(f".//{{{NAMESPACE}}}NoiDung")  # noqa: TID251
        raw = base64.b64decode(encoded or "")
        root = etree.fromstring(raw)  # noqa: TID251
        assert etree.XMLSchema(file=str(SCHEMAS / "tct.xsd")).validate(root)
        trusted = load_all(self.tax.certificate_path)
        return Answer(raw, signed_row(root, trusted, self.office.time))

    async def send_slip(self, **changes: str) -> Answer:
        return await self.send(self.issuer.sign(slip(**changes)))

    async def ask(
        self,
        msg_type: str,
        so_phieu: str = "0001/PCTT",
        ma_gcn: str = "CB 000001",
        notice: str = "",
    ) -> Answer:
        """Enquire about a slip by its three numbers."""
        extra = f"<SO_QUYET_DINH>{notice}</SO_QUYET_DINH>" if notice else ""
        document = ENQUIRY.format(
            msg_type=msg_type,
            ma_hs=NUMBER,
            ma_gcn=ma_gcn,
            so_phieu=so_phieu,
            notice=extra,
        )
        return await self.send(self.gateway.sign(document), CODES[msg_type])
