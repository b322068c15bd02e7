"""What every store must do for messages that lie ready until their office fetches them."""

from __future__ import annotations

import asyncio

from gateway.conformance.expect import equal, holds, raises, there
from gateway.conformance.store_making import OFFICE, Bench, case, move_of
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import OfficeId, TransferId
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import (
    FETCHED,
    NOT_ACKNOWLEDGED,
    NOT_FETCHED,
    TO_BE_FETCHED,
    Fate,
    State,
)
from gateway.domain.values import replace
from gateway.ports.store import Change

OTHER = OfficeId("land-2")


async def _ready(bench: Bench, office: OfficeId = OFFICE) -> TransferId:
    """A transfer that lies ready: an attempt ended as on its way, and nothing left."""
    new = bench.transfer(office=office)
    await bench.accepted(new)
    await bench.claim(office)
    await _lay(bench, new.id)
    return new.id


async def _lay(bench: Bench, identifier: str) -> None:
    await bench.move(
        identifier,
        State.UNCONFIRMED,
        fate=Fate.NOT_LEFT,
        after=bench.later(3600),
        cause=TO_BE_FETCHED,
    )


async def _page(
    bench: Bench, after: int = 0, limit: int = 10, office: OfficeId = OFFICE
) -> list[tuple[int, TransferId]]:
    found = await bench.store.hand_out(office, after=after, limit=limit, now=bench.now)
    return [(one.number, one.claimed.transfer.id) for one in found]


@case
async def what_lies_ready_is_shown_until_it_is_acknowledged(bench: Bench) -> None:
    """In the order in which it was first shown, and to its office alone."""
    first, second = [await _ready(bench) for _ in range(2)]
    elsewhere = await _ready(bench, OTHER)
    equal(await _page(bench), [(1, first), (2, second)])
    equal(await _page(bench), [(1, first), (2, second)])
    equal(await _page(bench, office=OTHER), [(1, elsewhere)])
    await bench.move(first, State.DELIVERED)
    equal(await _page(bench), [(2, second)])
    equal(await _page(bench, office=OfficeId("nobody")), [])


@case
async def showing_is_what_sends(bench: Bench) -> None:
    """Until then nothing has left; afterwards it may have, with a row that says when."""
    one = await _ready(bench)
    equal((await bench.transfer_of(one)).fate, Fate.NOT_LEFT)
    await bench.store.lies_ready(OFFICE)
    equal((await bench.transfer_of(one)).fate, Fate.NOT_LEFT)
    bench.now = bench.later(60)
    ((_, shown),) = await _page(bench)
    equal(shown, one)
    await _page(bench)
    present = await bench.transfer_of(one)
    equal((present.fate, present.cause), (Fate.MAY_HAVE_LEFT, FETCHED))
    (kept,) = await bench.store.attempts(one)
    equal((kept.record.purpose, kept.record.started_at), ("fetch", bench.now))


@case
async def a_page_goes_on_behind_a_number(bench: Bench) -> None:
    """Also while more come, and once those before have gone."""
    ids = [await _ready(bench) for _ in range(5)]
    equal(await _page(bench, 0, 2), [(1, ids[0]), (2, ids[1])])
    late = await _ready(bench)
    await bench.move(ids[0], State.DELIVERED)
    equal(await _page(bench, 2, 2), [(3, ids[2]), (4, ids[3])])
    equal(await _page(bench, 4, 9), [(5, ids[4]), (6, late)])
    equal(await _page(bench, 6, 9), [])
    equal([one for _, one in await _page(bench, 0, 9)], [*ids[1:], late])


@case
async def the_last_number_is_the_highest_ever_given(bench: Bench) -> None:
    """Also when nothing with it lies there any more; each office has its own."""
    equal(await bench.store.last_number(OFFICE), 0)
    one = await _ready(bench)
    equal(await bench.store.last_number(OFFICE), 0)
    await _page(bench)
    await bench.move(one, State.DELIVERED)
    equal(await _page(bench), [])
    equal(await bench.store.last_number(OFFICE), 1)
    equal(await bench.store.last_number(OTHER), 0)


@case
async def what_lies_ready_anew_is_shown_behind_all_others(bench: Bench) -> None:
    """A cursor that had passed it would miss it under its old number."""
    first, second = [await _ready(bench) for _ in range(2)]
    equal(await _page(bench), [(1, first), (2, second)])
    await bench.move(first, State.DUE, fate=Fate.NOT_LEFT, after=bench.now)
    await bench.claim()
    await _lay(bench, first)
    equal(await _page(bench, 2), [(3, first)])
    await bench.move(second, State.PARKED, fate=Fate.MAY_HAVE_LEFT, cause="x")
    equal(await _page(bench), [(3, first)])
    await bench.move(second, State.UNCONFIRMED, after=bench.later(60))
    equal(await _page(bench, 3), [(4, second)])


