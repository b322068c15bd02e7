"""Edits the file of secrets: the next one beside the present one, its use, its end."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway import settings as settings_module
from gateway.disk import durable
from gateway.wiring.keys import KEYS
from gateway.wiring.secret_values import FILE, of_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEXT = ".next"
_LOCK = "secrets.lock"
BYTES = 32


def names(path: Path) -> list[str]:
    """Names of the secrets in the run folder of a settings file."""
    return sorted(of_folder(settings_module.load(path).run_dir / KEYS))


def prepare(path: Path, name: str, to: Path) -> None:
    """Make the next secret of a name, good beside the present one; write it to a file.

    Raises:
        ValueError: there is no such secret, a next one already, or the file is there.
    """
    if to.exists():
        raise ValueError(f"{to} đã có: ghi giá trị mới vào một tệp chưa có.")
    with _editing(path, name) as values:
        if name + NEXT in values:
            raise ValueError(f"{name} đã có khóa tiếp theo: dùng nó trước (--use).")
        values[name + NEXT] = value = secrets.token_urlsafe(BYTES)
        durable.replace(to, value.encode())


def use(path: Path, name: str) -> None:
    """The next secret takes the place of the present one, which is good no more.

    Raises:
        ValueError: there is no next one.
    """
    with _editing(path, name) as values:
        if name + NEXT not in values:
            raise ValueError(f"{name} chưa có khóa tiếp theo.")
        values[name] = values.pop(name + NEXT)


def revoke(path: Path, name: str) -> bool:
    """End a secret at once; whether its next one took its place.

    Raises:
        ValueError: there is no such secret in the folder.
    """
    with _editing(path, name) as values:
        del values[name]
        after = values.pop(name + NEXT, None)
        if after is not None:
            values[name] = after
        return after is not None


@contextmanager
def _editing(path: Path, name: str) -> Iterator[dict[str, str]]:
    """The values of the file, put back whole; nobody else edits meanwhile."""
    settings = settings_module.load(path)
    folder = settings.run_dir / KEYS
    if name in settings.secrets:
        raise ValueError(
            f"{name} lấy từ [secrets] trong {path}: đổi hoặc thu hồi ở nơi ấy."
        )
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(folder / _LOCK, flags, durable.OWNER_ONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        values = {
            one: value
            for one, value in of_folder(folder).items()
            if not one.endswith(".sftp")
        }
        if name not in values:
            raise ValueError(f"Không có mật khẩu kết nối tên {name} trong {folder}.")
        yield values
        durable.replace(folder / FILE, json.dumps(values, indent=1).encode())
    finally:
        os.close(descriptor)
