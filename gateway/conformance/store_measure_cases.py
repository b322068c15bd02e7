"""What every store must do about what is to be measured, and what was."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from gateway.conformance.expect import equal, holds, there
from gateway.conformance.measure_making import (
    FIRST_MINUTE,
    LAST_MINUTE,
    PROCEDURE,
    ended,
    keep,
    measured,
    queue,
    rule,
    running,
    share,
    stopped,
)
from gateway.conformance.store_making import (
    LAND,
    NOW,
    OFFICE,
    SENDER,
    UNIT,
    Bench,
    case,
    following,
)
from gateway.domain.case import End
from gateway.domain.identifiers import DossierId
from gateway.domain.measure import Level, Running, Timeliness, Whose
from gateway.domain.transfer import State
from gateway.ports.store import Change


@case
async def whatever_grows_is_to_be_measured(bench: Bench) -> None:
    """A new dossier, a line without a case, a case without a line; else nothing."""
    mine = bench.case()
    first = await bench.accepted(new := bench.transfer(), case=mine)
    second = await bench.accepted()
    equal(await queue(bench), {first: 1, second: 1})
    await bench.store.apply(Change(NOW, first, journal=(bench.line(),)))
    await bench.store.apply(Change(NOW, first, following(mine)))
    equal(await queue(bench), {first: 3, second: 1})
    await bench.claim()
    await bench.move(new.id, State.DELIVERED)
    await bench.store.note("chain", [bench.line()])
    equal(await queue(bench), {first: 3, second: 1})


@case
async def a_change_that_fails_leaves_nothing_to_be_measured(bench: Bench) -> None:
    """It is noted in the unit of the change."""
    change = bench.acceptance()
    late = replace(change, case=replace(there(change.case), version=3))
    found = await asyncio.gather(bench.store.apply(late), return_exceptions=True)
    holds(isinstance(found[0], Exception), "it failed")
    equal(await queue(bench), {})


@case
async def the_queue_is_read_in_pages_of_the_smallest_ids(bench: Bench) -> None:
    """Past what nobody manages to measure, too."""
    first, second, third = [await bench.accepted() for _ in range(3)]
    equal(list(await bench.store.unmeasured(2)), [(first, 1), (second, 1)])
    page = await bench.store.unmeasured(2, after=second)
    equal(list(page), [(third, 1)])


@case
async def what_was_measured_is_read_back_whole(bench: Bench) -> None:
    """An open dossier, a clock that runs and who had it; nobody's name is empty."""
    dossier_id = await bench.accepted()
    late = stopped(rule=rule(name="accept", level=Level.ACCEPTED))
    given = measured(
        dossier_id,
        clocks=(running(), late),
        shares=(share(5, Whose.CITIZEN), share(30), share(7, Whose.CITIZEN)),
        late_by=late,
        lead=None,
    )
    equal(await bench.store.keep_measured([(given, 1)]), 1)
    row = there(await bench.store.measured(dossier_id))
    equal((row.unit, row.sender, row.procedure), (UNIT, SENDER, PROCEDURE))
    equal((row.version, row.calendar, row.measured_at), (1, 1, NOW))
    equal((row.accepted_at, row.promised_on), (given.accepted_at, given.promised_on))
    equal((row.due_on, row.end, row.ended_at), (given.due_on, End.OPEN, None))
    equal((row.month, row.timeliness, row.lead), (None, Timeliness.OPEN, ""))
    equal((row.minutes, row.calendar_minutes, row.rounds), (480, 1_440, 1))
    equal((row.late_leg, row.late_clock, row.late_office), ("land", "accept", OFFICE))
    equal((row.first_month, row.first_timeliness, row.restated_at), (None, None, None))
    over, runs = await bench.store.clock_rows(dossier_id)
    equal((runs.leg, runs.name, runs.rule), ("land", "answer", "land.answer"))
    equal((runs.level, runs.whose), (Level.ANSWERED, Whose.AGENCY))
    equal((runs.agency, runs.office, runs.unit), (LAND, OFFICE, UNIT))
    equal((runs.running, runs.begun_at, runs.count), (Running.RUNNING, NOW, 0))
    equal((runs.budget_minutes, runs.used_minutes), (4_800, 30))
    equal((runs.due_at, runs.due_on), (bench.later(14_400), running().due_on))
    equal((runs.rung, runs.rung_at), (50, bench.later(3_600)))
    equal((runs.hard_at, runs.hard_told_at), (bench.later(18_000), None))
    equal((over.stopped_at, over.month), (NOW, "2026-03"))
    equal((over.due_at, over.timeliness), (None, Timeliness.ON_TIME))
    shares = await bench.store.share_rows(dossier_id)
    equal(
        [(one.whose, one.leg, one.office, one.minutes, one.month) for one in shares],
        [
            (Whose.AGENCY, "land", OFFICE, 30, None),
            (Whose.CITIZEN, "land", "", 12, None),
        ],
    )


