"""Certificates by which a relay and the core know each other."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path

VALID = timedelta(days=825)
_BEFORE = timedelta(hours=1)
CORE, RELAY = "lienthong-core", "lienthong-relay"


def key_hash(certificate: bytes) -> str:
    """By which a certificate's key is known, whoever signs for it; from its DER.

    Raises:
        ValueError: it is no certificate, or its key is of a kind that nobody knows.
    """
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (UnsupportedAlgorithm, x509.InvalidVersion) as wrong:
        raise ValueError(str(wrong)) from wrong
    spki = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(spki).hexdigest()


def shown_hash(certificate: bytes | None) -> str:
    """The same of what a caller shows; empty: nothing, or nothing that can be known."""
    try:
        return key_hash(certificate) if certificate else ""
    except ValueError:
        return ""


def registered(paths: tuple[Path, ...]) -> frozenset[str]:
    """Hashes of the keys in certificate files.

    Raises:
        OSError: one is not there.
        ValueError: one holds no certificate.
    """
    return frozenset(
        key_hash(one.public_bytes(serialization.Encoding.DER))
        for path in paths
        for one in x509.load_pem_x509_certificates(path.read_bytes())
    )


def make(folder: Path, now: datetime) -> list[Path]:
    """A pair for the core and one for a relay, each its own authority.

    Raises:
        ValueError: the folder has some already.
    """
    stems = [folder / CORE, folder / RELAY]
    made = [
        stem.with_name(f"{stem.name}.{kind}.pem")
        for stem in stems
        for kind in ("key", "cert")
    ]
    if taken := [path.name for path in made if path.exists()]:
        raise ValueError(
            f"{folder} đã có {', '.join(taken)}: chọn thư mục khác, hoặc tự xóa tệp cũ."
        )
    was_there = folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        for name in (CORE, RELAY):
            _make(folder, name, now)
    except BaseException:
        # A full disk, for one: half a pair would be taken for a whole one.
        for path in made:
            path.unlink(missing_ok=True)
        if not was_there:
            folder.rmdir()
        raise
    return made


def _make(folder: Path, name: str, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    use = ExtendedKeyUsageOID.SERVER_AUTH
    if name == RELAY:
        use = ExtendedKeyUsageOID.CLIENT_AUTH
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
        )
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(authority, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.key.pem"
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    shown = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / f"{name}.cert.pem").write_bytes(shown)
