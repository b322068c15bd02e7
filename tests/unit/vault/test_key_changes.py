"""Another master key, another key of a unit: everything opens on the way, and after a death."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from gateway.disk import durable
from gateway.domain.errors import NeedsConfiguration
from gateway.domain.identifiers import DossierId, PayloadId
from gateway.vault.keyring import MASTER, NEXT, UNITS, Keyring
from gateway.vault.local import LocalVault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UNIT, OTHER = "UBND-PHUONG-VI-DU", "UBND-XA-VI-DU"
ONE = DossierId("d_one")


def contents(folder: Path) -> dict[str, Any]:
    """All that a keyring opens: what must never change."""
    keyring = Keyring.open(folder)
    vault = LocalVault(keyring)
    return {
        "units": {unit: keyring.unit_keys(unit) for unit in keyring.units()},
        "fingerprint": keyring.fingerprint,
        "blind": vault.blind("word", "mẫu"),
        "name": vault.file_name("x"),
        "secret": keyring.derived("secrets"),
    }


@pytest.fixture
def made(keyring: Keyring, keys: Path) -> Path:
    keyring.create(UNIT)
    keyring.create(OTHER)
    return keys


def test_another_master_key_opens_all_that_the_old_one_did(made: Path) -> None:
    before, old = contents(made), (made / MASTER).read_bytes()
    first = Keyring.open(made).master
    for _ in range(2):
        Keyring.open(made).change_master()
        assert contents(made) == before
    assert Keyring.open(made).master != first
    assert (made / MASTER).read_bytes() != old
    assert not (made / NEXT).exists()
    assert {path.stat().st_mode & 0o777 for path in made.iterdir()} == {0o600}
    # Whoever has the old one alone opens nothing of what lies here now.
    (made / MASTER).write_bytes(old)
    stolen = Keyring.open(made)
    assert [stolen.unit_ids(unit) for unit in stolen.units()] == [[], []]


def test_a_process_that_runs_goes_over_by_itself(made: Path) -> None:
    running = Keyring.open(made)
    key, blind = running.unit_key(UNIT), LocalVault(running).blind("word", "a")
    Keyring.open(made).change_master()
    assert running.unit_key(UNIT) == key
    assert LocalVault(running).blind("word", "a") == blind
    Keyring.open(made).create("UBND-MOI-VI-DU")
    assert running.unit_key("UBND-MOI-VI-DU") == Keyring.open(made).unit_key(
        "UBND-MOI-VI-DU"
    )


class Died(BaseException):
    """The process ends here."""


def test_whoever_dies_while_it_changes_leaves_one_that_opens_everything(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(made)
    real, path_replace = durable.replace, type(made).replace
    steps = 0
    for last in range(8):
        folder = tmp_path / f"point-{last}"
        shutil.copytree(made, folder)
        count = [0]

        def dying(step: Callable[..., Any], count: list[int] = count) -> Any:
            def done(*given: Any) -> Any:
                if count[0] == last:  # noqa: B023  used within this turn
                    raise Died
                count[0] += 1
                return step(*given)

            return done

        with monkeypatch.context() as patched:
            patched.setattr(durable, "replace", dying(real))
            patched.setattr(type(made), "replace", dying(path_replace))
            try:
                Keyring.open(folder).change_master()
            except Died:
                steps += 1
        assert contents(folder) == before, last
        Keyring.open(folder).change_master()
        assert contents(folder) == before, last
        assert not (folder / NEXT).exists()
    # Two files put in place, each with its rename, and the last one.
    assert steps == 5


def test_a_name_of_the_files_own_is_no_unit(made: Path) -> None:
    Keyring.open(made).change_master()
    keyring = Keyring.open(made, may_create=True)
    assert keyring.units() == sorted([UNIT, OTHER])
    for name in ("@root", "@master"):
        with pytest.raises(NeedsConfiguration):
            keyring.unit_key(name)


def test_dossiers_open_under_either_key_of_a_unit_until_the_old_one_is_dropped(
    made: Path,
) -> None:
    vault = LocalVault(Keyring.open(made))
    key = vault.new_key(ONE, UNIT)
    sealed = key.seal(PayloadId("p_1"), "content", b"VI DU")
    keyring = Keyring.open(made)
    new = keyring.prepare(UNIT)
    with pytest.raises(ValueError, match="another key already"):
        keyring.prepare(UNIT)
    fresh = LocalVault(Keyring.open(made))
    # Not in use yet: what is made now still lies under the first.
    assert fresh.rewrapped(ONE, UNIT, key.wrapped) is None
    keyring.use(UNIT, new)
    fresh = LocalVault(Keyring.open(made))
    assert fresh.turning() == {UNIT: new}
    assert fresh.key(ONE, UNIT, key.wrapped).open(sealed) == b"VI DU"
    anew = fresh.rewrapped(ONE, UNIT, key.wrapped)
    assert anew is not None
    assert anew != key.wrapped
    assert fresh.key(ONE, UNIT, anew).open(sealed) == b"VI DU"
    assert fresh.rewrapped(ONE, UNIT, anew) is None
    Keyring.open(made).change_master()
    assert keyring.drop_old(UNIT) == 1
    after = LocalVault(Keyring.open(made))
    assert after.turning() == {}
    assert after.key(ONE, UNIT, anew).open(sealed) == b"VI DU"
    with pytest.raises(ValueError, match="not what was sealed"):
        after.key(ONE, UNIT, key.wrapped)
    with pytest.raises(ValueError, match="not what was sealed"):
        after.rewrapped(ONE, UNIT, key.wrapped)


def test_nothing_of_a_key_stands_open_in_the_file(made: Path) -> None:
    keyring = Keyring.open(made)
    keyring.prepare(UNIT)
    keyring.change_master()
    text = (made / UNITS).read_text("utf-8")
    secrets = [*keyring.unit_keys(UNIT), (made / MASTER).read_bytes()]
    assert len(json.loads(text)[UNIT]) == 2
    for secret in secrets:
        assert secret.hex() not in text
