"""JSON bodies in which some strings are whole files: base64, written piece by piece."""

from __future__ import annotations

import base64
from binascii import b2a_base64
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from gateway.carriers.bodies import StreamedBody
from gateway.domain.errors import (
    AgencyUnavailable,
    NeedsConfiguration,
    NeedsData,
    StoreError,
)
from gateway.domain.values import dataclass

#: Bodies up to this size are put together in memory, which is quicker.
WHOLE_UP_TO_BYTES = 512 * 1024
#: A multiple of three, so that pieces of base64 join without padding between.
PIECE_BYTES = 3 * 64 * 1024


@dataclass(frozen=True, slots=True)
class FileValue:
    """Stands in a JSON value where a file's base64 is to stand."""

    size_bytes: int
    open: Callable[[], AsyncIterator[bytes]]
    at_once: Callable[[], bytes | None] = lambda: None
    #: all of a small file; None: it has to be opened


@dataclass(frozen=True, slots=True)
class JSONText:
    """Stands where a text is to stand that is itself JSON; files may be in it."""

    value: Any


@dataclass(frozen=True, slots=True)
class Body:
    """A request body of known length: whole, or begun anew by each call."""

    length: int
    content: bytes | Callable[[], AsyncIterator[bytes]]


async def body_of(value: Any) -> Body:
    """Encode a JSON value; every ``FileValue`` in it becomes a base64 string.

    A ``JSONText`` becomes a string of JSON, in which base64 needs no escaping.

    Large bodies are streamed: no file is ever whole in memory.
    """
    files: list[FileValue] = []

    def default(item: object) -> str:
        if isinstance(item, JSONText):
            return encoded(item.value).decode()
        if not isinstance(item, FileValue):
            raise TypeError
        files.append(item)
        return _MARK

    def encoded(part: Any) -> bytes:
        # Without the option, a file would be written as an object of its own fields.
        option = orjson.OPT_PASSTHROUGH_DATACLASS
        return orjson.dumps(part, default=default, option=option)

    segments = encoded(value).split(_MARK_BYTES)
    if len(segments) != len(files) + 1:
        message = "a value contains the mark of a file"
        raise ValueError(message)
    length = sum(map(len, segments))
    length += sum(4 * -(-file.size_bytes // 3) for file in files)
    if length > WHOLE_UP_TO_BYTES:
        return Body(length, partial(_pieces, segments, files))
    parts = [segments[0]]
    for file, segment in zip(files, segments[1:], strict=True):
        plain = file.at_once()
        if plain is None:
            plain = b"".join([chunk async for chunk in file.open()])
        parts += (b2a_base64(plain, newline=False), segment)
    return Body(length, b"".join(parts))


async def request_body(
    value: Any, *, at_most_bytes: int, words: Mapping[str, tuple[str, str]]
) -> bytes | StreamedBody:
    """A body that may leave: its files are there, and its agency takes its size.

    ``words`` has the remedies of ``too_large`` and ``attachment_unreadable``.

    Raises:
        NeedsData: it is too large.
        NeedsConfiguration: a file of ours cannot be read, or is not what it was.
        AgencyUnavailable: the store gives nothing now.
    """
    code = "attachment_unreadable"
    unreadable = NeedsConfiguration(code=code, remedy=words[code][1])
    try:
        body = await body_of(value)
    except StoreError as error:
        raise AgencyUnavailable("attachments", code=error.code) from error
    except (OSError, ValueError) as error:
        raise unreadable from error
    if body.length > at_most_bytes:
        raise NeedsData(code="too_large", remedy=words["too_large"][1])
    content = body.content
    if not isinstance(content, bytes):
        return StreamedBody(body.length, content)
    if len(content) != body.length:
        raise unreadable
    return content


#: Noncharacters, which no text for interchange holds; a value that does is refused.
_MARK = "\ufdd0file\ufdd1"
_MARK_BYTES = _MARK.encode()


async def _pieces(
    segments: Sequence[bytes], files: Sequence[FileValue]
) -> AsyncIterator[bytes]:
    for segment, file in zip(segments, [*files, None], strict=True):
        yield segment
        if file is not None:
            async for piece in _base64(file.open()):
                yield piece


async def _base64(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        rest += chunk
        whole = len(rest) - len(rest) % 3
        if whole >= PIECE_BYTES:
            yield base64.b64encode(rest[:whole])
            rest = rest[whole:]
    yield base64.b64encode(rest)
