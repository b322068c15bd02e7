"""A workbook as Excel 97 kept it, written byte by byte: the smallest that holds text."""

from __future__ import annotations

import struct
from collections.abc import Sequence

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
#: Shorter streams would lie in a stream of small ones.
LEAST = 4096


def old_workbook(
    rows: Sequence[Sequence[str | float]], *, password: bool = False
) -> bytes:
    """An .xls file with one sheet; ``password``: it says that it needs one."""
    stream = _stream(rows, password)
    stream += bytes(
        -len(stream) % SECTOR + max(LEAST - len(stream), 0) // SECTOR * SECTOR
    )
    count = len(stream) // SECTOR
    chain = [FAT, END, *range(3, count + 2), END]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(SECTOR, b"\xff")
    folder = _entry("Root Entry", 5, 1, END, 0) + _entry(
        "Workbook", 2, FREE, 2, len(stream)
    )
    return _header() + table + folder.ljust(SECTOR, b"\0") + stream


def _header() -> bytes:
    begin = struct.pack(
        "<8s16xHHHHH6xI", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0
    )
    rest = struct.pack("<9I", 1, 1, 0, LEAST, END, 0, END, 0, 0)
    return (begin + rest).ljust(SECTOR, b"\xff")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    head = struct.pack("<64sHBB", text, len(text), kind, 1)
    return head + struct.pack("<III36xIQ", FREE, FREE, child, start, size)


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _stream(rows: Sequence[Sequence[str | float]], password: bool) -> bytes:
    begun = _record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0))
    if password:
        begun += _record(0x002F, struct.pack("<HHHH48x", 1, 1, 1, 0))
    name = b"\x05\x00Bang1"
    ended = _record(0x000A, b"")
    place = len(begun) + 4 + 6 + len(name) + len(ended)
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 16, 0, 0, 0, 0))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            at = struct.pack("<HHH", number, column, 0)
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                sheet += _record(0x0204, at + text)
            else:
                sheet += _record(0x0203, at + struct.pack("<d", value))
    bound = _record(0x0085, struct.pack("<IBB", place, 0, 0) + name)
    return begun + bound + ended + sheet + ended
