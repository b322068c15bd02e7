"""Every conversion of every agency's folder, found by its manifest and its kit.

A conversion is what production does to one message but the socket and the store: map,
hold against the schema, sign, write, and read the answer; or read, prove and translate
what came. Answers are those of the folder's mock, recorded once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.tape import Tape
from gateway.conformance.adapter_bench import SENDER, TIMEOUT_S
from gateway.conformance.adapter_kit import kits
from gateway.conformance.adapter_lent import Lab
from gateway.conformance.adapter_making import BY_HAND
from gateway.conformance.adapter_opening import PACKAGES, opened
from gateway.domain.attempt import Outcome
from gateway.domain.identifiers import TransferId
from gateway.domain.letters import read
from gateway.domain.report import Reference
from gateway.intake.check import DOSSIER_SCHEMA
from gateway.ports.desk import Act, Said
from gateway.registry.makers import maker_of
from gateway.registry.manifest import installed
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring.secrets import PUSH, Secrets, make_mock_secrets
from gateway.wiring.stage import ROOT

if TYPE_CHECKING:
    from gateway.conformance.adapter_bench import Bench
    from gateway.conformance.adapter_kit import Kit, Sample
    from gateway.ports.agency import AgencyAdapter, Answer, OutboundMessage

SCHEMAS = ROOT / "schemas"
DONE = frozenset({Outcome.DELIVERED, Outcome.DUPLICATE, Outcome.ON_ITS_WAY})
Once = Callable[[], Awaitable[object]]


def _nothing() -> None:
    """Nothing lies anywhere."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """One message kind one way; ``contents``: the bytes that the floor works on."""

    interface: str
    way: str
    #: sent, polled, pulled, pushed, called, served, carried, said, taken_in
    kind: str
    once: Once
    contents: tuple[bytes, ...]
    tidy: Callable[[], None] = _nothing
    #: before a round: whoever files are carried to has taken them

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.interface} {self.way} {self.kind}"


class WentWrong(RuntimeError):
    """A conversion did not come to what it has to: its figure would say nothing."""


def all_kits() -> tuple[Kit, ...]:
    """Of every interface of every folder that is no template."""
    return kits(installed(SCHEMAS))


@asynccontextmanager
async def conversions(
    folder: Path, chosen: str = ""
) -> AsyncIterator[list[Conversion]]:
    """All of them, usable inside the block; ``chosen``: of interfaces so called.

    Raises:
        WentWrong: one of them does not come to what it should.
    """
    catalogue = JSONSchemaCatalogue.load(SCHEMAS)
    found = [*_of_counter(catalogue)] if "one_stop".startswith(chosen) else []
    wanted = [kit for kit in all_kits() if kit.name.startswith(chosen)]
    names = [f"{kit.office['id']}.{name}" for kit in wanted for name in kit.secrets]
    pairs = sorted({name for kit in wanted for name in kit.pairs})
    make_mock_secrets(folder / "keys", names, ("gateway", PUSH, *pairs))
    lab = Lab(Secrets(folder / "keys"), catalogue, SCHEMAS / "agencies")
    async with AsyncExitStack() as stack:
        for number, kit in enumerate(wanted):
            found += await _of_kit(kit, lab, folder / f"{number:02d}", stack)
        yield found


async def _of_kit(
    kit: Kit, lab: Lab, place: Path, stack: AsyncExitStack
) -> list[Conversion]:
    found: list[Conversion] = []
    for number, sample in enumerate(kit.samples.values()):
        folder = place / f"{number:02d}"
        one = opened(kit, lab, folder)
        bench = await stack.enter_async_context(one)
        if kit.manifest.carrier != BY_HAND:
            await bench.ready(sample)
            found.append(await _sent(bench, sample, folder / PACKAGES))
        if sample.polled_hours:
            found.append(await _polled(bench, sample))
    bench = await stack.enter_async_context(opened(kit, lab, place / "in"))
    if bench.adapter.inbox is not None:
        await bench.submit(bench.message(next(iter(kit.samples.values()))))
        found += await _carried(bench)
    if not kit.manifest.slots["pull_dossiers"]:
        found.append(await _pulled(bench))
    found += [*_pushed(bench), *_called(bench), *_said(bench), *_served(bench)]
    return found


# ---------------------------------------------------------------- to the agency


async def _sent(bench: Bench, sample: Sample, packages: Path) -> Conversion:
    message = bench.message(sample)

    async def sent(adapter: AgencyAdapter, message: OutboundMessage) -> Answer:
        return (await adapter.submit([message], timeout_s=TIMEOUT_S))[0]

    if bench.adapter.inbox is not None:
        # A file that lies there is not put down again: each is another message.
        numbers = count(1)

        async def anew() -> None:
            name = TransferId(f"n-{next(numbers):08d}")
            fresh = replace(message, transfer_id=name, idempotency_key=name)
            _must_be_done(await sent(bench.adapter, fresh))

        before = _laid(packages)
        await anew()
        contents = [path.read_bytes() for path in sorted(_laid(packages) - before)]

        def tidy() -> None:
            for path in _laid(packages) - before:
                path.unlink()

        made = _conversion(bench, "sent", sample.kind, anew, *contents)
        return replace(made, tidy=tidy)
    tape, adapter = _taped(bench)
    first = await sent(adapter, message)
    _must_be_done(first)

    async def once() -> None:
        tape.play()
        must_be_same(first, await sent(adapter, message))

    await once()
    contents = tape.bodies or [_told(message)]
    return _conversion(bench, "sent", sample.kind, once, *contents)


def _laid(packages: Path) -> set[Path]:
    """Files that lie where they are carried from; notes of our own are none."""
    found = packages.rglob("*")
    return {path for path in found if path.is_file() and ".cong" not in path.parts}


def _taped(bench: Bench) -> tuple[Tape, AgencyAdapter]:
    """An adapter whose calls can be played back."""
    make = maker_of(bench.kit.agency)
    assert make is not None
    tape = Tape(bench.lent.line, bench.lent.chance)
    return tape, make(replace(bench.lent, line=tape, chance=tape))


def _told(message: OutboundMessage) -> bytes:
    """A message as JSON, for a conversion that sends no bytes of its own."""
    told = [message.view.fields, message.facts, message.content]
    return orjson.dumps(told, default=str) + (message.signed or b"")


# ---------------------------------------------------------------- from the agency


async def _polled(bench: Bench, sample: Sample) -> Conversion:
    message = bench.message(sample)
    await bench.submit(message)
    await bench.pass_time(sample.polled_hours)
    tape, adapter = _taped(bench)

    async def polled() -> Answer:
        return (await adapter.poll([message], timeout_s=TIMEOUT_S))[0]

    first = await polled()
    if sample.polled and not first.reports:
        raise WentWrong(f"{bench.kit.name} {sample.kind}: {first.code}")

    async def once() -> None:
        tape.play()
        must_be_same(first, await polled())

    await once()
    contents = [one.body for one in tape.answers]
    return _conversion(bench, "polled", sample.kind, once, *contents)


async def _pulled(bench: Bench) -> Conversion:
    await bench.pass_time(bench.kit.story_hours)
    tape, adapter = _taped(bench)
    first = await adapter.pull_dossiers("", timeout_s=TIMEOUT_S)

    async def once() -> None:
        tape.play()
        again = await adapter.pull_dossiers("", timeout_s=TIMEOUT_S)
        if not again.reports or len(again.reports) != len(first.reports):
            raise WentWrong(f"{bench.kit.name}: pulled {len(again.reports)}")

    await once()
    contents = [one.body for one in tape.answers]
    return _conversion(bench, "pulled", "opened", once, *contents)


async def _carried(bench: Bench) -> list[Conversion]:
    """Files that the agency's side laid down for us, each opened again and again."""
    inbox = bench.adapter.inbox
    assert inbox is not None
    await bench.pass_time(bench.kit.story_hours)
    found: dict[str, Conversion] = {}
    for name in await inbox.waiting():
        body = await inbox.read(name)
        package = await inbox.open(name, body, bench.now())
        kinds = sorted({part.report.kind for part in package.parts if part.report})
        kind = "+".join(kinds)
        if kinds and kind not in found:
            once = _opening(bench, name, body)
            found[kind] = _conversion(bench, "carried", kind, once, body)
    if not found:
        raise WentWrong(f"{bench.kit.name}: nothing came back")
    return [*found.values()]


