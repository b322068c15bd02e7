"""Our adapter before a real folder; what tax puts there is packed by the document alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.adapters.tax.file import Keys, TaxFileAdapter
from gateway.carriers.exchange_folder import ExchangeFolder
from gateway.domain.report import ReportKind
from gateway.ports.agency import OutboundMessage
from gateway.ports.ids import Chance
from gateway.ports.inbox import Package, Part, PartResult
from gateway.validation.certificates import RegisteredCertificate, SigningKey
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.validation.xsd import XSDSchema
from tests.unit.adapters.tax.counterpart import Party
from tests.unit.adapters.tax_file import medium
from tests.unit.adapters.tax_file.medium import File, listing, sealed, signed, zipped

CHECK = JSONSchemaCatalogue.load(medium.ROOT / "schemas").errors
SCHEMA = XSDSchema(medium.SCHEMAS / "goi.xsd")
UNIT, TAX = "H00.LT.01", "TCT-MAU-02"
DOSSIER = "H00.96.01-260707-0001"
NOW = datetime(2026, 7, 13, 3, 0, tzinfo=UTC)
#: Vietnam time of tax's packages, an hour before.
MADE = "20260713090000"
ROAD: dict[str, Any] = {
    "id": "tax-goi",
    "tax": {"carrier": "file", "sender": UNIT, "receivers": {"tax-02": TAX}},
}


class Counted(Chance):
    """Identifiers that can be told apart."""

    def __init__(self) -> None:
        self._drawn = 0

    def identifier(self, prefix: str) -> str:
        self._drawn += 1
        return f"{prefix}_{self._drawn:04}"

    def draw(self) -> float:
        return 0.5


@dataclass
class Desk:
    """The adapter of one road, its folder, and tax on the other side."""

    folder: Path
    parties: dict[str, Party]
    now: datetime = NOW
    registered: list[str] = field(default_factory=lambda: ["tax"])
    road: dict[str, Any] = field(default_factory=lambda: ROAD)

    def __post_init__(self) -> None:
        """Bind the adapter."""
        gateway = self.parties["gateway"]
        self.adapter = TaxFileAdapter(
            self.road,
            ExchangeFolder(self.folder),
            check=CHECK,
            schema=SCHEMA,
            keys=Keys(
                SigningKey(
                    Path(gateway.key_path).read_bytes(),
                    Path(gateway.certificate_path).read_bytes(),
                ),
                lambda office: [
                    RegisteredCertificate.from_pem(
                        Path(self.parties[name].certificate_path).read_bytes()
                    )
                    for name in (self.registered if office == "tax-02" else ())
                ],
            ),
            now=lambda: self.now,
            chance=Counted(),
        )
        assert self.adapter.inbox is not None
        self.inbox = self.adapter.inbox

    # ---- out

    async def send(self, message: OutboundMessage) -> Any:
        """One attempt."""
        (answer,) = await self.adapter.submit([message], timeout_s=1.0)
        return answer

    async def ask(self, message: OutboundMessage) -> Any:
        """One enquiry."""
        return await self.adapter.enquire(message, timeout_s=1.0)

    def outgoing(self) -> dict[str, medium.Package]:
        """What lies to be carried, opened as tax opens it."""
        return {
            path.name: medium.opened_package(
                path.name,
                path.read_bytes(),
                self.parties["tax"],
                self.parties["gateway"],
            )
            for path in sorted((self.folder / "di").iterdir())
        }

    def answers(self) -> list[dict[str, Any]]:
        """Every receipt that we put down, the oldest first."""
        return [
            one
            for package in self.outgoing().values()
            for one in package.of("BIEN_NHAN")
        ]

    # ---- in

    def packed(
        self,
        files: Sequence[File],
        number: str = "TX-1",
        *,
        by: str = "tax",
        to: str = "gateway",
        **row: str,
    ) -> bytes:
        """A package of tax's."""
        told = {
            "SO_GOI": number,
            "DON_VI_GUI": TAX,
            "DON_VI_NHAN": UNIT,
            "THOI_GIAN_LAP": MADE,
            **row,
        }
        goi = signed(listing(files, **told), self.parties[by])
        entries = [("goi.xml", goi), *((file.name, file.raw) for file in files)]
        return sealed(zipped(entries), self.parties[to])

    def put(self, raw: bytes, name: str = "TX-1.p7m") -> Path:
        """Carry a file here."""
        folder = self.folder / "ve"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)
        return folder / name

    async def open(self, raw: bytes, name: str = "TX-1.p7m") -> Package:
        """Carry a file here and open it."""
        self.put(raw, name)
        return await self.inbox.open(name, await self.inbox.read(name), self.now)

    async def take(
        self, *files: File, number: str = "TX-1", code: str = "", **row: str
    ) -> Package:
        """Take a package in whose parts all end with that code, bad ones with theirs."""
        package = await self.open(
            self.packed(files, number, **row), f"{number}-{self.now:%H%M}.p7m"
        )
        results = [
            PartResult(p, p.refused.code if p.refused else code) for p in package.parts
        ]
        await package.taken(results, self.now)
        return package

    def later(self, **much: float) -> None:
        """Let time pass."""
        self.now += timedelta(**much)


