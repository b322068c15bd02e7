"""What every store counts of what stands, for whoever watches from outside."""

from __future__ import annotations

from gateway.conformance.expect import equal
from gateway.conformance.store_making import OFFICE, SENDER, Bench, case
from gateway.domain.identifiers import OfficeId
from gateway.domain.transfer import TO_BE_FETCHED, Fate, State
from gateway.ports.gauges import READY, UNREAD

OTHER = OfficeId("land-2")


async def counted(bench: Bench) -> dict[tuple[str, str], tuple[int, object]]:
    """Office and state → how many, since when."""
    return {
        (one.office, one.state): (one.count, one.since)
        for one in await bench.store.transfer_counts()
    }


@case
async def what_has_not_ended_is_counted_by_office_and_state(bench: Bench) -> None:
    """Due ones with the earliest moment, those that stand still since when."""
    equal(await counted(bench), {})
    first, second = bench.transfer(), bench.status()
    await bench.accepted(first, second, bench.status(conversation="status"))
    await bench.accepted(bench.transfer(office=OTHER, parked="needs_data"))
    found = await counted(bench)
    equal(found[OFFICE, "due"], (1, bench.now))
    equal(found[SENDER, "due"][0], 1)
    equal(found[SENDER, "waiting"], (1, None))
    equal(found[OTHER, "parked"], (1, bench.now))
    await bench.claim()
    found = await counted(bench)
    equal(found[OFFICE, "sending"], (1, None))
    await bench.move(first.id, State.UNCONFIRMED, after=bench.later(60))
    found = await counted(bench)
    equal(found[OFFICE, "unconfirmed"], (1, bench.now))
    await bench.move(first.id, State.DELIVERED)
    equal([key for key in await counted(bench) if key[0] == OFFICE], [])


@case
async def what_lies_ready_and_what_nobody_can_read_are_called_so(bench: Bench) -> None:
    """They stand in the states of others and mean something else."""
    ready, unread = bench.transfer(), bench.transfer(office=OTHER)
    await bench.accepted(ready)
    await bench.accepted(unread)
    await bench.claim()
    laid = {"fate": Fate.NOT_LEFT, "cause": TO_BE_FETCHED}
    await bench.move(ready.id, State.UNCONFIRMED, after=bench.later(60), **laid)
    await bench.claim(OTHER)
    await bench.move(unread.id, State.DELIVERED, after=bench.later(60))
    await bench.store.mark_polled(unread.id, "contract_broken", now=bench.now)
    found = await counted(bench)
    equal(found[OFFICE, READY][0], 1)
    equal(found[OTHER, UNREAD], (1, bench.now))


@case
async def the_schema_is_told_as_it_is_now(bench: Bench) -> None:
    """A server after a failover may be behind the one of the start."""
    equal(str(await bench.store.schema()), bench.store.facts["schema"])  # type: ignore[attr-defined]
