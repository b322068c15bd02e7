"""By which certificate a caller is known, and whether it is one of its office's.

A secret can be copied; whoever has it must still show the certificate that the
office's entry names by its key (``client_spki``), where it names any.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import Scope

    from gateway.routing.catalogue import Office

#: What a proxy of ours says of the certificate that a caller showed it: the hash of
#: its key; or the certificate itself, PEM in percent encoding, as nginx has it.
SPKI_HEADER, CERTIFICATE_HEADER = b"lienthong-peer-spki", b"lienthong-peer-cert"
#: Where the key of the caller's certificate stands in a request's scope.
CALLER_KEY = "lienthong.certificate"
_SHA256 = "sha256:"
_NOBODY = "0" * 64


def key_of(headers: Mapping[bytes, bytes]) -> str:
    """The hash, in hexadecimal, of the key that a proxy saw; empty: none."""
    told = headers.get(SPKI_HEADER, b"").decode("latin-1").strip()
    if told:
        return _hex(told)
    shown = unquote(headers.get(CERTIFICATE_HEADER, b"").decode("latin-1"))
    return spki_of(shown.encode()) if shown else ""


def spki_of(pem: bytes) -> str:
    """The hash of a certificate's key; empty: it is none."""
    try:
        key = x509.load_pem_x509_certificate(pem).public_key()
    except ValueError:
        return ""
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def misfits(said: object) -> Iterable[str]:
    """Values of ``client_spki`` that are no hash of a key."""
    listed = said if isinstance(said, list | tuple) else [said]
    for one in listed:
        if not isinstance(one, str) or not _hex(one):
            yield str(one)


def is_its_own(office: Office | None, scope: Scope) -> bool:
    """Whether a call comes with one of its office's certificates, if it has to."""
    said = office.settings.get("client_spki", ()) if office is not None else ()
    if not said:
        return True
    shown = _hex(str(scope.get(CALLER_KEY) or "")) or _NOBODY
    known = False
    for one in said if isinstance(said, list | tuple) else ():
        wanted = _hex(str(one)) or "f" * 64
        known |= hmac.compare_digest(wanted, shown)
    return known


def _hex(told: str) -> str:
    """A hash, written in hexadecimal or base64, with or without its name."""
    bare = told.strip().removeprefix(_SHA256)
    try:
        raw = bytes.fromhex(bare)
        if len(raw) != hashlib.sha256().digest_size:
            raise ValueError
    except ValueError:
        try:
            raw = base64.b64decode(bare, validate=True)
        except (binascii.Error, ValueError):
            return ""
    return raw.hex() if len(raw) == hashlib.sha256().digest_size else ""
