"""S6: one answer in twenty of every kind is lost after the agency has done the work.

Whole land transfers with tax, under virtual time. ``python -m benchmarks.s6`` counts in
the agencies' own books what was done twice, and at the gateway how each doubt was
settled. See docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import uvloop

from benchmarks import recording
from benchmarks.processes import ROOT
from benchmarks.scene import line, say
from tests import postgres
from tests.nodes import store_table
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = ROOT / ".run" / "benchmarks" / "s6"
EVERY = 20
#: Kinds of a land transfer, each lost for other dossiers.
KINDS = (
    ("land_registry", "hand_over"),
    ("tax", "slip_new"),
    ("land_registry", "paid"),
    ("land_registry", "result_handed"),
    ("one_stop", "status"),
    ("land_registry", "result_wrong"),
)
DEAR = "result_wrong"
#: The kind that the office can neither be asked about nor counts once.
WRONG = {
    "step": [
        {"on": "status:9", "after_h": 24, "do": "handed_out"},
        {
            "on": "status:9",
            "after_h": 30,
            "do": "result_wrong",
            "content": {"content": "Sai năm sinh (ví dụ)."},
        },
    ]
}


def _number(index: int) -> str:
    return f"H00.20.01-260310-{index:04d}"


def _lost(count: int) -> list[dict[str, Any]]:
    return [
        {"agency": agency, "operation": kind, "do": "lose_answer", "number": number}
        for place, (agency, kind) in enumerate(KINDS)
        for index in range(1 + place, 1 + count, EVERY)
        for number in (_number(index),)
    ]


async def _run(count: int, table: str, store: str) -> dict[str, Any]:
    folder = FOLDER / store
    folder.mkdir()
    world = World(folder / "run", configure=quick)
    world.more_settings = table
    world.faults = _lost(count)
    numbers = [_number(index) for index in range(1, 1 + count)]
    dear = {fault["number"] for fault in world.faults if fault["operation"] == DEAR}
    for number in numbers:
        world.scenario(number, **({"one_stop": WRONG} if number in dear else {}))
    async with world:
        for number in numbers:
            answered = await world.submit(a_dossier(number))
            if answered.status != 202:
                raise RuntimeError(f"{number}: {answered.status}")
        await world.settle()
        by_person = await _decided(world, numbers)
        await world.settle()
        facts = {"store": store, "dossiers": count, "answers_lost": len(world.faults)}
        return facts | await _judged(world, numbers) | {"left_to_a_person": by_person}


async def _decided(world: World, numbers: list[str]) -> int:
    """A person asks the office by telephone, and says what its book says."""
    decided = 0
    for number in numbers:
        for transfer in (await world.shown(number))["transfers"]:
            if transfer["state"] != "parked":
                continue
            if transfer["fate"] != "may_have_left":
                say(f"parked, and not in doubt: {transfer}")
                continue
            office = transfer["agency"]
            has_it = bool(world.effects(number, office, transfer["kind"]))
            action = "agency_has_it" if has_it else "agency_has_it_not"
            answered = await world.act(transfer, action, "đã hỏi qua điện thoại")
            if answered.status != 200:
                raise RuntimeError(f"{number}: {answered.status} {transfer}")
            decided += 1
    return decided


async def _judged(world: World, numbers: list[str]) -> dict[str, Any]:
    doubled = 0
    for agency in sorted({agency for agency, _ in KINDS}):
        for number in numbers:
            done = Counter(_key(one) for one in _of(world.book(agency), number))
            doubled += sum(n - 1 for n in done.values())
    found: Counter[str] = Counter()
    for number in numbers:
        for transfer in (await world.shown(number))["transfers"]:
            found["unfinished"] += transfer["state"] in {"due", "sending", "parked"}
            found["unfinished"] += transfer["state"] in {"waiting", "unconfirmed"}
            history = (await world.history(transfer))["history"]
            asked = [
                one
                for one in history
                if one["purpose"] == "enquire" and one["outcome"] == "delivered"
            ]
            found["by_enquiry"] += bool(asked)
            sent = sum(one["purpose"] == "submit" for one in history)
            found["again"] += sent > 1
    ended = [(await world.shown(number))["end"] for number in numbers]
    return {
        "effects_doubled": doubled,
        "dossiers_not_finished": sum(one != "finished" for one in ended),
        "transfers_not_ended": found["unfinished"],
        "settled_by_enquiry": found["by_enquiry"],
        "sent_again_where_the_agency_deduplicates": found["again"],
    }


def _of(book: list[dict[str, Any]], number: str) -> list[dict[str, Any]]:
    return [line for line in book if line["number"] == number]


def _key(effect: dict[str, Any]) -> str:
    """A status takes effect once per state that it tells; all others once."""
    facts = effect["facts"] if effect["kind"] == "status" else {}
    return f"{effect['kind']} {facts.get('id', sorted(facts.items()))}"


@contextlib.contextmanager
def _tables(store: str) -> Iterator[str]:
    if store == "sqlite":
        yield ""
        return
    with (
        postgres.running(on_disk=True, by_socket=True) as server,
        server.database() as database,
    ):
        yield store_table(database, FOLDER / "password", lease_s=20)


async def _all(given: argparse.Namespace) -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    bad = 0
    for store in given.store.split(","):
        with _tables(store) as table:
            facts = await asyncio.wait_for(_run(given.dossiers, table, store), 560)
        recording.publish(line("S6", facts), given)
        bad += facts["effects_doubled"] + facts["transfers_not_ended"]
    shutil.rmtree(FOLDER)
    say("effects are what the agencies' own books say")
    return 1 if bad else 0


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s6")
    parser.add_argument("--dossiers", type=int, default=100)
    parser.add_argument("--store", default="sqlite,postgresql")
    recording.option(parser)
    return int(uvloop.run(_all(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
