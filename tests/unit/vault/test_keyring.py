"""Keys outside the store: made only where they may be, readable by the owner only."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

import pytest

from gateway.domain.errors import NeedsConfiguration, StoreUnavailable
from gateway.vault.keyring import MASTER, UNITS, Keyring
from tests.unit.vault.conftest import files_at_most

if TYPE_CHECKING:
    from pathlib import Path

UNIT = "UBND-PHUONG-VI-DU"


def modes(folder: Path) -> dict[str, str]:
    return {path.name: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}


def test_keys_are_readable_by_their_owner_only(keys: Path) -> None:
    before = os.umask(0)
    try:
        Keyring.open(keys, may_create=True).create(UNIT)
    finally:
        os.umask(before)
    assert oct(keys.stat().st_mode & 0o777) == "0o700"
    assert {MASTER, UNITS} <= set(modes(keys))
    assert set(modes(keys).values()) == {"0o600"}


def test_a_keyring_opened_again_has_the_same_keys(keyring: Keyring, keys: Path) -> None:
    key = keyring.unit_key(UNIT)
    again = Keyring.open(keys)
    assert again.unit_key(UNIT) == key
    assert again.derived("common") == keyring.derived("common")
    assert again.fingerprint == keyring.fingerprint
    assert len((keys / MASTER).read_bytes()) == 32


def test_nothing_is_made_where_nothing_may_be_made(keys: Path) -> None:
    with pytest.raises(ValueError, match="Không có thư mục khóa"):
        Keyring.open(keys)
    keys.mkdir(mode=0o700)
    with pytest.raises(ValueError, match="Không có khóa chính"):
        Keyring.open(keys)
    assert list(keys.iterdir()) == []


def test_a_unit_without_a_key_gets_none_in_production(
    keyring: Keyring, keys: Path
) -> None:
    production = Keyring.open(keys)
    with pytest.raises(NeedsConfiguration) as missing:
        production.unit_key(UNIT)
    assert (missing.value.code, production.units()) == ("unit_key_missing", [])
    # The control: the same call on a keyring that may make keys makes one.
    assert len(keyring.unit_key(UNIT)) == 32
    assert production.units() == [UNIT]


def test_keys_that_others_may_read_are_refused(keyring: Keyring, keys: Path) -> None:
    keyring.create(UNIT)
    for path, open_mode, right_mode in (
        (keys, 0o750, 0o700),
        (keys / MASTER, 0o640, 0o600),
        (keys / UNITS, 0o604, 0o600),
    ):
        path.chmod(open_mode)
        with pytest.raises(ValueError, match="người khác đọc được"):
            Keyring.open(keys).unit_key(UNIT)
        path.chmod(right_mode)
    assert Keyring.open(keys).units() == [UNIT]


def test_a_master_key_of_another_length_is_refused(
    keyring: Keyring, keys: Path
) -> None:
    (keys / MASTER).write_bytes(b"short")
    with pytest.raises(ValueError, match="32 byte"):
        Keyring.open(keys)


def test_a_lost_master_key_is_not_replaced_while_it_has_unit_keys(
    keyring: Keyring, keys: Path
) -> None:
    keyring.create(UNIT)
    (keys / MASTER).unlink()
    with pytest.raises(ValueError, match="không có khóa chính"):
        Keyring.open(keys, may_create=True)
    assert not (keys / MASTER).exists()


def test_unit_keys_lie_wrapped_and_differ(keyring: Keyring, keys: Path) -> None:
    first, second = keyring.unit_key(UNIT), keyring.unit_key("UBND-XA-VI-DU")
    assert first != second
    on_disk = b"".join(path.read_bytes() for path in keys.iterdir())
    assert (keys / MASTER).read_bytes() in on_disk
    assert first not in on_disk
    assert second not in on_disk


def test_a_wrapped_key_moved_to_another_unit_does_not_open(
    keyring: Keyring, keys: Path
) -> None:
    keyring.create(UNIT)
    path = keys / UNITS
    wrapped = json.loads(path.read_text())
    path.write_text(json.dumps({"UBND-KHAC": wrapped[UNIT]}))
    with pytest.raises(ValueError, match="not of this unit"):
        Keyring.open(keys).unit_key("UBND-KHAC")


def test_another_master_key_opens_no_unit_key(keyring: Keyring, keys: Path) -> None:
    keyring.create(UNIT)
    (keys / MASTER).write_bytes(bytes(32))
    other = Keyring.open(keys)
    with pytest.raises(ValueError, match="not of this unit"):
        other.unit_key(UNIT)
    assert other.fingerprint != keyring.fingerprint


def test_a_unit_has_its_key_once(keyring: Keyring) -> None:
    keyring.create(UNIT)
    key = keyring.unit_key(UNIT)
    with pytest.raises(ValueError, match="has a key"):
        keyring.create(UNIT)
    assert keyring.unit_key(UNIT) == key


def test_destroying_one_key_leaves_the_others(keyring: Keyring, keys: Path) -> None:
    keyring.create(UNIT)
    kept = keyring.unit_key("UBND-XA-VI-DU")
    running = Keyring.open(keys)
    assert len(running.unit_key(UNIT)) == 32
    keyring.destroy(UNIT)
    keyring.destroy(UNIT)
    with pytest.raises(NeedsConfiguration):
        running.unit_key(UNIT)
    assert running.unit_key("UBND-XA-VI-DU") == kept


def test_a_running_process_finds_a_key_that_was_made_beside_it(
    keyring: Keyring, keys: Path
) -> None:
    running = Keyring.open(keys)
    assert running.units() == []
    keyring.create(UNIT)
    assert running.unit_key(UNIT) == keyring.unit_key(UNIT)


def test_keyrings_that_make_keys_at_once_lose_none(
    keyring: Keyring, keys: Path
) -> None:
    units = [f"UBND-{number}" for number in range(8)]
    found: dict[str, list[bytes]] = {unit: [] for unit in units}

    def work() -> None:
        own = Keyring.open(keys, may_create=True)
        for unit in units:
            found[unit].append(own.unit_key(unit))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keyring.units() == units
    assert {unit: set(keys) for unit, keys in found.items()} == {
        unit: {keyring.unit_key(unit)} for unit in units
    }
    assert {len(keys) for keys in found.values()} == {4}


def test_keyrings_that_open_an_empty_folder_at_once_agree(keys: Path) -> None:
    prints: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: prints.append(
                Keyring.open(keys, may_create=True).fingerprint
            )
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(prints), len(set(prints))) == (4, 1)


def test_derived_keys_tell_nothing_of_each_other(keyring: Keyring) -> None:
    keys = {keyring.derived(name) for name in ("units", "common", "files", "blind x")}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}


def test_a_key_that_cannot_be_written_is_never_used(
    keyring: Keyring, keys: Path
) -> None:
    keyring.create(UNIT)
    before = (keys / UNITS).read_bytes()
    with files_at_most(16), pytest.raises(StoreUnavailable, match="keyring: EFBIG"):
        keyring.unit_key("UBND-XA-VI-DU")
    assert keyring.units() == [UNIT]
    assert (keys / UNITS).read_bytes() == before
    assert {path.name for path in keys.iterdir()} == {MASTER, UNITS, "keyring.lock"}
    # The control: with room on the disk the same call works.
    assert len(keyring.unit_key("UBND-XA-VI-DU")) == 32
