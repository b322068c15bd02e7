"""What fuzzing found, each by the smallest message that shows it."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from multidict import CIMultiDict

from gateway.adapters.civil_registry.results import EntryUnreadable, _state
from gateway.carriers import oidc, shown_certificates
from gateway.carriers.http import HTTPAnswer
from gateway.carriers.logins import grant_of
from gateway.carriers.replies import seconds_asked
from gateway.disk.archives import packed
from gateway.domain.attempt import Times
from gateway.domain.errors import ReportRefused
from gateway.domain.obligation import _amount
from gateway.domain.paper_forms import Form
from gateway.domain.written import money
from gateway.paper import word
from gateway.paper.sample import sample
from gateway.reconciling.values import day_of
from gateway.recording import documents
from gateway.recording.anonymise import anonymised
from gateway.recording.exchange import exchanges
from gateway.relay.pairs import key_hash, shown_hash
from gateway.validation.assertion import is_of_now
from gateway.validation.certificates import RegisteredCertificate
from gateway.validation.moments import is_day, is_moment
from gateway.validation.xml_signature import SignatureRefused, sign, verify
from gateway.wiring import candidates
from tests.fuzz import kept
from tests.fuzz.targets import SHAPE, SLIP, _rules, schemas

if TYPE_CHECKING:
    from pathlib import Path

MANY_DIGITS = "9" * 5_000


@pytest.mark.parametrize("element", ["DigestValue", "X509Certificate"])
def test_a_signature_in_letters_that_are_no_base64_is_refused_by_name(
    element: str,
) -> None:
    signed = sign(SLIP, key=kept.pair().signs, shape=SHAPE).decode()
    begin = signed.index(f"{element}>") + len(element) + 1
    other = (signed[:begin] + "é" + signed[signed.index("<", begin) :]).encode()
    # Of a signer whom nobody registered, the certificate in the message is looked at.
    known = [] if element == "X509Certificate" else [kept.pair().certificate]
    with pytest.raises(SignatureRefused):
        verify(other, certificates=known, at=kept.NOW, shape=SHAPE)


def test_a_state_of_thousands_of_digits_is_none() -> None:
    with pytest.raises(EntryUnreadable):
        _state(MANY_DIGITS)


def test_an_amount_of_thousands_of_digits_is_none() -> None:
    with pytest.raises(ReportRefused):
        _amount(MANY_DIGITS)
    assert money(MANY_DIGITS) == MANY_DIGITS
    assert money("²") == "²"


def test_a_wait_until_a_year_that_no_calendar_has_is_none() -> None:
    assert seconds_asked("Tue, 10 Mar 20999999999999996 07:30:00 GMT", kept.NOW) is None


def test_a_token_that_lasts_for_thousands_of_digits_lasts_for_a_day() -> None:
    body = json.dumps({"access_token": "a", "expires_in": MANY_DIGITS}).encode()
    told = grant_of(HTTPAnswer(200, CIMultiDict(), body, Times()), kept.NOW)
    assert told.lives_s == 86_400


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-31T23:59:60Z",
        "2026-03-10t07:30:00z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "2026-03-10T07:30:00",
        "2026-03-10 07:30:00Z",
    ],
)
def test_a_moment_that_nothing_here_can_hold_is_a_wrong_field(text: str) -> None:
    assert not is_moment(text)
    document = json.loads(
        (kept.ROOT / "schemas/dossier/samples/minimal.json").read_bytes()
    )
    found = schemas().errors("urn:lienthong:schema:dossier:1", document)
    assert found == ()
    document["received_at"] = text
    found = schemas().errors("urn:lienthong:schema:dossier:1", document)
    assert [one.pointer for one in found] == ["/received_at"]


def test_days_and_moments_of_every_day_are_held() -> None:
    assert is_moment("2026-03-10T07:30:00+07:00")
    assert is_moment("2026-03-10T07:30:00.123456789Z")
    assert is_day("2024-02-29")
    assert not is_day("0000-01-01")
    assert not is_day("2026-02-29")


def test_a_day_beyond_the_last_one_is_a_cell_that_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="9999"):
        day_of("9999-12-31T23:59:59.999999-14:00")


def test_a_certificate_of_no_version_is_none() -> None:
    der = _der().replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x6a", 1)
    pem = b"-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n"

    with pytest.raises(ValueError, match="no certificate"):
        RegisteredCertificate.from_pem(pem % base64.encodebytes(der))
    with pytest.raises(ValueError, match="106"):
        key_hash(der)
    assert shown_hash(der) == ""
    assert _shown(der) == []


def test_a_certificate_whose_name_is_broken_is_not_shown() -> None:
    der = _der()
    name = "(giả lập)".encode()
    assert der.count(name) == 2
    broken = der.replace(name, name[:-2] + b"\xa7\xfb")
    assert _shown(broken) == []
    assert len(_shown(der)) == 1


def _der() -> bytes:
    pem = kept.pair().certificate_pem
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def _shown(der: bytes) -> Any:
    inner = SimpleNamespace(get_unverified_chain=lambda: [der])
    return shown_certificates.chain(inner)  # type: ignore[arg-type]


@pytest.mark.parametrize("audience", [5, [[]], [None], {"y": 1}, None, True])
def test_an_assertion_for_no_audience_is_for_nobody(audience: Any) -> None:
    ends = kept.NOW.timestamp() + 60
    said = {"iss": "x", "sub": "x", "exp": ends, "jti": "j"}
    assert is_of_now({**said, "aud": "y"}, "x", audiences={"y"}, now=kept.NOW)
    assert is_of_now({**said, "aud": ["z", "y"]}, "x", audiences={"y"}, now=kept.NOW)
    told = {**said, "aud": audience}
    assert not is_of_now(told, "x", audiences={"y"}, now=kept.NOW)


def test_a_time_of_hundreds_of_digits_is_no_time_of_a_provider() -> None:
    assert oidc._number(10**400) == 0.0
    assert oidc._number(1_773_102_600) == 1_773_102_600
    assert not oidc._safe("http://[::1")


def test_a_configuration_that_is_damaged_inside_is_refused_in_words() -> None:
    archive = packed({"agencies/a.toml": b"a = 1\n" * 100})
    # The method of bzip2, in the head and in the directory; the bytes are of another.
    head = archive.index(b"PK\3\4") + 8
    directory = archive.index(b"PK\1\2") + 10
    other = bytearray(archive)
    other[head] = other[directory] = zipfile.ZIP_BZIP2
    with pytest.raises(ValueError, match="Tệp không phải zip"):
        candidates._files(bytes(other))
    assert candidates._files(archive) == [("agencies/a.toml", b"a = 1\n" * 100)]


def test_a_configuration_with_a_file_twice_is_refused_in_words() -> None:
    archive = packed({"agencies/a.toml": b"", "x/agencies/a.toml": b""})
    with pytest.raises(ValueError, match=r"hai tệp agencies/a\.toml"):
        candidates._files(archive)


def test_an_archive_of_a_later_version_in_a_recording_is_a_file_like_others() -> None:
    archive = bytearray(packed({"word/document.xml": b"<a/>"}))
    # The version that is needed to read it, in the directory.
    archive[archive.index(b"PK\1\2") + 6] = 179
    assert documents.kind_of(bytes(archive)) == "zip"


@pytest.mark.parametrize(
    "part", ["[Content_Types].xml", "_rels/.rels", "docProps/core.xml"]
)
def test_a_template_with_a_part_of_another_kind_is_told_as_faulty(
    tmp_path: Path, part: str
) -> None:
    shipped = (word.SHIPPED / f"{Form.APOLOGY.value}.docx").read_bytes()
    room = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(shipped)) as before,
        zipfile.ZipFile(room, "w") as after,
    ):
        for one in before.infolist():
            content = b"<khac/>" if one.filename == part else before.read(one)
            after.writestr(one.filename, content)
    path = tmp_path / "mau.docx"
    path.write_bytes(room.getvalue())
    assert word.faults(Form.APOLOGY, path, sample(Form.APOLOGY))
    path.write_bytes(shipped)
    assert word.faults(Form.APOLOGY, path, sample(Form.APOLOGY)) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("path", "http://[::1"),
        ("body", '{"TinhId": 1e+25, "HuyenId": 1e-9}'),
        ("body", '{"TinhId": Infinity}'),
    ],
)
def test_a_recording_with_odd_values_is_anonymised(name: str, value: str) -> None:
    row = {
        "n": 1,
        "at": "2026-03-10T07:30:00+07:00",
        "direction": "out",
        "method": "POST",
        "path": "/api/tiepnhan",
        "status": 200,
        "headers": {"Content-Type": "application/json"},
        name: value,
    }
    told = anonymised(list(exchanges([json.dumps(row)])), _rules(), bytes(32))
    assert len(told.exchanges) == 1
