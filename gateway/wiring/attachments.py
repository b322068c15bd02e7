"""Where files lie, and the proof that all nodes mean the same place by it.

The store remembers the identity of the one shelf that its files lie on; a shelf
carries its own. A node whose shelf has none, or another, would write files where
nobody else looks for them: it does not start.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.domain.errors import StoreUnavailable
from gateway.ports.known_files import KnownFiles
from gateway.ports.store import Store
from gateway.store.postgres.chunks import ChunkShelf
from gateway.vault.folder import FolderShelf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ports.shelf import Shelf
    from gateway.settings import Settings

MARK = "attachments"
FOLDER = "attachments"
#: So many of the last files are looked for on a shelf that carries no proof yet.
LOOKED_FOR = 100
EVER = float("inf")


class FileStore(Store, KnownFiles, Protocol):
    """What the proof needs of a store."""


@dataclass(frozen=True, slots=True)
class Place:
    """The shelf that the store's files lie on; ``node``: whose disk it is, if anybody's."""

    identity: str
    node: str | None

    @classmethod
    def read(cls, mark: str | None) -> Place | None:
        """What a store remembers."""
        if mark is None:
            return None
        values = json.loads(mark)
        return cls(values["identity"], values["node"])

    @property
    def mark(self) -> str:
        """How a store remembers it."""
        return json.dumps({"identity": self.identity, "node": self.node})


def shelf_of(settings: Settings) -> Shelf:
    """The shelf that the settings name; nothing is looked at yet.

    Raises:
        ValueError: others may read the password of the database.
    """
    kind, folder = settings.attachments.kind, settings.attachments.folder
    if kind == "postgresql":
        return ChunkShelf(settings.store.parameters())
    return FolderShelf(
        folder or settings.run_dir / FOLDER,
        shared=kind == "shared",
    )


def holder_of(settings: Settings) -> str | None:
    """The one node whose disk the files lie on; None: they lie where all reach them."""
    return settings.node if settings.attachments.kind == "disk" else None


async def ready_shelf(settings: Settings, store: FileStore) -> Shelf:
    """The settings' shelf, proved to be the store's and ready for files.

    Raises:
        StoreUnavailable: it cannot be reached, or is not the store's.
    """
    shelf = shelf_of(settings)
    alone = settings.store.kind == "sqlite"
    try:
        identity = await prove(store, shelf, node=holder_of(settings), alone=alone)
        await asyncio.to_thread(shelf.make_ready, identity)
    finally:
        # Connections of these threads; those that will serve make their own.
        await asyncio.to_thread(shelf.close)
    return shelf


async def prove(
    store: FileStore, shelf: Shelf, *, node: str | None, alone: bool
) -> str:
    """Hold the shelf's identity against the store's; it, when they agree.

    ``node``: whose disk the shelf is, if it is one's; ``alone``: no second node can
    be running on this store.

    Raises:
        StoreUnavailable: they do not agree, or one of them cannot be reached.
    """
    known = Place.read(await store.mark(MARK))
    if known is None:
        known = await _begun(store, shelf, node)
    held = await asyncio.to_thread(shelf.identity)
    if held != known.identity:
        raise _refused(f"files lie at {known.identity}, this is {held or 'no such'}")
    if node != known.node:
        if not alone:
            raise _refused(f"files lie with {known.node or 'all'}, this is {node}")
        await store.set_mark(MARK, Place(held, node).mark)
    return held


async def _begun(store: FileStore, shelf: Shelf, node: str | None) -> Place:
    """Give shelf and store one identity, once: a shelf's own stays."""
    names = await store.newest_files(LOOKED_FOR)
    if await asyncio.to_thread(_may_be_of, shelf, names):
        identity = await asyncio.to_thread(shelf.identify, secrets.token_hex(16))
        mark = await store.mark_once(MARK, Place(identity, node).mark)
    else:
        # Unless another node has begun, and written, since we looked.
        mark = await store.mark(MARK) or ""
    place = Place.read(mark or None)
    if place is None:
        raise _refused("none of the store's files is here, or another's are")
    return place


def _may_be_of(shelf: Shelf, names: Sequence[str]) -> bool:
    """Whether a store that has these files may begin with this shelf.

    One with files of an unknown store is not taken: there they would be swept.
    """
    if names:
        return any(shelf.length(name) is not None for name in names)
    return shelf.identity() is None or not any(shelf.written(0.0, EVER))


def _refused(detail: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"attachments: {detail}",
        code="attachments_not_shared",
        remedy="Kho tệp đính kèm của nút này không phải kho tệp mà kho hồ sơ đang dùng:"
        " kiểm tra ổ mạng đã gắn chưa, rồi [attachments] của nút so với các nút khác"
        " (docs/postgresql.vi.md, mục Tệp đính kèm).",
    )
