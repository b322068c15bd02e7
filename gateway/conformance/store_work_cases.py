"""What every store must do about work lists, and about entries that stand in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from gateway.conformance.expect import equal, raises, there
from gateway.conformance.store_making import OFFICE, Bench, case, following, move_of
from gateway.domain.case import End
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.fallback import Fallback
from gateway.domain.identifiers import OfficeId, PrincipalId, TransferId
from gateway.domain.principal import EVERYTHING, Principal, Role, Scope
from gateway.domain.transfer import TO_BE_FETCHED, Fate, State
from gateway.ports.store import Change

BY_HAND = OfficeId("land-1-by-hand")


async def _ready(bench: Bench) -> TransferId:
    new = bench.transfer()
    await bench.accepted(new)
    await bench.claim()
    await bench.move(
        new.id,
        State.UNCONFIRMED,
        fate=Fate.NOT_LEFT,
        after=bench.later(3600),
        cause=TO_BE_FETCHED,
    )
    return new.id


async def _hand(bench: Bench, after: int = 0, limit: int = 9) -> list[str]:
    held = await bench.store.in_hand(OFFICE, after=after, limit=limit)
    return [one.transfer.id for one in held]


async def _end(bench: Bench, identifier: TransferId) -> None:
    transfer = await bench.transfer_of(identifier)
    row = await bench.store.dossier(transfer.dossier_id, EVERYTHING)
    ended = following(there(row).case, end=End.FINISHED, ended_at=bench.now)
    await bench.store.apply(Change(bench.now, transfer.dossier_id, case=ended))


@case
async def an_office_has_in_hand_what_it_was_shown(bench: Bench) -> None:
    """Acknowledged or not, until its dossier has ended."""
    first, second = [await _ready(bench) for _ in range(2)]
    equal(await _hand(bench), [])
    lying = await bench.store.lying(OFFICE, limit=9)
    equal([one.transfer.id for one in lying], [first, second])
    equal((await bench.transfer_of(first)).fate, Fate.NOT_LEFT)
    await bench.store.hand_out(OFFICE, after=0, limit=9, now=bench.now)
    await bench.move(first, State.DELIVERED)
    equal(await _hand(bench), [first, second])
    equal(await _hand(bench, 1), [second])
    equal(await _hand(bench, 0, 1), [first])
    lying = await bench.store.lying(OFFICE, limit=9)
    equal([one.transfer.id for one in lying], [second])
    await _end(bench, first)
    await _end(bench, second)
    equal(await _hand(bench), [second])
    await bench.move(second, State.DELIVERED)
    equal(await _hand(bench), [])


def _fallback(bench: Bench) -> Fallback:
    return Fallback(bench.name("fb"), OFFICE, BY_HAND, bench.now, "admin-1", "mất mạng")


@case
async def one_entry_stands_in_at_a_time(bench: Bench) -> None:
    """A second one is refused until the first has ended; both are remembered."""
    line = bench.line("fallback")
    first, second = _fallback(bench), _fallback(bench)
    await bench.store.set_fallback(first, line)
    await raises(ChangedMeanwhile, bench.store.set_fallback(second, line))
    ended = replace(first, over_at=bench.later(60))
    await bench.store.set_fallback(ended, line)
    await raises(ChangedMeanwhile, bench.store.set_fallback(ended, line))
    await bench.store.set_fallback(second, line)
    equal(list(await bench.store.fallbacks()), [ended, second])


@case
async def what_has_not_left_goes_to_another_entry(bench: Bench) -> None:
    """It is due there at once, as if never tried; those behind it keep their place."""
    new, behind = bench.transfer(), bench.transfer(kind="supplement")
    await bench.accepted(new, behind)
    await bench.claim()
    await bench.move(new.id, State.DUE, fate=Fate.NOT_LEFT, after=bench.later(900))
    present = await bench.transfer_of(new.id)
    move = replace(
        move_of(present, State.WAITING),
        fate=Fate.NOT_LEFT,
        unshown=True,
        office=BY_HAND,
    )
    await bench.store.apply(Change(bench.now, present.dossier_id, moves=(move,)))
    moved = await bench.transfer_of(new.id)
    equal((moved.office, moved.state, moved.due_at), (BY_HAND, State.DUE, bench.now))
    equal(moved.first_sent_at, None)
    equal(await bench.states(new.id, behind.id), ["due", "waiting"])
    equal([one.transfer.id for one in await bench.claim()], [])
    equal([one.transfer.id for one in await bench.claim(BY_HAND)], [new.id])


@case
async def what_may_have_left_stays_where_it_is(bench: Bench) -> None:
    """Also where it is to be sent again, since its office counts a repeat once."""
    new = bench.transfer()
    await bench.accepted(new)
    await bench.claim()
    await bench.move(new.id, State.DUE, fate=Fate.MAY_HAVE_LEFT, after=bench.now)
    present = await bench.transfer_of(new.id)
    move = replace(
        move_of(present, State.WAITING),
        fate=Fate.NOT_LEFT,
        unshown=True,
        office=BY_HAND,
    )
    change = Change(bench.now, present.dossier_id, moves=(move,))
    await raises(ChangedMeanwhile, bench.store.apply(change))
    shown = replace(move, unshown=False)
    change = Change(bench.now, present.dossier_id, moves=(shown,))
    await raises(ValueError, bench.store.apply(change))
    equal((await bench.transfer_of(new.id)).office, OFFICE)


@case
async def officers_are_listed_with_the_last_day_of_their_codes(bench: Bench) -> None:
    """Nobody else is; one that was given anew has the newer code's day."""
    first, second = (
        Principal(PrincipalId(f"officer:{n}"), n, Role.OFFICER, Scope(), office=OFFICE)
        for n in ("a", "b")
    )
    other = Principal(PrincipalId("reader"), "r", Role.READER, Scope(everything=True))
    for n, one in enumerate((second, first, other)):
        await bench.store.set_principal(one, f"hash-{n}".encode())
    newer = replace(second, until=date(2027, 3, 14))
    await bench.store.set_principal(newer, b"hash-9")
    equal(list(await bench.store.officers()), [first, newer])
    equal(await bench.store.principal(b"hash-9"), newer)
