"""Killed before or after the commit that links a file: its key is in one place, and opens."""

from __future__ import annotations

import hashlib
import signal
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gateway.domain.principal import EVERYTHING
from gateway.store.sqlite import SQLiteStore
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault
from tests.crash.dying import Child, Death
from tests.files import DiskAttachments
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]
NUMBER = "H00.01-260310-0991"
PLAINS = [b"%PDF-1.4 VI DU 1", b"%PDF-1.4 VI DU 2 " * 6_000]


def document() -> dict[str, Any]:
    files = [
        {"name": f"vi-du-{n}.pdf", "sha256": hashlib.sha256(plain).hexdigest()}
        for n, plain in enumerate(PLAINS)
    ]
    return a_dossier(NUMBER, documents=[{"name": "Đơn", "files": files}])


async def child(world: World, death: Death) -> Child:
    stage = world.stage
    stage.write_settings(start=world.now().isoformat(), more="[store]\ngroup_max = 1\n")
    started = Child(stage.settings_path, death)
    assert await started.started()
    return started


async def found(run: Path) -> tuple[list[bytes], list[bytes]]:
    """Content of every upload, and of every file of the dossier, each by its holder."""
    vault = LocalVault(Keyring.open(run / "keys"))
    disk = DiskAttachments(run / "attachments", vault)
    store = await SQLiteStore.open(run / "store.sqlite")

    async def read(stored: Any, keys: Any) -> bytes:
        return b"".join([chunk async for chunk in disk.open(stored, keys)])

    try:
        blinds = [
            vault.blind("sha256", hashlib.sha256(plain).hexdigest()) for plain in PLAINS
        ]
        sender: Any = "mot-cua-mau"
        kept = await store.uploads(sender, blinds)
        uploads = [await read(kept[b].stored, vault) for b in blinds if b in kept]
        linked: list[bytes] = []
        for row in await store.dossiers(EVERYTHING, state=None, after=None, limit=9):
            case = row.case
            key = vault.key(case.dossier_id, case.unit, row.wrapped_key)
            links = await store.attachments(case.dossier_id)
            linked += [await read(link.attachment, key) for link in links]
        return uploads, linked
    finally:
        await store.close()
        disk.close()


@pytest.mark.parametrize("before", [True, False])
async def test_a_death_at_the_link_leaves_every_file_to_one_holder(
    tmp_path: Path, *, before: bool
) -> None:
    world = World(tmp_path / "run")
    run = world.stage.run_dir
    async with world.mocks_only():
        whole = await child(world, Death())
        for plain in PLAINS:
            await world.call("POST", "/v1/attachments", data=plain)
        units = whole.count.value
        await whole.stop()
        assert await found(run) == (PLAINS, [])
        # The same start, less the units of the two uploads; then the dossier's own.
        death = Death(units - len(PLAINS) + 1, before=before)
        dying = await child(world, death)
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await world.submit(document())
        assert await dying.ended() == -signal.SIGKILL
        assert await found(run) == ((PLAINS, []) if before else ([], PLAINS))
        again = await child(world, Death())
        taken = await world.submit(document())
        assert (taken.status, taken.body["repeated"]) == (202, not before)
        await again.stop()
        assert await found(run) == ([], PLAINS)
