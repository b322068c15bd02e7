"""Builds one gateway from its settings."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from importlib.metadata import version
from secrets import token_hex
from typing import TYPE_CHECKING

from gateway import settings as settings_module
from gateway.api import (
    alerts,
    briefing,
    control,
    dropin,
    due_mails,
    links,
    live,
    monthly,
    nodes,
    relayed,
    restores,
)
from gateway.api.app import agency_application, front_application
from gateway.api.health import Health
from gateway.api.machines import machine_application
from gateway.api.machines import router as machine_router
from gateway.api.monthly import ReportDesk
from gateway.api.reconciling import Desk
from gateway.clocks.chance import SystemChance
from gateway.clocks.clock import RealClock, RunningClock, VirtualClock
from gateway.console import briefing as briefing_pages
from gateway.console import bulk as bulk_pages
from gateway.console import monthly as report_pages
from gateway.console import settings_pages
from gateway.console.pages import router as pages_router
from gateway.delivery.lanes import Lanes
from gateway.domain.errors import NeedsConfiguration
from gateway.domain.journal import JournalLine
from gateway.paper.word import WordPapers
from gateway.ports.contests import LATENESS_SINCE
from gateway.routing.versions import Versions
from gateway.sealing.contacts import Contacts
from gateway.sealing.tools import Tools
from gateway.watch.channel_health import ChannelHealth
from gateway.watch.readiness import Readiness
from gateway.wiring import loops, secret_look
from gateway.wiring.accounts import accounts_of, configuring_of
from gateway.wiring.adapters import AgencyLists, WiredAdapters
from gateway.wiring.candidates import FolderCandidates
from gateway.wiring.checks import lines, vital_routers
from gateway.wiring.doors import doors
from gateway.wiring.files import read_folder
from gateway.wiring.listening import Listeners, ended
from gateway.wiring.mail import chasing, contests_of, stuck_of
from gateway.wiring.mock_tokens import grant_mock_tokens
from gateway.wiring.monitored import monitored
from gateway.wiring.ports import Opened, open_ports
from gateway.wiring.secrets import Secrets, secrets_of
from gateway.wiring.sheets import spreadsheets
from gateway.wiring.tokens import SharedTokens

if TYPE_CHECKING:
    from fastapi import APIRouter

    from gateway.domain.identifiers import OfficeId
    from gateway.settings import Settings
    from gateway.wiring.loops import Loop


#: Later than any moment at which something is due.
EVER = datetime(9999, 1, 1, tzinfo=UTC)
#: The distribution, whose version is the release.
PACKAGE = "lienthong-gateway"
#: Real seconds before a loop that broke off begins again.
LOOP_REST_S = 1.0


class Gateway:
    """One process: ports, loops, two groups of listeners."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; ``start`` opens everything."""
        self._settings = settings
        self._working: list[asyncio.Task[None]] = []
        self._keeping: list[asyncio.Task[None]] = []
        self._listeners = Listeners(settings)
        self._watching = Listeners()
        #: of monitoring, which sees the others end
        self.addresses: dict[str, str] = {}
        self.lost = asyncio.Event()
        #: another process goes by this node's name: this one has to end

    async def start(self) -> None:
        """Open the ports, settle what a crash left behind, start loops and listeners."""
        self.clock = self.clock_of()
        secrets = secrets_of(self._settings)
        self.opened: Opened = await self.open_ports_of()
        try:
            await self._begin(secrets)
        except BaseException:
            # Whoever sets right what was wrong finds neither locks nor leases of ours.
            await self.opened.close()
            raise

    async def _begin(self, secrets: Secrets) -> None:
        settings = self._settings
        versions = Versions()
        self.adapters = WiredAdapters(
            settings,
            secrets,
            versions,
            self.opened.schemas,
            self.clock,
            SharedTokens(self.opened.kept, self.opened.vault, self.clock),
            self.opened.probe,
        )
        upgraded = await self.opened.store.mark(LATENESS_SINCE)
        self.tools = self._made_tools(versions, upgraded)
        await self._configure()
        self.opened.metrics.offices.source = lambda: versions.current.offices
        await self.tools.contacts.load()
        await grant_mock_tokens(self.tools, self._settings, secrets)
        self.lanes = Lanes(self.tools, self.opened.kept)
        await self.lanes.load()
        await self.lanes.fallbacks.load()
        opened = self.opened
        parts = (opened.store, opened.kept, self.clock, opened.probe)
        self.readiness = Readiness(*parts, node=settings.node)
        self.loops = loops.made(
            self.tools,
            self.lanes,
            self.opened,
            settings,
            readiness=self.readiness,
            lost=self.lost.set,
            reload=self._reload,
        )
        await self.loops.membership.join({"release": version(PACKAGE)})
        try:
            await self._work(secrets)
        except BaseException:
            await self._end()
            raise

    async def _work(self, secrets: Secrets) -> None:
        await self._recover()
        await self.loops.restored.look()
        self._working = [self._started(loop) for loop in self.loops.working]
        refused = self._listeners.telling(self.tools)
        keeping = (*self.loops.keeping, self.readiness, refused)
        self._keeping = [self._started(loop) for loop in keeping]
        await self._listen(secrets)

    def _made_tools(self, versions: Versions, upgraded: str | None) -> Tools:
        health = ChannelHealth(self.opened.kept, self.clock, self.opened.probe)
        return Tools(
            store=self.opened.store,
            overview=self.opened.overview,
            bulk=self.opened.bulk,
            measures=self.opened.kept,
            proposals=self.opened.kept,
            corrections=self.opened.kept,
            configuring=configuring_of(self._settings, self.opened.kept),
            notes=self.opened.kept,
            saved_views=self.opened.kept,
            audit=self.opened.kept,
            retention=self.opened.kept,
            evidence=self.opened.kept,
            signer=self.opened.signer,
            pickup=self.opened.kept,
            pulse=self.opened.kept,
            replays=self.opened.kept,
            screening=self.opened.screening,
            vault=self.opened.vault,
            attachments=self.opened.attachments,
            clock=self.clock,
            chance=SystemChance(),
            probe=self.opened.probe,
            schemas=self.opened.schemas,
            adapters=self.adapters,
            slips=self.adapters.slip_reader(),
            papers=WordPapers(self._settings.paper_templates),
            versions=versions,
            work=self.opened.kept,
            chasing=chasing(self._settings, self.opened.kept, health),
            contests=contests_of(self._settings, self.opened.kept, upgraded),
            stuck=stuck_of(self._settings, self.opened.kept),
            contacts=Contacts(self.opened.kept, self.opened.vault, self.clock),
            accounts=accounts_of(self._settings, self.opened.kept),
        )

    def clock_of(self) -> RealClock:
        """The clock of these settings; a test may have another one."""
        clock = self._settings.clock
        if clock.kind == "running" and clock.start:
            return RunningClock(clock.start, since=clock.since, speed=clock.speed)
        if clock.kind == "virtual" and clock.start:
            return VirtualClock(clock.start)
        return RealClock()

    async def open_ports_of(self) -> Opened:
        """The ports of these settings; a test may stand something in between."""
        return await open_ports(self._settings, self.clock)

    async def _configure(self) -> None:
        """Load every version that dossiers run under; mock mode applies its folder."""
        store = self.tools.store
        newest = await store.configuration(None)
        if self._settings.profile is settings_module.Profile.MOCK:
            content = read_folder(self._settings.configuration)
            # Calendars are changed by import alone; one that was imported is kept.
            imported = newest[1].get("calendar", {}) if newest else {}
            content["calendar"] = {**content["calendar"], **imported}
            line = JournalLine("configuration", self.clock.now(), "mock", {})
            await store.add_configuration(content, line)
            newest = await store.configuration(None)
        if newest is None:
            # Without one nobody could be let in, and nothing be routed.
            raise NeedsConfiguration(code="not_configured")
        await self._take_up(1, newest[0])

    async def _take_up(self, first: int, last: int) -> None:
        for number in range(first, last + 1):
            found = await self.tools.store.configuration(number)
            if found is not None:
                self.tools.versions.add(*found)

    async def _reload(self) -> None:
        """Take up versions that were applied at another node."""
        newest = await self.opened.kept.newest_configuration()
        if newest > self.tools.versions.newest:
            await self._take_up(self.tools.versions.newest + 1, newest)
            self.adapters.forget()
        await secret_look.look(self.tools, self.adapters, self._settings.node)

    async def _recover(self) -> None:
        waits = {
            office.id: max(office.limits.timeout_s, office.limits.enquire_after_s)
            for office in self.tools.versions.current.offices.values()
        }
        now = self.clock.now()
        await self.tools.store.recover(
            node=self._settings.node, now=now, ask_after_s=waits
        )
        if begun := await self.opened.kept.begin_incarnation(now, waits):
            self.tools.probe.action(action="restored", count=begun.doubted)

    def _started(self, loop: Loop) -> asyncio.Task[None]:
        return asyncio.create_task(self._kept_running(loop))

    async def _kept_running(self, loop: Loop) -> None:
        """A loop that meets what nobody foresaw says so and goes on."""
        while True:
            try:
                await loop.run()
            except Exception as error:  # noqa: BLE001  recorded; the others depend on it
                where = f"loop.{type(loop).__name__.lower()}"
                self.tools.probe.trouble(where, error)
                await self.clock.rest(LOOP_REST_S)

    def _routers(self, desk: Desk, secrets: Secrets) -> list[APIRouter]:
        roads = self.loops.alerting.roads
        reports = ReportDesk(self.tools, self.opened.kept, spreadsheets())
        routers: list[APIRouter] = [
            pages_router(self.tools, self.lanes, desk, self.loops.collector, roads),
            alerts.router(self.tools, roads),
            monthly.router(reports),
            report_pages.router(reports, self.lanes),
            bulk_pages.router(self.tools, self.lanes, self.loops.bulk.bell),
            settings_pages.router(
                *(self.tools, self.lanes, self.opened.kept),
                FolderCandidates(self.clock, self._settings),
                self.adapters.forget,
            ),
            briefing.router(self.tools, self.lanes, roads),
            briefing_pages.router(self.tools, self.lanes, roads, self.loops.weekly),
            due_mails.router(self.tools, self.loops.weekly),
            *lines(self.tools, self.lanes, self.adapters, self.opened),
            nodes.router(self.tools, self.opened.kept),
            restores.router(self.tools, self.opened.kept),
            dropin.router(self.tools, secrets),
            relayed.router(self.tools, secrets, token_hex),
            links.router(self.tools),
            live.router(self.tools, self._listeners.stopping),
        ]
        if isinstance(self.clock, VirtualClock):
            steered = control.router(self.clock, self._is_still, self._lies_ready)
            routers.insert(0, steered)
        return routers

    async def _listen(self, secrets: Secrets) -> None:
        desk = Desk(self.tools, spreadsheets())
        machines, self.ready, told = monitored(
            self._settings,
            self.tools,
            self.opened,
            self.lanes,
            self.loops,
            self.readiness,
            is_lost=self.lost.is_set,
            has_ended=lambda: any(task.done() for task in self._running()),
        )
        front = front_application(
            self.tools,
            self.lanes,
            applied=self.adapters.forget,
            health=Health(self._ready, self.loops.engine),
            desk=desk,
            collector=self.loops.collector,
            bulk=self.loops.bulk.bell,
            routers=[
                *self._routers(desk, secrets),
                *vital_routers(self.tools, self.lanes, told),
                machine_router(machines),
            ],
        )
        lists = AgencyLists(self.tools.versions)
        agencies = agency_application(self.tools, self.lanes, secrets, lists)
        for name, app, listen, secured in doors(self._settings, front, agencies):
            self.addresses[name] = await self._listeners.open(app, listen, secured)
        if self._settings.metrics is not None:
            watching, listen = machine_application(machines), self._settings.metrics
            self.addresses["metrics"] = await self._watching.open(watching, listen)

    def _running(self) -> list[asyncio.Task[None]]:
        return [*self._working, *self._keeping, *self._listeners.tasks]

    async def _is_still(self) -> bool:
        """Whether virtual time may go on: nothing to be written, nothing carried here."""
        # What happened is measured before time goes on: rungs are told at their moment.
        if not (self.opened.is_still() and await self.loops.measurer.is_level()):
            return False
        # Last, since it goes through threads to folders.
        if await self.loops.collector.is_anything_there():
            self.loops.collector.bell.ring()
            return False
        return self.opened.is_still()

    async def _lies_ready(self) -> bool:
        """Whether any office would find something if it came now."""
        known = await self.tools.store.due_offices(EVER, ("ask_at",))
        offices = self.tools.versions.current.offices
        return any(self._is_fetched(office) for office in known if office in offices)

    def _is_fetched(self, office: OfficeId) -> bool:
        """Whether the office comes for anything; without an adapter it finds nothing."""
        try:
            kinds = self.adapters.of(office).traits.values()
        except NeedsConfiguration:
            return False
        return any(kind.fetched for kind in kinds)

    async def _ready(self) -> dict[str, object]:
        dead = [task for task in self._running() if task.done()]
        away = await self.readiness.why_not()
        why: dict[str, object] = {"why": away} if away else {}
        if self.loops.restored.open is not None:
            why["restored"] = restores.told(self.loops.restored.open)
        why["release"] = version(PACKAGE)
        return {"ready": not dead and not away, **why, **self.opened.facts}

    async def stop(self) -> None:
        """Stop listening, finish what is under way, close the store."""
        await self._end()
        await self.opened.close()

    async def _end(self) -> None:
        if self._listeners.tasks:
            self.ready.stopping = True
            await self.clock.rest(self._settings.drain_s)
        await self._listeners.close()
        # Leases are renewed until the last attempt has been written down.
        await ended(*self._working)
        await ended(*self._keeping)
        await self._watching.close()
        await self.loops.membership.leave()
        await self.adapters.close()
