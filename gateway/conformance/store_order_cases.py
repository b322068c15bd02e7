"""What every store must do about order within a conversation."""

from __future__ import annotations

import asyncio

from gateway.conformance.expect import equal, holds, raises
from gateway.conformance.store_making import (
    OFFICE,
    SENDER,
    Bench,
    case,
    move_of,
)
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import MessageKind, OfficeId
from gateway.domain.transfer import KNEW, Fate, State
from gateway.ports.store import Change

HAND_OVER, WITHDRAW = MessageKind("hand_over"), MessageKind("withdraw")
SUPPLEMENT = MessageKind("supplement")


@case
async def only_the_head_of_a_conversation_is_due(bench: Bench) -> None:
    """The next one is due when the head has closed, in the same unit."""
    first, second, third = (bench.transfer() for _ in range(3))
    change = bench.acceptance(first, second)
    applied = await bench.store.apply(change)
    equal(applied.due, (OFFICE,))
    dossier_id = (await bench.transfer_of(first.id)).dossier_id
    await bench.add(dossier_id, third)
    equal(
        await bench.states(first.id, second.id, third.id), ["due", "waiting", "waiting"]
    )
    equal(
        [(await bench.transfer_of(t.id)).position for t in (first, second, third)],
        [1, 2, 3],
    )
    equal([one.transfer.id for one in await bench.claim()], [first.id])
    await bench.move(first.id, State.DELIVERED)
    equal(
        await bench.states(first.id, second.id, third.id),
        ["delivered", "due", "waiting"],
    )
    equal((await bench.transfer_of(second.id)).due_at, bench.now)


@case
async def conversations_do_not_hold_each_other(bench: Bench) -> None:
    """Another leg and the status have heads of their own."""
    first, status = bench.transfer(), bench.status()
    tax = bench.transfer(leg="tax", conversation="tax", office=OfficeId("tax-1"))
    applied = await bench.store.apply(bench.acceptance(first, status, tax))
    equal(await bench.states(first.id, status.id, tax.id), ["due"] * 3)
    equal(set(applied.due), {OFFICE, SENDER, "tax-1"})


@case
async def a_parked_or_unconfirmed_head_holds_its_successors(bench: Bench) -> None:
    """They wait until it is settled."""
    first, second = bench.transfer(), bench.transfer()
    await bench.accepted(first, second)
    await bench.claim()
    await bench.move(first.id, State.UNCONFIRMED, after=bench.later(60))
    equal(await bench.states(first.id, second.id), ["unconfirmed", "waiting"])
    await bench.move(first.id, State.PARKED, cause="fate_unknown")
    equal(await bench.states(first.id, second.id), ["parked", "waiting"])
    parked = await bench.transfer_of(first.id)
    equal((parked.cause, parked.fate), ("fate_unknown", Fate.MAY_HAVE_LEFT))
    await bench.move(first.id, State.DELIVERED, fate=Fate.AGENCY_HAS_IT)
    equal(await bench.states(first.id, second.id), ["delivered", "due"])


@case
async def a_retry_keeps_its_place(bench: Bench) -> None:
    """It is due later; nobody passes it meanwhile."""
    first, second = bench.transfer(), bench.transfer()
    await bench.accepted(first, second)
    await bench.claim()
    at = bench.later(90)
    await bench.move(first.id, State.DUE, after=at, cause="agency_unavailable")
    equal(await bench.states(first.id, second.id), ["due", "waiting"])
    again = await bench.transfer_of(first.id)
    equal((again.due_at, again.lease_by, again.cause), (at, None, "agency_unavailable"))
    equal(await bench.claim(), [])


@case
async def a_refused_head_parks_what_depends_on_it(bench: Bench) -> None:
    """What does not depend goes on at once; what was parked does not hold it."""
    head, free = bench.transfer(), bench.transfer()
    one = bench.transfer(dependent=True, kind=SUPPLEMENT)
    two = bench.transfer(dependent=True, kind=SUPPLEMENT)
    await bench.accepted(head, one, free, two)
    await bench.claim()
    await bench.move(head.id, State.REFUSED, cause="wrong_parcel")
    equal(
        await bench.states(head.id, one.id, free.id, two.id),
        ["refused", "parked", "due", "parked"],
    )
    equal((await bench.transfer_of(one.id)).cause, "predecessor_refused")
    await bench.claim()
    await bench.move(one.id, State.DUE, after=bench.now)
    equal(await bench.states(one.id, free.id), ["waiting", "sending"])
    await bench.move(free.id, State.DELIVERED)
    equal(await bench.states(one.id, two.id), ["due", "parked"])


