"""What attachments do wherever they lie: whole and durable, or not there."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.conformance.attachment_making import (
    BATCH,
    CHUNK_BYTES,
    LIMIT,
    MARKER,
    STEP,
    TAG_BYTES,
    case,
    content,
    pieces,
)
from gateway.conformance.expect import equal, holds, raises
from gateway.domain.errors import StoreUnavailable, TooLarge
from gateway.domain.identifiers import AttachmentId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.conformance.attachment_making import FileBench


def same(found: object, expected: object) -> None:
    """Both are the same; megabytes of them are not shown."""
    holds(found == expected, "what comes back is what was put away")


SIZES = (
    0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES,
    BATCH - 1, BATCH, BATCH + 1, 2 * BATCH, 2 * BATCH + CHUNK_BYTES + 7,
)  # fmt: skip
ALTERED = "the file is not what was put away"
DAY_S = 86_400.0


@case
async def a_file_of_every_size_comes_back(bench: FileBench) -> None:
    """Around every border of chunks and of pieces; sealed as on every other shelf."""
    for size in SIZES:
        plain = content(size)
        stored = await bench.put(plain)
        same(await bench.read(stored), plain)
        equal(stored.size_bytes, size)
        equal(stored.sha256, hashlib.sha256(plain).hexdigest())
        chunks = max(1, -(-size // CHUNK_BYTES))
        equal(len(bench.place.sealed(stored.name)), size + chunks * TAG_BYTES)


@case
async def it_does_not_matter_in_what_pieces_a_file_comes(bench: FileBench) -> None:
    """Byte by byte from a line, or all at once."""
    plain = content(3 * BATCH + 1)
    for piece in (1000, CHUNK_BYTES, len(plain)):
        stored = await bench.put(plain, piece=piece)
        same(await bench.read(stored), plain)


@case
async def what_was_put_is_there_for_every_other_process(bench: FileBench) -> None:
    """As soon as it was promised."""
    others = bench.again()
    for size in (0, 20_000, 2 * BATCH):
        stored = await bench.put(content(size))
        same(await bench.read(stored, others), content(size))


@case
async def nothing_that_lies_there_shows_its_content(bench: FileBench) -> None:
    """Neither afterwards nor while it comes in."""
    plain, seen = content(4 * BATCH), []

    async def watched() -> AsyncIterator[bytes]:
        async for piece in pieces(plain, BATCH):
            yield piece
            seen.extend(await asyncio.to_thread(bench.place.lying))

    stored = await bench.files.put(watched(), limit_bytes=LIMIT)
    holds(seen, "pieces lie there before the file is whole")
    seen.append(bench.place.sealed(stored.name))
    holds(MARKER in plain, "the content is told by its marker")
    equal([one for one in seen if MARKER[:12] in one], [])


@case
async def equal_files_have_nothing_in_common(bench: FileBench) -> None:
    """Not even their names tell that they are equal."""
    one, two = await asyncio.gather(*(bench.put(content(9000)) for _ in range(2)))
    equal(one.sha256, two.sha256)
    holds(one.id != two.id and one.name != two.name, "they are told apart")
    first, second = (bench.place.sealed(stored.name) for stored in (one, two))
    holds(first != second, "sealed, they differ")
    for stored in (one, two):
        equal(await bench.read(stored), content(9000))


def altered(sealed: bytes) -> dict[str, bytes]:
    """Three chunks, treated in every way that leaves whole chunks whole, or not."""
    one, two, three = sealed[:STEP], sealed[STEP : 2 * STEP], sealed[2 * STEP :]
    return {
        "one bit": sealed[:100] + bytes([sealed[100] ^ 1]) + sealed[101:],
        "one bit of the last chunk": sealed[:-1] + bytes([sealed[-1] ^ 1]),
        "two chunks exchanged": two + one + three,
        "one chunk twice": one + one + three,
        "the last one missing": one + two,
        "the first one missing": two + three,
        "cut": sealed[:-1],
        "cut to nothing": b"",
        "longer": sealed + b"\x00",
        "one chunk more": one + two + two + three,
    }


@case
async def an_altered_file_is_not_read_to_its_end(bench: FileBench) -> None:
    """Chunks changed, moved, dropped or added are told, whoever did it."""
    plain = content(2 * CHUNK_BYTES + 50)
    stored = await bench.put(plain)
    sealed = bench.place.sealed(stored.name)
    for how, instead in altered(sealed).items():
        bench.place.put_back(stored.name, instead)
        error = await raises(ValueError, bench.read(stored))
        equal((how, str(error)), (how, ALTERED))
    bench.place.put_back(stored.name, sealed)
    same(await bench.read(stored), plain)


@case
async def of_a_file_of_another_length_not_a_byte_is_given_out(
    bench: FileBench,
) -> None:
    """Its length is looked at first."""
    stored = await bench.put(content(3 * BATCH))
    sealed = bench.place.sealed(stored.name)
    for change in (-STEP, -1, 1):
        bench.place.put_back(stored.name, (sealed + b"\x00")[: len(sealed) + change])
        opened = bench.files.open(stored, bench.keys)
        equal(str(await raises(ValueError, anext(opened))), ALTERED)


@case
async def a_file_in_the_place_of_another_is_not_read(bench: FileBench) -> None:
    """Though both are ours and whole."""
    one, two = await bench.put(content(9000)), await bench.put(content(9000)[::-1])
    first, second = (bench.place.sealed(stored.name) for stored in (one, two))
    bench.place.put_back(one.name, second)
    bench.place.put_back(two.name, first)
    for stored in (one, two):
        equal(str(await raises(ValueError, bench.read(stored))), ALTERED)


@case
async def a_row_that_was_altered_opens_nothing(bench: FileBench) -> None:
    """Nor does one that names something outside."""
    one, two = await bench.put(content(9000)), await bench.put(content(9000))
    changes: list[dict[str, Any]] = [
        {"id": AttachmentId("a_other")}, {"id": two.id}, {"name": two.name},
        {"size_bytes": 8999}, {"sealed_key": two.sealed_key},
        {"sealed_key": b""}, {"name": "../../keys/master.key"}, {"name": ""},
    ]  # fmt: skip
    for change in changes:
        await raises(ValueError, bench.read(replace(one, **change)))
    equal(await bench.read(one), content(9000))


@case
async def a_small_file_is_given_at_once_or_has_to_be_opened(bench: FileBench) -> None:
    """Where it is given, it is all of it; a larger one never is."""
    for size in (0, 1, CHUNK_BYTES):
        stored = await bench.put(content(size))
        plain = bench.files.at_once(stored, bench.keys)
        holds(plain in {None, content(size)}, "all of it, or it has to be opened")
    stored = await bench.put(content(CHUNK_BYTES + 1))
    equal(bench.files.at_once(stored, bench.keys), None)


@case
async def over_the_limit_nothing_is_kept(bench: FileBench) -> None:
    """And what is over it is not read on."""
    for size in (20_000, 3 * BATCH):
        plain = content(size)
        await raises(TooLarge, bench.files.put(pieces(plain), limit_bytes=size - 1))
        equal(bench.place.lying(), [])
        stored = await bench.files.put(pieces(plain), limit_bytes=size)
        equal(stored.size_bytes, size)
        await bench.files.delete(stored.name)
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield bytes(CHUNK_BYTES)

    await raises(TooLarge, bench.files.put(endless(), limit_bytes=5 * CHUNK_BYTES))
    equal(given, 6)


@case
async def a_source_that_breaks_off_leaves_nothing(bench: FileBench) -> None:
    """The sender's trouble stays the sender's: it says nothing about the shelf."""

    async def broken(after: int) -> AsyncIterator[bytes]:
        async for piece in pieces(content(after)):
            yield piece
        raise ConnectionResetError("the sender has gone")

    for after in (0, 20_000, 3 * BATCH):
        put = bench.files.put(broken(after), limit_bytes=LIMIT)
        await raises(ConnectionResetError, put)
        equal((bench.place.lying(), await bench.names()), ([], []))


@case
async def a_caller_that_goes_away_leaves_nothing(bench: FileBench) -> None:
    """Also of what was written already."""
    for after in (20_000, 3 * BATCH):
        waiting = asyncio.Event()

        async def slow(after: int, waiting: asyncio.Event) -> AsyncIterator[bytes]:
            async for piece in pieces(content(after)):
                yield piece
            waiting.set()
            await asyncio.Event().wait()

        put = bench.files.put(slow(after, waiting), limit_bytes=LIMIT)
        task = asyncio.ensure_future(put)
        await waiting.wait()
        task.cancel()
        await raises(asyncio.CancelledError, task)
        equal(bench.place.lying(), [])


@case
async def wherever_a_caller_goes_away_the_file_is_whole_or_not_there(
    bench: FileBench,
) -> None:
    """A thread that is in the middle of it undoes it afterwards."""
    plain, kept = content(2 * BATCH), 0
    for turns in range(12):
        task = asyncio.ensure_future(bench.put(plain))
        for _ in range(turns):
            await asyncio.to_thread(int)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        if not task.cancelled():
            kept += 1
            same(await bench.read(task.result()), plain)
    async with asyncio.timeout(20):
        while len(await asyncio.to_thread(bench.place.lying)) > kept:
            await asyncio.to_thread(int)
    equal(len(await bench.names()), kept)


@case
async def a_full_shelf_keeps_nothing_and_says_so(bench: FileBench) -> None:
    """Once there is room again, all is well again."""
    for size, room in ((20_000, 100), (3 * BATCH, BATCH + BATCH // 2)):
        with bench.place.full(room):
            error = await raises(StoreUnavailable, bench.put(content(size)))
        equal(error.code, "store_unavailable")
        equal(bench.place.lying(), [])
        stored = await bench.put(content(size))
        same(await bench.read(stored), content(size))
        await bench.files.delete(stored.name)


@case
async def a_shelf_that_is_away_is_told_as_such_and_comes_back(
    bench: FileBench,
) -> None:
    """Nothing is put elsewhere, and a file that cannot be reached is not a lost one."""
    small, large = await bench.put(content(90)), await bench.put(content(2 * BATCH))
    with bench.place.away():
        for size in (20_000, 3 * BATCH):
            await raises(StoreUnavailable, bench.put(content(size)))
        for stored in (small, large):
            await raises(StoreUnavailable, bench.read(stored))
            await raises(StoreUnavailable, bench.files.delete(stored.name))
        await raises(StoreUnavailable, bench.names())
    equal(len(bench.place.lying()), 2)
    equal(await bench.read(small), content(90))
    same(await bench.read(large), content(2 * BATCH))
    equal(await bench.read(await bench.put(content(70))), content(70))


@case
async def deleting_twice_is_no_error(bench: FileBench) -> None:
    """Nothing else goes with it; whoever has the row is told that it is lost."""
    kept = await bench.put(content(11))
    for size in (10, 2 * BATCH):
        stored = await bench.put(content(size))
        await bench.files.delete(stored.name)
        await bench.files.delete(stored.name)
        equal(await bench.names(), [kept.name])
        equal(str(await raises(ValueError, bench.read(stored))), ALTERED)
    equal(len(bench.place.lying()), 1)
    await raises(ValueError, bench.files.delete("../outside"))


@case
async def names_are_told_by_when_files_were_put(bench: FileBench) -> None:
    """Each once, by the seconds that files carry."""
    before = await bench.files.as_of()
    stored = [await bench.put(content(10 + i)) for i in range(5)]
    after = await bench.files.as_of()
    names = [one.name for one in stored]
    equal(await bench.names(), sorted(names))
    equal(await bench.names(before - 60, after + 60), sorted(names))
    equal(await bench.names(until=before - 60), [])
    equal(await bench.names(since=after + 60), [])
    bench.place.age(names[0], 10 * DAY_S)
    bench.place.age(names[1], 5 * DAY_S)
    equal(await bench.names(until=after - DAY_S), sorted(names[:2]))
    equal(await bench.names(after - 7 * DAY_S, after - DAY_S), [names[1]])
    holds(before <= after, "it goes on")


@case
async def what_a_dead_process_left_is_swept_and_what_another_writes_is_not(
    bench: FileBench,
) -> None:
    """Nobody sees either of them among the files."""
    kept = await bench.put(content(10))
    bench.place.leave_unfinished(2 * DAY_S)
    bench.place.leave_unfinished(DAY_S / 2)
    equal(await bench.names(), [kept.name])
    equal(len(bench.place.lying()), 3)
    equal(await bench.files.sweep(), 1)
    equal(await bench.files.sweep(), 0)
    equal(len(bench.place.lying()), 2)
    equal(await bench.read(kept), content(10))


@case
async def many_files_at_once_are_all_kept(bench: FileBench) -> None:
    """More than there are threads."""
    plains = [content(size) for size in range(1, 200_000, 9_000)]
    stored = await asyncio.gather(*(bench.put(plain) for plain in plains))
    equal(len(bench.place.lying()), len(plains))
    read = await asyncio.gather(*(bench.read(one) for one in stored))
    same(read, plains)


@case
async def a_reader_that_stops_early_harms_nobody(bench: FileBench) -> None:
    """Others read on, and files are put as before."""
    stored = await bench.put(content(3 * BATCH))
    for _ in range(9):
        opened: Any = bench.files.open(stored, bench.keys)
        async with contextlib.aclosing(opened) as chunks:
            same(await anext(chunks), content(CHUNK_BYTES))
    same(await bench.read(stored), content(3 * BATCH))
