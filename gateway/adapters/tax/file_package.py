"""Packages on media: made for tax, and opened when they come back; pure.

Envelope, archive, signed list of files (docs/agencies/tax_file.md, section 2). What
stands in the list is believed only once its signature and every file hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from lxml import etree

from gateway.adapters.tax.contract import FormRefused, open_signed
from gateway.adapters.tax.mapping import VIETNAM
from gateway.adapters.tax.portal_reading import moment
from gateway.carriers import envelope
from gateway.disk import archives
from gateway.validation.certificates import RegisteredCertificate, SigningKey
from gateway.validation.xml import Limits, XMLRefused
from gateway.validation.xml_signature import SignatureRefused, SignedShape, sign
from gateway.validation.xsd import XSDSchema

NAMESPACE: Final = "urn:vn:lienthong:goi:1"
LIST: Final = "goi.xml"
#: Limits of section 2.1.
MAX_PACKAGE_BYTES: Final = 32 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 64 * 1024 * 1024
MAX_FILES: Final = 2000
MAX_LIST_BYTES: Final = 1024 * 1024
MAX_FILE_BYTES: Final = 16 * 1024 * 1024
SHAPE: Final = SignedShape(
    NAMESPACE, limits=Limits(document_bytes=MAX_LIST_BYTES, depth=16)
)
_T = f"{{{NAMESPACE}}}"


class FileKind(StrEnum):
    """LOAI of a file (section 3)."""

    SLIP = "PHIEU_CHUYEN"
    ANSWER = "TRA_LOI"
    RECEIPT = "BIEN_NHAN"
    QUESTIONS = "YEU_CAU"
    NOTICES = "THONG_BAO_THUE"
    STATES = "TINH_TRANG"


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One file of a package; ``day`` and ``adjusts`` are those of a notice file."""

    name: str
    kind: FileKind
    content: bytes
    day: str = ""
    adjusts: bool = False

    @property
    def digest(self) -> str:
        """MA_BAM."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Opened:
    """A package that is proved to be its sender's, whole."""

    number: str
    sender: str
    receiver: str
    made_at: datetime
    #: aware UTC
    files: tuple[PackedFile, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """What makes it this package, whenever and however it was packed."""
        return tuple(sorted(file.digest for file in self.files))


class PackageRefused(ValueError):
    """Nothing of a package is taken; ``code`` is of section 4.1.

    ``number``, ``sender``: of the package, empty where they are not proved.
    """

    def __init__(
        self, code: str, number: str = "", sender: str = "", *, detail: str = ""
    ) -> None:
        """Keep them beside the message."""
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.number = number
        self.sender = sender


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom we believe and who we are: keys of one exchange."""

    own: SigningKey
    #: signs what we make, opens what is sealed for us
    theirs: Sequence[RegisteredCertificate]
    #: registered certificates of tax, the newest first


def made(
    number: str,
    files: Sequence[PackedFile],
    *,
    sender: str,
    receiver: str,
    at: datetime,
    trust: Trust,
) -> bytes:
    """A package, sealed for the newest registered certificate of its receiver."""
    listed = sign(
        _list(number, files, sender, receiver, at), key=trust.own, shape=SHAPE
    )
    content = archives.packed(
        {LIST: listed, **{file.name: file.content for file in files}}
    )
    return envelope.sealed(content, [trust.theirs[0].der])


def _list(
    number: str, files: Iterable[PackedFile], sender: str, receiver: str, at: datetime
) -> bytes:
    # The stubs know no default namespace.
    root = etree.Element(f"{_T}GOI", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    row = etree.SubElement(etree.SubElement(root, f"{_T}BODY"), f"{_T}ROW")
    row.set("Id", "ROW")
    for name, value in (
        ("SO_GOI", number),
        ("DON_VI_GUI", sender),
        ("DON_VI_NHAN", receiver),
        ("THOI_GIAN_LAP", written(at)),
    ):
        etree.SubElement(row, f"{_T}{name}").text = value
    for file in files:
        entry = etree.SubElement(row, f"{_T}TEP")
        for name, value in (
            ("TEN", file.name),
            ("LOAI", file.kind.value),
            ("KICH_THUOC", str(len(file.content))),
            ("MA_BAM", file.digest),
        ):
            etree.SubElement(entry, f"{_T}{name}").text = value
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def written(at: datetime) -> str:
    """A moment as ``yyyyMMddHHmmss`` in Vietnam time."""
    return at.astimezone(VIETNAM).strftime("%Y%m%d%H%M%S")


def opened(
    raw: bytes,
    *,
    trust: Trust,
    schema: XSDSchema,
    at: datetime,
    receiver: str,
    senders: frozenset[str],
) -> Opened:
    """What a package holds; ``receiver``: who we are, ``senders``: who may write.

    Raises:
        PackageRefused: with the code of the first of section 7.1 that fails.
    """
    if len(raw) > MAX_PACKAGE_BYTES:
        raise PackageRefused("21", detail="too large")
    try:
        pair = (trust.own.certificate.der, trust.own.private_key)
        content = envelope.opened(raw, [pair])
    except envelope.EnvelopeRefused:
        raise PackageRefused("20") from None
    found = _unpacked(content)
    told, files = _listed(found, trust, schema, at)
    number, sender = told["SO_GOI"], told["DON_VI_GUI"]
    if told["DON_VI_NHAN"] != receiver or sender not in senders:
        raise PackageRefused("24", number, sender)
    made_at = moment(told["THOI_GIAN_LAP"])
    if made_at is None:
        raise PackageRefused("21", detail="THOI_GIAN_LAP")
    try:
        return Opened(number, sender, receiver, made_at, _proved(files, found))
    except _FileDiffers:
        raise PackageRefused("23", number, sender) from None


def _unpacked(content: bytes) -> dict[str, bytes]:
    try:
        found = archives.unpacked(
            content, max_files=MAX_FILES + 1, max_bytes=MAX_UNPACKED_BYTES
        )
    except archives.ArchiveRefused as refused:
        raise PackageRefused("21", detail=refused.code) from None
    if LIST not in found:
        raise PackageRefused("21", detail=LIST)
    return found


def _listed(
    found: dict[str, bytes],
    trust: Trust,
    schema: XSDSchema,
    at: datetime,
) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The list as it is signed: what it says of the package, and of each file."""
    try:
        proved = open_signed(
            found.pop(LIST),
            certificates=trust.theirs,
            at=at,
            schema=schema,
            shape=SHAPE,
        )
    except SignatureRefused as refused:
        raise PackageRefused("22", detail=refused.code) from None
    except (XMLRefused, FormRefused) as refused:
        raise PackageRefused("21", detail=refused.code) from None
    entries = proved.row.findall(f"{_T}TEP")
    return _texts(proved.row), [_texts(entry) for entry in entries]


def _texts(element: etree._Element) -> dict[str, str]:
    return {
        etree.QName(child).localname: child.text or ""
        for child in element.iterchildren("*")
    }


class _FileDiffers(ValueError):
    """A file is not there, not as it is listed, or not listed."""


def _proved(
    listed: list[dict[str, str]], found: dict[str, bytes]
) -> tuple[PackedFile, ...]:
    """Every file as it is listed, and no other."""
    names = [one["TEN"] for one in listed]
    if len(set(names)) != len(names) or set(names) != found.keys():
        raise _FileDiffers
    files = []
    for one in listed:
        kind, content = FileKind(one["LOAI"]), found[one["TEN"]]
        dated = "NGAY" in one and "DIEU_CHINH" in one
        if dated != (kind is FileKind.NOTICES):
            raise PackageRefused("21", detail="NGAY, DIEU_CHINH")
        file = PackedFile(
            one["TEN"],
            kind,
            content,
            one.get("NGAY", ""),
            one.get("DIEU_CHINH") == "True",
        )
        as_listed = (one["KICH_THUOC"], one["MA_BAM"])
        if as_listed != (str(len(content)), file.digest):
            raise _FileDiffers
        files.append(file)
    return tuple(files)
