"""What a file is by its bytes, whatever its name says: a short list, read strictly.

A type counts only where it begins at the first byte, so that a file cannot be two
things at once; of an archive the table at its end is read, too.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from gateway.domain.file_errors import FileTypeNotAllowed
from gateway.ports.scanning import Looker

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

#: Bytes by which the beginning is judged; and the end, in which a table has to lie.
HEAD_BYTES, TAIL_BYTES = 4096, 256 * 1024
#: What no list can let in: it runs where somebody opens it.
PROGRAM = "program"
UNKNOWN = "unknown"
#: What may come in where the settings name no list.
USUAL = ("pdf", "jpeg", "png", "tiff", "docx", "xlsx", "xml", "p7", "asic")
#: Every type that a list may name.
KNOWN = (
    *USUAL,
    *("gif", "bmp", "webp", "heic", "pptx", "odt", "ods", "office97", "zip", "dwg"),
    *("macro", "html", "svg", "text"),
)
_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"dex\n",
    b"\x00asm",
    b"L\x00\x00\x00\x01\x14\x02\x00",
    # a shortcut of Windows
    b"ITSF",
    # its compiled help, which runs scripts
)
_BEGINNINGS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"AC10", "dwg"),
    (b"-----BEGIN PKCS7-----", "p7"),
    (b"-----BEGIN CMS-----", "p7"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office97"),
)
_HEIC = frozenset({b"heic", b"heix", b"mif1", b"heim", b"heis"})
_SPACE = b" \t\r\n"
_MARKUP = (
    (
        re.compile(rb"<(!doctype\s+html|html|script|body|iframe)[\s>/]", re.IGNORECASE),
        "html",
    ),
    (re.compile(rb"<([a-z]+:)?svg[\s>/]", re.IGNORECASE), "svg"),
)
#: OID of what a CMS message holds: signed or enveloped data.
_CMS = re.compile(rb"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x02\x03]")
#: A Windows installer is the same container as an old Word file.
_INSTALLER = bytes.fromhex("8410 0c00 0000 0000 c000 0000 0000 0046")
_ZIP, _ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
_ENTRY = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_KINDS_OF_MIMETYPE = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.etsi.asic-e+zip": "asic",
    b"application/vnd.etsi.asic-s+zip": "asic",
}


class FileTypes(Looker):
    """Lets files of some types through."""

    def __init__(self, allowed: tuple[str, ...] | None) -> None:
        """``allowed``: of ``KNOWN``; None: whatever is no program."""
        self._allowed = None if allowed is None else frozenset(allowed)

    async def through(
        self, chunks: AsyncIterator[bytes]
    ) -> AsyncGenerator[bytes, None]:
        """The same pieces; what may not come in ends after the first or the last bytes.

        An empty file has no type, and is left to whoever asks for content.

        Raises:
            FileTypeNotAllowed: it is of another type.
        """
        head, tail, judged = bytearray(), bytearray(), False
        async for chunk in chunks:
            if not judged:
                head += chunk[: HEAD_BYTES - len(head)]
                # Of an archive the end says more; of nothing else does anybody need it.
                if len(head) >= HEAD_BYTES and not head.startswith(_ZIP):
                    judged = True
                    self._judge(type_of(bytes(head), b""))
                if len(head) < len(_ZIP) or head.startswith(_ZIP):
                    tail += chunk
                    del tail[:-TAIL_BYTES]
            yield chunk
        if head and not judged:
            self._judge(type_of(bytes(head), bytes(tail)))

    def _judge(self, found: str) -> None:
        refused = found == PROGRAM
        if self._allowed is not None:
            refused = refused or found not in self._allowed
        if refused:
            raise FileTypeNotAllowed(found)


def type_of(head: bytes, tail: bytes) -> str:
    """The type of a file by its first and, of an archive, its last bytes."""
    if head.startswith(_PROGRAMS):
        return PROGRAM
    if head.startswith(_ZIP):
        return _of_archive(head, tail)
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return _of_office97(head) if kind == "office97" else kind
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "bmp"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        return "heic"
    if head[:1] == b"\x30" and _CMS.search(head[:24]):
        return "p7"
    return _of_text(head)


def _of_office97(head: bytes) -> str:
    return PROGRAM if _INSTALLER in head else "office97"


def _of_text(head: bytes) -> str:
    """PDF, XML and text may begin with a mark of their encoding and with blanks."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        plain = head[: len(head) & ~1].decode("utf-16", "replace").encode()
    else:
        plain = head.removeprefix(b"\xef\xbb\xbf")
    plain = plain.lstrip(_SPACE)
    if plain.startswith(b"%PDF-"):
        return "pdf"
    if plain.startswith(b"#!"):
        return PROGRAM
    for pattern, kind in _MARKUP:
        if pattern.search(plain[:1024]):
            return kind
    if plain.startswith(b"<?xml"):
        return "xml"
    if any(byte < 32 and byte not in b"\t\n\r\x0c\x1b" for byte in plain):
        return UNKNOWN
    return "text"


def _of_archive(head: bytes, tail: bytes) -> str:
    if head[30:38] == b"mimetype":
        size = int.from_bytes(head[22:26], "little")
        extra = int.from_bytes(head[28:30], "little")
        told = head[38 + extra : 38 + extra + size]
        kind = _KINDS_OF_MIMETYPE.get(told)
        if kind is not None:
            return kind
    names = _names(tail)
    if b"[Content_Types].xml" not in names:
        return "zip"
    if any(name.lower().endswith(b"vbaproject.bin") for name in names):
        return "macro"
    for folder, kind in ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx")):
        if any(name.startswith(folder) for name in names):
            return kind
    return "zip"


def _names(tail: bytes) -> set[bytes]:
    """Names in the table at an archive's end; none where it does not lie there whole."""
    place = tail.rfind(_ZIP_END)
    if place < 0 or len(tail) - place < _END.size:
        return set()
    size, names = _END.unpack_from(tail, place)[5], set()
    start = place - size
    while 0 <= start <= place - _ENTRY.size:
        entry = _ENTRY.unpack_from(tail, start)
        if entry[0] != b"PK\x01\x02":
            return set()
        end = start + _ENTRY.size + entry[10]
        names.add(tail[start + _ENTRY.size : end])
        start = end + entry[11] + entry[12]
    return names
