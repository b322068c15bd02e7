"""What waits for each office: a few rows of each partial index, however long it is."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.identifiers import OfficeId
from gateway.domain.transfer import State
from gateway.ports.line_counts import LineCount, LineCounts
from gateway.store.rows import marks, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.store.database import Database

T = TypeVar("T")
#: Index by which a kind is found → what tells it apart.
_KINDS = {"ready": ("due_at", "lease_until"), "unconfirmed": ("ask_at",)}
_OLDEST = (
    "SELECT count(*), min(created_at) FROM (SELECT created_at FROM transfer"
    " WHERE office = ? AND {0} IS NOT NULL ORDER BY {0} LIMIT ?) AS found"
)
_PARKED = (
    "SELECT office, count(*), min(created_at) FROM (SELECT office, state, created_at"  # noqa: S608  constants
    " FROM transfer WHERE still_at IS NOT NULL ORDER BY still_at, id LIMIT ?) AS found"
    f" WHERE state = '{State.PARKED}' AND office IN ({{0}}) GROUP BY office"
)

_SEEN = (
    "SELECT count(*) FROM (SELECT 1 FROM transfer WHERE still_at IS NOT NULL"
    " ORDER BY still_at, id LIMIT ?) AS found"
)


class LineCountRows(LineCounts):
    """The port over whatever reads in a thread."""

    @abstractmethod
    async def _look(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds by the index, whatever the statistics say."""

    async def line_counts(
        self, offices: Sequence[OfficeId], most: int
    ) -> Mapping[OfficeId, LineCount]:
        """Of these offices."""
        return await self._look(line_counts, offices, most)


def line_counts(
    db: Database, offices: Sequence[OfficeId], most: int
) -> dict[OfficeId, LineCount]:
    """By office; those for whom nothing waits have noughts."""
    counts: dict[OfficeId, Counter[str]] = {office: Counter() for office in offices}
    oldest: dict[OfficeId, list[int]] = {office: [] for office in offices}
    for office in offices:
        for kind, columns in _KINDS.items():
            for column in columns:
                query = _OLDEST.format(column)
                row = db.execute(query, (office, most)).fetchone()
                count, first = row or (0, None)
                counts[office][kind] += count
                oldest[office] += [] if first is None else [first]
    seen = db.execute(_SEEN, (most * 10,)).get
    if offices:
        query = _PARKED.format(marks(len(offices)))
        for name, count, first in db.execute(query, (most * 10, *offices)).fetchall():
            office = OfficeId(name)
            counts[office]["parked"] = count
            oldest[office].append(first)
    return {
        office: LineCount(
            ready=found["ready"],
            unconfirmed=found["unconfirmed"],
            parked=found["parked"],
            oldest=moment(min(oldest[office])) if oldest[office] else None,
            more_parked=bool(seen == most * 10),
        )
        for office, found in counts.items()
    }
