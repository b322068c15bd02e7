"""XML-DSig in one shape only: one RSA-SHA256 signature over one ROW, by its Id.

``verify`` hands back what was signed and nothing else: the canonical bytes whose
digest the signature holds, parsed anew. Whoever reads that element cannot be
shown something that the signature does not cover, wherever it was put.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import xmlsec
from lxml import etree

from gateway.validation.xml import DEFAULT_LIMITS, Limits, XMLRefused, parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.validation.certificates import RegisteredCertificate, SigningKey

DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_DS = f"{{{DS}}}"
_IDS = etree.XPath(
    "count(//@*[translate(local-name(), 'ID', 'id') = 'id' or local-name() = $name]"
    "[. = $value])"
)

# libxmlsec writes its reasons to stderr unless told not to.
xmlsec.enable_debug_trace(False)  # noqa: FBT003  positional in the C interface


class SignatureRefused(ValueError):
    """The document is not proved to be its signer's.

    ``code``: ``signature_missing``, ``signature_wrapped`` (not where or not as
    it must be), ``signature_algorithm``, ``signature_invalid``,
    ``certificate_unknown`` or ``certificate_expired``.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        """Keep the code beside the message."""
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


@dataclass(frozen=True, slots=True)
class SignedShape:
    """What a signed document of one interface looks like.

    root / ``body`` / ``row`` carries ``id_attribute`` and is signed;
    root / ``body`` / ``security`` comes last and holds the signature.
    """

    namespace: str
    body: str = "BODY"
    row: str = "ROW"
    security: str = "SECURITY"
    id_attribute: str = "Id"
    limits: Limits = DEFAULT_LIMITS

    def tag(self, name: str) -> str:
        """An element name in the interface's namespace."""
        return f"{{{self.namespace}}}{name}"


@dataclass(frozen=True, slots=True)
class SignedRow:
    """The signed part of a document, and who signed it.

    ``canonical`` is what the signature covers; ``row`` was parsed from it and
    shares nothing with the document that carried it.
    """

    canonical: bytes
    row: etree._Element
    certificate: RegisteredCertificate


def sign(document: bytes, *, key: SigningKey, shape: SignedShape) -> bytes:
    """The document with its ROW signed, as it must travel: not a byte may change.

    Raises:
        XMLRefused: the document is not read.
        ValueError: it has another shape, no Id, or is signed already.
    """
    root = parse(document, namespace=shape.namespace, limits=shape.limits).root
    body = root.find(shape.tag(shape.body))
    rows = [] if body is None else body.findall(shape.tag(shape.row))
    if body is None or len(rows) != 1 or len(body) != 1:
        raise ValueError(f"{shape.body} must hold one {shape.row} and nothing else")
    (row,) = rows
    name = row.get(shape.id_attribute)
    if not name or _times(root, shape, name) != 1:
        raise ValueError(f"{shape.row} must carry an {shape.id_attribute} of its own")
    signature = _template(root, name)
    etree.SubElement(body, shape.tag(shape.security)).append(signature)
    context = xmlsec.SignatureContext()
    context.key = key.xmlsec_key
    context.register_id(row, shape.id_attribute)
    context.sign(signature)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _template(root: etree._Element, name: str) -> etree._Element:
    transform = xmlsec.constants
    signature = xmlsec.template.create(
        root, transform.TransformExclC14N, transform.TransformRsaSha256, ns="ds"
    )
    reference = xmlsec.template.add_reference(
        signature, transform.TransformSha256, uri=f"#{name}"
    )
    xmlsec.template.add_transform(reference, transform.TransformExclC14N)
    data = xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    xmlsec.template.x509_data_add_certificate(data)
    return signature


def verify(
    document: bytes,
    *,
    certificates: Sequence[RegisteredCertificate],
    at: datetime,
    shape: SignedShape,
) -> SignedRow:
    """The signed ROW, proved to be by one of ``certificates``, valid at ``at``.

    Nothing that the document says about keys is believed.

    Raises:
        XMLRefused: the document is not read.
        SignatureRefused: with the code of the first reason that was found.
    """
    root = parse(document, namespace=shape.namespace, limits=shape.limits).root
    return verify_parsed(root, certificates=certificates, at=at, shape=shape)


def verify_parsed(
    root: etree._Element,
    *,
    certificates: Sequence[RegisteredCertificate],
    at: datetime,
    shape: SignedShape,
) -> SignedRow:
    """The same of a document that ``parse`` has read, and nobody changed.

    Raises:
        SignatureRefused: with the code of the first reason that was found.
    """
    row, signature = _located(root, shape)
    _require_algorithms(signature)
    canonical = _bound(row, signature)
    signer = _signer(row, signature, certificates, shape)
    if not signer.is_valid_at(at):
        raise SignatureRefused("certificate_expired")
    try:
        fresh = parse(canonical, namespace=shape.namespace, limits=shape.limits)
    except XMLRefused as refused:
        raise SignatureRefused("signature_wrapped", refused.code) from None
    return SignedRow(canonical, fresh.root, signer)


