"""What every store must show, and to whom."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from gateway.conformance.expect import equal, raises, there
from gateway.conformance.store_making import (
    LAND,
    OFFICE,
    SENDER,
    UNIT,
    Bench,
    case,
    following,
)
from gateway.domain.case import End
from gateway.domain.errors import ChangedMeanwhile, ReportKnown
from gateway.domain.identifiers import DossierId, OfficeId, ReportId
from gateway.domain.principal import EVERYTHING, Scope
from gateway.domain.report import Standing
from gateway.domain.transfer import State
from gateway.ports.overview import Still
from gateway.ports.store import Change

STRANGER = OfficeId("one-stop-2")
NOBODY = (
    Scope(),
    Scope(sender=STRANGER),
    Scope(units=("unit-2",)),
    Scope(sender=SENDER, units=("unit-2",)),
)
EVERYBODY = (EVERYTHING, Scope(sender=SENDER), Scope(units=("unit-2", UNIT)))


@case
async def scope_hides_everything_of_others(bench: Bench) -> None:
    """Every read that takes a scope; one's own is there."""
    parked = bench.transfer(parked="needs_data")
    dossier_id = await bench.accepted(
        parked,
        references=(bench.reference(b"b1"),),
        words=(b"an",),
        journal=(bench.line("status", portal_code=2),),
    )
    await bench.store.seal(now=bench.now)
    for scope, expected in (*((s, 0) for s in NOBODY), *((s, 1) for s in EVERYBODY)):
        store = bench.store
        row = await store.dossier(dossier_id, scope)
        transfer = await store.transfer(parked.id, scope)
        equal((row is not None, transfer is not None), (bool(expected),) * 2)
        found = [
            await store.find([(None, None, b"b1")], scope),
            await store.dossiers(scope, state=None, after=None, limit=9),
            await store.still(scope, after=None, limit=9),
            await store.transfers_in(
                scope, states=["parked"], office=None, after=None, limit=9
            ),
            await store.feed(scope, after=0, limit=9),
            await store.search(scope, [b"an"], limit=9),
        ]
        equal([len(one) for one in found], [expected] * len(found))
        counts = await store.counts(scope)
        equal((counts["open"], counts["parked"]), (expected, expected))


@case
async def dossiers_are_listed_by_pages(bench: Bench) -> None:
    """All, open, ended and unrouted ones."""
    cases = [
        bench.case(unrouted="no_competent_office") if i % 2 else bench.case()
        for i in range(5)
    ]
    for one in cases:
        await bench.accepted(case=one)
    ended = following(cases[1], end=End.WITHDRAWN, ended_at=bench.now)
    await bench.store.apply(Change(bench.now, ended.dossier_id, ended))
    ids = [one.dossier_id for one in cases]

    async def listed(state: str | None, after: str | None = None) -> list[str]:
        rows = await bench.store.dossiers(EVERYTHING, state=state, after=after, limit=3)
        return [row.case.dossier_id for row in rows]

    equal(await listed(None), ids[:3])
    equal(await listed(None, ids[2]), ids[3:])
    equal(await listed("open"), [ids[0], ids[2], ids[3]])
    equal(await listed("ended"), [ids[1]])
    equal(await listed("unrouted"), [ids[3]])
    equal(await listed("no_such_state"), [])
    counts = await bench.store.counts(EVERYTHING)
    equal((counts["open"], counts["unrouted"]), (4, 1))


