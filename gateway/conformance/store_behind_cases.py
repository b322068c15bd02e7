"""What every store must do about the lists behind the numbers, and about scopes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from gateway.conformance.expect import equal, holds
from gateway.conformance.measure_making import (
    FEBRUARY,
    LAST_MINUTE,
    MARCH,
    TAX,
    at,
    ended,
    keep,
    kept,
    measured,
    rule,
    running,
    share,
    stopped,
)
from gateway.conformance.store_making import (
    OFFICE,
    SENDER,
    UNIT,
    Bench,
    case,
)
from gateway.domain.identifiers import OfficeId
from gateway.domain.measure import Timeliness, Whose
from gateway.domain.principal import EVERYTHING, Scope
from gateway.ports.measured import (
    Behind,
    ClockCount,
    ShareCount,
)

if TYPE_CHECKING:
    from gateway.domain.identifiers import DossierId

LATE, ON_TIME = Timeliness.LATE, Timeliness.ON_TIME
ELSEWHERE: dict[str, Any] = {"unit": "unit-2", "sender": OfficeId("one-stop-2")}
#: Scopes that see the first unit only, and one that sees nothing.
OURS = (Scope(sender=SENDER), Scope(units=(UNIT,)), Scope(SENDER, (UNIT, "unit-9")))
NOTHING = Scope()


@case
async def due_clocks_come_in_pages_the_longest_overdue_first(bench: Bench) -> None:
    """Also of one moment, one dossier and one leg."""
    clocks = tuple(
        running(leg=leg, due_at=at(hours), rule=rule(name=name))
        for leg, name, hours in (
            ("tax", "answer", 3), ("land", "answer", 2), ("land", "accept", 2),
            ("water", "answer", 1), ("power", "answer", 9),
        )
    )  # fmt: skip
    await kept(bench, measured, clocks=clocks)
    await kept(bench, measured, clocks=(running(due_at=at(2)),))
    found, after = [], None
    for _ in range(5):
        (one,) = await bench.store.due(EVERYTHING, before=at(3), after=after, limit=1)
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
    last = await bench.store.due(EVERYTHING, before=at(3), after=after, limit=1)
    equal(list(last), [])


@case
async def due_clocks_are_found_by_office_unit_and_whose(bench: Bench) -> None:
    """Each narrows what the others leave."""
    citizen = rule(whose=Whose.CITIZEN)
    clocks = (running(), running(leg="tax", office=TAX, rule=citizen))
    await kept(bench, measured, clocks=clocks)
    await kept(bench, measured, clocks=clocks, **ELSEWHERE)

    async def legs(**wanted: Any) -> list[str]:
        rows = await bench.store.due(EVERYTHING, before=at(99), limit=9, **wanted)
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
        await kept(bench, measured, due_on=one, unit=unit)
        for one, unit in zip(days, ("u3", "u1", "u2", "u1"), strict=True)
    ]
    dateless = await kept(bench, measured, due_on=None, promised_on=None)
    await kept(bench, ended, due_on=day)
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
        await kept(
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
    mine = await kept(bench, ended, clocks=clocks, shares=shares)
    other = await kept(bench, ended, clocks=clocks, shares=shares)
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
    await kept(bench)
    judged = await kept(bench, timeliness=LATE)
    await keep(bench, ended(judged))
    moved = await kept(bench)
    await keep(bench, ended(moved, LAST_MINUTE))
    reopened = await kept(bench)
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
    over: dict[str, Any] = {"timeliness": LATE, "late_by": stopped()}
    here: dict[str, Any] = {}
    for where in (here, ELSEWHERE):
        await kept(bench, measured, clocks=clocks, **where)
        await kept(bench, measured, due_on=None, **where)
        again = await kept(bench, ended, shares=shares, **where)
        await keep(bench, ended(again, shares=shares, **over, **where))
    for scope in OURS:
        equal(await _sizes(bench, scope), [1] * 13)
    equal(await _sizes(bench, EVERYTHING), [2] * 13)
    equal(await _sizes(bench, NOTHING), [0] * 13)


async def _sizes(bench: Bench, scope: Scope) -> list[int]:
    """What every number and every list shows, as a count."""
    store, months = bench.store, (MARCH, MARCH, scope)
    due = await store.due_now(scope, at(99))
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
        len(await store.due(scope, before=at(99), limit=9)),
        len(await store.due_days(scope, limit=9)),
        len(await store.without_day(scope, limit=9)),
        len(await store.standing_out(Behind(MARCH), scope, **rest)),
        len(await store.clocks_behind(clock, scope, **rest)),
        len(await store.shares_behind(part, scope, **rest)),
        len(await store.restated(MARCH, scope, **rest)),
    ]


@case
async def a_cursor_that_is_none_begins_at_the_first_row(bench: Bench) -> None:
    """Whatever somebody typed; nothing fails."""
    await kept(bench, measured, clocks=(running(),))
    for after in ("", "x", "~~~~~~", "2026-13-77~d~l~n", "1970-01-01"):
        rows = await bench.store.due(EVERYTHING, before=at(99), after=after, limit=9)
        equal(len(rows), 1)
    equal(len(await bench.store.due_days(EVERYTHING, after="~", limit=9)), 1)