@case
async def a_cancelled_head_parks_what_depends_on_it(bench: Bench) -> None:
    """Under a cause of its own, and who cancelled is named."""
    head = bench.transfer()
    one = bench.transfer(dependent=True)
    await bench.accepted(head, one)
    await bench.move(head.id, State.CANCELLED, named_by="officer-7")
    equal((await bench.transfer_of(head.id)).named_by, "officer-7")
    equal((await bench.transfer_of(one.id)).cause, "predecessor_cancelled")
    await bench.move(one.id, State.CANCELLED)
    equal(await bench.states(one.id), ["cancelled"])


@case
async def what_follows_from_a_refusal_is_not_parked_by_it(bench: Bench) -> None:
    """The unit that refuses the head may bring its correction along."""
    head, after = bench.transfer(), bench.transfer(dependent=True)
    dossier_id = await bench.accepted(head)
    await bench.claim()
    move = move_of(await bench.transfer_of(head.id), State.REFUSED, cause="x")
    await bench.store.apply(
        Change(bench.now, dossier_id, moves=(move,), transfers=(after,))
    )
    equal(await bench.states(head.id, after.id), ["refused", "due"])


@case
async def a_withdrawal_cancels_what_has_not_left(bench: Bench) -> None:
    """By name; other kinds stay before it."""
    first, second = bench.transfer(), bench.transfer(kind=SUPPLEMENT)
    other = bench.transfer(kind=MessageKind("note"))
    dossier_id = await bench.accepted(first, second, other)
    withdrawal = bench.transfer(
        kind=WITHDRAW, overtakes=frozenset({HAND_OVER, SUPPLEMENT})
    )
    await bench.add(dossier_id, withdrawal)
    equal(
        await bench.states(first.id, second.id, other.id, withdrawal.id),
        ["cancelled", "cancelled", "due", "waiting"],
    )
    equal((await bench.transfer_of(first.id)).named_by, withdrawal.id)
    await bench.claim()
    await bench.move(other.id, State.DELIVERED)
    equal(await bench.states(withdrawal.id), ["due"])


@case
async def a_withdrawal_passes_a_parked_one(bench: Bench) -> None:
    """Unsent it is cancelled; of unknown fate it stays for a person."""
    unsent = bench.transfer(parked="needs_data")
    dossier_id = await bench.accepted(unsent)
    replacing = bench.transfer(overtakes=frozenset({HAND_OVER}))
    await bench.add(dossier_id, replacing)
    equal(await bench.states(unsent.id, replacing.id), ["cancelled", "due"])
    await bench.claim()
    await bench.move(
        replacing.id, State.PARKED, fate=Fate.MAY_HAVE_LEFT, cause="fate_unknown"
    )
    last = bench.transfer(kind=WITHDRAW, overtakes=frozenset({HAND_OVER}))
    await bench.add(dossier_id, last)
    equal(await bench.states(replacing.id, last.id), ["parked", "due"])


@case
async def a_withdrawal_waits_for_a_head_of_unknown_fate(bench: Bench) -> None:
    """On its way or unconfirmed it is settled first; settled unsent it is cancelled."""
    head = bench.transfer()
    dossier_id = await bench.accepted(head)
    await bench.claim()
    withdrawal = bench.transfer(kind=WITHDRAW, overtakes=frozenset({HAND_OVER}))
    await bench.add(dossier_id, withdrawal)
    equal(await bench.states(head.id, withdrawal.id), ["sending", "waiting"])
    await bench.move(head.id, State.UNCONFIRMED, after=bench.later(60))
    equal(await bench.states(head.id, withdrawal.id), ["unconfirmed", "waiting"])
    await bench.move(head.id, State.DUE, fate=Fate.NOT_LEFT, after=bench.later(5))
    equal(await bench.states(head.id, withdrawal.id), ["cancelled", "due"])
    equal((await bench.transfer_of(head.id)).named_by, withdrawal.id)


@case
async def a_newer_status_goes_before_a_parked_one(bench: Bench) -> None:
    """It carries the whole present state; the older is cancelled by its name."""
    old = bench.status()
    dossier_id = await bench.accepted(old)
    await bench.claim(SENDER)
    await bench.move(old.id, State.PARKED, cause="agency_refused")
    new = bench.status()
    await bench.add(dossier_id, new)
    equal(await bench.states(old.id, new.id), ["cancelled", "due"])
    equal((await bench.transfer_of(old.id)).named_by, new.id)


@case
async def a_status_remembers_how_many_numbers_its_dossier_had(bench: Bench) -> None:
    """Those that come with it count; those that come later do not."""
    first, second = bench.status(), bench.status()
    dossier_id = await bench.accepted(first, references=(bench.reference(b"n1"),))
    await bench.store.apply(
        Change(
            now=bench.now,
            dossier_id=dossier_id,
            transfers=(second,),
            references=(bench.reference(b"n2"), bench.reference(b"n3", kind="other")),
        )
    )
    knew = [(await bench.transfer_of(one.id)).facts[KNEW] for one in (first, second)]
    equal(knew, [[1, 0], [3, 0]])


