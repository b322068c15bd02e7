"""What every store must do about what stands still, and about notes on its causes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.conformance.expect import equal, holds, raises
from gateway.conformance.measure_making import (
    TAX,
    at,
    ended,
    keep,
    kept,
    measured,
    rule,
    running,
)
from gateway.conformance.store_making import (
    LAND,
    NOW,
    OFFICE,
    SENDER,
    UNIT,
    Bench,
    case,
)
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import OfficeId
from gateway.domain.measure import Held, Running, Whose
from gateway.domain.principal import EVERYTHING, Scope
from gateway.domain.stuck import Cause, Kind
from gateway.domain.transfer import Fate, State
from gateway.ports.stuck import Bounds, Holder, NoteRow

if TYPE_CHECKING:
    from gateway.ports.stuck import StuckRow

LATER = at(9)
NEVER_ASKED = NOW - timedelta(days=30)
OVERDUE = Cause(Kind.OVERDUE, LAND, OFFICE, "answer")
SILENT = Cause(Kind.SILENT, LAND, OFFICE, "")


def _bounds(**changes: Any) -> Bounds:
    values: dict[str, Any] = {"now": LATER, "asked": NEVER_ASKED, "silent": {}}
    return Bounds(**{**values, **changes})


def _silent(before: datetime) -> Bounds:
    return _bounds(now=NOW, silent={str(OFFICE): before, "land-2": before})


def _held(since: datetime = NOW, leg: str = "land") -> Held:
    return Held(leg, LAND, OFFICE, since)


async def _counted(
    bench: Bench, bounds: Bounds | None = None, scope: Scope = EVERYTHING
) -> dict[Cause, tuple[int, int]]:
    found = await bench.store.stuck(scope, bounds or _bounds())
    return {one.cause: (one.dossiers, one.rows) for one in found}


async def _behind(
    bench: Bench,
    cause: Cause,
    bounds: Bounds | None = None,
    *,
    after: str | None = None,
    limit: int = 9,
) -> list[StuckRow]:
    rows = await bench.store.stuck_by(
        cause, EVERYTHING, bounds or _bounds(), after=after, limit=limit
    )
    return list(rows)


@case
async def messages_stand_still_by_office_way_and_code(bench: Bench) -> None:
    """Each cause counts dossiers and messages; what goes on its way is none."""
    await bench.accepted(head := bench.transfer(), bench.transfer())
    await bench.claim()
    await bench.move(head.id, State.UNCONFIRMED, after=bench.later(60), cause="timeout")
    two = await bench.accepted(
        first := bench.transfer(parked="needs_data"),
        bench.transfer(parked="needs_data", conversation="status"),
    )
    other = bench.transfer(parked="needs_data", office=OfficeId("land-2"))
    await bench.accepted(other)
    await bench.accepted(bench.transfer())
    parked = Cause(Kind.PARKED, LAND, OFFICE, "needs_data")
    equal(
        await _counted(bench),
        {
            Cause(Kind.UNCONFIRMED, LAND, OFFICE, "timeout"): (1, 1),
            parked: (1, 2),
            Cause(Kind.PARKED, LAND, OfficeId("land-2"), "needs_data"): (1, 1),
        },
    )
    rows = await _behind(bench, parked)
    equal({row.dossier_id for row in rows}, {two})
    holds(first.id in {row.transfer_id for row in rows}, "its message is listed")


@case
async def a_parked_message_of_unknown_fate_is_a_cause_of_its_own(bench: Bench) -> None:
    """What is to be done about it is another thing."""
    await bench.accepted(new := bench.transfer())
    await bench.claim()
    away: dict[str, Any] = {"fate": Fate.MAY_HAVE_LEFT, "cause": "fate_unknown"}
    await bench.move(new.id, State.PARKED, **away)
    equal(
        await _counted(bench),
        {Cause(Kind.UNSURE, LAND, OFFICE, "fate_unknown"): (1, 1)},
    )


@case
async def a_dossier_that_is_nobodys_and_one_that_asks_stand_still(bench: Bench) -> None:
    """A question counts only once it was asked before the bound."""
    await bench.accepted(case=bench.case(unrouted="area_unknown"))
    plain, held = bench.case(), bench.case()
    for one in (plain, held):
        asked = replace(one.legs[0], asks="receiver_missing")
        parked = [bench.transfer(parked="receiver_missing")] if one is held else []
        await bench.accepted(*parked, case=one.with_leg(asked))
    unrouted = Cause(Kind.UNROUTED, "", "", "area_unknown")
    message = Cause(Kind.PARKED, LAND, OFFICE, "receiver_missing")
    equal(await _counted(bench), {unrouted: (1, 1), message: (1, 1)})
    counter = Cause(Kind.COUNTER, "", SENDER, "receiver_missing")
    late = _bounds(asked=LATER)
    equal(
        await _counted(bench, late),
        {unrouted: (1, 1), message: (1, 1), counter: (1, 1)},
    )
    rows = await _behind(bench, counter, late)
    equal([row.dossier_id for row in rows], [plain.dossier_id])


@case
async def a_clock_that_is_over_stands_still_unless_it_is_the_citizens(
    bench: Bench,
) -> None:
    """A suspended one never does, nor one that is due only later."""
    citizens = running(leg="pay", rule=rule(name="payment", whose=Whose.CITIZEN))
    suspended = running(leg="tax", running=Running.SUSPENDED, due_at=None, rung_at=())
    late = await kept(bench, measured, clocks=(running(), citizens, suspended))
    await kept(bench, measured, clocks=(running(due_at=at(90)),))
    await kept(bench, ended)
    equal(await _counted(bench), {OVERDUE: (1, 1)})
    (row,) = await _behind(bench, OVERDUE)
    equal((row.dossier_id, row.leg, row.since), (late, "land", at(4)))
    equal(await _counted(bench, _bounds(now=at(3))), {})


@case
async def an_acknowledgement_that_did_not_come_is_a_cause_of_its_own(
    bench: Bench,
) -> None:
    """From when its hard moment was told."""
    await kept(bench, measured, clocks=(running(),))
    (clock,) = await bench.store.hard_due(LATER, 9)
    await bench.store.tell_hard(clock, bench.line("not_received"))
    cause = Cause(Kind.NOT_RECEIVED, LAND, OFFICE, "answer")
    equal(await _counted(bench), {cause: (1, 1)})
    equal(len(await _behind(bench, cause)), 1)


@case
async def a_message_that_stands_hides_the_gateways_own_clock(bench: Bench) -> None:
    """Not that of its office, nor that of another leg."""
    own = running(rule=rule(name="hand_over", whose=Whose.GATEWAY))
    apart = replace(own, leg="other")
    stands = await bench.accepted(bench.transfer(parked="needs_data"))
    await keep(bench, measured(stands, clocks=(own, apart, running())))
    hand_over = Cause(Kind.OVERDUE, LAND, OFFICE, "hand_over")
    parked = Cause(Kind.PARKED, LAND, OFFICE, "needs_data")
    equal(await _counted(bench), {parked: (1, 1), hand_over: (1, 1), OVERDUE: (1, 1)})
    (row,) = await _behind(bench, hand_over)
    equal(row.leg, "other")


@case
async def the_gateways_clock_is_hidden_while_a_dossier_is_nobodys(bench: Bench) -> None:
    """Or waits for what the counter was asked."""
    own = running(office=None, rule=rule(name="hand_over", whose=Whose.GATEWAY))
    lost = await bench.accepted(case=bench.case(unrouted="area_unknown"))
    plain = bench.case()
    asked = replace(plain.legs[0], asks="receiver_missing")
    asks = await bench.accepted(case=plain.with_leg(asked))
    for dossier in (lost, asks):
        await keep(bench, measured(dossier, clocks=(own,)))
    unrouted = Cause(Kind.UNROUTED, "", "", "area_unknown")
    equal(await _counted(bench), {unrouted: (1, 1)})


@case
async def an_office_is_silent_about_what_it_has(bench: Bench) -> None:
    """Where it was last heard of before the bound; it speaks, and is silent no more."""
    quiet = await kept(bench, measured, held=(_held(),))
    await kept(bench, measured, held=(_held(at(2)),))
    await kept(bench, measured, held=(replace(_held(), office=TAX),))
    equal(await _counted(bench, _silent(at(1))), {SILENT: (1, 1)})
    (row,) = await _behind(bench, SILENT, _silent(at(1)))
    equal((row.dossier_id, row.leg, row.since), (quiet, "land", NOW))
    equal(await _behind(bench, SILENT, _bounds()), [])
    await keep(bench, measured(quiet, held=(_held(at(3)),)))
    equal(await _counted(bench, _silent(at(1))), {})
    await keep(bench, measured(quiet))
    equal(await _counted(bench, _silent(at(9))), {SILENT: (1, 1)})


@case
async def an_office_is_not_silent_while_its_time_is_over(bench: Bench) -> None:
    """That is the nearer cause."""
    over = running(due_at=NOW - timedelta(hours=1))
    await kept(bench, measured, held=(_held(),), clocks=(over,))
    running_on = await kept(bench, measured, held=(_held(),), clocks=(running(),))
    equal(await _counted(bench, _silent(at(1))), {OVERDUE: (1, 1), SILENT: (1, 1)})
    (row,) = await _behind(bench, SILENT, _silent(at(1)))
    equal(row.dossier_id, running_on)


@case
async def offices_that_something_waits_for_are_told_with_their_last_word(
    bench: Bench,
) -> None:
    """The last word stays when its dossier is done, and never becomes an earlier one."""
    await kept(bench, measured, held=(replace(_held(), office=TAX),))
    await kept(bench, measured, held=(_held(at(2)),))
    await kept(bench, measured, held=(_held(at(1)),))
    await kept(bench, ended, heard=((OFFICE, at(5)),))
    await kept(bench, ended, heard=((OFFICE, at(4)),))
    equal(
        list(await bench.store.holders()),
        [Holder(OFFICE, 2, at(1), at(5)), Holder(TAX, 1, NOW, None)],
    )


@case
async def causes_are_counted_within_a_scope(bench: Bench) -> None:
    """Of another sender or unit nothing is counted."""
    await bench.accepted(bench.transfer(parked="needs_data"))
    await kept(bench, measured, clocks=(running(),), held=(_held(leg="more"),))
    bounds = _bounds(silent={str(OFFICE): at(1)})
    equal(len(await _counted(bench, bounds, Scope(units=(UNIT,)))), 3)
    equal(len(await _counted(bench, bounds, Scope(sender=SENDER))), 3)
    equal(await _counted(bench, bounds, Scope(units=("unit-9",))), {})
    equal(await _counted(bench, bounds, Scope()), {})


@case
async def what_stands_by_a_cause_is_listed_by_pages(bench: Bench) -> None:
    """Longest first, each once; an odd cursor begins at the beginning."""
    due = [at(3), at(1), at(2), at(2)]
    for moment in due:
        await kept(bench, measured, clocks=(running(due_at=moment),))
    whole = await _behind(bench, OVERDUE)
    equal([row.since for row in whole], sorted(due))
    pages: list[StuckRow] = []
    after: str | None = "odd"
    for _ in range(3):
        pages += await _behind(bench, OVERDUE, after=after, limit=2)
        after = pages[-1].cursor
    equal(pages, whole)
    (counted,) = await bench.store.stuck(EVERYTHING, _bounds())
    equal((counted.first, counted.last, counted.whose), (at(1), at(3), Whose.AGENCY))


def _note(bench: Bench, version: int = 1, cause: str = "c1") -> NoteRow:
    return NoteRow(cause, version, NOW, "operator-1", bench.payload())


@case
async def a_note_on_a_cause_comes_back_and_earlier_ones_stay(bench: Bench) -> None:
    """The last stands for its cause."""
    line = bench.line("cause_note")
    first, second = _note(bench), _note(bench, 2)
    other = _note(bench, cause="c0")
    for one in (first, second, other):
        await bench.store.note_cause(one, line)
    equal(list(await bench.store.cause_notes()), [other, second])
    equal(list(await bench.store.cause_history("c1")), [first, second])
    equal(list(await bench.store.cause_history("c9")), [])


@case
async def a_note_is_added_only_by_who_has_read_the_last(bench: Bench) -> None:
    """None is written over, and none is left out."""
    line = bench.line("cause_note")
    await bench.store.note_cause(first := _note(bench), line)
    await raises(ChangedMeanwhile, bench.store.note_cause(_note(bench), line))
    await raises(ChangedMeanwhile, bench.store.note_cause(_note(bench, 3), line))
    equal(list(await bench.store.cause_history("c1")), [first])
