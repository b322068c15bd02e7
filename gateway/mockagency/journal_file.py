"""The journal as JSON lines in the run folder; the oldest file makes room for a new one."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: A file that has grown to so much is put aside under a number.
MOST_BYTES = 16 * 1024 * 1024
#: How many files that were put aside stay.
KEPT = 4


class JournalFile:
    """One line per exchange, one ``write`` per line."""

    def __init__(
        self, path: Path, *, most_bytes: int = MOST_BYTES, kept: int = KEPT
    ) -> None:
        """Continue the file of an earlier run."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._most_bytes = most_bytes
        self._kept = kept
        self._open()

    def _open(self) -> None:
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = os.fstat(self._file).st_size

    def write(self, shown: Mapping[str, Any]) -> None:
        """Append one exchange."""
        try:
            line = orjson.dumps(shown, option=orjson.OPT_APPEND_NEWLINE)
        except TypeError:  # half of a character, which is no text
            line = json.dumps(shown).encode() + b"\n"
        if self._size and self._size + len(line) > self._most_bytes:
            self._put_aside()
        os.write(self._file, line)
        self._size += len(line)

    def _put_aside(self) -> None:
        self.close()
        for at in range(self._kept, 0, -1):
            older = self._aside(at - 1) if at > 1 else self._path
            if older.exists():
                older.replace(self._aside(at))
        if self._kept == 0:
            self._path.unlink()
        self._open()

    def _aside(self, at: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{at}")

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
