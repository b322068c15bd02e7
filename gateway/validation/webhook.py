"""Signatures of Standard Webhooks, as agencies make them: HMAC and Ed25519; pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHARED, _PUBLIC = "whsec_", "whpk_"
#: Signatures that one message may carry: several while keys change, not thousands.
MOST_SIGNATURES = 8


def holds(
    signatures: str, signed: bytes, *, shared: Iterable[str], public: Iterable[str]
) -> bool:
    """Whether one of the signatures is made by one of the keys over these bytes.

    ``signed``: id, time and exact payload, with dots between. A public key serves
    ``v1a`` alone and a shared one ``v1`` alone, whatever a message says of itself.
    """
    given = signatures.split(" ")[:MOST_SIGNATURES]
    macs = [_bytes(one[3:]) for one in given if one.startswith("v1,")]
    others = [_bytes(one[4:]) for one in given if one.startswith("v1a,")]
    good = False
    for key in shared:
        wanted = hmac.new(key_of(key), signed, hashlib.sha256).digest()
        for mac in macs:
            good |= hmac.compare_digest(mac, wanted)
    return good or any(_verifies(key, one, signed) for key in public for one in others)


def key_of(secret: str) -> bytes:
    """The bytes of a shared secret: base64 behind its mark, else the text itself."""
    if not secret.startswith(_SHARED):
        return secret.encode()
    return _bytes(secret.removeprefix(_SHARED))


def is_public_key(text: object) -> bool:
    """Whether it is a public key as a configuration names it."""
    return isinstance(text, str) and _public(text) is not None


def _public(text: str) -> Ed25519PublicKey | None:
    if not text.startswith(_PUBLIC):
        return None
    try:
        return Ed25519PublicKey.from_public_bytes(_bytes(text.removeprefix(_PUBLIC)))
    except ValueError:
        return None


def _verifies(key: str, signature: bytes, signed: bytes) -> bool:
    public = _public(key)
    if public is None:
        return False
    try:
        public.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
