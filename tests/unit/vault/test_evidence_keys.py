"""Keys that sign evidence: one file for its owner, one new key after another."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.domain.evidence import fingerprint, key_id, to_be_signed
from gateway.vault.evidence_keys import FILE, EvidenceKeys

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
WEEK = timedelta(days=7)


def test_the_first_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    keys = EvidenceKeys(tmp_path)
    assert list(keys.held()) == []
    assert keys.sign(b"x", NOW) is None
    assert keys.make_first(NOW)
    assert not keys.make_first(NOW)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    (key,) = keys.held()
    assert key.id == key_id(key.public)
    assert fingerprint(key.public).replace(" ", "").startswith(key.id)
    assert EvidenceKeys(tmp_path).held() == keys.held()


def test_a_file_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    EvidenceKeys(tmp_path).make_first(NOW)
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(ValueError, match="người khác đọc được"):
        EvidenceKeys(tmp_path).sign(b"x", NOW)


def test_a_signature_covers_the_text_and_its_moment(tmp_path: Path) -> None:
    keys = EvidenceKeys(tmp_path)
    keys.make_first(NOW)
    found = keys.sign(b"text", NOW)
    assert found is not None
    (key,) = keys.held()
    public = Ed25519PublicKey.from_public_bytes(key.public)
    public.verify(found.value, to_be_signed(b"text", NOW))
    with pytest.raises(InvalidSignature):
        public.verify(found.value, to_be_signed(b"text", NOW + WEEK))


def test_a_new_key_signs_at_once_and_the_old_one_counts_a_while(tmp_path: Path) -> None:
    keys = EvidenceKeys(tmp_path)
    keys.make_first(NOW)
    (old,) = keys.held()
    # Another process makes it: whoever runs finds it by itself.
    made = EvidenceKeys(tmp_path).rotate(NOW + WEEK, WEEK)
    first, second = keys.held()
    assert (first.id, second.id) == (old.id, made)
    assert (first.until, second.until) == (NOW + 2 * WEEK, None)
    for at, but, by in (
        (NOW, (), old.id),
        (NOW + WEEK, (), made),
        (NOW + WEEK, (made,), old.id),
        (NOW + 3 * WEEK, (made,), None),
    ):
        found = keys.sign(b"x", at, but)
        assert (found.key if found else None) == by
    # A second change leaves the end that was told.
    keys.rotate(NOW + 2 * WEEK, WEEK)
    ends = [one.until for one in keys.held()]
    assert ends == [NOW + 2 * WEEK, NOW + 3 * WEEK, None]


def test_no_private_half_is_shown(tmp_path: Path) -> None:
    keys = EvidenceKeys(tmp_path)
    keys.make_first(NOW)
    (row,) = json.loads((tmp_path / FILE).read_text())["keys"]
    assert row["seed"] not in repr(keys.held())
