"""Packages on media: envelope, archive and signed list, as tax opens and makes them."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_pem_private_key,
    pkcs7,
)
from lxml import etree
from lxml.etree import _Element

from gateway.adapters.tax.mock_portal_desk import VIETNAM, moment
from gateway.adapters.tax.mock_signatures import (
    Certificate,
    Signer,
    find_signature,
    signed_row,
)
from gateway.adapters.tax.mock_xml import Refused, parse, tag

NAMESPACE = "urn:vn:lienthong:goi:1"
LIST = "goi.xml"
NOTICES = "THONG_BAO_THUE"
MIB = 1024 * 1024
MAX_PACKAGE_BYTES = 32 * MIB
MAX_UNPACKED_BYTES = 64 * MIB
MAX_FILES = 2000
MAX_LIST_BYTES = MIB
#: Of a file that is no slip; what a slip may have is checked with the slip.
MAX_FILE_BYTES = 16 * MIB
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)
_SEQUENCE = 0x30
#: How the identifier of AES-256-CBC (2.16.840.1.101.3.4.1.42) is written in DER.
_AES_256_CBC = bytes.fromhex("060960864801650304012a")
_ENCRYPTED = 0x1


class NotTaken(Exception):
    """A package that is refused whole; ``code`` as in codes.toml, [[package]]."""

    def __init__(self, code: str, *, number: str = "", sender: str = "") -> None:
        """``number``, ``sender``: as in the list, once the list is proved."""
        super().__init__(code)
        self.code = code
        self.number = number
        self.sender = sender


@dataclass(frozen=True, slots=True)
class Enclosed:
    """One file of a package, with what the list says of it."""

    name: str
    kind: str
    raw: bytes
    day: str = ""
    is_update: bool = False

    @property
    def digest(self) -> str:
        """MA_BAM."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class Package:
    """A package that was opened and proved."""

    number: str
    sender: str
    made_at: str
    files: tuple[Enclosed, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """What makes two packages the same."""
        return tuple(sorted(file.digest for file in self.files))


# ---- the envelope


def announced(head: bytes) -> int | None:
    """Length that the first bytes of DER tell; None: there are too few of them.

    Raises:
        NotTaken: it is no DER, or has no definite length.
    """
    if head[:1] not in {b"", bytes([_SEQUENCE])}:
        raise NotTaken("20")
    if len(head) < 2:
        return None
    first = head[1]
    if first < 0x80:
        return 2 + first
    count = first - 0x80
    if not 1 <= count <= 4:
        raise NotTaken("20")
    if len(head) < 2 + count:
        return None
    return 2 + count + int.from_bytes(head[2 : 2 + count], "big")


def is_whole(path: Path) -> bool:
    """Whether a file is no longer being copied.

    Raises:
        NotTaken: it is no package, or a package that is too big.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = announced(file.read(8))
    if length is None or size < length:
        return False
    if size > length:
        raise NotTaken("20")
    if size > MAX_PACKAGE_BYTES:
        raise NotTaken("21")
    return True


@lru_cache(maxsize=8)
def _private_key(pem: bytes) -> rsa.RSAPrivateKey:
    """Proving that its numbers are primes takes longer than all else at a mock's start."""
    private = load_pem_private_key(pem, None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError("an RSA key is needed")
    return private


@dataclass(frozen=True, slots=True)
class Envelopes:
    """Opens what was encrypted to tax, and encrypts to the sender."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    receiver: x509.Certificate

    @classmethod
    def load(cls, key: str, certificate: str, receiver: Certificate) -> Envelopes:
        """``key``, ``certificate``: paths of tax's own PEM files."""
        private = _private_key(Path(key).read_bytes())
        own = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
        return cls(private, own, receiver.x509)

    def opened(self, raw: bytes) -> bytes:
        """The archive; ``NotTaken`` 20 for any other kind of envelope."""
        if _AES_256_CBC not in raw:
            raise NotTaken("20")
        try:
            return pkcs7.pkcs7_decrypt_der(raw, self.certificate, self.key, [])
        except (ValueError, UnsupportedAlgorithm) as error:
            raise NotTaken("20") from error

    def sealed(self, archive: bytes) -> bytes:
        """A new envelope around an archive; no two are alike."""
        return (
            pkcs7.PKCS7EnvelopeBuilder()
            .set_data(archive)
            .add_recipient(self.receiver)
            .set_content_encryption_algorithm(algorithms.AES256)
            .encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
        )


# ---- the archive


def unpacked(archive: bytes) -> dict[str, bytes]:
    """Every entry by its name; ``NotTaken`` 21 for what no archive may have."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as entries:
            found = entries.infolist()
            if not _is_allowed(found):
                raise NotTaken("21")
            return {entry.filename: entries.read(entry) for entry in found}
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        ValueError,  # names and numbers that are none
        EOFError,
        RuntimeError,  # encrypted, or of a later ZIP, as its own header says
        OSError,
    ) as error:
        raise NotTaken("21") from error


def _is_allowed(entries: list[zipfile.ZipInfo]) -> bool:
    names = {entry.orig_filename for entry in entries}
    return (
        len(names) == len(entries) <= MAX_FILES + 1
        and all(_NAME.fullmatch(name) for name in names)
        and all(
            entry.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
            and not entry.flag_bits & _ENCRYPTED
            for entry in entries
        )
        and sum(entry.file_size for entry in entries) <= MAX_UNPACKED_BYTES
        and all(e.file_size <= MAX_LIST_BYTES for e in entries if e.filename == LIST)
    )


# ---- the list


@dataclass(frozen=True, slots=True)
class Reader:
    """Opens packages; only what the list proves is believed."""

    envelopes: Envelopes
    xsd: etree.XMLSchema
    trusted: tuple[Certificate, ...]
    own: str
    senders: frozenset[str]

    def read(self, raw: bytes, now: datetime) -> Package:
        """The package, when everything about it is right.

        Raises:
            NotTaken: the first check that fails, in the order of the layers.
        """
        files = unpacked(self.envelopes.opened(raw))
        row = self._proved(files.pop(LIST, None), now)
        number, sender = _text(row, "SO_GOI"), _text(row, "DON_VI_GUI")
        if _text(row, "DON_VI_NHAN") != self.own or sender not in self.senders:
            raise NotTaken("24", number=number, sender=sender)
        listed = row.findall(tag("TEP", NAMESPACE))
        names = [_text(entry, "TEN") for entry in listed]
        found = [_enclosed(entry, files) for entry in listed]
        if len(set(names)) < len(names) or set(names) != files.keys():
            raise NotTaken("23", number=number, sender=sender)
        enclosed = tuple(file for file in found if file is not None)
        if len(enclosed) < len(found):
            raise NotTaken("23", number=number, sender=sender)
        return Package(number, sender, _text(row, "THOI_GIAN_LAP"), enclosed)

    def _proved(self, raw: bytes | None, now: datetime) -> _Element:
        """The ROW that a registered sender signed, checked as a slip is."""
        if raw is None:
            raise NotTaken("21")
        try:
            root = parse(raw, max_bytes=MAX_LIST_BYTES)
            find_signature(root)
            if not self.xsd.validate(root):
                raise Refused("01")
            row = signed_row(root, self.trusted, now, namespace=NAMESPACE)
        except Refused as refused:
            raise NotTaken("21" if refused.code == "01" else "22") from refused
        if not _is_sound(row):
            raise NotTaken("21")
        return row


def _is_sound(row: _Element) -> bool:
    """What the schema cannot say: a real moment, and what belongs to notices alone."""
    try:
        made_at = _text(row, "THOI_GIAN_LAP")
        datetime.strptime(made_at, "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM)
    except ValueError:
        return False
    for entry in row.findall(tag("TEP", NAMESPACE)):
        extra = {_text(entry, "NGAY") != "", _text(entry, "DIEU_CHINH") != ""}
        if extra != {_text(entry, "LOAI") == NOTICES}:
            return False
    return True


def _enclosed(entry: _Element, files: dict[str, bytes]) -> Enclosed | None:
    """The file that an entry lists; None: it is missing, or another."""
    name = _text(entry, "TEN")
    if name not in files:
        return None
    file = Enclosed(
        name,
        _text(entry, "LOAI"),
        files[name],
        _text(entry, "NGAY"),
        _text(entry, "DIEU_CHINH") == "True",
    )
    said = (_text(entry, "KICH_THUOC"), _text(entry, "MA_BAM"))
    return file if said == (str(len(file.raw)), file.digest) else None


def _text(parent: _Element, name: str) -> str:
    return parent.findtext(tag(name, NAMESPACE)) or ""


# ---- the way back


@dataclass(frozen=True, slots=True)
class Writer:
    """Makes packages of tax's own: list, signature, archive."""

    signer: Signer
    own: str

    def write(
        self, receiver: str, files: Iterable[Enclosed], now: datetime
    ) -> tuple[str, bytes]:
        """Number and archive of a new package."""
        enclosed = tuple(files)
        number = self._number(receiver, enclosed, now)
        # The stubs know no default namespace.
        root = etree.Element(tag("GOI", NAMESPACE), nsmap={None: NAMESPACE})  # type: ignore[dict-item]
        row = _below(_below(root, "BODY"), "ROW")
        row.set("Id", "ROW")
        _below(row, "SO_GOI", number)
        _below(row, "DON_VI_GUI", self.own)
        _below(row, "DON_VI_NHAN", receiver)
        _below(row, "THOI_GIAN_LAP", moment(now))
        for file in enclosed:
            entry = _below(row, "TEP")
            for name, text in _told(file):
                _below(entry, name, text)
        signed = self.signer.sign(root, namespace=NAMESPACE)
        return number, _archive(signed, enclosed, now)

    def _number(self, receiver: str, files: tuple[Enclosed, ...], now: datetime) -> str:
        """Unique for ever, though the mock forgets at its end what it wrote."""
        content = " ".join([receiver, *(file.digest for file in files)])
        begin = f"{self.own}-{moment(now)}"
        digest = hashlib.sha256(content.encode()).hexdigest()
        # The same within one second is the same package: nobody can tell them apart.
        return f"{begin}-{digest[:8]}"


def _told(file: Enclosed) -> Iterator[tuple[str, str]]:
    yield "TEN", file.name
    yield "LOAI", file.kind
    yield "KICH_THUOC", str(len(file.raw))
    yield "MA_BAM", file.digest
    if file.kind == NOTICES:
        yield "NGAY", file.day
        yield "DIEU_CHINH", str(file.is_update)


def _archive(listing: bytes, files: tuple[Enclosed, ...], now: datetime) -> bytes:
    at = now.astimezone(VIETNAM)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in ((LIST, listing), *((f.name, f.raw) for f in files)):
            entry = zipfile.ZipInfo(name, at.timetuple()[:6])
            archive.writestr(entry, raw, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _below(parent: _Element, name: str, text: str | None = None) -> _Element:
    found = etree.SubElement(parent, tag(name, NAMESPACE))
    found.text = text
    return found
