"""What every store must do about signed messages that came already."""

from __future__ import annotations

import asyncio

from gateway.conformance.expect import equal
from gateway.conformance.store_making import Bench, case


@case
async def what_an_id_said_first_is_what_it_said(bench: Bench) -> None:
    """Whatever it says later; ids of others are others."""
    store = bench.store
    equal(await store.remember(b"1", b"a", bench.now), b"a")
    equal(await store.remember(b"1", b"b", bench.later(60)), b"a")
    equal(await store.remember(b"1", b"a", bench.later(60)), b"a")
    equal(await store.remember(b"2", b"b", bench.now), b"b")


@case
async def of_many_at_once_all_hear_of_the_same_one(bench: Bench) -> None:
    """None of two different messages of one id is taken for the first by both."""
    store, said = bench.store, [b"%d" % n for n in range(12)]
    heard = await asyncio.gather(
        *(store.remember(b"1", one, bench.now) for one in said)
    )
    equal(len(set(heard)), 1)
    equal(heard[0] in said, expected=True)


@case
async def what_is_older_than_a_moment_is_forgotten(bench: Bench) -> None:
    """As many as asked for, the oldest first; what is forgotten may be said anew."""
    store = bench.store
    for n in range(3):
        await store.remember(b"%d" % n, b"a", bench.later(n))
    await store.remember(b"9", b"a", bench.later(100))
    equal(await store.forget(bench.later(50), limit=2), 2)
    equal(await store.forget(bench.later(50), limit=2), 1)
    equal(await store.forget(bench.later(50), limit=2), 0)
    equal(await store.remember(b"1", b"b", bench.later(101)), b"b")
    equal(await store.remember(b"9", b"b", bench.later(101)), b"a")
