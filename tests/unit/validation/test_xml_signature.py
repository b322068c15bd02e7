"""What we sign others accept, and what others sign we accept."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from gateway.validation.certificates import RegisteredCertificate, SigningKey
from gateway.validation.xml import XMLRefused, parse
from gateway.validation.xml_signature import (
    DS,
    SignatureRefused,
    SignedShape,
    sign,
    verify,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.validation.conftest import Pair

NAMESPACE = "urn:vi-du:phieu:1"
SHAPE = SignedShape(NAMESPACE)
NUMBER = "000.00.00.H99-260310-0001"
SLIP = (
    f'<DATA xmlns="{NAMESPACE}"><BODY><ROW Id="phieu-1"><TT_CHUNG>'
    f"<MA_HS>{NUMBER}</MA_HS><HO_TEN>Nguyễn Văn Ví Dụ</HO_TEN>"
    "</TT_CHUNG></ROW></BODY></DATA>"
).encode()
TEMPLATE = f"""<?xml version="1.0" encoding="UTF-8"?>
<DATA xmlns="{NAMESPACE}">
  <BODY>
    <ROW Id="phieu-2"><!-- ghi chú --><MA_HS>{NUMBER}</MA_HS></ROW>
    <SECURITY><Signature xmlns="{DS}">
      <SignedInfo>
        <CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
        <SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
        <Reference URI="#phieu-2">
          <Transforms>
            <Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
          </Transforms>
          <DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
          <DigestValue/>
        </Reference>
      </SignedInfo>
      <SignatureValue/>
      <KeyInfo><X509Data><X509Certificate/></X509Data></KeyInfo>
    </Signature></SECURITY>
  </BODY>