def _opening(bench: Bench, name: str, body: bytes) -> Once:
    inbox = bench.adapter.inbox
    assert inbox is not None

    async def once() -> None:
        if not (await inbox.open(name, body, bench.now())).parts:
            raise WentWrong(f"{bench.kit.name}: {name} says nothing")

    return once


def _pushed(bench: Bench) -> Iterator[Conversion]:
    """Samples of hosted operations, read and answered."""
    for row in bench.kit.pushed:
        operation = bench.host.operations["POST", row.operation]
        body = bench.sample_file(row.sample)

        async def once(operation: Any = operation, body: bytes = body) -> None:
            if not bench.host.read(operation, body):
                raise WentWrong(operation.name)
            operation.reply("Đã ghi nhận", ok=True)

        kind = row.sample.removesuffix(".json")
        yield _conversion(bench, "pushed", kind, once, body)


def _called(bench: Bench) -> Iterator[Conversion]:
    """Reports of systems that call the open interface."""
    caller = bench.adapter.caller
    if caller is None:
        return
    about = (Reference(SENDER, "ma_ho_so", bench.kit.number),)
    for path in sorted(bench.sample_folder.glob("report.*.json")):
        if path.name.startswith("report.reply."):
            continue
        body = path.read_bytes()

        async def once(body: bytes = body) -> None:
            said = orjson.loads(body)
            if bench.lent.check("urn:lienthong:schema:open:report:1", said):
                raise WentWrong(bench.kit.name)
            caller.report(said, about, ())

        yield _conversion(bench, "called", path.stem, once, body)


