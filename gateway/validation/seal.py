"""A transport seal: a detached JWS (RFC 7515 appendix F, RS256) over exact bytes.

It says that these bytes came from us and were not changed on the way; what they
say is their issuer's affair. The payload travels beside it, never inside.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.validation.certificates import RegisteredCertificate, SigningKey

_ALLOWED = frozenset({"alg", "kid", "typ"})


class SealRefused(ValueError):
    """The seal proves nothing about the bytes.

    ``code``: ``seal_malformed``, ``seal_algorithm``, ``seal_invalid``,
    ``certificate_unknown`` or ``certificate_expired``.
    """

    def __init__(self, code: str) -> None:
        """Keep the code beside the message."""
        super().__init__(code)
        self.code = code


def make_seal(payload: bytes, key: SigningKey, *, kid: str | None = None) -> str:
    """The seal over ``payload``: ``header..signature``.

    ``kid``: the name under which the receiver registered the key; without one,
    the SHA-256 of the certificate.
    """
    header = {"alg": "RS256", "kid": kid or key.kid}
    protected = _encode(json.dumps(header, separators=(",", ":")).encode())
    signature = key.private_key.sign(
        protected + b"." + _encode(payload), padding.PKCS1v15(), hashes.SHA256()
    )
    return f"{protected.decode()}..{_encode(signature).decode()}"


def verify_seal(
    seal: str,
    payload: bytes,
    *,
    certificates: Mapping[str, RegisteredCertificate],
    at: datetime,
) -> RegisteredCertificate:
    """Which registered certificate sealed exactly these bytes.

    ``certificates`` by ``kid``; ``at`` aware, wall time. A header that asks for
    anything but RS256 with a ``kid`` is refused, so keys or unencoded payloads
    that a header brings along are never looked at.

    Raises:
        SealRefused: with the code of the first reason that was found.
    """
    header, signature = _split(seal)
    if header.get("alg") != "RS256" or not header.keys() <= _ALLOWED:
        raise SealRefused("seal_algorithm")
    certificate = certificates.get(str(header.get("kid", "")))
    if certificate is None:
        raise SealRefused("certificate_unknown")
    protected = seal.partition(".")[0].encode()
    try:
        certificate.public_key.verify(
            signature,
            protected + b"." + _encode(payload),
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
    except InvalidSignature:
        raise SealRefused("seal_invalid") from None
    if not certificate.is_valid_at(at):
        raise SealRefused("certificate_expired")
    return certificate


def _split(seal: str) -> tuple[dict[str, Any], bytes]:
    protected, _, rest = seal.partition(".")
    payload, _, signature = rest.partition(".")
    try:
        header = json.loads(_decode(protected))
        value = _decode(signature)
    except (ValueError, RecursionError):
        raise SealRefused("seal_malformed") from None
    if payload or not isinstance(header, dict):
        raise SealRefused("seal_malformed")
    return header, value


def _encode(plain: bytes) -> bytes:
    return base64.urlsafe_b64encode(plain).rstrip(b"=")


def _decode(text: str) -> bytes:
    """Base64url without padding, in the one spelling that it has.

    Raises:
        ValueError: anything else.
    """
    plain = base64.b64decode(
        text + "=" * (-len(text) % 4), altchars=b"-_", validate=True
    )
    if _encode(plain).decode() != text:
        raise binascii.Error("another spelling")
    return plain
