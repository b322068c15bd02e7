"""What every store must do about whose lateness it is, and what offices object."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from gateway.conformance.expect import equal, holds, there
from gateway.conformance.measure_making import MARCH, TAX, ended, keep
from gateway.conformance.store_making import NOW, OFFICE, SENDER, UNIT, Bench, case
from gateway.domain.identifiers import DossierId, OfficeId, PayloadId, PrincipalId
from gateway.domain.lateness import (
    EXCUSED,
    Charge,
    ChargeState,
    Objection,
    ObjectionState,
    Party,
    Standing,
)
from gateway.domain.measure import Timeliness, Whose
from gateway.domain.principal import EVERYTHING, Scope
from gateway.ports.contests import Asked, Day, LatenessLink
from gateway.ports.issued import Issue

if TYPE_CHECKING:
    from gateway.domain.measure import Measured

LAST = date(2026, 3, 9)
TODAY = Day(date(2026, 3, 4))
LAND = Party(Whose.AGENCY, OFFICE)
BOTH = (MARCH, MARCH)


def charge(**changes: Any) -> Charge:
    """An hour of the land office, of which it was not told."""
    values: dict[str, Any] = {
        "leg": "land",
        "clock": "answer",
        "cause": OFFICE,
        "party": LAND,
        "minutes": 60,
        "ended_at": NOW,
        "state": ChargeState.UNTOLD,
    }
    return Charge(**{**values, **changes})


def told(**changes: Any) -> Charge:
    """The same when it was told."""
    values = {"state": ChargeState.TOLD, "told_at": NOW, "until": LAST}
    return charge(**{**values, **changes})


def objection(name: str, **changes: Any) -> Objection:
    """One that waits for the head."""
    values: dict[str, Any] = {
        "id": name,
        "office": OFFICE,
        "at": NOW,
        "by": "officer-1",
        "on_behalf": False,
        "state": ObjectionState.OPEN,
        "payload": PayloadId("p_1"),
    }
    return Objection(**{**values, **changes})


def late(dossier_id: DossierId, one: Charge | None, **changes: Any) -> Measured:
    """A dossier that ended late."""
    values = {"timeliness": Timeliness.LATE, "charge": one}
    return ended(dossier_id, **{**values, **changes})


async def several(bench: Bench, *charges: Charge | None) -> list[DossierId]:
    """Late dossiers of these; their ids in order."""
    ids = sorted([await bench.accepted() for _ in charges])
    await keep(bench, *[late(i, c) for i, c in zip(ids, charges, strict=True)])
    return ids


@case
async def who_answers_for_a_lateness_is_read_back_whole(bench: Bench) -> None:
    """Told, objected and moved to nobody; nothing is kept of what is not late."""
    objected = told(state=ChargeState.OBJECTED, objection="ob_1")
    excused = charge(party=EXCUSED, state=ChargeState.NOBODY)
    given = [charge(), told(), objected, excused, None]
    ids = await several(bench, *given)
    for identifier, one in zip(ids, given, strict=True):
        row = await bench.store.charge(identifier, TODAY)
        equal(row.charge if row else None, one)
    whole = there(await bench.store.measured(ids[3]))
    equal(whole.charged, "excused:")


@case
async def a_lateness_stands_by_the_day_on_which_it_is_asked(bench: Bench) -> None:
    """Its last day included; an objection holds it back, its rejection settles it."""
    states = [
        charge(),
        told(),
        told(state=ChargeState.OBJECTED, objection="ob_1"),
        told(state=ChargeState.REJECTED, objection="ob_2"),
    ]
    await several(bench, *states)
    for day in (LAST, LAST + timedelta(days=1)):
        counts = await bench.store.charge_counts(*BOTH, EVERYTHING, Day(day))
        found = {one.standing: one.dossiers for one in counts}
        expected: dict[Standing, int] = {}
        for one in states:
            standing = one.standing(day)
            expected[standing] = expected.get(standing, 0) + 1
        equal(found, expected)
    last = Day(LAST)
    rows = await bench.store.charges(
        Asked(MARCH, standing=Standing.MAY_OBJECT), EVERYTHING, last, limit=9
    )
    equal([row.standing for row in rows], [Standing.MAY_OBJECT])


@case
async def what_ended_before_offices_are_told_counts_as_it_did(bench: Bench) -> None:
    """It is settled and on no list of whom to tell."""
    (identifier,) = await several(bench, charge())
    since = NOW + timedelta(days=1)
    row = there(await bench.store.charge(identifier, Day(TODAY.today, since)))
    equal(row.standing, Standing.SETTLED)
    equal(list(await bench.store.untold(OFFICE, since, 9)), [])
    equal(list(await bench.store.untold_offices(since)), [])
    equal(list(await bench.store.untold(OFFICE, NOW, 9)), [identifier])


@case
async def offices_that_are_to_be_told_are_found(bench: Bench) -> None:
    """By who answers now, each with its dossiers; not who was told."""
    taxed = charge(party=Party(Whose.AGENCY, TAX))
    ids = await several(bench, charge(), told(), taxed, charge())
    equal(list(await bench.store.untold_offices(None)), [(OFFICE, 2), (TAX, 1)])
    equal(list(await bench.store.untold(OFFICE, None, 9)), [ids[0], ids[3]])
    equal(list(await bench.store.untold(OFFICE, None, 1)), [ids[0]])


@case
async def latenesses_are_listed_as_they_are_counted(bench: Bench) -> None:
    """By cause, who answers, and whether a decision moved it; in pages, within scope."""
    excused = charge(party=EXCUSED, state=ChargeState.NOBODY)
    ids = await several(bench, charge(), excused, told(), charge())
    asked = {
        Asked(MARCH, party=LAND.key): [ids[0], ids[2], ids[3]],
        Asked(MARCH, moved=True): [ids[1]],
        Asked(MARCH, moved=False, standing=Standing.UNTOLD): [ids[0], ids[3]],
        Asked(MARCH, cause=OFFICE, clock="answer"): ids,
        Asked(MARCH, clock="other"): [],
        Asked("2026-02"): [],
    }
    for one, expected in asked.items():
        rows = await bench.store.charges(one, EVERYTHING, TODAY, limit=9)
        equal([row.dossier_id for row in rows], expected)
    page = await bench.store.charges(
        Asked(MARCH), EVERYTHING, TODAY, after=ids[1], limit=1
    )
    equal([row.dossier_id for row in page], [ids[2]])
    for scope, count in ((Scope(sender=SENDER), 4), (Scope(units=("H9",)), 0)):
        counts = await bench.store.charge_counts(*BOTH, scope, TODAY)
        equal(sum(one.dossiers for one in counts), count)
        rows = await bench.store.charges(Asked(MARCH), scope, TODAY, limit=9)
        equal(len(rows), count)


@case
async def a_lateness_that_is_none_any_more_goes(bench: Bench) -> None:
    """With it who answers; the objection stays as what it is by then."""
    identifier = await bench.accepted()
    open_ = objection("ob_1")
    await keep(bench, late(identifier, charge(), objections=(open_,)))
    over = replace(open_, state=ObjectionState.OVERTAKEN)
    await keep(bench, ended(identifier, objections=(over,)))
    equal(await bench.store.charge(identifier, TODAY), None)
    page = await bench.store.objections(
        EVERYTHING, state=ObjectionState.OVERTAKEN, limit=9
    )
    equal([one.id for one in page], ["ob_1"])


@case
async def objections_are_listed_oldest_first(bench: Bench) -> None:
    """Of a state, an office and a scope; each page begins where the last one ended."""
    ids = [await bench.accepted() for _ in range(3)]
    at = [NOW + timedelta(minutes=n) for n in (2, 0, 1)]
    for place, identifier in enumerate(ids):
        one = objection(f"ob_{place}", at=at[place])
        await keep(bench, late(identifier, charge(), objections=(one,)))
    decided = objection(
        "ob_9",
        state=ObjectionState.UPHELD,
        decided_at=NOW,
        decided_by="head-1",
        party=EXCUSED,
        decisions=1,
    )
    last = await bench.accepted()
    await keep(bench, late(last, charge(), objections=(decided,)))

    first = await bench.store.objections(EVERYTHING, state=ObjectionState.OPEN, limit=2)
    equal([one.id for one in first], ["ob_1", "ob_2"])
    rest = await bench.store.objections(
        EVERYTHING, state=ObjectionState.OPEN, after=first[-1].place, limit=2
    )
    equal([one.id for one in rest], ["ob_0"])
    (row,) = await bench.store.objections(
        EVERYTHING, state=ObjectionState.UPHELD, office=OFFICE, limit=9
    )
    equal((row.id, row.party, row.decided_by), ("ob_9", EXCUSED, "head-1"))
    for office, scope in ((TAX, EVERYTHING), (OFFICE, Scope(units=("H9",)))):
        none = await bench.store.objections(
            scope, state=ObjectionState.UPHELD, office=office, limit=9
        )
        equal(list(none), [])
    holds(row.unit == UNIT, "its unit is the dossier's")


@case
async def a_link_opens_what_it_names_until_its_moment(bench: Bench) -> None:
    """Nothing after that, and nothing for another token."""
    link = LatenessLink(b"token", OfficeId("land-1"), (DossierId("d_1"),), "c_1", NOW)
    await bench.store.add_lateness_link(link)
    before = NOW - timedelta(minutes=1)
    equal(await bench.store.lateness_link(b"token", before), link)
    equal(await bench.store.lateness_link(b"token", NOW), None)
    equal(await bench.store.lateness_link(b"other", before), None)


@case
async def an_issued_month_knows_who_answered(bench: Bench) -> None:
    """Another party afterwards is a change; that the office was told is none."""
    (identifier,) = await several(bench, charge())
    counts = await bench.store.monthly(*BOTH, EVERYTHING)
    issue = Issue(MARCH, 1, NOW + timedelta(days=30), PrincipalId("head-1"), "{}")
    await bench.store.issue(issue, counts, bench.line("report_issued"))
    await keep(bench, late(identifier, told()))
    equal(await bench.store.restated_count(MARCH, 1, EVERYTHING), 0)
    excused = charge(party=EXCUSED, state=ChargeState.NOBODY)
    await keep(bench, late(identifier, excused))
    (one,) = await bench.store.restated_since(MARCH, 1, EVERYTHING, after=None, limit=9)
    was, now = there(one.was), there(one.now)
    equal((was.charged, now.charged), (LAND.key, EXCUSED.key))
    equal(was.timeliness, now.timeliness)
