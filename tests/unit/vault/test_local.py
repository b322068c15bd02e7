"""What is sealed opens only where, for whom and as what it was sealed."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import NeedsConfiguration
from gateway.domain.identifiers import DossierId, PayloadId
from gateway.vault.keyring import Keyring
from gateway.vault.local import REMEMBERED_S, LocalVault, bound

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.vault.conftest import Mono

UNIT = "UBND-PHUONG-VI-DU"
OTHER_UNIT = "UBND-XA-VI-DU"
ONE, TWO = DossierId("d_1"), DossierId("d_2")
P1, P2 = PayloadId("p_1"), PayloadId("p_2")
PLAIN = "Nguyễn Văn Ví Dụ, 000000000000".encode()


def test_a_payload_opens_with_the_unwrapped_key(vault: LocalVault, keys: Path) -> None:
    sealed = (key := vault.new_key(ONE, UNIT)).seal(P1, "document", PLAIN)
    assert key.open(sealed) == PLAIN
    later = LocalVault(Keyring.open(keys)).key(ONE, UNIT, key.wrapped)
    assert later.open(sealed) == PLAIN
    assert (sealed.id, sealed.dossier_id, sealed.kind) == (P1, ONE, "document")


def test_nothing_that_is_stored_shows_the_plain_text(vault: LocalVault) -> None:
    key = vault.new_key(ONE, UNIT)
    payload = key.seal(P1, "document", PLAIN)
    common = vault.seal_common(P2, "inbound", PLAIN)
    stored = [
        key.wrapped, payload.ciphertext, payload.salt, payload.digest,
        common.ciphertext, common.salt, common.digest,
        key.seal_value("land.so", PLAIN.decode()), vault.blind("word", PLAIN.decode()),
    ]  # fmt: skip
    assert not [column for column in stored if PLAIN[:12] in column]


def test_sealing_twice_gives_nothing_to_compare(vault: LocalVault) -> None:
    key = vault.new_key(ONE, UNIT)
    first, second = key.seal(P1, "document", PLAIN), key.seal(P1, "document", PLAIN)
    assert first.ciphertext != second.ciphertext
    assert first.salt != second.salt
    assert first.digest != second.digest
    assert key.seal_value("n", "1") != key.seal_value("n", "1")
    assert vault.new_key(ONE, UNIT).wrapped != key.wrapped


def test_the_digest_is_the_salted_hash_of_the_content(vault: LocalVault) -> None:
    sealed = vault.new_key(ONE, UNIT).seal(P1, "document", PLAIN)
    assert len(sealed.salt) == 16
    assert sealed.digest == hmac.new(sealed.salt, PLAIN, hashlib.sha256).digest()


def test_a_payload_under_another_name_does_not_open(vault: LocalVault) -> None:
    key = vault.new_key(ONE, UNIT)
    sealed = key.seal(P1, "document", PLAIN)
    other = vault.new_key(TWO, UNIT).seal(P2, "signed", PLAIN)
    swapped = [
        replace(sealed, id=P2),
        replace(sealed, kind="signed"),
        replace(sealed, dossier_id=TWO),
        replace(sealed, dossier_id=None),
        replace(sealed, salt=other.salt),
        replace(sealed, digest=other.digest),
        replace(sealed, ciphertext=other.ciphertext),
        replace(sealed, ciphertext=sealed.ciphertext[:-1]),
        replace(sealed, ciphertext=b""),
        replace(sealed, ciphertext=b"\x02" + sealed.ciphertext[1:]),
        replace(sealed, ciphertext=sealed.ciphertext + b"\x00"),
    ]
    for wrong in swapped:
        with pytest.raises(ValueError, match=r"sealed|another dossier"):
            key.open(wrong)
    assert key.open(sealed) == PLAIN


def test_every_single_altered_byte_is_noticed(vault: LocalVault) -> None:
    key = vault.new_key(ONE, UNIT)
    sealed = key.seal(P1, "document", b"VI DU")
    for place in range(len(sealed.ciphertext)):
        altered = bytearray(sealed.ciphertext)
        altered[place] ^= 1
        with pytest.raises(ValueError, match="sealed"):
            key.open(replace(sealed, ciphertext=bytes(altered)))
    assert len(sealed.ciphertext) > 28


def test_a_payload_moved_to_another_dossier_does_not_open(vault: LocalVault) -> None:
    one, two = vault.new_key(ONE, UNIT), vault.new_key(TWO, UNIT)
    sealed = one.seal(P1, "document", PLAIN)
    for moved in (sealed, replace(sealed, dossier_id=TWO)):
        with pytest.raises(ValueError, match=r"sealed|another dossier"):
            two.open(moved)


def test_a_key_moved_to_another_dossier_or_unit_does_not_open(
    vault: LocalVault,
) -> None:
    wrapped = vault.new_key(ONE, UNIT).wrapped
    vault.new_key(TWO, OTHER_UNIT)
    for dossier, unit in ((TWO, UNIT), (ONE, OTHER_UNIT), (TWO, OTHER_UNIT)):
        with pytest.raises(ValueError, match="sealed"):
            vault.key(dossier, unit, wrapped)
    with pytest.raises(ValueError, match="sealed"):
        vault.key(ONE, UNIT, wrapped[:-1] + bytes([wrapped[-1] ^ 1]))
    assert vault.key(ONE, UNIT, wrapped).wrapped == wrapped


def test_a_value_opens_under_its_own_name_only(vault: LocalVault) -> None:
    key, other = vault.new_key(ONE, UNIT), vault.new_key(TWO, UNIT)
    sealed = key.seal_value("one_stop.ma_ho_so", "VIDU-0001")
    assert key.open_value("one_stop.ma_ho_so", sealed) == "VIDU-0001"
    with pytest.raises(ValueError, match="sealed"):
        key.open_value("tax.ma_ho_so", sealed)
    with pytest.raises(ValueError, match="sealed"):
        other.open_value("one_stop.ma_ho_so", sealed)
    with pytest.raises(ValueError, match="sealed"):
        key.open_value("one_stop.ma_ho_so", b"")


def test_a_value_and_a_payload_never_pass_for_each_other(vault: LocalVault) -> None:
    key = vault.new_key(ONE, UNIT)
    value = key.seal_value("document", "VI DU")
    payload = key.seal(P1, "document", b"VI DU")
    with pytest.raises(ValueError, match="sealed"):
        key.open(replace(payload, ciphertext=value))
    with pytest.raises(ValueError, match="sealed"):
        key.open_value("document", payload.ciphertext)


def test_what_belongs_to_no_dossier_opens_as_such_only(vault: LocalVault) -> None:
    sealed = vault.seal_common(P1, "inbound", PLAIN)
    assert sealed.dossier_id is None
    assert vault.open_common(sealed) == PLAIN
    with pytest.raises(ValueError, match="sealed"):
        vault.open_common(replace(sealed, id=P2))
    with pytest.raises(ValueError, match="another dossier"):
        vault.open_common(replace(sealed, dossier_id=ONE))
    with pytest.raises(ValueError, match="another dossier"):
        vault.new_key(ONE, UNIT).open(sealed)


def test_a_blind_value_is_the_same_for_the_same_and_tells_nothing_else(
    vault: LocalVault, keyring: Keyring, tmp_path: Path
) -> None:
    blind = vault.blind("number", "VIDU-0001")
    assert blind == vault.blind("number", "VIDU-0001")
    assert blind == LocalVault(keyring).blind("number", "VIDU-0001")
    assert blind != vault.blind("number", "VIDU-0002")
    assert blind != vault.blind("word", "VIDU-0001")
    assert len(blind) == 16
    elsewhere = LocalVault(Keyring.open(tmp_path / "other", may_create=True))
    assert blind != elsewhere.blind("number", "VIDU-0001")
    # The control: without a key anybody can compute the hash of every number.
    assert blind not in hashlib.sha256(b"VIDU-0001").digest()


def test_an_open_key_is_remembered_for_a_short_while_only(
    vault: LocalVault, keyring: Keyring, mono: Mono
) -> None:
    wrapped = vault.new_key(ONE, UNIT).wrapped
    first = vault.key(ONE, UNIT, wrapped)
    keyring.destroy(UNIT)
    mono.seconds += REMEMBERED_S - 1
    assert vault.key(ONE, UNIT, wrapped) is first
    mono.seconds += 1
    with pytest.raises(NeedsConfiguration):
        LocalVault(Keyring.open(keyring._folder), mono=mono).key(ONE, UNIT, wrapped)


def test_a_destroyed_unit_key_makes_its_dossiers_unreadable_and_no_others(
    vault: LocalVault, keys: Path, mono: Mono
) -> None:
    lost = vault.new_key(ONE, UNIT).wrapped
    kept = vault.new_key(TWO, OTHER_UNIT).wrapped
    running = LocalVault(Keyring.open(keys), mono=mono)
    assert running.key(ONE, UNIT, lost).wrapped == lost
    Keyring.open(keys).destroy(UNIT)
    mono.seconds += REMEMBERED_S
    with pytest.raises(NeedsConfiguration):
        running.key(ONE, UNIT, lost)
    assert running.key(TWO, OTHER_UNIT, kept).wrapped == kept
    # A new key of the same unit does not bring them back.
    Keyring.open(keys).create(UNIT)
    with pytest.raises(ValueError, match="sealed"):
        running.key(ONE, UNIT, lost)


def test_only_so_many_keys_are_remembered(keyring: Keyring, mono: Mono) -> None:
    vault = LocalVault(keyring, mono=mono, remembered_keys=2)
    dossiers = [DossierId(f"d_{number}") for number in range(3)]
    keys = {dossier: vault.new_key(dossier, UNIT) for dossier in dossiers}
    oldest, middle, newest = dossiers
    assert vault.key(newest, UNIT, keys[newest].wrapped) is keys[newest]
    assert vault.key(middle, UNIT, keys[middle].wrapped) is keys[middle]
    assert vault.key(oldest, UNIT, keys[oldest].wrapped) is not keys[oldest]
    # The one used longest ago made room for it.
    assert vault.key(middle, UNIT, keys[middle].wrapped) is keys[middle]
    assert vault.key(newest, UNIT, keys[newest].wrapped) is not keys[newest]


def test_a_dossier_of_a_unit_without_a_key_is_not_accepted(
    keyring: Keyring, keys: Path
) -> None:
    with pytest.raises(NeedsConfiguration) as missing:
        LocalVault(Keyring.open(keys)).new_key(ONE, UNIT)
    assert UNIT not in str(missing.value) + missing.value.remedy


@given(st.lists(st.text(max_size=8)), st.lists(st.text(max_size=8)))
def test_different_parts_are_never_bound_to_the_same_bytes(
    one: list[str], two: list[str]
) -> None:
    assert (bound(*one) == bound(*two)) == (one == two)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 65536, 1_000_003])
def test_content_of_every_size_comes_back(vault: LocalVault, size: int) -> None:
    key = vault.new_key(ONE, UNIT)
    plain = bytes(range(256)) * (size // 256 + 1)
    assert key.open(key.seal(P1, "signed", plain[:size])) == plain[:size]
