"""What every store must do about files that are shut away."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.conformance.expect import equal
from gateway.conformance.store_making import case
from gateway.domain.identifiers import AttachmentId
from gateway.domain.journal import JournalLine
from gateway.ports.attachments import StoredAttachment
from gateway.ports.scanning import Quarantined

if TYPE_CHECKING:
    from gateway.conformance.store_making import Bench
    from gateway.domain.identifiers import DossierId


def _row(
    bench: Bench, n: int, *, blind: bytes = b"hash", by: str = "land-1", after: int = 0
) -> Quarantined:
    at = bench.later(after)
    return Quarantined(
        stored=StoredAttachment(AttachmentId(f"a_{n}"), f"{n:064}", 9, "", b"key"),
        blind=blind,
        sealed_digest=b"sealed",
        code="file_infected",
        signature="Test.Eicar",
        door="report",
        by=by,
        dossier_id=None,
        at=at,
        last_at=at,
    )


def _line(bench: Bench, n: int) -> JournalLine:
    return JournalLine("file_refused", bench.now, "gateway", {"file": f"a_{n}"})


@case
async def the_same_file_from_one_place_is_one_row_that_counts(bench: Bench) -> None:
    """What came first is kept; from another place it is another one."""
    store, first = bench.store, _row(bench, 1)
    equal(await store.confine(first, _line(bench, 1)), expected=True)
    again = _row(bench, 2, after=60)
    equal(await store.confine(again, _line(bench, 2)), expected=False)
    other = _row(bench, 3, by="land-2", after=30)
    equal(await store.confine(other, _line(bench, 3)), expected=True)
    kept = replace(first, last_at=bench.later(60), times=2)
    equal(await store.quarantined(before=None, limit=9), [kept, other])
    equal(await store.quarantined(before=bench.later(60), limit=9), [other])
    equal(await store.quarantined(before=None, limit=1), [kept])
    equal(await store.one_quarantined("a_1"), kept)
    equal(await store.one_quarantined("a_2"), None)


@case
async def of_many_at_once_one_is_kept_and_all_are_counted(bench: Bench) -> None:
    """However many nodes are sent the same file."""
    store = bench.store
    kept = await asyncio.gather(
        *(store.confine(_row(bench, n), _line(bench, n)) for n in range(12))
    )
    equal(sum(kept), 1)
    (row,) = await store.quarantined(before=None, limit=9)
    equal(row.times, 12)


@case
async def a_file_of_a_dossier_is_told_in_its_chain_once(bench: Bench) -> None:
    """A line of its own, and none where the file came before."""
    dossier = await bench.accepted()
    for n in (1, 2):
        row = replace(_row(bench, n), dossier_id=dossier)
        await bench.store.confine(row, _line(bench, n))
    equal(await _told(bench, dossier), ["a_1"])
    (row,) = await bench.store.quarantined(before=None, limit=9)
    equal(row.dossier_id, dossier)


async def _told(bench: Bench, dossier: DossierId) -> list[str]:
    lines = [one.line for one in await bench.store.journal(dossier)]
    return [str(one.facts["file"]) for one in lines if one.kind == "file_refused"]


@case
async def a_file_that_is_shut_away_is_no_orphan(bench: Bench) -> None:
    """Until its row goes; then whoever asked is given the file to delete."""
    store, row = bench.store, _row(bench, 1)
    await store.confine(row, _line(bench, 1))
    names = [row.stored.name, "0" * 64]
    equal(await store.unnamed(names), ["0" * 64])
    equal(await store.count_files(), 1)
    ended = JournalLine("quarantine_ended", bench.now, "gateway", {"file": "a_1"})
    equal(await store.end_quarantined("a_1", ended), row.stored)
    equal(await store.end_quarantined("a_1", ended), None)
    equal(await store.unnamed(names), names)


@case
async def what_came_last_before_a_moment_is_named_oldest_first(bench: Bench) -> None:
    """As many as asked for; one that came again counts from then."""
    store = bench.store
    for n in range(4):
        row = _row(bench, n, blind=b"%d" % n, after=n * 10)
        await store.confine(row, _line(bench, n))
    await store.confine(_row(bench, 9, blind=b"0", after=500), _line(bench, 9))
    equal(await store.old_quarantined(bench.later(30), limit=9), ["a_1", "a_2"])
    equal(await store.old_quarantined(bench.later(30), limit=1), ["a_1"])
