"""The mocks' books, read as they are written: each line once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Following:
    """One book; who writes it appends whole lines, one after the other."""

    def __init__(self, path: Path, *, from_now: bool = False) -> None:
        """``from_now``: what is in it already counts as read."""
        self._path = path
        self._read = self._size() if from_now else 0

    def news(self) -> Iterator[dict[str, Any]]:
        """Lines that came since the last look; one that is half written comes later."""
        if self._size() == self._read:
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            lines = [line for line in file if line.endswith(b"\n")]
        self._read += sum(map(len, lines))
        yield from map(json.loads, lines)

    def _size(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0
