"""Numbers committed journal lines and chains their Merkle root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import StoreError
from gateway.ports.nodes import SEAL

if TYPE_CHECKING:
    from gateway.ports.nodes import Duties
    from gateway.sealing.tools import Tools

#: Real seconds between two seals at most; the status feed is this late at most.
EVERY_S = 0.5
#: The same while there is nothing to seal.
IDLE_S = 1.0


class Sealer:
    """The one sealer of a store. It keeps real time: evidence has no virtual clock."""

    def __init__(self, tools: Tools, duties: Duties) -> None:
        """Take the ports."""
        self._tools = tools
        self._duties = duties

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            sealed = 0
            try:
                if self._duties.holds(SEAL):
                    sealed = await self._tools.store.seal(now=self._tools.clock.now())
            except StoreError as error:
                self._tools.probe.trouble("watch.sealer", error)
            await self._tools.clock.rest(EVERY_S if sealed else IDLE_S)
