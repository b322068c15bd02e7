"""What a file is by its bytes, whatever it is called and however it is cut into pieces."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from gateway.domain.file_errors import FileTypeNotAllowed
from gateway.validation.file_types import (
    HEAD_BYTES,
    KNOWN,
    PROGRAM,
    TAIL_BYTES,
    UNKNOWN,
    USUAL,
    FileTypes,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def archive(
    *names: str, first: tuple[str, bytes] | None = None, size: int = 1
) -> bytes:
    """A zip; ``first``: an entry that is not packed."""
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as made:
        if first is not None:
            made.writestr(*first, compress_type=zipfile.ZIP_STORED)
        for name in names:
            made.writestr(name, b"x" * size)
    return room.getvalue()


TYPES_XML = "[Content_Types].xml"
#: DER: SEQUENCE, OID of signed data.
CMS = bytes.fromhex("3082010006092a864886f70d010702a0820100") + bytes(200)
FILES = {
    "pdf": b"%PDF-1.7\n" + bytes(range(256)),
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(99),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(99),
    "tiff": b"II*\x00" + bytes(99),
    "gif": b"GIF89a" + bytes(99),
    "bmp": b"BM\x46\x00\x00\x00\x00\x00\x00\x00" + bytes(99),
    "webp": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    "heic": b"\x00\x00\x00\x18ftypheic" + bytes(99),
    "docx": archive(TYPES_XML, "_rels/.rels", "word/document.xml"),
    "xlsx": archive(TYPES_XML, "xl/workbook.xml"),
    "pptx": archive(TYPES_XML, "ppt/presentation.xml"),
    "macro": archive(TYPES_XML, "word/document.xml", "word/vbaProject.bin"),
    "odt": archive(
        "content.xml", first=("mimetype", b"application/vnd.oasis.opendocument.text")
    ),
    "ods": archive(
        "content.xml",
        first=("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
    ),
    "asic": archive(
        "META-INF/signatures.xml",
        first=("mimetype", b"application/vnd.etsi.asic-e+zip"),
    ),
    "zip": archive("a.txt", "b.exe"),
    "office97": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600),
    "xml": '<?xml version="1.0"?>\n<a>Thửa</a>'.encode(),
    "p7": CMS,
    "dwg": b"AC1032" + bytes(99),
    "html": b"<!DOCTYPE html><p>",
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "text": "Số hồ sơ;Ngày\n1;2".encode(),
}
PROGRAMS = {
    "windows": b"MZ\x90\x00" + bytes(99),
    "linux": b"\x7fELF\x02\x01\x01" + bytes(99),
    "script": b"#!/bin/sh\nrm -rf /\n",
    "script-after-a-mark": b"\xef\xbb\xbf#!/bin/sh\n",
    "java": bytes.fromhex("cafebabe00000034"),
    "mac": bytes.fromhex("cffaedfe0c000001"),
    "shortcut": bytes.fromhex("4c0000000114020000000000c000000000000046"),
    "help": b"ITSF\x03\x00\x00\x00",
    "android": b"dex\n035\x00",
    "wasm": b"\x00asm\x01\x00\x00\x00",
    "installer": bytes.fromhex("d0cf11e0a1b11ae1")
    + bytes(600)
    + bytes.fromhex("84100c0000000000c000000000000046")
    + bytes(99),
}
NOT_PAPERS = {
    "pdf-behind-a-page": b"<html><script>1</script>%PDF-1.4",
    "pdf-behind-noise": bytes(range(1, 200)) + b"%PDF-1.4",
    "page-with-a-declaration": b'<?xml version="1.0"?><html><script>1</script></html>',
    "page-in-utf-16": "<html><script>".encode("utf-16"),
    "archive-without-an-end": FILES["docx"][:-30],
    "archive-whose-table-is-no-table": FILES["docx"][:-60]
    + bytes(38)
    + FILES["docx"][-22:],
    "cms-of-another-content": bytes.fromhex("3082010006092a864886f70d010706a0820100"),
    "der-of-a-certificate": bytes.fromhex("308203e8308202d0a003020102") + bytes(99),
    "noise": bytes(range(256)),
}


async def pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def passed(
    content: bytes, allowed: tuple[str, ...] | None, size: int = 1 << 16
) -> bytes:
    found = FileTypes(allowed).through(pieces(content, size))
    return b"".join([one async for one in found])


def test_every_type_that_a_list_may_name_has_an_example_here() -> None:
    assert set(FILES) == set(KNOWN)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_of_one_type(kind: str) -> None:
    content = FILES[kind]
    assert type_of(content[:HEAD_BYTES], content[-TAIL_BYTES:]) == kind


@pytest.mark.parametrize("size", [1, 7, 1 << 16])
@pytest.mark.parametrize("kind", FILES)
async def test_it_passes_where_it_is_allowed_and_nowhere_else(
    kind: str, size: int
) -> None:
    content = FILES[kind]
    assert await passed(content, (kind,), size) == content
    with pytest.raises(FileTypeNotAllowed) as told:
        await passed(content, tuple(set(KNOWN) - {kind}), size)
    assert told.value.signature == kind


@pytest.mark.parametrize("name", PROGRAMS)
async def test_a_program_passes_no_list(name: str) -> None:
    for allowed in (None, KNOWN, USUAL):
        with pytest.raises(FileTypeNotAllowed) as told:
            await passed(PROGRAMS[name], allowed)
        assert told.value.signature == PROGRAM


@pytest.mark.parametrize("name", NOT_PAPERS)
async def test_what_only_looks_like_a_paper_is_none(name: str) -> None:
    with pytest.raises(FileTypeNotAllowed):
        await passed(NOT_PAPERS[name], USUAL)


async def test_what_cannot_become_anything_allowed_ends_with_its_first_bytes() -> None:
    seen = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal seen
        while True:
            seen += 1
            yield bytes(range(256)) * 4

    async def look() -> None:
        async for _ in FileTypes(USUAL).through(endless()):
            pass

    with pytest.raises(FileTypeNotAllowed) as told:
        await look()
    assert told.value.signature == UNKNOWN
    assert seen == HEAD_BYTES // 1024


async def test_an_empty_file_is_left_to_whoever_asks_for_content() -> None:
    assert await passed(b"", USUAL) == b""


async def test_a_large_archive_is_known_by_its_end() -> None:
    names = [TYPES_XML, *(f"word/media/{n}.png" for n in range(300))]
    content = archive(*names, size=3_000)
    assert await passed(content, ("docx",), 1000) == content
