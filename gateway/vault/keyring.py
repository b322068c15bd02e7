"""The keys that lie outside the store: one master key, one key per owning unit.

A unit's key is random and lies wrapped by the master key, so that it can be
handed to escrow or destroyed without touching any other unit's dossiers.

What is derived (blind hashes, names of files, common content) comes from a root that
never changes. It is the first master key; once that is replaced, the root lies wrapped
by the new one, in the same file as the units' keys: one rename changes hands.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from gateway.disk import durable
from gateway.domain.errors import NeedsConfiguration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KEY_BYTES = 32
NONCE_BYTES = 12
MASTER = "master.key"
#: One that takes over; what wraps is told by ``units.json``.
NEXT = "master.next.key"
UNITS = "units.json"
_LOCK = "keyring.lock"
#: Names in the file that are no unit's: the root, and which master key wraps.
_OWN = "@"
_ROOT, _MASTER = "@root", "@master"
Wrapped: TypeAlias = dict[str, "str | list[str]"]
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
            raise ValueError(
                "Khóa chính phải dài đúng 32 byte: đặt lại tệp đã sao lưu."
            )
        self._folder = folder
        self._may_create = may_create
        self._wrapped: Wrapped = {}
        self._read_at: tuple[int, ...] = ()
        self._ids: dict[str, list[str]] | None = None
        #: of all units, once somebody asked, until the file is another one
        self._take(master)

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
            raise ValueError(
                f"Không có thư mục khóa {folder}: đặt lại thư mục đã sao lưu"
                " (cài mới: lienthong key master)."
            )
        _require_owner_only(folder)
        path = folder / MASTER
        if may_create and not path.exists():
            _make_master(folder)
        if not path.exists():
            raise ValueError(
                f"Không có khóa chính {path}: đặt lại tệp đã sao lưu"
                " (cài mới: lienthong key master)."
            )
        _require_owner_only(path)
        keyring = cls(folder, path.read_bytes(), may_create=may_create)
        keyring._read()
        return keyring

    @property
    def fingerprint(self) -> str:
        """Tells the root of one store from another's, and nothing else about it."""
        return self.derived("fingerprint")[:8].hex()

    @property
    def master(self) -> str:
        """Tells one master key from another; after a change not the fingerprint."""
        return key_id(self._master)

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose, from the root."""
        return _derived(self._root, purpose)

    def units(self) -> list[str]:
        """Units that have a key."""
        self._read()
        return sorted(unit for unit in self._wrapped if not unit.startswith(_OWN))

    def unit_key(self, unit: str) -> bytes:
        """The unit's key that is in use, opened; see ``unit_keys``."""
        return self.unit_keys(unit)[0]

    def unit_keys(self, unit: str) -> list[bytes]:
        """All of a unit's keys: the one in use, then those that still open something.

        Raises:
            NeedsConfiguration: it has none, and none is made here.
            StoreUnavailable: keys cannot be read, or a new one not written.
            ValueError: it does not lie under this name and master key.
        """
        try:
            self._read()
            if unit not in self._wrapped or unit.startswith(_OWN):
                if not self._may_create or unit.startswith(_OWN):
                    raise NeedsConfiguration(code="unit_key_missing", remedy=_MISSING)
                self._add(unit)
        except OSError as error:
            raise durable.unavailable("keyring", error) from error
        return [self._opened(unit, one) for one in _versions(self._wrapped[unit])]

    def unit_ids(self, unit: str) -> list[str]:
        """What tells a unit's keys apart, the one in use first; none where none opens."""
        try:
            return [key_id(key) for key in self.unit_keys(unit)]
        except (NeedsConfiguration, ValueError):
            return []

    def all_ids(self) -> Mapping[str, list[str]]:
        """The same of every unit; asked every few seconds, worked out once per file."""
        units, mark = self.units(), self._read_at
        if self._ids is not None:
            return self._ids
        found = {unit: self.unit_ids(unit) for unit in units}
        if mark == self._read_at:
            self._ids = found
        return found

    def _opened(self, name: str, wrapped: str) -> bytes:
        sealed = base64.b64decode(wrapped)
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._wrapping.decrypt(nonce, rest, name.encode())
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

    def copied(self) -> dict[str, bytes]:
        """The files of this folder at one point, by the names they are read under."""
        with self._alone():
            self._finish()
            found = {MASTER: self._master}
            if (self._folder / UNITS).exists():
                found[UNITS] = (self._folder / UNITS).read_bytes()
            return found

    def prepare(self, unit: str) -> str:
        """Give a unit another key, which is not used yet; what tells it from others.

        Raises:
            NeedsConfiguration: it has none.
            ValueError: one is prepared already, or the present one does not open.
        """
        with self._alone():
            present = self.unit_keys(unit)
            if len(present) > 1:
                raise ValueError("this unit has another key already")
            key = os.urandom(KEY_BYTES)
            # The one in use stands first.
            self._write({**self._wrapped, unit: self._sealed(unit, [*present, key])})
            return key_id(key)

    def use(self, unit: str, identifier: str) -> None:
        """Wrap with this one of a unit's keys from now on.

        Raises:
            ValueError: it has no such key.
        """
        with self._alone():
            keys = self.unit_keys(unit)
            chosen = [key for key in keys if key_id(key) == identifier]
            if not chosen:
                raise ValueError("this unit has no such key")
            others = [key for key in keys if key_id(key) != identifier]
            self._write({**self._wrapped, unit: self._sealed(unit, [*chosen, *others])})

    def drop_old(self, unit: str) -> int:
        """Destroy all of a unit's keys but the one in use; how many."""
        with self._alone():
            keys = self.unit_keys(unit)
            self._write({**self._wrapped, unit: self._sealed(unit, keys[:1])})
            return len(keys) - 1

    def change_master(self) -> str:
        """Wrap everything by another master key; what tells it from the old one.

        Whoever dies on the way leaves one that opens everything: ``units.json`` says
        which of the two files holds it. Processes that run go over by themselves.

        Raises:
            ValueError: something does not open under the present one.
        """
        with self._alone():
            self._finish()
            opened = {
                name: [self._opened(name, one) for one in _versions(kept)]
                for name, kept in self._wrapped.items()
                if not name.startswith(_OWN)
            }
            root, new = self._root, os.urandom(KEY_BYTES)
            durable.replace(self._folder / NEXT, new)
            self._take(new, root)
            wrapped: Wrapped = {
                _ROOT: self._sealed(_ROOT, [root])[0],
                _MASTER: key_id(new),
            }
            for name, keys in opened.items():
                wrapped[name] = self._sealed(name, keys)
            self._write(wrapped)
            self._finish()
            return key_id(new)

    def _finish(self) -> None:
        """Give the key that wraps its name, or throw away one that never wrapped."""
        path = self._folder / NEXT
        if not path.exists():
            return
        if key_id(path.read_bytes()) == self._wrapped.get(_MASTER):
            path.replace(self._folder / MASTER)
        else:
            path.unlink()
        durable.sync_folder(self._folder)

    def _sealed(self, name: str, keys: list[bytes]) -> list[str]:
        found = []
        for key in keys:
            nonce = os.urandom(NONCE_BYTES)
            sealed = nonce + self._wrapping.encrypt(nonce, key, name.encode())
            found.append(base64.b64encode(sealed).decode())
        return found

    def _take(self, master: bytes, root: bytes | None = None) -> None:
        self._master = master
        self._root = root or master
        self._wrapping = AESGCM(_derived(master, "units"))

    def _go_over(self) -> None:
        """To the master key that wraps what was just read, if it is here."""
        wanted = self._wrapped.get(_MASTER)
        if wanted is None:
            return
        if wanted != key_id(self._master):
            for name in (MASTER, NEXT):
                path = self._folder / name
                if path.exists() and key_id(path.read_bytes()) == wanted:
                    _require_owner_only(path)
                    self._take(path.read_bytes(), self._root)
        if wanted == key_id(self._master):
            self._root = self._opened(_ROOT, str(self._wrapped[_ROOT]))

    def _add(self, unit: str) -> bool:
        """Whether a key was made; another process may have been first."""
        with self._alone():
            if unit in self._wrapped:
                return False
            (sealed,) = self._sealed(unit, [os.urandom(KEY_BYTES)])
            # Used only once it is on the disk: what it wraps is stored beyond recall.
            self._write({**self._wrapped, unit: sealed})
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
            self._wrapped, self._read_at, self._ids = {}, (), None
            return
        mark = (found.st_ino, found.st_mtime_ns, found.st_size)
        if mark != self._read_at:
            _require_owner_only(path)
            self._wrapped = json.loads(path.read_text("utf-8"))
            self._read_at, self._ids = mark, None
            self._go_over()

    def _write(self, wrapped: Wrapped) -> None:
        text = json.dumps(wrapped, ensure_ascii=False, indent=1, sort_keys=True)
        durable.replace(self._folder / UNITS, text.encode())
        self._read()


def key_id(key: bytes) -> str:
    """Tells one key from another, and nothing else about it."""
    return _derived(key, "id")[:6].hex()


def _derived(key: bytes, purpose: str) -> bytes:
    info = f"lienthong 1 {purpose}".encode()
    return HKDFExpand(hashes.SHA256(), KEY_BYTES, info).derive(key)


def _versions(kept: str | list[str]) -> list[str]:
    """One key as it always lay, or several."""
    return [kept] if isinstance(kept, str) else kept


def _make_master(folder: Path) -> None:
    with _locked(folder):
        path = folder / MASTER
        if path.exists():
            return
        if (folder / UNITS).exists():
            # A new one would open none of them and hide that the old one is lost.
            raise ValueError(
                f"Có {UNITS} mà không có khóa chính của nó: đặt lại tệp đã sao lưu."
            )
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
        raise ValueError(f"{path} để người khác đọc được: chmod 600 tệp ấy.")
