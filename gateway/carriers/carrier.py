"""What every carrier of requests offers to an adapter, whatever lies in between."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.carriers.bodies import AnswerLimits, StreamedBody
    from gateway.carriers.destination import Destination
    from gateway.carriers.http import HTTPAnswer, Timeouts
    from gateway.carriers.line import Line
    from gateway.domain.attempt import Times


class AnswerStream(Protocol):
    """An answer whose body is still to be read, once."""

    @property
    @abstractmethod
    def status(self) -> int:
        """HTTP status."""

    @property
    @abstractmethod
    def headers(self) -> Mapping[str, str]:
        """Names in any case."""

    @property
    @abstractmethod
    def times(self) -> Times:
        """What was measured so far."""

    @abstractmethod
    def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces, unpacked within its limits.

        Raises:
            MayHaveLeft: it broke off, came too slowly or is too large.
        """


class Carrier(Protocol):
    """Carries requests to one office: straight, or through a sharing platform.

    An adapter must not rely on headers of its own reaching the agency.
    """

    destination: Destination
    #: what links in the agency's messages are held against

    @abstractmethod
    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | StreamedBody = b"",
        *,
        timeouts: Timeouts,
        query: Mapping[str, str] | None = None,
        limits: AnswerLimits | None = None,
    ) -> HTTPAnswer:
        """Send one request and read its whole answer; redirects are answers.

        ``path`` lies below the office's address. Ends within ``timeouts.total_s``.
        ``limits``: of an answer that may be larger than those of the line usually are.

        Raises:
            NothingLeft: nothing of the request can have reached the agency.
            MayHaveLeft: something may have, and no whole answer came.
            NeedsConfiguration: a platform in between refuses; nothing has arrived.
            NeedsData: it is too large for what lies in between; nothing has left.
            AddressRefused: the path leads out of the address.
        """

    @abstractmethod
    def receive(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        timeouts: Timeouts,
        limits: AnswerLimits | None = None,
    ) -> AbstractAsyncContextManager[AnswerStream]:
        """GET something large; its body is read piece by piece inside the block.

        Raises:
            NothingLeft: nothing of the request can have reached the agency.
            MayHaveLeft: something may have, and no whole answer came.
            NeedsConfiguration: a platform in between refuses; nothing was asked.
            AddressRefused: the path leads out of the address.
        """

    def line(self) -> Line | None:
        """Where its first connection goes; None: it makes none of its own.

        Raises:
            NeedsConfiguration: what verifies the other side is missing.
        """
        return None

    @abstractmethod
    async def close(self) -> None:
        """Close every connection."""
