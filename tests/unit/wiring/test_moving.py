"""Files change their place whole, and the place that they left serves nobody."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from gateway.clocks.clock import RealClock
from gateway.conformance.attachment_making import content
from gateway.conformance.store_making import NOW, SENDER
from gateway.domain.errors import AttachmentsAway, StoreError, StoreUnavailable
from gateway.ports.store import Upload
from gateway.settings import load
from gateway.store.postgres.chunks import ChunkShelf
from gateway.vault.folder import FolderShelf
from gateway.wiring.moving import LEFT, adopt_files, copy_files
from gateway.wiring.ports import open_ports
from tests.journeys.test_on_postgresql import store_table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.ports.attachments import StoredAttachment
    from gateway.wiring.ports import Opened

pytestmark = [pytest.mark.store]
SIZES = (0, 20_000, 64 * 1024 + 1, 3_000_000)


class Installation:
    """Settings in a file, and files that the store knows."""

    def __init__(self, tmp_path: Path, store: str = "") -> None:
        self.tmp_path = tmp_path
        self.path = tmp_path / "gateway.toml"
        self._store = store
        self.disk = tmp_path / "run" / "attachments"
        self.at("kind = 'disk'")

    def at(self, files: str, node: str = "gateway-1") -> None:
        """Where files lie from now on."""
        self.path.write_text(
            f'profile = "mock"\nrun_dir = "{self.tmp_path}/run"\nnode = "{node}"\n'
            f"{self._store}[attachments]\n{files}\n",
            "utf-8",
        )

    def shared(self, name: str = "tep") -> Path:
        """The same for a new shared folder."""
        folder = self.tmp_path / name
        folder.mkdir(exist_ok=True)
        self.at(f'kind = "shared"\nfolder = "{folder}"')
        return folder

    async def open(self) -> Opened:
        return await open_ports(load(self.path), RealClock())

    async def begin(self) -> list[StoredAttachment]:
        """Files of several sizes, each with its row, and one without."""
        opened = await self.open()
        stored = [await put(opened, content(size)) for size in SIZES]
        for one in stored:
            upload = Upload(one, SENDER, one.id.encode(), NOW)
            await opened.store.add_upload(upload)
        await put(opened, b"orphan")
        await opened.close()
        return stored

    async def serves(self, stored: list[StoredAttachment]) -> bool:
        """Whether a gateway starts and opens every file."""
        opened = await self.open()
        try:
            for one, size in zip(stored, SIZES, strict=True):
                chunks = opened.attachments.open(one, opened.vault)
                if b"".join([chunk async for chunk in chunks]) != content(size):
                    return False
            await put(opened, b"goes on")
        finally:
            await opened.close()
        return True

    async def copy(self, source: object, *, losses: bool = False) -> tuple[int, ...]:
        told: list[int] = []
        taken = await copy_files(
            self.path, str(source), losses=losses, told=told.append
        )
        return (taken.copied, taken.known, taken.missing)


async def put(opened: Opened, plain: bytes) -> StoredAttachment:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(plain), 50_000):
            yield plain[start : start + 50_000]

    return await opened.attachments.put(chunks(), limit_bytes=9_000_000)


async def refused(work: Any) -> str:
    with pytest.raises(StoreError) as raised:
        await work
    return raised.value.code


@pytest.fixture
def own(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


@pytest.fixture
def on_server(tmp_path: Path, database: dict[str, Any]) -> Installation:
    return Installation(tmp_path, store_table(database, tmp_path / "password"))


async def test_files_of_a_disk_come_into_a_shared_folder(own: Installation) -> None:
    stored = await own.begin()
    folder = own.shared()
    assert await own.copy(own.disk) == (5, 4, 0)
    assert await own.serves(stored)
    assert len(list(folder.rglob("?" * 64))) == 6
    # The old folder is whole, and no node takes it for the place of files any more.
    assert len(list(own.disk.rglob("?" * 64))) == 5
    own.at("kind = 'disk'")
    assert await refused(own.open()) == "attachments_not_shared"


@pytest.mark.system
async def test_files_come_into_the_database_and_back(on_server: Installation) -> None:
    stored = await on_server.begin()
    on_server.at("kind = 'postgresql'")
    assert await refused(on_server.open()) == "attachments_not_shared"
    assert await on_server.copy(on_server.disk) == (5, 4, 0)
    shutil.rmtree(on_server.disk)
    assert await on_server.serves(stored)
    folder = on_server.shared()
    assert await on_server.copy("postgresql") == (6, 4, 0)
    assert await on_server.serves(stored)
    on_server.at("kind = 'postgresql'")
    assert await refused(on_server.open()) == "attachments_not_shared"
    # What lies there from before is looked at, and not copied twice.
    assert await on_server.copy(folder) == (7, 4, 0)
    assert await on_server.serves(stored)


@pytest.mark.system
async def test_a_node_that_was_forgotten_writes_nothing_past_a_copy(
    on_server: Installation,
) -> None:
    stored = await on_server.begin()
    on_server.at("kind = 'postgresql'")
    await on_server.copy(on_server.disk)
    running = await on_server.open()
    on_server.shared()
    await on_server.copy("postgresql")
    for plain in (b"small", content(3_000_000)):
        with pytest.raises(AttachmentsAway):
            await put(running, plain)
    await running.close()
    assert await on_server.serves(stored)


async def test_a_copy_that_lacks_files_leaves_everything_as_it_was(
    own: Installation,
) -> None:
    stored = await own.begin()
    (own.disk / stored[1].name[:2] / stored[1].name).unlink()
    own.shared()
    assert await refused(own.copy(own.disk)) == "attachments_incomplete"
    own.at("kind = 'disk'")
    await (await own.open()).close()
    own.shared()
    assert await own.copy(own.disk, losses=True) == (4, 3, 1)
    await (await own.open()).close()


async def test_a_copy_that_was_interrupted_goes_on(
    own: Installation,
) -> None:
    stored = await own.begin()
    folder = own.shared()
    FolderShelf(own.disk).rename(LEFT + (own.disk / "identity").read_text("utf-8"))
    own.at("kind = 'disk'")
    assert await refused(own.open()) == "attachments_not_shared"
    own.shared()
    shelf = FolderShelf(folder, shared=True)
    shelf.make_ready(None)
    half = shelf.begin()
    half.finish(stored[3].name, b"of another length")
    assert await own.copy(own.disk) == (5, 4, 0)
    assert await own.serves(stored)


async def test_only_the_place_of_files_is_copied_and_only_into_an_empty_one(
    own: Installation,
) -> None:
    stored = await own.begin()
    elsewhere = own.tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = own.shared()
    assert await refused(own.copy(elsewhere)) == "attachments_not_the_source"
    assert await refused(own.copy(own.tmp_path / "none")) == "attachments_away"
    FolderShelf(folder, shared=True).identify("of another store")
    assert await refused(own.copy(own.disk)) == "attachments_not_empty"
    own.at("kind = 'disk'")
    assert await refused(own.copy(own.disk)) == "attachments_not_empty"
    assert await own.serves(stored)


async def test_a_place_is_adopted_once_it_has_all_files(own: Installation) -> None:
    stored = await own.begin()
    (own.disk / "identity").unlink()
    assert await refused(own.open()) == "attachments_not_shared"
    taken = await adopt_files(own.path, losses=False)
    assert (taken.copied, taken.known, taken.missing) == (0, 4, 0)
    assert await own.serves(stored)
    shutil.rmtree(own.disk)
    assert (
        await refused(adopt_files(own.path, losses=False)) == "attachments_incomplete"
    )
    assert await refused(own.open()) == "attachments_not_shared"
    taken = await adopt_files(own.path, losses=True)
    assert (taken.known, taken.missing) == (0, 4)
    await (await own.open()).close()


@pytest.mark.system
async def test_a_node_with_a_disk_may_have_another_name_once_it_is_adopted(
    on_server: Installation,
) -> None:
    stored = await on_server.begin()
    on_server.at("kind = 'disk'", node="cong-1")
    assert await refused(on_server.open()) == "attachments_not_shared"
    await adopt_files(on_server.path, losses=False)
    assert await on_server.serves(stored)


async def test_a_store_of_one_process_may_rename_its_node(own: Installation) -> None:
    stored = await own.begin()
    own.at("kind = 'disk'", node="cong-1")
    assert await own.serves(stored)


@pytest.mark.system
async def test_what_comes_back_otherwise_than_it_was_copied_is_told(
    on_server: Installation, database: dict[str, Any]
) -> None:
    stored = await on_server.begin()
    on_server.at("kind = 'postgresql'")
    shelf = ChunkShelf(database)
    shelf.run(
        lambda db: db.script(
            "CREATE FUNCTION worse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " NEW.sealed := set_byte(NEW.sealed, 9, get_byte(NEW.sealed, 9) # 1);"
            " RETURN NEW; END $$;"
            " CREATE TRIGGER worse BEFORE INSERT ON file_chunk"
            " FOR EACH ROW EXECUTE FUNCTION worse()"
        )
    )
    code = await refused(on_server.copy(on_server.disk))
    assert code == "attachments_copy_differs"
    assert list(shelf.written(0.0, float("inf"))) == []
    shelf.close()
    on_server.at("kind = 'disk'")
    assert await on_server.serves(stored)


async def test_a_shared_folder_that_is_not_there_is_never_made(
    own: Installation,
) -> None:
    await own.begin()
    folder = own.shared()
    folder.rmdir()
    assert await refused(own.open()) == "attachments_away"
    assert await refused(own.copy(own.disk)) == "attachments_away"
    with pytest.raises(StoreUnavailable):
        await adopt_files(own.path, losses=True)
    assert not folder.exists()
