"""Keys that messages pushed to agencies are signed by: ES256, detached (RFC 7515, F)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joserfc import jws
from joserfc.jwk import ECKey

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM = "ES256"
_CURVE = "P-256"


class PushKey:
    """One key pair; its ``kid`` is the thumbprint of its public half (RFC 7638)."""

    def __init__(self, pem: bytes) -> None:
        """Load a private key.

        Raises:
            ValueError: it is no unencrypted EC key on P-256.
        """
        key = ECKey.import_key(pem)
        if key.curve_name != _CURVE or not key.is_private:
            raise ValueError("a push key is a private EC key on P-256")
        self._key = key
        self.kid = key.thumbprint()

    def sign(self, payload: bytes) -> str:
        """``header..signature`` over exactly these bytes."""
        header = {"alg": ALGORITHM, "kid": self.kid}
        whole = jws.serialize_compact(header, payload, self._key, [ALGORITHM])
        return str(jws.detach_content(whole))

    @property
    def public(self) -> Mapping[str, str]:
        """Its public half as a JSON Web Key."""
        known: dict[str, Any] = self._key.as_dict(private=False)
        shape = {name: str(known[name]) for name in ("kty", "crv", "x", "y")}
        return {"kid": self.kid, **shape, "alg": ALGORITHM, "use": "sig"}
