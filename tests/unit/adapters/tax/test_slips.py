"""Signed slips: what is taken from an issuer, and what is not, by whose hand."""

from __future__ import annotations

import subprocess
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.adapters.tax.mapping import triple_of
from gateway.adapters.tax.slips import WORDS, TCTSlipReader
from gateway.domain.errors import NeedsData, ReportRefused
from gateway.ports.slips import SlipKind, SlipNumbers
from gateway.validation.certificates import RegisteredCertificate
from tests.unit.adapters.tax.counterpart import (
    NUMBER,
    SAMPLES,
    Counterpart,
    Party,
    slip,
)
from tests.unit.adapters.tax.stage import CONTRACT, message, registered
from tests.unit.adapters.tax.test_mock import TEMPLATE, sign_by_xmlsec1

Parties = dict[str, Party]
DAY = datetime(2026, 3, 11, 1, 30, tzinfo=UTC)


def sample_reader() -> TCTSlipReader:
    """A reader that knows the issuer of the samples."""
    pem = (SAMPLES / "certificates" / "issuer.pem").read_bytes()
    issuer = [RegisteredCertificate.from_pem(pem)]
    return TCTSlipReader(CONTRACT.schema, {"land": issuer}.__getitem__)


def reader(parties: Parties) -> TCTSlipReader:
    known = {"land": [registered(parties["issuer"])], "other": []}
    return TCTSlipReader(CONTRACT.schema, known.__getitem__)


def refusal(read: TCTSlipReader, signed: bytes, *issuers: str) -> ReportRefused:
    with pytest.raises(ReportRefused) as refused:
        read.read(signed, issuers=issuers or ("land",), at=DAY)
    return refused.value


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("slip_new", SlipNumbers(NUMBER, "CB 000001", "0001/PCTT", SlipKind.NEW)),
        (
            "slip_first_certificate",
            SlipNumbers("H00.96.01-260310-0002", "", "0002/PCTT", SlipKind.NEW),
        ),
        (
            "slip_replace",
            SlipNumbers(NUMBER, "CB 000001", "0003/PCTT", SlipKind.REPLACE),
        ),
    ],
)
def test_a_sample_slip_tells_its_three_numbers(name: str, numbers: SlipNumbers) -> None:
    signed = (SAMPLES / f"{name}.xml").read_bytes()
    assert sample_reader().read(signed, issuers=["land"], at=DAY) == numbers


VERIFY = ("xmlsec1", "--verify", "--id-attr:Id", "urn:vn:lienthong:tct:1:ROW")
#: What only tax looks at, in documents that are in order otherwise.
LEFT_TO_TAX = {"dossier_code_not_real", "tax_code_wrong", "transfer_missing"}
CODES = {
    "amount_not_digits": "slip_schema",
    "content_changed": "signature_invalid",
    "date_not_real": "slip_schema",
    "doctype": "xml_entity",
    "enquiry_as_slip": "certificate_unknown",
    "signature_by_stranger": "certificate_unknown",
    "signature_missing": "signature_missing",
    "signature_wrapped": "signature_wrapped",
    "wrong_namespace": "xml_namespace",
    "xinclude": "xml_xinclude",
}


@pytest.mark.parametrize("name", sorted(CODES))
def test_a_sample_that_tax_would_refuse_is_stopped_here(name: str) -> None:
    signed = (SAMPLES / "refused" / f"{name}.xml").read_bytes()
    refused = refusal(sample_reader(), signed)
    assert refused.code == CODES[name]
    assert refused.code in WORDS
    assert refused.remedy


def test_every_refused_sample_is_stopped_here_or_left_to_tax() -> None:
    names = {path.stem for path in (SAMPLES / "refused").glob("*.xml")}
    assert names == CODES.keys() | LEFT_TO_TAX
    expected = tomllib.loads((SAMPLES / "refused" / "expected.toml").read_text("utf-8"))
    assert expected
    for name in LEFT_TO_TAX:
        signed = (SAMPLES / "refused" / f"{name}.xml").read_bytes()
        told = sample_reader().read(signed, issuers=["land"], at=DAY)
        assert told.slip_number


def test_the_places_of_a_wrong_slip_are_named_and_its_values_are_not(
    parties: Parties,
) -> None:
    signed = parties["issuer"].sign(slip(price="abc", name="Nguyễn Văn Ví Dụ"))
    refused = refusal(reader(parties), signed)
    assert "GIA_TRI" in refused.remedy
    assert "abc" not in refused.remedy + refused.detail
    assert "Ví Dụ" not in refused.remedy + refused.detail


