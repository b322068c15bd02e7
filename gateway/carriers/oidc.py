"""The province's own sign-in by OpenID Connect: authorization code, PKCE, state, nonce."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.carriers.destination import CheckedResolver, is_literal
from gateway.carriers.ground import LOCAL, Ground
from gateway.carriers.tls import tls_context
from gateway.domain.errors import SignInAway, SignInRefused
from gateway.domain.json_text import of_json
from gateway.domain.principal import Role
from gateway.ports.accounts import Known, Leaving, SingleSignOn

#: Signatures that a public key checks; the client's secret, or nothing, proves nobody.
ALGORITHMS = ("RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "EdDSA", "Ed25519")
#: Seconds by which clocks may differ; and that a sign-in may take.
ASTRAY_S, TAKES_S = 60, 600
#: Seconds for which what the provider says of itself is believed; and until keys are
#: asked for again because of one that nobody knows.
DISCOVERED_S, KEYS_AGAIN_S = 3600.0, 60.0
MOST_BYTES = 256 * 1024
#: Unix seconds of no moment that a calendar has.
_FAR_S = 10**12
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_WELL_KNOWN = "/.well-known/openid-configuration"
_SAID = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Client:
    """What we are there, and whom it makes what here."""

    issuer: str
    client_id: str
    secret: str
    page: str
    label: str
    scopes: tuple[str, ...]
    claim: str
    roles: Mapping[str, Role]
    authorities: Path | None = None
    timeout_s: float = 10.0
    ground: Ground = LOCAL
    #: where its addresses may lie


class OpenIDConnect(SingleSignOn):
    """One provider. Its tokens are judged by real time, as its TLS is."""

    def __init__(
        self,
        client: Client,
        *,
        now: Callable[[], datetime],
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask nobody yet."""
        self._client = client
        self._now = now
        self._mono = mono
        self._said: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    @property
    def label(self) -> str:
        """What its button says."""
        return self._client.label

    @property
    def page(self) -> str:
        """Address of these pages."""
        return self._client.page.rstrip("/")

    async def leave(self, back: str, *, again: bool) -> Leaving:
        """Send a browser there."""
        said = await self._discovered()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = _base64(hashlib.sha256(verifier.encode()).digest())
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self.page + back,
            "scope": " ".join(self._client.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **({"prompt": "login", "max_age": "0"} if again else {}),
        }
        remembered = {
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "at": str(int(self._now().timestamp())),
            "again": "1" if again else "",
        }
        return Leaving(_with(str(said["authorization_endpoint"]), asked), remembered)

    async def returned(
        self, back: str, answer: Mapping[str, str], remembered: Mapping[str, str]
    ) -> Known:
        """Whom it vouches for."""
        said = await self._discovered()
        left = int(remembered.get("at") or 0)
        state = remembered.get("state") or secrets.token_urlsafe()
        if not hmac.compare_digest(state.encode(), answer.get("state", "").encode()):
            raise _refused("other state")
        if self._now().timestamp() > left + TAKES_S:
            raise _refused("too late")
        told = answer.get("iss")
        named = bool(said.get("authorization_response_iss_parameter_supported"))
        if told != self._client.issuer and (told is not None or named):
            raise _refused("other issuer answered")
        if "error" in answer or not answer.get("code"):
            raise _refused("it vouches for nobody")
        token = await self._token(
            said, answer["code"], self.page + back, remembered["verifier"]
        )
        claims = await self._claims(said, token)
        self._check(claims, remembered, left)
        return self._known(claims)

    async def farewell(self, back: str) -> str:
        """Where one signs out there too."""
        try:
            said = await self._discovered()
        except SignInAway:
            return ""
        where = said.get("end_session_endpoint")
        if not isinstance(where, str) or not _safe(where):
            return ""
        asked = {"client_id": self._client.client_id, "post_logout_redirect_uri": back}
        return _with(where, asked)

    # -------------------------------------------------------------- what it says

    async def _discovered(self) -> dict[str, Any]:
        if self._said is not None and self._mono() < self._said[0] + DISCOVERED_S:
            return self._said[1]
        said = await self._json("GET", self._client.issuer.rstrip("/") + _WELL_KNOWN)
        wrong = [
            name
            for name in _SAID
            if not isinstance(said.get(name), str) or not _safe(said[name])
        ]
        if said.get("issuer") != self._client.issuer or wrong:
            raise SignInAway(f"discovery: {', '.join(wrong) or 'issuer'}")
        self._said = (self._mono(), said)
        return said

    async def _token(
        self, said: Mapping[str, Any], code: str, back: str, verifier: str
    ) -> str:
        client = self._client
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
        }
        headers = {}
        ways = said.get("token_endpoint_auth_methods_supported")
        if client.secret and "client_secret_basic" in (ways or ["client_secret_basic"]):
            pair = f"{quote(client.client_id, '')}:{quote(client.secret, '')}"
            basic = base64.b64encode(pair.encode()).decode()
            headers["Authorization"] = f"Basic {basic}"
        else:
            form["client_id"] = client.client_id
            if client.secret:
                form["client_secret"] = client.secret
        where = str(said["token_endpoint"])
        answer = await self._json("POST", where, form, headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _refused("no ID token")
        return token

    async def _claims(self, said: Mapping[str, Any], token: str) -> dict[str, Any]:
        keys = await self._keys_of(said)
        try:
            return self._verified(token, keys)
        except (JoseError, ValueError):
            # Its keys may have changed; one that nobody knows is asked about once.
            newer = await self._keys_of(said, older=keys)
            if newer is keys:
                raise _refused("signature") from None
        try:
            return self._verified(token, newer)
        except (JoseError, ValueError):
            raise _refused("signature") from None

    @staticmethod
    def _verified(token: str, keys: KeySet) -> dict[str, Any]:
        return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)

    async def _keys_of(
        self, said: Mapping[str, Any], older: KeySet | None = None
    ) -> KeySet:
        known = self._keys
        lasts = DISCOVERED_S if older is None else KEYS_AGAIN_S
        if known is not None and self._mono() < known[0] + lasts:
            return known[1]
        found = await self._json("GET", str(said["jwks_uri"]))
        try:
            keys = KeySet.import_key_set(found)  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError):
            raise SignInAway("keys") from None
        self._keys = (self._mono(), keys)
        return keys

    def _check(
        self, claims: Mapping[str, Any], remembered: Mapping[str, str], left: int
    ) -> None:
        now, client = self._now().timestamp(), self._client.client_id
        audience = claims.get("aud")
        several = audience if isinstance(audience, list) else [audience]
        party = claims.get("azp", client if several == [client] else None)
        wrong = {
            "iss": claims.get("iss") != self._client.issuer,
            "aud": client not in several or party != client,
            "exp": now >= _number(claims.get("exp")) + ASTRAY_S,
            "iat": abs(now - _number(claims.get("iat"))) > TAKES_S,
            "nbf": now < _number(claims.get("nbf", 0)) - ASTRAY_S,
            "nonce": not remembered.get("nonce")
            or claims.get("nonce") != remembered["nonce"],
            "sub": not isinstance(claims.get("sub"), str) or not claims["sub"],
            "auth_time": bool(remembered.get("again"))
            and _number(claims.get("auth_time")) < left - ASTRAY_S,
        }
        found = [name for name, is_wrong in wrong.items() if is_wrong]
        if found:
            raise _refused(", ".join(found))

    def _known(self, claims: Mapping[str, Any]) -> Known:
        given = claims.get(self._client.claim, [])
        groups = given if isinstance(given, list) else [given]
        role = next(
            (role for group, role in self._client.roles.items() if group in groups),
            None,
        )
        if role is None:
            raise SignInRefused(
                code="sign_in_no_role",
                remedy="Tài khoản chung này chưa được giao vai nào ở cổng liên thông: đề nghị"
                " quản trị hệ thống chung đưa vào nhóm.",
            )
        subject = f"{self._client.issuer}\n{claims['sub']}"
        name = claims.get("name") or claims.get("preferred_username") or claims["sub"]
        return Known(subject, str(name)[:100], role)

    # -------------------------------------------------------------- the wire

    async def _json(
        self,
        method: str,
        url: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """One call; it goes nowhere else, whatever the address answers."""
        timeout = aiohttp.ClientTimeout(total=self._client.timeout_s)
        context = tls_context(authorities=self._client.authorities)
        given = {"Accept": "application/json", **(headers or {})}
        host, ground = urlsplit(url).hostname or "", self._client.ground
        if is_literal(host) and not ground.permits(host, host):
            # What is no name is looked up nowhere, and so not checked there.
            raise SignInAway("address")
        resolver = CheckedResolver(ground=ground)
        try:
            async with (
                aiohttp.ClientSession(
                    timeout=timeout, connector=aiohttp.TCPConnector(resolver=resolver)
                ) as session,
                session.request(
                    method,
                    url,
                    data=form,
                    headers=given,
                    ssl=context,
                    allow_redirects=False,
                ) as answer,
            ):
                text = b""
                async for part in answer.content.iter_chunked(MOST_BYTES):
                    text += part
                    if len(text) > MOST_BYTES:
                        break
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            raise SignInAway(type(wrong).__name__) from None
        if form is not None and status in {400, 401}:
            raise _refused("the code was not taken")
        return _object(text, status)


def _object(text: bytes, status: int) -> dict[str, Any]:
    try:
        found = of_json(text) if status == 200 and len(text) <= MOST_BYTES else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SignInAway(f"status {status}")
    return found


def _refused(why: str) -> SignInRefused:
    return SignInRefused(
        why,
        code="sign_in_elsewhere",
        remedy="Hệ thống đăng nhập chung chưa xác nhận được anh/chị: đăng nhập lại từ đầu.",
    )


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0.0
    # A whole number of any length is one in JSON; none that long is a time.
    return float(value) if abs(value) < _FAR_S else 0.0


def _safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in _LOOPBACK
    )


def _with(url: str, asked: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(asked, quote_via=quote)}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