@case
async def what_stands_still_is_listed_longest_first(bench: Bench) -> None:
    """With its reason, and how many wait behind it."""
    unrouted = bench.case(unrouted="area_unknown")
    await bench.accepted(case=unrouted)
    bench.now = bench.later(10)
    await bench.accepted(head := bench.transfer(), bench.transfer(), bench.transfer())
    await bench.claim()
    await bench.move(head.id, State.UNCONFIRMED, after=bench.later(60), cause="timeout")
    bench.now = bench.later(10)
    await bench.accepted(parked := bench.transfer(parked="needs_data"))
    rows = await bench.store.still(EVERYTHING, after=None, limit=9)
    equal([row.reason for row in rows], ["area_unknown", "timeout", "needs_data"])
    equal([row.transfer_id for row in rows], [None, head.id, parked.id])
    equal([row.behind for row in rows], [0, 2, 0])
    equal([row.state for row in rows], ["", "unconfirmed", "parked"])
    equal([row.office for row in rows], ["", OFFICE, OFFICE])
    equal([row.due_on for row in rows], ["2026-03-20"] * 3)
    pages: list[Still] = []
    after: str | None = None
    for _ in range(4):
        page = await bench.store.still(EVERYTHING, after=after, limit=1)
        pages += page
        after = page[-1].cursor if page else after
    equal(pages, list(rows))
    counts = await bench.store.counts(EVERYTHING)
    equal((counts["parked"], counts["unconfirmed"]), (1, 1))


@case
async def a_dossier_that_found_its_office_stands_still_no_more(bench: Bench) -> None:
    """Nor does one that has ended."""
    lost = bench.case(unrouted="area_unknown")
    await bench.accepted(case=lost)
    bench.now = bench.later(10)
    routed = following(lost, unrouted="area_ambiguous")
    await bench.store.apply(Change(bench.now, lost.dossier_id, routed))
    (row,) = await bench.store.still(EVERYTHING, after=None, limit=9)
    equal((row.reason, row.since), ("area_ambiguous", lost.accepted_at))
    await bench.store.apply(
        Change(bench.now, lost.dossier_id, following(routed, unrouted=""))
    )
    equal(await bench.store.still(EVERYTHING, after=None, limit=9), [])


@case
async def transfers_are_listed_by_state_in_order(bench: Bench) -> None:
    """By pages, of one office or of all."""
    new = [bench.transfer() for _ in range(4)]
    other = bench.transfer(office=OfficeId("land-2"))
    for one in new:
        await bench.accepted(one)
    dossier_id = await bench.accepted(other, waiting := bench.transfer())
    await bench.claim(room=2)
    await bench.move(new[0].id, State.DELIVERED)

    async def listed(*states: str, **given: str) -> list[str]:
        rows = await bench.store.transfers_in(
            EVERYTHING,
            states=states,
            office=given.get("office"),
            after=given.get("after"),
            limit=3,
        )
        return [row.id for row in rows]

    equal(await listed("due"), [new[2].id, new[3].id, other.id])
    equal(await listed("due", "sending"), [new[1].id, new[2].id, new[3].id])
    equal(await listed("due", "sending", after=new[3].id), [other.id])
    equal(await listed("due", "waiting", office="land-2"), [other.id])
    equal(await listed("waiting", "nonsense"), [waiting.id])
    equal(await listed("delivered"), [new[0].id])
    all_of_one = await bench.store.transfers(dossier_id)
    equal([one.id for one in all_of_one], [other.id, waiting.id])


@case
async def the_feed_serves_sealed_lines_without_gaps(bench: Bench) -> None:
    """A reader that goes on from its cursor misses nothing and sees nothing twice."""
    seen: list[int] = []
    told: list[DossierId] = []
    expected: list[DossierId] = []
    for _ in range(6):
        expected += [await _told(bench) for _ in range(3)]
        last = max(seen, default=0)
        equal(await bench.store.feed(EVERYTHING, after=last, limit=9), [])
        equal(await bench.store.seal(now=bench.now), 6)
        while items := await bench.store.feed(
            EVERYTHING, after=max(seen, default=0), limit=2
        ):
            seen += [item.cursor for item in items]
            told += [item.dossier_id for item in items]
    equal(told, expected)
    equal(seen, sorted(set(seen)))
    equal(await bench.store.seal(now=bench.now), 0)
    numbers = [
        there(line.number)
        for one in expected
        for line in await bench.store.journal(one)
    ]
    equal(sorted(numbers), list(range(1, len(numbers) + 1)))


async def _told(bench: Bench) -> DossierId:
    """A dossier of which the one-stop was told."""
    return await bench.accepted(journal=(bench.line(), bench.line("status", n=1)))