</DATA>
"""


def xmlsec1(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["xmlsec1", *arguments],
        capture_output=True,
        check=False,
        timeout=20,
    )


def signed_outside(folder: Path, pair: Pair, template: str) -> bytes:
    """What the xmlsec1 program makes of a template."""
    source, target = folder / "template.xml", folder / "signed.xml"
    source.write_text(template, "utf-8")
    done = xmlsec1(
        "--sign", "--privkey-pem", f"{pair.key_path},{pair.certificate_path}",
        "--id-attr:Id", f"{NAMESPACE}:ROW", "--output", str(target), str(source),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return target.read_bytes()


def code(document: bytes, pairs: list[Pair], at: datetime) -> str:
    with pytest.raises(SignatureRefused) as refused:
        verify(
            document,
            certificates=[pair.certificate for pair in pairs],
            at=at,
            shape=SHAPE,
        )
    return refused.value.code


@pytest.mark.system
def test_xmlsec1_accepts_what_we_sign(issuer: Pair, tmp_path: Path) -> None:
    path = tmp_path / "signed.xml"
    path.write_bytes(sign(SLIP, key=issuer.key, shape=SHAPE))
    arguments = (
        "--verify", "--pubkey-cert-pem", str(issuer.certificate_path),
        "--id-attr:Id", f"{NAMESPACE}:ROW",
    )  # fmt: skip
    done = xmlsec1(*arguments, str(path))
    assert done.returncode == 0, done.stderr
    changed = path.read_bytes().replace("Ví Dụ".encode(), "Ví Dù".encode())
    path.write_bytes(changed)
    assert xmlsec1(*arguments, str(path)).returncode != 0


@pytest.mark.system
def test_we_accept_what_xmlsec1_signs(
    issuer: Pair, tmp_path: Path, day: datetime
) -> None:
    document = signed_outside(tmp_path, issuer, TEMPLATE)
    signed = verify(document, certificates=[issuer.certificate], at=day, shape=SHAPE)
    assert signed.row.findtext(f"{{{NAMESPACE}}}MA_HS") == NUMBER
    assert b"ghi ch" not in signed.canonical


def test_we_accept_what_we_sign(issuer: Pair, day: datetime) -> None:
    document = sign(SLIP, key=issuer.key, shape=SHAPE)
    signed = verify(document, certificates=[issuer.certificate], at=day, shape=SHAPE)
    assert signed.certificate is issuer.certificate
    assert signed.row.getparent() is None
    assert parse(signed.canonical).root.tag == signed.row.tag == SHAPE.tag("ROW")
    assert "Nguyễn Văn Ví Dụ".encode() in signed.canonical


def test_the_signature_stands_last_and_names_the_row(issuer: Pair) -> None:
    root = parse(sign(SLIP, key=issuer.key, shape=SHAPE)).root
    body = root[0]
    assert [child.tag for child in body] == [SHAPE.tag("ROW"), SHAPE.tag("SECURITY")]
    reference = body[1].find(f".//{{{DS}}}Reference")
    assert reference is not None
    assert reference.get("URI") == "#phieu-1"


@pytest.mark.parametrize(
    "document",
    [
        SLIP.replace(b' Id="phieu-1"', b""),
        SLIP.replace(b"<TT_CHUNG>", b'<TT_CHUNG ID="phieu-1">'),
        SLIP.replace(b"</BODY>", b"<SECURITY/></BODY>"),
        SLIP.replace(b"</BODY>", b"<ROW Id='phieu-2'/></BODY>"),
        SLIP.replace(b"BODY", b"OTHER"),
    ],
    ids=["no Id", "Id twice", "security there", "two rows", "no body"],
)
def test_a_document_of_another_shape_is_not_signed(
    document: bytes, issuer: Pair
) -> None:
    with pytest.raises(ValueError, match="must"):
        sign(document, key=issuer.key, shape=SHAPE)


def test_nothing_is_signed_twice(issuer: Pair) -> None:
    document = sign(SLIP, key=issuer.key, shape=SHAPE)
    with pytest.raises(ValueError, match="nothing else"):
        sign(document, key=issuer.key, shape=SHAPE)


def test_several_registered_certificates_are_accepted_during_a_change_of_keys(
    issuer: Pair, issuer_next: Pair, day: datetime
) -> None:
    registered = [issuer.certificate, issuer_next.certificate]
    for pair in (issuer, issuer_next):
        document = sign(SLIP, key=pair.key, shape=SHAPE)
        signed = verify(document, certificates=registered, at=day, shape=SHAPE)
        assert signed.certificate is pair.certificate


def test_a_changed_byte_is_refused(issuer: Pair, day: datetime) -> None:
    document = sign(SLIP, key=issuer.key, shape=SHAPE)
    changed = document.replace(b"-0001<", b"-0002<")
    assert changed != document
    assert code(changed, [issuer], day) == "signature_invalid"


def test_a_pretty_printed_document_is_refused(issuer: Pair, day: datetime) -> None:
    root = parse(sign(SLIP, key=issuer.key, shape=SHAPE)).root
    etree.indent(root)
    assert code(etree.tostring(root), [issuer], day) == "signature_invalid"


def test_a_changed_signature_value_is_refused(issuer: Pair, day: datetime) -> None:
    root = parse(sign(SLIP, key=issuer.key, shape=SHAPE)).root
    value = root.find(f".//{{{DS}}}SignatureValue")
    assert value is not None
    assert value.text
    text = value.text.strip()
    value.text = ("B" if text[0] == "A" else "A") + text[1:]
    assert code(etree.tostring(root), [issuer], day) == "signature_invalid"


def test_an_unregistered_signer_is_named_as_such(
    issuer: Pair, attacker: Pair, day: datetime
) -> None:
    document = sign(SLIP, key=attacker.key, shape=SHAPE)
    assert code(document, [issuer], day) == "certificate_unknown"
    assert code(document, [], day) == "certificate_unknown"


def test_an_expired_certificate_is_refused(former: Pair, day: datetime) -> None:
    document = sign(SLIP, key=former.key, shape=SHAPE)
    assert code(document, [former], day) == "certificate_expired"
    earlier = datetime(2023, 6, 1, tzinfo=UTC)
    signed = verify(
        document, certificates=[former.certificate], at=earlier, shape=SHAPE
    )
    assert signed.certificate is former.certificate


def test_a_certificate_is_valid_to_its_last_second(former: Pair) -> None:
    last = former.certificate.valid_to
    assert former.certificate.is_valid_at(last)
    assert not former.certificate.is_valid_at(last + timedelta(seconds=1))
    assert not former.certificate.is_valid_at(
        former.certificate.valid_from - timedelta(seconds=1)
    )


def test_a_signed_document_with_a_document_type_is_refused(
    issuer: Pair, day: datetime
) -> None:
    document = sign(SLIP, key=issuer.key, shape=SHAPE)
    attack = document.replace(b"<DATA", b"<!DOCTYPE DATA [<!ENTITY x 'y'>]><DATA", 1)
    with pytest.raises(XMLRefused) as refused:
        verify(attack, certificates=[issuer.certificate], at=day, shape=SHAPE)
    assert refused.value.code == "xml_entity"


def test_a_key_and_another_certificate_are_no_signing_key(
    issuer: Pair, attacker: Pair
) -> None:
    with pytest.raises(ValueError, match="another key"):
        SigningKey(issuer.key_path.read_bytes(), attacker.certificate_path.read_bytes())


@pytest.mark.parametrize(
    "algorithm",
    [
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    ],
    ids=["EC", "RSA-1024"],
)
@pytest.mark.system
def test_a_weak_or_foreign_key_cannot_be_registered(
    algorithm: list[str], tmp_path: Path
) -> None:
    key, certificate = tmp_path / "k.pem", tmp_path / "c.pem"
    commands = (
        ["openssl", *algorithm, "-out", str(key)],
        ["openssl", "req", "-x509", "-key", str(key), "-subj", "/CN=VI DU",
         "-out", str(certificate)],
    )  # fmt: skip
    for command in commands:
        subprocess.run(command, check=True, capture_output=True, timeout=20)
    with pytest.raises(ValueError, match="RSA key"):
        RegisteredCertificate.from_pem(certificate.read_bytes())
