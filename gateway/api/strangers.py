"""Large bodies whose sender is known only once they are read: few at a time.

An agency that puts its secret into the body makes us hold the body first. So many
of them, and so many of one address, are held; all others wait or come again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.api.bodies import whole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import Request

#: Smaller ones are held for anybody.
SMALL_BYTES = 64 * 1024
AT_ONCE, OF_ONE_ADDRESS = 4, 2
#: Real seconds until there is a place, and in which a body has to have come.
WAIT_S, READ_S = 10.0, 60.0


class NoPlace(Exception):
    """Too many large bodies of unknown senders are on their way."""


class Strangers:
    """The places of one process."""

    def __init__(self) -> None:
        """All are free."""
        self._places = asyncio.Semaphore(AT_ONCE)
        self._held: Counter[str] = Counter()

    async def body(self, request: Request, limit_bytes: int, address: str) -> bytes:
        """The exact bytes of a body within its limit.

        Raises:
            TooLarge: it is longer.
            NoPlace: there is no place for it, or it did not come in time.
        """
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) <= SMALL_BYTES:
            return await whole(request, limit_bytes)
        try:
            async with self._place(address), asyncio.timeout(READ_S):
                return await whole(request, limit_bytes)
        except TimeoutError:
            raise NoPlace from None

    @asynccontextmanager
    async def _place(self, address: str) -> AsyncIterator[None]:
        if self._held[address] >= OF_ONE_ADDRESS:
            raise NoPlace
        self._held[address] += 1
        try:
            async with asyncio.timeout(WAIT_S):
                await self._places.acquire()
            try:
                yield
            finally:
                self._places.release()
        finally:
            self._held[address] -= 1
            if not self._held[address]:
                del self._held[address]
