"""What every store must tell of what waits for each office, and no more than is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.conformance.expect import equal
from gateway.conformance.store_making import NOW, OFFICE, case
from gateway.domain.identifiers import OfficeId
from gateway.domain.transfer import State
from gateway.ports.line_counts import LineCount

if TYPE_CHECKING:
    from gateway.conformance.store_making import Bench

OTHER, NOBODY = OfficeId("land-2"), OfficeId("land-3")


@case
async def what_waits_for_each_office_is_counted_up_to_a_limit(bench: Bench) -> None:
    """By state; the oldest is the one that was made first; offices not asked for are not told."""
    begun = bench.now
    for hour in range(4):
        bench.now = begun + timedelta(hours=hour)
        office = OTHER if hour == 0 else OFFICE
        await bench.accepted(bench.transfer(office=office))
    found = await bench.store.line_counts([OFFICE, NOBODY], 100)
    first = NOW + timedelta(hours=1)
    equal(dict(found), {OFFICE: LineCount(ready=3, oldest=first), NOBODY: LineCount()})
    found = await bench.store.line_counts([OFFICE, OTHER], 2)
    equal({office: one.ready for office, one in found.items()}, {OFFICE: 2, OTHER: 1})
    equal(dict(await bench.store.line_counts([], 2)), {})


@case
async def what_waits_for_people_is_counted_apart(bench: Bench) -> None:
    """Parked ones, and those whose fate is unknown."""
    first = bench.transfer()
    await bench.accepted(first)
    await bench.accepted(bench.transfer(parked="needs_data"))
    await bench.claim()
    await bench.move(first.id, State.UNCONFIRMED, after=bench.later(60))
    found = (await bench.store.line_counts([OFFICE], 100))[OFFICE]
    equal((found.ready, found.unconfirmed, found.parked), (0, 1, 1))
    equal(found.total, 2)
    equal((await bench.store.line_counts([OTHER], 100))[OTHER], LineCount())
    for _ in range(9):
        await bench.accepted(bench.transfer(parked="needs_data"))
    found = (await bench.store.line_counts([OFFICE], 1))[OFFICE]
    equal((found.more_parked, found.parked < 10), (True, True))