@case
async def the_feed_of_a_sender_is_its_own(bench: Bench) -> None:
    """Also when a unit narrows it."""
    own = await bench.accepted(journal=(bench.line("status", n=1),))
    await bench.accepted(
        case=replace(bench.case(), sender=STRANGER, unit="unit-2"),
        journal=(bench.line("status", n=2),),
    )
    await bench.store.seal(now=bench.now)
    for scope in (Scope(sender=SENDER), Scope(sender=SENDER, units=(UNIT,))):
        (item,) = await bench.store.feed(scope, after=0, limit=9)
        equal((item.dossier_id, item.facts, item.kind), (own, {"n": 1}, "status"))
    equal(len(await bench.store.feed(EVERYTHING, after=0, limit=9)), 2)


@case
async def a_badly_answered_poll_stands_still_until_it_is_well_answered(
    bench: Bench,
) -> None:
    """Since the first bad answer; it is no parked transfer and goes on being asked."""
    new = bench.transfer()
    await bench.accepted(new)
    await bench.claim()
    await bench.move(new.id, State.DELIVERED, after=bench.later(60))
    first, again = bench.later(10), bench.later(20)
    await bench.store.mark_polled(new.id, "agency_broke_contract", now=first)
    await bench.store.mark_polled(new.id, "agency_broke_contract", now=again)
    (still,) = await bench.store.still(EVERYTHING, after=None, limit=9)
    told = (still.transfer_id, still.reason, still.state, still.since)
    equal(told, (new.id, "agency_broke_contract", "delivered", first))
    equal((await bench.store.counts(EVERYTHING))["parked"], 0)
    due = await bench.store.claim_polls(
        OFFICE, now=bench.later(61), limit=9, again_s=60
    )
    equal([one.transfer.cause for one in due], ["agency_broke_contract"])
    await bench.store.mark_polled(new.id, None, now=again)
    equal(await bench.store.still(EVERYTHING, after=None, limit=9), [])


@case
async def a_question_to_the_counter_stands_still_by_itself(bench: Bench) -> None:
    """Where a parked transfer stands for it, it is shown once."""
    plain, held = bench.case(), bench.case()
    for one in (plain, held):
        asked = replace(one.legs[0], asks="receiver_missing")
        parked = [bench.transfer(parked="receiver_missing")] if one is held else []
        await bench.accepted(*parked, case=one.with_leg(asked))
    shown = await bench.store.still(EVERYTHING, after=None, limit=9)
    equal(
        {(s.dossier_id, s.reason, s.state) for s in shown},
        {
            (plain.dossier_id, "receiver_missing", ""),
            (held.dossier_id, "receiver_missing", "parked"),
        },
    )
    equal((await bench.store.counts(EVERYTHING))["unrouted"], 0)


@case
async def what_proves_nothing_is_shown_with_what_fits_nothing(bench: Bench) -> None:
    """Both wait for a person."""
    for name in (Standing.UNMATCHED, Standing.UNREADABLE, Standing.LATE):
        report = bench.report(name.value, standing=name)
        await bench.store.apply(Change(bench.now, report=report))
    shown = await bench.store.unmatched(EVERYTHING, after=None, limit=9)
    equal([row.standing for row in shown], [Standing.UNMATCHED, Standing.UNREADABLE])
    equal((await bench.store.counts(EVERYTHING))["unmatched"], 2)


@case
async def what_fits_nothing_is_shown_to_whoever_moves_things_on(bench: Bench) -> None:
    """A report of a dossier only within scope; one of nobody's never to a sender."""
    dossier_id = await bench.accepted()
    of_nobody = bench.report("f1", standing=Standing.UNMATCHED)
    of_one = bench.report("f2", standing=Standing.UNMATCHED, dossier_id=dossier_id)
    for report in (of_nobody, of_one):
        await bench.store.apply(Change(bench.now, report.dossier_id, report=report))
    for scope, seen in (
        (EVERYTHING, [of_nobody, of_one]),
        (Scope(units=(UNIT,)), [of_nobody, of_one]),
        (Scope(units=("unit-2",)), [of_nobody]),
        (Scope(sender=SENDER), [of_one]),
        (Scope(sender=STRANGER), []),
        (Scope(), []),
    ):
        equal(await bench.store.unmatched(scope, after=None, limit=9), seen)
        equal((await bench.store.counts(scope))["unmatched"], len(seen))