def _located(
    root: etree._Element, shape: SignedShape
) -> tuple[etree._Element, etree._Element]:
    """The ROW and the signature, each in the only place where it may stand."""
    signatures = list(root.iter(f"{_DS}Signature"))
    if not signatures:
        raise SignatureRefused("signature_missing")
    if len(signatures) != 1:
        raise SignatureRefused("signature_wrapped", "more than one signature")
    bodies = root.findall(shape.tag(shape.body))
    parts = list(bodies[0].iterchildren("*")) if len(bodies) == 1 else []
    wanted = [shape.tag(shape.row), shape.tag(shape.security)]
    if [part.tag for part in parts] != wanted:
        raise SignatureRefused("signature_wrapped", f"content of {shape.body}")
    row, security = parts
    if [child.tag for child in security.iterchildren("*")] != [f"{_DS}Signature"]:
        raise SignatureRefused("signature_wrapped", f"content of {shape.security}")
    signature = security[0]
    references = signature.findall(f"{_DS}SignedInfo/{_DS}Reference")
    name = row.get(shape.id_attribute)
    if len(references) != 1 or not name or references[0].get("URI") != f"#{name}":
        raise SignatureRefused("signature_wrapped", f"reference to {shape.row}")
    if _times(root, shape, name) != 1:
        raise SignatureRefused("signature_wrapped", "the Id stands twice")
    return row, signature


def _times(root: etree._Element, shape: SignedShape, value: str) -> int:
    """How often an Id stands in the document, however its attribute is spelt."""
    found: Any = _IDS(root, name=shape.id_attribute, value=value)
    return int(found)


def _require_algorithms(signature: etree._Element) -> None:
    """Only the structure that is written here; an unknown child is refused too."""
    children = list(signature.iterchildren("*"))
    tags = [_plain(child) for child in children]
    if tags not in (
        ["SignedInfo", "SignatureValue"],
        ["SignedInfo", "SignatureValue", "KeyInfo"],
    ):
        raise SignatureRefused("signature_wrapped", "content of Signature")
    found = [
        (_plain(element), element.get("Algorithm"))
        for element in children[0].iterdescendants("*")
    ]
    if found != [
        ("CanonicalizationMethod", EXCLUSIVE_C14N),
        ("SignatureMethod", RSA_SHA256),
        ("Reference", None),
        ("Transforms", None),
        ("Transform", EXCLUSIVE_C14N),
        ("DigestMethod", SHA256),
        ("DigestValue", None),
    ]:
        raise SignatureRefused("signature_algorithm")


def _plain(element: etree._Element) -> str:
    """The name of a ds: element; others keep their namespace and match nothing."""
    return str(element.tag).removeprefix(_DS)


def _bound(row: etree._Element, signature: etree._Element) -> bytes:
    """The canonical bytes of the ROW, held against the digest that is signed.

    libxmlsec computes the same again; that both agree is what ties the bytes
    that are handed out to the signature.
    """
    canonical = etree.tostring(row, method="c14n", exclusive=True, with_comments=False)
    told = signature.findtext(f"{_DS}SignedInfo/{_DS}Reference/{_DS}DigestValue")
    try:
        digest = base64.b64decode("".join((told or "").split()), validate=True)
    except ValueError:  # letters that are no base64, or no ASCII
        raise SignatureRefused("signature_invalid", "digest") from None
    if not hmac.compare_digest(digest, hashlib.sha256(canonical).digest()):
        raise SignatureRefused("signature_invalid", "digest")
    return canonical


def _signer(
    row: etree._Element,
    signature: etree._Element,
    certificates: Sequence[RegisteredCertificate],
    shape: SignedShape,
) -> RegisteredCertificate:
    """The registered certificate whose key made the signature."""
    for certificate in certificates:
        context = xmlsec.SignatureContext()
        context.key = certificate.xmlsec_key
        context.register_id(row, shape.id_attribute)
        try:
            context.verify(signature)
        except xmlsec.Error:
            continue
        return certificate
    # Only names the refusal: a certificate in the message is evidence, not trust.
    shown = {_der(element) for element in signature.iter(f"{_DS}X509Certificate")}
    registered = {certificate.der for certificate in certificates}
    if not registered or (shown and not shown & registered):
        raise SignatureRefused("certificate_unknown")
    raise SignatureRefused("signature_invalid")


def _der(element: etree._Element) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()))
    except ValueError:
        return b""
