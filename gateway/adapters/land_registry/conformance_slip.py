"""The slip that a land system puts into a message for tax: what it is, and whether it is signed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree
from lxml.etree import _Element

from gateway.adapters.land_registry.conformance_calls import Content
from gateway.adapters.land_registry.conformance_desk import rows_of

DS = "{http://www.w3.org/2000/09/xmldsig#}"


def slips_of(content: Content) -> Sequence[bytes]:
    """Each different XML file of a message once (§5.3); what is no base64 is empty."""
    files = rows_of(content, "DanhSachTapTin")
    found = [
        _decoded(one.get("data"))
        for one in files
        if str(one.get("name", "")).lower().endswith(".xml")
    ]
    return list(dict.fromkeys(found))


def _decoded(data: object) -> bytes:
    try:
        return base64.b64decode(str(data), validate=True)
    except ValueError:
        return b""


def read(document: bytes) -> _Element | None:
    """Its root; None: it is no XML, or one that names anything outside."""
    if b"<!DOCTYPE" in document:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(document, parser)  # noqa: TID251  hardened above
    except (etree.XMLSyntaxError, ValueError):
        return None


def text_of(root: _Element, name: str) -> str:
    """The first element of this name, whatever its namespace."""
    found = next(root.iter(f"{{*}}{name}"), None)
    return "" if found is None else (found.text or "").strip()


def is_signed(root: _Element) -> bool:
    """Whether its signature covers the row, and holds by the certificate inside."""
    found = root.find(f".//{DS}Signature")
    if found is None:
        return False
    info = found.find(f"{DS}SignedInfo")
    reference = None if info is None else info.find(f"{DS}Reference")
    if info is None or reference is None:
        return False
    named = str(reference.get("URI", "")).removeprefix("#")
    rows = [one for one in root.iter() if one.get("Id") == named]
    if len(rows) != 1:
        return False
    digest = base64.b64encode(hashlib.sha256(_plain(rows[0])).digest()).decode()
    same = digest == _told(reference, "DigestValue")
    return same and _holds(found, _plain(info))


def _plain(node: _Element) -> bytes:
    """Exclusive canonical XML."""
    return etree.tostring(node, method="c14n", exclusive=True, with_tail=False)


def _told(node: _Element, name: str) -> str:
    found = node.find(f".//{DS}{name}")
    return "" if found is None else "".join((found.text or "").split())


def _holds(signature: _Element, info: bytes) -> bool:
    try:
        shown = base64.b64decode(_told(signature, "X509Certificate"))
        key = x509.load_der_x509_certificate(shown).public_key()
        value = base64.b64decode(_told(signature, "SignatureValue"))
        if not isinstance(key, rsa.RSAPublicKey):
            return False
        key.verify(value, info, padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, InvalidSignature):
        return False
    return True
