"""Keys that were lost come back from the safe, and nobody else gets them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from gateway.vault import escrow
from gateway.vault.keyring import MASTER, UNITS, Keyring
from tests.journeys.commands import Ran, lienthong
from tests.journeys.test_callbacks import quiet_world
from tests.world import a_dossier

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0721"


async def key(folder: Path, *words: object) -> Ran:
    return await lienthong("key", *map(str, words), run_dir=folder, columns=200)


async def test_a_lost_folder_of_keys_is_recovered_and_opens_every_dossier(
    tmp_path: Path,
) -> None:
    escrow.make_pair(tmp_path / "safe")
    escrow.make_pair(tmp_path / "other")
    public, private = (
        tmp_path / "safe" / name for name in (escrow.PUBLIC, escrow.PRIVATE)
    )
    file = tmp_path / "ky-gui-1.json"
    async with quiet_world(tmp_path / "run") as world:
        await world.submit(a_dossier(NUMBER))
        keys, settings = world.stage.run_dir / "keys", world.stage.settings_path
        changed = await key(tmp_path, "rotate", "master", "--settings", settings)
        assert changed.code == 0, changed.err
        own = Keyring.open(keys)
        where = ("--settings", settings)
        wrong = await key(tmp_path, "escrow", file, "--key", private, *where)
        assert (wrong.code, "nửa bí mật" in wrong.err) == (1, True)
        made = await key(tmp_path, "escrow", file, "--key", public, *where)
        assert made.code == 0, made.err
        twice = await key(tmp_path, "escrow", file, "--key", public, *where)
        assert (twice.code, "đã có" in twice.err) == (1, True)
        text = file.read_bytes()
        for secret in ((keys / MASTER).read_bytes(), *map(own.unit_key, own.units())):
            assert secret not in text
        assert file.stat().st_mode & 0o077 == 0
        await world.stop_gateway()
        for name in (MASTER, UNITS):
            (keys / name).unlink()
        stranger = tmp_path / "other" / escrow.PRIVATE
        refused = await key(tmp_path, "recover", file, "--key", stranger, "--to", keys)
        assert (refused.code, "dành cho cặp khóa" in refused.err) == (1, True)
        altered = tmp_path / "altered.json"
        altered.write_bytes(text.replace(b'"sealed": "', b'"sealed": "AAAA'))
        refused = await key(
            tmp_path, "recover", altered, "--key", private, "--to", keys
        )
        assert (refused.code, "bị sửa" in refused.err) == (1, True)
        altered.write_bytes(b"[]")
        refused = await key(
            tmp_path, "recover", altered, "--key", private, "--to", keys
        )
        assert (refused.code, "không phải bản ký gửi" in refused.err) == (1, True)
        assert not (keys / MASTER).exists()
        back = await key(tmp_path, "recover", file, "--key", private, "--to", keys)
        assert back.code == 0, back.err
        again = await key(tmp_path, "recover", file, "--key", private, "--to", keys)
        assert (again.code, "đã có khóa" in again.err) == (1, True)
        await world.start_gateway()
        assert (await world.shown(NUMBER))["document"]["number"] == NUMBER
    shutil.rmtree(tmp_path / "safe")
