"""Numbers committed journal lines and chains their Merkle root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import StoreError

if TYPE_CHECKING:
    from gateway.sealing.tools import Tools

#: Real seconds between two seals at most; the status feed is this late at most.
EVERY_S = 0.5


class Sealer:
    """The one sealer of a store. It keeps real time: evidence has no virtual clock."""

    def __init__(self, tools: Tools) -> None:
        """Take the ports."""
        self._tools = tools

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            try:
                await self._tools.store.seal(now=self._tools.clock.now())
            except StoreError as error:
                self._tools.probe.trouble("watch.sealer", error)
            await self._tools.clock.rest(EVERY_S)
