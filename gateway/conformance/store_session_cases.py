"""What every store must do for tokens that nodes share."""

from __future__ import annotations

from gateway.conformance.expect import equal, holds, there
from gateway.conformance.store_making import Bench, case
from gateway.ports.sessions import Session

NAME = "platform/lgsp-mau"
LEASE_S = 60.0


async def _kept(bench: Bench, sealed: bytes, lives_s: float = 600) -> Session:
    """A token that a login has just given."""
    kept = Session(sealed, bench.later(lives_s))
    turn = await bench.store.begin_login(NAME, lease_s=LEASE_S)
    equal(turn.wait_s, 0.0)
    given = await bench.store.keep_session(NAME, turn.ticket, kept, now=bench.now)
    holds(given, "it is our turn")
    return kept


@case
async def a_session_is_read_back_as_it_was_kept(bench: Bench) -> None:
    """By its name alone, and the newest one."""
    equal(await bench.store.session(NAME), None)
    first = await _kept(bench, b"sealed 1")
    equal(await bench.store.session(NAME), first)
    second = await _kept(bench, b"sealed 2", 1200)
    equal(await bench.store.session(NAME), second)
    equal(await bench.store.session(NAME + "-2"), None)


@case
async def one_logs_in_at_a_time_under_a_name(bench: Bench) -> None:
    """Others are told how long it may take; another name waits for nobody."""
    ours = await bench.store.begin_login(NAME, lease_s=LEASE_S)
    theirs = await bench.store.begin_login(NAME, lease_s=LEASE_S)
    equal(ours.wait_s, 0.0)
    holds(0 < theirs.wait_s <= LEASE_S, "at most until the lease ends")
    equal((await bench.store.begin_login("other", lease_s=LEASE_S)).wait_s, 0.0)
    await bench.store.end_login(NAME, theirs.ticket)
    holds((await bench.store.begin_login(NAME, lease_s=1)).wait_s > 0, "still ours")
    await bench.store.end_login(NAME, ours.ticket)
    await bench.store.end_login(NAME, ours.ticket)
    equal((await bench.store.begin_login(NAME, lease_s=LEASE_S)).wait_s, 0.0)


@case
async def a_login_that_gave_a_token_lets_the_next_one_begin(bench: Bench) -> None:
    """Keeping it ends the turn."""
    await _kept(bench, b"sealed 1")
    equal((await bench.store.begin_login(NAME, lease_s=LEASE_S)).wait_s, 0.0)


@case
async def a_login_that_took_too_long_replaces_nobodys_token(bench: Bench) -> None:
    """Its lease had ended: the token of who came after it counts."""
    slow = await bench.store.begin_login(NAME, lease_s=0)
    newer = await _kept(bench, b"sealed by another")
    late = Session(b"sealed late", bench.later(9999))
    given = await bench.store.keep_session(NAME, slow.ticket, late, now=bench.now)
    holds(not given, "the turn was over")
    equal(await bench.store.session(NAME), newer)


@case
async def exactly_the_refused_token_is_dropped(bench: Bench) -> None:
    """Whoever comes with an older one leaves the newer where it is."""
    older = await _kept(bench, b"sealed 1")
    newer = await _kept(bench, b"sealed 2")
    await bench.store.drop_session(NAME, older)
    equal(await bench.store.session(NAME), newer)
    await bench.store.drop_session(NAME, newer)
    await bench.store.drop_session(NAME, newer)
    equal(await bench.store.session(NAME), None)


@case
async def tokens_that_have_expired_go_when_another_is_kept(bench: Bench) -> None:
    """Nothing lies about of an agency that nobody speaks to any more."""
    turn = await bench.store.begin_login("gone", lease_s=LEASE_S)
    past = Session(b"sealed", bench.later(10))
    await bench.store.keep_session("gone", turn.ticket, past, now=bench.now)
    there(await bench.store.session("gone"))
    bench.now = bench.later(11)
    living = await _kept(bench, b"sealed 2")
    equal(await bench.store.session("gone"), None)
    equal(await bench.store.session(NAME), living)
