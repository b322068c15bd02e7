"""What every store must do about taking what is due, and after a crash."""

from __future__ import annotations

from datetime import timedelta

from gateway.conformance.expect import equal, holds, raises, there
from gateway.conformance.store_making import (
    LAND,
    LEASE_S,
    OFFICE,
    SENDER,
    Bench,
    case,
    move_of,
)
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import AttachmentId, OfficeId, TransferId
from gateway.domain.lane import BREAKER, Lane, LaneState
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import Fate, State, Transfer
from gateway.ports.attachments import StoredAttachment
from gateway.ports.store import AttachmentLink, Change, FetchJob, Gate

OTHER = OfficeId("land-2")


@case
async def a_claim_takes_the_oldest_due_up_to_its_room(bench: Bench) -> None:
    """Per office; only offices with a gate are looked at."""
    ids: dict[str, list[TransferId]] = {OFFICE: [], OTHER: []}
    for office in (OFFICE, OTHER, OFFICE, OFFICE, OTHER):
        new = bench.transfer(office=office)
        await bench.accepted(new)
        ids[office].append(new.id)
        bench.now = bench.later(1)
    gates = [Gate(OFFICE, 2), Gate(OTHER, 0)]
    taken = await bench.store.claim(gates, now=bench.now, node="n", lease_s=30)
    equal([one.transfer.id for one in taken], ids[OFFICE][:2])
    equal(await bench.store.claim((), now=bench.now, node="n", lease_s=30), ())
    rest = await bench.store.claim(
        [Gate(OFFICE, 9), Gate(OTHER, 9)], now=bench.now, node="n", lease_s=30
    )
    equal([one.transfer.id for one in rest], [ids[OFFICE][2], *ids[OTHER]])


@case
async def a_claimed_transfer_is_on_its_way(bench: Bench) -> None:
    """Its attempt counts, its lease has an end, its dossier comes along."""
    dossier_id = await bench.accepted(new := bench.transfer())
    (claimed,) = await bench.claim()
    transfer = claimed.transfer
    equal((transfer.id, transfer.state, transfer.attempts), (new.id, State.SENDING, 1))
    equal((transfer.first_sent_at, transfer.due_at), (bench.now, None))
    equal(transfer.lease_until, bench.later(30))
    holds(there(transfer.lease_by).startswith("node-1"), f"{transfer.lease_by}")
    equal(claimed.dossier, await bench.store.dossier(dossier_id, EVERYTHING))
    equal(await bench.claim(), [])
    sent_at, bench.now = bench.now, bench.later(100)
    await bench.move(new.id, State.DUE, after=bench.now)
    (again,) = await bench.claim()
    equal((again.transfer.attempts, again.transfer.first_sent_at), (2, sent_at))


@case
async def a_claim_brings_what_its_message_is_made_of(bench: Bench) -> None:
    """Numbers and files in order, the document of its revision; nothing of others."""
    await bench.accepted(bench.transfer(), references=(bench.reference(b"other"),))
    numbers = (bench.reference(b"a"), bench.reference(b"b", kind="so_bien_nhan"))
    files = tuple(
        AttachmentLink(
            StoredAttachment(AttachmentId(f"a_{i}"), f"{i:064}", 9, "", b"key"),
            "input", b"sealed", bytes(16),
        )
        for i in (2, 1)
    )  # fmt: skip
    change = bench.acceptance(
        bench.transfer(), bench.status(), references=numbers, attachments=files
    )
    await bench.store.apply(change)
    first, second = await bench.claim()
    equal(len(first.references), 1)
    equal(first.attachments, ())
    equal(there(first.document).id, first.dossier.document)
    equal(second.references, numbers)
    equal(second.attachments, files)
    equal(second.document, change.payloads[0])
    (told,) = await bench.claim(SENDER)
    equal((told.references, told.document, told.attachments), (numbers, None, ()))
    for one in (first, second, told):
        await bench.move(one.transfer.id, State.UNCONFIRMED, after=bench.now)
    asked = await bench.store.claim_enquiries(
        OFFICE, now=bench.now, limit=9, again_s=60
    )
    equal([one.attachments for one in asked], [(), files])
    equal([one.document for one in asked], [first.document, second.document])


