"""Bodies that are written piece by piece, and answers that are unpacked within limits."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from types import AsyncGeneratorType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

#: Below this size any ratio is harmless.
_RATIO_COUNTS_FROM = 1024 * 1024


class BodyDiffers(ValueError):
    """A streamed body has another length than was announced."""


class AnswerTooLarge(ValueError):
    """An answer, or what it unpacks to, is over its limit."""


class AnswerEncoding(ValueError):
    """An answer is packed in a way that is not read, or badly."""


@dataclass(frozen=True, slots=True)
class StreamedBody:
    """A body too large to be held; ``open`` is called once per request."""

    length_bytes: int
    open: Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """How much of an answer is read."""

    body_bytes: int = 16 * 1024 * 1024
    #: packed and unpacked alike
    ratio: int = 100
    #: unpacked to packed, once an answer is over one mebibyte


async def exactly(
    first: bytes, rest: AsyncIterator[bytes], length: int
) -> AsyncIterator[bytes]:
    """``first`` and ``rest``, not a byte more or less than was announced.

    Raises:
        BodyDiffers: before a byte too many, or at the end.
    """
    count = len(first)
    if count <= length and first:
        yield first
    async for chunk in rest:
        count += len(chunk)
        if count > length:
            break
        yield chunk
    if count != length:
        raise BodyDiffers(f"{length} bytes were announced")


async def closed(content: AsyncIterator[bytes]) -> None:
    """Close content that nobody waits for any more.

    An answer or the end of patience may come while the next piece is still awaited:
    whoever writes it is stopped with the connection, and closes it by that.
    """
    if isinstance(content, AsyncGeneratorType) and not content.ag_running:
        await content.aclose()


def unechoed(body: bytes, *secrets: str) -> bytes:
    """An answer without what was shown to get it: error pages repeat requests.

    Answers are kept as evidence and shown to whoever looks into a transfer.
    """
    for secret in filter(None, secrets):
        body = body.replace(secret.encode(), b"***")
    return body


class Unpacker:
    """Reads an answer in pieces, unpacked where it is packed, never beyond limits."""

    def __init__(self, encoding: str, limits: AnswerLimits) -> None:
        """For an answer with this ``Content-Encoding``.

        Raises:
            AnswerEncoding: not identity, gzip or deflate.
        """
        self._limits = limits
        self._packed = 0
        self._plain = 0
        match encoding.strip().lower():
            case "" | "identity":
                self._inflate = None
            case "gzip" | "x-gzip":
                self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
            case "deflate":
                self._inflate = zlib.decompressobj()
            case _:
                raise AnswerEncoding("an encoding that was not asked for")

    def feed(self, chunk: bytes) -> bytes:
        """What this piece adds.

        Raises:
            AnswerTooLarge: a limit was reached; nothing beyond it was unpacked.
            AnswerEncoding: the piece is no valid packed data.
        """
        self._packed += len(chunk)
        if self._packed > self._limits.body_bytes:
            raise AnswerTooLarge("over the limit of an answer")
        inflate = self._inflate
        plain = chunk if inflate is None else self._unpacked(inflate, chunk)
        self._plain += len(plain)
        if self._plain > self._allowed():
            raise AnswerTooLarge("unpacks to more than its limit")
        return plain

    def finish(self) -> None:
        """Say that the answer is over.

        Raises:
            AnswerEncoding: packed data ended in the middle.
        """
        if self._inflate is not None and self._packed and not self._inflate.eof:
            raise AnswerEncoding("packed data ended in the middle")

    def _allowed(self) -> int:
        by_ratio = max(_RATIO_COUNTS_FROM, self._limits.ratio * self._packed)
        return min(self._limits.body_bytes, by_ratio)

    def _unpacked(self, inflate: Any, chunk: bytes) -> bytes:
        if inflate.eof:
            raise AnswerEncoding("data after the end of packed data")
        # One byte over the limit is enough to know.
        room = self._allowed() - self._plain + 1
        try:
            plain: bytes = inflate.decompress(chunk, room)
        except zlib.error:
            raise AnswerEncoding("no valid packed data") from None
        if inflate.unused_data:
            raise AnswerEncoding("data after the end of packed data")
        return plain
