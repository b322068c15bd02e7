"""Signatures and seals as the tax authority makes and checks them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree
from lxml.etree import _Element

from gateway.adapters.tax.mock_xml import (
    NAMESPACE,
    SIGNATURE,
    Refused,
    parse,
    tag,
)

# libxmlsec writes its reasons to stderr unless told not to.
xmlsec.enable_debug_trace(False)  # noqa: FBT003  positional in the C interface

_MIN_KEY_BITS = 2048
_DS = f"{{{SIGNATURE}}}"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A registered certificate: the only thing that a signature is trusted by."""

    kid: str
    #: SHA-256 of its DER form in base64url without padding, as a seal names it
    x509: x509.Certificate
    public_key: rsa.RSAPublicKey

    @classmethod
    def load(cls, path: str) -> Certificate:
        """Read a PEM file; only RSA of 2048 bits or more is registered."""
        read = x509.load_pem_x509_certificate(Path(path).read_bytes())
        key = read.public_key()
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _MIN_KEY_BITS:
            raise ValueError(f"{path}: RSA {_MIN_KEY_BITS} or more is needed")
        return cls(_base64url(read.fingerprint(hashes.SHA256())), read, key)

    def is_valid_at(self, at: datetime) -> bool:
        """Whether ``at`` (aware) lies within its validity."""
        return self.x509.not_valid_before_utc <= at <= self.x509.not_valid_after_utc

    def key(self) -> xmlsec.Key:
        """Its public key for one verification."""
        pem = self.x509.public_bytes(serialization.Encoding.PEM)
        return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)


def load_all(paths: str | Iterable[str]) -> tuple[Certificate, ...]:
    """One path or several: during a change of keys both are registered."""
    return tuple(
        Certificate.load(p) for p in ([paths] if isinstance(paths, str) else paths)
    )


def find_signature(root: _Element) -> _Element:
    """The document's one signature; ``Refused`` 02 when it has none."""
    found = list(root.iter(f"{_DS}Signature"))
    if not found:
        raise Refused("02")
    if len(found) > 1:
        raise Refused("03", "có nhiều hơn một chữ ký")
    return found[0]


def signed_row(
    root: _Element,
    trusted: Iterable[Certificate],
    at: datetime,
    *,
    namespace: str = NAMESPACE,
) -> _Element:
    """The ROW that the signature covers, read anew from the bytes it covers.

    Nothing else of the document may be used: what lies outside those bytes
    (comments, a second ROW, an envelope) was signed by nobody.
    """
    signature = find_signature(root)
    body = tag("BODY", namespace)
    rows = root.findall(f"{body}/{tag('ROW', namespace)}")
    security = root.findall(f"{body}/*")[-1:]
    if len(rows) != 1 or signature.getparent() not in security:
        raise Refused("03", "chữ ký không nằm đúng chỗ")
    row = rows[0]
    named = [node for node in root.iter() if node.get("Id") == row.get("Id")]
    uri = _reference(signature).get("URI")
    if named != [row] or uri != f"#{row.get('Id')}":
        raise Refused("03", "chữ ký không bao phủ ROW")
    covered: bytes = etree.tostring(
        row, method="c14n", exclusive=True, with_comments=False
    )
    digest = base64.b64decode(_reference(signature).findtext(f"{_DS}DigestValue") or "")
    if hashlib.sha256(covered).digest() != digest:
        raise Refused("03", "nội dung đã bị sửa sau khi ký")
    _check_signer(row, signature, tuple(trusted), at)
    return parse(covered)


def _reference(signature: _Element) -> _Element:
    found = signature.findall(f"{_DS}SignedInfo/{_DS}Reference")
    if len(found) != 1:
        raise Refused("03", "phải có đúng một Reference")
    return found[0]


