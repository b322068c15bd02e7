"""Invented keys, certificates and documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from gateway.validation.certificates import RegisteredCertificate, SigningKey

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """A key and its certificate as files and as loaded objects."""

    key_path: Path
    certificate_path: Path
    key: SigningKey
    certificate: RegisteredCertificate


def make_pair(folder: Path, name: str, valid: tuple[int, int] = (2020, 2040)) -> Pair:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"VI DU {name}")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(valid[0], 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(valid[1], 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    certificate_pem = certificate.public_bytes(serialization.Encoding.PEM)
    key_path = folder / f"{name}.key.pem"
    certificate_path = folder / f"{name}.cert.pem"
    key_path.write_bytes(key_pem)
    certificate_path.write_bytes(certificate_pem)
    return Pair(
        key_path,
        certificate_path,
        SigningKey(key_pem, certificate_pem),
        RegisteredCertificate.from_pem(certificate_pem),
    )


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="session")
def issuer(keys: Path) -> Pair:
    return make_pair(keys, "issuer")


@pytest.fixture(scope="session")
def issuer_next(keys: Path) -> Pair:
    return make_pair(keys, "issuer-next")


@pytest.fixture(scope="session")
def attacker(keys: Path) -> Pair:
    return make_pair(keys, "attacker")


@pytest.fixture(scope="session")
def former(keys: Path) -> Pair:
    return make_pair(keys, "former", (2020, 2024))


@pytest.fixture
def day() -> datetime:
    return datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
