"""A certificate for a stand-in on this machine, and who vouches for it; made anew each run."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

IN_FORCE = timedelta(days=2)


def server(
    folder: Path, host: str, *, over: bool = False
) -> tuple[ssl.SSLContext, Path]:
    """A server's side for ``host`` (a name or an address), and its issuer's file.

    ``over``: the certificate has expired.
    """
    issuer_key = ec.generate_private_key(ec.SECP256R1())
    issuer = _name("Nơi cấp thử của bộ thử")
    ca = _signed(issuer, issuer, issuer_key, issuer_key, host="", over=False)
    key = ec.generate_private_key(ec.SECP256R1())
    own = _signed(
        _name(f"Cơ quan giả lập {host}"), issuer, key, issuer_key, host=host, over=over
    )
    trusted, chain = folder / "ca.pem", folder / "server.pem"
    trusted.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    chain.touch(mode=0o600)
    chain.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + own.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain)
    return context, trusted


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: EllipticCurvePrivateKey,
    by: EllipticCurvePrivateKey,
    *,
    host: str,
    over: bool,
) -> x509.Certificate:
    begins = datetime.now(UTC) - IN_FORCE
    ends = begins + (IN_FORCE / 2 if over else 2 * IN_FORCE)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(
            x509.BasicConstraints(ca=not host, path_length=None), critical=True
        )
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()),
            critical=False,
        )
    )
    if host:
        names = x509.SubjectAlternativeName([_general(host)])
        made = made.add_extension(names, critical=False)
    return made.sign(by, hashes.SHA256())


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
