"""Folders that get several files: all of them, or none."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from typing import TYPE_CHECKING

from gateway.disk import durable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def all_or_none(folder: Path, mode: int = 0o777) -> Iterator[Path]:
    """A place to make files in; once left, they are in the folder under their names.

    Where anything fails, a full disk for one, the folder is as it was: half a pair of
    keys would be taken for a whole one. What lies there already is never replaced.

    Raises:
        FileExistsError: one of the names is taken.
    """
    was_there = folder.exists()
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    draft = folder / f".{secrets.token_hex(8)}"
    moved: list[Path] = []
    try:
        draft.mkdir(mode=mode)
        yield draft
        for path in sorted(one for one in draft.rglob("*") if one.is_file()):
            target = folder / path.relative_to(draft)
            target.parent.mkdir(parents=True, exist_ok=True)
            durable.rename_new(path, target)
            moved.append(target)
            durable.sync_folder(target.parent)
    except BaseException:
        for path in moved:
            path.unlink(missing_ok=True)
            _leave(path.parent, folder)
        shutil.rmtree(draft, ignore_errors=True)
        if not was_there:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
    shutil.rmtree(draft, ignore_errors=True)


def _leave(place: Path, folder: Path) -> None:
    """Take folders away that are empty now."""
    with contextlib.suppress(OSError):
        while place != folder:
            place.rmdir()
            place = place.parent
