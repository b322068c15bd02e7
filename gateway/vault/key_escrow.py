"""Master key and units' keys, sealed for whoever holds the private half of a pair.

What a machine hands out can be opened in the safe alone; whoever takes the machine over
learns nothing from copies that left it before.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.disk import durable
from gateway.vault import escrow
from gateway.vault.keyring import MASTER, UNITS, Keyring

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.x25519 import (
        X25519PrivateKey,
        X25519PublicKey,
    )

WAY = "lienthong key escrow 1"
_NONCE = bytes(12)  # each key of a content is used once


def sealed(keyring: Keyring, public: X25519PublicKey) -> bytes:
    """The keys of a folder as one text that only the private half opens."""
    found = keyring.copied()
    kept = {name: base64.b64encode(content).decode() for name, content in found.items()}
    key = escrow.new_key()
    shown, wrapped = escrow.wrapped(key, public)
    head = {
        "way": WAY,
        "pair": escrow.fingerprint(public),
        "store": keyring.fingerprint,
        "units": keyring.units(),
    }
    cipher = AESGCM(key).encrypt(_NONCE, json.dumps(kept).encode(), _bound(head))
    parts = {"shown": shown, "wrapped": wrapped, "sealed": cipher}
    text = {name: base64.b64encode(part).decode() for name, part in parts.items()}
    return json.dumps({**head, **text}, ensure_ascii=False, indent=1).encode()


def opened(
    text: bytes, private: X25519PrivateKey
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What a sealed text says of itself, and the files in it.

    Raises:
        ValueError: it is none, was altered, or is for another pair.
    """
    try:
        given = json.loads(text)
        head = {name: given[name] for name in ("way", "pair", "store", "units")}
        parts = {
            name: base64.b64decode(given[name])
            for name in ("shown", "wrapped", "sealed")
        }
    except (ValueError, KeyError, TypeError):
        raise ValueError("Tệp này không phải bản ký gửi khóa.") from None
    own = escrow.fingerprint(private.public_key())
    if head["way"] != WAY or head["pair"] != own:
        raise ValueError(
            f"Bản ký gửi này dành cho cặp khóa {head['pair']}, cặp ở đây là {own}."
        )
    try:
        key = escrow.opened(parts["shown"], parts["wrapped"], private)
        plain = AESGCM(key).decrypt(_NONCE, parts["sealed"], _bound(head))
    except (InvalidTag, ValueError):
        raise ValueError(
            "Bản ký gửi đã bị sửa hoặc hỏng: lấy bản khác từ két."
        ) from None
    files = {
        name: base64.b64decode(content) for name, content in json.loads(plain).items()
    }
    return head, files


def restored(folder: Path, files: dict[str, bytes]) -> Keyring:
    """Lay opened keys into a folder that has none.

    Raises:
        ValueError: it has some, or the files are no keys.
    """
    if any((folder / name).exists() for name in (MASTER, UNITS)):
        raise ValueError(f"{folder} đã có khóa: đổi tên thư mục cũ trước.")
    durable.make_folder(folder)
    # The units' keys first: without a master key the folder is none yet.
    for name in (UNITS, MASTER):
        if name in files:
            durable.replace(folder / name, files[name])
    return Keyring.open(folder)


def _bound(head: dict[str, Any]) -> bytes:
    return json.dumps(head, sort_keys=True, ensure_ascii=False).encode()
