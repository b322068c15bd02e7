"""What every store must do about numbers, and about the lists behind them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from gateway.conformance.expect import equal, holds
from gateway.conformance.measure_making import (
    FIRST_MINUTE,
    LAST_MINUTE,
    PROCEDURE,
    ended,
    keep,
    measured,
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
)
from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.measure import Running, Timeliness, Whose
from gateway.domain.principal import EVERYTHING, Scope
from gateway.ports.measured import (
    Behind,
    CauseCount,
    ClockCount,
    DueCount,
    MonthCount,
    OpenCount,
    ShareCount,
)

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.identifiers import DossierId
    from gateway.domain.measure import Measured

LATE, ON_TIME, EARLY = Timeliness.LATE, Timeliness.ON_TIME, Timeliness.EARLY
FEBRUARY, MARCH = "2026-02", "2026-03"
TAX = OfficeId("tax-1")
ELSEWHERE = {"unit": "unit-2", "sender": OfficeId("one-stop-2")}
#: Scopes that see the first unit only, and one that sees nothing.
OURS = (Scope(sender=SENDER), Scope(units=(UNIT,)), Scope(SENDER, (UNIT, "unit-9")))
NOTHING = Scope()


def _at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


async def _kept(
    bench: Bench, make: Any = ended, *given: Any, **changes: Any
) -> DossierId:
    dossier_id = await bench.accepted()
    one: Measured = make(dossier_id, *given, **changes)
    await keep(bench, one)
    return dossier_id


@case
async def a_month_is_counted_by_unit_procedure_and_how_it_ended(bench: Bench) -> None:
    """By all three judgements; what is open or of another month is not in it."""
    await _kept(bench, rounds=2)
    await _kept(bench)
    await _kept(bench, timeliness=LATE, as_told=EARLY, lead=None)
    await _kept(bench, ended, LAST_MINUTE)
    await _kept(bench, ended, FIRST_MINUTE, procedure="2.000001")
    await _kept(bench, measured)
    march = MonthCount(
        *(MARCH, UNIT, PROCEDURE, OFFICE, ON_TIME, ON_TIME, ON_TIME),
        *(2, 960, 2_880, 3),
    )
    late = MonthCount(
        *(MARCH, UNIT, PROCEDURE, "", LATE, ON_TIME, EARLY),
        *(1, 480, 1_440, 1),
    )
    other = MonthCount(
        *(MARCH, UNIT, "2.000001", OFFICE, ON_TIME, ON_TIME, ON_TIME),
        *(1, 480, 1_440, 1),
    )
    february = MonthCount(
        *(FEBRUARY, UNIT, PROCEDURE, OFFICE, ON_TIME, ON_TIME, ON_TIME),
        *(1, 480, 1_440, 1),
    )
    months = bench.store.monthly
    equal(list(await months(MARCH, MARCH, EVERYTHING)), [late, march, other])
    every = [february, late, march, other]
    equal(list(await months("2020-01", "2030-12", EVERYTHING)), every)
    equal(list(await months("2026-04", "2030-12", EVERYTHING)), [])


@case
async def clocks_are_counted_in_the_month_in_which_they_stopped(bench: Bench) -> None:
    """By office, name and how they ended, whenever their dossier ends."""
    clocks = (
        stopped(),
        stopped(leg="tax", office=TAX, used_minutes=9_600, timeliness=LATE),
        stopped(leg="tax", office=TAX, rule=rule(name="accept"),
                stopped_at=LAST_MINUTE),
        running(leg="water"),
    )  # fmt: skip
    await _kept(bench, measured, clocks=clocks)
    await _kept(bench, ended, LAST_MINUTE, clocks=(stopped(),))
    counts = await bench.store.monthly_clocks(FEBRUARY, MARCH, EVERYTHING)
    equal(
        list(counts),
        [
            ClockCount(FEBRUARY, TAX, "accept", ON_TIME, 1, 480, 4_800),
            ClockCount(MARCH, OFFICE, "answer", ON_TIME, 2, 960, 9_600),
            ClockCount(MARCH, TAX, "answer", LATE, 1, 9_600, 4_800),
        ],
    )
    march = await bench.store.monthly_clocks(MARCH, MARCH, EVERYTHING)
    equal(list(march), list(counts)[1:])


@case
async def shares_are_counted_in_the_month_of_the_end(bench: Bench) -> None:
    """A dossier once, however often and in whatever legs somebody had it."""
    citizen = Whose.CITIZEN
    shares = (share(5), share(7, citizen), share(9, citizen, leg="tax"), share(2))
    await _kept(bench, ended, shares=shares)
    await _kept(bench, ended, shares=(share(1),))
    await _kept(bench, ended, LAST_MINUTE, shares=(share(100),))
    await _kept(bench, measured, shares=(share(1_000),))
    agency = Whose.AGENCY
    march = [
        ShareCount(MARCH, agency, OFFICE, 2, 8),
        ShareCount(MARCH, citizen, "", 1, 16),
    ]
    equal(list(await bench.store.monthly_shares(MARCH, MARCH, EVERYTHING)), march)
    both = [ShareCount(FEBRUARY, agency, OFFICE, 1, 100), *march]
    equal(list(await bench.store.monthly_shares(FEBRUARY, MARCH, EVERYTHING)), both)


@case
async def what_was_late_is_counted_by_its_cause(bench: Bench) -> None:
    """Of late dossiers alone, and those without a cause too: the sum is all of them."""
    over = stopped(office=TAX, rule=rule(name="notice"))
    for _ in range(2):
        await _kept(bench, timeliness=LATE, late_by=over)
    await _kept(bench, timeliness=LATE)
    await _kept(bench, timeliness=ON_TIME, late_by=over)
    equal(
        list(await bench.store.late_causes(MARCH, MARCH, EVERYTHING)),
        [CauseCount(MARCH, "", "", 1), CauseCount(MARCH, TAX, "notice", 2)],
    )


@case
async def what_is_open_is_overdue_from_the_day_after_its_day(bench: Bench) -> None:
    """By the promise as it stands, not by the first one."""
    day = date(2026, 3, 20)
    for due_on in (day, day - timedelta(days=1), None, None):
        await _kept(bench, measured, due_on=due_on)
    await _kept(bench, ended)
    ours = (UNIT, PROCEDURE, OFFICE)
    no_date = OpenCount(*ours, Timeliness.NO_DATE, 2)
    is_open, overdue = Timeliness.OPEN, Timeliness.OVERDUE
    on_the_day = [
        no_date,
        OpenCount(*ours, is_open, 1),
        OpenCount(*ours, overdue, 1),
    ]
    equal(list(await bench.store.open_now(EVERYTHING, day)), on_the_day)
    next_day = day + timedelta(days=1)
    after = [no_date, OpenCount(*ours, overdue, 2)]
    equal(list(await bench.store.open_now(EVERYTHING, next_day)), after)


@case
async def clocks_over_their_moment_are_counted_by_whose_they_are(bench: Bench) -> None:
    """From the very moment on; what stands still is not due."""
    await _kept(bench, measured, clocks=(running(due_at=_at(1)),))
    tax = running(
        leg="tax", agency=AgencyId("tax"), office=TAX, due_at=_at(2),
        rule=rule(name="pay", whose=Whose.CITIZEN),
    )  # fmt: skip
    still = running(leg="water", running=Running.SUSPENDED, due_at=None)
    await _kept(bench, measured, clocks=(running(due_at=_at(3)), tax, still))
    equal(list(await bench.store.due_now(EVERYTHING, _at(0.9))), [])
    land = (Whose.AGENCY, LAND, OFFICE, "answer")
    first = [DueCount(*land, 1, _at(1))]
    equal(list(await bench.store.due_now(EVERYTHING, _at(1))), first)
    citizen = DueCount(Whose.CITIZEN, "tax", TAX, "pay", 1, _at(2))
    every = [DueCount(*land, 2, _at(1)), citizen]
    equal(list(await bench.store.due_now(EVERYTHING, _at(9))), every)


@case
async def due_clocks_come_in_pages_the_longest_overdue_first(bench: Bench) -> None:
    """Also of one moment, one dossier and one leg."""
    clocks = tuple(
        running(leg=leg, due_at=_at(hours), rule=rule(name=name))
        for leg, name, hours in (
            ("tax", "answer", 3), ("land", "answer", 2), ("land", "accept", 2),
            ("water", "answer", 1), ("power", "answer", 9),
        )
    )  # fmt: skip
    await _kept(bench, measured, clocks=clocks)
    await _kept(bench, measured, clocks=(running(due_at=_at(2)),))
    found, after = [], None
    for _ in range(5):
        (one,) = await bench.store.due(EVERYTHING, before=_at(3), after=after, limit=1)
        found.append((one.leg, one.name))
        after = one.cursor
    equal(
        found,
        [
            ("water", "answer"),
            ("land", "accept"),
            ("land", "answer"),
            ("land", "answer"),
            ("tax", "answer"),
        ],
    )
    last = await bench.store.due(EVERYTHING, before=_at(3), after=after, limit=1)
    equal(list(last), [])


@case
async def due_clocks_are_found_by_office_unit_and_whose(bench: Bench) -> None:
    """Each narrows what the others leave."""
    citizen = rule(whose=Whose.CITIZEN)
    clocks = (running(), running(leg="tax", office=TAX, rule=citizen))
    await _kept(bench, measured, clocks=clocks)
    await _kept(bench, measured, clocks=clocks, **ELSEWHERE)

    async def legs(**wanted: Any) -> list[str]:
        rows = await bench.store.due(EVERYTHING, before=_at(99), limit=9, **wanted)
        return [f"{one.unit} {one.leg}" for one in rows]

    equal(await legs(office=TAX), [f"{UNIT} tax", "unit-2 tax"])
    equal(await legs(unit=UNIT), [f"{UNIT} land", f"{UNIT} tax"])
    equal(await legs(whose=Whose.CITIZEN, unit="unit-2"), ["unit-2 tax"])
    equal(await legs(office=TAX, whose=Whose.AGENCY), [])


@case
async def open_dossiers_come_by_the_day_that_is_promised(bench: Bench) -> None:
    """In pages; between two days, both included; those without a day apart."""
    day = date(2026, 3, 10)
    days = (day + timedelta(days=1), day, day, day - timedelta(days=9))
    late, first, second, overdue = [
        await _kept(bench, measured, due_on=one, unit=unit)
        for one, unit in zip(days, ("u3", "u1", "u2", "u1"), strict=True)
    ]
    dateless = await _kept(bench, measured, due_on=None, promised_on=None)
    await _kept(bench, ended, due_on=day)
    found, after = [], None
    for _ in range(4):
        (one,) = await bench.store.due_days(EVERYTHING, after=after, limit=1)
        found.append(one.dossier_id)
        after = one.by_day
    equal(found, [overdue, first, second, late])
    equal(list(await bench.store.due_days(EVERYTHING, after=after, limit=1)), [])
    rows = await bench.store.due_days(EVERYTHING, first=day, last=day, limit=9)
    equal([one.dossier_id for one in rows], [first, second])
    rows = await bench.store.due_days(EVERYTHING, last=day, unit="u1", limit=9)
    equal([one.dossier_id for one in rows], [overdue, first])
    (row,) = await bench.store.without_day(EVERYTHING, limit=9)
    equal((row.dossier_id, row.due_on), (dateless, None))
    gone = await bench.store.without_day(EVERYTHING, after=dateless, limit=9)
    equal(list(gone), [])
    other = await bench.store.without_day(EVERYTHING, lead="nobody", limit=9)
    equal(list(other), [])


@case
async def every_number_of_a_month_has_its_dossiers(bench: Bench) -> None:
    """The list behind each is as long as it says, page by page."""
    for number in range(12):
        await _kept(
            bench,
            unit=f"u{number % 2}",
            lead=TAX if number % 3 else None,
            timeliness=LATE if number % 4 == 0 else ON_TIME,
            late_by=stopped() if number % 8 == 0 else None,
        )
    total = 0
    for one in await bench.store.monthly(MARCH, MARCH, EVERYTHING):
        behind = Behind(MARCH, unit=one.unit, procedure=one.procedure, lead=one.lead,
                        timeliness=one.timeliness, as_portal=one.as_portal,
                        as_told=one.as_told)  # fmt: skip
        total += await _pages(bench, behind, one.dossiers)
    equal(total, 12)
    for cause in await bench.store.late_causes(MARCH, MARCH, EVERYTHING):
        behind = Behind(MARCH, timeliness=LATE, late_office=cause.office,
                        late_clock=cause.clock)  # fmt: skip
        await _pages(bench, behind, cause.dossiers)
    equal(await _pages(bench, Behind(FEBRUARY), 0), 0)


async def _pages(bench: Bench, behind: Behind, count: int) -> int:
    """The list behind a number is so long, in order, and every row is as wanted."""
    found: list[DossierId] = []
    while True:
        rows = await bench.store.standing_out(
            behind, EVERYTHING, after=found[-1] if found else None, limit=2
        )
        if not rows:
            break
        found += [one.dossier_id for one in rows]
        holds(all(behind.timeliness in {None, one.timeliness} for one in rows), "late")
    equal(found, sorted(set(found)))
    equal(len(found), count)
    return count


@case
async def every_number_of_clocks_and_shares_has_its_rows(bench: Bench) -> None:
    """Several of one dossier, too."""
    clocks = (stopped(), stopped(leg="tax"), stopped(leg="water", timeliness=LATE))
    shares = (share(5), share(6, leg="tax"), share(7, Whose.CITIZEN))
    mine = await _kept(bench, ended, clocks=clocks, shares=shares)
    other = await _kept(bench, ended, clocks=clocks, shares=shares)
    counts = await bench.store.monthly_clocks(MARCH, MARCH, EVERYTHING)
    count = next(one for one in counts if one.timeliness is ON_TIME)
    equal(count.clocks, 4)
    found, after = [], None
    for _ in range(4):
        (one,) = await bench.store.clocks_behind(
            count, EVERYTHING, after=after, limit=1
        )
        found.append((one.dossier_id, one.leg))
        after = one.place
    equal(found, [(mine, "land"), (mine, "tax"), (other, "land"), (other, "tax")])
    rest = await bench.store.clocks_behind(count, EVERYTHING, after=after, limit=1)
    equal(list(rest), [])
    agency, citizen = await bench.store.monthly_shares(MARCH, MARCH, EVERYTHING)
    equal((agency.dossiers, citizen.dossiers), (2, 2))
    minutes, after = [], None
    for _ in range(4):
        (part,) = await bench.store.shares_behind(
            agency, EVERYTHING, after=after, limit=1
        )
        minutes.append(part.minutes)
        after = part.place
    equal(minutes, [5, 6, 5, 6])
    equal(sum(minutes), agency.minutes)
    (part, _) = await bench.store.shares_behind(
        citizen, EVERYTHING, after=None, limit=9
    )
    equal((part.minutes, part.whose), (7, Whose.CITIZEN))


@case
async def what_was_restated_is_listed_in_both_months(bench: Bench) -> None:
    """In the one that it left and in the one where it is; what never changed, nowhere."""
    await _kept(bench)
    judged = await _kept(bench, timeliness=LATE)
    await keep(bench, ended(judged))
    moved = await _kept(bench)
    await keep(bench, ended(moved, LAST_MINUTE))
    reopened = await _kept(bench)
    await keep(bench, measured(reopened))

    async def listed(month: str, after: DossierId | None = None) -> list[DossierId]:
        rows = await bench.store.restated(month, EVERYTHING, after=after, limit=9)
        return [one.dossier_id for one in rows]

    equal(await listed(MARCH), [judged, moved, reopened])
    equal(await listed(MARCH, judged), [moved, reopened])
    equal(await listed(FEBRUARY), [moved])
    equal(await listed("2026-04"), [])
    (first,) = await bench.store.restated(MARCH, EVERYTHING, after=None, limit=1)
    equal(first.dossier_id, judged)


@case
async def numbers_and_lists_stay_within_scope(bench: Bench) -> None:
    """By sender, by unit, by both; an empty scope is nothing."""
    clocks, shares = (running(), stopped(leg="tax")), (share(5),)
    over = {"timeliness": LATE, "late_by": stopped()}
    for where in ({}, ELSEWHERE):
        await _kept(bench, measured, clocks=clocks, **where)
        await _kept(bench, measured, due_on=None, **where)
        again = await _kept(bench, ended, shares=shares, **where)
        await keep(bench, ended(again, shares=shares, **over, **where))
    for scope in OURS:
        equal(await _sizes(bench, scope), [1] * 12)
    equal(await _sizes(bench, EVERYTHING), [2] * 12)
    equal(await _sizes(bench, NOTHING), [0] * 12)


async def _sizes(bench: Bench, scope: Scope) -> list[int]:
    """What every number and every list shows, as a count."""
    store, months = bench.store, (MARCH, MARCH, scope)
    due = await store.due_now(scope, _at(99))
    causes = await store.late_causes(*months)
    clocks = await store.monthly_clocks(*months)
    shares = await store.monthly_shares(*months)
    clock = ClockCount(MARCH, OFFICE, "answer", ON_TIME, 0, 0, 0)
    part = ShareCount(MARCH, Whose.AGENCY, OFFICE, 0, 0)
    rest: dict[str, Any] = {"after": None, "limit": 9}
    is_open = await store.open_now(scope, date(2026, 3, 10))
    return [
        sum(one.dossiers for one in await store.monthly(*months)),
        sum(one.clocks for one in clocks),
        sum(one.dossiers for one in shares),
        sum(one.dossiers for one in causes),
        sum(one.dossiers for one in is_open if one.timeliness is Timeliness.OPEN),
        sum(one.clocks for one in due),
        len(await store.due(scope, before=_at(99), limit=9)),
        len(await store.due_days(scope, limit=9)),
        len(await store.without_day(scope, limit=9)),
        len(await store.standing_out(Behind(MARCH), scope, **rest)),
        len(await store.clocks_behind(clock, scope, **rest)),
        len(await store.restated(MARCH, scope, **rest))
        and len(await store.shares_behind(part, scope, **rest)),
    ]


@case
async def a_cursor_that_is_none_begins_at_the_first_row(bench: Bench) -> None:
    """Whatever somebody typed; nothing fails."""
    await _kept(bench, measured, clocks=(running(),))
    for after in ("", "x", "~~~~~~", "2026-13-77~d~l~n", "1970-01-01"):
        rows = await bench.store.due(EVERYTHING, before=_at(99), after=after, limit=9)
        equal(len(rows), 1)
    equal(len(await bench.store.due_days(EVERYTHING, after="~", limit=9)), 1)
