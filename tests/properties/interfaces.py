"""Every interface's adapter without a socket: its agency answers as its mock did once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from multidict import CIMultiDict

from gateway.carriers.bodies import AnswerLimits, StreamedBody
from gateway.carriers.carrier import Carrier
from gateway.carriers.failures import NothingLeft
from gateway.carriers.http import HTTPAnswer
from gateway.conformance.adapter_kit import kits
from gateway.conformance.adapter_lent import Lab
from gateway.conformance.adapter_making import BY_HAND
from gateway.conformance.adapter_opening import opened
from gateway.domain.attempt import Times
from gateway.domain.identifiers import TransferId
from gateway.registry.makers import maker_of
from gateway.registry.manifest import installed
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring.secrets import PUSH, Secrets, make_mock_secrets
from gateway.wiring.stage import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
    from datetime import datetime
    from pathlib import Path

    from gateway.carriers.carrier import AnswerStream
    from gateway.carriers.http import Timeouts
    from gateway.conformance.adapter_bench import Bench
    from gateway.conformance.adapter_kit import Kit, Sample
    from gateway.ports.agency import AgencyAdapter, Answer, OutboundMessage
    from gateway.ports.inbox import Inbox

_T = TypeVar("_T")
SCHEMAS = ROOT / "schemas"
#: Interfaces by which something is sent that a program translates.
KITS = {kit.name: kit for kit in kits(installed(SCHEMAS))}
SENT = [
    (name, str(kind))
    for name, kit in KITS.items()
    if kit.manifest.carrier != BY_HAND
    for kind in kit.samples
]
PUSHED = [
    (name, row.operation, row.sample)
    for name, kit in KITS.items()
    for row in kit.pushed
]


def examples(count: int) -> settings:
    """The same each time, and nothing kept."""
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )


class Canned(Carrier):
    """The agency's answers, by operation; the last one again where there are no more."""

    def __init__(self, line: Carrier) -> None:
        """Pass calls on until ``canned``."""
        self.destination = line.destination
        self.canned = False
        self.bodies: list[tuple[str, bytes]] = []
        #: operation and body of what was sent since somebody looked
        self.changed: bytes | None = None
        #: answered to everything instead
        self.status = 200
        #: of what is answered instead
        self.anywhere = False
        #: also at paths where the agency was never asked before
        self.last = b""
        #: the last answer's body that was recorded
        self._line = line
        self._kept: dict[str, list[HTTPAnswer]] = {}

    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | StreamedBody = b"",
        *,
        timeouts: Timeouts,
        query: Mapping[str, str] | None = None,
        limits: AnswerLimits | None = None,
    ) -> HTTPAnswer:
        """Read the body as a socket would."""
        if isinstance(body, StreamedBody):
            body = b"".join([piece async for piece in body.open()])
        if not self.canned:
            answer = await self._line.send(
                method,
                path,
                headers,
                body,
                timeouts=timeouts,
                query=query,
                limits=limits,
            )
            self._kept.setdefault(path, []).append(answer)
            self.last = answer.body
            return answer
        done = sum(one == path for one, _ in self.bodies)
        self.bodies.append((path, body))
        known = self._kept.get(path)
        if not known and self.anywhere and self.changed is not None:
            return HTTPAnswer(self.status, CIMultiDict(), self.changed, Times())
        if not known:
            raise NothingLeft("connect", Times())
        found = known[min(done, len(known) - 1)]
        if self.changed is None:
            return found
        return replace(found, status=self.status, body=self.changed)

    @asynccontextmanager
    async def receive(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        timeouts: Timeouts,
        limits: AnswerLimits | None = None,
    ) -> AsyncIterator[AnswerStream]:
        """No property is about files by link."""
        raise NothingLeft("connect", Times())
        yield

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Desk:
    """One message kind of one interface, ready to be sent again and again."""

    bench: Bench
    sample: Sample
    line: Canned
    adapter: AgencyAdapter
    _names: Any = field(default_factory=lambda: count(1))

    def message(self, **changed: Any) -> OutboundMessage:
        """The kit's, with other fields; another one each time where files lie."""
        if self.bench.adapter.inbox is not None:
            name = TransferId(f"n-{next(self._names):08d}")
            changed = {"transfer_id": name, "idempotency_key": name, **changed}
        return self.bench.message(self.sample, **changed)

    async def submit(self, message: OutboundMessage) -> Answer:
        """One message; its bodies are in ``line.bodies``."""
        self.line.bodies.clear()
        (answer,) = await self.adapter.submit([message], timeout_s=5)
        return answer


@dataclass
class Carried:
    """Files that an agency's side laid down, and who opens them."""

    inbox: Inbox
    files: list[tuple[str, bytes]]
    now: Callable[[], datetime]


class Interfaces:
    """Desks by interface and kind, opened when first asked for, in one event loop."""

    def __init__(self, folder: Path) -> None:
        """Make keys for all kits."""
        self.loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self._desks: dict[tuple[str, str], Desk] = {}
        self._benches: dict[str, Bench] = {}
        self._carried: dict[str, Carried] = {}
        self._folder = folder
        names = [f"{k.office['id']}.{n}" for k in KITS.values() for n in k.secrets]
        pairs = sorted({name for kit in KITS.values() for name in kit.pairs})
        make_mock_secrets(folder / "keys", names, ("gateway", PUSH, *pairs))
        self.catalogue = JSONSchemaCatalogue.load(SCHEMAS)
        keys = Secrets(folder / "keys")
        self._lab = Lab(keys, self.catalogue, SCHEMAS / "agencies")

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do it in the loop of the benches."""
        return self.loop.run_until_complete(work)

    def bench(self, name: str) -> Bench:
        """A bench of an interface on which nothing was sent."""
        if name not in self._benches:
            self._benches[name] = self.run(self._opened(KITS[name], "bench"))
        return self._benches[name]

    def desk(self, name: str, kind: str) -> Desk:
        """Where one kind of message is sent."""
        if (name, kind) not in self._desks:
            self._desks[name, kind] = self.run(self._desk(KITS[name], kind))
        return self._desks[name, kind]

    def carried(self, name: str) -> Carried:
        """What came back by files."""
        if name not in self._carried:
            self._carried[name] = self.run(self._brought(KITS[name]))
        return self._carried[name]

    async def _brought(self, kit: Kit) -> Carried:
        bench = await self._opened(kit, "back")
        inbox = bench.adapter.inbox
        assert inbox is not None
        await bench.submit(bench.message(next(iter(kit.samples.values()))))
        await bench.pass_time(kit.story_hours)
        names = await inbox.waiting()
        assert names
        files = [(name, await inbox.read(name)) for name in names]
        return Carried(inbox, files, bench.now)

    async def _opened(self, kit: Kit, name: str) -> Bench:
        place = self._folder / f"{kit.name.replace('/', '-')}-{name}"
        return await self._stack.enter_async_context(opened(kit, self._lab, place))

    async def _desk(self, kit: Kit, kind: str) -> Desk:
        bench = await self._opened(kit, kind)
        sample = next(one for one in kit.samples.values() if one.kind == kind)
        await bench.ready(sample)
        make = maker_of(kit.agency)
        assert make is not None
        line = Canned(bench.lent.line)
        adapter = make(replace(bench.lent, line=line))
        desk = Desk(bench, sample, line, adapter)
        await desk.submit(desk.message())
        if sample.polled_hours:
            await bench.pass_time(sample.polled_hours)
            await adapter.poll([desk.message()], timeout_s=5)
        line.canned = True
        return desk

    def close(self) -> None:
        """Put the benches away."""
        self.run(self._stack.aclose())
        self.loop.close()
