"""Attachments: streamed into encrypted chunks and out again, never a plain file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from gateway.domain.identifiers import AttachmentId, DossierId
from gateway.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """A file as remembered: everything needed to open it again.

    ``name`` is the keyed hash of its content; ``sealed_key`` its own key, sealed
    by whoever holds it (``FileKeys``). ``sha256`` is known to who has just put
    it; read back it is empty, since a plain hash would tell equal files.
    """

    id: AttachmentId
    name: str
    size_bytes: int
    sha256: str
    sealed_key: bytes


@dataclass(frozen=True, slots=True)
class FileSource:
    """Where a file came in, for whoever has to act when it is refused.

    ``door`` is a word of ours; ``by`` an office, a sender or a person by identifier.
    """

    door: str
    by: str
    dossier_id: DossierId | None = None


#: A file that the gateway's own code makes.
OURS = FileSource("gateway", "gateway")


class FileKeys(Protocol):
    """Who holds files' own keys: the vault at first, then the dossier of the file."""

    @abstractmethod
    def file_key(self, stored: StoredAttachment) -> bytes:
        """The file's own key.

        Raises:
            ValueError: somebody else holds it, or what is remembered was altered.
        """


class AttachmentStore(Protocol):
    """Disk, shared folder or database behind one suite."""

    @abstractmethod
    async def put(
        self,
        chunks: AsyncIterator[bytes],
        *,
        limit_bytes: int,
        source: FileSource = OURS,
    ) -> StoredAttachment:
        """Encrypt and keep; durable (file, rename and folder, or commit) on return.

        The vault holds its key until a dossier takes it. Where files are looked at,
        that was done by then.

        Raises:
            TooLarge: more than ``limit_bytes`` came; nothing is kept.
            FileRefused: it is not let in; what may be needed of it is shut away.
            ScannerAway: nobody looked at it; nothing is kept.
            StoreUnavailable: it could not be written.
        """

    @abstractmethod
    def open(self, stored: StoredAttachment, keys: FileKeys) -> AsyncIterator[bytes]:
        """Plain bytes in order; ``keys``: the file's dossier, or the vault.

        Raises:
            ValueError: the key is somebody else's; a chunk was altered, lost or moved.
        """

    @abstractmethod
    def at_once(self, stored: StoredAttachment, keys: FileKeys) -> bytes | None:
        """All of a small file, read where one stands; None: it has to be opened.

        Raises:
            ValueError: it was altered, lost or moved.
            StoreUnavailable: it could not be read.
        """

    @abstractmethod
    async def delete(self, name: str) -> None:
        """Forget the chunks; deleting twice is no error."""

    @abstractmethod
    def sweeping(self) -> AbstractAsyncContextManager[bool]:
        """Whether files may be deleted now; a backup keeps what it names."""

    @abstractmethod
    async def as_of(self) -> float:
        """Now, in the seconds that files carry: real, and the same for all nodes."""

    @abstractmethod
    def written(self, *, since: float, until: float) -> AsyncIterator[Sequence[str]]:
        """Names of the files put between two moments (``as_of``), in pages.

        A file that comes or goes meanwhile may be among them or not.
        """

    @abstractmethod
    async def sweep(self) -> int:
        """Remove what processes left unfinished a day ago or longer; how many."""
