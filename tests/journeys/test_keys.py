"""A store is opened with the keys it was made with; keys are made by command."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from gateway.domain.errors import StoreUnavailable
from gateway.settings import load
from gateway.vault.keyring import MASTER, Keyring
from gateway.wiring.serve import Gateway
from tests.journeys.commands import Ran, lienthong
from tests.journeys.test_callbacks import quiet_world
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
UNIT = "H00.20.01"
NUMBER = "H00.01-260310-0981"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A production folder in which nothing is yet."""
    path = tmp_path / "gateway.toml"
    path.write_text(f'profile = "production"\nrun_dir = "{tmp_path / "run"}"\n')
    return path


async def key(settings: Path, *words: str) -> Ran:
    """A command on keys."""
    where = ("--settings", settings)
    return await lienthong("key", *words, *where, run_dir=settings.parent / "none")


async def listed(settings: Path) -> dict[str, object]:
    ran = await key(settings, "list", "--json")
    assert ran.code == 0, ran.err
    found: dict[str, object] = json.loads(ran.out)
    return found


async def test_a_store_refuses_to_start_with_another_master_key(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run")
    async with world.mocks_only():
        await world.start_gateway()
        assert (await world.submit(a_dossier(NUMBER))).status == 202
        await world.stop_gateway()
        keys = world.stage.run_dir / "keys"
        own = (keys / MASTER).read_bytes()
        Keyring.open(tmp_path / "other", may_create=True)
        shutil.copy(tmp_path / "other" / MASTER, keys / MASTER)
        for _ in range(2):
            with pytest.raises(StoreUnavailable) as refused:
                await Gateway(load(world.stage.settings_path)).start()
            assert refused.value.code == "master_key_differs"
        told = await lienthong(
            *("serve", "--settings", world.stage.settings_path),
            run_dir=world.stage.run_dir,
            columns=200,
        )
        assert (told.code, told.out) == (1, "")
        assert "Đặt lại đúng tệp master.key" in told.err
        assert "Traceback" not in told.err
        (keys / MASTER).write_bytes(own)
        await world.start_gateway()
        assert (await world.shown(NUMBER))["document"]["number"] == NUMBER


async def test_keys_are_made_once_and_shown_without_a_byte_of_them(
    settings: Path,
) -> None:
    keys = settings.parent / "run" / "keys"
    before = await key(settings, "new", UNIT)
    assert before.code == 1
    assert "Chưa có khóa chính" in before.err
    assert not keys.exists()
    made = await key(settings, "master")
    assert (made.code, made.err) == (0, "")
    again = await key(settings, "master")
    assert (again.code, "Đã có khóa chính" in again.err) == (1, True)
    assert (await key(settings, "new", UNIT)).code == 0
    twice = await key(settings, "new", UNIT)
    assert (twice.code, "đã có khóa" in twice.err) == (1, True)
    assert (await key(settings, "new", " ")).code == 1
    fingerprint = Keyring.open(keys).fingerprint
    own = Keyring.open(keys)
    units = [{"unit": UNIT, "opens": True, "keys": own.unit_ids(UNIT)}]
    assert await listed(settings) == {
        "master_fingerprint": fingerprint,
        "master_key": own.master,
        "units": units,
    }
    table = await key(settings, "list")
    assert UNIT in table.out
    assert fingerprint in made.out
    everything = made.out + table.out
    keyring = Keyring.open(keys)
    for secret in ((keys / MASTER).read_bytes(), keyring.unit_key(UNIT)):
        assert secret.hex() not in everything
    modes = {path.stat().st_mode & 0o777 for path in (*keys.iterdir(), keys)}
    assert modes == {0o600, 0o700}


async def test_keys_under_another_master_key_are_shown_as_such(settings: Path) -> None:
    await key(settings, "master")
    await key(settings, "new", UNIT)
    master = settings.parent / "run" / "keys" / MASTER
    master.write_bytes(bytes(32))
    found = await listed(settings)
    assert found["units"] == [{"unit": UNIT, "opens": False, "keys": []}]
    assert "không mở được" in (await key(settings, "list")).out


async def test_where_a_store_is_no_new_master_key_is_made(settings: Path) -> None:
    run = settings.parent / "run"
    run.mkdir()
    (run / "store.sqlite").write_bytes(b"")
    refused = await key(settings, "master")
    assert refused.code == 1
    assert "đã có kho" in refused.err
    assert not (run / "keys").exists()


async def test_a_running_gateway_finds_a_key_that_was_made_beside_it(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path / "run") as world:
        made = await key(world.stage.settings_path, "new", "H00.20.99")
        assert made.code == 0, made.err
        assert world.gateway is not None
        keyring = world.gateway.opened.vault._keyring  # type: ignore[attr-defined]
        assert "H00.20.99" in keyring.units()
