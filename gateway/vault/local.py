"""The vault over a local keyring: AES-256-GCM for what is read, HMAC for what is sought.

Whatever a ciphertext belongs to is bound to it, so that a row which was moved to
another dossier, payload or name does not open.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import time
from collections import OrderedDict
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.ports.attachments import StoredAttachment
from gateway.ports.vault import DossierKey, SealedPayload, Vault
from gateway.vault.keyring import KEY_BYTES, NONCE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.domain.identifiers import DossierId, PayloadId
    from gateway.vault.keyring import Keyring

    Mono = Callable[[], float]

SALT_BYTES = 16
#: Enough for equality among any number of values, and half an index.
BLIND_BYTES = 16
#: How long, in seconds by ``mono``, and how many open keys are remembered.
REMEMBERED_S = 60.0
REMEMBERED_KEYS = 4096
#: First byte of every ciphertext; another one will say another way of sealing.
_WAY = b"\x01"
#: First byte, and part of what is bound, of a file's key that a dossier holds: the
#: mark alone, or a row moved from an upload to a dossier and back, opens nothing.
_TAKEN = b"\x02"
#: The same of a file that is shut away.
_CONFINED = b"\x03"

_K = TypeVar("_K")
_V = TypeVar("_V")


class LocalVault(Vault):
    """Opens and seals with the keys of one keyring."""

    def __init__(
        self,
        keyring: Keyring,
        *,
        mono: Mono = time.monotonic,
        remembered_keys: int = REMEMBERED_KEYS,
    ) -> None:
        """``mono``: seconds that never jump, by which open keys are forgotten."""
        self._keyring = keyring
        self._keys: _Remembered[tuple[str, str, bytes], _OpenKey] = _Remembered(
            remembered_keys, mono
        )
        self._units: _Remembered[str, list[AESGCM]] = _Remembered(remembered_keys, mono)
        self._blinding: dict[str, bytes] = {}
        self._common = AESGCM(keyring.derived("common"))
        self._files = AESGCM(keyring.derived("files"))
        self._confined = AESGCM(keyring.derived("quarantine"))
        self._secrets = AESGCM(keyring.derived("secrets"))
        self._file_names = keyring.derived("file names")

    def new_key(self, dossier_id: DossierId, unit: str) -> DossierKey:
        """A fresh data key, wrapped by the unit's key.

        Raises:
            NeedsConfiguration: the unit has none, and none is made here.
        """
        plain = os.urandom(KEY_BYTES)
        wrapped = _seal(self._unit(unit), plain, bound("key", unit, dossier_id))
        return self._remember(dossier_id, unit, wrapped, plain)

    def key(self, dossier_id: DossierId, unit: str, wrapped: bytes) -> DossierKey:
        """Unwrap, or remember having done so.

        Raises:
            ValueError: wrapped by another unit's key or for another dossier.
            NeedsConfiguration: the unit has none any more.
        """
        known = self._keys.get((dossier_id, unit, wrapped))
        if known is not None:
            return known
        plain, _ = self._unwrapped(dossier_id, unit, wrapped)
        return self._remember(dossier_id, unit, wrapped, plain)

    def rewrapped(
        self, dossier_id: DossierId, unit: str, wrapped: bytes
    ) -> bytes | None:
        """The same data key under the unit's present key; None: it is already.

        Raises:
            ValueError: none of the unit's keys opens it.
        """
        plain, place = self._unwrapped(dossier_id, unit, wrapped)
        if place == 0:
            return None
        return _seal(self._unit(unit), plain, bound("key", unit, dossier_id))

    def turning(self) -> dict[str, str]:
        """Units with an older key that may still wrap something, and their present one."""
        found = self._keyring.all_ids()
        return {unit: ids[0] for unit, ids in found.items() if len(ids) > 1}

    def key_ids(self) -> list[str]:
        """What tells the keys here from others, to be compared with other nodes'."""
        return sorted(one for ids in self._keyring.all_ids().values() for one in ids)

    def _unwrapped(
        self, dossier_id: DossierId, unit: str, wrapped: bytes
    ) -> tuple[bytes, int]:
        """A data key, and by which of the unit's keys it lay."""
        data, ciphers = bound("key", unit, dossier_id), self._ciphers(unit)
        for place, cipher in enumerate(ciphers[:-1]):
            with contextlib.suppress(ValueError):
                return _open(cipher, wrapped, data), place
        return _open(ciphers[-1], wrapped, data), len(ciphers) - 1

    def blind(self, field: str, normalised: str) -> bytes:
        """Keyed hash; equal values of different fields have nothing in common."""
        key = self._blinding.get(field)
        if key is None:
            key = self._blinding[field] = self._keyring.derived(f"blind {field}")
        return hmac.digest(key, normalised.encode(), "sha256")[:BLIND_BYTES]

    def seal_common(
        self, payload_id: PayloadId, kind: str, plain: bytes
    ) -> SealedPayload:
        """Seal what belongs to no dossier yet (an unmatched report)."""
        return _seal_payload(self._common, None, payload_id, kind, plain)

    def open_common(self, sealed: SealedPayload) -> bytes:
        """The reverse of ``seal_common``.

        Raises:
            ValueError: not what was sealed under this identifier.
        """
        return _open_payload(self._common, None, sealed)

    def seal_secret(self, name: str, plain: str) -> bytes:
        """Seal a secret of the gateway's own."""
        return _seal(self._secrets, plain.encode(), bound("secret", name))

    def open_secret(self, name: str, sealed: bytes) -> str:
        """The reverse of ``seal_secret``.

        Raises:
            ValueError: not sealed under this name and master key.
        """
        return _open(self._secrets, sealed, bound("secret", name)).decode()

    def keep_file(self, stored: StoredAttachment, key: bytes) -> StoredAttachment:
        """A file that belongs to no dossier yet, with its own key sealed."""
        sealed = _seal(self._files, key, _WAY + _bound_file(stored))
        return _with_key(stored, sealed)

    def file_key(self, stored: StoredAttachment) -> bytes:
        """The reverse of ``keep_file``."""
        return _open(self._files, stored.sealed_key, _WAY + _bound_file(stored))

    def confine_file(self, stored: StoredAttachment, key: bytes) -> StoredAttachment:
        """A file that is shut away: neither the vault nor a dossier opens it."""
        sealed = _seal(self._confined, key, _CONFINED + _bound_file(stored), _CONFINED)
        return _with_key(stored, sealed)

    def confined_key(self, stored: StoredAttachment) -> bytes:
        """The reverse of ``confine_file``."""
        data = _CONFINED + _bound_file(stored)
        return _open(self._confined, stored.sealed_key, data, _CONFINED)

    def file_name(self, *file: str) -> str:
        """A name that tells nothing of the content, not even that two are equal."""
        return hmac.digest(self._file_names, bound(*file), "sha256").hex()

    def _unit(self, unit: str) -> AESGCM:
        return self._ciphers(unit)[0]

    def _ciphers(self, unit: str) -> list[AESGCM]:
        """Of a unit's keys, the one in use first."""
        known = self._units.get(unit)
        if known is None:
            known = [AESGCM(key) for key in self._keyring.unit_keys(unit)]
            self._units.put(unit, known)
        return known

    def _remember(
        self, dossier_id: DossierId, unit: str, wrapped: bytes, plain: bytes
    ) -> DossierKey:
        key = _OpenKey(dossier_id, wrapped, AESGCM(plain), self._files)
        self._keys.put((dossier_id, unit, wrapped), key)
        return key


