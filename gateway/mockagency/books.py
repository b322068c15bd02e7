"""Append-only books: what arrived, and what really changed at the agency."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


class Book:
    """One file of JSON lines; continued where an earlier run ended.

    One ``write`` per line, so that a killed process leaves whole lines only.
    """

    def __init__(self, path: Path) -> None:
        """Open for appending and count what is there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._count = len(self.lines())
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def lines(self) -> list[dict[str, Any]]:
        """Everything written so far, in order."""
        if not self._path.exists():
            return []
        text = self._path.read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def counts(self) -> dict[str, int]:
        """Lines by kind."""
        return dict(Counter(line["kind"] for line in self.lines()))

    def write(
        self, at: datetime, kind: str, number: str, facts: dict[str, str | int | bool]
    ) -> None:
        """Append one line."""
        self._count += 1
        line = {
            "n": self._count,
            "at": at.isoformat(),
            "kind": kind,
            "number": number,
            "facts": facts,
        }
        os.write(self._file, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