@case
async def several_who_look_at_once_see_the_same_numbers(bench: Bench) -> None:
    """And no number comes below one that anybody was given."""
    ids = {await _ready(bench) for _ in range(20)}
    pages = await asyncio.gather(*(_page(bench, 0, 20) for _ in range(6)))
    for page in pages:
        numbers = [number for number, _ in page]
        equal(numbers, sorted(set(numbers)))
    whole = await _page(bench, 0, 50)
    equal([number for number, _ in whole], list(range(1, 21)))
    equal({one for _, one in whole}, ids)
    for page in pages:
        holds(set(page) <= set(whole), "of the same list")


@case
async def what_was_shown_is_not_cancelled_as_unsent(bench: Bench) -> None:
    """Who decided that before the office looked has to decide anew."""
    one = await _ready(bench)
    before = await bench.transfer_of(one)
    cancel = replace(move_of(before, State.CANCELLED), unshown=True)
    change = Change(bench.now, before.dossier_id, moves=(cancel,))
    await _page(bench)
    await raises(ChangedMeanwhile, bench.store.apply(change))
    equal(await bench.states(one), ["unconfirmed"])
    fresh = await _ready(bench)
    present = await bench.transfer_of(fresh)
    cancel = replace(move_of(present, State.CANCELLED), unshown=True)
    await bench.store.apply(Change(bench.now, present.dossier_id, moves=(cancel,)))
    equal(await bench.states(fresh), ["cancelled"])
    equal([found for _, found in await _page(bench)], [one])


@case
async def a_withdrawal_overtakes_only_what_nobody_fetched(bench: Bench) -> None:
    """What was shown holds it until the office has said that it has it."""
    unseen = await _ready(bench)
    row = await bench.transfer_of(unseen)
    over = bench.transfer(kind="withdraw", overtakes=frozenset({"hand_over"}))
    await bench.add(row.dossier_id, over)
    equal(await bench.states(unseen, over.id), ["cancelled", "due"])
    seen = await _ready(bench)
    await _page(bench)
    row = await bench.transfer_of(seen)
    behind = bench.transfer(kind="withdraw", overtakes=frozenset({"hand_over"}))
    await bench.add(row.dossier_id, behind)
    equal(await bench.states(seen, behind.id), ["unconfirmed", "waiting"])
    await bench.move(seen, State.DELIVERED)
    equal(await bench.states(seen, behind.id), ["delivered", "due"])


@case
async def it_stands_still_only_once_its_office_is_late(bench: Bench) -> None:
    """Until then nobody has to look; then it says whether the office ever came."""
    never, came = await _ready(bench), await _ready(bench, OTHER)
    await _page(bench, office=OTHER)
    equal(await bench.store.still(EVERYTHING, after=None, limit=9), [])
    equal((await bench.store.counts(EVERYTHING))["unconfirmed"], 0)
    for one in (never, came):
        await bench.store.note_ready(one, overdue=True)
    rows = await bench.store.still(EVERYTHING, after=None, limit=9)
    equal(
        {(row.transfer_id, row.reason) for row in rows},
        {(never, NOT_FETCHED), (came, NOT_ACKNOWLEDGED)},
    )
    equal((await bench.store.counts(EVERYTHING))["unconfirmed"], 2)
    await _page(bench)
    equal((await bench.transfer_of(never)).cause, FETCHED)
    await bench.store.note_ready(came, overdue=False)
    equal((await bench.transfer_of(came)).cause, FETCHED)
    equal(await bench.store.still(EVERYTHING, after=None, limit=9), [])
    await bench.move(came, State.DELIVERED)
    await bench.store.note_ready(came, overdue=True)
    equal((await bench.transfer_of(came)).cause, None)


@case
async def counting_tells_since_when_the_oldest_lies_ready(bench: Bench) -> None:
    """From its attempt on, whether it was shown or not."""
    none = await bench.store.lies_ready(OFFICE)
    equal((none.count, none.since), (0, None))
    begun = bench.now
    await _ready(bench)
    bench.now = bench.later(60)
    await _ready(bench)
    await _page(bench, 0, 1)
    found = await bench.store.lies_ready(OFFICE)
    equal((found.count, there(found.since)), (2, begun))
