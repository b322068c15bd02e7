"""Writes what was fetched: whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OWNER_ONLY, AS_USUAL = 0o600, 0o666


def save(out: Path, content: bytes, mode: int = AS_USUAL) -> None:
    """Put a file in place; where that fails, the old one stays.

    Raises:
        OSError: it cannot be written; names the file that was meant.
    """
    try:
        if out.exists() and not out.is_file():
            out.write_bytes(content)  # a terminal, a pipe
        else:
            _replace(out, content, mode)
    except OSError as wrong:
        raise OSError(wrong.errno, wrong.strerror, str(out)) from wrong


def _replace(out: Path, content: bytes, mode: int) -> None:
    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(content)
        draft.replace(out)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
