"""What every store must do about numbers over what was measured."""

from __future__ import annotations

from datetime import date, timedelta

from gateway.conformance.expect import equal
from gateway.conformance.measure_making import (
    FEBRUARY,
    FIRST_MINUTE,
    LAST_MINUTE,
    MARCH,
    PROCEDURE,
    TAX,
    at,
    ended,
    kept,
    measured,
    rule,
    running,
    share,
    stopped,
)
from gateway.conformance.store_making import (
    LAND,
    OFFICE,
    UNIT,
    Bench,
    case,
)
from gateway.domain.identifiers import AgencyId
from gateway.domain.measure import Running, Timeliness, Whose
from gateway.domain.principal import EVERYTHING
from gateway.ports.measured import (
    CauseCount,
    ClockCount,
    DueCount,
    MonthCount,
    OpenCount,
    ShareCount,
)

LATE, ON_TIME, EARLY = Timeliness.LATE, Timeliness.ON_TIME, Timeliness.EARLY


@case
async def a_month_is_counted_by_unit_procedure_and_how_it_ended(bench: Bench) -> None:
    """By all three judgements; what is open or of another month is not in it."""
    await kept(bench, rounds=2)
    await kept(bench)
    await kept(bench, timeliness=LATE, as_told=EARLY, lead=None)
    await kept(bench, ended, LAST_MINUTE)
    await kept(bench, ended, FIRST_MINUTE, procedure="2.000001")
    await kept(bench, measured)
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
    await kept(bench, measured, clocks=clocks)
    await kept(bench, ended, LAST_MINUTE, clocks=(stopped(),))
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
    await kept(bench, ended, shares=shares)
    await kept(bench, ended, shares=(share(1),))
    await kept(bench, ended, LAST_MINUTE, shares=(share(100),))
    await kept(bench, measured, shares=(share(1_000),))
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
        await kept(bench, timeliness=LATE, late_by=over)
    await kept(bench, timeliness=LATE)
    await kept(bench, timeliness=ON_TIME, late_by=over)
    equal(
        list(await bench.store.late_causes(MARCH, MARCH, EVERYTHING)),
        [CauseCount(MARCH, "", "", 1), CauseCount(MARCH, TAX, "notice", 2)],
    )


@case
async def what_is_open_is_overdue_from_the_day_after_its_day(bench: Bench) -> None:
    """By the promise as it stands, not by the first one."""
    day = date(2026, 3, 20)
    for due_on in (day, day - timedelta(days=1), None, None):
        await kept(bench, measured, due_on=due_on)
    await kept(bench, ended)
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
    await kept(bench, measured, clocks=(running(due_at=at(1)),))
    tax = running(
        leg="tax", agency=AgencyId("tax"), office=TAX, due_at=at(2),
        rule=rule(name="pay", whose=Whose.CITIZEN),
    )  # fmt: skip
    still = running(leg="water", running=Running.SUSPENDED, due_at=None)
    await kept(bench, measured, clocks=(running(due_at=at(3)), tax, still))
    equal(list(await bench.store.due_now(EVERYTHING, at(0.9))), [])
    land = (Whose.AGENCY, LAND, OFFICE, "answer")
    first = [DueCount(*land, 1, at(1))]
    equal(list(await bench.store.due_now(EVERYTHING, at(1))), first)
    citizen = DueCount(Whose.CITIZEN, "tax", TAX, "pay", 1, at(2))
    every = [DueCount(*land, 2, at(1)), citizen]
    equal(list(await bench.store.due_now(EVERYTHING, at(9))), every)