@case
async def nothing_is_taken_before_its_moment(bench: Bench) -> None:
    """Neither to send nor to ask nor to poll."""
    one, two, three = (bench.transfer() for _ in range(3))
    for new in (one, two, three):
        await bench.accepted(new)
    await bench.claim()
    at = bench.later(50)
    await bench.move(one.id, State.DUE, after=at)
    await bench.move(two.id, State.UNCONFIRMED, after=at)
    await bench.move(three.id, State.DELIVERED, after=at)
    equal(await bench.store.due_offices(bench.now), [])
    equal(await bench.store.next_due(bench.now), at)
    equal(await _take_all(bench), [])
    bench.now = at
    equal(await bench.store.due_offices(at), [OFFICE])
    equal({one.id for one in await _take_all(bench)}, {one.id, two.id, three.id})


async def _take_all(bench: Bench) -> list[Transfer]:
    asked = await bench.store.claim_enquiries(
        OFFICE, now=bench.now, limit=9, again_s=60
    )
    polled = await bench.store.claim_polls(OFFICE, now=bench.now, limit=9, again_s=60)
    return [one.transfer for one in (*await bench.claim(), *asked, *polled)]


@case
async def an_enquiry_and_a_poll_move_their_moment_on(bench: Bench) -> None:
    """Up to the limit, the longest waiting first."""
    for i in range(3):
        await bench.accepted(bench.transfer())
        (claimed,) = await bench.claim()
        await bench.move(claimed.transfer.id, State.UNCONFIRMED, after=bench.later(i))
    bench.now = bench.later(5)
    first = await bench.store.claim_enquiries(
        OFFICE, now=bench.now, limit=2, again_s=60
    )
    equal([one.transfer.enquiries for one in first], [1, 1])
    equal([one.transfer.ask_at for one in first], [bench.later(60)] * 2)
    rest = await bench.store.claim_enquiries(OFFICE, now=bench.now, limit=9, again_s=60)
    equal(len(rest), 1)
    for one in (*first, *rest):
        await bench.store.apply(_delivered(bench, one.transfer))
    polls = bench.store.claim_polls
    polled = await polls(OFFICE, now=bench.now, limit=2, again_s=600)
    equal([one.transfer.poll_at for one in polled], [bench.later(600)] * 2)
    equal(len(await polls(OFFICE, now=bench.now, limit=9, again_s=600)), 1)
    equal(await polls(OFFICE, now=bench.now, limit=9, again_s=600), ())


@case
async def what_takes_long_is_asked_about_less_often(bench: Bench) -> None:
    """By a fortieth of the time since its delivery, and at least once a day."""
    await bench.accepted(bench.transfer())
    (claimed,) = await bench.claim()
    await bench.store.apply(_delivered(bench, claimed.transfer))
    start = bench.now
    for hours, wait_h in ((1, 4), (160, 4), (400, 10), (4000, 24)):
        bench.now = start + timedelta(hours=hours)
        (one,) = await bench.store.claim_polls(
            OFFICE, now=bench.now, limit=9, again_s=4 * 3600
        )
        equal(one.transfer.poll_at, bench.later(wait_h * 3600))


@case
async def a_poll_comes_no_later_than_a_change_wants_it(bench: Bench) -> None:
    """An earlier one keeps its moment, what is not polled is not woken."""
    dossier_id = await bench.accepted(bench.transfer())
    (claimed,) = await bench.claim()
    one = claimed.transfer
    await bench.store.apply(_delivered(bench, one))
    polls = bench.store.claim_polls
    equal(len(await polls(OFFICE, now=bench.now, limit=9, again_s=3600)), 1)
    bench.now = bench.later(60)
    equal(await polls(OFFICE, now=bench.now, limit=9, again_s=3600), ())
    soon = bench.later(30)
    wanted = Change(bench.now, dossier_id, polls=((one.id, soon),))
    later = Change(bench.now, dossier_id, polls=((one.id, bench.later(60)),))
    for change in (wanted, later):
        await bench.store.apply(change)
        equal(await bench.store.next_due(bench.now), soon)
    bench.now = soon
    equal(len(await polls(OFFICE, now=bench.now, limit=9, again_s=3600)), 1)
    (delivered,) = await bench.store.transfers(dossier_id)
    answered = move_of(delivered, State.ANSWERED)
    await bench.store.apply(Change(bench.now, dossier_id, moves=(answered,)))
    await bench.store.apply(wanted)
    equal([t.poll_at for t in await bench.store.transfers(dossier_id)], [None])