@case
async def an_unconfirmed_status_is_settled_before_the_next(bench: Bench) -> None:
    """When it parks, the next goes."""
    old, new = bench.status(), bench.status()
    await bench.accepted(old, new)
    await bench.claim(SENDER)
    await bench.move(old.id, State.UNCONFIRMED, after=bench.later(9))
    equal(await bench.states(old.id, new.id), ["unconfirmed", "waiting"])
    await bench.move(old.id, State.PARKED, cause="fate_unknown")
    equal(await bench.states(old.id, new.id), ["cancelled", "due"])


@case
async def a_message_that_may_not_leave_parks_at_once(bench: Bench) -> None:
    """With its cause; it holds what comes after it."""
    doubtful, next_ = bench.transfer(parked="text_encoding_unknown"), bench.transfer()
    applied = await bench.store.apply(bench.acceptance(doubtful, next_))
    equal(applied.due, ())
    equal(await bench.states(doubtful.id, next_.id), ["parked", "waiting"])
    equal((await bench.transfer_of(doubtful.id)).cause, "text_encoding_unknown")
    await bench.move(doubtful.id, State.DUE)
    equal(await bench.states(doubtful.id, next_.id), ["due", "waiting"])


@case
async def a_move_from_elsewhere_changes_nothing(bench: Bench) -> None:
    """Neither from another state nor along a road that the table does not know."""
    head = bench.transfer()
    dossier_id = await bench.accepted(head)
    present = await bench.transfer_of(head.id)
    await bench.claim()
    stale = move_of(present, State.CANCELLED)
    await raises(
        ChangedMeanwhile,
        bench.store.apply(Change(bench.now, dossier_id, moves=(stale,))),
    )
    for wrong in (State.DELIVERED, State.SENDING, State.ANSWERED):
        move = move_of(present, wrong)
        await raises(
            ValueError, bench.store.apply(Change(bench.now, dossier_id, moves=(move,)))
        )
    other = await bench.accepted()
    foreign = move_of(await bench.transfer_of(head.id), State.DELIVERED)
    await raises(
        ValueError, bench.store.apply(Change(bench.now, other, moves=(foreign,)))
    )
    equal(await bench.states(head.id), ["sending"])


@case
async def an_attempt_under_way_is_cancelled_only_when_nothing_left(
    bench: Bench,
) -> None:
    """Who cancels it knows by its own answer that the agency has nothing."""
    head, after = bench.transfer(), bench.transfer()
    dossier_id = await bench.accepted(head, after)
    await bench.claim()
    sending = await bench.transfer_of(head.id)
    move = move_of(sending, State.CANCELLED, fate=Fate.MAY_HAVE_LEFT, named_by="x")
    await raises(
        ValueError, bench.store.apply(Change(bench.now, dossier_id, moves=(move,)))
    )
    await bench.move(head.id, State.CANCELLED, fate=Fate.NOT_LEFT, named_by="x")
    equal(await bench.states(head.id, after.id), ["cancelled", "due"])


@case
async def adding_while_the_head_closes_leaves_no_orphan(bench: Bench) -> None:
    """Whichever comes first: never does one wait behind nothing."""
    heads = [bench.transfer() for _ in range(40)]
    dossiers = [await bench.accepted(head) for head in heads]
    claimed = await bench.claim(room=100)
    equal(len(claimed), len(heads))
    added = [bench.transfer() for _ in heads]
    moves = [
        Change(
            bench.now,
            one.transfer.dossier_id,
            moves=(move_of(one.transfer, State.DELIVERED),),
        )
        for one in claimed
    ]
    adds = [
        Change(bench.now, dossier_id, transfers=(new,))
        for dossier_id, new in zip(dossiers, added, strict=True)
    ]
    mixed = [change for pair in zip(adds, moves, strict=True) for change in pair]
    turned = [*mixed[: len(mixed) // 2], *reversed(mixed[len(mixed) // 2 :])]
    await asyncio.gather(*(bench.store.apply(change) for change in turned))
    equal(await bench.states(*(new.id for new in added)), ["due"] * len(added))


@case
async def an_answered_transfer_frees_nobody_twice(bench: Bench) -> None:
    """It had closed with its delivery; the moment of that stays."""
    head, second = bench.transfer(), bench.transfer()
    await bench.accepted(head, second)
    await bench.claim()
    await bench.move(head.id, State.DELIVERED, after=bench.later(1800))
    delivered = await bench.transfer_of(head.id)
    equal((delivered.poll_at, delivered.finished_at), (bench.later(1800), bench.now))
    await bench.claim()
    bench.now = bench.later(60)
    await bench.move(head.id, State.ANSWERED)
    answered = await bench.transfer_of(head.id)
    equal((answered.poll_at, answered.finished_at), (None, delivered.finished_at))
    equal(await bench.states(second.id), ["sending"])
    holds(answered.named_by is None, "nobody cancelled it")
