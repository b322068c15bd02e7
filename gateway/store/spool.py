"""A copy of a database on its way into a backup: on disk, without a name, and sealed.

SQLite's online backup writes pages where it likes; a backup is written from beginning
to end. In between the pages lie in a file that has no name, each sealed under a key
that is nowhere but in this process: what stays of it after a crash says nothing.
"""

from __future__ import annotations

import os
import secrets
import struct
from typing import TYPE_CHECKING, Any

import apsw
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TAG = 16
_COUNT = struct.Struct(">Q")
#: Pages that are read at once on the way out.
_AT_ONCE = 64


class Spool:
    """Sealed pages of one size, by their place."""

    def __init__(self, folder: Path, page_bytes: int) -> None:
        """``folder`` is on the disk that has room for a copy."""
        path = folder / f".{secrets.token_hex(8)}.spool"
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        path.unlink()
        self._page = page_bytes
        self._slot = _COUNT.size + page_bytes + _TAG
        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._writes = 0
        self.pages = 0

    def write(self, content: bytes, offset: int) -> None:
        """Seal and keep one page."""
        if offset % self._page or len(content) != self._page:
            raise apsw.IOError("not a page")
        place, self._writes = offset // self._page, self._writes + 1
        sealed = self._cipher.encrypt(self._nonce(self._writes), content, None)
        os.pwrite(self._file, _COUNT.pack(self._writes) + sealed, place * self._slot)
        self.pages = max(self.pages, place + 1)

    def read(self, place: int) -> bytes:
        """One page; one that was never written holds nothing."""
        return self._opened(os.pread(self._file, self._slot, place * self._slot))

    def content(self) -> Iterator[bytes]:
        """All pages in their order."""
        for first in range(0, self.pages, _AT_ONCE):
            count = min(_AT_ONCE, self.pages - first)
            slots = os.pread(self._file, count * self._slot, first * self._slot)
            yield b"".join(
                self._opened(slots[i * self._slot : (i + 1) * self._slot])
                for i in range(count)
            )

    def truncate(self, size: int) -> None:
        """Leave so many bytes of pages."""
        self.pages = -(-size // self._page)
        os.ftruncate(self._file, self.pages * self._slot)

    def close(self) -> None:
        """Nothing is left of it."""
        os.close(self._file)

    @property
    def size_bytes(self) -> int:
        """Of the pages, in plain."""
        return self.pages * self._page

    def _opened(self, slot: bytes) -> bytes:
        if len(slot) < self._slot or not any(slot[: _COUNT.size]):
            return bytes(self._page)
        (number,) = _COUNT.unpack_from(slot)
        return self._cipher.decrypt(self._nonce(number), slot[_COUNT.size :], None)

    @staticmethod
    def _nonce(number: int) -> bytes:
        return bytes(4) + _COUNT.pack(number)


class SpoolFiles(apsw.VFS):
    """A file system of SQLite that has one file, a spool; no other process sees it."""

    def __init__(self, spool: Spool) -> None:
        """Registered while the object lives."""
        self.name = f"spool-{secrets.token_hex(4)}"
        self._spool = spool
        super().__init__(self.name, base="")

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: ARG002, N802  SQLite's name
        """The one file."""
        flags[1] = flags[0]
        return _SpoolFile(self._spool)

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: ARG002, N802
        """Nothing lies beside it."""
        return False

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        """It has no place."""
        return name

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802
        """There is nothing to delete."""


class _SpoolFile:
    """What SQLite needs of a file that one connection writes."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        size = self._spool.size_bytes
        if offset >= size:
            return b""
        page = len(self._spool.read(0))
        first, last = offset // page, (offset + amount - 1) // page
        whole = b"".join(self._spool.read(n) for n in range(first, last + 1))
        return whole[offset - first * page :][: min(amount, size - offset)]

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._spool.write(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._spool.truncate(newsize)

    def xFileSize(self) -> int:  # noqa: N802
        return self._spool.size_bytes

    def xSync(self, flags: int) -> None:  # noqa: N802
        """It is not there to last."""

    def xClose(self) -> None:  # noqa: N802
        """Whoever made the spool closes it."""

    def xLock(self, level: int) -> None:  # noqa: N802
        """Nobody else is there."""

    def xUnlock(self, level: int) -> None:  # noqa: N802
        """The same."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, op: int, pointer: int) -> bool:  # noqa: ARG002, N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return 4096

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return 0
