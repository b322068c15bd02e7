"""What a server shows of itself in TLS, believed or not."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

#: Names that are told at most.
_NAMES = 4
#: What an extension that cannot be read, or stands there twice, comes to.
_UNTOLD = (
    *(x509.ExtensionNotFound, x509.DuplicateExtension, ValueError),
    x509.UnsupportedGeneralNameType,
)


def chain(found: ssl.SSLObject) -> Sequence[x509.Certificate]:
    """What the server has sent, its own first; empty: nothing that can be read."""
    try:
        read = [x509.load_der_x509_certificate(one) for one in _sent(found)]
        for one in read:
            # Each part is parsed when it is first asked for.
            _ = one.subject, one.issuer, one.not_valid_after_utc
    except (ValueError, TypeError, x509.InvalidVersion):
        return []
    return read


def _sent(found: ssl.SSLObject) -> Sequence[bytes]:
    tell: Any = getattr(found, "get_unverified_chain", None)
    if tell is not None:
        return [bytes(one) for one in tell() or ()]
    # Until Python 3.13 the chain is told by the object underneath alone.
    inner = getattr(found, "_sslobj", None)
    if inner is not None and hasattr(inner, "get_unverified_chain"):
        pems = (one.public_bytes() for one in inner.get_unverified_chain() or ())
        return [ssl.PEM_cert_to_DER_cert(pem) for pem in pems]
    own = found.getpeercert(binary_form=True)
    return [own] if own else []


def said(name: x509.Name) -> str:
    """A name as people say it: the common one, else the organisation."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(kind):
            return str(attribute.value)
    return name.rfc4514_string() or "?"


def names(one: x509.Certificate) -> str:
    """The hosts that it is good for."""
    try:
        found = one.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except _UNTOLD:
        return said(one.subject)
    hosts = [
        *found.value.get_values_for_type(x509.DNSName),
        *map(str, found.value.get_values_for_type(x509.IPAddress)),
    ]
    return ", ".join(hosts[:_NAMES]) or said(one.subject)


def days_left(one: x509.Certificate, now: datetime) -> int:
    """Whole days until it ends; negative: since it ended."""
    return (one.not_valid_after_utc - now).days
