"""Whether each road works, by its last use; kept where all nodes see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import StoreError

if TYPE_CHECKING:
    from gateway.ports.alerts import AlertStore
    from gateway.ports.clock import Clock
    from gateway.ports.probe import Probe


class ChannelHealth:
    """Writes when a road fails and when it works again, whoever used it.

    It remembers nothing: another process may have noted the contrary meanwhile.
    """

    def __init__(self, store: AlertStore, clock: Clock, probe: Probe) -> None:
        """``store`` is what all nodes share."""
        self._store = store
        self._clock = clock
        self._probe = probe

    async def works(self, name: str) -> None:
        """It was taken."""
        try:
            if name in await self._store.channels():
                await self._store.note_channel(name, None)
        except StoreError as error:
            # Told or not told it is; the next use notes it.
            self._probe.trouble("watch.channels", error)

    async def failed(self, name: str, code: str) -> None:
        """It was not."""
        try:
            await self._store.note_channel(name, (self._clock.now(), code))
        except StoreError as error:
            self._probe.trouble("watch.channels", error)
