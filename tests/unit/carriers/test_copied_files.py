"""Files that somebody copies into an exchange folder while it is looked at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from gateway.carriers import exchange_folder as module
from gateway.carriers.exchange_folder import IN, ExchangeFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHOLE = b"\x30\x82\x04\x00" + os.urandom(1023) + b"\x01"
NAME = "goi.p7m"


class Time:
    """The process's own count of seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Time:
    found = Time()
    monkeypatch.setattr(module, "time", found, raising=False)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[ExchangeFolder]:
    (tmp_path / IN).mkdir()
    found = ExchangeFolder(tmp_path)
    yield found
    found.close()


def grow(folder: ExchangeFolder, written: int, at: int) -> Path:
    """Copied so far, all of the room taken."""
    path = folder.path / IN / NAME
    path.write_bytes(WHOLE[:written] + bytes(len(WHOLE) - written))
    os.utime(path, (at, at))
    return path


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("written", [0, 4, 700, len(WHOLE) - 17])
async def test_a_copy_that_took_its_room_first_is_not_read_half_written(
    folder: ExchangeFolder, written: int
) -> None:
    grow(folder, written, 1)
    assert await folder.waiting() == []
    grow(folder, len(WHOLE), 2)
    assert await folder.waiting() == [NAME]


async def test_a_file_that_ends_in_zeros_is_taken_once_it_stands_still(
    folder: ExchangeFolder, counted: Time
) -> None:
    """Damaged for good, it is put aside for people as any other."""
    grow(folder, 100, 1)
    assert await folder.waiting() == []
    counted.now += module.STILL_S - 1
    grow(folder, 200, 2)
    assert await folder.waiting() == []
    counted.now += module.STILL_S - 1
    assert await folder.waiting() == []
    counted.now += 1
    assert await folder.waiting() == [NAME]


async def test_a_whole_file_is_taken_at_once(folder: ExchangeFolder) -> None:
    grow(folder, len(WHOLE), 1)
    assert await folder.waiting() == [NAME]
    (folder.path / IN / NAME).write_bytes(WHOLE[:-1])
    assert await folder.waiting() == []
