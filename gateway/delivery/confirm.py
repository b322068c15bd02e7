"""Settles transfers whose fate is unknown: by asking the agency, or by a person."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.delivery.assemble import assemble
from gateway.delivery.deliver import write
from gateway.delivery.settle import (
    Verdict,
    after_enquiry,
    hopeless,
    should_have_fetched,
)
from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    DeliveryError,
    DeliveryUnknown,
    NeedsConfiguration,
    StoreError,
)
from gateway.domain.trace import of_enquiry
from gateway.domain.transfer import OTHER, Fate, State
from gateway.domain.values import dataclass, replace
from gateway.ports.agency import Answer, answer_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.delivery.entrance import Entrance, Entry
    from gateway.delivery.lanes import Lanes
    from gateway.domain.identifiers import OfficeId
    from gateway.domain.lane import LaneLimits
    from gateway.domain.transfer import Transfer
    from gateway.ports.agency import KindTraits
    from gateway.ports.clock import Bell
    from gateway.ports.nodes import Nodes
    from gateway.ports.store import Claimed
    from gateway.sealing.tools import Tools

#: Enquiries of one office that are asked in one turn.
BATCH = 20
#: When to ask about what was on its way to an office that is not configured any more.
DEFAULT_AGAIN_S = 60.0
#: Why a message of a restored store is left to a person: nobody can be asked about its
#: twin, which had another identifier.
TWIN_UNKNOWN = "twin_unknown"


class Confirmer:
    """Asks before anything is sent again."""

    def __init__(
        self,
        tools: Tools,
        lanes: Lanes,
        wake: Bell,
        *,
        nodes: Nodes,
        entrance: Entrance,
    ) -> None:
        """``wake`` is rung when a transfer has become due by an enquiry."""
        self._tools = tools
        self._lanes = lanes
        self._nodes = nodes
        self._entrance = entrance
        self._wake = wake
        self._tasks: set[asyncio.Task[None]] = set()
        self.bell: Bell = tools.clock.bell("confirm")

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
        try:
            for office in await self._tools.store.due_offices(now, ("lease_until",)):
                await self._nodes.end_leases(office, now, self._again_s(office))
            for office in await self._tools.store.due_offices(now, ("ask_at",)):
                if office in self._tools.versions.current.offices:
                    await self._office(office, now)
            moments = [await self._tools.store.next_due(now), self._lanes.opens_at(now)]
            return min((m for m in moments if m is not None), default=None)
        except StoreError as error:
            self._tools.probe.trouble("delivery.confirm", error)
            return self._tools.clock.later(1.0)

    def _again_s(self, office: OfficeId) -> float:
        """Nobody asks sooner than one whole attempt takes; an office may be gone."""
        if office not in self._tools.versions.current.offices:
            return DEFAULT_AGAIN_S
        limits = self._lanes.limits(office)
        return max(limits.enquire_every_s, limits.timeout_s)

    async def _office(self, office: OfficeId, now: datetime) -> None:
        # An enquiry is a call like any other: the office's limits hold for it, too.
        entry = await self._entrance.enter(office, BATCH, now)
        if not entry.count:
            return
        claimed: Sequence[Claimed] = ()
        try:
            claimed = await self._tools.store.claim_enquiries(
                office, now=now, limit=entry.count, again_s=self._again_s(office)
            )
        finally:
            await self._entrance.unused(entry, entry.count - len(claimed))
        for one in claimed:
            # Nobody waits for them: a hung office would hold up the others.
            task = asyncio.create_task(self._settle(one, entry))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _settle(self, claimed: Claimed, entry: Entry) -> None:
        heard = None
        with self._tools.clock.under_way():
            try:
                heard = await self._ask(claimed)
            except Exception as error:  # noqa: BLE001  the others are settled all the same
                self._tools.probe.trouble("delivery.confirm", error)
            finally:
                await self._entrance.ended(entry, heard=heard)
                self.bell.ring()

    async def _ask(self, claimed: Claimed) -> Answer | None:
        """Ask and write down; what the office said, if it was asked."""
        transfer = claimed.transfer
        limits = self._lanes.limits(transfer.office)
        started_at = self._tools.clock.now()
        try:
            traits = self._traits(transfer)
        except NeedsConfiguration as error:
            if transfer.fate is Fate.NOT_LEFT:
                raise  # it lies ready for an office that may yet come for it
            # As with what is to be sent: asked about again, it would wait unseen.
            await self._leave_to_person(claimed, started_at, answer_of(error))
            return None
        if transfer.doubt == OTHER and not traits.by_content:
            # Its twin may have left, under an identifier that a restore lost.
            told = Answer(Outcome.UNKNOWN, TWIN_UNKNOWN)
            await self._leave_to_person(claimed, started_at, told)
            return None
        if traits.fetched:
            await self._note_ready(transfer, limits)
            return None
        heard = await self._answer(claimed, traits, limits.timeout_s)
        answer = _about_the_message(heard)
        verdict = after_enquiry(
            transfer, traits, answer, limits, now=self._tools.clock.now()
        )
        told = answer or Answer(Outcome.UNKNOWN, "not_enquirable")
        self._tools.probe.attempt(
            transfer_id=transfer.id,
            agency=transfer.agency,
            office=transfer.office,
            kind=transfer.kind,
            purpose="enquire",
            outcome=told.outcome.value,
            code=told.code,
            dossier_id=transfer.dossier_id,
            **of_enquiry(claimed.dossier.case, transfer).facts,
        )
        if verdict is not None:
            await write(
                self._tools,
                claimed,
                verdict,
                told,
                purpose="enquire",
                started_at=started_at,
            )
            self._wake.ring()
        return None if heard is None else _of_the_office(heard)

    def _traits(self, transfer: Transfer) -> KindTraits:
        """What can be hoped for of its kind.

        Raises:
            NeedsConfiguration: the office's entry makes no adapter.
        """
        known = self._tools.adapters.of(transfer.office).traits.get(transfer.kind)
        return known or hopeless(transfer.kind)

    async def _leave_to_person(
        self, claimed: Claimed, at: datetime, told: Answer
    ) -> None:
        """Nobody can be asked, for the reason that is told."""
        verdict = Verdict(State.PARKED, Fate.MAY_HAVE_LEFT, None, told.code)
        await write(
            self._tools, claimed, verdict, told, purpose="enquire", started_at=at
        )

    async def _note_ready(self, transfer: Transfer, limits: LaneLimits) -> None:
        """There is nobody to be asked: say whether the office is late to come for it."""
        overdue = should_have_fetched(transfer, limits, self._tools.clock.now())
        await self._tools.pickup.note_ready(transfer.id, overdue=overdue)

    async def _answer(
        self, claimed: Claimed, traits: KindTraits, timeout_s: float
    ) -> Heard | None:
        """What the agency says; None when this kind cannot be asked."""
        if not traits.enquirable:
            return None
        said = True
        try:
            message = await assemble(self._tools, claimed)
            adapter = self._tools.adapters.of(claimed.transfer.office)
            async with asyncio.timeout(timeout_s + 1.0):
                answer = await adapter.enquire(message, timeout_s=timeout_s)
        except TimeoutError:
            answer, said = Answer(Outcome.UNKNOWN, "timeout"), False
        except DeliveryError as error:
            answer, said = answer_of(error), False
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  else it would be asked for ever
            self._tools.probe.trouble("delivery.confirm", error)
            answer, said = Answer(Outcome.UNKNOWN, DeliveryUnknown.default_code), False
        return Heard(replace(answer, transfer_id=claimed.transfer.id), said=said)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of an enquiry; ``said``: the agency told something of the message."""

    answer: Answer
    said: bool


def _of_the_office(heard: Heard) -> Answer:
    """«It is not here» is an answer, too: the office is there."""
    if heard.said and heard.answer.outcome is Outcome.NOT_DELIVERED:
        return replace(heard.answer, outcome=Outcome.DELIVERED)
    return heard.answer


def _about_the_message(heard: Heard | None) -> Answer | None:
    """An enquiry that found nobody says nothing about the message."""
    if heard is None:
        return None
    if heard.said:
        return heard.answer
    return Answer(Outcome.UNKNOWN, heard.answer.code, heard.answer.detail)
