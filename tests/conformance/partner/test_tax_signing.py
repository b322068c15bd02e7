"""The kit's own reading of signatures, held against the samples of the interface document."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509

from gateway.adapters.tax.conformance_xml import parsed, stranger, why_not_signed
from tests.conformance.partner.kit import ROOT

SAMPLES = ROOT / "schemas" / "agencies" / "tax" / "samples"
NOW = datetime(2026, 3, 11, tzinfo=UTC)
ANSWERS = sorted(path.name for path in SAMPLES.glob("answer_*.xml"))


def certificate(name: str) -> x509.Certificate:
    pem = (SAMPLES / "certificates" / f"{name}.pem").read_bytes()
    return x509.load_pem_x509_certificate(pem)


def why(raw: bytes, name: str = "tax", at: datetime = NOW) -> str:
    root = parsed(raw)
    assert root is not None
    return why_not_signed(root, certificate(name), at)


@pytest.mark.parametrize("name", ANSWERS)
def test_every_sample_of_an_answer_is_signed_by_tax(name: str) -> None:
    assert why((SAMPLES / name).read_bytes()) == ""


def test_an_answer_that_is_not_well_signed_is_seen() -> None:
    good = (SAMPLES / "answer_slip_accepted.xml").read_bytes()
    assert "DigestValue" in why(good.replace(b"<ERROR_CODE>0<", b"<ERROR_CODE>1<"))
    assert "không phải của chứng thư" in why(good, "issuer")
    assert "hiệu lực" in why(good, at=datetime(2050, 1, 1, tzinfo=UTC))
    assert "0 chữ ký" in why(
        good.replace(b"ds:Signature>", b"ds:Khac>").replace(
            b"<ds:Signature ", b"<ds:Khac "
        )
    )
    assert "trỏ đúng" in why(good.replace(b'URI="#', b'URI="#khac-'))


def test_xml_with_a_document_type_is_not_read() -> None:
    assert parsed(b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>") is None


def test_the_stranger_is_nobody_of_the_samples() -> None:
    shown = stranger().certificate
    assert shown is not None
    names = {path.stem for path in (SAMPLES / "certificates").glob("*.pem")}
    assert shown not in [certificate(name) for name in names]
