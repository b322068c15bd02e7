"""What every store must do about issued reports and what one-stops counted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from gateway.conformance.expect import equal, holds, raises
from gateway.conformance.measure_making import (
    FEBRUARY,
    LAST_MINUTE,
    MARCH,
    PROCEDURE,
    TAX,
    ended,
    keep,
    kept,
    measured,
)
from gateway.conformance.store_making import NOW, OFFICE, SENDER, UNIT, Bench, case
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import OfficeId, PrincipalId
from gateway.domain.measure import Timeliness
from gateway.domain.principal import EVERYTHING, Scope
from gateway.ports.issued import Issue, Judged, OneStopCount, Restated

_HEAD = PrincipalId("head-1")
_ELSEWHERE = Scope(sender=OfficeId("one-stop-9"))
_IN_TIME = Judged(
    MARCH,
    Timeliness.ON_TIME,
    Timeliness.ON_TIME,
    Timeliness.ON_TIME,
    OFFICE,
    minutes=480,
    calendar=1,
)
_LATE = replace(_IN_TIME, timeliness=Timeliness.LATE)


def _issue(number: int = 1, month: str = MARCH) -> Issue:
    return Issue(month, number, NOW + timedelta(days=30), _HEAD, '{"tháng": 3}')


async def _issued(bench: Bench, number: int = 1) -> Issue:
    one = _issue(number)
    counts = await bench.store.monthly(MARCH, MARCH, EVERYTHING)
    await bench.store.issue(one, counts, bench.line("report_issued"))
    return one


async def _restated(
    bench: Bench, number: int = 1, scope: Scope = EVERYTHING, limit: int = 100
) -> list[Restated]:
    found = await bench.store.restated_since(
        MARCH, number, scope, after=None, limit=limit
    )
    return list(found)


@case
async def an_issued_report_comes_back_as_it_was(bench: Bench) -> None:
    """With its figures and what it counted, whatever is measured afterwards."""
    await kept(bench, ended, LAST_MINUTE)
    one = await kept(bench, timeliness=Timeliness.LATE)
    first = await _issued(bench)
    counts = await bench.store.monthly(MARCH, MARCH, EVERYTHING)
    await keep(bench, ended(one))
    second = await _issued(bench, 2)
    equal(list(await bench.store.issues(MARCH)), [first, second])
    equal(list(await bench.store.issues(FEBRUARY)), [])
    was = await bench.store.issued_counts(MARCH, 1, EVERYTHING)
    now = await bench.store.issued_counts(MARCH, 2, EVERYTHING)
    equal((was, now[0].timeliness), (counts, Timeliness.ON_TIME))
    equal(list(await bench.store.issued_counts(MARCH, 1, _ELSEWHERE)), [])


@case
async def a_number_is_given_once(bench: Bench) -> None:
    """Of two who issue at once one is refused, and nothing of hers is kept."""
    await kept(bench)
    counts = await bench.store.monthly(MARCH, MARCH, EVERYTHING)
    line = bench.line("report_issued")
    found = await asyncio.gather(
        *(bench.store.issue(_issue(), counts, line) for _ in range(2)),
        return_exceptions=True,
    )
    equal({type(one) for one in found}, {type(None), ChangedMeanwhile})
    equal(len(await bench.store.issues(MARCH)), 1)


@case
async def a_report_of_other_rows_than_those_of_now_is_not_issued(bench: Bench) -> None:
    """Something was measured while its figures were made."""
    counts = await bench.store.monthly(MARCH, MARCH, EVERYTHING)
    await kept(bench)
    line = bench.line("report_issued")
    await raises(ChangedMeanwhile, bench.store.issue(_issue(), counts, line))
    equal(list(await bench.store.issues(MARCH)), [])
    await _issued(bench)
    equal(len(await bench.store.issued_counts(MARCH, 1, EVERYTHING)), 1)


@case
async def an_empty_month_can_be_issued(bench: Bench) -> None:
    """It counted nothing, and whatever ends in it later is told."""
    await _issued(bench)
    equal(await _restated(bench), [])
    late = await kept(bench)
    equal(await _restated(bench), [Restated(late, None, _IN_TIME)])


@case
async def what_counts_otherwise_is_told_dossier_by_dossier(bench: Bench) -> None:
    """Judged otherwise, gone to another month, open again, or come later; no other."""
    late = await kept(bench, timeliness=Timeliness.LATE)
    moved, again, same = [await kept(bench) for _ in range(3)]
    await _issued(bench)
    await keep(bench, ended(late), ended(moved, LAST_MINUTE), measured(again))
    await keep(bench, ended(same, calendar=2, version=2))
    come = await kept(bench, lead=TAX)
    gone = replace(_IN_TIME, month=FEBRUARY)
    opened = replace(
        _IN_TIME,
        month=None,
        timeliness=Timeliness.OPEN,
        as_portal=Timeliness.OPEN,
        as_told=Timeliness.OPEN,
    )
    expected = [
        Restated(late, _LATE, _IN_TIME),
        Restated(moved, _IN_TIME, gone),
        Restated(again, _IN_TIME, opened),
        Restated(come, None, replace(_IN_TIME, lead=TAX)),
    ]
    equal(await _restated(bench), sorted(expected, key=lambda one: one.dossier_id))
    equal(await bench.store.restated_count(MARCH, 1, EVERYTHING), 4)
    equal(await bench.store.restated_count(MARCH, 1, _ELSEWHERE), 0)
    equal(await _restated(bench, scope=_ELSEWHERE), [])
    equal(len(await _restated(bench, scope=Scope(sender=SENDER))), 4)


@case
async def what_was_restated_is_read_in_pages(bench: Bench) -> None:
    """Old and new ones in one order; nothing twice, nothing missed."""
    old = [await kept(bench, timeliness=Timeliness.LATE) for _ in range(3)]
    await _issued(bench)
    for one in old:
        await keep(bench, ended(one))
    new = [await kept(bench) for _ in range(3)]
    found, after = [], None
    while page := await bench.store.restated_since(
        MARCH, 1, EVERYTHING, after=after, limit=2
    ):
        holds(len(page) <= 2, "no page is longer than was asked for")
        found += [one.dossier_id for one in page]
        after = found[-1]
    equal(found, sorted([*old, *new]))


def _count(**changes: object) -> OneStopCount:
    one = OneStopCount(
        month=MARCH,
        sender=SENDER,
        unit=UNIT,
        procedure=PROCEDURE,
        received=10,
        on_time=4,
        early=3,
        late=2,
        entered_at=NOW,
        by=_HEAD,
    )
    return replace(one, **changes)  # type: ignore[arg-type]


@case
async def what_a_one_stop_counted_is_replaced_whole(bench: Bench) -> None:
    """Of its month; of another month or one-stop nothing is touched."""
    line = bench.line("one_stop_counts")
    set_ = bench.store.set_one_stop_counts
    other = _count(sender=OfficeId("one-stop-9"), procedure="")
    before = _count(month=FEBRUARY)
    await set_(MARCH, SENDER, [_count(unit=f"u{n}") for n in range(120)], line)
    await set_(MARCH, other.sender, [other], line)
    await set_(FEBRUARY, SENDER, [before], line)
    await set_(MARCH, SENDER, [_count(), _count(procedure="")], line)
    months = (FEBRUARY, MARCH, EVERYTHING)
    found = list(await bench.store.one_stop_counts(*months))
    mine = [before, _count(procedure=""), _count()]
    equal(found, sorted([*mine, other], key=lambda o: (o.month, o.sender)))
    own = await bench.store.one_stop_counts(FEBRUARY, MARCH, Scope(sender=SENDER))
    equal(list(own), mine)
    nobody = Scope(units=("elsewhere",))
    equal(list(await bench.store.one_stop_counts(FEBRUARY, MARCH, nobody)), [])
    await set_(MARCH, SENDER, [], line)
    equal(list(await bench.store.one_stop_counts(MARCH, MARCH, EVERYTHING)), [other])
