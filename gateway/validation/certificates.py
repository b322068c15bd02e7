"""Registered certificates and signing keys, loaded once into objects.

Trust comes from registration alone: a certificate is trusted because an
operator registered it for an office, never because a message carries it. Several
may be registered at a time, so that an owner can change keys without a gap.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import xmlsec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from datetime import datetime

#: Below this a key proves nothing any more.
LEAST_RSA_BITS = 2048


class RegisteredCertificate:
    """A certificate that an operator registered for an office."""

    def __init__(self, certificate: x509.Certificate) -> None:
        """Read its RSA key.

        Raises:
            ValueError: no RSA key, or one of too few bits.
        """
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise ValueError("a registered certificate holds an RSA key")  # noqa: TRY004  a value of the operator
        if key.key_size < LEAST_RSA_BITS:
            raise ValueError(f"an RSA key has at least {LEAST_RSA_BITS} bits")
        self.public_key = key
        self.der = certificate.public_bytes(serialization.Encoding.DER)
        self.kid = _kid(certificate)
        self.valid_from: datetime = certificate.not_valid_before_utc
        self.valid_to: datetime = certificate.not_valid_after_utc
        self.xmlsec_key = xmlsec.Key.from_memory(
            key.public_bytes(
                serialization.Encoding.PEM,
                serialization.PublicFormat.SubjectPublicKeyInfo,
            ),
            xmlsec.constants.KeyDataFormatPem,
        )

    @classmethod
    def from_pem(cls, pem: bytes) -> RegisteredCertificate:
        """From PEM text.

        Raises:
            ValueError: no certificate, or one that may not be registered.
        """
        try:
            return cls(x509.load_pem_x509_certificate(pem))
        except (UnsupportedAlgorithm, x509.InvalidVersion) as wrong:
            raise ValueError("no certificate with an RSA key") from wrong

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether ``moment`` (aware, wall time) lies in its validity, ends included."""
        return self.valid_from <= moment <= self.valid_to


class SigningKey:
    """Our private key with the certificate that others registered for us."""

    def __init__(self, key_pem: bytes, certificate_pem: bytes) -> None:
        """Load both.

        Raises:
            ValueError: no unencrypted RSA key, or the certificate of another key.
        """
        key = serialization.load_pem_private_key(key_pem, password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("a signing key is an RSA key")  # noqa: TRY004  the same
        self.certificate = RegisteredCertificate.from_pem(certificate_pem)
        if key.public_key() != self.certificate.public_key:
            raise ValueError("the certificate belongs to another key")
        self.private_key = key
        self.kid = self.certificate.kid
        self.xmlsec_key = xmlsec.Key.from_memory(
            key_pem, xmlsec.constants.KeyDataFormatPem
        )
        self.xmlsec_key.load_cert_from_memory(
            certificate_pem, xmlsec.constants.KeyDataFormatPem
        )


def _kid(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, base64url without padding (RFC 7515 §4.1.8)."""
    digest = certificate.fingerprint(hashes.SHA256())
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
