"""Two that put a file under one name at once: neither loses its own."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.carriers.exchange_folder import IN, UNREADABLE, ExchangeFolder
from gateway.carriers.folder import NameTaken
from gateway.carriers.shared_folder import SharedFolder
from gateway.disk import durable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WAYS = ("rename", "link", "look")


async def at_once(body: bytes) -> AsyncIterator[bytes]:
    yield body


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the system and the disk are able to do."""

    def none(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    if request.param != "rename":
        monkeypatch.setattr(durable, "_renamed", lambda *_: False)
    if request.param == "look":
        monkeypatch.setattr(os, "link", none)
    return str(request.param)


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks first finds the name free: the other comes just after."""
    monkeypatch.setattr(Path, "exists", lambda *_, **__: False)


def bodies(folder: Path) -> list[bytes]:
    return sorted(one.read_bytes() for one in folder.iterdir())


@pytest.mark.usefixtures("way")
def test_a_taken_name_stays_what_it_was_whatever_the_disk_can_do(
    tmp_path: Path,
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.write_bytes(b"ours")
    theirs.write_bytes(b"theirs")
    with pytest.raises(FileExistsError):
        durable.rename_new(ours, theirs)
    assert bodies(tmp_path) == [b"ours", b"theirs"]
    durable.rename_new(ours, tmp_path / "free")
    assert not ours.exists()
    assert (tmp_path / "free").read_bytes() == b"ours"
    with pytest.raises(FileNotFoundError):
        durable.rename_new(ours, tmp_path / "more")


@pytest.mark.usefixtures("blind")
@pytest.mark.parametrize("without", [(), ("_renamed",)])
async def test_a_file_that_was_put_down_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: tuple[str, ...]
) -> None:
    for name in without:
        monkeypatch.setattr(durable, name, lambda *_: False, raising=False)
    folder = SharedFolder(tmp_path)
    await folder.put("ra", "a", at_once(b"first"))
    with pytest.raises(NameTaken):
        await folder.put("ra", "a", at_once(b"second"))
    await folder.put("vao", "a", at_once(b"third"))
    assert await folder.move("vao", "a", "ra") == "a.2"
    assert bodies(tmp_path / "ra") == [b"first", b"third"]


def test_packages_brought_at_once_under_one_name_are_all_kept(tmp_path: Path) -> None:
    folder = ExchangeFolder(tmp_path)
    many = [b"%03d" % count for count in range(60)]
    with ThreadPoolExecutor(8) as threads:
        names = list(threads.map(lambda one: folder._bring("goi.p7m", one), many))
    assert len(set(names)) == len(many)
    assert bodies(tmp_path / IN) == many
    folder.close()


@pytest.mark.usefixtures("blind")
async def test_what_is_put_aside_takes_the_place_of_nothing(tmp_path: Path) -> None:
    folder = ExchangeFolder(tmp_path)
    for body in (b"first", b"second"):
        await folder.put_aside(await folder.bring("goi.p7m", body))
    assert bodies(tmp_path / UNREADABLE) == [b"first", b"second"]
    folder.close()