@case
async def nothing_is_known_of_what_was_never_measured(bench: Bench) -> None:
    """It is missing, not zero."""
    dossier_id = await bench.accepted()
    equal(await bench.store.measured(dossier_id), None)
    equal(list(await bench.store.clock_rows(dossier_id)), [])
    equal(list(await bench.store.share_rows(dossier_id)), [])


@case
async def what_is_measured_again_replaces_all_of_it(bench: Bench) -> None:
    """Clocks and shares that are none any more go; of other dossiers nothing does."""
    mine, other = await bench.accepted(), await bench.accepted()
    many = tuple(
        running(leg=leg, rule=rule(name=name))
        for leg in ("land", "tax")
        for name in ("accept", "answer")
    )
    shares = (share(5), share(5, Whose.CITIZEN))
    await keep(
        bench,
        measured(mine, clocks=many, shares=shares),
        measured(other, clocks=many, shares=shares),
    )
    again = measured(
        mine, version=2, clocks=(running(used_minutes=60),), shares=(share(9),)
    )
    await keep(bench, again)
    (row,) = await bench.store.clock_rows(mine)
    equal((row.leg, row.name, row.used_minutes), ("land", "answer", 60))
    equal([one.minutes for one in await bench.store.share_rows(mine)], [9])
    equal(there(await bench.store.measured(mine)).version, 2)
    equal(len(await bench.store.clock_rows(other)), 4)
    equal(len(await bench.store.share_rows(other)), 2)


@case
async def many_are_kept_together(bench: Bench) -> None:
    """More than fit into one statement, new ones and known ones among each other."""
    ids = [await bench.accepted() for _ in range(90)]
    await keep(bench, *(measured(one, clocks=(running(),)) for one in ids[::3]))
    both = (running(), running(leg="tax"))
    await keep(bench, *(ended(one, clocks=both, shares=(share(3),)) for one in ids))
    equal(await queue(bench), {})
    for one in ids:
        equal(there(await bench.store.measured(one)).end, End.FINISHED)
        equal(len(await bench.store.clock_rows(one)), 2)
        equal(len(await bench.store.share_rows(one)), 1)


@case
async def what_grew_while_it_was_measured_is_measured_again(bench: Bench) -> None:
    """The rows are kept, and the dossier stays in the queue until its last line counts."""
    dossier_id = await bench.accepted()
    ((_, times),) = await bench.store.unmeasured(9)
    await bench.store.apply(Change(NOW, dossier_id, journal=(bench.line(),)))
    equal(await bench.store.keep_measured([(measured(dossier_id), times)]), 1)
    ((again, later),) = await bench.store.unmeasured(9)
    equal(again, dossier_id)
    holds(later > times, "the number rises")
    equal(await bench.store.keep_measured([(measured(dossier_id), later)]), 1)
    equal(await queue(bench), {})


@case
async def who_was_slow_replaces_nothing_newer(bench: Bench) -> None:
    """What it had read was measured by another, and has grown once more since."""
    dossier_id = await bench.accepted()
    ((_, slow),) = await bench.store.unmeasured(9)
    newer = measured(dossier_id, version=2, minutes=960)
    await bench.store.keep_measured([(newer, slow)])
    await bench.store.apply(Change(NOW, dossier_id, journal=(bench.line(),)))
    ((_, present),) = await bench.store.unmeasured(9)
    equal(await bench.store.keep_measured([(measured(dossier_id), slow)]), 0)
    equal(there(await bench.store.measured(dossier_id)).minutes, 960)
    equal(await queue(bench), {dossier_id: present})
    holds(present > slow, "no number comes back")


@case
async def of_two_who_measure_a_new_dossier_one_is_kept(bench: Bench) -> None:
    """At the same moment; the other one finds it done."""
    dossier_id = await bench.accepted()
    given = measured(dossier_id, clocks=(running(),), shares=(share(3),))
    kept = await asyncio.gather(
        *(bench.store.keep_measured([(given, 1)]) for _ in range(4))
    )
    equal(sorted(kept), [0, 0, 0, 1])
    equal(await queue(bench), {})


@case
async def dossiers_are_put_into_the_queue_again(bench: Bench) -> None:
    """By their ids, each time a further one; what is no dossier is none there either."""
    mine, other = await bench.accepted(), await bench.accepted()
    await keep(bench, measured(mine), measured(other))
    equal(await queue(bench), {})
    unknown = DossierId("d_unknown")
    await bench.store.remeasure([other, unknown])
    ((again, times),) = await bench.store.unmeasured(9)
    equal(again, other)
    await bench.store.remeasure([other])
    holds((await queue(bench))[other] > times, "the number rises")
    await bench.store.remeasure([])


