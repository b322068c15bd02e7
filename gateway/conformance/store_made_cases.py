"""Transfers by when they were made, and to whom they are shown."""

from __future__ import annotations

from datetime import timedelta

from gateway.conformance.expect import equal
from gateway.conformance.store_making import Bench, case
from gateway.conformance.store_view_cases import NOBODY
from gateway.domain.identifiers import OfficeId
from gateway.domain.principal import EVERYTHING

#: The hour of the only transfer that goes elsewhere.
LAST = 4


@case
async def transfers_are_listed_by_when_they_were_made(bench: Bench) -> None:
    """Newest first, of a period, by state and office, by pages."""
    begun, made = bench.now, []
    for hour in range(5):
        bench.now = begun + timedelta(hours=hour)
        office = OfficeId("land-2" if hour == LAST else "land-1")
        new = bench.transfer(office=office)
        await bench.accepted(new)
        made.append(new.id)

    async def listed(
        since: int, until: int, after: str | None = None, **given: str
    ) -> list[str]:
        rows = await bench.store.transfers_made(
            EVERYTHING,
            states=given.get("states", "due,answered,nonsense").split(","),
            office=given.get("office"),
            since=begun + timedelta(hours=since),
            until=begun + timedelta(hours=until),
            after=after,
            limit=3,
        )
        return [row.id for row in rows]

    equal(await listed(0, 9), [made[4], made[3], made[2]])
    equal(await listed(0, 9, made[2]), [made[1], made[0]])
    equal(await listed(1, 3), [made[2], made[1]])
    equal(await listed(5, 9), [])
    equal(await listed(-9, 0), [])
    equal(await listed(0, 9, office="land-2"), [made[LAST]])
    equal(await listed(0, 9, states="answered"), [])
    equal(await listed(0, 9, "t_unknown"), [])
    for scope in NOBODY:
        hidden = await bench.store.transfers_made(
            *(scope,),
            states=["due"],
            office=None,
            since=begun,
            until=begun + timedelta(hours=9),
            after=None,
            limit=9,
        )
        equal(hidden, [])
