"""What every store must do for nodes: order of claims, leases, duties, permits."""

from __future__ import annotations

from datetime import date, timedelta

from gateway.conformance.expect import equal, holds, raises, there
from gateway.conformance.store_making import OFFICE, Bench, case, move_of
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import TransferId
from gateway.domain.lane import LaneLimits
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import Fate, State
from gateway.domain.values import replace
from gateway.ports.nodes import DUTIES
from gateway.ports.store import Change
from gateway.store.claims import LOOKED_AT

DAY = date(2026, 3, 20)


async def _promised(bench: Bench, day: date | None) -> TransferId:
    """A transfer of a dossier whose answer is promised for a day, due a second later."""
    new = bench.transfer()
    await bench.accepted(new, case=bench.case(due_on=day))
    bench.now = bench.later(1)
    return new.id


@case
async def the_nearest_deadline_goes_first(bench: Bench) -> None:
    """And who came first among those of one day, or of none."""
    late = [await _promised(bench, DAY + timedelta(days=9)) for _ in range(2)]
    never = await _promised(bench, None)
    near = [await _promised(bench, DAY) for _ in range(3)]
    taken = [(await bench.claim(room=1))[0].transfer.id for _ in range(3)]
    equal(taken, [*near[:2], late[0]])
    equal(
        [one.transfer.id for one in await bench.claim(room=9)],
        [near[2], late[1], never],
    )


@case
async def who_has_waited_longest_is_not_starved_by_nearer_days(bench: Bench) -> None:
    """Every fourth that leaves is the oldest, however many near ones come."""
    oldest = [await _promised(bench, DAY + timedelta(days=30)) for _ in range(3)]
    for _ in range(20):
        await _promised(bench, DAY)
    taken = [one.transfer.id for one in await bench.claim(room=8)]
    equal([one for one in taken if one in oldest], oldest[:2])
    one_by_one = [(await bench.claim(room=1))[0].transfer.id for _ in range(4)]
    equal([one for one in one_by_one if one in oldest], oldest[2:])


@case
async def a_backlog_of_retries_of_near_days_hides_nothing(bench: Bench) -> None:
    """Those that wait for their next attempt are passed over, and not all are read."""
    for _ in range(LOOKED_AT + 5):
        await _promised(bench, DAY)
    for one in await bench.claim(room=LOOKED_AT + 5):
        await bench.move(one.transfer.id, State.DUE, after=bench.later(3600))
    due = await _promised(bench, DAY + timedelta(days=1))
    equal([one.transfer.id for one in await bench.claim()], [due])


@case
async def a_deadline_that_moves_takes_its_transfers_along(bench: Bench) -> None:
    """A second appointment makes it nearer, or further away."""
    await _promised(bench, DAY)
    moved = await _promised(bench, DAY + timedelta(days=5))
    row = await bench.transfer_of(moved)
    found = there(await bench.store.dossier(row.dossier_id, EVERYTHING))
    nearer = replace(
        found.case, version=found.case.version + 1, due_on=DAY - timedelta(days=1)
    )
    await bench.store.apply(Change(bench.now, row.dossier_id, case=nearer))
    equal([one.transfer.id for one in await bench.claim(room=1)], [moved])


@case
async def an_outcome_counts_for_its_own_attempt_only(bench: Bench) -> None:
    """One that is known late is told as long as no other attempt was made."""
    await bench.accepted(new := bench.transfer())
    (first,) = await bench.claim()
    await bench.move(new.id, State.UNCONFIRMED, fate=Fate.MAY_HAVE_LEFT)
    late = replace(
        move_of(first.transfer, State.DELIVERED, after=None),
        was=State.UNCONFIRMED,
        lease_by=None,
        attempts=1,
    )
    await bench.move(new.id, State.DUE, fate=Fate.NOT_LEFT)
    await bench.claim()
    await bench.move(new.id, State.UNCONFIRMED, fate=Fate.MAY_HAVE_LEFT)
    outcome = Change(bench.now, first.transfer.dossier_id, moves=(late,))
    await raises(ChangedMeanwhile, bench.store.apply(outcome))
    second = replace(outcome, moves=(replace(late, attempts=2),))
    await bench.store.apply(second)
    equal(await bench.states(new.id), ["delivered"])


@case
async def a_node_that_joins_has_every_duty_that_is_free(bench: Bench) -> None:
    """And what it sends is its own; leaving twice is no error."""
    equal(await bench.store.join({"release": "1"}), 0.0)
    await bench.accepted(new := bench.transfer())
    await bench.claim()
    found = await bench.store.renew((new.id,), DUTIES, bench.now)
    equal((found.is_ours, found.duties), (True, frozenset(DUTIES)))
    equal(found.transfers, frozenset({new.id}))
    (node,) = await bench.store.nodes()
    equal(
        (node.name, node.is_alive, node.duties),
        ("gateway-1", True, tuple(sorted(DUTIES))),
    )
    equal(dict(node.facts), {"release": "1"})
    await bench.store.leave()
    await bench.store.leave()
    equal(list(await bench.store.nodes()), [])


@case
async def what_is_written_down_is_renewed_no_more(bench: Bench) -> None:
    """Its lease is over, whoever still has it in mind."""
    await bench.store.join({})
    await bench.accepted(new := bench.transfer())
    await bench.claim()
    await bench.move(new.id, State.DELIVERED)
    await bench.store.renew((new.id,), (), bench.now)
    equal(await bench.states(new.id), ["delivered"])
    equal(await bench.store.end_leases(OFFICE, bench.later(9999), 0), 0)


@case
async def a_permit_is_given_back(bench: Bench) -> None:
    """What is left of it, too; twice is no error."""
    limits = LaneLimits(in_flight=3)
    asked = {"calls": 1, "limits": limits, "now": bench.now, "hold_s": 60.0}
    permit = await bench.store.permit(OFFICE, 2, **asked)  # type: ignore[arg-type]
    equal(permit.count, 2)
    await bench.store.give_back(permit, 1)
    await bench.store.give_back(permit)
    await bench.store.give_back(permit)
    again = await bench.store.permit(OFFICE, 3, **asked)  # type: ignore[arg-type]
    equal(again.count, 3)
    holds(again.wait_s == 0, "there is room")


@case
async def the_newest_configuration_is_known_by_its_number(bench: Bench) -> None:
    """Without reading what it says."""
    equal(await bench.store.newest_configuration(), 0)
    await bench.store.add_configuration({"a": 1}, bench.line())
    equal(await bench.store.newest_configuration(), 1)
