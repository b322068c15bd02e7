"""Opens a counterpart, a mock or an address, runs the tests and says what is known then."""

from __future__ import annotations

from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.conformance.partner.acts import Acting, ByPeople
from gateway.conformance.partner.desk import Desk
from gateway.conformance.partner.passing import Passing, RealTime
from gateway.conformance.partner.run import Run, Tell, chosen, run
from gateway.conformance.partner.systems import SERVER
from gateway.conformance.partner.trial import Lent, Numbers, Running, Waiting
from gateway.conformance.partner.verdicts import (
    Attestation,
    Judged,
    Overall,
    Ran,
    judge,
    overall,
)
from gateway.conformance.partner.wire import Wire
from gateway.conforming import Role

if TYPE_CHECKING:
    from gateway.conformance.partner.folder import Folder
    from gateway.conformance.partner.mocked import Spoiling
    from gateway.conformance.partner.preset import Preset
    from gateway.conforming import Answering, Incoming

MOCK = "mock"
#: In place of an address: the counterpart only calls, people do the rest.
BY_HAND = "tay"
#: Below the kit's address, where a mock calls.
CALLBACK = "/goi-ve"


@dataclass(frozen=True, slots=True)
class Told:
    """How whoever runs the kit is told of what goes on."""

    tell: Tell
    say: Callable[[str], None]
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Wanted:
    """One run as it is asked for; ``against``: ``mock``, an address, or ``tay``."""

    role: Role
    against: str
    only: str = ""
    by: str = ""
    attested: Mapping[str, Attestation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known after a run."""

    folder: Folder
    preset: Preset
    wanted: Wanted
    run: Run
    judged: tuple[Judged, ...]
    overall: Overall

    @property
    def tried(self) -> str:
        """Which of an interface's systems were tried; empty where it has only one."""
        there = [
            one.title
            for one in self.folder.systems.values()
            if one.title and one.name not in self.run.absent
        ]
        return ", ".join(there)

    def about(self, system: str) -> Overall:
        """What is known of one of the interface's systems."""
        if system in self.run.away:
            return Overall.SILENT
        return _overall(self.judged, {system}, self.wanted)

    @property
    def dossiers(self) -> Sequence[str]:
        """Numbers that were used there."""
        return [number for one in self.run.ran for number in one.dossiers]


def _overall(
    judged: Iterable[Judged], systems: Collection[str], wanted: Wanted
) -> Overall:
    """What is known of those systems together; others were not asked for."""
    rows = [one for one in judged if one.requirement.system in systems]
    return overall(rows, with_attestations=wanted.against != MOCK)


async def conform(
    folder: Folder,
    preset: Preset,
    wanted: Wanted,
    told: Told,
    spoiling: Spoiling | None = None,
) -> Outcome:
    """Try a counterpart; ``spoiling``: of the mock, to try the kit itself.

    Raises:
        ValueError: there is no such test, the address to listen at is taken, or a file
            of the preset is not there.
    """
    tests = chosen(folder.of(wanted.role), wanted.only)
    async with AsyncExitStack() as stack:
        if wanted.against == MOCK:
            lent = await _mocked(stack, (folder, preset, wanted.role), told, spoiling)
        else:
            lent = await _real(stack, folder, preset, wanted, told)
        done = await run(lent, wanted.role, tests, told.tell)
    return concluded(folder, lent.preset, wanted, done)


def concluded(folder: Folder, preset: Preset, wanted: Wanted, done: Run) -> Outcome:
    """All verdicts of a run."""
    rows = folder.requirements.of(wanted.role)
    if wanted.only:
        cited = {number for one in done.ran for number in one.numbers}
        rows = tuple(row for row in rows if row.number in cited)
    judged = judge(rows, done.ran, wanted.attested)
    whole = _overall(judged, folder.systems.keys() - done.absent, wanted)
    if done.silent:
        whole = Overall.SILENT
    return Outcome(folder, preset, wanted, done, judged, whole)


async def _mocked(
    stack: AsyncExitStack,
    what: tuple[Folder, Preset, Role],
    told: Told,
    spoiling: Spoiling | None,
) -> Lent:
    from gateway.conformance.partner import mocked  # noqa: PLC0415  not on every machine

    folder, preset, role = what
    desk = Desk(folder.number_of)
    address = await stack.enter_async_context(_open(desk, "127.0.0.1", 0))
    at = await stack.enter_async_context(
        mocked.stand(folder, preset, role, f"{address}{CALLBACK}")
    )
    desk.passing = at.passing
    found = await stack.enter_async_context(
        mocked.listening(at, spoiling or mocked.SOUND)
    )
    return await _lent(stack, folder, found, (at.passing, at.acting, desk), told)


async def _real(
    stack: AsyncExitStack, folder: Folder, preset: Preset, wanted: Wanted, told: Told
) -> Lent:
    for name, path in preset.files.items():
        if not path.is_file():
            raise ValueError(
                f"files.{name}: không có tệp {path}: ghi đường dẫn đúng vào tệp của --preset."
            )
    passing = RealTime()
    acting = ByPeople(folder.acts, told.say, preset.acts_url, preset.endings)
    server = "" if wanted.against == BY_HAND else wanted.against.rstrip("/")
    if server in preset.others.values():
        server = preset.server
    desk = Desk(folder.number_of)
    desk.passing = passing
    if wanted.role is Role.CLIENT or folder.hosts:
        at = await stack.enter_async_context(_open(desk, *preset.listens_at))
        told.say(f"Bộ thử chờ lời gọi ở {preset.callback or at}")
    found = replace(preset, server=server)
    return await _lent(stack, folder, found, (passing, acting, desk), told)


async def _lent(
    stack: AsyncExitStack,
    folder: Folder,
    preset: Preset,
    hands: tuple[Passing, Acting, Desk],
    told: Told,
) -> Lent:
    passing, acting, desk = hands
    times, share = preset.times, None
    urls = {name: url for name, url in preset.addresses.items() if url}
    if preset.server and folder.parts:
        # Whoever has an address needs nothing of it.
        from gateway.conformance.partner.share import opened  # noqa: PLC0415

        share = opened(preset, passing.now)
        stack.push_async_callback(share.close)
        del urls[SERVER]
    wires = {
        name: Wire(
            url, ca=preset.ca, answer_s=times["answer_s"], pace_s=times["pace_s"]
        )
        for name, url in urls.items()
    }
    for wire in wires.values():
        stack.push_async_callback(wire.close)
    lent = Lent(
        folder=folder,
        preset=preset,
        passing=passing,
        acting=acting,
        wires=wires,
        desk=desk,
        mask=folder.mask(preset.secrets),
        numbers=Numbers(preset, passing.now()),
        waiting=told.waiting,
        given=set(),
        memory={},
        share=share,
    )

    def usual(call: Incoming) -> Answering:
        nobodys = Running(lent, Ran("usual", "", ()))
        return folder.usual_answer(call, nobodys, lent.given.__contains__)

    desk.usual = usual
    return lent


@asynccontextmanager
async def _open(desk: Desk, host: str, port: int) -> AsyncIterator[str]:
    try:
        yield await desk.open(host, port)
    finally:
        await desk.close()
