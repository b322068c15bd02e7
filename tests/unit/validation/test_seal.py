"""The transport seal, held against another implementation of JWS."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from joserfc import jws
from joserfc.jwk import RSAKey

from gateway.validation.seal import SealRefused, make_seal, verify_seal

if TYPE_CHECKING:
    from datetime import datetime

    from tests.unit.validation.conftest import Pair

SLIP = "<DATA>Nguyễn Văn Ví Dụ</DATA>\r\n".encode()


def encode(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


def header(**fields: object) -> str:
    return encode(json.dumps(fields).encode())


def code(seal: str, payload: bytes, pairs: list[Pair], at: datetime) -> str:
    registered = {pair.key.kid: pair.certificate for pair in pairs}
    with pytest.raises(SealRefused) as refused:
        verify_seal(seal, payload, certificates=registered, at=at)
    return refused.value.code


def test_another_implementation_accepts_our_seal(issuer: Pair) -> None:
    protected, payload, signature = make_seal(SLIP, issuer.key, kid="cong-1").split(".")
    assert payload == ""
    key = RSAKey.import_key(issuer.key_path.read_bytes())
    whole = f"{protected}.{encode(SLIP)}.{signature}"
    read = jws.deserialize_compact(whole, key, algorithms=["RS256"])
    assert read.payload == SLIP
    assert read.protected == {"alg": "RS256", "kid": "cong-1"}


def test_we_accept_the_seal_of_another_implementation(
    issuer: Pair, day: datetime
) -> None:
    key = RSAKey.import_key(issuer.key_path.read_bytes())
    whole = jws.serialize_compact(
        {"alg": "RS256", "kid": "cong-1", "typ": "JOSE"},
        SLIP,
        key,
        algorithms=["RS256"],
    )
    protected, _, signature = whole.split(".")
    registered = {"cong-1": issuer.certificate}
    seal = f"{protected}..{signature}"
    assert (
        verify_seal(seal, SLIP, certificates=registered, at=day) is issuer.certificate
    )


def test_a_changed_byte_breaks_the_seal(issuer: Pair, day: datetime) -> None:
    seal = make_seal(SLIP, issuer.key)
    assert code(seal, SLIP.replace(b"\r\n", b"\n"), [issuer], day) == "seal_invalid"
    assert code(seal, b"", [issuer], day) == "seal_invalid"


def test_the_seal_names_its_key(
    issuer: Pair, attacker: Pair, issuer_next: Pair, day: datetime
) -> None:
    both = [issuer, issuer_next]
    registered = {pair.key.kid: pair.certificate for pair in both}
    for pair in both:
        seal = make_seal(SLIP, pair.key)
        found = verify_seal(seal, SLIP, certificates=registered, at=day)
        assert found is pair.certificate
    assert code(make_seal(SLIP, attacker.key), SLIP, both, day) == "certificate_unknown"
    borrowed = make_seal(SLIP, attacker.key, kid=issuer.key.kid)
    assert code(borrowed, SLIP, both, day) == "seal_invalid"


def test_an_expired_certificate_is_refused(former: Pair, day: datetime) -> None:
    seal = make_seal(SLIP, former.key)
    assert code(seal, SLIP, [former], day) == "certificate_expired"


def test_a_public_key_is_no_shared_secret(issuer: Pair, day: datetime) -> None:
    public = issuer.certificate.public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    protected = header(alg="HS256", kid=issuer.key.kid)
    signed = f"{protected}.{encode(SLIP)}".encode()
    tag = hmac.new(public, signed, hashlib.sha256).digest()
    attack = f"{protected}..{encode(tag)}"
    # The control: a verifier that believes the header computes the same tag.
    assert hmac.compare_digest(tag, hmac.digest(public, signed, "sha256"))
    assert code(attack, SLIP, [issuer], day) == "seal_algorithm"


@pytest.mark.parametrize(
    "extra",
    [{"alg": "none"}, {"alg": "RS512"}, {"alg": None}, {"b64": False, "crit": ["b64"]},
     {"jwk": {}}, {"x5c": []}, {"jku": "http://127.0.0.1:9/"}, {"crit": ["kid"]}],
    ids=str,
)  # fmt: skip
def test_a_header_that_asks_for_more_is_refused(
    extra: dict[str, object], issuer: Pair, day: datetime
) -> None:
    fields = {"alg": "RS256", "kid": issuer.key.kid} | extra
    signature = make_seal(SLIP, issuer.key).rpartition(".")[2]
    seal = f"{header(**fields)}..{signature}"
    assert code(seal, SLIP, [issuer], day) == "seal_algorithm"


@pytest.mark.parametrize(
    "seal",
    ["", ".", "..", "a.b", "%%..%%", "e30=..AA", f"{encode(b'[]')}..AA",
     f"{encode(b'{')}..AA", f"{encode(b'[' * 9000)}..AA", "e30..A A", "ê..AA"],
    ids=range(11),
)  # fmt: skip
def test_what_is_no_seal_is_refused(seal: str, issuer: Pair, day: datetime) -> None:
    assert code(seal, SLIP, [issuer], day) == "seal_malformed"


def test_an_attached_payload_is_refused(issuer: Pair, day: datetime) -> None:
    protected, _, signature = make_seal(SLIP, issuer.key).split(".")
    attack = f"{protected}.{encode(b'<DATA>khac</DATA>')}.{signature}"
    assert code(attack, SLIP, [issuer], day) == "seal_malformed"


def test_a_seal_has_one_spelling(issuer: Pair, day: datetime) -> None:
    seal = make_seal(SLIP, issuer.key)
    last = seal[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = alphabet[alphabet.index(last) ^ 1]
    # 256 bytes leave unused bits in the last letter: a lax decoder reads the same.
    assert base64.urlsafe_b64decode(
        seal.rpartition(".")[2] + "=="
    ) == base64.urlsafe_b64decode(seal.rpartition(".")[2][:-1] + other + "==")
    assert code(seal[:-1] + other, SLIP, [issuer], day) == "seal_malformed"
