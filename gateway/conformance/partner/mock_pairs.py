"""Keys with certificates for both sides of a run against a mock; made anew, kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

FOLDER = "pairs"
#: Around whatever a mock's clock shows, and long over by it.
BEGINS = datetime(2020, 1, 1, tzinfo=UTC)
ENDS = datetime(2040, 1, 1, tzinfo=UTC)
OVER = datetime(2021, 1, 1, tzinfo=UTC)
KEY_BITS = 2048


def make(folder: Path, pairs: Mapping[str, bool]) -> Path:
    """Files ``NAME.key.pem`` and ``NAME.cert.pem``; where they lie.

    ``pairs``: names, and whether the certificate is out of date.
    """
    lie = folder / FOLDER
    lie.mkdir(mode=0o700)
    for name, over in pairs.items():
        key, certificate = _pair(name, over=over)
        (lie / f"{name}.key.pem").write_bytes(key)
        (lie / f"{name}.cert.pem").write_bytes(certificate)
    return lie


@cache
def _pair(name: str, *, over: bool) -> tuple[bytes, bytes]:
    """One for all runs of a process: RSA keys take their time."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"THU {name}")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGINS)
        .not_valid_after(OVER if over else ENDS)
        .sign(key, hashes.SHA256())
    )
    return (
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        certificate.public_bytes(serialization.Encoding.PEM),
    )
