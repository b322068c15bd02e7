"""An agency that somebody took over answers: nothing of it is believed, or kept.

One world for each door. Each technique meets a dossier of its own (or, where a call
is about no dossier, a call of its own); then the agency answers truly again, and every
dossier has to come to what its example says.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from gateway.mockagency.office import CALL
from gateway.wiring import feeding
from gateway.wiring.stage import EXAMPLES
from tests.attack.frame import Attack, attacks
from tests.attack.hostile_answers import EVERYWHERE, HARMLESS, JSON, Hostile, xml
from tests.chaos.clones import cloned
from tests.world import World, quick, scenario_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.conformance import examples

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]
#: One bomb unpacked, or one answer without end kept, is more.
MOST_GROWTH_KB = 160 * 1024
#: Outcomes of an attempt whose answer was taken for the agency's own word.
BELIEVED = {"delivered", "duplicate", "refused"}
SECRET = "BI-MAT-CUA-MAY-NAY"
#: How often they pass, until every technique has met an answer.
MOST_TIMES = 60


@dataclass(frozen=True)
class Door:
    """Answers of one kind, at one agency."""

    name: str
    example: str
    agency: str
    kind: str
    said: str = "json"
    #: or xml
    in_turn: bool = False
    #: calls that name no dossier: each technique meets one call
    step_h: float = 0.5
    #: hours of virtual time that pass at once while the agency is somebody else's
    message: str = ""
    #: what the gateway calls what is answered; empty: as the agency does
    pulled: bool = False
    #: the agency's list has the dossier first, then the one-stop takes it in


PARTS = ("endless-answer", "announced-too-large", "half-an-answer")
LINKED = "74-khai-sinh-lien-thong"
DOORS = (
    Door("vbdlis-hand-over", "01-chuyen-nhuong-thuong", "land_registry", "hand_over"),
    Door("tct-slip", "01-chuyen-nhuong-thuong", "tax", "slip_new", "xml", step_h=4.0),
    Door("electricity-hand-over", "56-cap-dien-ha-ap", "electricity", "hand_over"),
    Door("ilis-hand-over", "47-ilis-chuyen-nhuong", "land_registry", "hand_over"),
    Door(
        "tct-notices",
        "01-chuyen-nhuong-thuong",
        "tax",
        "notices",
        "xml",
        True,
        step_h=6.0,
    ),
    Door("portal-slip", "23-qua-cong", "tax", "slip_new", step_h=4.0),
    Door(
        "civil-push",
        LINKED,
        "civil_registry",
        "btp_push",
        message="hand_over",
        pulled=True,
    ),
    Door(
        "civil-list", LINKED, "civil_registry", "dvclt_list", in_turn=True, pulled=True
    ),
    Door(
        "civil-detail",
        LINKED,
        "civil_registry",
        "dvclt_detail",
        in_turn=True,
        pulled=True,
    ),
    Door(
        "tct-obligations",
        "01-chuyen-nhuong-thuong",
        "tax",
        "obligations",
        "xml",
        True,
        step_h=6.0,
    ),
    Door(
        "land-file",
        "01-chuyen-nhuong-thuong",
        "land_registry",
        "file",
        "file",
        True,
        step_h=6.0,
    ),
    Door(
        "ilis-token",
        "47-ilis-chuyen-nhuong",
        "land_registry",
        "token",
        in_turn=True,
        step_h=2.0,
    ),
    Door("one-stop-status", "01-chuyen-nhuong-thuong", "one_stop", "status"),
)


@dataclass
class Run:
    """What was seen at one door."""

    met: Counter[str] = field(default_factory=Counter)
    #: technique → answers that it spoiled
    visits: Counter[str] = field(default_factory=Counter)
    #: technique → calls of the address that no answer may lead to
    outcomes: dict[str, list[str]] = field(default_factory=dict)
    #: technique → what became of the first attempts of its message
    told: dict[str, str] = field(default_factory=dict)
    #: technique → everything the API shows of its dossier then
    ends: dict[str, list[str]] = field(default_factory=dict)
    #: technique → differences to what its example says, afterwards
    growth_kb: int = 0


@contextlib.asynccontextmanager
async def canary(run: Run) -> AsyncIterator[str]:
    """An address on this machine; whoever comes is counted under its last part."""

    async def visited(request: web.Request) -> web.Response:
        run.visits[request.path.strip("/")] += 1
        return web.Response(text='<!ENTITY x "fetched">')

    app = web.Application()
    app.router.add_route("*", "/{name}", visited)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def peak_kb() -> int:
    """The most memory that this process has had since ``forget_peak``."""
    status = Path("/proc/self/status").read_text("ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1])


def forget_peak() -> None:
    """From now on the peak is counted anew."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def techniques(door: Door, canary: str, secret: Path) -> list[Hostile]:
    """All that is tried there."""
    if door.said == "file":
        # Of a file anything may be true but what is no whole answer, and too much.
        return [one for one in EVERYWHERE if one.row != 6 or one.name in PARTS]
    if door.said == "json":
        return [*EVERYWHERE, *JSON]
    names = [one.name for one in xml("", secret.as_uri())]
    made = [xml(f"{canary}/{name}", secret.as_uri()) for name in names]
    return [*EVERYWHERE, *(ones[place] for place, ones in enumerate(made))]


