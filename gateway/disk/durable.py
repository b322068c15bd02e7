"""Small files and folders that are on the disk when a function returns."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import secrets
from typing import TYPE_CHECKING

from gateway.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OWNER_ONLY = 0o600
OWNER_ONLY_FOLDER = 0o700
#: From ``linux/fs.h`` and ``fcntl.h``: the standard library has no name for them.
_NO_REPLACE, _HERE = 1, -100
#: What a system says that cannot rename so, or a disk that cannot link.
_CANNOT = frozenset(
    {errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK}
)


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
    _put(path, content, lambda draft: draft.replace(path))


def put_new(path: Path, content: bytes) -> None:
    """The same where nothing lies.

    Raises:
        FileExistsError: something lies there; it stays as it is.
    """
    _put(path, content, lambda draft: rename_new(draft, path))


def rename_new(path: Path, target: Path) -> None:
    """Give a file another name that nothing has; whoever is late overwrites nothing.

    Raises:
        FileExistsError: something lies there; both stay as they are.
    """
    if _renamed(path, target) or _linked(path, target):
        return
    # Shares without links: the little that can be done is to look first.
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    path.rename(target)


def _renamed(path: Path, target: Path) -> bool:
    """By the system's own call; False: this system or this disk has none."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    names = os.fsencode(path), os.fsencode(target)
    if call(_HERE, names[0], _HERE, names[1], ctypes.c_uint(_NO_REPLACE)) == 0:
        return True
    told = ctypes.get_errno()
    if told in _CANNOT:
        return False
    raise OSError(told, os.strerror(told), str(path), None, str(target))


def _linked(path: Path, target: Path) -> bool:
    """By a second name, and the first taken away; False: this disk cannot."""
    try:
        os.link(path, target, follow_symlinks=False)
    except OSError as error:
        if error.errno in _CANNOT:
            return False
        raise
    path.unlink(missing_ok=True)
    return True


def _put(path: Path, content: bytes, place: Callable[[Path], object]) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    descriptor = os.open(draft, flags, OWNER_ONLY)
    try:
        try:
            write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        place(draft)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    sync_folder(path.parent)


def unavailable(what: str, error: OSError) -> StoreUnavailable:
    """A full or broken disk as what it means: nothing was written."""
    name = errno.errorcode.get(error.errno or 0, "unknown")
    return StoreUnavailable(f"{what}: {name}")
