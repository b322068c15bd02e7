"""The key of one file alone, for whoever is given that file and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import GatewayError
from gateway.ports.attachments import FileKeys

if TYPE_CHECKING:
    from gateway.ports.attachments import StoredAttachment


class OneFile(FileKeys):
    """Opens that file; the key of its dossier is not reached from here."""

    __slots__ = ("_id", "_key", "_wrong")

    def __init__(self, keys: FileKeys, stored: StoredAttachment) -> None:
        """Take the file's own key; what is wrong with it is told when it is opened."""
        self._id = stored.id
        self._key = b""
        self._wrong: Exception | None = None
        try:
            self._key = keys.file_key(stored)
        except (GatewayError, ValueError) as error:
            # Without the frames, which hold what this must not.
            self._wrong = error.with_traceback(None)

    def file_key(self, stored: StoredAttachment) -> bytes:
        """The key.

        Raises:
            ValueError: of another file.
        """
        if self._wrong is not None:
            raise self._wrong
        if stored.id != self._id:
            raise ValueError("the key of another file was asked for")
        return self._key
