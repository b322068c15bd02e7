"""What agencies answer, push and lay down, read by every adapter that is there.

Targets follow from the adapter kits: an interface that is added is fed with the next run.
The first byte of an input chooses what is asked, the second the status of an answer.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from gateway.conformance.adapter_making import BY_HAND
from gateway.domain.errors import DeliveryError, ReportRefused, SlotNotOffered
from gateway.domain.legal_day import legal_day
from gateway.ports.agency import HostedReply
from gateway.ports.inbox import PackageNotTaken
from tests.fuzz.target import Target
from tests.properties.interfaces import KITS, SENT, Interfaces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gateway.domain.report import AgencyReport
    from gateway.ports.agency import HostedOperation
    from gateway.ports.link import LinkDialect
    from tests.properties.interfaces import Carried, Desk

STATUSES = (200, 200, 200, 201, 400, 401, 404, 409, 429, 500, 503)
#: Samples of documents that an answer may be: whatever is larger is a file.
MOST_SAMPLE = 64 * 1024
SPOKEN = tuple(dict.fromkeys(name for name, _ in SENT))
CARRIED = tuple(n for n, kit in KITS.items() if not kit.manifest.slots["inbox"])
PUSHING = tuple(name for name, kit in KITS.items() if kit.pushed)
SERVED = ("land_registry", "land_registry/ilis")


class _Room:
    """Benches of this process; ``close`` puts them away."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._there: Interfaces | None = None

    @property
    def there(self) -> Interfaces:
        if self._there is None:
            self._folder = tempfile.TemporaryDirectory(prefix="lienthong-fuzz-")
            self._there = Interfaces(Path(self._folder.name))
        return self._there

    def close(self) -> None:
        if self._there is not None and self._folder is not None:
            self._there.close()
            self._folder.cleanup()
            self._there = self._folder = None
            for one in (_calls, _operations, _carried):
                one.cache_clear()


ROOM = _Room()


@dataclass(frozen=True)
class _Call:
    """One thing that is asked of an agency, and a true answer to it."""

    desk: Desk
    slot: str
    true: bytes

    async def __call__(self) -> Sequence[Any]:
        adapter = self.desk.adapter
        message = self.desk.message()
        match self.slot:
            case "submit":
                return await adapter.submit([message], timeout_s=5)
            case "enquire":
                return [await adapter.enquire(message, timeout_s=5)]
            case "poll":
                return await adapter.poll([message], timeout_s=5)
            case "ask_about":
                return await adapter.ask_about([message], timeout_s=5)
            case "list_known":
                day = legal_day(self.desk.bench.now())
                return await adapter.list_known(day, day, timeout_s=5)
            case _:
                return [await adapter.pull_dossiers("", timeout_s=5)]


@cache
def _calls(name: str) -> tuple[_Call, ...]:
    found: list[_Call] = []
    for kind in (kind for one, kind in SENT if one == name):
        desk = ROOM.there.desk(name, kind)
        desk.line.anywhere = True
        slots = ["submit", "enquire", "poll", "ask_about"]
        slots += [] if found else ["list_known", "pull_dossiers"]
        found += [_Call(desk, slot, desk.line.last) for slot in slots]
    return tuple(found)


def answered(name: str, data: bytes) -> None:
    """An answer to one of the calls that an adapter makes."""
    if len(data) < 2:
        return
    calls = _calls(name)
    call = calls[data[0] % len(calls)]
    line = call.desk.line
    line.changed, line.status = data[2:], STATUSES[data[1] % len(STATUSES)]
    try:
        with suppress(DeliveryError, SlotNotOffered):
            for one in ROOM.there.run(call()):
                reports: Sequence[AgencyReport] = getattr(one, "reports", ())
                for report in reports:
                    orjson.dumps([report.facts, report.content])
    finally:
        line.changed = None
        line.bodies.clear()


def _true_answers(name: str) -> Iterator[bytes]:
    calls = _calls(name)
    told = list(_samples(name, "*repl*", "*answer*", "*token*", "*list*", "*detail*"))
    for place, call in enumerate(calls):
        yield bytes((place, 0)) + call.true
        for sample in told:
            yield bytes((place, 0)) + sample


