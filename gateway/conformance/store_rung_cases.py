"""What every store must do about rungs: each is told once, whatever is measured again."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.conformance.expect import equal, holds
from gateway.conformance.measure_making import (
    at,
    keep,
    measured,
    queue,
    rule,
    running,
    stopped,
)
from gateway.conformance.store_making import NOW, OFFICE, Bench, case, following
from gateway.domain.journal import chained
from gateway.domain.measure import Running
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import State
from gateway.ports.measured import Asking
from gateway.ports.store import Change

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.identifiers import DossierId
    from gateway.domain.measure import Clock
    from gateway.ports.measured import ClockRow

LATER = NOW + timedelta(days=9)


async def _dossier(bench: Bench, *clocks: Clock) -> DossierId:
    dossier_id = await bench.accepted()
    await keep(bench, measured(dossier_id, clocks=clocks or (running(),)))
    return dossier_id


async def _only(bench: Bench, now: datetime = LATER) -> ClockRow:
    (clock,) = await bench.store.rungs(now, 9)
    return clock


@case
async def a_rung_comes_with_its_moment(bench: Bench) -> None:
    """Not a moment earlier, the earliest first, so many as are asked for."""
    first = await _dossier(bench)
    early = replace(running(), rung_at=((50, at(0.5)),))
    second = await _dossier(bench, early)
    equal(list(await bench.store.rungs(at(0.4), 9)), [])
    both = await bench.store.rungs(at(1), 9)
    equal([one.dossier_id for one in both], [second, first])
    equal([(one.rung, one.rung_at) for one in both], [(50, at(0.5)), (50, at(1))])
    equal(len(await bench.store.rungs(at(1), 1)), 1)


@case
async def a_clock_goes_from_rung_to_rung_and_each_is_told_once(bench: Bench) -> None:
    """To the last; who comes again with one that is told is late."""
    await _dossier(bench)
    told = []
    for _ in range(3):
        clock = await _only(bench)
        told.append((clock.rung, clock.rung_at))
        holds(await bench.store.tell_rung(clock, bench.line("rung")), "it is first")
        holds(not await bench.store.tell_rung(clock, bench.line("rung")), "told")
    equal(told, [(50, at(1)), (70, at(2)), (100, at(4))])
    equal(list(await bench.store.rungs(LATER, 9)), [])


@case
async def of_many_who_tell_a_rung_one_does(bench: Bench) -> None:
    """At the same moment; one line is written."""
    dossier_id = await _dossier(bench)
    clock = await _only(bench)
    told = await asyncio.gather(
        *(bench.store.tell_rung(clock, bench.line("rung")) for _ in range(5))
    )
    equal(sorted(told), [False] * 4 + [True])
    kinds = [one.line.kind for one in await bench.store.journal(dossier_id)]
    equal(kinds.count("rung"), 1)


@case
async def what_is_told_stands_in_the_dossiers_chain(bench: Bench) -> None:
    """And the dossier goes on from there; it is not to be measured for this."""
    mine = bench.case()
    dossier_id = await bench.accepted(case=mine)
    await keep(bench, measured(dossier_id, clocks=(running(),)))
    await bench.store.tell_rung(await _only(bench), bench.line("rung", percent=50))
    (hard,) = await bench.store.hard_due(LATER, 9)
    await bench.store.tell_hard(hard, bench.line("hard"))
    equal(await queue(bench), {})
    change = Change(NOW, dossier_id, following(mine), journal=(bench.line("later"),))
    equal((await bench.store.apply(change)).version, 2)
    lines = await bench.store.journal(dossier_id)
    equal([one.line.kind for one in lines[1:]], ["rung", "hard", "later"])
    equal(lines[1].line.facts, {"percent": 50})
    for before, one in itertools.pairwise(lines):
        equal(one.previous, before.digest)
        equal(one.digest, chained(one.previous, one.line, one.chain, one.position))
    found = await bench.store.dossier(dossier_id, EVERYTHING)
    equal(found is not None and found.case.version, 2)


@case
async def what_was_told_stays_told_when_it_is_measured_again(bench: Bench) -> None:
    """Also where its moment has moved on; the next one is at its new moment."""
    dossier_id = await _dossier(bench)
    await bench.store.tell_rung(await _only(bench), bench.line("rung"))
    (hard,) = await bench.store.hard_due(LATER, 9)
    await bench.store.tell_hard(hard, bench.line("hard"))
    moved = running(
        rung_at=((50, at(24)), (70, at(48))), hard_at=at(60), used_minutes=9
    )
    await keep(bench, measured(dossier_id, clocks=(moved,)))
    clock = await _only(bench)
    equal((clock.rung, clock.rung_at), (70, at(48)))
    equal((clock.hard_at, clock.hard_told_at), (None, NOW))
    equal(list(await bench.store.hard_due(LATER, 9)), [])


@case
async def a_clock_that_begins_again_is_told_of_again(bench: Bench) -> None:
    """Of each count, and of each clock, leg and dossier by itself."""
    dossier_id = await _dossier(bench)
    await bench.store.tell_rung(await _only(bench), bench.line("rung"))
    (hard,) = await bench.store.hard_due(LATER, 9)
    await bench.store.tell_hard(hard, bench.line("hard"))
    again = running(restarts=(NOW,))
    other = running(leg="tax", rule=rule(name="other"))
    await keep(bench, measured(dossier_id, clocks=(again, other)))
    found = await bench.store.rungs(LATER, 9)
    equal([(one.leg, one.count, one.rung) for one in found],
          [("land", 1, 50), ("tax", 0, 50)])  # fmt: skip
    equal(len(await bench.store.hard_due(LATER, 9)), 2)


@case
async def a_clock_that_does_not_run_is_not_told_of(bench: Bench) -> None:
    """Stopped or suspended, whatever moments were computed for it."""
    still = running(running=Running.SUSPENDED, due_at=None)
    over = stopped(
        leg="tax", rung_at=running().rung_at, hard_at=running().hard_at, due_at=None
    )
    dossier_id = await _dossier(bench, still, over)
    equal(list(await bench.store.rungs(LATER, 9)), [])
    equal(list(await bench.store.hard_due(LATER, 9)), [])
    equal(await bench.store.next_moment(), None)
    await keep(bench, measured(dossier_id, clocks=(running(),)))
    equal((await _only(bench)).rung, 50)


@case
async def who_read_a_clock_before_it_was_measured_otherwise_tells_nothing(
    bench: Bench,
) -> None:
    """It has stopped, it has begun again, or its moment is another one."""
    dossier_id = await _dossier(bench)
    rung = await _only(bench)
    (hard,) = await bench.store.hard_due(LATER, 9)
    later = running(rung_at=((50, at(30)),), hard_at=at(40))
    for clocks in ((stopped(),), (running(restarts=(NOW,)),), (later,), ()):
        await keep(bench, measured(dossier_id, clocks=clocks))
        holds(not await bench.store.tell_rung(rung, bench.line("rung")), "another one")
        holds(not await bench.store.tell_hard(hard, bench.line("hard")), "another one")
    equal([one.line.kind for one in await bench.store.journal(dossier_id)],
          ["happened"])  # fmt: skip
    await keep(bench, measured(dossier_id, clocks=(running(),)))
    equal((await _only(bench)).rung, 50)


@case
async def a_hard_moment_comes_and_is_told_once(bench: Bench) -> None:
    """Apart from the rungs."""
    await _dossier(bench)
    equal(list(await bench.store.hard_due(at(4.9), 9)), [])
    (clock,) = await bench.store.hard_due(at(5), 9)
    equal(clock.hard_at, at(5))
    bench.now = at(6)
    told = await asyncio.gather(
        *(bench.store.tell_hard(clock, bench.line("hard")) for _ in range(3))
    )
    equal(sorted(told), [False, False, True])
    equal(list(await bench.store.hard_due(LATER, 9)), [])
    (row,) = await bench.store.clock_rows(clock.dossier_id)
    equal((row.hard_at, row.hard_told_at, row.rung), (None, at(6), 50))


@case
async def what_is_asked_at_a_hard_moment_is_due_with_its_line(bench: Bench) -> None:
    """Both or neither: nobody who dies in between leaves a line without its question."""
    transfer = bench.transfer()
    dossier_id = await bench.accepted(transfer)
    await keep(bench, measured(dossier_id, clocks=(running(),)))
    await bench.claim()
    await bench.move(transfer.id, State.UNCONFIRMED, after=at(90))
    (clock,) = await bench.store.hard_due(LATER, 9)
    late = replace(clock, hard_at=at(4))
    asked = Asking(unsure=(transfer.id,))

    async def due() -> list[str]:
        found = await bench.store.claim_enquiries(OFFICE, now=at(6), limit=9, again_s=1)
        return [one.transfer.id for one in found]

    line = replace(bench.line("hard"), at=at(6))
    holds(not await bench.store.tell_hard(late, line, asked), "another moment")
    equal(await due(), [])
    holds(await bench.store.tell_hard(clock, line, asked), "it is first")
    equal(await due(), [transfer.id])


@case
async def an_answer_that_is_fetched_is_fetched_at_a_hard_moment(bench: Bench) -> None:
    """No later than it was; what is not polled is not."""
    polled, left = bench.transfer(), bench.transfer(conversation="tax")
    dossier_id = await bench.accepted(polled, left)
    await keep(bench, measured(dossier_id, clocks=(running(),)))
    await bench.claim()
    await bench.move(polled.id, State.DELIVERED, after=at(90))
    await bench.move(left.id, State.DELIVERED)
    (clock,) = await bench.store.hard_due(LATER, 9)
    line = replace(bench.line("hard"), at=at(6))
    await bench.store.tell_hard(clock, line, Asking(polled=(polled.id, left.id)))
    found = await bench.store.claim_polls(OFFICE, now=at(6), limit=9, again_s=1)
    equal([one.transfer.id for one in found], [polled.id])


@case
async def the_next_moment_is_the_earliest_that_was_not_told(bench: Bench) -> None:
    """A rung, or a hard moment."""
    equal(await bench.store.next_moment(), None)
    await _dossier(bench, running(rung_at=((100, at(9)),)))
    equal(await bench.store.next_moment(), at(5))
    (hard,) = await bench.store.hard_due(LATER, 9)
    await bench.store.tell_hard(hard, bench.line("hard"))
    equal(await bench.store.next_moment(), at(9))
    await bench.store.tell_rung(await _only(bench), bench.line("rung"))
    equal(await bench.store.next_moment(), None)


@case
async def no_clock_of_an_unknown_dossier_is_told_of(bench: Bench) -> None:
    """There is no chain that it could stand in."""
    dossier_id = await _dossier(bench)
    clock = await _only(bench)
    stranger = replace(clock, dossier_id=type(dossier_id)("d_unknown"))
    holds(not await bench.store.tell_rung(stranger, bench.line("rung")), "nobody's")
    holds(not await bench.store.tell_hard(stranger, bench.line("hard")), "nobody's")
