"""What every carrier of requests offers to an adapter, whatever lies in between."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.carriers.bodies import AnswerLimits, StreamedBody
    from gateway.carriers.destination import Destination
    from gateway.carriers.http import HTTPAnswer, HTTPStream, Timeouts


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
    ) -> HTTPAnswer:
        """Send one request and read its whole answer; redirects are answers.

        ``path`` lies below the office's address. Ends within ``timeouts.total_s``.

        Raises:
            NothingLeft: nothing of the request can have reached the agency.
            MayHaveLeft: something may have, and no whole answer came.
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
    ) -> AbstractAsyncContextManager[HTTPStream]:
        """GET something large; its body is read piece by piece inside the block.

        Raises:
            NothingLeft: nothing of the request can have reached the agency.
            MayHaveLeft: something may have, and no whole answer came.
            AddressRefused: the path leads out of the address.
        """

    @abstractmethod
    async def close(self) -> None:
        """Close every connection."""