class _OpenKey(DossierKey):
    """A dossier's data key, ready for use."""

    __slots__ = (
        "_bound",
        "_bound_files",
        "_cipher",
        "_dossier_id",
        "_untaken",
        "_wrapped",
    )

    def __init__(
        self, dossier_id: DossierId, wrapped: bytes, cipher: AESGCM, untaken: AESGCM
    ) -> None:
        self._dossier_id = dossier_id
        self._wrapped = wrapped
        self._cipher = cipher
        #: What values and files are bound to, without what tells each.
        self._bound = bound("value", dossier_id)
        self._bound_files = _TAKEN + bound("file", dossier_id)
        #: Opens the keys of files that no dossier took yet.
        self._untaken = untaken

    @property
    def wrapped(self) -> bytes:
        return self._wrapped

    def seal(self, payload_id: PayloadId, kind: str, plain: bytes) -> SealedPayload:
        return _seal_payload(self._cipher, self._dossier_id, payload_id, kind, plain)

    def open(self, sealed: SealedPayload) -> bytes:
        return _open_payload(self._cipher, self._dossier_id, sealed)

    def seal_value(self, name: str, plain: str) -> bytes:
        return _seal(self._cipher, plain.encode(), self._bound + _bound_name(name))

    def open_value(self, name: str, sealed: bytes) -> str:
        return _open(self._cipher, sealed, self._bound + _bound_name(name)).decode()

    def take(self, stored: StoredAttachment) -> StoredAttachment:
        file = _bound_file(stored)
        key = _open(self._untaken, stored.sealed_key, _WAY + file)
        sealed = _seal(self._cipher, key, self._bound_files + file, _TAKEN)
        return _with_key(stored, sealed)

    def file_key(self, stored: StoredAttachment) -> bytes:
        data = self._bound_files + _bound_file(stored)
        return _open(self._cipher, stored.sealed_key, data, _TAKEN)


