"""What every store must do about bulk jobs: frozen selections, outcomes, counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.conformance.expect import equal, holds, raises, there
from gateway.conformance.store_making import OFFICE, UNIT, Bench, case
from gateway.domain.bulk import (
    Candidate,
    Counts,
    Item,
    ItemKey,
    Job,
    JobState,
    Outcome,
    Selection,
)
from gateway.domain.errors import ChangedMeanwhile, ItemSettled, KeyTaken
from gateway.domain.identifiers import MessageKind, OfficeId, PrincipalId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import EVERYTHING, Scope
from gateway.domain.transfer import Action, Fate, Move, State
from gateway.ports.store import Change

if TYPE_CHECKING:
    from gateway.domain.identifiers import TransferId

PARKED = Selection((State.PARKED,))
OFFICER = PrincipalId("officer-1")


def _line(bench: Bench, what: str = "asked") -> JournalLine:
    return JournalLine("bulk", bench.now, OFFICER, {"what": what})


async def _asked(bench: Bench, **changes: Any) -> Job:
    """A job that was just asked for."""
    reason = bench.payload()
    values: dict[str, Any] = {
        "id": bench.name("b"),
        "state": JobState.COLLECTING,
        "action": Action.RESEND,
        "selection": PARKED,
        "actor": OFFICER,
        "scope": EVERYTHING,
        "reason": reason.id,
        "asked_at": bench.now,
    }
    job = Job(**{**values, **changes})
    return await bench.store.bulk_begin(job, reason, _line(bench))


async def _parked(bench: Bench, **changes: Any) -> TransferId:
    new = bench.transfer(parked="address_missing", **changes)
    await bench.accepted(new)
    return new.id


async def _found(
    bench: Bench, selection: Selection, *, scope: Scope = EVERYTHING, limit: int = 2
) -> list[Candidate]:
    """Everything that a selection finds, page by page."""
    found: list[Candidate] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await bench.store.bulk_find(
            selection,
            scope,
            asked_at=bench.now,
            bound=None,
            cursor=cursor,
            limit=limit,
        )
        holds(len(page.candidates) <= limit, "a page is longer than was asked for")
        found += page.candidates
        cursor = page.cursor
    return found


def _items(job: Job, found: list[Candidate], *skipped: TransferId) -> list[Item]:
    return [
        Item(
            key=ItemKey(job.id, one.position),
            transfer_id=one.transfer_id,
            dossier_id=one.dossier_id,
            state=one.state,
            fate=one.fate,
            attempts=one.attempts,
            outcome=Outcome.SKIPPED if one.transfer_id in skipped else Outcome.LEFT,
            code="state_excludes_action" if one.transfer_id in skipped else "",
        )
        for one in found
    ]


async def _running(bench: Bench, count: int) -> tuple[Job, list[Item]]:
    """A job whose selection of so many parked transfers is written down."""
    for _ in range(count):
        await _parked(bench)
    job = await _asked(bench)
    items = _items(job, await _found(bench, PARKED))
    job = await bench.store.bulk_collect(job, items, None, _line(bench, "selected"))
    return job, items


async def _act(bench: Bench, item: Item) -> None:
    move = Move(item.transfer_id, item.state, State.DUE, Fate.NOT_LEFT)
    await bench.store.apply(
        Change(
            now=bench.now,
            dossier_id=item.dossier_id,
            moves=(move,),
            item=item.key,
        )
    )


@case
async def a_job_is_read_back_as_it_was_asked(bench: Bench) -> None:
    """Every field of it; the bound is the newest transfer that there is."""
    await _parked(bench)
    selection = Selection(
        (State.PARKED, State.DUE),
        office=OFFICE,
        kind=MessageKind("hand_over"),
        cause="address_missing",
        still_before=bench.now,
    )
    scope = Scope(units=(UNIT, "unit-2"))
    job = await _asked(
        bench, selection=selection, scope=scope, per_second=7, fingerprint=b"print"
    )
    (one,) = await _found(bench, PARKED)
    equal(job.bound, one.position)
    equal(await bench.store.bulk_job(job.id, scope), job)
    equal(await bench.store.bulk_job(job.id, EVERYTHING), job)
    equal(await bench.store.bulk_job(job.id, Scope(units=(UNIT,))), None)
    equal(await bench.store.bulk_job("b_none", EVERYTHING), None)
    kept = await bench.store.payloads([job.reason])
    equal([*kept], [job.reason])


@case
async def jobs_are_listed_newest_first_and_only_ones_own(bench: Bench) -> None:
    """By pages, after the last one seen."""
    own = Scope(units=(UNIT,))
    first = await _asked(bench, scope=own)
    second = await _asked(bench)
    third = await _asked(bench, scope=own)
    listed = bench.store.bulk_jobs
    equal(await listed(EVERYTHING, after=None, limit=2), [third, second])
    equal(await listed(EVERYTHING, after=second.id, limit=2), [first])
    equal(await listed(own, after=None, limit=9), [third, first])
    equal(await listed(Scope(), after=None, limit=9), [])


@case
async def the_same_key_of_one_caller_makes_one_job(bench: Bench) -> None:
    """Another caller's key is another one; what was refused left nothing."""
    job = await _asked(bench, key=b"key")
    taken = await raises(KeyTaken, _asked(bench, key=b"key"))
    equal(taken.which, "bulk_key")
    other = await _asked(bench, key=b"key", actor=PrincipalId("officer-2"))
    await _asked(bench)
    await _asked(bench)
    equal(await bench.store.bulk_known(OFFICER, b"key"), job)
    equal(await bench.store.bulk_known(PrincipalId("officer-2"), b"key"), other)
    equal(await bench.store.bulk_known(OFFICER, b"another"), None)
    equal(len(await bench.store.bulk_jobs(EVERYTHING, after=None, limit=9)), 4)