def _samples(name: str, *patterns: str) -> Iterator[bytes]:
    """What the published document shows; of an exchange, its body."""
    folder = ROOM.there.bench(name).sample_folder
    for path in sorted({one for p in patterns for one in folder.rglob(p)}):
        if not path.is_file() or path.stat().st_size > MOST_SAMPLE:
            continue
        content = path.read_bytes()
        if path.suffix == ".http":
            content = content.partition(b"\n\n")[2] or content
        yield content


@cache
def _operations(name: str) -> tuple[HostedOperation, ...]:
    hosted = ROOM.there.bench(name).host.operations.values()
    return tuple(one for one in hosted if one.catalogue is None)


def pushed(name: str, data: bytes) -> None:
    """A message to one of the operations that are hosted for an agency."""
    if not data:
        return
    operations = _operations(name)
    operation = operations[data[0] % len(operations)]
    body = data[1:]
    host = ROOM.there.bench(name).host
    with suppress(ReportRefused):
        for report in host.read(operation, body):
            orjson.dumps([report.facts, report.content])
    if operation.secret is not None:
        operation.secret.of(body)


def _true_pushes(name: str) -> Iterator[bytes]:
    bench = ROOM.there.bench(name)
    names = [one.name for one in _operations(name)]
    for row in KITS[name].pushed:
        if row.operation in names:
            place = names.index(row.operation)
            yield bytes((place,)) + bench.sample_file(row.sample)


@cache
def _carried(name: str) -> Carried:
    return ROOM.there.carried(name)


def carried(name: str, data: bytes) -> None:
    """A file that an agency's side laid down."""
    if not data:
        return
    there = _carried(name)
    file, _ = there.files[data[0] % len(there.files)]
    with suppress(PackageNotTaken):
        package = ROOM.there.run(there.inbox.open(file, data[1:], there.now()))
        for part in package.parts:
            assert (part.report is None) != (part.refused is None)


def _true_files(name: str) -> Iterator[bytes]:
    for place, (_, content) in enumerate(_carried(name).files):
        yield bytes((place,)) + content


def _link(name: str) -> tuple[LinkDialect, list[str]]:
    bench = ROOM.there.bench(name)
    link = bench.adapter.link
    assert link is not None
    stems = (path.stem for path in bench.sample_folder.parent.glob("*.json"))
    return link, sorted(one for one in stems if link.kind_of(one) is not None)


def served(name: str, data: bytes) -> None:
    """A message of a one-stop that takes the gateway for a land system."""
    if not data:
        return
    link, operations = _link(name)
    operation, body = operations[data[0] % len(operations)], data[1:]
    link.number_in(body)
    if link.sessions is not None:
        link.sessions.asked(body)
    told = link.read(operation, body)
    if not isinstance(told, HostedReply):
        orjson.dumps([told.body, told.document, told.facts, list(told.papers)])


def _true_messages(name: str) -> Iterator[bytes]:
    _, operations = _link(name)
    for place, operation in enumerate(operations):
        for sample in _samples(name, f"{operation}.json", f"{operation}.*.json"):
            yield bytes((place,)) + sample


def _target(
    feed: Callable[[str, bytes], None],
    seeds: Callable[[str], Iterator[bytes]],
    name: str,
    head: int,
) -> Target:
    return Target(partial(feed, name), lambda: tuple(seeds(name)), head)


def _called(kind: str, name: str) -> str:
    return f"{kind}-{name}".replace("/", "-").replace("_", "-")


TARGETS: Mapping[str, Target] = {
    _called(kind, name): _target(feed, seeds, name, head)
    for kind, names, feed, seeds, head in (
        ("answer", SPOKEN, answered, _true_answers, 2),
        ("push", PUSHING, pushed, _true_pushes, 1),
        ("file", CARRIED, carried, _true_files, 1),
        ("served", SERVED, served, _true_messages, 1),
    )
    for name in names
    if KITS[name].manifest.carrier != BY_HAND or kind != "answer"
}