def _said(bench: Bench) -> Iterator[Conversion]:
    """Acts of an officer at a list; forms are checked by the pages, not here."""
    desk = bench.adapter.desk
    if desk is None:
        return
    about = (Reference(SENDER, "ma_ho_so", bench.kit.number),)
    notice = {"number": "0001/TB", "item": "Lệ phí", "amount": "45000"}
    for act in Act:
        at = bench.now()
        told = notice if act is Act.NOTICE else None
        said = Said(act, "k-1", "can-bo", at, at, note="Ghi chú", notice=told)
        try:
            desk.report(said, about)
        except ValueError:
            continue

        async def once(said: Said = said) -> None:
            desk.report(said, about)

        content = orjson.dumps({"act": act, "note": said.note, "notice": told})
        yield _conversion(bench, "said", act, once, content)


def _served(bench: Bench) -> Iterator[Conversion]:
    """Messages of an old one-stop that takes us for the office's system."""
    link = bench.adapter.link
    if link is None:
        return
    for operation in bench.kit.manifest.operations.values():
        path = bench.sample_folder / f"{operation}.json"
        kind = link.kind_of(operation)
        if kind is None or not path.is_file():
            continue
        body = path.read_bytes()

        async def once(operation: str = operation, body: bytes = body) -> None:
            if not hasattr(link.read(operation, body), "number"):
                raise WentWrong(operation)

        yield _conversion(bench, "served", operation, once, body)


# ---------------------------------------------------------------- from the counter


def _of_counter(catalogue: JSONSchemaCatalogue) -> Iterator[Conversion]:
    """Dossiers as the one-stop hands them in: parsed, composed, held against the schema."""
    for path in sorted((SCHEMAS / "dossier" / "samples").glob("*.json")):
        body = path.read_bytes()

        async def once(body: bytes = body) -> None:
            document = read(orjson.loads(body)).document
            if catalogue.errors(DOSSIER_SCHEMA, document):
                raise WentWrong("dossier")

        yield Conversion("one_stop", "taken_in", f"dossier.{path.stem}", once, (body,))


def _conversion(
    bench: Bench, way: str, kind: str, once: Once, *contents: bytes
) -> Conversion:
    return Conversion(bench.kit.name, way, str(kind), once, contents)


def _must_be_done(answer: Answer) -> None:
    if answer.outcome not in DONE:
        raise WentWrong(f"{answer.outcome} {answer.code} {answer.detail}")


def must_be_same(first: Answer, again: Answer) -> None:
    """Play nothing back that means something else.

    Raises:
        WentWrong: its figure would be of something else.
    """
    if (first.outcome, first.code) != (again.outcome, again.code):
        raise WentWrong(f"{first.code}, then {again.code}")
