"""The table in force, read again when its file changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.domain.relay_table import Table, read

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.relay.telling import Telling


class TableFile:
    """A file of the core's making; one that is broken changes nothing."""

    def __init__(self, path: Path, telling: Telling) -> None:
        """Read it for the first time.

        Raises:
            ValueError: there is none, or it is broken; with what is to be done.
        """
        self._path = path
        self._telling = telling
        self._seen: object = None
        self._wake = asyncio.Event()
        try:
            self._seen = self._mark()
            self.present: Table = read(path.read_bytes())
        except (OSError, ValueError) as wrong:
            raise ValueError(
                f"Bảng cho phép {path} không dùng được ({wrong}). Làm lại trên máy của cổng:"
                " lienthong relay table --to TỆP, rồi chép sang đây."
            ) from None

    def look_now(self) -> None:
        """Read it again at once, whether it seems changed or not."""
        self._seen = None
        self._wake.set()

    async def keep_looking(self, every_s: float) -> None:
        """Take up what is put in its place, for ever."""
        while True:
            try:
                async with asyncio.timeout(every_s):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            self.look()

    def look(self) -> None:
        """Take it up if it is another one and whole; else say so and keep the last."""
        try:
            mark = self._mark()
            if mark == self._seen:
                return
            self._seen = mark
            self.present = read(self._path.read_bytes())
        except (OSError, ValueError) as wrong:
            self._telling.say("table_kept", error=type(wrong).__name__, why=str(wrong))
            return
        entries = sum(map(len, self.present.doors.values()))
        self._telling.say("table_taken", entries=entries, made_at=self.present.made_at)

    def _mark(self) -> object:
        at = self._path.stat()
        return at.st_mtime_ns, at.st_size, at.st_ino
