"""A push as the interface document describes it: checked from its body alone."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.adapters.open.mock_client import object_of

_HALF = 32
#: bytes of R and of S


class NotTaken(Exception):
    """The push is not taken; ``status`` and ``code`` as in section 6.3."""

    def __init__(self, status: int, code: str) -> None:
        """``code`` is the agency's own but for ``time_out_of_range``."""
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Push:
    """The four fields of an envelope, decoded; ``kid`` names the key of its signature."""

    id: str
    time: int
    payload: bytes
    kid: str
    signed: bytes
    signature: bytes

    @property
    def content(self) -> Mapping[str, Any]:
        """What it says, as JSON; empty if it is none."""
        return object_of(self.payload)


def read(body: bytes) -> Push:
    """An envelope, its signature not yet checked.

    Raises:
        NotTaken: it is malformed.
    """
    envelope = object_of(body)
    try:
        identifier, time = str(envelope["id"]), envelope["time"]
        payload = base64.b64decode(envelope["payload"], validate=True)
        header, nothing, signature = str(envelope["signature"]).split(".")
        protected = orjson.loads(_bytes_of(header))
        raw = _bytes_of(signature)
        right = protected.keys() == {"alg", "kid"} and protected["alg"] == "ES256"
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        raise NotTaken(400, "khong_doc_duoc") from None
    if not isinstance(time, int) or nothing:
        raise NotTaken(400, "khong_doc_duoc")
    if not right or len(raw) != 2 * _HALF:
        raise NotTaken(401, "chu_ky_sai")
    covered = base64.urlsafe_b64encode(f"{identifier}.{time}.".encode() + payload)
    signed = header.encode() + b"." + covered.rstrip(b"=")
    return Push(identifier, time, payload, str(protected["kid"]), signed, raw)


def check(push: Push, key: Mapping[str, Any]) -> None:
    """Whether a key of the gateway signed exactly these bytes.

    Raises:
        NotTaken: it did not.
    """
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(_bytes_of(str(key["x"])), "big"),
        int.from_bytes(_bytes_of(str(key["y"])), "big"),
        ec.SECP256R1(),
    )
    r = int.from_bytes(push.signature[:_HALF], "big")
    s = int.from_bytes(push.signature[_HALF:], "big")
    try:
        numbers.public_key().verify(
            encode_dss_signature(r, s), push.signed, ec.ECDSA(SHA256())
        )
    except InvalidSignature:
        raise NotTaken(401, "chu_ky_sai") from None


def named(body: bytes, field: str) -> str:
    """A field of the payload, unverified; empty if there is none."""
    try:
        payload = base64.b64decode(str(object_of(body).get("payload", "")))
    except (binascii.Error, ValueError):
        return ""
    return str(object_of(payload).get(field, ""))


def _bytes_of(text: str) -> bytes:
    return base64.b64decode(
        text + "=" * (-len(text) % 4), altchars=b"-_", validate=True
    )
