"""Packages as a sender makes and opens them, by the interface document and no other code."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from lxml import etree

from gateway.adapters.tax.conformance_xml import (
    PROFILE,
    VIETNAM,
    Pair,
    Signing,
    certificate_of,
    grow,
    pair_of,
    parsed,
    signed,
)
from gateway.conforming import Trial

NAMESPACE = "urn:vn:lienthong:goi:1"
LIST = "goi.xml"
#: A sender that tax has not registered; receipts go to it all the same (§4.1).
UNKNOWN = "BEN-GUI-LA"
SLIP, ANSWER, RECEIPT = "PHIEU_CHUYEN", "TRA_LOI", "BIEN_NHAN"
QUESTION, NOTICES, STATES = "YEU_CAU", "THONG_BAO_THUE", "TINH_TRANG"
#: AES-256-CBC (2.16.840.1.101.3.4.1.42) as it is written in DER.
AES_256_CBC = bytes.fromhex("060960864801650304012a")
MOST_UNPACKED = 64 * 1024 * 1024
MOST_FILES = 2001


@dataclass(frozen=True, slots=True)
class File:
    """One file of a package; ``told``: what its entry says otherwise than it is."""

    name: str
    kind: str
    raw: bytes
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Package:
    """A package that is to be sent; ``row``: elements of its list that are others."""

    number: str
    files: Sequence[File]
    row: Mapping[str, str] = field(default_factory=dict)
    how: Signing = PROFILE
    signer: Pair | None = None
    name: str = ""
    #: of its file; empty: its number

    @property
    def file(self) -> str:
        """Its name in the folder."""
        return f"{self.name or self.number}.p7m"


def stamp(t: Trial) -> str:
    """Now, as lists and receipts have it."""
    return f"{t.now().astimezone(VIETNAM):%Y%m%d%H%M%S}"


def package(t: Trial, *files: File, **row: str) -> Package:
    """One with a number of its own."""
    return Package(f"BT-{t.identifier()}", files, row)


def listing(t: Trial, one: Package) -> bytes:
    """``goi.xml`` (§2.2), signed by the sender."""
    told = {
        "SO_GOI": one.number,
        "DON_VI_GUI": t.code("sender"),
        "DON_VI_NHAN": t.code("receiver"),
        "THOI_GIAN_LAP": stamp(t),
        **one.row,
    }
    entries = [("TEP", list(_entry(file).items())) for file in one.files]
    nsmap: Any = {None: NAMESPACE}
    root = etree.Element(f"{{{NAMESPACE}}}GOI", nsmap=nsmap)
    body = etree.SubElement(root, f"{{{NAMESPACE}}}BODY")
    row = etree.SubElement(body, f"{{{NAMESPACE}}}ROW", Id="ROW")
    grow(row, [*told.items(), *entries])
    by = one.signer or pair_of(t, "sender")
    return signed(root, by.key, replace(one.how, shown=by.der))


def _entry(file: File) -> dict[str, str]:
    return {
        "TEN": file.name,
        "LOAI": file.kind,
        "KICH_THUOC": str(len(file.raw)),
        "MA_BAM": hashlib.sha256(file.raw).hexdigest(),
        **file.told,
    }


def archive(entries: Sequence[tuple[str, bytes]]) -> bytes:
    """A ZIP of these entries, in this order."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, raw in entries:
            packed.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), raw, 8)
    return written.getvalue()


def sealed(raw: bytes, to: x509.Certificate, *, weak: bool = False) -> bytes:
    """An envelope (§2.1) that its receiver's key alone opens; ``weak``: AES-128."""
    algorithm = algorithms.AES128 if weak else algorithms.AES256
    return (
        pkcs7.PKCS7EnvelopeBuilder()
        .set_data(raw)
        .add_recipient(to)
        .set_content_encryption_algorithm(algorithm)
        .encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
    )


def entries(t: Trial, one: Package) -> list[tuple[str, bytes]]:
    """What lies in its archive."""
    return [(LIST, listing(t, one)), *((file.name, file.raw) for file in one.files)]


