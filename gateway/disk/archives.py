"""ZIP archives that somebody sent: opened, and whatever is wrong with them as one error."""

from __future__ import annotations

import io
import zipfile
import zlib
from contextlib import contextmanager
from lzma import LZMAError
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PIECE = 64 * 1024
#: Of every entry alike, so that the same files make the same archive.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class ArchiveRefused(ValueError):
    """The archive is damaged, locked, or larger than allowed.

    ``code``: ``broken``, ``protected`` or ``too_large``.
    """

    def __init__(self, code: str) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


@contextmanager
def opened(content: bytes) -> Iterator[zipfile.ZipFile]:
    """The archive; whatever is wrong with it, also while it is read, is one error.

    Raises:
        ArchiveRefused: here or in the body of the ``with``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield archive
    except RuntimeError as wrong:
        # zipfile asks for a password by a plain RuntimeError; its subclass for
        # what zipfile does not support means a compression that nobody uses.
        asks = type(wrong) is RuntimeError
        raise ArchiveRefused("protected" if asks else "broken") from wrong
    except (zipfile.BadZipFile, zlib.error, LZMAError, OSError, EOFError) as wrong:
        raise ArchiveRefused("broken") from wrong


def packed(files: Mapping[str, bytes]) -> bytes:
    """An archive of these files in their order; the same files give the same bytes."""
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return room.getvalue()


def unpacked(content: bytes, *, max_files: int, max_bytes: int) -> dict[str, bytes]:
    """Every file of an archive without folders, by its name.

    What the directory claims is not believed: each file is counted while it is read.

    Raises:
        ArchiveRefused: ``broken`` also where two files have one name, or a name
            is that of a folder.
    """
    found: dict[str, bytes] = {}
    rest = max_bytes
    with opened(content) as archive:
        entries = archive.infolist()
        if len(entries) > max_files:
            raise ArchiveRefused("too_large")
        for entry in entries:
            strange = "/" in entry.filename or "\\" in entry.filename
            if (
                strange
                or entry.filename in found
                or entry.compress_type not in _METHODS
            ):
                raise ArchiveRefused("broken")
            found[entry.filename] = _whole(archive, entry, rest)
            rest -= len(found[entry.filename])
    return found


def _whole(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    pieces, size = [], 0
    with archive.open(entry) as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            if size > most:
                raise ArchiveRefused("too_large")
            pieces.append(piece)
    return b"".join(pieces)
