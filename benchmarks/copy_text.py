"""Rows as PostgreSQL's COPY reads them, and read again for SQLite."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: Columns whose bytes are JSON; other bytes may begin like it.
JSON = frozenset({"state", "facts"})


class Copy:
    """Values as PostgreSQL's COPY reads them; JSON stays readable inside bytes."""

    @staticmethod
    def value(value: Any) -> bytes:
        """One value."""
        if value is None:
            return b"\\N"
        if isinstance(value, bytes):
            return b"\\\\x" + value.hex().encode()
        text: str = str(value).replace("\\", "\\\\").replace("\t", "\\t")
        return text.replace("\n", "\\n").encode()

    @staticmethod
    def json(text: bytes) -> bytes:
        """Bytes that are JSON."""
        return text.replace(b"\\", b"\\\\\\\\")

    @staticmethod
    def named(row: Mapping[str, Any], names: Sequence[str]) -> bytes:
        """One row of these columns."""
        found = []
        for name in names:
            value = row[name]
            is_json = name in JSON and isinstance(value, bytes)
            found.append(Copy.json(value) if is_json else Copy.value(value))
        return b"\t".join(found) + b"\n"

    @staticmethod
    def row(values: Sequence[Any]) -> bytes:
        """One row, with its end."""
        return b"\t".join([Copy.value(one) for one in values]) + b"\n"


def read_copy(
    text: bytes, types: Sequence[str], *, leave: int = 0
) -> list[tuple[Any, ...]]:
    """The rows of such a text again, by the types of their columns as SQLite has them.

    ``leave``: so many columns of those before them are left out.
    """
    readers = [_READERS[one] for one in types]
    return [
        tuple(
            [
                None if value == b"\\N" else read(value)
                for value, read in zip(line.split(b"\t")[leave:], readers, strict=True)
            ]
        )
        for line in text.split(b"\n")[:-1]
    ]


def _read_text(value: bytes) -> str:
    if b"\\" not in value:
        return value.decode()
    signs = {"t": "\t", "n": "\n"}
    return re.sub(r"\\(.)", lambda m: signs.get(m[1], m[1]), value.decode())


def _read_bytes(value: bytes) -> bytes:
    if value.startswith(b"\\\\x"):
        return bytes.fromhex(value[3:].decode())
    return value.replace(b"\\\\\\\\", b"\\")


_READERS: dict[str, Callable[[bytes], Any]] = {
    "INTEGER": int,
    "TEXT": _read_text,
    "BLOB": _read_bytes,
    "REAL": float,
}