def said(*rows: Any) -> bytes:
    """A JSON file of these rows."""
    return json.dumps({"DanhSach": list(rows)}, ensure_ascii=False).encode()


def receipt(number: str, code: str = "00", file: str = "00") -> File:
    """Tax's receipt for a package of ours."""
    told: dict[str, Any] = {
        "SoGoi": number,
        "ThoiGian": MADE,
        "Ma": code,
        "MoTa": "Kết quả",
    }
    if code in {"00", "01"}:
        told["KetQua"] = [{"Tep": "phieu.xml", "Ma": file, "MoTa": "Kết quả"}]
    return File("bn.json", "BIEN_NHAN", said(told))


def state(name: str, dossier: str = DOSSIER, **more: Any) -> dict[str, Any]:
    """A row of TINH_TRANG."""
    slip = {
        "SoPhieu": "0001/PCTT",
        "LoaiPhieu": "10",
        "ThoiGianNhan": "20260707090000",
        "MaBam": "0" * 64,
    }
    return {
        "MaHoSo": dossier,
        "TrangThai": name,
        "SoPhieu": "0001/PCTT",
        "DanhSachPhieu": [slip],
        **more,
    }


def paid(dossier: str = DOSSIER, amount: int = 5_000_000) -> dict[str, Any]:
    """A state in which everything is paid."""
    notice = {
        "SoQuyetDinh": "000001-01/TB",
        "NgayQuyetDinh": "10-07-2026",
        "TenTieuMuc": "Lệ phí trước bạ",
        "SoTien": str(amount),
        "HanNop": "10-08-2026",
        "TrangThai": "1",
    }
    return state(
        "DA_HOAN_THANH",
        dossier,
        TongPhaiNop=str(amount),
        TongMienGiam="0",
        TongDaNop=str(amount),
        TongConPhaiNop="0",
        DanhSachThongBao=[notice],
    )


def states(*rows: Any) -> File:
    """A file of states."""
    return File("tt.json", "TINH_TRANG", said(*rows))


def question(**changes: Any) -> dict[str, Any]:
    """A row of YEU_CAU."""
    told = {
        "MaHoSo": DOSSIER,
        "SoPhieu": "0001/PCTT",
        "SoVanBan": "12/YC-TĐTCQ",
        "NgayVanBan": "13-07-2026",
        "NoiDung": "Đề nghị làm rõ vị trí thửa đất (ví dụ).",
        "HanTraLoi": "20-07-2026",
        "LoaiYeuCau": "BO_SUNG",
    }
    return told | changes


def notices(*rows: tuple[str, str, str, str]) -> File:
    """A notice file; ``rows``: dossier, number, day, amount."""
    blocks = "".join(
        f"<ROW_LIST><MA_HSO>{dossier}</MA_HSO><LIST><MA_SO_THUE/>"
        f"<SO_QUYET_DINH>{number}</SO_QUYET_DINH>"
        f"<NGAY_QUYET_DINH>{day}</NGAY_QUYET_DINH>"
        f"<TEN_TIEUMUC>Lệ phí trước bạ</TEN_TIEUMUC><SO_TIEN>{amount}</SO_TIEN>"
        "</LIST></ROW_LIST>"
        for dossier, number, day, amount in rows
    )
    raw = f"<DATA><BODY>{blocks}</BODY></DATA>".encode()
    return File("tb.xml", "THONG_BAO_THUE", raw, "10-07-2026", "False")


def kinds(parts: Sequence[Part]) -> list[ReportKind | str]:
    """What each part says, or why it says nothing."""
    return [
        part.report.kind if part.report else part.refused.code if part.refused else ""
        for part in parts
    ]