def _check_signer(
    row: _Element,
    signature: _Element,
    trusted: tuple[Certificate, ...],
    at: datetime,
) -> None:
    for certificate in trusted:
        if _verifies(row, signature, certificate):
            if not certificate.is_valid_at(at):
                raise Refused("04", "chứng thư hết hiệu lực")
            return
    named = signature.findtext(f".//{_DS}X509Certificate")
    if named and _kid(named) not in {c.kid for c in trusted}:
        raise Refused("04", "chứng thư chưa đăng ký")
    raise Refused("03")


def _kid(encoded: str) -> str:
    try:
        return _base64url(hashlib.sha256(base64.b64decode(encoded)).digest())
    except ValueError:
        return ""


def _verifies(row: _Element, signature: _Element, certificate: Certificate) -> bool:
    context = xmlsec.SignatureContext()
    # With a key set, xmlsec never looks at KeyInfo.
    context.key = certificate.key()
    context.register_id(row, "Id")
    try:
        context.enable_reference_transform(xmlsec.constants.TransformExclC14N)
        context.enable_reference_transform(xmlsec.constants.TransformSha256)
        context.enable_signature_transform(xmlsec.constants.TransformExclC14N)
        context.enable_signature_transform(xmlsec.constants.TransformRsaSha256)
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Signer:
    """The authority's own key and certificate, as PEM."""

    key: bytes
    certificate: bytes

    @classmethod
    def load(cls, key: str, certificate: str) -> Signer:
        """Read both PEM files."""
        return cls(Path(key).read_bytes(), Path(certificate).read_bytes())

    def sign(self, root: _Element, *, namespace: str = NAMESPACE) -> bytes:
        """The finished document: ROW signed, SECURITY appended to BODY."""
        body = root.find(tag("BODY", namespace))
        row = root.find(f"{tag('BODY', namespace)}/{tag('ROW', namespace)}")
        if body is None or row is None:
            raise ValueError("a document without BODY/ROW cannot be signed")
        constants = xmlsec.constants
        template = xmlsec.template.create(
            root, constants.TransformExclC14N, constants.TransformRsaSha256, ns="ds"
        )
        reference = xmlsec.template.add_reference(
            template, constants.TransformSha256, uri=f"#{row.get('Id')}"
        )
        xmlsec.template.add_transform(reference, constants.TransformExclC14N)
        info = xmlsec.template.ensure_key_info(template)
        xmlsec.template.x509_data_add_certificate(xmlsec.template.add_x509_data(info))
        etree.SubElement(body, tag("SECURITY", namespace)).append(template)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(self.key, constants.KeyDataFormatPem)
        context.key.load_cert_from_memory(self.certificate, constants.KeyDataFormatPem)
        context.register_id(row, "Id")
        context.sign(template)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def check_seal(
    seal: str, content: bytes, trusted: Iterable[Certificate], at: datetime
) -> None:
    """Raise ``Refused`` 05 unless a detached JWS covers exactly these bytes."""
    head, _, signature = seal.partition("..")
    header = _header(head)
    if header.get("alg") != "RS256" or not header.keys() <= {"alg", "kid", "typ"}:
        raise Refused("05", "dấu chuyển chỉ được là RS256 với alg, kid, typ")
    by_kid = {c.kid: c for c in trusted if c.is_valid_at(at)}
    certificate = by_kid.get(str(header.get("kid", "")))
    if certificate is None:
        raise Refused("05", "kid chưa đăng ký")
    signed = f"{head}.{_base64url(content)}".encode()
    try:
        certificate.public_key.verify(
            _from_base64url(signature), signed, padding.PKCS1v15(), hashes.SHA256()
        )
    except (InvalidSignature, ValueError) as error:
        raise Refused("05") from error


def _header(encoded: str) -> dict[str, Any]:
    try:
        header = json.loads(_from_base64url(encoded))
    except ValueError as error:
        raise Refused("05", "không đọc được dấu chuyển") from error
    if not isinstance(header, dict):
        raise Refused("05", "không đọc được dấu chuyển")
    return header


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes:
    return base64.b64decode(
        text + "=" * (-len(text) % 4), altchars=b"-_", validate=True
    )