@case
async def a_selection_finds_by_everything_that_it_names(bench: Bench) -> None:
    """Each transfer once, however small the pages."""
    plain = [await _parked(bench) for _ in range(5)]
    elsewhere = await _parked(bench, office=OfficeId("land-2"))
    other = await _parked(bench, kind=MessageKind("withdraw"))
    due = bench.transfer()
    behind = bench.transfer()
    await bench.accepted(due, behind)
    doubtful = bench.transfer(office=OfficeId("land-3"))
    await bench.accepted(doubtful)
    await bench.claim(OfficeId("land-3"))
    await bench.move(doubtful.id, State.UNCONFIRMED, after=bench.later(60))

    async def ids(*states: State, **changes: Any) -> list[TransferId]:
        found = await _found(bench, Selection(states, **changes))
        return sorted(one.transfer_id for one in found)

    equal(await ids(State.PARKED), sorted([*plain, elsewhere, other]))
    equal(await ids(State.UNCONFIRMED), [doubtful.id])
    equal(await ids(State.WAITING), [behind.id])
    equal(await ids(State.DUE), [due.id])
    everything = [*plain, elsewhere, other, doubtful.id, behind.id, due.id]
    states = (State.DUE, State.PARKED, State.WAITING, State.UNCONFIRMED)
    equal(await ids(*states), sorted(everything))
    equal(await ids(State.PARKED, office=OfficeId("land-2")), [elsewhere])
    equal(await ids(State.PARKED, kind=MessageKind("withdraw")), [other])
    equal(await ids(State.PARKED, agency="tax"), [])
    equal(await ids(State.PARKED, cause="another"), [])
    equal(len(await ids(State.PARKED, cause="address_missing")), 7)
    equal(await ids(State.PARKED, State.DUE, still_before=bench.now), [])
    later = bench.now + timedelta(microseconds=1)
    equal(len(await ids(State.PARKED, State.DUE, still_before=later)), 7)


