"""Files that people carried here: read one by one, each once, wherever it was laid."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    ChangedMeanwhile,
    GatewayError,
    NeedsConfiguration,
    ReportRefused,
    StoreError,
)
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import Fate, Move, State
from gateway.domain.values import replace
from gateway.ports.agency import InboundMessage
from gateway.ports.inbox import Package, PackageNotTaken
from gateway.ports.nodes import COLLECT
from gateway.ports.store import Change
from gateway.receipts.callback import keep_unreadable, take_parts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from gateway.domain.identifiers import AgencyId, OfficeId
    from gateway.ports.clock import Bell
    from gateway.ports.inbox import Inbox, Part, PartResult
    from gateway.ports.nodes import Duties
    from gateway.sealing.tools import Tools

#: Real seconds between two looks into the folders.
LOOK_EVERY_S = 15.0
#: What a message is called that came so.
PACKAGE = "package"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file; ``refused`` where none of it was taken.

    ``results``: one of each part.
    """

    name: str
    number: str
    results: tuple[PartResult, ...] = ()
    confirms: int = 0
    refused: PackageNotTaken | None = None


class Collector:
    """Looks into every office's folder for what was carried here."""

    def __init__(self, tools: Tools, duties: Duties) -> None:
        """Nothing is read before ``run``."""
        self._tools = tools
        self._duties = duties
        self._reading: defaultdict[OfficeId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._tasks: set[asyncio.Task[None]] = set()
        self._at: set[OfficeId] = set()
        self.bell: Bell = tools.clock.bell("collector")

    async def run(self) -> None:
        """Go on until cancelled."""
        looking = asyncio.create_task(self._look_again())
        try:
            while True:
                self._turn()
                await self.bell.wait(None)
        finally:
            for task in (looking, *self._tasks):
                task.cancel()

    async def _look_again(self) -> None:
        # By real time: a loop that slept by the wall would keep virtual time going.
        while True:
            await self._tools.clock.rest(LOOK_EVERY_S)
            if await self.is_anything_there():
                self.bell.ring()

    async def is_anything_there(self) -> bool:
        """Whether a whole file waits to be read."""
        for _, _, inbox in desks(self._tools):
            try:
                if await inbox.waiting():
                    return True
            except StoreError as error:
                self._tools.probe.trouble("receipts.collector", error)
        return False

    def _turn(self) -> None:
        if not self._duties.holds(COLLECT):
            return
        for office, agency, inbox in desks(self._tools):
            if office in self._at or self._reading[office].locked():
                continue
            self._at.add(office)
            # Nobody waits for them: a folder that hangs would hold up the others.
            task = asyncio.create_task(self._desk(office, agency, inbox))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _desk(self, office: OfficeId, agency: AgencyId, inbox: Inbox) -> None:
        with self._tools.clock.under_way():
            try:
                for name in await inbox.waiting():
                    await self.take_in(office, agency, inbox, name)
            except Exception as error:  # noqa: BLE001  recorded; the next look goes on
                # The file lies where it lay; the next look finds it again.
                self._tools.probe.trouble("receipts.collector", error)
            finally:
                self._at.discard(office)

    async def take_in(
        self,
        office: OfficeId,
        agency: AgencyId,
        inbox: Inbox,
        name: str,
        *,
        by: str = "",
    ) -> Taken:
        """Read one file that waits; durable when it returns, and again is harmless.

        ``by``: the principal who handed it in.

        Raises:
            StoreError: nothing or a part of it was taken; it still waits.
        """
        async with self._reading[office]:
            return await self._take_in(office, agency, inbox, name, by)

    async def _take_in(
        self, office: OfficeId, agency: AgencyId, inbox: Inbox, name: str, by: str
    ) -> Taken:
        tools, now = self._tools, self._tools.clock.now()
        body = await inbox.read(name)
        message = InboundMessage(office, PACKAGE, body, {}, {}, now)
        try:
            package = await self._opened(inbox, name, body, now)
        except PackageNotTaken as refused:
            await keep_unreadable(tools, agency, message, refused)
            await inbox.refused(name, refused, now)
            self._tell(office, Outcome.CONTRACT_BROKEN, refused.code)
            return Taken(name, refused.number or name, refused=refused)
        parts = [_brought(part, by) for part in package.parts]
        results = await take_parts(tools, agency, message, parts)
        await package.taken(results, now)
        await self._ask_at_once(office, package)
        self._tell(office, Outcome.DELIVERED, "taken")
        return Taken(name, package.number, tuple(results), len(package.confirms))

    async def _opened(
        self, inbox: Inbox, name: str, body: bytes, now: datetime
    ) -> Package:
        """The file opened; over whatever its reader breaks, it is kept and goes back."""
        try:
            return await inbox.open(name, body, now)
        except GatewayError:
            raise
        except Exception as error:
            self._tools.probe.trouble("receipts.collector", error)
            why = ReportRefused()
            raise PackageNotTaken(
                why.code, remedy=why.remedy, detail="", number="", sender=""
            ) from error

    async def _ask_at_once(self, office: OfficeId, package: Package) -> None:
        """Whoever waits for a receipt need not wait for the next look.

        One that was given up for missing waits for it again: here it is.
        """
        store, now = self._tools.store, self._tools.clock.now()
        waiting = []
        for identifier in package.confirms:
            transfer = await store.transfer(identifier, EVERYTHING)
            if transfer is None or transfer.office != office:
                continue
            doubtful = transfer.fate is Fate.MAY_HAVE_LEFT
            if transfer.state is State.UNCONFIRMED:
                waiting.append(transfer.id)
            elif transfer.state is State.PARKED and doubtful:
                move = Move(
                    transfer.id, transfer.state, State.UNCONFIRMED, transfer.fate, now
                )
                # Whoever moved it on in the meantime knew of the receipt or asks.
                with contextlib.suppress(ChangedMeanwhile):
                    await store.apply(Change(now, transfer.dossier_id, moves=(move,)))
        if waiting:
            await store.apply(Change(now, enquiries=tuple(waiting)))

    def _tell(self, office: OfficeId, outcome: Outcome, code: str) -> None:
        self._tools.probe.attempt(
            office=office,
            purpose="collect",
            outcome=outcome.value,
            code=code,
            count=1,
        )


def _brought(part: Part, by: str) -> Part:
    if not by or part.report is None:
        return part
    return replace(part, report=replace(part.report, handed_in_by=by))


def desks(tools: Tools) -> Iterator[tuple[OfficeId, AgencyId, Inbox]]:
    """Offices with which files are exchanged, in the order of their names."""
    for office in sorted(tools.versions.current.offices):
        try:
            adapter = tools.adapters.of(office)
        except NeedsConfiguration:
            # What keeps an adapter from being built is told where it is used.
            continue
        if adapter.inbox is not None:
            yield office, adapter.agency, adapter.inbox


def carried(tools: Tools) -> Iterator[tuple[OfficeId, AgencyId, Inbox]]:
    """Those of them whose files people carry."""
    return (desk for desk in desks(tools) if desk[2].carried)
