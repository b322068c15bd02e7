"""Later answers, fetched from agencies that never push."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    AgencyBrokeContract,
    DeliveryError,
    GatewayError,
    SlotNotOffered,
    StoreError,
)
from gateway.domain.values import replace
from gateway.ports.agency import Answer, answer_of
from gateway.ports.nodes import POLL
from gateway.receipts.repeats import was_taken_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.domain.identifiers import AgencyId, OfficeId, TransferId
    from gateway.domain.lane import LaneLimits
    from gateway.domain.report import AgencyReport
    from gateway.domain.transfer import Transfer
    from gateway.ports.agency import OutboundMessage
    from gateway.ports.clock import Bell
    from gateway.ports.nodes import Duties
    from gateway.ports.store import Claimed
    from gateway.sealing.tools import Tools

    Arrive = Callable[
        [AgencyId, OfficeId, AgencyReport, datetime, TransferId | None],
        Awaitable[object],
    ]
    Assemble = Callable[[Claimed], Awaitable[OutboundMessage]]

#: Answers to a poll that the next one will not mend by itself.
_BAD = frozenset(
    {
        Outcome.CONTRACT_BROKEN,
        Outcome.NEEDS_CONFIGURATION,
        Outcome.NEEDS_DATA,
        Outcome.REFUSED,
    }
)
#: Transfers of one office that are asked about in one turn.
BATCH = 50
#: Calls that one question may take, for an office that limits its rate.
CALLS = 2


class Entry(Protocol):
    """Leave for so many messages to an office."""

    @property
    @abstractmethod
    def count(self) -> int:
        """How many; 0: not now."""


E = TypeVar("E", bound=Entry)


class Entrance(Protocol[E]):
    """Room for calls to an office; enquiries and sends share its limits."""

    @abstractmethod
    async def enter(
        self, office: OfficeId, most: int, now: datetime, *, calls: int = 1
    ) -> E:
        """Leave for at most so many messages, each of so many calls."""

    @abstractmethod
    async def unused(self, entry: E, count: int) -> None:
        """No message was found for so many."""

    @abstractmethod
    async def ended(
        self, entry: E, count: int = 1, heard: Answer | None = None
    ) -> None:
        """So many were answered, or will not be; what the office said to one."""


class Lanes(Protocol):
    """How hard an office may be pushed, and when one that is shut opens."""

    @abstractmethod
    def limits(self, office: OfficeId) -> LaneLimits:
        """The office's limits."""

    @abstractmethod
    def opens_at(self, now: datetime) -> datetime | None:
        """The earliest moment at which a full or shut lane has room again."""


