"""Files that stand for others: of the same kind, in the same class of size."""

from __future__ import annotations

import base64
import binascii
import io
import re
import struct
import zipfile
from collections.abc import Callable

_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}")
#: Characters below which a text is no file in base64 unless a rule says so.
_LEAST = 24
_CLASSES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_MAGIC = {
    b"%PDF": "pdf",
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF8": "gif",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"II*\x00": "tiff",
    b"\xd0\xcf\x11\xe0": "ole",
    b"0\x82": "der",
    b"0\x80": "der",
}
#: What a directory that is damaged, or of a later version, comes to.
_NO_ARCHIVE = (
    *(zipfile.BadZipFile, ValueError, OSError, EOFError, struct.error),
    NotImplementedError,
)
_OFFICE = {"word/": "docx", "xl/": "xlsx"}


def kind_of(content: bytes) -> str:
    """What a file is by its first bytes; empty: nobody can tell."""
    for magic, kind in _MAGIC.items():
        if content.startswith(magic):
            return _zip_kind(content) if kind == "zip" else kind
    return ""


def _zip_kind(content: bytes) -> str:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except _NO_ARCHIVE:
        return "zip"
    for folder, kind in _OFFICE.items():
        if any(name.startswith(folder) for name in names):
            return kind
    return "zip"


def in_base64(text: str, *, surely: bool = False) -> bytes | None:
    """The bytes that a text is base64 of; ``surely``: a rule says that it is a file."""
    text = text.strip()
    if len(text) < (4 if surely else _LEAST) or not _BASE64.fullmatch(text):
        return None
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def made(content: bytes, mark: str) -> bytes:
    """A file that stands for another; ``mark``: what tells it from the next."""
    kind = kind_of(content)
    told = f"Tệp thay thế {mark}".encode()
    body = _MADE.get(kind, _plain)(told)
    least = max((size for size in _CLASSES if size <= len(content)), default=0)
    missing = least - len(body)
    if missing <= 0:
        return body
    if kind in {"zip", "docx", "xlsx"}:
        return _MADE[kind](told + b" " * missing)
    return body + b"\n%" + b" " * max(missing - 2, 0)


def _plain(told: bytes) -> bytes:
    return told + b"\n"


def _pdf(told: bytes) -> bytes:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
    ]
    text, places = b"%PDF-1.4\n%" + told + b"\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(text))
        text += b"%d 0 obj%s endobj\n" % (number, one)
    at = len(text)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 4\n0000000000 65535 f \n" + rows
    end = b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % at
    return text + table + end


def _zipped(names: tuple[str, ...], told: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        for name in names:
            # A time of its own would tell when it was exported.
            info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            archive.writestr(info, told)
    return held.getvalue()


_MADE: dict[str, Callable[[bytes], bytes]] = {
    "pdf": _pdf,
    "png": lambda told: _PNG + told,
    "jpeg": lambda told: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + told + b"\xff\xd9",
    "gif": lambda told: b"GIF89a\x01\x00\x01\x00\x00\x00\x00" + told + b";",
    "tiff": lambda told: b"II*\x00\x08\x00\x00\x00" + told,
    "ole": lambda told: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + told,
    "der": lambda told: b"0\x82" + len(told).to_bytes(2, "big") + told,
    "zip": lambda told: _zipped(("tep-thay-the.txt",), told),
    "docx": lambda told: _zipped(("word/document.xml",), told),
    "xlsx": lambda told: _zipped(("xl/workbook.xml",), told),
}
