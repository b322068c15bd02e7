"""One chaos run on one store: everything happens, then everything comes to rest."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections import Counter as Counts
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import aiohttp
import psycopg

from gateway.conformance.examples import end_of
from gateway.mockagency import conductor
from gateway.wiring.feeding import book, signed_in
from gateway.wiring.stage import EXAMPLES, ROOT
from tests import postgres
from tests.chaos import acts, asked, faults, platforms, verdict
from tests.chaos.acts import Act
from tests.chaos.aim import Aim
from tests.chaos.clones import Clone, cloned, examples_of
from tests.chaos.counter import Counter
from tests.chaos.ground import Ground, Node, Pace
from tests.chaos.person import Person
from tests.chaos.relay import Relay
from tests.chaos.verdict import ENDED, Figures, is_under_way
from tests.nodes import store_table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.postgres import Server

#: Days on which examples are handed in.
USUAL = "2026-03-10T07:30:00+07:00"
#: Virtual time that dossiers have to come to rest after everything has happened.
REST = timedelta(days=60)
#: Nearer than that hour by hour, then by longer steps: what still comes are terms.
NEAR, STEP, LONG_STEP = timedelta(days=10), timedelta(hours=1), timedelta(hours=6)
#: And after that, so that what ended last is handed out, too.
HANDING_OUT = timedelta(days=2)
#: Real seconds of it, and for a gateway that is wrong: some never come to rest.
REST_S, REST_OF_A_MUTANT_S = 300.0, 150.0
#: And for every dossier.
REST_EACH_S = 0.5
#: How much faster people work; where a run is long they have more time.
HASTE = 40.0
#: Real seconds that things go on to happen after the last was handed in, at most.
TAIL_S = 30.0
LOOK_S = 2.0
#: Between two looks at what agencies have just done.
LOOK_CLOSELY_S = 0.05
#: Until a load balancer knows that a node does not answer.
NOTICED_S = 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run shall be."""

    store: str
    #: sqlite or postgresql
    day: str
    seconds: float
    #: at least, before everything comes to rest
    dossiers: int
    seed: int
    root: Path = ROOT
    #: the source that nodes run
    rest_s: float = REST_S
    haste: float = HASTE
    #: how much faster people work than scripts say

    @property
    def nodes(self) -> int:
        """A file has one."""
        return 1 if self.store == "sqlite" else 3


async def run(wanted: Wanted, folder: Path, tell: Callable[[str], object]) -> Figures:
    """All of it, in an empty folder that is there."""
    examples = examples_of(EXAMPLES, wanted.day, USUAL)
    clones = list(cloned(examples, folder / "examples", wanted.dossiers))
    pace = Pace(f"{wanted.day}{USUAL[10:]}", haste=wanted.haste)
    with ExitStack() as held:
        server, table = None, ""
        if wanted.store == "postgresql":
            server = held.enter_context(postgres.running(on_disk=True))
            database = held.enter_context(server.database())
            table = store_table(database, folder / "password")
        ground = Ground(
            *(folder, folder / "examples", pace), server=server, nodes=wanted.nodes
        )
        ground.root = wanted.root
        planned = [*faults.rows(), *platforms.rows(wanted.seed, wanted.dossiers)]
        ground.prepare(planned, wanted.seed, table)
        run_ = Run(ground, wanted, clones, tell)
        try:
            return await run_.all()
        finally:
            await run_.end()


