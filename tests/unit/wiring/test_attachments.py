"""A node serves only with the shelf that the store's files lie on."""

from __future__ import annotations

import asyncio
import json
import shutil
from typing import TYPE_CHECKING, Any

import apsw
import pytest
from pydantic import ValidationError

from gateway.clocks.clock import RealClock
from gateway.conformance.store_making import NOW, SENDER
from gateway.domain.errors import StoreUnavailable
from gateway.ports.store import Upload
from gateway.settings import Settings
from gateway.wiring.attachments import MARK
from gateway.wiring.ports import Opened, open_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.ports.attachments import StoredAttachment

pytestmark = [pytest.mark.store]
PLAIN = b"VI DU"


def server(database: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """The store's settings for a server on this machine."""
    secret = tmp_path / "password"
    secret.touch(mode=0o600)
    secret.write_text(database["password"], "utf-8")
    names = ("host", "port", "dbname", "user")
    return {
        **{name: database[name] for name in names},
        "kind": "postgresql",
        "password_file": secret,
        "sslmode": "disable",
    }


@pytest.fixture
def on_server(database: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    return {"store": server(database, tmp_path)}


class Nodes:
    """Opens the ports of nodes with the keys of one installation, and closes them."""

    def __init__(self, keys: Path) -> None:
        self._keys = keys
        self._opened: list[Opened] = []

    async def __call__(self, settings: Settings) -> Opened:
        if self._keys.exists() and not settings.run_dir.exists():
            shutil.copytree(self._keys, settings.run_dir / "keys")
        self._opened.append(await open_ports(settings, RealClock()))
        if not self._keys.exists():
            shutil.copytree(settings.run_dir / "keys", self._keys)
        return self._opened[-1]

    async def end(self, opened: Opened) -> None:
        self._opened.remove(opened)
        await opened.close()

    async def end_all(self) -> None:
        while self._opened:
            await self.end(self._opened[-1])


@pytest.fixture
async def open_(tmp_path: Path) -> AsyncIterator[Nodes]:
    nodes = Nodes(tmp_path / "keys")
    yield nodes
    await nodes.end_all()


def node(name: str, tmp_path: Path, more: dict[str, Any], **files: Any) -> Settings:
    """The settings of a node, with a run folder of its own."""
    values = {"profile": "mock", "run_dir": tmp_path / name, "node": name}
    return Settings.model_validate({**values, **more, "attachments": files})


async def put(at: Opened) -> StoredAttachment:
    """A file with its row."""

    async def chunks() -> AsyncIterator[bytes]:
        yield PLAIN

    stored = await at.attachments.put(chunks(), limit_bytes=9)
    await at.store.add_upload(Upload(stored, SENDER, stored.id.encode(), NOW))
    return stored


async def read(at: Opened, stored: StoredAttachment) -> bytes:
    opened = at.attachments.open(stored, at.vault)
    return b"".join([chunk async for chunk in opened])


async def refused(open_: Nodes, settings: Settings) -> None:
    with pytest.raises(StoreUnavailable) as raised:
        await open_(settings)
    assert raised.value.code == "attachments_not_shared"
    assert "[attachments]" in raised.value.remedy


def identity(folder: Path) -> str:
    return (folder / "identity").read_text("utf-8")


@pytest.mark.parametrize(
    ("files", "wrong"),
    [
        ({"kind": "s3"}, "kind"),
        ({"kind": "shared"}, "cần folder"),
        ({"kind": "shared", "folder": "tep"}, "đường dẫn tuyệt đối"),
        ({"kind": "postgresql"}, "cần store.kind"),
        ({"kind": "disk", "place": "/x"}, "place"),
    ],
)
def test_settings_that_name_no_place_are_refused(
    tmp_path: Path, files: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(ValidationError, match=wrong):
        node("node-1", tmp_path, {}, **files)


@pytest.mark.system
def test_files_in_a_database_take_no_folder(
    tmp_path: Path, on_server: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError, match="không dùng folder"):
        node("node-1", tmp_path, on_server, kind="postgresql", folder=tmp_path)


async def test_a_new_installation_gives_store_and_folder_one_identity(
    tmp_path: Path, open_: Nodes
) -> None:
    settings = node("node-1", tmp_path, {})
    first = await open_(settings)
    stored = await put(first)
    mark = json.loads(await first.store.mark(MARK) or "")
    assert mark["identity"] == identity(settings.run_dir / "attachments")
    assert len(mark["identity"]) == 32
    await open_.end(first)
    again = await open_(settings)
    assert json.loads(await again.store.mark(MARK) or "") == mark
    assert await read(again, stored) == PLAIN


async def test_a_disk_may_have_another_folder(tmp_path: Path, open_: Nodes) -> None:
    folder = tmp_path / "big disk" / "tep"
    opened = await open_(node("node-1", tmp_path, {}, folder=folder))
    stored = await put(opened)
    assert (folder / stored.name[:2] / stored.name).is_file()
    assert not (tmp_path / "node-1" / "attachments").exists()


async def test_an_installation_from_before_takes_its_folder_over_once(
    tmp_path: Path, open_: Nodes
) -> None:
    settings = node("node-1", tmp_path, {})
    folder = settings.run_dir / "attachments"
    first = await open_(settings)
    stored = await put(first)
    await open_.end(first)
    forget(folder)
    again = await open_(settings)
    assert await read(again, stored) == PLAIN
    mark = json.loads(await again.store.mark(MARK) or "")
    assert mark["identity"] == identity(folder)


def forget(folder: Path) -> None:
    """As a release left it that knew nothing of identities."""
    with apsw.Connection(str(folder.parent / "store.sqlite")) as db:
        db.execute("DELETE FROM mark WHERE name = ?", (MARK,))
    (folder / "identity").unlink()


async def test_an_installation_from_before_refuses_a_folder_without_its_files(
    tmp_path: Path, open_: Nodes
) -> None:
    settings = node("node-1", tmp_path, {})
    folder = settings.run_dir / "attachments"
    first = await open_(settings)
    await put(first)
    await open_.end(first)
    forget(folder)
    aside = folder.rename(tmp_path / "aside")
    await refused(open_, settings)
    assert not folder.exists()
    folder.mkdir()
    await refused(open_, settings)
    assert list(folder.iterdir()) == []
    folder.rmdir()
    aside.rename(folder)
    await open_(settings)


async def test_a_store_without_files_takes_no_folder_with_those_of_another(
    tmp_path: Path, open_: Nodes
) -> None:
    folder = tmp_path / "tep"
    folder.mkdir()
    first = await open_(node("node-1", tmp_path, {}, kind="shared", folder=folder))
    stored = await put(first)
    # Another store beside the same folder would sweep what has no row of its own.
    await refused(open_, node("other", tmp_path, {}, kind="shared", folder=folder))
    assert await read(first, stored) == PLAIN


async def test_a_folder_that_has_lost_its_files_is_refused_at_the_next_start(
    tmp_path: Path, open_: Nodes
) -> None:
    settings = node("node-1", tmp_path, {})
    await put(first := await open_(settings))
    await open_.end(first)
    shutil.rmtree(settings.run_dir / "attachments")
    await refused(open_, settings)
    assert not (settings.run_dir / "attachments").exists()


@pytest.mark.system
@pytest.mark.parametrize("kind", ["shared", "postgresql"])
async def test_what_one_node_puts_another_opens_and_a_third_apart_is_refused(
    tmp_path: Path, on_server: dict[str, Any], open_: Nodes, kind: str
) -> None:
    common: dict[str, Any] = {"kind": kind}
    if kind == "shared":
        common["folder"] = tmp_path / "tep"
        common["folder"].mkdir()
    one = await open_(node("node-1", tmp_path, on_server, **common))
    two = await open_(node("node-2", tmp_path, on_server, **common))
    stored, of_two = await put(one), await put(two)
    assert await read(two, stored) == await read(one, of_two) == PLAIN
    await refused(open_, node("node-3", tmp_path, on_server))
    (tmp_path / "empty").mkdir()
    empty = {"kind": "shared", "folder": tmp_path / "empty"}
    await refused(open_, node("node-4", tmp_path, on_server, **empty))
    assert list((tmp_path / "empty").iterdir()) == []
    assert not (tmp_path / "node-3" / "attachments").exists()
    await two.attachments.delete(stored.name)
    with pytest.raises(ValueError, match="put away"):
        await read(one, stored)


@pytest.mark.system
async def test_nodes_that_start_at_once_agree(
    tmp_path: Path, on_server: dict[str, Any], open_: Nodes
) -> None:
    await open_.end(await open_(node("node-0", tmp_path, {})))
    folder = tmp_path / "tep"
    folder.mkdir()
    common = {"kind": "shared", "folder": folder}
    nodes = [node(f"node-{i}", tmp_path, on_server, **common) for i in range(1, 5)]
    opened = await asyncio.gather(*map(open_, nodes))
    stored = await put(opened[0])
    assert [await read(one, stored) for one in opened] == [PLAIN] * 4


@pytest.mark.system
async def test_of_nodes_with_a_disk_each_only_the_first_serves(
    tmp_path: Path, on_server: dict[str, Any], open_: Nodes
) -> None:
    first = await open_(node("node-1", tmp_path, on_server))
    stored = await put(first)
    await refused(open_, node("node-2", tmp_path, on_server))
    # Nor does a machine that was made as a copy of the first.
    copied = shutil.copytree(tmp_path / "node-1", tmp_path / "node-3")
    assert identity(copied / "attachments")
    await refused(open_, node("node-3", tmp_path, on_server))
    await open_.end(first)
    again = await open_(node("node-1", tmp_path, on_server))
    assert await read(again, stored) == PLAIN


async def test_a_mount_that_went_away_is_not_written_past(
    tmp_path: Path, open_: Nodes
) -> None:
    folder = tmp_path / "tep"
    folder.mkdir()
    opened = await open_(node("node-1", tmp_path, {}, kind="shared", folder=folder))
    stored = await put(opened)
    folder.rename(tmp_path / "aside")
    folder.mkdir()
    # Not even into folders of the right names, as an older mistake may have left.
    for name in ("parts", *(f"{number:02x}" for number in range(256))):
        (folder / name).mkdir()
    for work in (put(opened), read(opened, stored)):
        with pytest.raises(StoreUnavailable) as raised:
            await work
        assert raised.value.code == "attachments_away"
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "aside", folder)
    assert await read(opened, stored) == PLAIN
    assert await read(opened, await put(opened)) == PLAIN
