"""ZIP archives: made, or opened with whatever is wrong with them as one error."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from contextlib import contextmanager
from lzma import LZMAError
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PIECE = 64 * 1024
#: Bytes before the name of a file.
_HEAD = 30
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
    except ArchiveRefused:
        raise
    except RuntimeError as wrong:
        # zipfile asks for a password by a plain RuntimeError; its subclass for
        # what zipfile does not support means a compression that nobody uses.
        asks = type(wrong) is RuntimeError
        raise ArchiveRefused("protected" if asks else "broken") from wrong
    except (zipfile.BadZipFile, zlib.error, LZMAError, OSError, EOFError) as wrong:
        raise ArchiveRefused("broken") from wrong
    except (ValueError, struct.error) as wrong:
        # A place before the file's beginning, a name in letters that are none.
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


def stored(files: Mapping[str, bytes]) -> bytes:
    """An archive in the one way in which it can be written; names are ASCII.

    By name, nothing compressed, no field that could be otherwise: a byte that differs
    makes another content, or no such archive (``read_stored``).
    """
    body, table = io.BytesIO(), io.BytesIO()
    for name in sorted(files):
        content, raw = files[name], name.encode("ascii")
        size = len(content)
        # Version 2.0, no flags, stored, the first day that the format knows.
        head = struct.pack(
            *("<5H3I2H", 20, 0, 0, 0, 33),
            *(zlib.crc32(content), size, size, len(raw), 0),
        )
        place = struct.pack("<3H2I", 0, 0, 0, 0o100600 << 16, body.tell())
        table.write(b"PK\1\2" + struct.pack("<H", 788) + head + place + raw)
        body.write(b"PK\3\4" + head + raw + content)
    count, begin, length = len(files), body.tell(), table.tell()
    end = struct.pack("<4H2IH", 0, 0, count, count, length, begin, 0)
    return body.getvalue() + table.getvalue() + b"PK\5\6" + end


def read_stored(content: bytes) -> dict[str, bytes]:
    """The reverse of ``stored``.

    Raises:
        ArchiveRefused: ``broken``: it is no such archive, to the last byte.
    """
    files: dict[str, bytes] = {}
    at = 0
    while content[at : at + 4] == b"PK\3\4" and len(content) >= at + _HEAD:
        size, _, length = struct.unpack("<IIH", content[at + 18 : at + 28])
        begin = at + _HEAD + length
        name = content[at + _HEAD : begin].decode("latin-1")
        files[name] = content[begin : begin + size]
        at = begin + size
    if not files or not "".join(files).isascii() or stored(files) != content:
        raise ArchiveRefused("broken")
    return files


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
