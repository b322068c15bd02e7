"""Multipart bodies parsed piece by piece: files go straight into sealed chunks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.domain.errors import SenderError, TooLarge
from gateway.ports.attachments import OURS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gateway.ports.attachments import (
        AttachmentStore,
        FileSource,
        StoredAttachment,
    )

MAX_FIELD_BYTES = 4 * 1024 * 1024
MAX_PARTS = 200
#: Names and values of one part's headers together.
MAX_HEADER_BYTES = 16 * 1024
#: Pieces of a part that wait for the disk before the sender is slowed down.
PIECES_AHEAD = 8


@dataclass
class _Part:
    """One part while it is coming in."""

    name: str = ""
    filename: str | None = None
    source: FileSource = OURS
    headers_size: int = 0
    header: bytearray = field(default_factory=bytearray)
    value: bytearray = field(default_factory=bytearray)
    text: bytearray = field(default_factory=bytearray)
    pieces: asyncio.Queue[bytes | None] | None = None
    task: asyncio.Task[StoredAttachment] | None = None


@dataclass
class Form:
    """What came: small fields as bytes, files put away by part name."""

    fields: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, StoredAttachment] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    #: what a file was called where it came from, by part name
    text_size: int = 0
    #: of all fields together: they stay in memory


class _Reader:
    """Turns the parser's callbacks into an ordered list of events."""

    def __init__(self, boundary: bytes) -> None:
        self.events: list[tuple[str, bytes]] = []
        self._is_whole = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": lambda: self.events.append(("begin", b"")),
                "on_header_field": lambda d, s, e: self._add("field", d, s, e),
                "on_header_value": lambda d, s, e: self._add("value", d, s, e),
                "on_header_end": lambda: self.events.append(("header_end", b"")),
                "on_headers_finished": lambda: self.events.append(("headers", b"")),
                "on_part_data": lambda d, s, e: self._add("data", d, s, e),
                "on_part_end": lambda: self.events.append(("end", b"")),
                "on_end": self._end,
            },
        )

    def _add(self, kind: str, data: bytes, start: int, end: int) -> None:
        self.events.append((kind, data[start:end]))

    def _end(self) -> None:
        self._is_whole = True

    def must_be_whole(self) -> None:
        """Refuse a form that ends before its last boundary: its parts are not all.

        Raises:
            SenderError: it does.
        """
        if not self._is_whole:
            raise _malformed()

    def take(self, chunk: bytes) -> list[tuple[str, bytes]]:
        """Events of one chunk."""
        try:
            self._parser.write(chunk)
        except ValueError as wrong:
            raise _malformed() from wrong
        events, self.events = self.events, []
        return events


async def read_in_memory(
    chunks: AsyncIterator[bytes], content_type: str, names: frozenset[str]
) -> dict[str, bytes]:
    """Small files and fields by part name, for what is never kept; the caller limits.

    Raises:
        SenderError: the form is malformed, or has a part that nobody asked for.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _malformed()
    reader, part, found = _Reader(boundary), _Part(), dict[str, bytes]()
    async for chunk in chunks:
        for kind, data in reader.take(chunk):
            if kind == "begin":
                part = _Part()
            elif kind in {"field", "value", "header_end"}:
                _head(part, kind, data)
            elif kind == "headers" and (part.name in found or part.name not in names):
                raise _malformed()
            elif kind == "data":
                part.text += data
            elif kind == "end":
                found[part.name] = bytes(part.text)
    reader.must_be_whole()
    return found


def _head(part: _Part, kind: str, data: bytes) -> None:
    if kind == "header_end":
        _header(part)
        return
    part.headers_size += len(data)
    if part.headers_size > MAX_HEADER_BYTES:
        raise _malformed()
    (part.header if kind == "field" else part.value).extend(data)


def _malformed() -> SenderError:
    return SenderError(
        code="malformed_multipart",
        remedy="Nội dung multipart/form-data không đúng định dạng.",
    )


async def read_form(
    chunks: AsyncIterator[bytes],
    content_type: str,
    attachments: AttachmentStore,
    *,
    limit_bytes: int,
    admit: Callable[[Form], FileSource],
) -> Form:
    """Read a form; every file is durable when this returns.

    ``admit`` is called with the fields before each file, and may refuse it; it says
    whose the file is.

    Raises:
        SenderError: the form is malformed.
        TooLarge: a field, or a file over ``limit_bytes``.
        FileRefused: a file that must not come in.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _malformed()
    reader, form, part, count = _Reader(boundary), Form(), _Part(), 0
    try:
        async for chunk in chunks:
            for kind, data in reader.take(chunk):
                if kind == "begin":
                    part, count = _Part(), count + 1
                    if count > MAX_PARTS:
                        raise TooLarge
                else:
                    if kind == "headers" and part.filename is not None:
                        part.source = admit(form)
                    await _on(part, kind, data, form, attachments, limit_bytes)
        reader.must_be_whole()
    finally:
        if part.task is not None and not part.task.done():
            part.task.cancel()
    return form


async def _on(
    part: _Part,
    kind: str,
    data: bytes,
    form: Form,
    attachments: AttachmentStore,
    limit_bytes: int,
) -> None:
    if kind in {"field", "value"}:
        part.headers_size += len(data)
        if part.headers_size > MAX_HEADER_BYTES:
            raise _malformed()
    match kind:
        case "field":
            part.header += data
        case "value":
            part.value += data
        case "header_end":
            _header(part)
        case "headers":
            _begin(part, form, attachments, limit_bytes)
        case "data":
            await _data(part, data, form)
        case "end":
            await _end(part, form)
        case _:
            pass


def _header(part: _Part) -> None:
    if bytes(part.header).lower() == b"content-disposition":
        _, options = parse_options_header(bytes(part.value))
        part.name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            part.filename = options[b"filename"].decode("utf-8", "replace")
    part.header.clear()
    part.value.clear()


def _begin(
    part: _Part, form: Form, attachments: AttachmentStore, limit_bytes: int
) -> None:
    # Which of two parts of one name is meant, nobody knows.
    if part.name in form.fields or part.name in form.files:
        raise _malformed()
    if part.filename is None:
        return
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue(PIECES_AHEAD)
    part.pieces = pieces
    part.task = asyncio.create_task(
        attachments.put(_drained(pieces), limit_bytes=limit_bytes, source=part.source)
    )


async def _drained(pieces: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    while (piece := await pieces.get()) is not None:
        yield piece


async def _data(part: _Part, data: bytes, form: Form) -> None:
    if part.pieces is None or part.task is None:
        part.text += data
        form.text_size += len(data)
        if form.text_size > MAX_FIELD_BYTES:
            raise TooLarge
        return
    await _give(part.pieces, part.task, data)


async def _give(
    pieces: asyncio.Queue[bytes | None],
    task: asyncio.Task[StoredAttachment],
    piece: bytes | None,
) -> None:
    """Hand a piece over; a store that gave up is heard instead of waited for."""
    put = asyncio.ensure_future(pieces.put(piece))
    await asyncio.wait({put, task}, return_when=asyncio.FIRST_COMPLETED)
    if not put.done():
        put.cancel()
        task.result()


async def _end(part: _Part, form: Form) -> None:
    if part.pieces is not None and part.task is not None:
        await _give(part.pieces, part.task, None)
        form.files[part.name] = await part.task
        form.names[part.name] = part.filename or ""
    else:
        form.fields[part.name] = bytes(part.text)
