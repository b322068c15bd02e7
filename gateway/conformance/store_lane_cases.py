"""What every store must do about lanes, maintenance windows and what is overdue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from gateway.conformance.expect import equal, holds, raises
from gateway.conformance.store_making import LAND, OFFICE, Bench, case, move_of
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.lane import BREAKER, Lane, LaneState
from gateway.domain.opening import Maintenance, Recurrence
from gateway.domain.transfer import State
from gateway.ports.store import Change
from gateway.ports.watch import Stall, StallLimits

OTHER = OfficeId("land-2")
LIMITS = StallLimits(send_s=60, ask_s=60, poll_s=60, lease_s=60)


def _by(bench: Bench, actor: str) -> JournalLine:
    return replace(bench.line("lane"), actor=actor)


@case
async def the_breaker_never_overwrites_what_a_person_decided(bench: Bench) -> None:
    """Whatever it had read of the lane before; everything else it may change."""
    opened = Lane(OFFICE, LAND, LaneState.OPEN, bench.now)
    shut = replace(opened, state=LaneState.CLOSED, by=BREAKER)
    await bench.store.set_lane(shut, _by(bench, BREAKER))
    await bench.store.set_lane(opened, _by(bench, BREAKER))
    for state in (LaneState.PAUSED, LaneState.SHADOW):
        stopped = replace(
            opened, state=state, by="officer-1", emergency=state is LaneState.PAUSED
        )
        await bench.store.set_lane(stopped, _by(bench, "officer-1"))
        await raises(ChangedMeanwhile, bench.store.set_lane(shut, _by(bench, BREAKER)))
        equal(await bench.store.lanes(), [stopped])
    await bench.store.set_lane(opened, _by(bench, "officer-1"))
    equal(await bench.store.lanes(), [opened])


def _window(bench: Bench, **values: object) -> Maintenance:
    made = Maintenance(
        id=bench.name("m"),
        agency=LAND,
        office=OFFICE,
        reason="nâng cấp",
        by="officer-1",
        made_at=bench.now,
        announced_on=date(2026, 3, 1),
        announced_by="Chi nhánh",
        reference="12/TB",
        begins_at=bench.later(60),
        ends_at=bench.later(3600),
    )
    return replace(made, **values)  # type: ignore[arg-type]


@case
async def a_maintenance_window_comes_back_as_it_was_kept(bench: Bench) -> None:
    """Once or by a rule, for one office or all, with turns that were moved."""
    rule = Recurrence(
        start=1320,
        length=240,
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
        weekdays=(5, 6),
        weeks=(1, -1),
    )
    once = _window(bench)
    again = _window(
        bench,
        office=None,
        begins_at=None,
        ends_at=None,
        rule=rule,
        announced_on=None,
        moved=((bench.now, bench.later(60)),),
    )
    for window in (once, again):
        await bench.store.set_maintenance(window, bench.line("maintenance"))
    equal(await bench.store.maintenance(bench.now), [once, again])
    monthly = replace(again, version=2, rule=replace(rule, weekdays=(), days=(1, 31)))
    await bench.store.set_maintenance(monthly, bench.line("maintenance"))
    equal(await bench.store.maintenance(bench.now), [once, monthly])


@case
async def a_window_is_changed_only_by_who_has_read_it(bench: Bench) -> None:
    """Compare-and-set on its version; a new one has the first."""
    window = _window(bench)
    line = bench.line("maintenance")
    await bench.store.set_maintenance(window, line)
    await raises(ChangedMeanwhile, bench.store.set_maintenance(window, line))
    second = replace(window, version=2, ends_at=bench.later(7200))
    await bench.store.set_maintenance(second, line)
    other = replace(window, version=2, ends_at=bench.later(10))
    await raises(ChangedMeanwhile, bench.store.set_maintenance(other, line))
    await raises(
        ChangedMeanwhile,
        bench.store.set_maintenance(_window(bench, version=2), line),
    )
    equal(await bench.store.maintenance(bench.now), [second])


@case
async def windows_of_which_nothing_is_left_are_not_read(bench: Bench) -> None:
    """Ended by themselves or by a person; a rule stays until a person ends it."""
    line = bench.line("maintenance")
    rule = Recurrence(0, 60, date(2026, 1, 1), weekdays=(0,))
    once = _window(bench)
    early = _window(bench, over_at=bench.later(120))
    rule_over = _window(
        bench, begins_at=None, ends_at=None, rule=rule, over_at=bench.later(120)
    )
    for window in (once, early, rule_over):
        await bench.store.set_maintenance(window, line)
    equal(await bench.store.maintenance(bench.later(120)), [once, early, rule_over])
    equal(await bench.store.maintenance(bench.later(121)), [once])
    equal(await bench.store.maintenance(bench.later(3601)), [])


@case
async def what_is_overdue_is_told_by_kind_and_office(bench: Bench) -> None:
    """What is due, to be asked, to be polled; nothing that is within its limit."""
    equal(await bench.store.stalled(bench.now, LIMITS), [])
    due, asked, polled = (bench.transfer() for _ in range(3))
    later = bench.transfer(office=OTHER)
    for new in (due, asked, polled, later):
        await bench.accepted(new)
    await bench.claim()
    at = bench.later(10)
    await bench.move(due.id, State.DUE, after=at)
    await bench.move(asked.id, State.UNCONFIRMED, after=at)
    await bench.move(polled.id, State.DELIVERED, after=at)
    equal(await bench.store.stalled(bench.later(59), LIMITS), [])
    found = await bench.store.stalled(bench.later(70), LIMITS)
    equal(
        [(one.what, one.office, one.since, one.count, one.first) for one in found],
        [
            (Stall.SEND, OFFICE, at, 1, due.id),
            (Stall.SEND, OTHER, bench.now, 1, later.id),
            (Stall.ASK, OFFICE, at, 1, asked.id),
            (Stall.POLL, OFFICE, at, 1, polled.id),
        ],
    )


@case
async def a_lease_that_ended_and_nobody_took_up_is_overdue(bench: Bench) -> None:
    """Beside it, what is on its way is counted while its lease lasts."""
    for _ in range(3):
        await bench.accepted(bench.transfer())
    taken = await bench.claim(room=2)
    (early,) = await bench.store.stalled(bench.later(80), LIMITS)
    equal((early.what, early.count, early.on_their_way), (Stall.SEND, 1, 0))
    (busy,) = await bench.store.stalled(
        bench.later(20), StallLimits(send_s=10, ask_s=10, poll_s=10, lease_s=10)
    )
    equal((busy.what, busy.on_their_way), (Stall.SEND, 2))
    found = await bench.store.stalled(bench.later(91), LIMITS)
    leases = [one for one in found if one.what is Stall.LEASE]
    equal([(one.count, one.since) for one in leases], [(2, bench.later(30))])
    equal(leases[0].first, min(one.transfer.id for one in taken))
    moves = tuple(move_of(one.transfer, State.DELIVERED) for one in taken)
    for move, one in zip(moves, taken, strict=True):
        await bench.store.apply(
            Change(bench.now, one.transfer.dossier_id, moves=(move,))
        )
    left = await bench.store.stalled(bench.later(91), LIMITS)
    holds(all(one.what is Stall.SEND for one in left), f"{left}")
