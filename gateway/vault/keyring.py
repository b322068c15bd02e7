"""The keys that lie outside the store: one master key, one key per owning unit.

A unit's key is random and lies wrapped by the master key, so that it can be
handed to escrow or destroyed without touching any other unit's dossiers.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from gateway.disk import durable
from gateway.domain.errors import NeedsConfiguration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY_BYTES = 32
NONCE_BYTES = 12
MASTER = "master.key"
UNITS = "units.json"
_LOCK = "keyring.lock"
_MISSING = (
    "Quản trị tạo khóa cho đơn vị tiếp nhận (lienthong key new) rồi gửi lại; nếu khóa"
    " đã bị hủy thì dữ liệu của đơn vị không mở lại được."
)


class Keyring:
    """A folder of keys that only its owner may read."""

    def __init__(self, folder: Path, master: bytes, *, may_create: bool) -> None:
        """Take a master key from wherever it came; ``open`` reads the folder's own.

        ``may_create``: a unit gets its key with its first dossier.

        Raises:
            ValueError: the key does not have 32 bytes.
        """
        if len(master) != KEY_BYTES:
            raise ValueError("a master key has 32 bytes")
        self._folder = folder
        self._may_create = may_create
        self._master = master
        self._wrapping = AESGCM(self.derived("units"))
        self._wrapped: dict[str, str] = {}
        self._read_at: tuple[int, ...] = ()

    @classmethod
    def open(cls, folder: Path, *, may_create: bool = False) -> Keyring:
        """Read the folder's master key; ``may_create`` makes one where nothing is.

        Raises:
            ValueError: a key is missing, or others may read it.
        """
        if may_create:
            durable.make_folder(folder)
            durable.sync_folder(folder.parent)
        if not folder.is_dir():
            raise ValueError(f"no folder of keys at {folder}")
        _require_owner_only(folder)
        path = folder / MASTER
        if may_create and not path.exists():
            _make_master(folder)
        if not path.exists():
            raise ValueError(f"no master key at {path}")
        _require_owner_only(path)
        return cls(folder, path.read_bytes(), may_create=may_create)

    @property
    def fingerprint(self) -> str:
        """Tells one master key from another, and nothing else about it."""
        return self.derived("fingerprint")[:8].hex()

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose, from the master key."""
        info = f"lienthong 1 {purpose}".encode()
        return HKDFExpand(hashes.SHA256(), KEY_BYTES, info).derive(self._master)

    def units(self) -> list[str]:
        """Units that have a key."""
        self._read()
        return sorted(self._wrapped)

    def unit_key(self, unit: str) -> bytes:
        """The unit's key, opened.

        Raises:
            NeedsConfiguration: it has none, and none is made here.
            StoreUnavailable: keys cannot be read, or a new one not written.
            ValueError: it does not lie under this name and master key.
        """
        try:
            self._read()
            if unit not in self._wrapped:
                if not self._may_create:
                    raise NeedsConfiguration(code="unit_key_missing", remedy=_MISSING)
                self._add(unit)
        except OSError as error:
            raise durable.unavailable("keyring", error) from error
        sealed = base64.b64decode(self._wrapped[unit])
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._wrapping.decrypt(nonce, rest, unit.encode())
        except InvalidTag:
            raise ValueError("this key is not of this unit and master key") from None

    def create(self, unit: str) -> None:
        """Make a unit's key; processes that run find it by themselves.

        Raises:
            ValueError: it has one, which a new one would make worthless.
        """
        if not self._add(unit):
            raise ValueError("this unit has a key")

    def destroy(self, unit: str) -> None:
        """Destroy a unit's key: whatever it wrapped is never opened again.

        Processes that run forget it when their short memory of keys ends.
        """
        with self._alone():
            if unit in self._wrapped:
                self._write({u: k for u, k in self._wrapped.items() if u != unit})

    def _add(self, unit: str) -> bool:
        """Whether a key was made; another process may have been first."""
        with self._alone():
            if unit in self._wrapped:
                return False
            nonce = os.urandom(NONCE_BYTES)
            key = os.urandom(KEY_BYTES)
            sealed = nonce + self._wrapping.encrypt(nonce, key, unit.encode())
            # Used only once it is on the disk: what it wraps is stored beyond recall.
            self._write({**self._wrapped, unit: base64.b64encode(sealed).decode()})
            return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from writing, with their last word read."""
        with _locked(self._folder):
            self._read()
            yield

    def _read(self) -> None:
        """Read the file again if it is another one than last time."""
        path = self._folder / UNITS
        try:
            found = path.stat()
        except FileNotFoundError:
            self._wrapped, self._read_at = {}, ()
            return
        mark = (found.st_ino, found.st_mtime_ns, found.st_size)
        if mark != self._read_at:
            _require_owner_only(path)
            self._wrapped = json.loads(path.read_text("utf-8"))
            self._read_at = mark

    def _write(self, wrapped: dict[str, str]) -> None:
        text = json.dumps(wrapped, ensure_ascii=False, indent=1, sort_keys=True)
        durable.replace(self._folder / UNITS, text.encode())
        self._read()


def _make_master(folder: Path) -> None:
    with _locked(folder):
        path = folder / MASTER
        if path.exists():
            return
        if (folder / UNITS).exists():
            # A new one would open none of them and hide that the old one is lost.
            raise ValueError(f"{UNITS} is here but the master key of it is not")
        durable.replace(path, os.urandom(KEY_BYTES))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(folder / _LOCK, flags, durable.OWNER_ONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _require_owner_only(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise ValueError(f"{path} must be readable by its owner only")
