"""Looks at the beginning of a streamed answer and gives all of it on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from contextlib import AsyncExitStack

    from gateway.carriers.carrier import AnswerStream
    from gateway.domain.attempt import Times

#: No platform says more than this of itself.
PEEKED_BYTES = 64 * 1024


class PeekedStream:
    """A stream whose first bytes are known: all of them, where ``head`` is short."""

    def __init__(
        self, stream: AnswerStream, head: bytes, rest: AsyncIterator[bytes]
    ) -> None:
        """``rest``: what comes after ``head``."""
        self.status = stream.status
        self.headers: Mapping[str, str] = stream.headers
        self.head = head
        self._stream = stream
        self._rest = rest

    @property
    def times(self) -> Times:
        """What was measured so far."""
        return self._stream.times

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces, once, from its first byte.

        Raises:
            MayHaveLeft: it broke off, came too slowly or is too large.
        """
        if self.head:
            yield self.head
        async for piece in self._rest:
            yield piece


async def peeked(stream: AnswerStream, stack: AsyncExitStack) -> PeekedStream:
    """Read as far as a platform's own answer would go; a file is none and not read.

    Raises:
        MayHaveLeft: it broke off, came too slowly or is too large.
    """
    rest: AsyncGenerator[bytes, None] = stream.chunks()  # type: ignore[assignment]
    stack.push_async_callback(rest.aclose)
    head = b""
    if stream.status >= 400:
        async for piece in rest:
            head += piece
            if len(head) > PEEKED_BYTES:
                break
    return PeekedStream(stream, head, rest)
