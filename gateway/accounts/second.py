"""The second factor: codes of an app (RFC 6238: SHA-1, 30 seconds, 6 digits)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

STEP_S = 30
DIGITS = 6
#: Steps by which a telephone's clock may be wrong, either way.
ASTRAY = 1
#: Bytes of a secret; as long as the hash (RFC 4226, 4).
SECRET_BYTES = 20
RECOVERY_CODES = 10
_ISSUER = "Cổng liên thông"


def new_secret() -> str:
    """A secret as apps take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def address(secret: str, account: str) -> str:
    """What the QR code holds."""
    issuer = quote(_ISSUER)
    asked = urlencode({"secret": secret, "issuer": _ISSUER}, quote_via=quote)
    return f"otpauth://totp/{issuer}:{quote(account)}?{asked}"


def code_at(secret: str, step: int) -> str:
    """The code of a time step."""
    key = base64.b32decode(secret)
    digest = hmac.digest(key, struct.pack(">Q", step), "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return str((number & 0x7FFFFFFF) % 10**DIGITS).zfill(DIGITS)


def step_of(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The time step whose code it is, of those later than ``after``; None: none.

    Whatever it is, all of them are compared.
    """
    present = int(now.timestamp()) // STEP_S
    found = [
        step
        for step in range(present - ASTRAY, present + ASTRAY + 1)
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode())
    ]
    return next((step for step in found if step > after), None)


def recovery_codes() -> list[str]:
    """Codes that stand in for the app, once each; shown once."""
    return [
        f"{text[:5]}-{text[5:]}".lower()
        for text in (
            base64.b32encode(secrets.token_bytes(7)).decode()[:10]
            for _ in range(RECOVERY_CODES)
        )
    ]


def digest(account: str, code: str) -> str:
    """What is kept of one: 50 random bits, asked for no faster than passwords are."""
    plain = "".join(char for char in code.lower() if char.isalnum())
    return hashlib.sha256(f"{account}\n{plain}".encode()).hexdigest()


def without(kept: Sequence[str], account: str, code: str) -> tuple[str, ...] | None:
    """The codes that are left when this one is used; None: it is none of them."""
    used = digest(account, code)
    left = tuple(one for one in kept if not hmac.compare_digest(one, used))
    return None if len(left) == len(kept) else left
