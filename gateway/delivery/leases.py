"""What this node is sending, and until when it may begin to: leases that are renewed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.domain.identifiers import TransferId
    from gateway.ports.nodes import Permits


class Lease:
    """Leave to send one transfer; ``ends`` by ``mono``, moved on by renewals."""

    __slots__ = ("ends",)

    def __init__(self, ends: float) -> None:
        """``ends``: counted from before the statement that gave it."""
        self.ends = ends


class Leases:
    """The leases of attempts that are under way."""

    def __init__(self) -> None:
        """Nothing is under way."""
        self._held: dict[TransferId, Lease] = {}

    def hold(self, transfer_id: TransferId, ends: float) -> Lease:
        """Keep the lease until ``let_go``."""
        lease = self._held[transfer_id] = Lease(ends)
        return lease

    def let_go(self, transfer_id: TransferId, lease: Lease) -> None:
        """The attempt has ended; what was not written down ends with its lease."""
        if self._held.get(transfer_id) is lease:
            del self._held[transfer_id]

    def held(self) -> dict[TransferId, Lease]:
        """What is to be renewed; taken before the statement that does it."""
        return dict(self._held)

    def renew(
        self, held: dict[TransferId, Lease], kept: Collection[TransferId], ends: float
    ) -> None:
        """Move on those that the store has renewed; ``ends`` by ``mono``."""
        for transfer_id in kept:
            held[transfer_id].ends = max(held[transfer_id].ends, ends)


@dataclass(frozen=True, slots=True)
class Shared:
    """What nodes share: limits of offices, and leases that somebody renews.

    ``lease_s``: how long one lasts unless renewed; None: as long as its attempt may.
    """

    permits: Permits
    leases: Leases
    lease_s: float | None = None
