"""Keys, messages and packages that targets begin with; made once in a process, invented."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey, KeySet, RSAKey

from gateway.evidence import packing
from gateway.validation.certificates import RegisteredCertificate, SigningKey
from tests import evidence_making, lists
from tests.unit.sheets.old_workbook import old_workbook

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
NAMESPACE = "urn:vi-du:phieu:1"
NUMBER = "000.00.00.H99-260310-0001"
#: A key that signs identity tokens and assertions; P-256, since it is quick to make.
CURVE = ECKey.generate_key("P-256", {"kid": "khoa-mau"})


@dataclass
class Pair:
    """A certificate that is registered, and its private key; each is read once."""

    key_pem: bytes
    certificate_pem: bytes

    @cached_property
    def certificate(self) -> RegisteredCertificate:
        """As an office's entry names it."""
        return RegisteredCertificate.from_pem(self.certificate_pem)

    @cached_property
    def signs(self) -> SigningKey:
        """As wiring loads it."""
        return SigningKey(self.key_pem, self.certificate_pem)


@cache
def pair() -> Pair:
    """One pair, made now."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mẫu (giả lập)")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7301)
        .not_valid_before(NOW - timedelta(days=900))
        .not_valid_after(NOW + timedelta(days=3000))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return Pair(
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        made.public_bytes(pem),
    )


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


@cache
def packages() -> tuple[evidence_making.Made, ...]:
    """Packages of evidence with and without what they are about, and who signs them."""

    async def work(maker: evidence_making.Maker) -> Any:
        whole = await maker.package(await maker.dossier())
        bare = await maker.package(await maker.dossier(gone=True), payloads=False)
        return whole, bare

    # Whoever signs reads its keys again.
    _KEPT.append(tempfile.TemporaryDirectory(prefix="lienthong-fuzz-"))
    found: tuple[evidence_making.Made, ...] = evidence_making.made(
        Path(_KEPT[-1].name), work
    )
    return found


def readable(made: evidence_making.Made) -> bytes:
    """The files of a package that are read, as JSON, so that they can be changed."""
    files = {
        k: v for k, v in made.files.items() if k not in {packing.PAGE, packing.SCRIPT}
    }
    return json.dumps({name: text.decode() for name, text in files.items()}).encode()


@cache
def sheets() -> tuple[bytes, ...]:
    """A list in every form that is read."""
    rows = [
        list(lists.THEIRS),
        ["H00.01-260310-0001", "10/03/2026", "20/03/2026", "", "Đang giải quyết"],
        ["H00.01-260310-0002", "2026-03-10 08:30", "20-03-2026", "18/03/2026", "Xong"],
        ["", "", "", "Tổng cộng", "2"],
    ]
    cells = "".join(
        '<table:table-cell office:value-type="string">'
        f"<text:p>{cell}</text:p></table:table-cell>"
        for cell in rows[1]
    )
    return (
        lists.xlsx(rows),
        lists.csv(rows),
        lists.csv(rows, ","),
        lists.open_document(f"<table:table-row>{cells}</table:table-row>"),
        old_workbook([[*rows[0]], [*rows[1]], [1.5, 46091.0]]),
    )


@cache
def key_set() -> KeySet:
    """The keys that a provider shows."""
    other = RSAKey.import_key(pair().key_pem)
    return KeySet([CURVE, other])
