"""Assertions by which a client proves that it has its private key (RFC 7523); pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

#: No shared secret signs, and nothing goes unsigned.
ALGORITHMS = ["ES256", "ES384", "RS256", "PS256", "EdDSA"]
_KINDS = (ECKey, RSAKey, OKPKey)
#: An assertion is for now: seconds that it may hold on, and that clocks may differ.
ASSERTION_S, SKEW_S = 600, 60
#: Letters of an identifier: it is kept until nobody can use it again.
_MOST_ID = 256
#: Of RSA, as for certificates.
_LEAST_BITS = 2048


def public_key(pem: object) -> Any:
    """A public key as a configuration names it, PEM; None: it is none, or a weak one."""
    if not isinstance(pem, str) or "PRIVATE" in pem:
        return None
    for kind in _KINDS:
        try:
            key = kind.import_key(pem)
        except (JoseError, ValueError, TypeError):
            continue
        bits = getattr(key.raw_value, "key_size", _LEAST_BITS)
        return None if kind is RSAKey and bits < _LEAST_BITS else key
    return None


def claims_of(assertion: str, keys: Iterable[str]) -> tuple[dict[str, Any], str] | None:
    """What an assertion says, and by which of the keys; None: none of them signed it."""
    for pem in keys:
        key = public_key(pem)
        if key is None:
            continue
        try:
            return dict(jwt.decode(assertion, key, algorithms=ALGORITHMS).claims), pem
        except (JoseError, ValueError, TypeError):
            continue
    return None


def is_of_now(
    claims: Mapping[str, Any], client: str, *, audiences: Collection[str], now: datetime
) -> bool:
    """Whether an assertion is its client's own, for one of us, and for this moment."""
    told = claims.get("aud")
    meant = told if isinstance(told, list) else [told]
    seconds, ends, name = now.timestamp(), claims.get("exp"), claims.get("jti")
    begins = claims.get("iat", claims.get("nbf", seconds))
    return (
        claims.get("iss") == claims.get("sub") == client
        and any(one in audiences for one in meant if isinstance(one, str))
        and isinstance(ends, int | float)
        and seconds - SKEW_S < ends <= seconds + ASSERTION_S + SKEW_S
        and isinstance(begins, int | float)
        and begins <= seconds + SKEW_S
        and isinstance(name, str)
        and 0 < len(name) <= _MOST_ID
    )
