"""The bench: an agency's mock on a real socket, and its adapter as wiring makes it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from gateway.carriers.replies import Replies, Row
from gateway.conformance.adapter_host import Host
from gateway.conformance.expect import equal
from gateway.domain.attempt import Outcome
from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId, TransferId
from gateway.domain.report import Reference
from gateway.mockagency.calls import Call
from gateway.mockagency.faults import Fault
from gateway.mockagency.server import MockAgency
from gateway.ports.agency import (
    Answer,
    Course,
    File,
    KindTraits,
    LegView,
    OutboundMessage,
)
from gateway.ports.inbox import PartResult

if TYPE_CHECKING:
    from gateway.conformance.adapter_kit import Kit, Sample
    from gateway.conformance.adapter_lent import Lab, LentOnBench
    from gateway.ports.agency import AgencyAdapter

#: Real seconds for one call of an adapter; everything is on this machine.
TIMEOUT_S = 5.0
#: Pieces of a file; no multiple of what base64 takes at once.
ODD_BYTES = 7
#: Real seconds until both sides must have come to rest.
STILL_S = 30.0
SENDER = AgencyId("one_stop")
COURSE = Course("1.999001", "Thủ tục ví dụ", "kit", 1, date(2026, 3, 27), "thử nghiệm")


@dataclass(slots=True)
class Bench:
    """One folder against its mock; every trial has a fresh one."""

    kit: Kit
    adapter: AgencyAdapter
    mock: MockAgency
    base: str
    host: Host
    lent: LentOnBench
    #: what its adapter was made with
    down: Callable[[], Awaitable[None]]
    #: ends the mock's listener, and every connection to it
    remote: bool = False
    #: the adapter speaks to a system that keeps no books for us
    mark: str = ""
    #: ends every identifier there, so that no trial meets what another one left
    calls: list[Call] = field(default_factory=list)

    @property
    def lab(self) -> Lab:
        """What every bench is made with."""
        return self.lent.lab

    @property
    def accounts(self) -> Collection[str]:
        """Names under which the adapter keeps tokens."""
        return self.lent.accounts

    def message(self, sample: Sample, **changed: Any) -> OutboundMessage:
        """A message as delivery would assemble it; the same on every attempt."""
        number = Reference(SENDER, "ma_ho_so", self.kit.number)
        more = [
            Reference(AgencyId(self.kit.manifest.id), kind, value)
            for kind, value in self.kit.references.items()
        ]
        given: dict[str, Any] = {
            "transfer_id": TransferId(f"t-{sample.kind}{self.mark}"),
            "kind": sample.kind,
            "office": OfficeId(self.kit.office["id"]),
            "idempotency_key": f"t-{sample.kind}{self.mark}",
            "references": (number, *more),
            "view": LegView(self.kit.view, tuple(map(self._file, sample.files))),
            "facts": sample.facts,
            "content": {**sample.content, **self._words(sample)},
            "signed": self._signed(sample.signed),
            "earlier": tuple(filter(None, map(self._signed, sample.earlier))),
            "created_at": self.now() if self.remote else self.kit.start.astimezone(UTC),
            "course": COURSE,
            **changed,
        }
        return OutboundMessage(**given)

    def without(self, sample: Sample, path: str) -> OutboundMessage:
        """The message of a dossier that lacks one field of the view."""
        message = self.message(sample)
        return replace(message, view=LegView(_without(self.kit.view, path)))

    def bare(self, sample: Sample) -> OutboundMessage:
        """A message of which nothing is known but its kind and identifiers."""
        nothing: dict[str, Any] = {"facts": {}, "content": {}, "signed": None}
        return self.message(sample, view=LegView({}), references=(), **nothing)

    def _file(self, name: str) -> File:
        content = self.kit.files[name].encode()

        async def chunks() -> AsyncIterator[bytes]:
            for begin in range(0, len(content), ODD_BYTES):
                yield content[begin : begin + ODD_BYTES]

        digest = hashlib.sha256(content).hexdigest()
        return File(
            *(name, name, "application/pdf", len(content), chunks),
            id="f-0001",
            sha256=digest,
        )

    def _words(self, sample: Sample) -> dict[str, bytes]:
        named = sample.content_samples.items()
        return {key: self.sample_file(name) for key, name in named}

    def _signed(self, name: str) -> bytes | None:
        return self.sample_file(name) if name else None

    async def ready(self, sample: Sample) -> None:
        """Send what has to come before, and let the agency work.

        Raises:
            AssertionError: a message before it was not taken.
        """
        if self.kit.fetched_first:
            pulled = await self.adapter.pull_dossiers("", timeout_s=TIMEOUT_S)
            await self.adapter.pull_dossiers(pulled.cursor, timeout_s=TIMEOUT_S)
        for kind in sample.after:
            before = self.kit.samples[kind]
            if not before.after or before.after != sample.after:
                answer = await self.send(self.message(before))
                if answer.outcome is Outcome.ON_ITS_WAY:
                    await self.carried()
                elif answer.outcome not in {Outcome.DELIVERED, Outcome.DUPLICATE}:
                    raise AssertionError(f"{kind} before it: {answer.code}")
        if sample.hours:
            await self.pass_time(sample.hours)
        self.calls.clear()

    async def submit(
        self, *messages: OutboundMessage, timeout_s: float = TIMEOUT_S
    ) -> Sequence[Answer]:
        """One answer per message; errors are raised as the adapter does."""
        answers = await self.adapter.submit(messages, timeout_s=timeout_s)
        if len(answers) != len(messages):
            raise AssertionError(f"{len(answers)} answers to {len(messages)} messages")
        return answers

    async def enquire(self, message: OutboundMessage) -> Outcome:
        """What an enquiry finds; an error means that nothing is known.

        Raises:
            DeliveryError: nobody could be asked.
        """
        return (await self.adapter.enquire(message, timeout_s=TIMEOUT_S)).outcome

    async def poll(self, message: OutboundMessage) -> Answer:
        """What a poll brings."""
        (answer,) = await self.adapter.poll([message], timeout_s=TIMEOUT_S)
        return answer

    async def carried(self) -> None:
        """Somebody carries what lies ready, the agency works, its answer is read."""
        await self.pass_time(self.kit.story_hours)
        inbox = self.adapter.inbox
        if inbox is None:
            return
        for name in await inbox.waiting():
            body = await inbox.read(name)
            package = await inbox.open(name, body, self.now())
            taken = [PartResult(part) for part in package.parts]
            await package.taken(taken, self.now())
            self.host.keep([part.report for part in package.parts if part.report])

    def now(self) -> datetime:
        """The agency's wall time."""
        return self.mock.clock.now()

    async def send(self, *messages: OutboundMessage) -> Answer:
        """Submit; the answer of the last one. Errors are raised as the adapter does."""
        return (await self.submit(*messages))[-1]

    def plan(self, sample: Sample, do: str, **more: Any) -> None:
        """Have the next call of that kind go wrong."""
        operation = more.pop("operation", sample.operation)
        self.mock.plan.add(
            Fault(self.kit.agency, operation, do, nth=more.pop("nth", 1), **more)
        )

    def expect_effects(self, sample: Sample, count: int) -> None:
        """How often the agency has it in effect, by its own book.

        Raises:
            AssertionError: it is another number.
        """
        if self.remote:
            return
        lines = self.mock.effects.lines()
        before = [self.kit.samples[kind].effect for kind in sample.after]
        earlier = before.count(sample.effect)
        found = sum(line["kind"] == sample.effect for line in lines) - earlier
        equal((sample.effect, found), (sample.effect, count))

    def sample_file(self, name: str) -> bytes:
        """A sample of the interface document."""
        return (self.sample_folder / name).read_bytes()

    @property
    def sample_folder(self) -> Path:
        """Samples of the interface document."""
        return self.lab.schemas / Path(self.kit.manifest.document).stem / "samples"

    def rows(self) -> list[Row]:
        """Rows of the folder's replies that have a sample."""
        path = self.kit.manifest.path.with_name(self.kit.replies)
        rows = Replies.load(path.read_text("utf-8")).rows
        return [row for row in rows if row.sample]

    def sample_of(self, row: Row) -> Sample | None:
        """A message whose answer may be of that row; None: it is of something else."""
        names = self.kit.manifest.operations
        for sample in self.kit.samples.values():
            if not row.operations or names.get(sample.kind, "") in row.operations:
                return sample
        return None

    def answer_with(
        self, sample: Sample, row: Row, content: bytes | None = None
    ) -> None:
        """Have every call of that kind answered with the sample of a row.

        Not the next one alone: after a 401 a message is sent with another token.
        ``content``: in place of the sample's own.
        """
        self.mock.plan.clear()
        name = row.sample
        content = self.sample_file(name) if content is None else content
        status = min(row.http, default=200)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if name.endswith(".http"):
            status, headers, content = _whole(content)
        self.mock.plan.add(
            Fault(
                *(self.kit.agency, sample.operation, "text_200"),
                nth=0,
                text=content.decode(),
                status=status,
                headers=headers,
            )
        )

    @property
    def answers_with_content(self) -> bool:
        """Whether success has a body of which half could be missing."""
        return not self.kit.manifest.empty_is_taken

    async def pass_time(self, hours: float) -> None:
        """Let everything happen that the agency does within that time."""
        clock = self.mock.clock
        end = clock.now() + timedelta(hours=hours)
        async with aiohttp.ClientSession() as session, asyncio.timeout(STILL_S):
            await self._rest(session)
            while (upcoming := clock.next) and upcoming <= end:
                clock.set(upcoming)
                await self._rest(session)
            clock.set(end)
            await self._rest(session)

    async def _rest(self, session: aiohttp.ClientSession) -> None:
        busy = 1
        while busy:
            async with session.get(f"{self.base}/_control/clock") as answer:
                busy = (await answer.json())["busy"]

    @property
    def traits(self) -> Mapping[MessageKind, KindTraits]:
        """As the adapter tells delivery."""
        return self.adapter.traits


def _whole(content: bytes) -> tuple[int, dict[str, str], bytes]:
    """A whole HTTP answer: status, headers, body."""
    head, _, body = content.replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.decode().splitlines()
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip(): value.strip() for name, _, value in pairs}
    headers.pop("Content-Length", None)
    return int(first.split()[1]), headers, body


def _without(view: Mapping[str, Any], path: str) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    kept = {name: value for name, value in view.items() if name != head}
    if rest and head in view:
        kept[head] = _without(view[head], rest)
    return kept
