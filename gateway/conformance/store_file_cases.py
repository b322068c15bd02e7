"""Uploads, the names of files, and what a store remembers of itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.conformance import (
    store_quarantine_cases,  # noqa: F401  its cases, too
    store_retention_cases,  # noqa: F401  the same
)
from gateway.conformance.expect import equal, raises, there
from gateway.conformance.store_making import SENDER, case
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import AttachmentId, OfficeId
from gateway.domain.principal import EVERYTHING
from gateway.ports.attachments import StoredAttachment
from gateway.ports.store import AttachmentLink, Upload

if TYPE_CHECKING:
    from gateway.conformance.store_making import Bench


@case
async def an_upload_is_used_by_its_owner_once(bench: Bench) -> None:
    """It is found by its keyed hash alone, and gone with the dossier that used it."""
    put = StoredAttachment(AttachmentId("a_1"), "name", 12, "ab" * 32, b"key")
    await bench.store.add_upload(Upload(put, SENDER, b"hash", bench.now))
    await bench.store.add_upload(Upload(put, SENDER, b"hash", bench.now))
    stored = replace(put, sha256="")
    upload = Upload(stored, SENDER, b"hash", bench.now)
    equal(await bench.store.uploads(SENDER, [b"hash", b"no"]), {b"hash": upload})
    equal(await bench.store.uploads(OfficeId("one-stop-2"), [b"hash"]), {})
    link = AttachmentLink(stored, "input", b"sealed name", b"hash")
    dossier_id = await bench.accepted(attachments=(link,), uploads_used=(upload,))
    equal(await bench.store.uploads(SENDER, [b"hash"]), {})
    equal(await bench.store.attachments(dossier_id), [link])
    late = bench.acceptance(attachments=(link,), uploads_used=(upload,))
    await raises(ChangedMeanwhile, bench.store.apply(late))
    equal(await bench.store.dossier(there(late.dossier_id), EVERYTHING), None)


@case
async def the_same_content_brought_twice_serves_two_dossiers(bench: Bench) -> None:
    """Each upload is one dossier's; who read one that is used by now decides anew."""
    old = StoredAttachment(AttachmentId("a_1"), "name", 12, "", b"key")
    new = StoredAttachment(AttachmentId("a_2"), "name 2", 12, "", b"key 2")
    for stored in (old, new):
        await bench.store.add_upload(Upload(stored, SENDER, b"hash", bench.now))
    first, then = (Upload(one, SENDER, b"hash", bench.now) for one in (new, old))
    equal(await bench.store.uploads(SENDER, [b"hash"]), {b"hash": first})
    await bench.accepted(uploads_used=(first,))
    late = bench.acceptance(uploads_used=(first,))
    await raises(ChangedMeanwhile, bench.store.apply(late))
    equal(await bench.store.uploads(SENDER, [b"hash"]), {b"hash": then})
    await bench.accepted(uploads_used=(then,))
    equal(await bench.store.uploads(SENDER, [b"hash"]), {})


@case
async def of_one_content_brought_again_and_again_the_newest_are_kept(
    bench: Bench,
) -> None:
    """A sender that never names what it brings fills no disk with it."""
    for i in range(40):
        stored = StoredAttachment(AttachmentId(f"a_{i}"), f"{i:064}", 9, "", b"key")
        await bench.store.add_upload(Upload(stored, SENDER, b"hash", bench.now))
    kept = 0
    while found := await bench.store.uploads(SENDER, [b"hash"]):
        await bench.accepted(uploads_used=(found[b"hash"],))
        kept += 1
    equal(kept, 32)


@case
async def uploads_end_oldest_first_and_used_ones_never(bench: Bench) -> None:
    """What has ended is used by nobody; names are told apart by who has them."""
    put = [
        StoredAttachment(AttachmentId(f"a_{i}"), f"{i:064}", 9, "", b"key")
        for i in range(5)
    ]
    uploads = [
        Upload(stored, SENDER, stored.id.encode(), bench.later(10 * i))
        for i, stored in enumerate(put)
    ]
    for upload in uploads:
        await bench.store.add_upload(upload)
    link = AttachmentLink(put[0], "input", b"sealed name", b"hash")
    await bench.accepted(attachments=(link,), uploads_used=(uploads[0],))
    ended = bench.store.end_uploads
    equal(await ended(before=bench.later(30), limit=1), put[1:2])
    equal(await ended(before=bench.later(30), limit=9), put[2:3])
    equal(await ended(before=bench.later(30), limit=9), [])
    names = [stored.name for stored in put]
    equal(await bench.store.unnamed([*names, "x"]), [*names[1:3], "x"])
    equal(await bench.store.unnamed([]), [])
    used = (uploads[1], uploads[3])
    late = bench.acceptance(attachments=(link,), uploads_used=used)
    await raises(ChangedMeanwhile, bench.store.apply(late))
    blinds = [stored.id.encode() for stored in put]
    left = await bench.store.uploads(SENDER, blinds)
    equal(set(left), {b"a_3", b"a_4"})


@case
async def a_mark_is_what_was_marked_last(bench: Bench) -> None:
    """One value per name, none before the first."""
    equal(await bench.store.mark("vân tay"), None)
    await bench.store.set_mark("vân tay", "một")
    await bench.store.set_mark("vân tay", "hai")
    await bench.store.set_mark("other", "x")
    equal(await bench.store.mark("vân tay"), "hai")


@case
async def of_marks_made_once_all_are_told_the_first(bench: Bench) -> None:
    """However many nodes begin at once, they agree."""
    given = [f"nút {i}" for i in range(20)]
    made = (bench.store.mark_once("kho tệp", value) for value in given)
    told = await asyncio.gather(*made)
    equal(len(set(told)), 1)
    equal(await bench.store.mark("kho tệp"), told[0])
    await bench.store.set_mark("kho tệp", "khác")
    equal(await bench.store.mark_once("kho tệp", "nữa"), "khác")


@case
async def the_newest_files_are_named_and_all_are_counted(bench: Bench) -> None:
    """Of uploads and of dossiers; one that several rows have counts once."""
    equal(await bench.store.newest_files(9), [])
    equal(await bench.store.count_files(), 0)
    put = [
        StoredAttachment(AttachmentId(f"a_{i}"), f"{i:064}", 9, "", b"key")
        for i in range(6)
    ]
    for stored in put[:3]:
        blind = stored.id.encode()
        await bench.store.add_upload(Upload(stored, SENDER, blind, bench.now))
    for of_dossier in (put[3:5], put[4:]):
        links = [
            AttachmentLink(one, "input", b"n", one.id.encode()) for one in of_dossier
        ]
        await bench.accepted(attachments=tuple(links))
    names = [stored.name for stored in put]
    equal(await bench.store.count_files(), 6)
    equal(set(await bench.store.newest_files(9)), set(names))
    equal(set(await bench.store.newest_files(2)), {*names[1:3], *names[4:]})