class Run:
    """What goes on at once."""

    def __init__(
        self,
        ground: Ground,
        wanted: Wanted,
        clones: list[Clone],
        tell: Callable[[str], object],
    ) -> None:
        """Nothing has begun."""
        self.ground = ground
        self.wanted = wanted
        self.tell = tell
        # They come in the first half, so that what follows from them happens, too.
        self.counter = Counter(ground.stage, clones, wanted.seconds / 2)
        self.person = Person(ground.stage, self.counter.ledger.accepted)
        self.happened: Counts[str] = Counts()
        self._away: set[str] = set()
        self._database = asyncio.Lock()
        #: one thing at a time is done to it
        self._relays: list[Relay] = []
        self._shown: dict[str, Any] = {}
        self._lasted_s = self._rest_s = 0.0
        self._aims = True
        self._busy = {node.name: asyncio.Lock() for node in ground.nodes}
        #: one thing at a time is done to a node

    async def all(self) -> Figures:
        """From the first process to the figures."""
        ground = self.ground
        if self.wanted.nodes > 1:
            for name in ("front", "agencies"):
                relay = Relay(lambda name=name: self._there(name))  # type: ignore[misc]
                await relay.open(ground.stage.ports[name])
                self._relays.append(relay)
        await ground.begin()
        self.tell(
            f"{self.wanted.store}, {self.wanted.day}: {self.wanted.dossiers} dossiers"
        )
        watching = asyncio.create_task(self.person.work())
        aiming = asyncio.create_task(self._aim())
        lasting = asyncio.create_task(self._last())
        begun = time.monotonic()
        try:
            await self._act(lasting)
            await lasting
            self._lasted_s = time.monotonic() - begun
            self._aims = False
            await aiming
            self.tell(f"  {dict(self.happened)}")
        finally:
            self._aims = False
            watching.cancel()
            lasting.cancel()
            await asyncio.gather(watching, aiming, lasting, return_exceptions=True)
        await self._rest()
        return await self._figures()

    def _there(self, name: str) -> list[str]:
        return [
            getattr(node, name)
            for node in self.ground.nodes
            if node.runs and node.name not in self._away and getattr(node, name)
        ]

    async def _last(self) -> None:
        """Until all is handed in, and some time more."""
        begun = time.monotonic()
        await self.counter.hand_in()
        took = time.monotonic() - begun
        held = self.counter.ledger.held_back_s
        self.tell(
            f"  handed in within {took:.0f} s, held back for {held:.0f} s of them"
        )
        most = min(TAIL_S, self.wanted.seconds / 2)
        await asyncio.sleep(max(most, self.wanted.seconds - took))

    async def _act(self, lasting: asyncio.Task[None]) -> None:
        """Do what is planned until it has lasted long enough."""
        rates = acts.ON_A_FILE if self.wanted.store == "sqlite" else acts.ON_A_DATABASE
        wanted = self.wanted
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for one in acts.planned(
                rates, wanted.seconds, wanted.nodes, f"{wanted.seed}"
            ):
                wait = begun + one.at_s - time.monotonic()
                await asyncio.wait({lasting}, timeout=max(0.0, wait))
                if lasting.done():
                    return
                group.create_task(self._one(one))

    async def _aim(self) -> None:
        """Kill whoever may just have sent what would count twice."""
        aim = Aim(self.ground.stage.run_dir / "books", self.wanted.seed)
        chance = Random(f"{self.wanted.seed}\nnode")
        while self._aims:
            await asyncio.sleep(LOOK_CLOSELY_S)
            if not aim.fires(time.monotonic()):
                continue
            node = chance.choice(self.ground.nodes)
            if not self._busy[node.name].locked():
                async with self._busy[node.name]:
                    await node.kill()
                    await node.begin()
                self.happened[Act.AIMED_KILL] += 1

    async def _one(self, one: acts.Planned) -> None:
        node = self.ground.nodes[one.node]
        async with self._busy[node.name]:
            match one.act:
                case Act.KILL if not node.has_worked:
                    return
                case Act.KILL:
                    await node.kill()
                    await node.begin()
                case Act.AIMED_KILL:
                    raise ValueError("nobody plans it")
                case Act.PAUSE:
                    await self._pause(node, one.lasts_s)
                case Act.DISK_FULL:
                    await self._full(node, one.lasts_s)
                case Act.DATABASE_RESTART:
                    async with self._database:
                        server = self._server()
                        await asyncio.to_thread(server.stop, signal.SIGQUIT)
                        await asyncio.to_thread(server.start)
                case Act.CONNECTIONS_CUT:
                    await asyncio.to_thread(self._cut)
        self.happened[one.act] += 1

    def _server(self) -> Server:
        assert self.ground.server is not None
        return self.ground.server

    async def _pause(self, node: Node, seconds: float) -> None:
        node.signal(signal.SIGSTOP)
        await asyncio.sleep(NOTICED_S)
        self._away.add(node.name)
        await asyncio.sleep(seconds)
        node.signal(signal.SIGCONT)
        self._away.discard(node.name)

    async def _full(self, node: Node, seconds: float) -> None:
        if self.ground.server is None:
            node.let_files_grow(self.ground.largest)
            await asyncio.sleep(seconds)
            node.let_files_grow(None)
            return
        server = self._server()
        async with self._database:
            await asyncio.to_thread(server.let_files_grow, 8192)
            await asyncio.sleep(seconds)
            await asyncio.to_thread(server.let_files_grow, None)
            await asyncio.to_thread(server.revive)

    def _cut(self) -> None:
        try:
            self._server().admin(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        except psycopg.OperationalError:
            # It is being restarted: they are cut anyway.
            return

    async def _rest(self) -> None:
        """Let time go on until every dossier has ended, or nothing moves it any more."""
        stage = self.ground.stage
        fronts = [node.front for node in self.ground.nodes]
        everybody = [*fronts, *stage.participants[1:]]
        begun = time.monotonic()
        looked = 0.0

        async def over() -> bool:
            nonlocal looked
            if time.monotonic() - looked < LOOK_S:
                return False
            looked = time.monotonic()
            await self.person.once()
            return await self._all_at_rest()

        try:
            most = self.wanted.rest_s + REST_EACH_S * self.wanted.dossiers
            async with asyncio.timeout(most):
                await self._pass(fronts[0], everybody, over)
        except TimeoutError:
            # Whoever never stands still is judged as it is then.
            self.tell("  it does not come to rest")
        self._rest_s = time.monotonic() - begun
        self.tell(f"  rest took {self._rest_s:.0f} s")

    async def _pass(
        self, front: str, everybody: list[str], over: Callable[[], Awaitable[bool]]
    ) -> None:
        """Let the wall go on until ``over`` says so."""
        async with aiohttp.ClientSession() as session:
            now = await conductor.now(session, front)
        await conductor.run(everybody, until=over, last=now + NEAR, grain=STEP)
        if not await self._all_at_rest():
            # Nobody has anything to do; who watches for silence has to hear it.
            await conductor.advance(everybody, now + REST, until=over, grain=LONG_STEP)
        async with aiohttp.ClientSession() as session:
            ended = await conductor.now(session, front)
        await conductor.advance(
            everybody, ended + HANDING_OUT, until=_never, grain=STEP
        )
        self._shown.clear()

    async def _all_at_rest(self) -> bool:
        """Whether each accepted dossier is where its example ends; keeps what is shown."""
        async with signed_in(self.ground.stage, "operator") as session:
            for number, clone in self.counter.ledger.accepted.items():
                if _is_at_rest(self._shown.get(number), clone):
                    continue
                shown = await self._dossier(session, number)
                self._shown[number] = shown
                if not _is_at_rest(shown, clone):
                    return False
        return True

    async def _dossier(self, session: aiohttp.ClientSession, number: str) -> Any:
        url = f"{self.ground.stage.url('front')}/v1/dossiers/{number}"
        async with session.get(url) as answer:
            return await answer.json() if answer.status == 200 else None

    async def _figures(self) -> Figures:
        stage, ledger = self.ground.stage, self.counter.ledger
        async with signed_in(stage, "operator") as session:
            shown = {one: await self._dossier(session, one) for one in ledger.accepted}
            still = await asked.still(stage, session)
        path = self.ground.folder / "shown.json"
        path.write_text(json.dumps(shown, ensure_ascii=False, indent=1), "utf-8")
        books = {
            name: [line for agency in stage.mocks for line in book(stage, agency, name)]
            for name in ("effects", "arrivals", "faults")
        }
        figures = verdict.judged(
            ledger.accepted.values(), shown, still, books["effects"], books["arrivals"]
        )
        figures.faults = Counts(line["facts"]["do"] for line in books["faults"])
        figures.faults.update(self.happened)
        calls = (line["kind"] for line in book(stage, platforms.NAME, "arrivals"))
        figures.faults.update(
            platforms.met(self.wanted.seed, self.wanted.dossiers, Counts(calls))
        )
        figures.lasted_s, figures.rest_s = self._lasted_s, self._rest_s
        figures.held_back_s = ledger.held_back_s
        figures.settled_by_enquiry = asked.enquiries(self.ground)
        figures.decided_by_person = self.person.decided.total()
        for number, why in ledger.refused.items():
            figures.told.append(f"{number}: not accepted: {why}")
        return figures

    async def end(self) -> None:
        """Everything stops."""
        await self.ground.end()
        for relay in self._relays:
            await relay.close()


async def _never() -> bool:
    return False


def _is_at_rest(shown: Any, clone: Clone) -> bool:
    """Whether it is where its example ends, or ended, and nothing of it is under way."""
    if shown is None:
        return False
    end = end_of(shown)[0]
    if end == clone.expected.end and end not in ENDED:
        return True
    return end in ENDED and not is_under_way(shown)


def told(figures: Figures) -> None:
    """For whoever ran it."""
    for sentence in figures.told[:25]:
        sys.stdout.write(f"  {sentence}\n")
    kinds = json.dumps(figures.faults, ensure_ascii=False, sort_keys=True)
    sys.stdout.write(f"  {kinds}\n{figures.line}\n")
