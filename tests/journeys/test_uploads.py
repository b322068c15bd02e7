"""Files that come before their dossier, and what becomes of their keys."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.errors import NeedsConfiguration
from gateway.domain.principal import EVERYTHING
from gateway.sealing.folder import Folder
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault
from tests.journeys.commands import lienthong
from tests.journeys.test_callbacks import quiet_world
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.ports.store import Change, DossierRow
    from gateway.wiring.ports import Opened
    from gateway.wiring.serve import Gateway

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0961"
PLAIN = b"%PDF-1.4 VI DU " + bytes(range(256)) * 40


def with_file(plain: bytes = PLAIN, number: str = NUMBER) -> dict[str, Any]:
    entry = {"name": "vi-du.pdf", "sha256": hashlib.sha256(plain).hexdigest()}
    return a_dossier(number, documents=[{"name": "Đơn", "files": [entry]}])


class EndingUploads:
    """The store; before the first change that uses one, all uploads end."""

    def __init__(self, store: Any, files: Any) -> None:
        self._store = store
        self._files = files
        self.ended = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def apply(self, change: Change) -> Any:
        if change.uploads_used and not self.ended:
            later = change.now + timedelta(days=1)
            for stored in await self._store.end_uploads(before=later, limit=10):
                await self._files.delete(stored.name)
                self.ended += 1
        return await self._store.apply(change)


async def test_an_upload_that_ends_while_its_dossier_comes_is_told_as_unknown(
    tmp_path: Path,
) -> None:
    stores: list[EndingUploads] = []

    def wrap(gateway: Gateway) -> None:
        opening = gateway.open_ports_of

        async def opened() -> Opened:
            ports = await opening()
            stores.append(EndingUploads(ports.store, ports.attachments))
            store: Any = stores[0]
            return replace(ports, store=store)

        gateway.open_ports_of = opened  # type: ignore[method-assign]

    world = World(tmp_path / "run")
    async with world.mocks_only():
        await world.start_gateway(wrap)
        await world.call("POST", "/v1/attachments", data=PLAIN)
        refused = await world.submit({**with_file(), "idempotency_key": "vi-du-1"})
        assert stores[0].ended == 1
        assert refused.status == 422, refused.body
        assert refused.body["errors"][0]["code"] == "upload_unknown"
        again = await world.call("POST", "/v1/attachments", data=PLAIN)
        assert again.status == 201
        taken = await world.submit({**with_file(), "idempotency_key": "vi-du-1"})
        assert (taken.status, taken.body["repeated"]) == (202, False)
        repeat = await world.submit({**with_file(), "idempotency_key": "vi-du-1"})
        assert (repeat.status, repeat.body["repeated"]) == (202, True)


async def test_an_upload_is_one_dossiers_even_when_two_name_it_at_once(
    tmp_path: Path,
) -> None:
    import asyncio

    async with quiet_world(tmp_path / "run") as world:
        await world.call("POST", "/v1/attachments", data=PLAIN)
        numbers = [f"H00.01-260310-097{n}" for n in range(4)]
        answered = await asyncio.gather(
            *(world.submit(with_file(number=number)) for number in numbers)
        )
        assert sorted(one.status for one in answered) == [202, 422, 422, 422]


async def test_the_key_of_a_file_is_its_dossiers_and_goes_with_the_units(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path / "run") as world:
        other = b"%PDF-1.4 KHAC"
        for plain in (PLAIN, other, b"%PDF-1.4 CHO"):
            await world.call("POST", "/v1/attachments", data=plain)
        mine, theirs = with_file(), with_file(other, "H00.01-260310-0962")
        theirs["units"] = {"intake": "H00.20.02"}
        assert world.gateway is not None
        tools = world.gateway.tools
        rows: list[DossierRow] = []
        for document in (mine, theirs):
            taken = await world.submit(document)
            assert taken.status == 202
            row = await tools.store.dossier(taken.body["dossier"]["id"], EVERYTHING)
            assert row is not None
            rows.append(row)
        keys = world.stage.run_dir / "keys"
        Keyring.open(keys).destroy("H00.20.01")
        # What a process that is started now can read.
        fresh = replace(tools, vault=LocalVault(Keyring.open(keys)))
        (lost,) = await tools.store.attachments(rows[0].case.dossier_id)
        (kept,) = await tools.store.attachments(rows[1].case.dossier_id)
        with pytest.raises(NeedsConfiguration):
            Folder.of(fresh, rows[0])
        key = Folder.of(fresh, rows[1]).key
        assert await _read(fresh, kept.attachment, key) == other
        for by in (key, fresh.vault):
            with pytest.raises(ValueError, match="sealed"):
                await _read(fresh, lost.attachment, by)
        blind = tools.vault.blind("sha256", hashlib.sha256(b"%PDF-1.4 CHO").hexdigest())
        (upload,) = (await tools.store.uploads(rows[1].case.sender, [blind])).values()
        assert await _read(fresh, upload.stored, fresh.vault) == b"%PDF-1.4 CHO"


async def _read(tools: Any, stored: Any, by: Any) -> bytes:
    return b"".join([chunk async for chunk in tools.attachments.open(stored, by)])


async def test_while_the_place_of_files_is_away_senders_are_asked_to_come_again(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "tep"
    folder.mkdir()
    world = World(tmp_path / "run")
    world.more_settings = f'[attachments]\nkind = "shared"\nfolder = "{folder}"\n'
    async with world:
        first = await world.call("POST", "/v1/attachments", data=PLAIN)
        assert first.status == 201
        aside = folder.rename(tmp_path / "aside")
        folder.mkdir()
        away = await world.call("POST", "/v1/attachments", data=b"VI DU")
        assert (away.status, away.body["code"]) == (503, "attachments_away")
        assert "gửi lại" in away.body["remedy"]
        await world.stop_gateway()
        words = ("serve", "--settings", world.stage.settings_path)
        run_dir = world.stage.run_dir
        refused = await lienthong(*words, run_dir=run_dir, columns=500)
        assert refused.code == 1
        assert "kiểm tra ổ mạng đã gắn chưa" in refused.err
        assert list(folder.iterdir()) == []
        folder.rmdir()
        aside.rename(folder)
        await world.start_gateway()
        assert (await world.submit(with_file())).status == 202
