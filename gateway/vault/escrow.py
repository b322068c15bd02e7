"""The pair of keys of backups: whoever makes one holds the public half alone.

The private half lies in a safe. A machine that was taken over can delete its backups,
but read none of them, however old.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.disk import durable
from gateway.disk.making import all_or_none

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
PRIVATE, PUBLIC = "backup.key", "backup.pub"
_INFO = b"lienthong 1 backup"
_NONCE = bytes(12)  # each wrapping key is used once


def make_pair(folder: Path) -> str:
    """Make both halves in a folder that has none; the fingerprint.

    Raises:
        ValueError: there is one already, which a new one would not replace.
    """
    if any((folder / name).exists() for name in (PRIVATE, PUBLIC)):
        raise ValueError(
            f"{folder} đã có khóa sao lưu; khóa mới sẽ không mở được bản sao cũ."
        )
    key = X25519PrivateKey.generate()
    with all_or_none(folder, durable.OWNER_ONLY_FOLDER) as draft:
        _write_pair(draft, key)
    durable.make_folder(folder)
    return fingerprint(key.public_key())


def _write_pair(folder: Path, key: X25519PrivateKey) -> None:
    durable.replace(
        folder / PRIVATE,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    durable.replace(
        folder / PUBLIC,
        key.public_key().public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo,
        ),
    )


def fingerprint(key: X25519PublicKey) -> str:
    """Tells one pair from another."""
    raw = key.public_bytes_raw()
    return hashlib.sha256(b"lienthong backup key" + raw).hexdigest()[:16]


def public_half(text: bytes, name: str) -> X25519PublicKey:
    """Read a public half.

    Raises:
        ValueError: it is none; a private half is refused by name.
    """
    if b"PRIVATE" in text:
        raise ValueError(
            f"{name} là nửa bí mật của khóa sao lưu: máy sao lưu chỉ được giữ nửa công"
            f" khai ({PUBLIC}); cất {PRIVATE} vào két."
        )
    try:
        key = serialization.load_pem_public_key(text)
    except ValueError:
        key = None
    if not isinstance(key, X25519PublicKey):
        raise ValueError(  # noqa: TRY004  of the file, not of an argument
            f"{name} không phải nửa công khai của khóa sao lưu ({PUBLIC})"
        )
    return key


def private_half(text: bytes, name: str) -> X25519PrivateKey:
    """Read a private half.

    Raises:
        ValueError: it is none.
    """
    try:
        key = serialization.load_pem_private_key(text, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, X25519PrivateKey):
        raise ValueError(  # noqa: TRY004  the same
            f"{name} không phải nửa bí mật của khóa sao lưu ({PRIVATE})"
        )
    return key


def wrapped(key: bytes, public: X25519PublicKey) -> tuple[bytes, bytes]:
    """A key that only the private half opens, and the public half made for it alone."""
    own = X25519PrivateKey.generate()
    shown = own.public_key().public_bytes_raw()
    cipher = AESGCM(_wrapping(own.exchange(public), shown, public))
    return shown, cipher.encrypt(_NONCE, key, None)


def opened(shown: bytes, sealed: bytes, private: X25519PrivateKey) -> bytes:
    """The key that was wrapped.

    Raises:
        ValueError: it was wrapped for another pair, or altered.
    """
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(shown))
        cipher = AESGCM(_wrapping(shared, shown, private.public_key()))
        return cipher.decrypt(_NONCE, sealed, None)
    except (InvalidTag, ValueError):
        raise ValueError("the key does not open") from None


def _wrapping(shared: bytes, shown: bytes, public: X25519PublicKey) -> bytes:
    salt = shown + public.public_bytes_raw()
    return HKDF(hashes.SHA256(), KEY_BYTES, salt, _INFO).derive(shared)


def new_key() -> bytes:
    """A key for one archive."""
    return os.urandom(KEY_BYTES)
