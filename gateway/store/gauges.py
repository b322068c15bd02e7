"""What stands, counted by office: one pass over each index of what is open."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.identifiers import OfficeId
from gateway.domain.transfer import State
from gateway.ports.gauges import READY, UNREAD, StandingCounts, TransferCount
from gateway.store.overview import NOT_READY
from gateway.store.rows import moment_or_none

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.store.database import Database

T = TypeVar("T")
# ``due_at`` and ``lease_until`` with their offices are all that these indexes hold.
_DUE = (
    f"SELECT office, '{State.DUE}', count(*), min(due_at) FROM transfer"  # noqa: S608  constants
    " WHERE due_at IS NOT NULL GROUP BY office"
)
_SENDING = (
    f"SELECT office, '{State.SENDING}', count(*), NULL FROM transfer"  # noqa: S608  constants
    " WHERE lease_until IS NOT NULL GROUP BY office"
)
_WAITING = (
    f"SELECT office, '{State.WAITING}', count(*), NULL FROM transfer"  # noqa: S608  constants
    f" WHERE state = '{State.WAITING}' GROUP BY office"
)
_STILL = (
    f"SELECT t.office, CASE WHEN t.state = '{State.DELIVERED}' THEN '{UNREAD}'"  # noqa: S608  constants
    f" WHEN {NOT_READY} THEN t.state ELSE '{READY}' END, count(*), min(t.still_at)"
    " FROM transfer AS t WHERE t.still_at IS NOT NULL GROUP BY 1, 2"
)


class GaugeRows(StandingCounts):
    """The port over whatever reads in a thread."""

    @abstractmethod
    async def _look(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds by the index, whatever the statistics say."""

    async def transfer_counts(self) -> Sequence[TransferCount]:
        """Of every office with something open."""
        return await self._look(transfer_counts)

    async def schema(self) -> int:
        """The newest migration."""
        return await self._look(schema)


def transfer_counts(db: Database) -> list[TransferCount]:
    """Transfers that have not ended, by office and state."""
    return [
        TransferCount(OfficeId(office), state, count, moment_or_none(since))
        for query in (_DUE, _SENDING, _WAITING, _STILL)
        for office, state, count, since in db.execute(query).fetchall()
    ]


def schema(db: Database) -> int:
    """The newest migration; 0: none."""
    newest: int | None = db.execute("SELECT max(version) FROM schema_version").get
    return newest or 0
