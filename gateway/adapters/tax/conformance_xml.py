"""Documents with XML signatures, and seals, by the interface document and no other code."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cache, lru_cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree
from lxml.etree import _Element

from gateway.conforming import NotTried, Trial

DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
VIETNAM = timezone(timedelta(hours=7))
KEY_BITS = 2048
#: Name of an element, and its text or what stands in it.
Tree = Sequence[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Pair:
    """A key, and the certificate that is registered for it."""

    key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate | None = None

    @property
    def der(self) -> bytes:
        """The certificate's bytes; none: nothing."""
        found = self.certificate
        return found.public_bytes(serialization.Encoding.DER) if found else b""


@dataclass(frozen=True, slots=True)
class Signing:
    """How a document is signed; as it stands: by the profile (§3.1)."""

    canonical: str = C14N
    method: str = RSA_SHA256
    digest: str = SHA256
    uri: str = ""
    #: in place of the ROW's own
    shown: bytes = b""
    #: DER of the certificate in KeyInfo; nothing: no KeyInfo


PROFILE = Signing()


def pair_of(t: Trial, name: str) -> Pair:
    """Key and certificate of the preset's ``files``.

    Raises:
        NotTried: it has none, or they are not RSA and PEM.
    """
    try:
        found = _pair(t.file(f"{name}_key"), t.file(f"{name}_cert"))
    except (ValueError, TypeError) as wrong:
        raise NotTried(
            f"files.{name}_key, files.{name}_cert: không đọc được PEM"
        ) from wrong
    if found is None:
        raise NotTried(
            f"files.{name}_key, files.{name}_cert: phải là một cặp RSA từ {KEY_BITS} bit"
        )
    return found


@lru_cache(maxsize=16)
def _pair(key: bytes, certificate: bytes) -> Pair | None:
    """Read once: OpenSSL looks at every prime each time."""
    found = serialization.load_pem_private_key(key, None)
    shown = x509.load_pem_x509_certificate(certificate)
    if not isinstance(found, rsa.RSAPrivateKey) or found.key_size < KEY_BITS:
        return None
    return Pair(found, shown) if shown.public_key() == found.public_key() else None


def certificate_of(t: Trial, name: str) -> x509.Certificate:
    """A certificate of the preset's ``files``.

    Raises:
        NotTried: it has none, or it is no PEM.
    """
    try:
        return x509.load_pem_x509_certificate(t.file(name))
    except ValueError as wrong:
        raise NotTried(f"files.{name}: không đọc được chứng thư PEM") from wrong


