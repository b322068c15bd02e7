"""Transfers, pushes and signatures of the open interface, by its interface document."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.conforming import Trial

CONTENT = b"%PDF-1.4 giay to thu cua bo thu"
_HALF = 32


def body(content: object) -> bytes:
    """JSON in UTF-8."""
    return json.dumps(content, ensure_ascii=False).encode()


def transfer(
    t: Trial, number: str, kind: str = "hand_over", *, files: int = 1, **more: Any
) -> dict[str, Any]:
    """A transfer (§4.3); its files can be fetched from the kit."""
    identifier = t.identifier()
    listed = []
    for place in range(1, files + 1):
        content = CONTENT + f" {place}".encode()
        name = f"{identifier}.f-{place}"
        t.memory.setdefault("files", {})[name] = content
        listed.append(
            {
                "id": name,
                "name": f"giay-to-{place}.pdf",
                "media_type": "application/pdf",
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )
    return {
        "id": identifier,
        "kind": kind,
        "dossier": number,
        "procedure": t.code("procedure"),
        "leg": t.code("leg"),
        "office": t.code("office"),
        "revision": 1,
        "created_at": t.now().isoformat(timespec="seconds"),
        "numbers": [],
        "fields": {"applicant": {"name": "Nguyễn Văn Thử"}},
        "details": {},
        "files": listed,
        **more,
    }


def pushed(
    t: Trial,
    content: Mapping[str, Any],
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    alg: str = "ES256",
    away_s: int = 0,
    **outside: Any,
) -> dict[str, Any]:
    """An envelope (§6.1); ``away_s``: how far its time is from now."""
    raw = body(content)
    identifier = str(outside.pop("id", content.get("id", t.identifier())))
    time = int(t.now().timestamp()) + away_s
    signer = key or signing_key()
    header = _text(body({"alg": alg, "kid": thumbprint(signer)}).replace(b" ", b""))
    signed = f"{header}.{_text(f'{identifier}.{time}.'.encode() + raw)}".encode()
    return {
        "id": identifier,
        "time": time,
        "payload": base64.b64encode(raw).decode(),
        "signature": f"{header}..{_text(_signature(signer, signed))}",
        **outside,
    }


def _signature(key: ec.EllipticCurvePrivateKey, signed: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256())))
    return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


@cache
def signing_key() -> ec.EllipticCurvePrivateKey:
    """The kit's key, made anew with each process; its public half is among ``keys``."""
    return ec.generate_private_key(ec.SECP256R1())


def public(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    """A key as ``keys`` shows it (§4.10)."""
    numbers = key.public_key().public_numbers()
    point = {
        "crv": "P-256",
        "kty": "EC",
        "x": _text(numbers.x.to_bytes(_HALF, "big")),
        "y": _text(numbers.y.to_bytes(_HALF, "big")),
    }
    return {**point, "kid": thumbprint(key), "alg": "ES256", "use": "sig"}


def thumbprint(key: ec.EllipticCurvePrivateKey) -> str:
    """RFC 7638 with SHA-256."""
    numbers = key.public_key().public_numbers()
    x, y = (_text(one.to_bytes(_HALF, "big")) for one in (numbers.x, numbers.y))
    canonical = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return _text(hashlib.sha256(canonical.encode()).digest())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
