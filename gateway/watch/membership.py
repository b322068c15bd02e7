"""This node among others: its name, its duties, and its leases while it lives.

The loop that renews is a loop like those that work: a process that was stopped, or
whose loop hangs, renews nothing, and others take over what it held.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

from gateway.domain.errors import StoreError, StoreUnavailable
from gateway.ports.nodes import DUTIES, Duties

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from gateway.domain.identifiers import TransferId
    from gateway.ports.clock import Clock
    from gateway.ports.nodes import Nodes
    from gateway.ports.probe import Probe

#: Renewals in the time of one lease: it outlives three that fail.
RENEWALS = 4
#: Real seconds between two looks where nothing has to be renewed.
IDLE_S = 5.0
#: Who still has our name after so many of its leases is alive.
PATIENCE = 1.5
#: How much longer than it was told a node waits for a lease to end.
_STEP_S = 0.1


class Sending(Protocol):
    """What this node is sending."""

    @abstractmethod
    def held(self) -> dict[TransferId, Any]:
        """Leases as they are before a renewal."""

    @abstractmethod
    def renew(
        self, held: dict[TransferId, Any], kept: Collection[TransferId], ends: float
    ) -> None:
        """Move on those that the store has renewed; ``ends`` by ``mono``."""


class Membership(Duties):
    """Joins, renews each few seconds by real time, and leaves."""

    def __init__(
        self,
        nodes: Nodes,
        clock: Clock,
        probe: Probe,
        *,
        sending: Sending,
        lost: Callable[[], object],
    ) -> None:
        """``lost`` is called when another process has taken this node's name."""
        self._nodes = nodes
        self._clock = clock
        self._probe = probe
        self._sending = sending
        self._lost = lost
        self._held: frozenset[str] = frozenset()
        self._ends = 0.0

    async def join(self, facts: Mapping[str, str]) -> None:
        """Take the name, waiting for a dead process's lease to end.

        Raises:
            StoreUnavailable: a living process goes by it.
        """
        lease_s = self._nodes.lease_s or 0.0
        gives_up = self._clock.mono() + PATIENCE * lease_s
        while (left := await self._nodes.join(facts)) > 0:
            if self._clock.mono() + left > gives_up:
                raise name_taken()
            await self._clock.rest(min(left, 1.0) + _STEP_S)
        await self.renew()

    def holds(self, duty: str) -> bool:
        """Whether it is this node's, by what the last renewal told."""
        return duty in self._held and self._clock.mono() < self._ends

    async def run(self) -> None:
        """Renew until cancelled."""
        lease_s = self._nodes.lease_s
        while True:
            await self._clock.rest(IDLE_S if lease_s is None else lease_s / RENEWALS)
            try:
                await self.renew()
            except StoreError as error:
                self._probe.trouble("watch.membership", error)

    async def renew(self) -> None:
        """One renewal of everything; counted from before its statement."""
        began = self._clock.mono()
        held = self._sending.held()
        found = await self._nodes.renew(tuple(held), DUTIES, self._clock.now())
        if not found.is_ours:
            self._held = frozenset()
            self._lost()
            return
        lease_s = self._nodes.lease_s
        self._ends = float("inf") if lease_s is None else began + lease_s
        self._held = found.duties
        if lease_s is not None:
            self._sending.renew(held, found.transfers, self._ends)

    async def leave(self) -> None:
        """Give everything back, if the store is there; else it ends by itself."""
        self._held = frozenset()
        try:
            await self._nodes.leave()
        except StoreError as error:
            self._probe.trouble("watch.membership", error)


def name_taken() -> StoreUnavailable:
    """Two living nodes of one name would take each other's work for their own."""
    return StoreUnavailable(
        "another living process goes by this node's name",
        code="node_name_taken",
        remedy="Đặt cho mỗi máy một tên riêng (node) trong tệp thiết lập rồi chạy lại.",
    )
