"""Small files and folders that are on the disk when a function returns."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from typing import TYPE_CHECKING

from gateway.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path

OWNER_ONLY = 0o600
OWNER_ONLY_FOLDER = 0o700


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, its parents as they are."""
    folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    folder.chmod(OWNER_ONLY_FOLDER)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; a file's own sync does not."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte; the system may take fewer at a time."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def replace(path: Path, content: bytes) -> None:
    """Put a file in place whole, readable by its owner only, or leave the old one."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    descriptor = os.open(draft, flags, OWNER_ONLY)
    try:
        try:
            write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    sync_folder(path.parent)


def unavailable(what: str, error: OSError) -> StoreUnavailable:
    """A full or broken disk as what it means: nothing was written."""
    name = errno.errorcode.get(error.errno or 0, "unknown")
    return StoreUnavailable(f"{what}: {name}")
