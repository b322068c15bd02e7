"""Sealed files in a folder: of one node, or shared by several.

``parts/ID.part`` is a file in the making, ``ab/NAME`` one that was put away,
``identity`` what tells this folder from every other.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.disk import durable
from gateway.domain.errors import AttachmentsAway
from gateway.ports.shelf import Draft, Reading, Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS = "parts"
IDENTITY = "identity"
#: Locked by whoever copies files, and by whoever deletes some.
HELD = "held"
#: How old an unfinished file must be where somebody else may be writing it.
UNTOUCHED_S = 86_400.0
_NAME = re.compile(r"[0-9a-f]{64}")
_LOOK = os.O_RDONLY | os.O_NOFOLLOW
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


class FolderShelf(Shelf):
    """A folder of sealed files."""

    def __init__(self, folder: Path, *, shared: bool = False) -> None:
        """``shared``: other nodes write here too, and the folder is theirs as well.

        Such a folder is never made here: it would be made where a mount is missing.
        """
        self._folder = folder
        self._root = str(folder)
        self._parts = folder / PARTS
        self._identity_path = folder / IDENTITY
        self._shared = shared
        self._identity: str | None = None
        self._seen: tuple[int, int] | None = None
        #: places whose own name is known to be on the disk
        self._durable: set[str] = set()

    def identity(self) -> str | None:
        """What the file of this name says."""
        with _as_unavailable():
            try:
                return _text(self._identity_path)
            except FileNotFoundError:
                if self._shared and not self._folder.is_dir():
                    raise AttachmentsAway("the shared folder is not there") from None
                return None

    def identify(self, identity: str) -> str:
        """Of nodes that start at once, one makes the file, whole."""
        with _as_unavailable():
            if not self._shared:
                durable.make_folder(self._folder)
                durable.sync_folder(self._folder.parent)
            draft = self._folder / f".{IDENTITY}.{secrets.token_hex(8)}"
            durable.replace(draft, identity.encode())
            try:
                with contextlib.suppress(FileExistsError):
                    os.link(draft, self._identity_path)
            finally:
                draft.unlink()
            durable.sync_folder(self._folder)
            return _text(self._identity_path)

    def rename(self, identity: str) -> None:
        """Replace the file."""
        with _as_unavailable():
            durable.replace(self._identity_path, identity.encode())

    def make_ready(self, identity: str | None) -> None:
        """Make what the first file needs; a place of its own comes with the first in it."""
        with _as_unavailable():
            self._identity = identity
            self.refuse_elsewhere()
            if not self._shared:
                durable.make_folder(self._folder)
                durable.sync_folder(self._folder.parent)
            elif not self._folder.is_dir():
                raise AttachmentsAway("the shared folder is not there")
            if not self._parts.is_dir():
                durable.make_folder(self._parts)
            there = {entry.name for entry in self._folder.iterdir()}
            durable.sync_folder(self._folder)
            self._durable |= there
        self.sweep(UNTOUCHED_S if self._shared else 0.0)

    def begin(self) -> Draft:
        """Nothing is opened before there is something to write."""
        return _FolderDraft(self)

    def reading(self, name: str, length: int) -> Reading:
        """A descriptor of a file that has exactly this length."""
        with _as_unavailable():
            descriptor = self._opened(name)
            if os.fstat(descriptor).st_size != length:
                os.close(descriptor)
                raise LookupError(name)
            return _FolderReading(descriptor)

    def at_once(self, name: str, length: int) -> bytes | None:
        """A disk's small file is there sooner than a thread would be."""
        try:
            descriptor = self._opened(name)
            try:
                # One byte more, so that a longer file does not open, either.
                sealed = os.read(descriptor, length + 1)
                if len(sealed) < length:
                    sealed += _read(descriptor, length + 1 - len(sealed))
            finally:
                os.close(descriptor)
        except OSError as error:
            raise durable.unavailable("attachments", error) from error
        return sealed

    def length(self, name: str) -> int | None:
        """Of a file in its place."""
        with _as_unavailable():
            try:
                return Path(self.path(name)).lstat().st_size
            except FileNotFoundError:
                return None

    def delete(self, name: str) -> None:
        """Forget the file, durably."""
        path = Path(self.path(name))
        with _as_unavailable():
            self.refuse_elsewhere()
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
                durable.sync_folder(path.parent)

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """By a lock on a file of the folder, which all nodes see."""
        descriptor = self._lock_file()
        try:
            with _as_unavailable():
                fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def sweeping(self) -> Iterator[bool]:
        """Not while anybody holds them."""
        descriptor = self._lock_file()
        try:
            yield _alone(descriptor)
        finally:
            os.close(descriptor)

    def _lock_file(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        with _as_unavailable():
            return os.open(self._parts / HELD, flags, durable.OWNER_ONLY)

    def as_of(self) -> float:
        """Now, as the file system keeps it: on a shared one that is a server's clock."""
        probe = self._parts / f"now-{secrets.token_hex(16)}.part"
        with _as_unavailable():
            descriptor = os.open(probe, _MAKE, durable.OWNER_ONLY)
            try:
                durable.write_all(descriptor, b"\x00")
                os.fsync(descriptor)
                return os.fstat(descriptor).st_mtime
            finally:
                os.close(descriptor)
                probe.unlink()

    def written(self, since: float, until: float) -> Iterator[str]:
        """Names of files by their last change."""
        with _as_unavailable():
            self.refuse_elsewhere()
            for folder in _places(self._folder):
                with (
                    contextlib.suppress(FileNotFoundError),
                    os.scandir(folder) as entries,
                ):
                    for entry in entries:
                        ours = entry.name[:2] == folder.name and _NAME.fullmatch(
                            entry.name
                        )
                        yield entry.name if ours and _is_of(entry, since, until) else ""

    def sweep(self, untouched_s: float) -> int:
        """Remove old parts by the folder's own clock."""
        untouched_since, count = self.as_of() - untouched_s, 0
        with _as_unavailable():
            for part in self._parts.glob("*.part"):
                with contextlib.suppress(FileNotFoundError):
                    if part.stat().st_mtime <= untouched_since:
                        part.unlink()
                        count += 1
        return count

    def close(self) -> None:
        """Nothing stays open between two calls."""

    def path(self, name: str) -> str:
        """Where a file of this name lies."""
        return f"{self._root}/{name[:2]}/{name}"

    def place(self, name: str) -> Path:
        """Where to put a file of this name: in a folder that is there for good.

        Another process may have made it and not have synced it yet, so that each
        does so before its first file there.
        """
        path = Path(self.path(name))
        if path.parent.name not in self._durable:
            if not path.parent.is_dir():
                durable.make_folder(path.parent)
            durable.sync_folder(self._folder)
            self._durable.add(path.parent.name)
        return path

    def new_part(self) -> tuple[Path, int]:
        """A new unfinished file, opened, in this very folder and no other."""
        self.refuse_elsewhere()
        part = self._parts / f"{secrets.token_hex(16)}.part"
        return part, os.open(part, _MAKE, durable.OWNER_ONLY)

    def _opened(self, name: str) -> int:
        try:
            return os.open(self.path(name), _LOOK)
        except FileNotFoundError:
            self.refuse_elsewhere()
            raise LookupError(name) from None

    def refuse_elsewhere(self) -> None:
        """See that what is mounted here is still the same; costs one look at a file.

        Raises:
            AttachmentsAway: it has gone, and the bare folder below it showed up.
        """
        if self._identity is None:
            return
        try:
            found = self._identity_path.lstat()
            seen = (found.st_dev, found.st_ino)
            # Mounted anew, the same folder has another number.
            if seen == self._seen or _text(self._identity_path) == self._identity:
                self._seen = seen
                return
        except FileNotFoundError:
            pass
        raise AttachmentsAway("another folder than at the start")


class _FolderDraft(Draft):
    """Written beside its place, then renamed into it."""

    def __init__(self, shelf: FolderShelf) -> None:
        self._shelf = shelf
        self._part: Path | None = None
        self._path: Path | None = None
        self._descriptor: int | None = None

    def add(self, sealed: bytes) -> None:
        with _as_unavailable():
            self._write(sealed)

    def finish(self, name: str, sealed: bytes) -> None:
        with _as_unavailable():
            was_begun = self._part is not None
            part, descriptor = self._write(sealed)
            os.fsync(descriptor)
            os.close(descriptor)
            self._descriptor = None
            if was_begun:  # and may have been long in coming
                self._shelf.refuse_elsewhere()
            self._path = self._shelf.place(name)
            part.rename(self._path)
            durable.sync_folder(self._path.parent)

    def discard(self) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None
        for path in filter(None, (self._part, self._path)):
            with contextlib.suppress(OSError):
                path.unlink()

    def _write(self, sealed: bytes) -> tuple[Path, int]:
        if self._part is None or self._descriptor is None:
            self._part, self._descriptor = self._shelf.new_part()
        durable.write_all(self._descriptor, sealed)
        return self._part, self._descriptor


class _FolderReading(Reading):
    """An open file, which can be read to its end whatever happens to its name."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, count: int) -> bytes:
        with _as_unavailable():
            return _read(self._descriptor, count)

    def close(self) -> None:
        os.close(self._descriptor)


def _alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_of(entry: os.DirEntry[str], since: float, until: float) -> bool:
    with contextlib.suppress(FileNotFoundError):
        if entry.is_file(follow_symlinks=False):
            return since <= entry.stat(follow_symlinks=False).st_mtime <= until
    return False


def _text(path: Path) -> str:
    """All of a short file."""
    descriptor = os.open(path, _LOOK)
    try:
        return _read(descriptor, 1_000).decode("utf-8", "replace").strip()
    finally:
        os.close(descriptor)


def _read(descriptor: int, count: int) -> bytes:
    """So many bytes, fewer only at the end of the file."""
    pieces: list[bytes] = []
    while count > 0 and (piece := os.read(descriptor, count)):
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _places(folder: Path) -> Iterator[Path]:
    """The folders in which files lie, by the first two letters of their names."""
    return (folder / f"{number:02x}" for number in range(256))


@contextlib.contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise durable.unavailable("attachments", error) from error
