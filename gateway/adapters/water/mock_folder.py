"""The shared folder as the company sees it: what lies there, and how things are put down."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

TAKEN, FAULTY = "da-nhan", "loi"
REPORT = ".loi."


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """A file as it lies there now."""

    name: str
    size: int
    written_ns: int


@dataclass(frozen=True, slots=True)
class Side:
    """One direction: the folder itself, ``da-nhan`` and ``loi`` in it."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> Side:
        """Make what is missing."""
        for path in (folder, folder / TAKEN, folder / FAULTY):
            path.mkdir(parents=True, exist_ok=True)
        return cls(folder)

    def lying(self, part: str = "") -> list[Seen]:
        """Files that are finished, by name."""
        found = []
        for path in (self.folder / part).iterdir():
            if path.name.startswith((".", "~$")) or path.suffix == ".tam":
                continue
            # Whoever else works here may take a file away between the two.
            with contextlib.suppress(FileNotFoundError):
                state = path.stat()
                if path.is_file():
                    found.append(Seen(path.name, state.st_size, state.st_mtime_ns))
        return sorted(found)

    def read(self, name: str, part: str = "") -> bytes:
        """A file's content.

        Raises:
            FileNotFoundError: somebody took it away.
        """
        return (self.folder / part / name).read_bytes()

    def has(self, name: str, part: str) -> bool:
        """Whether a file lies there."""
        return (self.folder / part / name).is_file()

    def put(self, name: str, content: bytes, part: str = "") -> None:
        """Put a file down: whole and durable before it has its name.

        Raises:
            FileExistsError: the name is taken; what lies there stays.
        """
        if (self.folder / part / name).exists():
            raise FileExistsError(name)
        unfinished = self.folder / part / f".{name}.tam"
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self.folder / part / name)

    def write_openly(self, name: str, content: bytes) -> None:
        """Write a file under its name, as programs do that were not told better."""
        (self.folder / name).write_bytes(content)

    def remove(self, name: str) -> None:
        """Delete a file; again is harmless."""
        (self.folder / name).unlink(missing_ok=True)

    def move(self, name: str, part: str) -> None:
        """Move a file away; an occupied name gets a number behind it."""
        target, count = self.folder / part / name, 1
        while target.exists():
            count += 1
            target = self.folder / part / f"{name}.{count}"
        with contextlib.suppress(FileNotFoundError):
            (self.folder / name).rename(target)

    def highest(self, prefix: str) -> int:
        """The highest number of a lot that lies anywhere here."""
        names = [one.name for part in ("", TAKEN, FAULTY) for one in self.lying(part)]
        digits = [
            name.removeprefix(prefix).partition(".")[0]
            for name in names
            if name.startswith(prefix)
        ]
        return max((int(text) for text in digits if text.isdigit()), default=0)
