"""Whether this process takes new dossiers, by codes: for whoever spreads the load."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from gateway.domain.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from gateway.ports.gauges import StandingCounts
    from gateway.watch.readiness import Readiness

#: Bytes below which a disk counts as full: files of one dossier may need as much.
LEAST_FREE = 64 * 1024 * 1024
STOPPING, NAME_TAKEN, LOOP_ENDED = "stopping", "name_taken", "loop_ended"
DISK_FULL, SCHEMA_OLD = "disk_full", "schema_old"


class Ready:
    """Looks at everything that a new dossier needs."""

    def __init__(
        self,
        readiness: Readiness,
        counts: StandingCounts,
        *,
        schema: int,
        folders: Iterable[Path],
        is_lost: Callable[[], bool],
        has_ended: Callable[[], bool],
    ) -> None:
        """``schema`` is the store's at the start, ``folders`` are those written to.

        ``is_lost``: another process goes by this name; ``has_ended``: some loop or
        listener runs no more.
        """
        self._readiness = readiness
        self._counts = counts
        self._schema = schema
        self._folders = tuple(folders)
        self._is_lost = is_lost
        self._has_ended = has_ended
        self.stopping = False
        #: told to stop: whoever spreads the load has to go elsewhere

    async def why_not(self) -> list[str]:
        """Codes of what is in the way; empty: it takes new dossiers."""
        found = [
            code
            for code, holds in (
                (STOPPING, self.stopping),
                (NAME_TAKEN, self._is_lost()),
                (LOOP_ENDED, not self.stopping and self._has_ended()),
                (DISK_FULL, await asyncio.to_thread(self._is_full)),
            )
            if holds
        ]
        trouble = await self._readiness.trouble()
        if trouble.code:
            return [*found, trouble.code]
        return [*found, *await self._is_old()]

    async def _is_old(self) -> list[str]:
        """After a failover the server may be one that was never brought up to date."""
        try:
            old = await self._counts.schema() < self._schema
        except StoreError as error:
            return [error.code]
        return [SCHEMA_OLD] if old else []

    def _is_full(self) -> bool:
        try:
            return any(
                shutil.disk_usage(one).free < LEAST_FREE for one in self._folders
            )
        except OSError:
            return True  # a folder that is not there takes nothing, either