class Poller(Generic[E]):
    """Asks for answers to delivered messages, each at its own interval."""

    def __init__(
        self,
        tools: Tools,
        *,
        arrive: Arrive,
        assemble: Assemble,
        lanes: Lanes,
        entrance: Entrance[E],
        duties: Duties,
    ) -> None:
        """``lanes`` are the ones that delivery pushes, too."""
        self._tools = tools
        self._entrance = entrance
        self._duties = duties
        self._arrive = arrive
        self._assemble = assemble
        self._lanes = lanes
        self._tasks: set[asyncio.Task[None]] = set()
        self.bell: Bell = tools.clock.bell("poller")

    async def run(self) -> None:
        """Go on until cancelled."""
        try:
            while True:
                until = await self._turn()
                await self.bell.wait(until)
        finally:
            for task in self._tasks:
                task.cancel()

    async def _turn(self) -> datetime | None:
        now = self._tools.clock.now()
        if not self._duties.holds(POLL):
            return None  # it looks again when the store rings, each second at least
        try:
            for office in await self._tools.store.due_offices(now, ("poll_at",)):
                await self._office(office, now)
            moments = [await self._tools.store.next_due(now), self._lanes.opens_at(now)]
            return min((m for m in moments if m is not None), default=None)
        except StoreError as error:
            self._tools.probe.trouble("receipts.poller", error)
            return self._tools.clock.later(1.0)

    async def _office(self, office: OfficeId, now: datetime) -> None:
        if office not in self._tools.versions.current.offices:
            return
        limits = self._lanes.limits(office)
        entry = await self._entrance.enter(office, BATCH, now, calls=CALLS)
        if not entry.count:
            return
        claimed: Sequence[Claimed] = ()
        try:
            claimed = await self._tools.store.claim_polls(
                office, now=now, limit=entry.count, again_s=limits.poll_every_s
            )
        finally:
            await self._entrance.unused(entry, entry.count - len(claimed))
        size = max(1, limits.batch)
        for start in range(0, len(claimed), size):
            part = claimed[start : start + size]
            # Nobody waits for them: a hung office would hold up the others.
            task = asyncio.create_task(self._part(office, part, limits, entry))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _part(
        self,
        office: OfficeId,
        part: Sequence[Claimed],
        limits: LaneLimits,
        entry: E,
    ) -> None:
        heard = None
        with self._tools.clock.under_way():
            try:
                heard = await self._ask(office, part, limits)
            except Exception as error:  # noqa: BLE001  recorded; the next turn asks again
                self._tools.probe.trouble("receipts.poller", error)
            finally:
                await self._entrance.ended(entry, len(part), heard)
                self.bell.ring()

    async def _ask(
        self, office: OfficeId, claimed: Sequence[Claimed], limits: LaneLimits
    ) -> Answer | None:
        """Ask and take in; what the office said, if it was asked."""
        claimed, messages = await self._assembled(claimed)
        if not claimed:
            return None
        first = claimed[0].transfer.id
        try:
            adapter = self._tools.adapters.of(office)
            async with asyncio.timeout(limits.timeout_s + 1.0):
                answers = await adapter.poll(messages, timeout_s=limits.timeout_s)
            answered = list(zip(claimed, answers, strict=True))
        except TimeoutError:
            self._tell(office, Outcome.UNKNOWN, "timeout", len(claimed))
            return Answer(Outcome.UNKNOWN, "timeout", transfer_id=first)
        except DeliveryError as error:
            # The next turn asks again; ``claim_polls`` has moved the moment on.
            answer = replace(answer_of(error), transfer_id=first)
            if answer.outcome in _BAD:
                # Nor will that one: whose answers do not come is shown.
                for one in claimed:
                    await self._apply(one, answer)
            else:
                self._tell(office, answer.outcome, error.code, len(claimed))
            return answer
        except (SlotNotOffered, StoreError):
            raise
        except Exception as error:  # noqa: BLE001  else nobody would know what it waits for
            self._tools.probe.trouble("receipts.poller", error)
            broken = answer_of(AgencyBrokeContract())
            for one in claimed:
                await self._apply(one, broken)
            return None
        for one, answer in answered:
            await self._apply(one, answer)
        # Whatever it told of the messages, the office is there.
        return Answer(Outcome.DELIVERED, "polled", transfer_id=first)

    async def _assembled(
        self, claimed: Sequence[Claimed]
    ) -> tuple[list[Claimed], list[OutboundMessage]]:
        """Questions that can be asked; one that cannot is marked and left out."""
        able, messages = [], []
        for one in claimed:
            try:
                messages.append(await self._assemble(one))
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001  the others are asked all the same
                self._tools.probe.trouble("receipts.poller", error)
                code = getattr(error, "code", "message_unreadable")
                await self._tools.store.mark_polled(
                    one.transfer.id, code, now=self._tools.clock.now()
                )
            else:
                able.append(one)
        return able, messages

    async def _apply(self, claimed: Claimed, answer: Answer) -> None:
        transfer = claimed.transfer
        self._tell(transfer.office, answer.outcome, answer.code, 1)
        bad = answer.code if answer.outcome in _BAD else None
        if bad != transfer.cause:
            await self._tools.store.mark_polled(
                transfer.id, bad, now=self._tools.clock.now()
            )
        for report in answer.reports:
            try:
                if await self._is_old(transfer, report):
                    continue
                await self._arrive(
                    transfer.agency,
                    transfer.office,
                    report,
                    self._tools.clock.now(),
                    transfer.id,
                )
            except GatewayError as error:
                self._tools.probe.trouble("receipts.poller", error)

    async def _is_old(self, transfer: Transfer, report: AgencyReport) -> bool:
        """Whether we were told this before: every poll tells again what is so."""
        return await was_taken_in(
            self._tools, transfer.agency, transfer.office, report.fingerprint
        )

    def _tell(self, office: OfficeId, outcome: Outcome, code: str, count: int) -> None:
        self._tools.probe.attempt(
            office=office,
            purpose="poll",
            outcome=outcome.value,
            code=code,
            count=count,
        )
