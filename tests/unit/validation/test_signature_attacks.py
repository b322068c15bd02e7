"""Forged and wrapped signatures, each with a control.

The control is a verifier as it is often written: it takes whatever signature it
finds, registers every Id, and afterwards reads the first ROW of the document.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
import xmlsec
from cryptography.hazmat.primitives import serialization
from lxml import etree

from gateway.validation.xml import XMLRefused, parse
from gateway.validation.xml_signature import (
    DS,
    SignatureRefused,
    SignedShape,
    sign,
    verify,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.unit.validation.conftest import Pair

NAMESPACE = "urn:vi-du:phieu:1"
SHAPE = SignedShape(NAMESPACE)
TRUE, FORGED = "100", "999"
SLIP = (
    f'<DATA xmlns="{NAMESPACE}"><BODY><ROW Id="that"><SO_TIEN>{TRUE}</SO_TIEN>'
    "</ROW></BODY></DATA>"
).encode()


def tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def naive(document: bytes, key: xmlsec.Key) -> str:
    """What the careless verifier reads; raises when even it is not deceived."""
    root = parse(document).root
    xmlsec.tree.add_ids(root, ["Id"])
    signature = next(root.iter(f"{{{DS}}}Signature"))
    context = xmlsec.SignatureContext()
    context.key = key
    context.verify(signature)
    return str(root.findtext(f"{tag('BODY')}/{tag('ROW')}/{tag('SO_TIEN')}"))


def naive_about_absence(document: bytes, key: xmlsec.Key) -> str:
    """Like ``naive``, and content with a document that nobody signed."""
    root = parse(document).root
    if next(root.iter(f"{{{DS}}}Signature"), None) is not None:
        return naive(document, key)
    return str(root.findtext(f"{tag('BODY')}/{tag('ROW')}/{tag('SO_TIEN')}"))


def careful(document: bytes, pair: Pair, at: datetime) -> str:
    """The code with which ``verify`` refuses."""
    with pytest.raises(SignatureRefused) as refused:
        verify(document, certificates=[pair.certificate], at=at, shape=SHAPE)
    return refused.value.code


def forged(name: str) -> etree._Element:
    row = etree.Element(tag("ROW"), Id=name)
    etree.SubElement(row, tag("SO_TIEN")).text = FORGED
    return row


def parts(root: etree._Element) -> tuple[etree._Element, ...]:
    body = root[0]
    return body, body[0], body[1], body[1][0]


def into_object(root: etree._Element) -> None:
    body, row, _, signature = parts(root)
    body.replace(row, forged("gia"))
    etree.SubElement(signature, f"{{{DS}}}Object").append(row)


def into_key_info(root: etree._Element) -> None:
    body, row, _, signature = parts(root)
    body.replace(row, forged("gia"))
    signature[2].append(row)


def into_security(root: etree._Element) -> None:
    body, row, security, _ = parts(root)
    body.replace(row, forged("gia"))
    security.append(row)


def before_the_true_row(root: etree._Element) -> None:
    root[0].insert(0, forged("gia"))


def after_an_extension(root: etree._Element) -> None:
    body, row, security, _ = parts(root)
    body.replace(row, forged("gia"))
    extension = etree.Element(tag("MO_RONG"))
    extension.append(row)
    body.insert(body.index(security), extension)


def inside_the_forged_row(root: etree._Element) -> None:
    body, row, _, _ = parts(root)
    outer = forged("gia")
    body.replace(row, outer)
    outer.append(row)


def into_a_header(root: etree._Element) -> None:
    body, row, _, _ = parts(root)
    body.replace(row, forged("gia"))
    header = etree.Element(tag("HEADER"))
    header.append(row)
    root.append(header)


def a_second_body_before(root: etree._Element) -> None:
    body = etree.Element(tag("BODY"))
    body.append(forged("gia"))
    root.insert(0, body)


def a_body_around_the_true_one(root: etree._Element) -> None:
    true = root[0]
    body = etree.Element(tag("BODY"))
    body.append(forged("gia"))
    root.replace(true, body)
    body.append(true)


WRAPPINGS = [
    into_object,
    into_key_info,
    into_security,
    before_the_true_row,
    after_an_extension,
    inside_the_forged_row,
    into_a_header,
    a_second_body_before,
    a_body_around_the_true_one,
]


@pytest.mark.parametrize("wrap", WRAPPINGS, ids=lambda wrap: wrap.__name__)
def test_a_wrapped_signature_proves_nothing(
    wrap: Callable[[etree._Element], None], issuer: Pair, day: datetime
) -> None:
    root = parse(sign(SLIP, key=issuer.key, shape=SHAPE)).root
    wrap(root)
    attack = etree.tostring(root)
    assert naive(attack, issuer.certificate.xmlsec_key) == FORGED
    assert careful(attack, issuer, day) == "signature_wrapped"


@pytest.mark.parametrize("name", ["Id", "ID", "id"])
def test_an_id_that_stands_twice_is_refused(
    name: str, issuer: Pair, day: datetime
) -> None:
    root = parse(sign(SLIP, key=issuer.key, shape=SHAPE)).root
    header = etree.SubElement(root, tag("HEADER"))
    header.set(name, "that")
    assert careful(etree.tostring(root), issuer, day) == "signature_wrapped"


def test_an_xml_id_that_repeats_the_signed_one_is_refused(
    issuer: Pair, day: datetime
) -> None:
    root = parse(sign(SLIP, key=issuer.key, shape=SHAPE)).root
    header = etree.SubElement(root, tag("HEADER"))
    header.set("{http://www.w3.org/XML/1998/namespace}id", "that")
    assert careful(etree.tostring(root), issuer, day) == "signature_wrapped"


@pytest.mark.parametrize("uri", ["", "#gia", "#xpointer(/)", "http://127.0.0.1:9/x"])
def test_a_reference_to_anything_but_the_row_is_refused(
    uri: str, issuer: Pair, day: datetime
) -> None:
    root = parse(sign(SLIP, key=issuer.key, shape=SHAPE)).root
    next(root.iter(f"{{{DS}}}Reference")).set("URI", uri)
    assert careful(etree.tostring(root), issuer, day) == "signature_wrapped"


@pytest.mark.parametrize("element", ["Reference", "SignedInfo"])
def test_a_second_reference_is_refused(
    element: str, issuer: Pair, day: datetime
) -> None:
    root = parse(sign(SLIP, key=issuer.key, shape=SHAPE)).root
    found = next(root.iter(f"{{{DS}}}{element}"))
    found.addnext(copy.deepcopy(found))
    assert careful(etree.tostring(root), issuer, day) == "signature_wrapped"


def test_a_stripped_signature_is_refused(issuer: Pair, day: datetime) -> None:
    root = parse(sign(SLIP, key=issuer.key, shape=SHAPE)).root
    body, row, security, _ = parts(root)
    row[0].text = FORGED
    body.remove(security)
    attack = etree.tostring(root)
    assert naive_about_absence(attack, issuer.certificate.xmlsec_key) == FORGED
    assert careful(attack, issuer, day) == "signature_missing"


def test_an_empty_signature_is_refused(issuer: Pair, day: datetime) -> None:
    root = parse(sign(SLIP, key=issuer.key, shape=SHAPE)).root
    signature = parts(root)[3]
    for child in list(signature):
        signature.remove(child)
    assert careful(etree.tostring(root), issuer, day) == "signature_wrapped"


def test_two_signatures_are_refused(issuer: Pair, day: datetime) -> None:
    root = parse(sign(SLIP, key=issuer.key, shape=SHAPE)).root
    signature = parts(root)[3]
    signature.addnext(copy.deepcopy(signature))
    attack = etree.tostring(root)
    assert naive(attack, issuer.certificate.xmlsec_key) == TRUE
    assert careful(attack, issuer, day) == "signature_wrapped"


def signed_with(
    pair: Pair,
    *,
    key: xmlsec.Key | None = None,
    method: str = "TransformRsaSha256",
    digest: str = "TransformSha256",
    c14n: str = "TransformExclC14N",
    transforms: tuple[str, ...] = ("TransformExclC14N",),
) -> bytes:
    """A document in the right shape, signed by another choice of algorithms."""
    constants = xmlsec.constants
    root = parse(SLIP).root
    body = root[0]
    signature = xmlsec.template.create(
        root, getattr(constants, c14n), getattr(constants, method), ns="ds"
    )
    reference = xmlsec.template.add_reference(
        signature, getattr(constants, digest), uri="#that"
    )
    for transform in transforms:
        xmlsec.template.add_transform(reference, getattr(constants, transform))
    etree.SubElement(body, tag("SECURITY")).append(signature)
    context = xmlsec.SignatureContext()
    context.key = key or pair.key.xmlsec_key
    context.register_id(body[0], "Id")
    context.sign(signature)
    return etree.tostring(root)


@pytest.mark.parametrize(
    "choice",
    [
        {"method": "TransformRsaSha1"},
        {"method": "TransformRsaSha512"},
        {"digest": "TransformSha1"},
        {"c14n": "TransformInclC14N"},
        {"c14n": "TransformExclC14NWithComments"},
        {"transforms": ()},
        {"transforms": ("TransformInclC14N",)},
        {"transforms": ("TransformEnveloped", "TransformExclC14N")},
        {"transforms": ("TransformExclC14NWithComments",)},
    ],
    ids=str,
)
def test_an_algorithm_that_is_not_listed_is_refused(
    choice: dict[str, str], issuer: Pair, day: datetime
) -> None:
    attack = signed_with(issuer, **choice)  # type: ignore[arg-type]
    assert naive(attack, issuer.certificate.xmlsec_key) == TRUE
    assert careful(attack, issuer, day) == "signature_algorithm"


def test_a_prefix_list_is_refused(issuer: Pair, day: datetime) -> None:
    root = parse(sign(SLIP, key=issuer.key, shape=SHAPE)).root
    transform = next(root.iter(f"{{{DS}}}Transform"))
    xmlsec.template.transform_add_c14n_inclusive_namespaces(transform, "ds")
    assert careful(etree.tostring(root), issuer, day) == "signature_algorithm"


def test_a_public_key_is_no_shared_secret(issuer: Pair, day: datetime) -> None:
    """HMAC with the published key as its secret."""
    public = issuer.certificate.public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    secret = xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, public)
    attack = signed_with(issuer, key=secret, method="TransformHmacSha256")
    # The control lets the message choose how the registered key is used.
    assert naive(attack, secret) == TRUE
    assert careful(attack, issuer, day) == "signature_algorithm"


def test_a_certificate_in_the_message_is_not_believed(
    issuer: Pair, attacker: Pair, day: datetime
) -> None:
    attack = sign(
        SLIP.replace(TRUE.encode(), FORGED.encode()), key=attacker.key, shape=SHAPE
    )
    shown = next(parse(attack).root.iter(f"{{{DS}}}X509Certificate")).text or ""
    pem = f"-----BEGIN CERTIFICATE-----\n{shown.strip()}\n-----END CERTIFICATE-----\n"
    from_message = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)
    assert naive(attack, from_message) == FORGED
    assert careful(attack, issuer, day) == "certificate_unknown"


def test_the_issuers_certificate_beside_an_attackers_signature_is_refused(
    issuer: Pair, attacker: Pair, day: datetime
) -> None:
    theirs = parse(sign(SLIP, key=issuer.key, shape=SHAPE)).root
    root = parse(sign(SLIP, key=attacker.key, shape=SHAPE)).root
    name = f"{{{DS}}}X509Certificate"
    next(root.iter(name)).text = next(theirs.iter(name)).text
    assert careful(etree.tostring(root), issuer, day) == "signature_invalid"


def test_a_comment_does_not_cut_a_signed_text(issuer: Pair, day: datetime) -> None:
    document = sign(SLIP, key=issuer.key, shape=SHAPE)
    attack = document.replace(b">100<", b">1<!-- -->00<")
    assert naive(attack, issuer.certificate.xmlsec_key) == "1"
    signed = verify(attack, certificates=[issuer.certificate], at=day, shape=SHAPE)
    assert signed.row.findtext(tag("SO_TIEN")) == TRUE


def test_another_namespace_is_refused(issuer: Pair, day: datetime) -> None:
    elsewhere = SignedShape("urn:vi-du:phieu:2")
    document = sign(
        SLIP.replace(b"phieu:1", b"phieu:2"), key=issuer.key, shape=elsewhere
    )
    with pytest.raises(XMLRefused) as refused:
        verify(document, certificates=[issuer.certificate], at=day, shape=SHAPE)
    assert refused.value.code == "xml_namespace"