class _Remembered(Generic[_K, _V]):
    """The most recently used values, each for a short while only."""

    def __init__(self, count: int, mono: Mono) -> None:
        self._count = count
        self._mono = mono
        self._values: OrderedDict[_K, tuple[float, _V]] = OrderedDict()

    def get(self, key: _K) -> _V | None:
        found = self._values.get(key)
        if found is None:
            return None
        ends, value = found
        if self._mono() >= ends:
            del self._values[key]
            return None
        self._values.move_to_end(key)
        return value

    def put(self, key: _K, value: _V) -> None:
        self._values[key] = (self._mono() + REMEMBERED_S, value)
        self._values.move_to_end(key)
        if len(self._values) > self._count:
            self._values.popitem(last=False)


def bound(*parts: str) -> bytes:
    """Parts as bytes in which no two different lists of parts are the same."""
    joined = b""
    for part in parts:
        encoded = part.encode()
        joined += len(encoded).to_bytes(4, "big") + encoded
    return joined


@lru_cache(maxsize=1024)
def _bound_name(name: str) -> bytes:
    """The same of a value's name; there are few, and a dossier's files share one."""
    return bound(name)


def _bound_file(stored: StoredAttachment) -> bytes:
    """All that is remembered of a file, as bytes that no other file has.

    Each of a dossier's files is bound twice on its way, so it is written at once.
    """
    name, identifier = stored.name, stored.id
    head = f"{len(identifier)} {len(name)} {stored.size_bytes} "
    return f"{head}{identifier}{name}".encode()


def _with_key(stored: StoredAttachment, sealed: bytes) -> StoredAttachment:
    return StoredAttachment(
        stored.id, stored.name, stored.size_bytes, stored.sha256, sealed
    )


def digest_of(salt: bytes, plain: bytes) -> bytes:
    """The digest that the journal keeps; worth nothing once the salt is deleted."""
    return hmac.digest(salt, plain, "sha256")


def _seal_payload(
    cipher: AESGCM,
    dossier_id: DossierId | None,
    payload_id: PayloadId,
    kind: str,
    plain: bytes,
) -> SealedPayload:
    salt = os.urandom(SALT_BYTES)
    digest = digest_of(salt, plain)
    data = bound("payload", dossier_id or "", payload_id, kind) + salt + digest
    ciphertext = _seal(cipher, plain, data)
    return SealedPayload(payload_id, dossier_id, kind, ciphertext, salt, digest)


def _open_payload(
    cipher: AESGCM, dossier_id: DossierId | None, sealed: SealedPayload
) -> bytes:
    if sealed.dossier_id != dossier_id:
        raise ValueError("the payload is of another dossier")
    data = bound("payload", dossier_id or "", sealed.id, sealed.kind)
    return _open(cipher, sealed.ciphertext, data + sealed.salt + sealed.digest)


def _seal(cipher: AESGCM, plain: bytes, data: bytes, way: bytes = _WAY) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return way + nonce + cipher.encrypt(nonce, plain, data)


def _open(cipher: AESGCM, sealed: bytes, data: bytes, way: bytes = _WAY) -> bytes:
    start = len(_WAY) + NONCE_BYTES
    if sealed[: len(_WAY)] != way or len(sealed) < start:
        raise ValueError("this was not sealed here")
    try:
        return cipher.decrypt(sealed[len(_WAY) : start], sealed[start:], data)
    except InvalidTag:
        raise ValueError("not what was sealed under this name and key") from None
