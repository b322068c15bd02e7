"""What every store does after it was restored: nothing that may have left goes unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.expect import equal, holds, there
from gateway.conformance.store_making import OFFICE, SENDER, Bench, case
from gateway.domain.identifiers import MessageKind
from gateway.domain.journal import JournalLine
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import OTHER, SAME, Fate, State
from gateway.ports.incarnations import Incarnation
from gateway.ports.store import Change

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.identifiers import DossierId
    from gateway.domain.transfer import Transfer

ASK_S = 60.0
IN_DOUBT = (State.UNCONFIRMED, Fate.MAY_HAVE_LEFT)


async def _restored(b: Bench, now: datetime) -> Incarnation:
    """Note a restore as the command does, then start as a gateway does."""
    noted = Incarnation(0, "", b.now, by="quan-tri", why="thử", marked_at=now)
    await b.store.note_incarnation(noted)
    return there(await b.store.begin_incarnation(now, {OFFICE: ASK_S}))


async def _only(b: Bench, dossier_id: DossierId) -> Transfer:
    (found,) = await b.store.transfers(dossier_id)
    return found


def _stands(one: Transfer, doubt: str) -> None:
    equal((one.state, one.fate), IN_DOUBT)
    equal((one.doubt, one.attempts), (doubt, 1))


@case
async def a_store_that_was_never_restored_begins_no_other_life(b: Bench) -> None:
    """Nothing is doubted, and no cursor changes."""
    dossier_id = await b.accepted(b.transfer())
    equal(await b.store.begin_incarnation(b.now, {}), None)
    equal(list(await b.store.incarnations()), [])
    one = await _only(b, dossier_id)
    equal((one.state, one.doubt), (State.DUE, None))
    equal(await b.store.count_doubted(), 0)


@case
async def what_was_due_at_the_point_is_asked_about_after_the_restore(b: Bench) -> None:
    """After one attempt timeout, and never sent as if it had not left."""
    dossier_id = await b.accepted(b.transfer())
    begun = await _restored(b, b.later(10))
    equal((begun.number, begun.doubted), (1, 1))
    one = await _only(b, dossier_id)
    _stands(one, SAME)
    equal(one.ask_at, b.later(10 + ASK_S))
    equal([t.id for t in await b.store.doubted("", 9)], [one.id])
    equal(await b.store.begin_incarnation(b.later(11), {}), None)


@case
async def what_waits_behind_is_asked_about_when_its_turn_comes(b: Bench) -> None:
    """Its head may have been settled long before, and it sent."""
    head, second = b.transfer(), b.transfer(kind=MessageKind("supplement"))
    await b.accepted(head, second)
    await _restored(b, b.later(10))
    await b.move(head.id, State.DELIVERED, fate=Fate.AGENCY_HAS_IT)
    behind = await b.transfer_of(second.id)
    _stands(behind, SAME)
    await b.move(second.id, State.DUE, fate=Fate.NOT_LEFT)
    sent = await b.transfer_of(second.id)
    equal((sent.state, sent.doubt), (State.DUE, None))


@case
async def a_doubt_stays_while_a_person_has_to_decide(b: Bench) -> None:
    """It goes with what they decide."""
    one = b.transfer()
    await b.accepted(one)
    await _restored(b, b.later(10))
    await b.move(one.id, State.PARKED, fate=Fate.MAY_HAVE_LEFT, cause="fate_unknown")
    equal((await b.transfer_of(one.id)).doubt, SAME)
    equal(await b.store.count_doubted(), 1)
    await b.move(one.id, State.DELIVERED, fate=Fate.AGENCY_HAS_IT)
    equal(await b.store.count_doubted(), 0)


@case
async def what_is_new_of_an_older_dossier_may_be_a_twin(b: Bench) -> None:
    """It begins as unconfirmed, is no first attempt, and is not shown to its office."""
    dossier_id = await b.accepted()
    await _restored(b, b.later(10))
    new, status = b.transfer(), b.status()
    await b.add(dossier_id, new, status)
    _stands(await b.transfer_of(new.id), OTHER)
    equal((await b.transfer_of(status.id)).state, State.DUE)
    equal(list(await b.store.hand_out(OFFICE, after=0, limit=9, now=b.now)), [])
    (claimed,) = await b.store.claim_enquiries(
        OFFICE, now=b.later(21), limit=9, again_s=ASK_S
    )
    equal(claimed.transfer.doubt, OTHER)


@case
async def what_begins_after_the_restore_is_not_doubted(b: Bench) -> None:
    """Nobody sent anything of a dossier that did not exist."""
    await _restored(b, b.now)
    now = b.later(5)
    fresh = b.case(accepted_at=now)
    dossier_id = await b.accepted(b.transfer(), case=fresh, now=now)
    one = await _only(b, dossier_id)
    equal((one.state, one.doubt), (State.DUE, None))


@case
async def a_dossier_handed_in_again_is_doubted_by_when_it_was_received(
    b: Bench,
) -> None:
    """It may have been accepted in the lost life, too."""
    await _restored(b, b.now)
    now = b.later(5)
    facts = {"fingerprint": "00", "received_at": b.later(-60).isoformat()}
    again = b.case(accepted_at=now, facts=facts)
    dossier_id = await b.accepted(b.transfer(), case=again, now=now)
    _stands(await _only(b, dossier_id), OTHER)


@case
async def numbers_shown_to_offices_go_on_far_beyond(b: Bench) -> None:
    """One that was given in the lost life means nothing else now."""
    one = b.transfer()
    await b.accepted(one)
    await b.claim()
    await b.move(one.id, State.UNCONFIRMED, fate=Fate.NOT_LEFT, after=b.later(5))
    shown = await b.store.hand_out(OFFICE, after=0, limit=9, now=b.later(1))
    equal(len(shown), 1)
    before = await b.store.last_number(OFFICE)
    await _restored(b, b.later(10))
    holds(await b.store.last_number(OFFICE) > before + 1_000, "they go on")


@case
async def a_cursor_of_the_lost_life_goes_on_at_the_point(b: Bench) -> None:
    """What it had seen beyond was something else; no cursor is used twice."""
    line = JournalLine("status", b.now, SENDER, {"n": 1})
    dossier_id = await b.accepted(journal=(line,))
    await b.store.seal(now=b.now)
    (known,) = await b.store.feed(EVERYTHING, after=0, limit=9)
    await _restored(b, b.later(10))
    later = JournalLine("status", b.later(20), SENDER, {"n": 2})
    told_later = Change(now=b.later(20), dossier_id=dossier_id, journal=(later,))
    await b.store.apply(told_later)
    await b.store.seal(now=b.later(20))
    ahead = known.cursor + 500
    (told,) = await b.store.feed(EVERYTHING, after=ahead, limit=9)
    equal(told.facts, {"n": 2})
    holds(told.cursor > ahead, "cursors only rise")
    equal(list(await b.store.feed(EVERYTHING, after=told.cursor, limit=9)), [])
    whole = await b.store.feed(EVERYTHING, after=0, limit=9)
    equal([one.facts["n"] for one in whole], [1, 2])


@case
async def a_restore_is_acknowledged_once_and_statuses_count_further(b: Bench) -> None:
    """What is told from then on is newer than whatever the lost life told."""
    dossier_id = await b.accepted(b.transfer())
    begun = await _restored(b, b.later(10))
    line = JournalLine("restore_acknowledged", b.later(20), "quan-tri", {})
    given = (begun.number, "quan-tri", line)
    holds(await b.store.acknowledge_incarnation(*given), "the first does")
    holds(not await b.store.acknowledge_incarnation(*given), "the second does not")
    row = there(await b.store.dossier(dossier_id, EVERYTHING))
    holds(row.case.told >= 1_000, "they count further")
    equal(row.case.version, 2)
    (known,) = await b.store.incarnations()
    equal(known.acknowledged_by, "quan-tri")


@case
async def a_second_restore_is_another_life(b: Bench) -> None:
    """A cursor of either goes on where all lives were the same."""
    line = JournalLine("status", b.now, SENDER, {"n": 1})
    await b.accepted(journal=(line,))
    await b.store.seal(now=b.now)
    first = await _restored(b, b.later(10))
    second = await _restored(b, b.later(20))
    equal((first.number, second.number), (1, 2))
    (known,) = await b.store.feed(EVERYTHING, after=0, limit=9)
    equal(list(await b.store.feed(EVERYTHING, after=known.cursor, limit=9)), [])