@case
async def an_enquiry_comes_at_once_when_a_change_wants_it(bench: Bench) -> None:
    """Whatever dossier it is of; what is not unconfirmed is not woken."""
    for _ in range(2):
        await bench.accepted(bench.transfer())
    one, other = await bench.claim()
    await bench.move(one.transfer.id, State.UNCONFIRMED, after=bench.later(600))
    await bench.store.apply(_delivered(bench, other.transfer))
    enquire = bench.store.claim_enquiries
    equal(await enquire(OFFICE, now=bench.now, limit=9, again_s=60), ())
    both = (one.transfer.id, other.transfer.id)
    await bench.store.apply(Change(bench.now, enquiries=both))
    equal(await bench.store.due_offices(bench.now), [OFFICE])
    asked = await enquire(OFFICE, now=bench.now, limit=9, again_s=60)
    equal([claimed.transfer.id for claimed in asked], [one.transfer.id])


def _delivered(bench: Bench, transfer: Transfer) -> Change:
    move = move_of(transfer, State.DELIVERED, after=bench.now)
    return Change(bench.now, transfer.dossier_id, moves=(move,))


@case
async def whoever_lost_its_lease_cannot_complete(bench: Bench) -> None:
    """Not even when the transfer is on its way again by the same node."""
    await bench.accepted(new := bench.transfer())
    (lost,) = await bench.claim()
    ask = {OFFICE: 45.0}
    await bench.store.recover(node="node-1", now=bench.now, ask_after_s=ask)
    await raises(ChangedMeanwhile, bench.store.apply(_delivered(bench, lost.transfer)))
    await bench.move(new.id, State.DUE, fate=Fate.NOT_LEFT)
    (again,) = await bench.claim()
    await raises(ChangedMeanwhile, bench.store.apply(_delivered(bench, lost.transfer)))
    equal(await bench.states(new.id), ["sending"])
    await bench.store.apply(_delivered(bench, again.transfer))
    equal(await bench.states(new.id), ["delivered"])


@case
async def the_answer_to_an_earlier_enquiry_is_late(bench: Bench) -> None:
    """Once it was asked anew, only the newer answer counts."""
    await bench.accepted(bench.transfer())
    (claimed,) = await bench.claim()
    await bench.move(claimed.transfer.id, State.UNCONFIRMED, after=bench.now)
    (early,) = await bench.store.claim_enquiries(
        OFFICE, now=bench.now, limit=9, again_s=0
    )
    (later,) = await bench.store.claim_enquiries(
        OFFICE, now=bench.now, limit=9, again_s=0
    )
    await raises(ChangedMeanwhile, bench.store.apply(_delivered(bench, early.transfer)))
    await bench.store.apply(_delivered(bench, later.transfer))


@case
async def after_a_crash_what_was_on_its_way_is_asked_about(bench: Bench) -> None:
    """It may have left; the enquiry waits as long as its office says, at least.

    Where another node may still believe in its lease, that is waited for, too.
    """
    one, two = bench.transfer(), bench.transfer(office=OTHER)
    await bench.accepted(one)
    await bench.accepted(two)
    await bench.accepted(still_due := bench.transfer())
    await bench.claim(room=1)
    await bench.claim(OTHER)
    bench.now = bench.later(7)
    ask = {OFFICE: 45.0, OTHER: 120.0}
    recover = bench.store.recover
    equal(await recover(node="node-1", now=bench.now, ask_after_s=ask), 2)
    equal(await recover(node="node-1", now=bench.now, ask_after_s=ask), 0)
    for new, wait in ((one, 45), (two, 120)):
        found = await bench.transfer_of(new.id)
        equal((found.state, found.fate), (State.UNCONFIRMED, Fate.MAY_HAVE_LEFT))
        equal(found.cause, "recovered")
        told = there(found.ask_at)
        late = bench.later(wait + LEASE_S)
        holds(bench.later(wait) <= told <= late, f"asked at {told}")
        equal((found.lease_by, found.lease_until), (None, None))
    equal(await bench.states(still_due.id), ["due"])


@case
async def the_next_moment_is_the_earliest_of_all_kinds(bench: Bench) -> None:
    """What is due already waits for room, not for time."""
    equal(await bench.store.next_due(bench.now), None)
    dossier_id = await bench.accepted(new := bench.transfer())
    equal(await bench.store.next_due(bench.now), None)
    equal(await bench.store.next_due(bench.later(-5)), bench.now)
    await bench.claim()
    await bench.move(new.id, State.DELIVERED, after=bench.later(300))
    job = FetchJob("f1", OFFICE, b"link", bench.later(200))
    await bench.store.apply(Change(bench.now, dossier_id, fetch=(job,)))
    equal(await bench.store.next_due(bench.now), bench.later(200))
    equal(await bench.store.next_due(bench.later(200)), bench.later(300))
    equal(await bench.store.due_offices(bench.later(300)), [OFFICE])


