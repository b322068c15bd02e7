"""Asks offices about dossiers that they have, and of which no answer is polled.

Who was handed a dossier before the gateway knew of it (taken over as it lay, carried
on paper) has no message of ours whose answer could be fetched. Its system can still be
asked by the dossier's number. What it answers is the office's own word about that very
dossier and is taken in like an answer to a poll; that it knows of none is only proposed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from gateway.calendar.working_time import working_time
from gateway.delivery.assemble import about
from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    DeliveryError,
    GatewayError,
    NeedsConfiguration,
    SlotNotOffered,
)
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.domain.stuck import Cause, Kind
from gateway.ports.agency import Answer, answer_of
from gateway.ports.nodes import POLL
from gateway.ports.stuck import Bounds
from gateway.proposing.finding import not_known_there
from gateway.receipts.arrive import arrive
from gateway.receipts.poller import CALLS, Entry
from gateway.receipts.repeats import was_taken_in
from gateway.watch.stuck import quiet_since

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gateway.domain.case import LegCase
    from gateway.domain.identifiers import MessageKind, OfficeId
    from gateway.ports.agency import AgencyAdapter, OutboundMessage
    from gateway.ports.nodes import Duties
    from gateway.ports.store import DossierRow
    from gateway.receipts.poller import Entrance, Lanes
    from gateway.sealing.tools import Tools

E = TypeVar("E", bound=Entry)
#: Real seconds between two looks.
LOOK_EVERY_S = 30.0
#: Dossiers of one office that are asked about in one look.
AT_ONCE = 50
#: Working days without a word after which an office is asked, once a day.
SILENT_DAYS = 1
#: No clock is over at this moment: who is late is asked about like everybody.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Case:
    """A dossier to ask about; ``cursor``: its place among those of its office."""

    row: DossierRow
    leg: LegCase
    cursor: str


class Asker(Generic[E]):
    """One node of all does it, the one that polls: some systems bear one question at a time.

    How far it has come in a day is remembered until it ends: who takes over begins anew.
    """

    def __init__(
        self, tools: Tools, *, lanes: Lanes, entrance: Entrance[E], duties: Duties
    ) -> None:
        """``entrance``: a question is a call like every other."""
        self._tools = tools
        self._lanes = lanes
        self._entrance = entrance
        self._duties = duties
        self._has_none: set[OfficeId] = set()
        self._come: dict[OfficeId, tuple[date, str]] = {}

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._tools.clock.rest(LOOK_EVERY_S)
            if self._duties.holds(POLL):
                await self.turn()

    async def turn(self) -> None:
        """Ask each office about some; one that fails does not hold up the others."""
        catalogue = self._tools.versions.current
        for office in catalogue.offices:
            if office in self._has_none or office in catalogue.shadow:
                continue
            try:
                await self._office(office)
            except Exception as error:  # noqa: BLE001  recorded; the next look asks again
                self._tools.probe.trouble("proposing.asking", error)

    async def _office(self, office: OfficeId) -> None:
        tools, now = self._tools, self._tools.clock.now()
        mark, today = f"asked_about:{office}", legal_day(now)
        if await tools.store.mark(mark) == str(today):
            return
        try:
            adapter = tools.adapters.of(office)
        except NeedsConfiguration:
            return
        kinds = [one.kind for one in adapter.traits.values() if one.answer_awaited]
        if not kinds:
            self._has_none.add(office)
            return
        day, after = self._come.get(office, (today, ""))
        found, over = await self._next(office, after if day == today else "", now)
        if found:
            entry = await self._entrance.enter(office, len(found), now, calls=CALLS)
            if not entry.count:
                return
            asked = found[: entry.count]
            await self._ask(office, adapter, kinds[0], asked, entry)
            self._come[office] = (today, asked[-1].cursor)
            over = over and len(asked) == len(found)
        elif not over:
            self._come[office] = (today, after)
        if over:
            self._come.pop(office, None)
            await tools.store.set_mark(mark, str(today))

    async def _next(
        self, office: OfficeId, after: str, now: datetime
    ) -> tuple[list[_Case], bool]:
        """The next that are silent and not polled, and whether there are no more."""
        tools = self._tools
        catalogue = tools.versions.current
        working = working_time(catalogue.calendar, office)
        before = quiet_since(working, legal_day(now), SILENT_DAYS)
        bounds = Bounds(_NEVER, _NEVER, {str(office): before})
        cause = Cause(Kind.SILENT, catalogue.offices[office].agency, office, "")
        found: list[_Case] = []
        while True:
            rows = await tools.stuck.kept.stuck_by(
                cause, EVERYTHING, bounds, after=after or None, limit=AT_ONCE
            )
            for one in rows:
                after = one.cursor
                row = await tools.store.dossier(one.dossier_id, EVERYTHING)
                if row is not None and not await self._is_polled(row, one.leg):
                    found.append(_Case(row, row.case.leg(one.leg), one.cursor))
            if found or len(rows) < AT_ONCE:
                return found, len(rows) < AT_ONCE

    async def _is_polled(self, row: DossierRow, leg: str) -> bool:
        """Whether an answer about it is fetched anyhow."""
        sent = await self._tools.store.transfers(row.case.dossier_id)
        return any(one.leg == leg and one.poll_at is not None for one in sent)

    async def _ask(
        self,
        office: OfficeId,
        adapter: AgencyAdapter,
        kind: MessageKind,
        cases: Sequence[_Case],
        entry: E,
    ) -> None:
        tools, heard = self._tools, None
        with tools.clock.under_way():
            try:
                able = await self._messages(cases, kind)
                timeout_s = self._lanes.limits(office).timeout_s
                answers: Sequence[Answer] = ()
                if able:
                    messages = [message for _, message in able]
                    async with asyncio.timeout(timeout_s + 1.0):
                        answers = await adapter.ask_about(messages, timeout_s=timeout_s)
                    heard = Answer(Outcome.DELIVERED, "asked")
                for (one, _), answer in zip(able, answers, strict=True):
                    await self._take(office, one, answer)
            except SlotNotOffered:
                self._has_none.add(office)
            except TimeoutError:
                heard = Answer(Outcome.UNKNOWN, "timeout")
            except DeliveryError as error:
                heard = answer_of(error)
                tools.probe.trouble("proposing.asking", error)
            finally:
                await self._entrance.ended(entry, entry.count, heard)
        tools.probe.action(
            action="asked_about", actor="gateway", office=office, count=len(cases)
        )

    async def _messages(
        self, cases: Sequence[_Case], kind: MessageKind
    ) -> list[tuple[_Case, OutboundMessage]]:
        """Questions that can be asked; one whose document is gone is left out."""
        able = []
        for one in cases:
            with suppress(DeliveryError):
                able.append((one, await about(self._tools, one.row, one.leg, kind)))
        return able

    async def _take(self, office: OfficeId, one: _Case, answer: Answer) -> None:
        tools, now = self._tools, self._tools.clock.now()
        if answer.outcome is Outcome.NOT_DELIVERED:
            await not_known_there(tools, one.row, one.leg, office)
            return
        for report in answer.reports:
            agency = one.leg.agency
            try:
                if not await was_taken_in(tools, agency, office, report.fingerprint):
                    await arrive(tools, agency, office, report, now)
            except GatewayError as error:
                tools.probe.trouble("proposing.asking", error)
