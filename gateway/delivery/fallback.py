"""An entry stands in for another: what has not left goes to it, and new messages too.

A message leaves by one entry only. What may have left stays where it is: the office
is asked about it, or a person is, as always.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    SenderError,
    StoreError,
)
from gateway.domain.fallback import Fallback
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import Fate, Move, State
from gateway.ports.store import Change
from gateway.routing.versions import StandingIn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence
    from datetime import datetime

    from gateway.domain.identifiers import OfficeId
    from gateway.domain.transfer import Transfer
    from gateway.ports.clock import Bell
    from gateway.ports.work import WorkStore
    from gateway.sealing.tools import Tools

#: Transfers that are looked at in one turn for one office.
BATCH = 200


class Fallbacks:
    """Which entries stand in, as this node knows it, and the loop that acts by it."""

    def __init__(self, tools: Tools, kept: WorkStore | None) -> None:
        """Know of none; ``load`` reads the store, None: there never is one."""
        self._tools = tools
        self._kept = kept
        self._known: dict[str, Fallback] = {}
        self._to_look_at: set[OfficeId] = set()
        # What was read before somebody's change must not be taken for newer than it.
        self._one_by_one = asyncio.Lock()

    @cached_property
    def bell(self) -> Bell:
        """Rung when a message may have to go elsewhere."""
        return self._tools.clock.bell("fallback")

    def of(self, office: OfficeId) -> Fallback | None:
        """Who stands in for an entry now."""
        found = (f for f in self._known.values() if f.office == office)
        return next((one for one in found if one.over_at is None), None)

    async def load(self) -> None:
        """Read anew what other nodes and people decided."""
        if self._kept is None:
            return
        async with self._one_by_one:
            rows = {one.id: one for one in await self._kept.fallbacks()}
            if rows != self._known:
                self._take(rows)

    def _take(self, rows: dict[str, Fallback]) -> None:
        changed = [rows[key] for key in rows if rows[key] != self._known.get(key)]
        self._known = rows
        ever: dict[OfficeId, set[OfficeId]] = {}
        for one in rows.values():
            ever.setdefault(one.stands, set()).add(one.office)
        self._tools.versions.standing_in = StandingIn(
            {one.office: one.stands for one in rows.values() if one.over_at is None},
            {entry: frozenset(offices) for entry, offices in ever.items()},
        )
        self._to_look_at |= {one.office for one in changed}
        self.bell.ring()

    async def begin(
        self, office: OfficeId, stands: OfficeId, by: str, why: str
    ) -> Fallback:
        """Let an entry stand in from now on.

        Raises:
            ActionNotPossible: another does already.
            SenderError: the entry cannot.
        """
        self._must_be_able(office, stands)
        tools = self._tools
        if self.of(office) is not None:
            raise _lasts()
        fallback = Fallback(
            tools.chance.identifier("fb"), office, stands, tools.clock.now(), by, why
        )
        try:
            await self._keep(fallback, by, why)
        except ChangedMeanwhile:
            raise _lasts() from None
        return fallback

    async def end(self, office: OfficeId, by: str, why: str) -> Fallback:
        """Let an entry take its own messages again.

        Raises:
            ActionNotPossible: none stands in for it.
        """
        present = self.of(office)
        if present is None:
            raise ActionNotPossible(
                code="no_fallback",
                remedy="Đơn vị này đang nhận bằng kênh của chính nó.",
            )
        fallback = replace(present, over_at=self._tools.clock.now())
        await self._keep(fallback, by, why)
        return fallback

    async def _keep(self, fallback: Fallback, by: str, why: str) -> None:
        facts = {
            "id": fallback.id,
            "what": "begun" if fallback.over_at is None else "ended",
            "office": fallback.office,
            "to": fallback.stands,
            "why": why,
        }
        at = fallback.over_at or fallback.since
        line = JournalLine("fallback", at, by, facts)
        if self._kept is None:
            return
        async with self._one_by_one:
            await self._kept.set_fallback(fallback, line)
            self._take({**self._known, fallback.id: fallback})

    def _must_be_able(self, office: OfficeId, stands: OfficeId) -> None:
        offices = self._tools.versions.current.offices
        here, entry = offices.get(office), offices.get(stands)
        if (
            here is None
            or entry is None
            or here.agency != entry.agency
            or here is entry
        ):
            raise SenderError(
                code="fallback_invalid",
                remedy="Nêu một kênh khác của cùng ngành; xem lienthong lane list.",
            )
        adapter = self._tools.adapters.of(stands)
        here_kinds = self._tools.adapters.of(office).traits.keys()
        if adapter.desk is None or here_kinds - adapter.traits.keys():
            raise SenderError(
                code="fallback_invalid",
                remedy="Chỉ kênh làm tay (danh sách việc) mới thay được kênh khác.",
            )
        taken = {one.stands for one in self._known.values() if one.over_at is None}
        if self.of(stands) is not None or office in taken:
            raise SenderError(
                code="fallback_invalid",
                remedy="Một kênh đang nhận thay thì không có kênh nhận thay chính nó.",
            )

    async def run(self) -> None:
        """Re-address what has not left, whenever anything has become due."""
        while True:
            until = await self._turn()
            await self.bell.wait(until)

    async def _turn(self) -> datetime | None:
        looked = {*self._to_look_at}
        self._to_look_at -= looked
        try:
            for one in list(self._known.values()):
                await self._one(one, looked)
        except StoreError as error:
            self._to_look_at |= looked
            self._tools.probe.trouble("delivery.fallback", error)
        return self._tools.clock.later(1.0) if self._to_look_at else None

    async def _one(self, one: Fallback, looked: Collection[OfficeId]) -> None:
        """Act by one of them; an entry that cannot stand in holds up no other."""
        try:
            if one.over_at is None:
                await self._readdress(one.office, one.stands)
            elif one.office in looked and self.of(one.office) is None:
                await self._give_back(one)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  recorded; the next turn tries again
            self._tools.probe.trouble("delivery.fallback", error)

    async def _readdress(self, office: OfficeId, to: OfficeId) -> None:
        """Send what is due at an entry to the one that stands in for it."""
        traits = self._tools.adapters.of(to).traits
        async for transfer in self._found(office, (State.DUE,)):
            if transfer.fate is Fate.NOT_LEFT and transfer.kind in traits:
                await self._move(transfer, to)

    async def _give_back(self, over: Fallback) -> None:
        """Send back what nobody was shown; the rest was handed out, and stays."""
        states = (State.DUE, State.SENDING, State.UNCONFIRMED)
        async for transfer in self._found(over.stands, states):
            if transfer.fate is not Fate.NOT_LEFT:
                continue
            if not await self._goes_by(transfer, over.office):
                continue
            if transfer.state is State.SENDING:
                # Its attempt ends soon, with the message lying ready.
                self._to_look_at.add(over.office)
            else:
                await self._move(transfer, over.office)

    async def _goes_by(self, transfer: Transfer, entry: OfficeId) -> bool:
        """Whether a message would be made for that entry now: others have theirs here."""
        row = await self._tools.store.dossier(transfer.dossier_id, EVERYTHING)
        if row is None or transfer.leg is None:
            return False
        today = legal_day(self._tools.clock.now())
        office = row.case.leg(transfer.leg).office
        road = self._tools.versions.current.road(office, today)
        return road is not None and road.id == entry

    async def _found(
        self, office: OfficeId, states: Sequence[State]
    ) -> AsyncIterator[Transfer]:
        after: str | None = None
        while True:
            page = await self._tools.overview.transfers_in(
                EVERYTHING,
                states=[state.value for state in states],
                office=office,
                after=after,
                limit=BATCH,
            )
            for transfer in page:
                yield transfer
            if len(page) < BATCH:
                return
            after = page[-1].id

    async def _move(self, head: Transfer, to: OfficeId) -> None:
        """Move one with those behind it: they make no sense at two entries."""
        now = self._tools.clock.now()
        row = await self._tools.store.transfers(head.dossier_id)
        behind = [t for t in row if _follows(t, head)]
        moved = [head, *behind]
        lines = [
            JournalLine(
                "readdressed",
                now,
                "gateway",
                {"transfer": one.id, "from": one.office, "to": to},
            )
            for one in moved
        ]
        change = Change(
            now,
            head.dossier_id,
            moves=tuple(_move(one, to) for one in moved),
            journal=tuple(lines),
        )
        try:
            await self._tools.store.apply(change)
        except ChangedMeanwhile:
            return  # it is being sent, or was shown: it stays
        for one in moved:
            self._tools.probe.action(
                action="readdressed", actor="gateway", transfer_id=one.id, office=to
            )


def _follows(one: Transfer, head: Transfer) -> bool:
    """Whether it waits behind another of its conversation and goes the same way."""
    same = (one.agency, one.conversation, one.office)
    waits = one.state is State.WAITING and one.fate is Fate.NOT_LEFT
    return waits and same == (head.agency, head.conversation, head.office)


def _move(transfer: Transfer, to: OfficeId) -> Move:
    """Its order is settled anew: the first of a conversation becomes due."""
    due = transfer.state is not State.DUE
    return Move(
        transfer.id,
        transfer.state,
        State.DUE if due else State.WAITING,
        Fate.NOT_LEFT,
        unshown=True,
        office=to,
    )


def _lasts() -> ActionNotPossible:
    return ActionNotPossible(
        code="fallback_lasts",
        remedy="Đã có kênh khác đang nhận thay; kết thúc trước (lane fallback --end).",
    )
