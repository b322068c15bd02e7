"""The loop: claim what is due, send it, write down how it ended."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from gateway.delivery.deliver import attempt, record
from gateway.delivery.settle import hopeless
from gateway.domain.errors import (
    GatewayError,
    StoreError,
    StoreFateUnknown,
    StoreUnavailable,
)
from gateway.domain.trace import of_attempt
from gateway.ports.store import Gate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.delivery.lanes import Lanes
    from gateway.delivery.leases import Lease, Shared
    from gateway.domain.identifiers import AgencyId, OfficeId, ReportId, TransferId
    from gateway.domain.report import AgencyReport
    from gateway.domain.transfer import Transfer
    from gateway.ports.agency import Answer, KindTraits
    from gateway.ports.clock import Bell
    from gateway.ports.store import Claimed
    from gateway.sealing.tools import Tools

    Keep = Callable[[Transfer, AgencyReport, datetime], Awaitable[ReportId]]
    ArriveKept = Callable[
        [
            AgencyId,
            OfficeId,
            AgencyReport,
            datetime,
            TransferId | None,
            ReportId | None,
        ],
        Awaitable[object],
    ]
    Kept = Sequence[ReportId | None]

#: Over the lane's own timeout, where leases are not renewed: time to open and write.
LEASE_MARGIN_S = 30.0
#: So long after its lease an outcome is still worth being written down.
LATE_S = 300.0
#: Real seconds that attempts under way have when the node is told to stop.
STOP_S = 60.0


class Worker:
    """Sends due transfers of every lane; a slot is one transfer in flight."""

    def __init__(
        self,
        tools: Tools,
        lanes: Lanes,
        *,
        node: str,
        slots: int,
        arrive: ArriveKept,
        keep: Keep,
        shared: Shared,
        stop_s: float = STOP_S,
    ) -> None:
        """``slots`` should be well above any one lane's cap."""
        self._tools = tools
        self._lanes = lanes
        self._node = node
        self._free = slots
        self._arrive = arrive
        self._keep = keep
        self._permits = shared.permits
        self._leases = shared.leases
        self._lease_s = shared.lease_s
        self._stop_s = stop_s
        self._tasks: set[asyncio.Task[None]] = set()
        self.bell: Bell = tools.clock.bell("delivery")

    async def run(self) -> None:
        """Go on until cancelled; then wait for what is in flight."""
        turn: asyncio.Task[datetime | None] | None = None
        try:
            while True:
                turn = asyncio.create_task(self._turn())
                await self.bell.wait(await asyncio.shield(turn))
        finally:
            # What the store gives while we are told to stop is ours: left lying, it
            # would be asked about once its lease has ended, or wait for a person.
            if turn is not None and not turn.done():
                await asyncio.wait({turn}, timeout=self._stop_s)
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=self._stop_s)

    async def _turn(self) -> datetime | None:
        now = self._tools.clock.now()
        try:
            offices = await self._tools.store.due_offices(now, ("due_at",))
            gates = await self._paced(self._gates(offices, now), now)
            if gates:
                await self._claim(gates, now)
            moments = [await self._tools.store.next_due(now), self._lanes.opens_at(now)]
        except StoreError as error:
            self._tools.probe.trouble("delivery.worker", error)
            return self._tools.clock.later(1.0)
        return min((m for m in moments if m is not None), default=None)

    def _gates(self, offices: Sequence[OfficeId], now: datetime) -> list[Gate]:
        """Room per office, shared fairly when slots are short."""
        if not offices or self._free <= 0:
            return []
        share = max(1, self._free // len(offices))
        rooms = ((office, self._lanes.room(office, now)) for office in offices)
        return [
            Gate(office, min(free, share), self._lanes.limits(office).in_flight)
            for office, free in rooms
            if free > 0
        ]

    async def _paced(self, gates: list[Gate], now: datetime) -> list[Gate]:
        """Without those that have to wait, since other nodes called just before."""
        allowed = []
        for gate in gates:
            limits = self._lanes.limits(gate.office)
            if limits.per_second is not None:
                permit = await self._permits.permit(
                    gate.office, gate.room, calls=1, limits=limits, now=now, hold_s=0
                )
                if permit.count < 1:
                    self._lanes.wait(gate.office, now, permit.wait_s)
                    continue
            allowed.append(gate)
        return allowed

    async def _claim(self, gates: list[Gate], now: datetime) -> None:
        timeouts = [self._lanes.limits(gate.office).timeout_s for gate in gates]
        lease_s = self._lease_s or max(timeouts) + LEASE_MARGIN_S
        ends = self._tools.clock.mono() + lease_s
        unused = Counter({gate.office: gate.room for gate in gates})
        for gate in gates:
            self._lanes.taken(gate.office, gate.room, now)
        try:
            claimed = await self._tools.store.claim(
                gates, now=now, node=self._node, lease_s=lease_s
            )
            unused.subtract(one.transfer.office for one in claimed)
        finally:
            for office, count in unused.items():
                self._lanes.not_needed(office, count)
        for one in claimed:
            self._free -= 1
            task = asyncio.create_task(self._deliver(one, ends))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, claimed: Claimed, lease_ends: float) -> None:
        office = claimed.transfer.office
        lease = self._leases.hold(claimed.transfer.id, lease_ends)
        with self._tools.clock.under_way():
            began = self._tools.clock.now()
            try:
                answer, kept = await self._one(claimed, lease, began)
            except Exception as error:  # noqa: BLE001  the lane is not this message's own
                # The row stays ``sending``; its lease or the next start settles it.
                self._lanes.put_back(office)
                self._tools.probe.trouble("delivery.deliver", error)
            else:
                await self._follow_up(claimed, answer, began, kept)
            finally:
                self._leases.let_go(claimed.transfer.id, lease)
                self._free += 1
                self.bell.ring()

    async def _one(
        self, claimed: Claimed, lease: Lease, began: datetime
    ) -> tuple[Answer, Kept]:
        """Send it and write down what came of it; the rows of reports in the answer."""
        transfer = claimed.transfer
        limits = self._lanes.limits(transfer.office)
        started_at, begun = self._tools.clock.now(), self._tools.clock.mono()
        answer = await attempt(self._tools, claimed, limits, lease=lease)
        took_s = self._tools.clock.mono() - begun
        if begun + took_s > lease.ends + limits.timeout_s:
            self._overslept(claimed, took_s)
        traits = self._traits(transfer)
        kept = [
            await self._kept(transfer, report, began, lease)
            for report in answer.reports
        ]
        await self._write_down(claimed, traits, answer, started_at, lease)
        self._tell(claimed, answer, took_s)
        return answer, kept

    def _traits(self, transfer: Transfer) -> KindTraits:
        """Of an office whose adapter cannot be made nothing may be hoped for.

        Nor of a kind that its adapter does not know any more.
        """
        found = self._tools.traits(transfer.office, transfer.kind)
        return found or hopeless(transfer.kind)

    def _overslept(self, claimed: Claimed, took_s: float) -> None:
        """We stood still so long that others may have asked or sent in the meantime.

        Where it was between the look at the lease and the first byte, the message may
        have come after an answer that it had not: nothing can rule that out.
        """
        transfer = claimed.transfer
        self._tools.probe.action(
            action="overslept",
            transfer_id=transfer.id,
            office=transfer.office,
            attempt=transfer.attempts,
            took_ms=round(took_s * 1000, 1),
        )

    async def _follow_up(
        self, claimed: Claimed, answer: Answer, arrived_at: datetime, kept: Kept
    ) -> None:
        """What a written-down answer says of the office, and the reports in it."""
        transfer = claimed.transfer
        try:
            await self._lanes.came_back(transfer.office, answer)
        except StoreError as error:
            self._tools.probe.trouble("delivery.lane", error)
        for report, row in zip(answer.reports, kept, strict=True):
            await self._take_in(transfer, report, arrived_at, row)

    async def _kept(
        self, transfer: Transfer, report: AgencyReport, at: datetime, lease: Lease
    ) -> ReportId | None:
        """Keep a report before the outcome is; None where the store takes nothing."""
        while True:
            try:
                return await self._keep(transfer, report, at)
            except StoreError as error:
                self._tools.probe.trouble("delivery.report", error)
                if self._tools.clock.mono() >= lease.ends + LATE_S:
                    return None
                await self._tools.clock.rest(1.0)

    async def _take_in(
        self,
        transfer: Transfer,
        report: AgencyReport,
        arrived_at: datetime,
        kept: ReportId | None,
    ) -> None:
        """Nobody tells a report in an answer again: a store in trouble is waited for."""
        gives_up = self._tools.clock.mono() + LATE_S
        while True:
            try:
                said = (transfer.agency, transfer.office, report, arrived_at)
                await self._arrive(*said, transfer.id, kept)
            except GatewayError as error:
                self._tools.probe.trouble("delivery.report", error)
                is_away = isinstance(error, (StoreUnavailable, StoreFateUnknown))
                if not is_away or self._tools.clock.mono() >= gives_up:
                    return
                await self._tools.clock.rest(1.0)
            else:
                return

    async def _write_down(
        self,
        claimed: Claimed,
        traits: KindTraits,
        answer: Answer,
        started_at: datetime,
        lease: Lease,
    ) -> None:
        """Record the outcome; a store in trouble is tried again, beyond the lease too.

        Recording twice is harmless: the move is compare-and-set on the lease, and
        later on the attempt that nobody has settled yet.
        """
        limits = self._lanes.limits(claimed.transfer.office)
        while True:
            try:
                await record(
                    self._tools, claimed, traits, answer, limits, started_at=started_at
                )
            except StoreError as error:
                self._tools.probe.trouble("delivery.record", error)
                if self._tools.clock.mono() >= lease.ends + LATE_S:
                    raise
                await self._tools.clock.rest(1.0)
            else:
                return

    def _tell(self, claimed: Claimed, answer: Answer, took_s: float) -> None:
        transfer = claimed.transfer
        self._tools.probe.attempt(
            transfer_id=transfer.id,
            agency=transfer.agency,
            office=transfer.office,
            kind=transfer.kind,
            attempt=transfer.attempts,
            outcome=answer.outcome.value,
            code=answer.code,
            took_ms=round(took_s * 1000, 1),
            dossier_id=transfer.dossier_id,
            **of_attempt(claimed.dossier.case, transfer).facts,
        )
