"""Whether each road works, by its last use; kept where all nodes see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import StoreError

if TYPE_CHECKING:
    from gateway.ports.alerts import AlertStore
    from gateway.ports.clock import Clock
    from gateway.ports.probe import Probe


class ChannelHealth:
    """Writes when a road begins to fail and when it works again, not in between."""

    def __init__(self, store: AlertStore, clock: Clock, probe: Probe) -> None:
        """What another process noted is not known: the first use is written."""
        self._store = store
        self._clock = clock
        self._probe = probe
        self._known: dict[str, str] = {}

    async def works(self, name: str) -> None:
        """It was taken."""
        await self._note(name, "")

    async def failed(self, name: str, code: str) -> None:
        """It was not."""
        await self._note(name, code)

    async def _note(self, name: str, code: str) -> None:
        if self._known.get(name) == code:
            return
        failed = (self._clock.now(), code) if code else None
        try:
            await self._store.note_channel(name, failed)
        except StoreError as error:
            # Told or not told it is; the next use notes it.
            self._probe.trouble("watch.channels", error)
            return
        self._known[name] = code