@case
async def a_selection_stays_within_scope_bound_and_moment(bench: Bench) -> None:
    """What came or stopped after the asking is not what was asked for."""
    first = await _parked(bench)
    (one,) = await _found(bench, PARKED)
    equal(
        (one.transfer_id, one.state, one.fate, one.cause, one.attempts),
        (first, State.PARKED, Fate.NOT_LEFT, "address_missing", 0),
    )
    second = bench.transfer()
    await bench.accepted(second)
    job = await _asked(bench)
    bench.now = bench.later(1)
    await bench.move(second.id, State.PARKED, cause="address_missing")
    await _parked(bench)
    page = await bench.store.bulk_find(
        PARKED,
        EVERYTHING,
        asked_at=job.asked_at,
        bound=job.bound,
        cursor="",
        limit=9,
    )
    equal((page.candidates, page.cursor), ((one,), None))
    equal(len(await _found(bench, PARKED)), 3)
    equal(len(await _found(bench, PARKED, scope=Scope(units=(UNIT,)))), 3)
    equal(await _found(bench, PARKED, scope=Scope(units=("unit-2",))), [])
    equal(await _found(bench, PARKED, scope=Scope()), [])


@case
async def a_selection_is_written_down_page_by_page(bench: Bench) -> None:
    """No page twice, no item twice; a job runs once all is there."""
    ids = [await _parked(bench) for _ in range(3)]
    job = await _asked(bench)
    first, second, third = _items(job, await _found(bench, PARKED), ids[1])
    began = await bench.store.bulk_collect(job, [first, second], "next", _line(bench))
    equal((began.state, began.complete), (JobState.COLLECTING, False))
    equal(began.counts, Counts(asked=2, skipped=1, left=1))
    late = bench.store.bulk_collect(job, [third], None, _line(bench))
    await raises(ChangedMeanwhile, late)
    page = [second, third]
    done = await bench.store.bulk_collect(began, page, None, _line(bench))
    equal((done.state, done.complete), (JobState.RUNNING, True))
    equal(done.counts, Counts(asked=3, skipped=1, left=2))
    equal(await bench.store.bulk_job(job.id, EVERYTHING), done)
    again = bench.store.bulk_collect(done, page, None, _line(bench))
    await raises(ChangedMeanwhile, again)
    equal(await bench.store.bulk_left(job.id, after=0, limit=9), [first, third])
    equal(
        await bench.store.bulk_left(job.id, after=first.key.position, limit=9), [third]
    )
    items = bench.store.bulk_items
    equal(await items(job.id, outcome=Outcome.SKIPPED, after=0, limit=9), [second])
    equal(await items(job.id, outcome=None, after=0, limit=2), [first, second])
    equal(await bench.store.bulk_item(second.key), second)
    equal(await bench.store.bulk_item(ItemKey(job.id, 999)), None)


@case
async def an_item_is_done_with_its_act_or_not_at_all(bench: Bench) -> None:
    """Twice is once; an act that fails leaves its item as it was."""
    job, (first, second) = await _running(bench, 2)
    await _act(bench, first)
    done = replace(first, outcome=Outcome.DONE, at=bench.now)
    equal(await bench.store.bulk_item(first.key), done)
    equal(await bench.states(first.transfer_id), ["due"])
    await bench.claim()
    await bench.move(first.transfer_id, State.PARKED, cause="again")
    await raises(ItemSettled, _act(bench, first))
    equal(await bench.states(first.transfer_id), ["parked"])
    await bench.move(second.transfer_id, State.CANCELLED)
    await raises(ChangedMeanwhile, _act(bench, second))
    equal(await bench.store.bulk_item(second.key), second)
    after = there(await bench.store.bulk_job(job.id, EVERYTHING))
    equal(after.counts, Counts(asked=2, left=1, done=1))


@case
async def an_item_has_one_outcome(bench: Bench) -> None:
    """The first one, with its code."""
    _job, (first,) = await _running(bench, 1)
    settle = bench.store.bulk_settle
    await settle(first.key, Outcome.FAILED, "moved_meanwhile", bench.now)
    await raises(ItemSettled, settle(first.key, Outcome.FAILED, "other", bench.now))
    await raises(ItemSettled, _act(bench, first))
    failed = there(await bench.store.bulk_item(first.key))
    equal((failed.outcome, failed.code), (Outcome.FAILED, "moved_meanwhile"))
    equal(await bench.states(first.transfer_id), ["parked"])