@case
async def a_settled_report_waits_no_more_and_is_settled_once(bench: Bench) -> None:
    """It stays as evidence, keeps its fingerprint's place and leaves the lists."""
    lost = bench.report("f1", standing=Standing.UNMATCHED, code="no_dossier")
    garbled = bench.report("f2", standing=Standing.UNREADABLE)
    for report in (lost, garbled):
        await bench.store.apply(Change(bench.now, report=report))
    equal(await bench.store.report(lost.id), lost)
    equal(await bench.store.report(ReportId("r_unknown")), None)
    reason = bench.payload()
    line = replace(bench.line("action"), payload=reason.id)
    settling = Change(
        bench.now, settles=(lost.id,), payloads=(reason,), journal=(line,)
    )
    await bench.store.apply(settling)
    settled = replace(lost, standing=Standing.SETTLED)
    equal(await bench.store.report(lost.id), settled)
    equal(await bench.store.report_known(LAND, OFFICE, "f1"), settled)
    equal(await bench.store.unmatched(EVERYTHING, after=None, limit=9), [garbled])
    equal((await bench.store.counts(EVERYTHING))["unmatched"], 1)
    equal(await bench.store.payloads([reason.id]), {reason.id: reason})
    twin = bench.report("f1", standing=Standing.UNMATCHED)
    await raises(ReportKnown, bench.store.apply(Change(bench.now, report=twin)))
    again = bench.payload()
    twice = replace(settling, payloads=(again,))
    await raises(ChangedMeanwhile, bench.store.apply(twice))
    equal(await bench.store.payloads([again.id]), {})
    await bench.store.apply(Change(bench.now, settles=(garbled.id,)))
    equal(await bench.store.unmatched(EVERYTHING, after=None, limit=9), [])


@case
async def a_report_that_does_not_wait_is_never_settled(bench: Bench) -> None:
    """Nothing else of such a change happens either."""
    dossier_id = await bench.accepted()
    applied = bench.report("f1", dossier_id=dossier_id)
    await bench.store.apply(Change(bench.now, dossier_id, report=applied))
    waits = bench.report("f2", standing=Standing.UNMATCHED)
    await bench.store.apply(Change(bench.now, report=waits))
    for name in (applied.id, ReportId("r_unknown")):
        new = bench.report("f3", dossier_id=dossier_id)
        change = Change(
            bench.now,
            dossier_id,
            report=new,
            settles=(waits.id, name),
            journal=(bench.line("report"),),
        )
        await raises(ChangedMeanwhile, bench.store.apply(change))
        equal(await bench.store.report(new.id), None)
    equal(await bench.store.report(applied.id), applied)
    equal(await bench.store.report(waits.id), waits)
    equal(len(await bench.store.journal(dossier_id)), 1)


@case
async def a_report_that_fits_later_settles_its_first_arrival(bench: Bench) -> None:
    """In the same unit; of two that race one wins."""
    dossier_id = await bench.accepted()
    first = bench.report("f1", standing=Standing.UNMATCHED)
    await bench.store.apply(Change(bench.now, report=first))
    racing = [
        Change(
            bench.now,
            dossier_id,
            report=bench.report(f"f1#{first.id}", dossier_id=dossier_id),
            settles=(first.id,),
        )
        for _ in range(2)
    ]
    results = await asyncio.gather(
        *(bench.store.apply(one) for one in racing), return_exceptions=True
    )
    equal(sum(isinstance(one, ReportKnown) for one in results), 1)
    equal(await bench.store.unmatched(EVERYTHING, after=None, limit=9), [])
    equal(len(await bench.store.reports(dossier_id)), 1)
