"""Signing keys are made once; every test gets a land office of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.unit.adapters.land_registry.land import MOCK_SETTINGS, Land, opened


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Settings of a mock land system that can sign slips."""
    folder = tmp_path_factory.mktemp("land-keys")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Văn phòng ví dụ")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    (folder / "slip.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "slip.pem").write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
    )
    return {
        **MOCK_SETTINGS,
        "slip_key": str(folder / "slip.key"),
        "slip_certificate": str(folder / "slip.pem"),
    }


@pytest.fixture
async def land(tmp_path: Path, played: dict[str, Any]) -> AsyncIterator[Land]:
    """An office without faults that follows the default script."""
    async with opened(tmp_path, played) as both:
        yield both
