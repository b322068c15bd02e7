"""A disk that is full while several files are made leaves none of them behind."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.errors import StoreUnavailable
from gateway.relay import pairs
from gateway.wiring import backups, conforming

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 3, 10, tzinfo=UTC)
MAKE: dict[str, Callable[[Path], object]] = {
    "pair": lambda folder: pairs.make(folder, NOW),
    "documents": lambda folder: conforming.documents(
        conforming.kit("one_stop"), folder
    ),
    "backup": backups.make_key,
}


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second file finds no room, whoever writes it."""
    wrote, begun = Path.write_bytes, [0]
    opened, text = os.open, Path.write_text

    def counted() -> None:
        begun[0] += 1
        if begun[0] > 1:
            raise OSError(errno.ENOSPC, "full")

    def write(path: Path, content: bytes) -> int:
        counted()
        return wrote(path, content)

    def say(path: Path, *content: Any) -> int:
        begun[0] = 1
        counted()
        return text(path, *content)

    def create(path: Any, flags: int, *mode: Any, **more: Any) -> int:
        if flags & os.O_CREAT:
            counted()
        return opened(path, flags, *mode, **more)

    monkeypatch.setattr(Path, "write_bytes", write)
    monkeypatch.setattr(Path, "write_text", say)
    monkeypatch.setattr(os, "open", create)


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("kind", MAKE)
def test_a_full_disk_leaves_no_half_made_folder(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "new"
    with pytest.raises((OSError, StoreUnavailable)):
        MAKE[kind](folder)
    assert not folder.exists()


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("kind", MAKE)
def test_what_lay_there_stays_and_nothing_else(tmp_path: Path, kind: str) -> None:
    (tmp_path / "kept").touch()
    with pytest.raises((OSError, StoreUnavailable)):
        MAKE[kind](tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize("kind", MAKE)
def test_all_is_there_and_nothing_beside(tmp_path: Path, kind: str) -> None:
    MAKE[kind](tmp_path / "new")
    names = {one.name for one in (tmp_path / "new").iterdir()}
    assert len(names) > 1
    assert not [name for name in names if name.startswith(".")]
