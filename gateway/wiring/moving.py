"""Moves a store's files to another place, and lets it take up the place that it has.

The gateway does not run meanwhile. What lies there is copied as it is, sealed; the
old place is closed first, by another identity, so that no node writes there any more.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway import settings as settings_module
from gateway.domain.errors import StoreError, StoreUnavailable
from gateway.store.postgres.chunks import ChunkShelf
from gateway.vault.attachments import CHUNK_BYTES
from gateway.vault.folder import FolderShelf
from gateway.wiring.attachments import EVER, MARK, FileStore, Place, holder_of, shelf_of
from gateway.wiring.ports import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from gateway.ports.shelf import Shelf
    from gateway.settings import Settings

#: Bytes that are in hand at once, and names that the store is asked about at once.
AT_ONCE = 16 * CHUNK_BYTES
PAGE = 1_000
DATABASE = "postgresql"
#: Before the identity of a place that was left.
LEFT = "left-"
_INCOMPLETE = (
    "Kho tệp thiếu tệp của hồ sơ: tìm lại tệp thiếu, hoặc chạy lại với --despite-losses"
    " để chấp nhận mất. Cổng vẫn dùng kho tệp cũ."
)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many files the place has that the store knows, and how many it lacks."""

    known: int
    missing: int
    copied: int = 0


async def copy_files(
    path: Path, source: str, *, losses: bool, told: Callable[[int], object]
) -> Taken:
    """Copy all files of a folder, or of the ``postgresql`` database, to the settings' place.

    What was copied before is not copied again; ``told`` hears how many are done.

    Raises:
        StoreError: a place is not what it should be, files are missing, or one came
            back otherwise than it was written. The store's place stays what it was.
        ValueError: the settings name no place that can be used.
    """
    settings = settings_module.load(path)
    old = _shelf_at(settings, source)
    async with _opened(settings) as (store, new):
        place = await _left(store, old, new)
        try:
            copied = _copy_all(old, new, told)
            known, missing = await _counted(store, new, losses=losses)
            await _take(settings, store, new)
        except BaseException:
            with contextlib.suppress(StoreError):
                old.rename(place.identity)
            raise
        finally:
            old.close()
    return Taken(known, missing, copied)


async def adopt_files(path: Path, *, losses: bool) -> Taken:
    """Let the store take the settings' place for its own, whatever it had before.

    Raises:
        StoreError: files are missing there, or it cannot be reached.
        ValueError: the settings name no place that can be used.
    """
    settings = settings_module.load(path)
    async with _opened(settings) as (store, shelf):
        known, missing = await _counted(store, shelf, losses=losses)
        await _take(settings, store, shelf)
    return Taken(known, missing)


@contextlib.asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[FileStore, Shelf]]:
    shelf = shelf_of(settings)
    store = await open_store(settings)
    try:
        shelf.make_ready(None)
        yield store, shelf
    finally:
        shelf.close()
        await store.close()


def _shelf_at(settings: Settings, source: str) -> Shelf:
    if source != DATABASE:
        # Nothing is made where a folder is missing.
        return FolderShelf(Path(source), shared=True)
    if settings.store.kind != DATABASE:
        raise ValueError("postgresql: [store] không phải là postgresql.")
    return ChunkShelf(settings.store.parameters())


async def _left(store: FileStore, old: Shelf, new: Shelf) -> Place:
    """Close the old place; what the store knows of it."""
    place = Place.read(await store.mark(MARK))
    if place is None or old.identity() not in {
        place.identity,
        LEFT + place.identity,  # a copy that was interrupted goes on
    }:
        raise StoreUnavailable(
            "attachments: files are copied from where they lie",
            code="attachments_not_the_source",
            remedy="Thư mục ghi sau --from không phải kho tệp đang dùng. Nâng cấp từ bản"
            " cũ thì khởi động cổng một lần với kho tệp cũ, dừng lại rồi chép.",
        )
    present = new.identity()
    if present is not None and not present.startswith(LEFT):
        raise StoreUnavailable(
            f"attachments: {present} lies there",
            code="attachments_not_empty",
            remedy="Nơi mới đã là kho tệp của một kho hồ sơ: đặt trong [attachments] một"
            " nơi còn trống rồi chép lại.",
        )
    old.rename(LEFT + place.identity)
    return place


def _copy_all(old: Shelf, new: Shelf, told: Callable[[int], object]) -> int:
    count = 0
    for name in filter(None, old.written(0.0, EVER)):
        _copy(old, new, name)
        count += 1
        if not count % PAGE:
            told(count)
    return count


def _copy(old: Shelf, new: Shelf, name: str) -> None:
    """Copy a file and read it back."""
    length = old.length(name)
    if length is None:
        return
    digest = _digest(_pieces(old, name, length))
    if new.length(name) == length and _digest(_pieces(new, name, length)) == digest:
        return
    new.delete(name)
    draft = new.begin()
    try:
        ahead = b""
        for piece in _pieces(old, name, length):
            if ahead:
                draft.add(ahead)
            ahead = piece
        draft.finish(name, ahead)
    except BaseException:
        draft.discard()
        raise
    if _digest(_pieces(new, name, length)) != digest:
        new.delete(name)
        raise StoreError(
            f"attachments: {name}",
            code="attachments_copy_differs",
            remedy="Một tệp đọc lại khác tệp gốc; cổng vẫn dùng kho tệp cũ. Kiểm tra đĩa"
            " của nơi mới rồi chép lại.",
        )


def _pieces(shelf: Shelf, name: str, length: int) -> Iterator[bytes]:
    reading = shelf.reading(name, length)
    try:
        while piece := reading.read(AT_ONCE):
            yield piece
    finally:
        reading.close()


def _digest(pieces: Iterator[bytes]) -> bytes:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.digest()


async def _counted(store: FileStore, shelf: Shelf, *, losses: bool) -> tuple[int, int]:
    """Files with a row that are there, and that are not."""
    known, page = 0, []
    for name in filter(None, shelf.written(0.0, EVER)):
        page.append(name)
        if len(page) == PAGE:
            known += len(page) - len(await store.unnamed(page))
            page = []
    known += len(page) - len(await store.unnamed(page))
    missing = await store.count_files() - known
    if missing and not losses:
        raise StoreError(
            f"attachments: {missing} of {known + missing} are missing",
            code="attachments_incomplete",
            remedy=_INCOMPLETE,
        )
    return known, missing


async def _take(settings: Settings, store: FileStore, shelf: Shelf) -> None:
    """Give place and store a new identity; every other place is refused from now on."""
    place = Place(secrets.token_hex(16), holder_of(settings))
    shelf.rename(LEFT + place.identity)  # whoever dies here can run it again
    await store.set_mark(MARK, place.mark)
    shelf.rename(place.identity)