@case
async def a_file_is_fetched_until_it_is_here(bench: Bench) -> None:
    """Each try counts and moves the next one on."""
    dossier_id = await bench.accepted()
    job = FetchJob("f1", OFFICE, b"link", bench.now)
    await bench.store.apply(Change(bench.now, dossier_id, fetch=(job,)))
    fetches = bench.store.claim_fetches
    stopped = await fetches(now=bench.now, limit=9, again_s=900, but=[OFFICE])
    equal(stopped, ())
    ((found, row),) = await fetches(now=bench.now, limit=9, again_s=900)
    equal(
        (found.sealed_link, found.tries, row.case.dossier_id), (b"link", 1, dossier_id)
    )
    equal(found.due_at, bench.later(900))
    equal(await fetches(now=bench.now, limit=9, again_s=900), ())
    bench.now = bench.later(900)
    ((again, _),) = await fetches(now=bench.now, limit=9, again_s=900)
    equal(again.tries, 2)
    await bench.store.apply(Change(bench.now, dossier_id, fetched=("f1",)))
    equal(await fetches(now=bench.later(9999), limit=9, again_s=900), ())
    equal(await bench.store.next_due(bench.now), None)


@case
async def each_office_with_something_due_is_named_once(bench: Bench) -> None:
    """Whether to send, to ask or to poll."""
    await bench.accepted(bench.transfer(), bench.status())
    await bench.accepted(other := bench.transfer(office=OTHER))
    await bench.accepted(bench.transfer())
    equal(await bench.store.due_offices(bench.now), [OFFICE, OTHER, SENDER])
    await bench.claim(OTHER)
    equal(await bench.store.due_offices(bench.now), [OFFICE, SENDER])
    await bench.move(other.id, State.UNCONFIRMED, after=bench.now)
    equal(await bench.store.due_offices(bench.now), [OFFICE, OTHER, SENDER])
    equal((await bench.transfer_of(other.id)).agency, LAND)


@case
async def what_was_due_stays_due_when_the_wall_is_put_back(bench: Bench) -> None:
    """A send, an enquiry, a poll; what was to come later keeps its moment."""
    before = bench.now
    bench.now = bench.later(3600)
    due, asked, polled, retried = (bench.transfer() for _ in range(4))
    for new in (asked, polled, retried, due):
        await bench.accepted(new)
    claimed = {one.transfer.id for one in await bench.claim(room=3)}
    equal(claimed, {asked.id, polled.id, retried.id})
    await bench.move(asked.id, State.UNCONFIRMED, after=bench.now)
    await bench.move(polled.id, State.DELIVERED, after=bench.now)
    later = bench.later(60)
    await bench.move(retried.id, State.DUE, after=later)
    was, bench.now = bench.now, before
    equal(await bench.store.due_offices(bench.now), [])
    equal(await bench.store.wall_went_back(was, bench.now), 3)
    equal([one.transfer.id for one in await bench.claim()], [due.id])
    enquiries = await bench.store.claim_enquiries(
        OFFICE, now=bench.now, limit=9, again_s=60
    )
    equal([one.transfer.id for one in enquiries], [asked.id])
    polls = await bench.store.claim_polls(OFFICE, now=bench.now, limit=9, again_s=60)
    equal([one.transfer.id for one in polls], [polled.id])
    equal((await bench.transfer_of(retried.id)).due_at, later)


@case
async def a_rest_of_an_office_is_no_longer_when_the_wall_is_put_back(
    bench: Bench,
) -> None:
    """What is left of it is left; one that was over stays over."""
    ahead = bench.later(3600)
    for office, until in ((OFFICE, 3660), (OTHER, 3000), (SENDER, None)):
        at = None if until is None else bench.later(until)
        lane = Lane(office, LAND, LaneState.CLOSED, ahead, "timeout", BREAKER, at)
        await bench.store.set_lane(lane, bench.line("lane"))
    equal(await bench.store.wall_went_back(ahead, bench.now), 2)
    found = {lane.office: lane.resume_at for lane in await bench.store.lanes()}
    equal(found[OFFICE], bench.later(60))
    holds((found[OTHER] or ahead) <= bench.now, "its rest was over")
    equal(found[SENDER], None)
