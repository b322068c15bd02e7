"""Commands on the store as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway import settings as settings_module
from gateway.store.postgres.copying import Copied, copy
from gateway.wiring.keys import STORE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def copy_store(
    path: Path, *, rehearsal: bool, told: Callable[[Copied], object]
) -> tuple[Copied, ...]:
    """Copy the file of a run folder into the database that the settings name.

    Raises:
        StoreError: see ``copy``.
        ValueError: the settings name no database, or others may read its password.
    """
    settings = settings_module.load(path)
    if settings.store.kind != "postgresql":
        raise ValueError(
            f'{path}: đặt kind = "postgresql" và các khóa của cơ sở dữ liệu mới trong'
            " [store] trước."
        )
    return copy(
        settings.run_dir / STORE,
        settings.store.parameters(),
        rehearsal=rehearsal,
        told=told,
    )
