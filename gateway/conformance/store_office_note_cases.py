"""What every store must do with the last words about offices."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.conformance.expect import equal
from gateway.conformance.store_making import case
from gateway.domain.identifiers import OfficeId

if TYPE_CHECKING:
    from gateway.conformance.store_making import Bench

LAND, TAX = OfficeId("land-1"), OfficeId("tax-1")


@case
async def the_last_word_about_an_office_is_known(bench: Bench) -> None:
    """Of each kind by itself; other marks are no words about offices."""
    await bench.store.set_mark("office/aa", "nothing of these")
    await bench.store.set_mark("office/checked/land-1", "another kind")
    await bench.store.note_offices("check", {LAND: "1", TAX: "2"})
    await bench.store.note_offices("check", {LAND: "3"})
    await bench.store.note_offices("check", {})
    await bench.store.note_offices("ok", {TAX: "4"})
    equal(dict(await bench.store.office_notes("check")), {LAND: "3", TAX: "2"})
    equal(dict(await bench.store.office_notes("ok")), {TAX: "4"})
    equal(dict(await bench.store.office_notes("none")), {})


@case
async def words_about_the_same_offices_may_come_at_once(bench: Bench) -> None:
    """Whoever comes last is heard; nobody waits for ever."""
    orders = ([LAND, TAX], [TAX, LAND]) * 4
    await asyncio.gather(
        *(
            bench.store.note_offices("ok", {one: str(turn) for one in order})
            for turn, order in enumerate(orders)
        )
    )
    kept = await bench.store.office_notes("ok")
    equal(sorted(kept), [LAND, TAX])