async def carried_out(door: Door, folder: Path) -> Run:
    """Every technique at a door, and afterwards the truth."""
    run = Run()
    secret = folder / "secret.txt"
    secret.write_text(SECRET, "utf-8")
    world = World(folder / "run", configure=quick)
    world.stage.start = str(scenario_of(door.example).get("start", world.stage.start))
    async with canary(run) as address:
        tried = techniques(door, address, secret)
        assert world.stage.examples is not None
        clones = list(
            cloned([EXAMPLES / door.example], world.stage.examples, len(tried))
        )
        by_number = {c.number: one for c, one in zip(clones, tried, strict=True)}
        named = dict(by_number)
        for clone, one in zip(clones, tried, strict=True):
            document = json.loads((clone.folder / "dossier.json").read_text("utf-8"))
            named[document.get("linked_number", clone.number)] = one
        async with world:
            world.twist(door.agency, _twist(door, tried, named, run, address))
            forget_peak()
            before = peak_kb()
            folders = [c.folder for c in clones]
            expected = []
            if not (door.pulled and door.in_turn):
                expected = await _handed_in(world, door, folders)
            for _ in range(MOST_TIMES):
                await world.pass_hours(door.step_h)
                if len(run.met) == len(tried):
                    break
            run.growth_kb = peak_kb() - before
            for number, one in by_number.items():
                run.told[one.name] = json.dumps(await world.shown(number))
                run.outcomes[one.name] = await _outcomes(world, number, door)
            world.twist(door.agency, None)
            if not expected:
                expected = await _handed_in(world, door, folders)
            await world.settle()
            for verdict in await feeding.judge_all(world.stage, expected):
                run.ends[by_number[verdict.number].name] = [
                    *verdict.differences,
                    *(["stuck"] if verdict.stuck else []),
                    *(["lost"] if verdict.lost else []),
                ]
    return run


async def _outcomes(world: World, number: str, door: Door) -> list[str]:
    """What became of the attempts that a hostile answer met; none for a poll."""
    shown = await world.shown(number)
    mine = [
        t
        for t in shown.get("transfers", ())
        if t["kind"] == (door.message or door.kind)
    ]
    if door.in_turn or not mine:
        return []
    history = (await world.history(mine[0]))["history"]
    return [attempt["outcome"] for attempt in history[:1]]


def _twist(
    door: Door, tried: list[Hostile], named: dict[str, Hostile], run: Run, address: str
) -> Any:
    turns = iter(tried)

    async def twist(
        request: web.Request, answer: web.StreamResponse
    ) -> web.StreamResponse:
        call = CALL.get()
        assert call is not None
        if call.kind != door.kind or not isinstance(answer, web.Response):
            return answer
        one = next(turns, None) if door.in_turn else named.get(call.number)
        if one is None:
            return answer
        run.met[one.name] += 1
        assert isinstance(answer.body, bytes)
        return await one.make(request, answer.body, f"{address}/{one.name}")

    return twist


async def _handed_in(
    world: World, door: Door, folders: list[Path]
) -> list[examples.Expected]:
    """Hand all of them in; one that the agency has to list first, once it is fetched."""
    expected = {}
    async with feeding.signed_in(world.stage, "one_stop") as session:
        for folder in folders:
            for _ in range(MOST_TIMES):
                one = await feeding.feed_one(
                    world.stage, session, folder, lambda _: None
                )
                expected[one.number] = one
                if "transfers" in await world.shown(one.number):
                    break
                await world.pass_hours(door.step_h)
    return list(expected.values())


RUNS: dict[str, Run] = {}
LOCK = asyncio.Lock()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers")


async def run_of(door: Door, folder: Path) -> Run:
    """Each door is tried once, whichever of its tests comes first."""
    async with LOCK:
        if door.name not in RUNS:
            own = folder / door.name
            own.mkdir()
            RUNS[door.name] = await carried_out(door, own)
        return RUNS[door.name]


CASES = attacks(
    *(
        (Attack(one.row, one.name, f"answer:{door.name}"), door)
        for door in DOORS
        for one in techniques(door, "", Path("/"))
    )
)


@pytest.mark.parametrize(("attack", "door"), CASES)
async def test_a_hostile_answer_is_not_believed_and_loses_nothing(
    attack: Attack, door: Door, folder: Path
) -> None:
    run = await run_of(door, folder)
    assert run.met[attack.technique] >= 1
    assert door.in_turn or run.outcomes[attack.technique]
    if attack.technique != HARMLESS:
        assert not set(run.outcomes[attack.technique]) & BELIEVED
    assert run.visits[attack.technique] == 0
    assert SECRET not in run.told[attack.technique]
    assert run.growth_kb < MOST_GROWTH_KB
    assert run.ends[attack.technique] == []
