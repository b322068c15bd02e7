"""Attachments: streamed into encrypted chunks and out again, never a plain file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.identifiers import AttachmentId


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """A file as remembered: everything needed to open it again.

    ``name`` is the keyed hash of its content; ``sealed_key`` its own key,
    sealed so that only the vault opens it. ``sha256`` is known to who has just
    put it; read back it is empty, since a plain hash would tell equal files.
    """

    id: AttachmentId
    name: str
    size_bytes: int
    sha256: str
    sealed_key: bytes


class AttachmentStore(Protocol):
    """Disk, shared folder or database behind one suite."""

    @abstractmethod
    async def put(
        self, chunks: AsyncIterator[bytes], *, limit_bytes: int
    ) -> StoredAttachment:
        """Encrypt and keep; durable (file, rename and folder synced) on return.

        Raises:
            TooLarge: more than ``limit_bytes`` came; nothing is kept.
            StoreUnavailable: it could not be written.
        """

    @abstractmethod
    def open(self, stored: StoredAttachment) -> AsyncIterator[bytes]:
        """Plain bytes in order.

        Raises:
            ValueError: a chunk was altered, lost or moved.
        """

    @abstractmethod
    async def delete(self, stored: StoredAttachment) -> None:
        """Forget the chunks; deleting twice is no error."""