@case
async def all_that_is_open_is_put_into_the_queue_page_by_page(bench: Bench) -> None:
    """A calendar changes what is open; what has ended keeps the one that held."""
    ids = [await bench.accepted() for _ in range(5)]
    over = bench.case(end=End.FINISHED, ended_at=NOW)
    gone = await bench.accepted(case=over)
    await keep(bench, *map(measured, ids), ended(gone))
    cursor = await bench.store.remeasure_open(None, 3)
    equal(list(await queue(bench)), ids[:3])
    equal(cursor, ids[2])
    equal(await bench.store.remeasure_open(cursor, 3), None)
    equal(list(await queue(bench)), ids)


@case
async def what_another_release_changed_is_found(bench: Bench) -> None:
    """Which knows no queue: by the version of the case, or because no row is there."""
    kept, older = await bench.accepted(), await bench.accepted()
    await keep(bench, measured(kept), measured(older, version=0))
    missing = await bench.accepted()
    equal(await queue(bench), {missing: 1})
    equal(await bench.store.remeasure_behind(None, 2), older)
    equal(list(await queue(bench)), [older, missing])
    equal(await bench.store.remeasure_behind(older, 2), None)
    equal((await queue(bench))[missing], 2)


@case
async def the_month_of_an_end_is_that_of_the_day_in_vietnam(bench: Bench) -> None:
    """One minute lies between them; by UTC both would be in February."""
    before, after = await bench.accepted(), await bench.accepted()
    await keep(
        bench,
        ended(before, LAST_MINUTE, shares=(share(1),)),
        ended(
            after,
            FIRST_MINUTE,
            shares=(share(1),),
            clocks=(stopped(stopped_at=FIRST_MINUTE),),
        ),
    )
    equal(there(await bench.store.measured(before)).month, "2026-02")
    equal(there(await bench.store.measured(after)).month, "2026-03")
    (one,) = await bench.store.share_rows(after)
    (clock,) = await bench.store.clock_rows(after)
    equal((one.month, clock.month), ("2026-03", "2026-03"))


@case
async def overdue_is_never_kept(bench: Bench) -> None:
    """Whoever asks knows the day."""
    dossier_id = await bench.accepted()
    overdue = Timeliness.OVERDUE
    given = measured(
        dossier_id,
        timeliness=overdue,
        as_portal=overdue,
        as_told=overdue,
        clocks=(running(timeliness=overdue),),
    )
    await keep(bench, given)
    row = there(await bench.store.measured(dossier_id))
    equal({row.timeliness, row.as_portal, row.as_told}, {Timeliness.OPEN})
    (clock,) = await bench.store.clock_rows(dossier_id)
    equal(clock.timeliness, Timeliness.OPEN)


@case
async def what_it_was_at_first_stays_and_a_change_is_dated(bench: Bench) -> None:
    """First is when it was first measured as ended; the last change counts."""
    dossier_id = await bench.accepted()
    await keep(bench, measured(dossier_id))
    await keep(bench, ended(dossier_id, timeliness=Timeliness.LATE))
    row = there(await bench.store.measured(dossier_id))
    equal((row.first_month, row.first_timeliness), ("2026-03", Timeliness.LATE))
    equal(row.restated_at, None)
    first, second = NOW + timedelta(days=1), NOW + timedelta(days=2)
    await keep(bench, ended(dossier_id, timeliness=Timeliness.LATE, at=first))
    equal(there(await bench.store.measured(dossier_id)).restated_at, None)
    await keep(bench, ended(dossier_id, at=first))
    await keep(bench, ended(dossier_id, at=second))
    row = there(await bench.store.measured(dossier_id))
    equal((row.first_timeliness, row.timeliness), (Timeliness.LATE, Timeliness.ON_TIME))
    equal(row.restated_at, first)
    await keep(bench, ended(dossier_id, LAST_MINUTE, at=second))
    row = there(await bench.store.measured(dossier_id))
    equal((row.first_month, row.month), ("2026-03", "2026-02"))
    equal(row.restated_at, second)


@case
async def a_dossier_that_is_open_again_stands_in_no_month(bench: Bench) -> None:
    """What it was at first stays, and that it changed."""
    dossier_id = await bench.accepted()
    await keep(bench, ended(dossier_id, shares=(share(1),)))
    await keep(bench, measured(dossier_id, shares=(share(1),)))
    row = there(await bench.store.measured(dossier_id))
    equal((row.month, row.ended_at, row.first_month), (None, None, "2026-03"))
    equal(row.restated_at, NOW)
    (one,) = await bench.store.share_rows(dossier_id)
    equal(one.month, None)
