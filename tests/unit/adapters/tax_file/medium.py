"""The mock tax office and a shared folder, and a sender that packs by the document alone."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import tomllib
import zipfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema_rs
from cryptography import x509
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from lxml import etree

from gateway.adapters.tax.mock_signatures import Certificate, Signer, signed_row
from gateway.adapters.tax.mock_xml import parse
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from tests.unit.adapters.tax.counterpart import Party, slip

ROOT = Path(__file__).resolve().parents[4]
SCHEMAS = ROOT / "schemas" / "agencies" / "tax_file"
SAMPLES = SCHEMAS / "samples"
VIETNAM = timezone(timedelta(hours=7))
#: Tuesday; tax reads at 09:00 and decides about a slip of then on Thursday at 09:00.
START = datetime(2026, 7, 7, 7, 30, tzinfo=VIETNAM)
NUMBER = "H00.96.01-260707-0001"
OTHER = "H00.96.01-260707-0002"
UNIT, OFFICE = "H00.LT.01", "TCT-H00-01"
GOI = "urn:vn:lienthong:goi:1"
CODES = tomllib.loads((SCHEMAS / "codes.toml").read_text("utf-8"))
#: (table, code) → text
WORDS = {(kind, row["code"]): row["text"] for kind in CODES for row in CODES[kind]}
SCHEMA_OF = {
    "BIEN_NHAN": "BienNhan",
    "YEU_CAU": "YeuCau",
    "TINH_TRANG": "TinhTrang",
    "TRA_LOI": "TraLoi",
}


@cache
def goi_xsd() -> etree.XMLSchema:
    return etree.XMLSchema(file=str(SCHEMAS / "goi.xsd"))


@cache
def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for(
        json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    )


def is_valid(kind: str, content: object) -> bool:
    """Whether what a file of that kind says is as its schema wants it."""
    return bool(_validator(SCHEMA_OF[kind]).is_valid(content))


# ---------------------------------------------------------------- to pack and to open


@dataclass(frozen=True)
class File:
    """One file of a package, and what the list says of it."""

    name: str
    kind: str
    raw: bytes
    day: str = ""
    is_update: str = ""

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


def listing(files: Iterable[File], **row: str) -> str:
    """An unsigned ``goi.xml``; ``row``: SO_GOI and so on."""
    entries = ""
    for file in files:
        told = {
            "TEN": file.name,
            "LOAI": file.kind,
            "KICH_THUOC": str(len(file.raw)),
            "MA_BAM": file.digest,
            "NGAY": file.day,
            "DIEU_CHINH": file.is_update,
        }
        cells = "".join(
            f"<{name}>{text}</{name}>" for name, text in told.items() if text
        )
        entries += f"<TEP>{cells}</TEP>"
    outer = "".join(f"<{name}>{text}</{name}>" for name, text in row.items())
    return f'<GOI xmlns="{GOI}"><BODY><ROW Id="ROW">{outer}{entries}</ROW></BODY></GOI>'


def signed(document: str, by: Party) -> bytes:
    root = etree.fromstring(document.encode())  # noqa: TID251  our own text
    return Signer.load(by.key_path, by.certificate_path).sign(root, namespace=GOI)


def zipped(entries: Iterable[tuple[str, bytes]]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in entries:
            archive.writestr(name, raw)
    return written.getvalue()


def certificate(party: Party) -> x509.Certificate:
    return x509.load_pem_x509_certificate(Path(party.certificate_path).read_bytes())


def sealed(archive: bytes, to: Party, *, cipher: Any = algorithms.AES256) -> bytes:
    return (
        pkcs7.PKCS7EnvelopeBuilder()
        .set_data(archive)
        .add_recipient(certificate(to))
        .set_content_encryption_algorithm(cipher)
        .encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
    )


@dataclass(frozen=True)
class Package:
    """A package of either side, opened and held against every rule of the document."""

    name: str
    raw: bytes
    goi: bytes
    row: Mapping[str, str]
    files: tuple[File, ...]

    @property
    def number(self) -> str:
        return self.row["SO_GOI"]

    @property
    def kinds(self) -> list[str]:
        return [file.kind for file in self.files]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Every element of DanhSach of the files of that kind."""
        files = [file for file in self.files if file.kind == kind]
        return [one for file in files for one in file.json["DanhSach"]]

    @property
    def receipts(self) -> list[tuple[str, str]]:
        """Number and code of each receipt."""
        return [(one["SoGoi"], one["Ma"]) for one in self.of("BIEN_NHAN")]

    @property
    def codes(self) -> list[str]:
        """Codes of the files in all receipts."""
        receipts = self.of("BIEN_NHAN")
        return [file["Ma"] for one in receipts for file in one.get("KetQua", ())]

    @property
    def states(self) -> list[tuple[str, str]]:
        """Dossier and state."""
        return [(one["MaHoSo"], one["TrangThai"]) for one in self.of("TINH_TRANG")]

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Dossier, number and amount of every row of the notice files."""
        return [
            (
                block.findtext("MA_HSO") or "",
                line.findtext("SO_QUYET_DINH") or "",
                line.findtext("SO_TIEN") or "",
            )
            for file in self.files
            if file.kind == "THONG_BAO_THUE"
            for block in parse(file.raw).iter("ROW_LIST")
            for line in block.iter("LIST")
        ]


def opened_package(name: str, raw: bytes, receiver: Party, sender: Party) -> Package:
    """What is inside, by §2 of the document."""
    archive = pkcs7.pkcs7_decrypt_der(raw, certificate(receiver), receiver.private, [])
    with zipfile.ZipFile(io.BytesIO(archive)) as entries:
        found = {entry: entries.read(entry) for entry in entries.namelist()}
        assert len(found) == len(entries.infolist())
    goi = found.pop("goi.xml")
    root = parse(goi)
    assert goi_xsd().validate(root), goi_xsd().error_log
    trusted = [Certificate.load(sender.certificate_path)]
    row = signed_row(root, trusted, START, namespace=GOI)
    files = tuple(_listed(entry, found) for entry in row.findall(f"{{{GOI}}}TEP"))
    assert [file.name for file in files] == list(found)
    told = {etree.QName(one).localname: one.text or "" for one in row}
    return Package(name, raw, goi, told, files)


def _listed(entry: Any, found: Mapping[str, bytes]) -> File:
    told = {etree.QName(cell).localname: cell.text or "" for cell in entry}
    raw = found[told["TEN"]]
    file = File(
        told["TEN"],
        told["LOAI"],
        raw,
        told.get("NGAY", ""),
        told.get("DIEU_CHINH", ""),
    )
    assert (told["KICH_THUOC"], told["MA_BAM"]) == (str(len(raw)), file.digest)
    is_notice = file.kind == "THONG_BAO_THUE"
    assert bool(file.day and file.is_update) == is_notice
    assert file.kind not in SCHEMA_OF or is_valid(file.kind, file.json), told
    if file.kind == "BIEN_NHAN":
        for one in file.json["DanhSach"]:
            assert one["MoTa"] == WORDS["package", one["Ma"]]
            for result in one.get("KetQua", ()):
                assert result["MoTa"] == WORDS["file", result["Ma"]]
    return file


# ---------------------------------------------------------------- both ends of the road


@dataclass
class Road:
    """The mock, the shared folder, and a sender."""

    mock: MockAgency
    base: str
    folder: Path
    parties: dict[str, Party]
    session: aiohttp.ClientSession
    seen: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.mock.clock.now().astimezone(VIETNAM)

    # ---- what the sender makes

    def slip(self, by: str = "issuer", **changes: str) -> File:
        """A signed slip; ``changes`` as in the slips of the direct road."""
        usual = {"ma_hs": NUMBER, "approved": "2026-07-07"}
        raw = self.parties[by].sign(slip(**{**usual, **changes}))
        return File("phieu.xml", "PHIEU_CHUYEN", raw)

    def more(self, kind: str, so_phieu: str, **changes: str) -> File:
        """A slip of kind 11, 12 or 13 about the first one."""
        told = {
            "msg_type": kind,
            "so_phieu": so_phieu,
            "seq_id": f"LAND-{so_phieu[:4]}",
        }
        return self.slip(**{"replaces": "LAND-1", **told, **changes})

    def answer(self, question: str, text: str = "Đã kiểm tra", **more: Any) -> File:
        told = {
            "MaHoSo": NUMBER,
            "SoPhieu": "0001/PCTT",
            "SoVanBan": question,
            "NoiDung": text,
            "DanhSachTep": [],
        }
        raw = json.dumps({**told, **more}, ensure_ascii=False).encode()
        return File("tra_loi.json", "TRA_LOI", raw)

    def receipt(self, number: str, *rows: tuple[str, str]) -> File:
        """A receipt for a package of tax; ``rows``: dossier and code."""
        lines = [
            {"Dong": str(i), "MaHoSo": dossier, "Ma": code, "MoTa": "Kết quả"}
            for i, (dossier, code) in enumerate(rows, start=1)
        ]
        result = {"Tep": "tb.xml", "Ma": "00", "MoTa": "Đã nhận", "Dong": lines}
        told = {
            "SoGoi": number,
            "ThoiGian": f"{self.now:%Y%m%d%H%M%S}",
            "Ma": "00",
            "MoTa": "Đã nhận gói",
            "KetQua": [result],
        }
        raw = json.dumps({"DanhSach": [told]}, ensure_ascii=False).encode()
        assert is_valid("BIEN_NHAN", json.loads(raw))
        return File("bien_nhan.json", "BIEN_NHAN", raw)

    def goi(
        self,
        files: Iterable[File],
        number: str = "LT-1",
        by: str = "gateway",
        **row: str,
    ) -> bytes:
        """A signed ``goi.xml``."""
        usual = {
            "SO_GOI": number,
            "DON_VI_GUI": UNIT,
            "DON_VI_NHAN": OFFICE,
            "THOI_GIAN_LAP": f"{self.now:%Y%m%d%H%M%S}",
        }
        return signed(listing(files, **{**usual, **row}), self.parties[by])

    def packed(self, files: Sequence[File], number: str = "LT-1", **how: str) -> bytes:
        """A package to tax; ``how``: as ``goi``."""
        goi = self.goi(files, number, **how)
        entries = [("goi.xml", goi), *((file.name, file.raw) for file in files)]
        return sealed(zipped(entries), self.parties["tax"])

    def put(self, raw: bytes, name: str = "LT-1.p7m") -> Path:
        """Put bytes down for sending."""
        path = self.folder / "di" / name
        path.write_bytes(raw)
        return path

    def send(self, *files: File, number: str = "LT-1", **how: str) -> Path:
        """Put a package down; the files get names of their own."""
        named = [
            replace(file, name=f"{i}-{file.name}") for i, file in enumerate(files, 1)
        ]
        return self.put(self.packed(named, number, **how), f"{number}.p7m")

    def empty(self) -> None:
        """The sender takes everything away that it had put down."""
        for path in (self.folder / "di").iterdir():
            path.unlink()

    # ---- what comes back

    def back(self) -> list[Package]:
        """The packages that were put down since the last time, in order."""
        names = [facts["tep"] for facts in self.arrivals("package_out")]
        fresh = names[len(self.seen) :]
        self.seen = names
        assert {path.name for path in (self.folder / "ve").iterdir()} == set(names)
        return [self.opened(name) for name in fresh]

    def opened(self, name: str) -> Package:
        raw = (self.folder / "ve" / name).read_bytes()
        found = opened_package(name, raw, self.parties["gateway"], self.parties["tax"])
        assert found.row["DON_VI_GUI"] == OFFICE
        return found

    # ---- time and books

    async def run(self, hours: float) -> list[Package]:
        """Let everything happen that falls within that time; what came back."""
        end = self.mock.clock.now() + timedelta(hours=hours)
        await self._stillness()
        async with asyncio.timeout(30):
            while (upcoming := self.mock.clock.next) and upcoming <= end:
                self.mock.clock.set(upcoming)
                await self._stillness()
            self.mock.clock.set(end)
            await self._stillness()
        return self.back()

    async def read(self) -> Package:
        """Have tax read at once: the one package that it puts down."""
        await self.post()
        (package,) = self.back()
        return package

    async def post(self) -> dict[str, Any]:
        """Have tax read at once; what it says about it."""
        async with self.session.post(f"{self.base}/tct/doc-goi") as answer:
            assert answer.status == 200
            found: dict[str, Any] = await answer.json()
            return found

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

    def codes(self) -> list[str]:
        """How each package that was read was booked."""
        return [facts["code"] for facts in self.arrivals("package")]


@contextlib.asynccontextmanager
async def opened_road(
    folder: Path,
    parties: dict[str, Party],
    *,
    scenario: str = "",
    **package: Any,
) -> AsyncIterator[Road]:
    """Mock and folder; ``scenario``: TOML of [tax_file] of the first dossier."""
    (folder / "scenarios" / "mot").mkdir(parents=True)
    (folder / "scenarios" / "mot" / "scenario.toml").write_text(
        f'number = "{NUMBER}"\n[tax_file]\n{scenario}', "utf-8"
    )
    shared = folder / "trao-doi"
    settings = {
        "signing_key": parties["tax"].key_path,
        "signing_certificate": parties["tax"].certificate_path,
        "issuer_certificates": [parties["issuer"].certificate_path],
        "gateway_certificate": parties["gateway"].certificate_path,
        "ma_cqt": OFFICE,
        "package": {
            "folder": str(shared),
            "sender_certificates": [parties["gateway"].certificate_path],
            "senders": [UNIT],
            **package,
        },
    }
    mock = MockAgency(
        "tax",
        settings,
        folder,
        start=START,
        scenarios=Scenarios(folder / "scenarios"),
        faults=[],
    )
    runner, base = await serve(mock, 0)
    try:
        async with aiohttp.ClientSession() as session:
            yield Road(mock, base, shared, parties, session)
    finally:
        await runner.cleanup()
        await mock.close()
