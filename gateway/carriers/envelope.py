"""Files that only their receiver can open: CMS EnvelopedData (RFC 5652), DER.

It hides, and proves nothing: who packed a file is told by a signature inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_SEQUENCE: Final = 0x30
_LONG: Final = 0x80
#: So many bytes at the beginning tell the length of the whole.
HEAD_BYTES: Final = 6


class EnvelopeRefused(ValueError):
    """It is no envelope, is damaged, or is sealed for somebody else."""


def sealed(content: bytes, certificates: Iterable[bytes]) -> bytes:
    """The content for the holders of these certificates (DER, RSA keys) alone."""
    builder = (
        pkcs7.PKCS7EnvelopeBuilder()
        .set_data(content)
        .set_content_encryption_algorithm(AES256)
    )
    for der in certificates:
        builder = builder.add_recipient(x509.load_der_x509_certificate(der))
    return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def opened(envelope: bytes, pairs: Iterable[tuple[bytes, RSAPrivateKey]]) -> bytes:
    """What is inside; ``pairs``: certificates (DER) and keys that it may be for.

    Raises:
        EnvelopeRefused: none of them opens it.
    """
    for der, key in pairs:
        try:
            certificate = x509.load_der_x509_certificate(der)
            return pkcs7.pkcs7_decrypt_der(envelope, certificate, key, [])
        except (ValueError, UnsupportedAlgorithm):
            # Not for this pair, or damaged: the library tells both alike.
            continue
    raise EnvelopeRefused


def whole_length(head: bytes) -> int | None:
    """Bytes of the whole envelope, told by its first ones; None: it is no envelope.

    So that a file which is still being copied is not taken for a damaged one.
    """
    if len(head) < HEAD_BYTES or head[0] != _SEQUENCE or head[1] == _LONG:
        return None
    if head[1] < _LONG:
        return 2 + head[1]
    digits = head[1] - _LONG
    if digits > HEAD_BYTES - 2:
        return None
    return 2 + digits + int.from_bytes(head[2 : 2 + digits])