@cache
def stranger() -> Pair:
    """A key that nobody has registered, with a certificate of its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    name = x509.Name.from_rfc4514_string("CN=Nguoi la cua bo thu")
    begins = datetime(2020, 1, 1, tzinfo=VIETNAM)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=7300))
        .sign(key, hashes.SHA256())
    )
    return Pair(key, made)


def parsed(raw: bytes) -> _Element | None:
    """XML without DTD, entities or network; None: it is not to be read."""
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        return None
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    try:
        return etree.fromstring(raw, parser)  # noqa: TID251  hardened above
    except (etree.XMLSyntaxError, ValueError):
        return None


def data(namespace: str, identifier: str, tree: Tree) -> _Element:
    """DATA/BODY/ROW, not signed yet (§3)."""
    nsmap: Any = {None: namespace}
    root = etree.Element(f"{{{namespace}}}DATA", nsmap=nsmap)
    body = etree.SubElement(root, f"{{{namespace}}}BODY")
    row = etree.SubElement(body, f"{{{namespace}}}ROW", Id=identifier)
    grow(row, tree)
    return root


def grow(parent: _Element, tree: Tree) -> None:
    """Put elements into one, in its own namespace."""
    namespace = etree.QName(parent).namespace
    for name, content in tree:
        child = etree.SubElement(parent, f"{{{namespace}}}{name}")
        if isinstance(content, str):
            child.text = content
        else:
            grow(child, content)


def at(root: _Element, path: str) -> _Element:
    """The first element at a path of local names below ROW."""
    return all_at(root, path)[0]


def all_at(root: _Element, path: str) -> list[_Element]:
    """Every element at a path of local names, below ROW or the root itself."""
    row = root if etree.QName(root).localname == "ROW" else root.find(".//{*}ROW")
    start = root if row is None else row
    return list(start.findall("/".join(f"{{*}}{part}" for part in path.split("/"))))


def text_at(root: _Element | None, path: str) -> str:
    """Text at a path; nothing where there is none."""
    found = [] if root is None else all_at(root, path)
    return "".join(str(one) for one in found[0].itertext()) if found else ""


def raw_of(root: _Element) -> bytes:
    """The bytes of a document, or of one element by itself."""
    return bytes(
        etree.tostring(root, xml_declaration=True, encoding="UTF-8", with_tail=False)
    )


def canonical(node: _Element, *, exclusive: bool = True) -> bytes:
    """Canonical form without comments."""
    return bytes(
        etree.tostring(node, method="c14n", exclusive=exclusive, with_comments=False)
    )


def signed(root: _Element, key: rsa.RSAPrivateKey, how: Signing = PROFILE) -> bytes:
    """The document with SECURITY at its end (§3.2); what it becomes is bytes."""
    body = root[0]
    row = root.find(".//{*}ROW")
    if row is None:
        raise ValueError("there is no ROW to be signed")
    namespace = etree.QName(root).namespace
    security = etree.SubElement(body, f"{{{namespace}}}SECURITY")
    plain = how.canonical == C14N
    digest = hashlib.sha1 if how.digest == SHA1 else hashlib.sha256
    covered = digest(canonical(row, exclusive=plain)).digest()
    security.append(_template(how, how.uri or f"#{row.get('Id')}", covered))
    info = security[0][0]
    old = how.method == RSA_SHA1
    made = key.sign(
        canonical(info, exclusive=plain),
        padding.PKCS1v15(),
        hashes.SHA1() if old else hashes.SHA256(),  # noqa: S303  to be refused
    )
    security[0][1].text = base64.b64encode(made).decode()
    return raw_of(root)


def _template(how: Signing, uri: str, covered: bytes) -> _Element:
    signature = etree.Element(f"{{{DS}}}Signature", nsmap={"ds": DS})
    info = _under(signature, "SignedInfo")
    _under(info, "CanonicalizationMethod", how.canonical)
    _under(info, "SignatureMethod", how.method)
    reference = _under(info, "Reference")
    reference.set("URI", uri)
    _under(_under(reference, "Transforms"), "Transform", how.canonical)
    _under(reference, "DigestMethod", how.digest)
    _under(reference, "DigestValue").text = base64.b64encode(covered).decode()
    _under(signature, "SignatureValue")
    if how.shown:
        held = _under(_under(signature, "KeyInfo"), "X509Data")
        _under(held, "X509Certificate").text = base64.b64encode(how.shown).decode()
    return signature


def _under(parent: _Element, name: str, algorithm: str = "") -> _Element:
    made = etree.SubElement(parent, f"{{{DS}}}{name}")
    if algorithm:
        made.set("Algorithm", algorithm)
    return made


def why_not_signed(root: _Element, trusted: x509.Certificate, now: datetime) -> str:
    """What is wrong with a document's signature (§3.3, steps 4 to 6); empty: it holds.

    Its shape is the schema's matter.
    """
    signatures = list(root.iter(f"{{{DS}}}Signature"))
    rows = list(root.iter("{*}ROW"))
    if len(signatures) != 1 or len(rows) != 1:
        return f"có {len(signatures)} chữ ký và {len(rows)} ROW"
    (signature,), (row,) = signatures, rows
    reference = signature.find(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")
    named = [one for one in root.iter() if one.get("Id") == row.get("Id")]
    if (
        reference is None
        or named != [row]
        or reference.get("URI") != f"#{row.get('Id')}"
    ):
        return "chữ ký không trỏ đúng vào ROW"
    told = _bytes(reference.findtext(f"{{{DS}}}DigestValue"))
    if hashlib.sha256(canonical(row)).digest() != told:
        return "DigestValue không phải của ROW"
    info = signature.find(f"{{{DS}}}SignedInfo")
    value = _bytes(signature.findtext(f"{{{DS}}}SignatureValue"))
    key = trusted.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or info is None:
        return "chứng thư của thuế không phải RSA"
    try:
        key.verify(value, canonical(info), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return "chữ ký không phải của chứng thư thuế đã đăng ký"
    if not trusted.not_valid_before_utc <= now <= trusted.not_valid_after_utc:
        return "chứng thư của thuế không còn hiệu lực"
    return ""


def _bytes(text: str | None) -> bytes:
    try:
        return base64.b64decode("".join((text or "").split()), validate=True)
    except ValueError:
        return b""


def url64(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def seal(content: bytes, pair: Pair, *, alg: str = "RS256", **more: Any) -> str:
    """The sender's seal over these bytes (§4); ``more``: of its header."""
    kid = url64(hashlib.sha256(pair.der).digest())
    header = json.dumps({"alg": alg, "kid": kid, **more}, separators=(",", ":"))
    head = url64(header.encode())
    told = f"{head}.{url64(content)}".encode()
    hashed = hashes.SHA512() if alg == "RS512" else hashes.SHA256()
    return f"{head}..{url64(pair.key.sign(told, padding.PKCS1v15(), hashed))}"