async def put(
    t: Trial, one: Package, inside: Sequence[tuple[str, bytes]] | None = None
) -> Package:
    """Lay a package down to be carried; ``inside``: in place of what belongs there."""
    packed = entries(t, one) if inside is None else list(inside)
    raw = sealed(archive(packed), certificate_of(t, "tax_cert"))
    await lay(t, one, raw, dict(packed))
    return one


async def lay(
    t: Trial, one: Package, raw: bytes, inside: Mapping[str, bytes] | None = None
) -> None:
    """Bytes under a package's name, whatever they are worth."""
    file = await t.shared.put("di", one.file, raw, inside)
    carried = t.memory.setdefault("carried", [])
    carried += [(one.number, file), (one.name or one.number, file)]


# ---- what comes back


@dataclass(frozen=True, slots=True)
class Opened:
    """A package of tax's; ``wrong``: what could not be read of it, and in which layer."""

    name: str
    files: Mapping[str, bytes]
    root: Any = None
    layer: str = ""
    wrong: str = ""

    def text(self, name: str) -> str:
        """An element of ROW."""
        return (
            "" if self.root is None else (self.root.findtext(f".//{{*}}{name}") or "")
        )

    @property
    def listed(self) -> Sequence[Mapping[str, str]]:
        """Its entries."""
        if self.root is None:
            return []
        return [
            {etree.QName(one).localname: one.text or "" for one in entry}
            for entry in self.root.iter("{*}TEP")
        ]

    def of(self, kind: str) -> Sequence[tuple[Mapping[str, str], bytes]]:
        """Files of a kind, as far as they are there."""
        return [
            (entry, self.files[entry["TEN"]])
            for entry in self.listed
            if entry.get("LOAI") == kind and entry.get("TEN") in self.files
        ]


def whole_length(raw: bytes) -> int | None:
    """The length that the first bytes of DER tell; None: it is no definite one."""
    if len(raw) < 2 or raw[0] != 0x30:
        return None
    if raw[1] < 0x80:
        return 2 + raw[1]
    count = raw[1] - 0x80
    if not 1 <= count <= 4 or len(raw) < 2 + count:
        return None
    return 2 + count + int.from_bytes(raw[2 : 2 + count], "big")


def opened(t: Trial, name: str, raw: bytes) -> Opened:
    """A package of tax's, opened as far as it goes."""
    if whole_length(raw) != len(raw):
        return Opened(name, {}, layer="envelope", wrong="không phải DER có độ dài đúng")
    if AES_256_CBC not in raw:
        return Opened(name, {}, layer="envelope", wrong="không phải AES-256-CBC")
    own = pair_of(t, "sender")
    try:
        packed = pkcs7.pkcs7_decrypt_der(raw, own.certificate, own.key, [])  # type: ignore[arg-type]
    except (ValueError, UnsupportedAlgorithm):
        return Opened(
            name, {}, layer="envelope", wrong="khóa của bên gửi không mở được"
        )
    try:
        files = _unpacked(packed)
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, OSError) as wrong:
        return Opened(name, {}, layer="archive", wrong=str(wrong) or "không phải ZIP")
    root = parsed(files.get(LIST, b""))
    if root is None:
        return Opened(
            name, files, layer="list", wrong="goi.xml thiếu hoặc không đọc được"
        )
    return Opened(name, files, root)


def _unpacked(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as found:
        listed = found.infolist()
        names = [one.orig_filename for one in listed]
        if len(set(names)) < len(names) or len(names) > MOST_FILES:
            raise ValueError("hai tệp cùng tên, hoặc quá nhiều tệp")
        if any("/" in name or name.startswith(".") for name in names):
            raise ValueError("tệp nằm trong thư mục")
        if sum(one.file_size for one in listed) > MOST_UNPACKED:
            raise ValueError("quá 64 MiB sau khi giải nén")
        return {one.filename: found.read(one) for one in listed}