def test_only_a_registered_issuer_of_this_leg_may_have_signed(
    parties: Parties,
) -> None:
    signed = parties["issuer"].sign(slip())
    told = reader(parties).read(signed, issuers=["other", "land"], at=DAY)
    assert told.slip_number == "0001/PCTT"
    assert refusal(reader(parties), signed, "other").code == "certificate_unknown"


def test_an_enquiry_or_answer_that_the_issuer_signed_is_no_slip(
    talk: Counterpart, parties: Parties
) -> None:
    enquiry = (SAMPLES / "enquiry_dossier.xml").read_text("utf-8")
    unsigned = enquiry.partition("<SECURITY>")[0] + "</BODY></DATA>"
    signed = parties["issuer"].sign(unsigned.partition("?>")[2])
    refused = refusal(reader(parties), signed)
    assert (refused.code, refused.detail) == ("slip_schema", "SYSTEM_INFO/MSG_TYPE")


def test_an_instruction_inside_a_number_does_not_cut_the_number(
    parties: Parties,
) -> None:
    cut = slip().replace("0001/PCTT", "0001<?x?>/PCTT")
    signed = parties["issuer"].sign(cut)
    assert refusal(reader(parties), signed).code == "xml_instruction"


@pytest.mark.parametrize(
    ("signed", "code"),
    [(None, "slip_missing"), (b"<x", "xml_malformed"), (b"<x/>", "xml_namespace")],
)
def test_a_transfer_without_a_readable_slip_needs_data(
    signed: bytes | None, code: str
) -> None:
    with pytest.raises(NeedsData) as missing:
        triple_of(message(signed))
    assert missing.value.code == code


@pytest.mark.system
def test_a_slip_that_xmlsec1_signed_is_read(parties: Parties, tmp_path: Path) -> None:
    unsigned = slip().replace("</BODY>", TEMPLATE)
    signed = sign_by_xmlsec1(unsigned, parties["issuer"].key_path, tmp_path)
    told = reader(parties).read(signed, issuers=["land"], at=DAY)
    assert told == SlipNumbers(NUMBER, "CB 000001", "0001/PCTT", SlipKind.NEW)


@pytest.mark.system
@pytest.mark.parametrize("name", ["slip_new", "slip_first_certificate", "slip_replace"])
def test_xmllint_and_xmlsec1_agree_with_us_on_every_sample_slip(name: str) -> None:
    schema = str(SAMPLES.parent / "tct.xsd")
    path = str(SAMPLES / f"{name}.xml")
    issuer = str(SAMPLES / "certificates" / "issuer.pem")
    commands = (
        ["xmllint", "--noout", "--nonet", "--schema", schema, path],
        [*VERIFY, "--pubkey-cert-pem", issuer, path],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, check=False, timeout=20)
        assert done.returncode == 0, done.stderr


def test_a_slip_that_was_proved_is_not_believed_after_its_certificate_ended(
    parties: Parties,
) -> None:
    issuer = registered(parties["issuer"])
    read = TCTSlipReader(CONTRACT.schema, {"land": [issuer]}.__getitem__)
    signed = parties["issuer"].sign(slip())
    assert read.read(signed, issuers=("land",), at=DAY).kind is SlipKind.NEW
    late = issuer.valid_to + timedelta(seconds=1)
    with pytest.raises(ReportRefused) as refused:
        read.read(signed, issuers=("land",), at=late)
    assert refused.value.code == "certificate_expired"


def test_a_slip_that_was_proved_is_proved_anew_once_its_certificate_is_gone(
    parties: Parties,
) -> None:
    known = [registered(parties["issuer"])]
    read = TCTSlipReader(CONTRACT.schema, {"land": known}.__getitem__)
    signed = parties["issuer"].sign(slip())
    assert read.read(signed, issuers=("land",), at=DAY).kind is SlipKind.NEW
    known.clear()
    assert refusal(read, signed).code == "certificate_unknown"


def test_a_proved_slip_vouches_for_no_other_bytes(parties: Parties) -> None:
    read = reader(parties)
    signed = parties["issuer"].sign(slip())
    assert read.read(signed, issuers=("land",), at=DAY).kind is SlipKind.NEW
    changed = signed.replace(b"<MA_HS>", b"<MA_HS>9", 1)
    assert changed != signed
    assert refusal(read, changed).code == "signature_invalid"