@case
async def a_job_ends_only_when_nothing_is_left(bench: Bench) -> None:
    """Its counts are then kept, and it is not active any more."""
    job, (first, second) = await _running(bench, 2)
    equal([one.id for one in await bench.store.bulk_active()], [job.id])
    await _act(bench, first)
    early = bench.store.bulk_move(job, JobState.ENDED, _line(bench, "ended"))
    await raises(ChangedMeanwhile, early)
    await bench.store.bulk_settle(second.key, Outcome.FAILED, "x", bench.now)
    ended = await bench.store.bulk_move(job, JobState.ENDED, _line(bench, "ended"))
    equal(ended.counts, Counts(asked=2, done=1, failed=1))
    equal((ended.state, ended.ended_at), (JobState.ENDED, bench.now))
    equal(await bench.store.bulk_job(job.id, EVERYTHING), ended)
    equal(await bench.store.bulk_active(), [])
    late = bench.store.bulk_move(job, JobState.PAUSED, _line(bench, "pause"))
    await raises(ChangedMeanwhile, late)


@case
async def a_paused_job_is_left_alone_and_may_go_on_faster(bench: Bench) -> None:
    """Pausing takes it from the runners, resuming gives it back."""
    job, _items_of_it = await _running(bench, 1)
    paused = await bench.store.bulk_move(job, JobState.PAUSED, _line(bench, "pause"))
    equal(await bench.store.bulk_active(), [])
    on = await bench.store.bulk_move(
        paused, JobState.RUNNING, _line(bench, "resume"), per_second=400
    )
    equal((on.state, on.per_second), (JobState.RUNNING, 400))
    equal([one.per_second for one in await bench.store.bulk_active()], [400])
    equal(on.counts, Counts(asked=1, left=1))


@case
async def a_stopped_job_counts_what_was_not_done_apart(bench: Bench) -> None:
    """Page by page, in order; what was done stays done."""
    job, items = await _running(bench, 4)
    await _act(bench, items[0])
    stopping = await bench.store.bulk_move(job, JobState.STOPPING, _line(bench))
    stop = bench.store.bulk_stop
    equal(await stop(job.id, at=bench.now, limit=2), 2)
    left = await bench.store.bulk_left(job.id, after=0, limit=9)
    equal(left, [items[3]])
    equal(await stop(job.id, at=bench.now, limit=2), 1)
    equal(await stop(job.id, at=bench.now, limit=2), 0)
    await raises(ItemSettled, _act(bench, items[1]))
    over = await bench.store.bulk_move(stopping, JobState.STOPPED, _line(bench))
    equal(over.counts, Counts(asked=4, done=1, stopped=3))
    equal(await bench.store.bulk_job(job.id, EVERYTHING), over)


@case
async def a_job_is_held_by_one_runner_at_a_time(bench: Bench) -> None:
    """Until its lease is over; who holds it may go on, before a start or after it."""
    job, _items_of_it = await _running(bench, 1)
    hold = bench.store.bulk_hold
    tries = [("node-1", 60), ("node-2", 60), ("node-1", 0), ("node-2", 60)]
    held = [await hold(job.id, runner, lease_s=lease) for runner, lease in tries]
    equal(held, [True, False, True, True])
    holds(not await hold(job.id, "node-1", lease_s=60), "held by two at once")
    await bench.store.bulk_move(job, JobState.PAUSED, _line(bench))
    holds(not await hold(job.id, "node-2", lease_s=60), "a paused job is held")


@case
async def what_happens_to_a_job_is_in_the_journal(bench: Bench) -> None:
    """One line each when it is asked for, selected, steered and over."""
    job, (item,) = await _running(bench, 1)
    # One line is the dossier's own.
    equal(await bench.store.seal(now=bench.now), 3)
    paused = await bench.store.bulk_move(job, JobState.PAUSED, _line(bench, "pause"))
    on = await bench.store.bulk_move(paused, JobState.RUNNING, _line(bench, "resume"))
    equal(await bench.store.seal(now=bench.now), 2)
    await _act(bench, item)
    await bench.store.bulk_move(on, JobState.ENDED, _line(bench, "ended"))
    equal(await bench.store.seal(now=bench.now), 1)
