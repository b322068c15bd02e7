"""The loops of one process, each given what it works with."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

from gateway.contesting.mailing import LatenessMails
from gateway.delivery.assemble import assemble
from gateway.delivery.bulk_runner import BulkRunner
from gateway.delivery.confirm import Confirmer
from gateway.delivery.entrance import Entrance, Entry
from gateway.delivery.leases import Leases, Shared
from gateway.delivery.worker import Worker
from gateway.domain.errors import StoreError
from gateway.evidence.rooting import RootMaker
from gateway.intake.proposed_alone import ProposedAlone
from gateway.intake.stand_in import StandIns
from gateway.proposing.asking import Asker
from gateway.proposing.digest import ProposalDigest
from gateway.proposing.proposer import Proposer
from gateway.receipts.collector import Collector
from gateway.receipts.fetch import Fetcher
from gateway.receipts.in_answers import keep_first
from gateway.receipts.matcher import Matcher
from gateway.receipts.poller import Poller
from gateway.receipts.puller import Puller
from gateway.receipts.unforeseen import arrive_or_keep
from gateway.reports.due_mailing import DueMailing
from gateway.watch.digest import Digest
from gateway.watch.disk_growth import DiskBook
from gateway.watch.engine import Engine
from gateway.watch.expiry import Expiry
from gateway.watch.measurer import Measurer
from gateway.watch.membership import Membership
from gateway.watch.quarantine import end_old
from gateway.watch.restored import Restored
from gateway.watch.rewrapping import Rewrapper
from gateway.watch.sealer import Sealer
from gateway.watch.sweeper import Sweeper, ending_replays
from gateway.watch.wall import WallWatch
from gateway.wiring import alerting
from gateway.wiring.mail import rhythm_of
from gateway.wiring.stamping import stampers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.delivery.deliver import Arrive
    from gateway.delivery.lanes import Lanes
    from gateway.domain.identifiers import AgencyId, OfficeId, TransferId
    from gateway.domain.report import AgencyReport
    from gateway.ports.clock import Bell
    from gateway.ports.mail import Mailer
    from gateway.ports.nodes import Duties, Nodes
    from gateway.ports.reaching import OfficeNotes
    from gateway.sealing.tools import Tools
    from gateway.settings import Settings
    from gateway.watch.readiness import Readiness
    from gateway.wiring.alerting import Alerting
    from gateway.wiring.ports import Opened

#: Real seconds between two looks at what other nodes and people have changed.
LOOK_EVERY_S = 1.0


class Loop(Protocol):
    """Something that goes on until it is cancelled."""

    @abstractmethod
    async def run(self) -> None:
        """Go on."""


@dataclass(frozen=True, slots=True)
class Loops:
    """All loops; ``keeping`` ones go on until those that work have ended."""

    working: tuple[Loop, ...]
    keeping: tuple[Loop, ...]
    membership: Membership
    worker: Worker
    bulk: BulkRunner
    engine: Engine
    collector: Collector
    measurer: Measurer
    alerting: Alerting
    weekly: DueMailing | None
    restored: Restored


def made(
    tools: Tools,
    lanes: Lanes,
    opened: Opened,
    settings: Settings,
    *,
    readiness: Readiness,
    lost: Callable[[], object],
    reload: Callable[[], Awaitable[object]],
) -> Loops:
    """Make them, and let commits ring their bells.

    ``lost``: another process goes by this node's name; ``reload`` takes up a newer
    configuration.
    """
    take, kept = _taking(tools), opened.kept
    shared = Shared(kept, Leases(), kept.lease_s)
    membership = _membership(tools, kept, shared, lost)
    worker = _worker(tools, lanes, settings, shared)
    bulk = BulkRunner(tools, runner=settings.node)
    entrance = Entrance(tools, lanes, opened.kept)
    asking = _asking(tools, lanes, opened, worker, take, membership, entrance)
    puller = Puller(tools, lanes=lanes, entrance=entrance, duties=membership)
    known = _known(tools, lanes, entrance, membership)
    bells = [worker.bell, puller.bell, *(loop.bell for loop in asking)]
    _wake(lanes, opened, bulk, bells)
    engine = _engine(tools, lanes, opened, bells[:-1], membership)
    collector, measurer = Collector(tools, membership), Measurer(tools, membership)
    parts = (engine, membership, readiness)
    alerts = alerting.made(tools, lanes, opened, settings, *parts)
    restored = Restored(kept, membership)
    books = (*_books(tools, opened, membership, settings), Expiry(tools, restored))
    weekly = _weekly(tools, opened, alerts.mailer, restored, settings)
    mails = (*_mails(tools, alerts.mailer, restored, settings), *weekly)
    look = Look(tools, lanes, reload, restored, kept)
    calling = (worker, bulk, lanes.fallbacks, puller, *asking)
    beside: tuple[Loop, ...] = (collector, measurer, *books, *mails, engine, look)
    return Loops(
        working=(*calling, *known, *beside, *alerts.loops),
        keeping=(membership,),
        membership=membership,
        worker=worker,
        bulk=bulk,
        engine=engine,
        collector=collector,
        measurer=measurer,
        alerting=alerts,
        weekly=next(iter(weekly), None),
        restored=restored,
    )


def places(settings: Settings) -> dict[str, Path]:
    """A folder on each disk that this node writes to, by what lies there."""
    found = {"run": settings.run_dir}
    if settings.attachments.folder is not None:
        found["files"] = settings.attachments.folder
    return found


def _disks(tools: Tools, settings: Settings) -> DiskBook:
    """How fast they fill."""
    store, clock, probe = tools.store, tools.clock, tools.probe
    return DiskBook(store, clock, probe, node=settings.node, folders=places(settings))


def _membership(
    tools: Tools, nodes: Nodes, shared: Shared, lost: Callable[[], object]
) -> Membership:
    """What this node holds, renewed while it lives."""
    clock, probe = tools.clock, tools.probe
    return Membership(nodes, clock, probe, sending=shared.leases, lost=lost)


def _known(
    tools: Tools, lanes: Lanes, entrance: Entrance, duties: Duties
) -> tuple[Loop, ...]:
    """Loops that ask offices what they know, and that match what they said early."""
    return (
        Matcher(tools, duties),
        Proposer(tools, lanes=lanes, entrance=entrance, duties=duties),
        Asker(tools, lanes=lanes, entrance=entrance, duties=duties),
    )


def _wake(
    lanes: Lanes, opened: Opened, bulk: BulkRunner, bells: Sequence[Bell]
) -> None:
    """Let commits ring these bells, and room in a lane those of loops that call."""
    for told in (bulk.nudge, lanes.fallbacks.bell.ring):
        opened.on_commit(told)
    for bell in bells:
        lanes.on_room(bell.ring)
    opened.on_commit(lambda: [bell.ring() for bell in bells])


def _engine(
    tools: Tools, lanes: Lanes, opened: Opened, bells: Sequence[Bell], duties: Duties
) -> Engine:
    """Who looks whether the loops with these bells turn, and nothing is overdue."""
    return Engine(
        opened.kept,
        tools.clock,
        tools.probe,
        has_room=lambda office, now: lanes.room(office, now) > 0,
        bells=bells,
        duties=duties,
    )


def _books(
    tools: Tools, opened: Opened, duties: Duties, settings: Settings
) -> tuple[Loop, ...]:
    """Loops that keep the books in order."""
    kept, node = opened.kept, settings.node
    return (
        Rewrapper(tools, kept, kept, duties, node=node),
        Sealer(tools, duties),
        RootMaker(tools, duties),
        *stampers(tools, duties, settings),
        _sweeper(tools, duties, settings),
        WallWatch(opened.kept, tools.clock, tools.probe),
        _disks(tools, settings),
    )


def _taking(tools: Tools) -> Arrive:
    async def take(
        agency: AgencyId,
        office: OfficeId,
        report: AgencyReport,
        at: datetime,
        transfer: TransferId | None,
    ) -> object:
        return await arrive_or_keep(tools, agency, office, report, at, transfer)

    return take


def _worker(tools: Tools, lanes: Lanes, settings: Settings, shared: Shared) -> Worker:
    return Worker(
        tools,
        lanes,
        node=settings.node,
        slots=settings.slots,
        arrive=partial(arrive_or_keep, tools),
        keep=partial(keep_first, tools),
        shared=shared,
        stop_s=settings.stop_s,
    )


def _sweeper(tools: Tools, duties: Duties, settings: Settings) -> Sweeper:
    kept = timedelta(days=settings.scanning.quarantine_days)
    return Sweeper(
        tools.store,
        tools.attachments,
        tools.clock,
        tools.probe,
        duties=duties,
        uploads_kept=timedelta(days=settings.uploads.kept_days),
        others=(ending_replays(tools.replays), partial(end_old, tools, kept)),
    )


def _weekly(
    tools: Tools,
    opened: Opened,
    mailer: Mailer | None,
    duties: Duties,
    settings: Settings,
) -> tuple[DueMailing, ...]:
    """The weekly letters, where a server is named for it."""
    mail, rhythm = settings.mail, rhythm_of(settings.mail)
    if mail is None or mailer is None or rhythm is None:
        return ()
    page = mail.page.rstrip("/")
    return (DueMailing(tools, opened.kept, mailer, duties, rhythm=rhythm, page=page),)


def _mails(
    tools: Tools, mailer: Mailer | None, duties: Duties, settings: Settings
) -> tuple[Loop, ...]:
    """The daily mails, where a server is named for it; corrections that wait for one."""
    mail, days = settings.mail, settings.corrections.stand_in_days
    page = mail.page.rstrip("/") if mail else ""
    alone = (
        StandIns(tools, mailer, duties, days=days, page=page),
        ProposedAlone(tools, mailer, duties, days=days, page=page),
    )
    if mail is None or mailer is None:
        return alone
    return (
        *alone,
        Digest(tools, mailer, duties, at=mail.at, page=page),
        ProposalDigest(tools, mailer, duties, at=mail.at, page=page),
        LatenessMails(tools, mailer, duties, at=mail.at, page=page),
    )


def _asking(
    tools: Tools,
    lanes: Lanes,
    opened: Opened,
    worker: Worker,
    take: Arrive,
    duties: Duties,
    entrance: Entrance,
) -> tuple[Confirmer, Poller[Entry], Fetcher]:
    """Loops that ask offices; fetching has no lane's room of its own."""
    return (
        Confirmer(tools, lanes, worker.bell, nodes=opened.kept, entrance=entrance),
        Poller(
            tools,
            arrive=take,
            assemble=lambda claimed: assemble(tools, claimed),
            lanes=lanes,
            entrance=entrance,
            duties=duties,
        ),
        Fetcher(tools, lanes.stopped),
    )


class Look:
    """What other nodes change, or a commit whose answer was lost: lanes, configuration."""

    def __init__(
        self,
        tools: Tools,
        lanes: Lanes,
        reload: Callable[[], Awaitable[object]],
        restored: Restored,
        notes: OfficeNotes,
    ) -> None:
        """Nothing is looked at before ``run``."""
        self._notes = notes
        self._restored = restored
        self._tools = tools
        self._lanes = lanes
        self._reload = reload

    async def run(self) -> None:
        """Look each second until cancelled."""
        while True:
            await self._tools.clock.rest(LOOK_EVERY_S)
            try:
                await self._look()
            except StoreError as error:
                self._tools.probe.trouble("wiring.look", error)

    async def _look(self) -> None:
        """All of it at once: a processor that slept wakes once for their answers.

        Raises:
            StoreError: the first that something failed with, once all have ended.
        """
        asked = (
            self._lanes.load(),
            self._lanes.fallbacks.load(),
            self._tools.contacts.load(),
            self._restored.look(),
            self._reload(),
        )
        for came in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(came, BaseException):
                raise came
        await self._lanes.heard.keep(self._notes, self._tools.clock.mono())
