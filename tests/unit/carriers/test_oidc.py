"""What a provider says proves somebody only if every part of it fits."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt

from gateway.carriers.oidc import Client, OpenIDConnect
from gateway.domain.errors import SignInAway, SignInRefused
from gateway.domain.principal import Role
from gateway.wiring.free_ports import free_port
from tests.providers import BACK, CLIENT, Json, Liar, new_key, query_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2026, 7, 7, 1, 0, tzinfo=UTC)
PAGE = "http://127.0.0.1:8400"
ROLES = {"lanh-dao": Role.HEAD, "van-hanh": Role.OPERATOR}


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    one = Liar(now=NOW.timestamp())
    async with one.running(free_port()):
        yield one


def at(liar: Liar, **changes: Any) -> OpenIDConnect:
    client = Client(
        liar.issuer, CLIENT, "s3cret", PAGE, "Đăng nhập", ("openid",), "groups", ROLES
    )
    mono = changes.pop("mono", lambda: 0.0)
    return OpenIDConnect(replace(client, **changes), now=lambda: NOW, mono=mono)


async def returned(
    liar: Liar, sso: OpenIDConnect | None = None, *, again: bool = False, **answer: str
) -> Any:
    sso = sso or at(liar)
    left = await sso.leave(BACK, again=again)
    asked = query_of(left.url)
    liar.nonce = asked["nonce"]
    given = {"state": asked["state"], "code": "c1", **answer}
    return await sso.returned(BACK, given, left.remembered)


async def test_whoever_every_part_fits_is_known_by_issuer_and_subject(
    liar: Liar,
) -> None:
    known = await returned(liar)
    assert known.subject == f"{liar.issuer}\nnguoi-1"
    assert (known.name, known.role) == ("Phạm Văn Thử", Role.OPERATOR)


async def test_a_browser_leaves_with_pkce_and_nothing_that_opens_it(
    liar: Liar,
) -> None:
    left = await at(liar).leave(BACK, again=False)
    asked = query_of(left.url)
    assert asked["code_challenge_method"] == "S256"
    assert left.remembered["verifier"] not in left.url
    assert asked["redirect_uri"] == PAGE + BACK
    await returned(liar)
    assert liar.asked[-1]["code_verifier"]


async def test_of_several_groups_the_first_of_the_table_counts(liar: Liar) -> None:
    liar.changed = {"groups": ["van-hanh", "la", "lanh-dao"]}
    assert (await returned(liar)).role is Role.HEAD


@pytest.mark.parametrize("groups", [None, [], "la", ["van-hanh-2"], {"van-hanh": 1}])
async def test_whoever_has_no_role_is_told_so(liar: Liar, groups: Any) -> None:
    liar.changed = {"groups": groups}
    with pytest.raises(SignInRefused) as refused:
        await returned(liar)
    assert refused.value.code == "sign_in_no_role"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "http://127.0.0.1:1"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": int(NOW.timestamp()) - 61},
        {"exp": None},
        {"exp": "never"},
        {"iat": int(NOW.timestamp()) - 601},
        {"iat": int(NOW.timestamp()) + 601},
        {"iat": None},
        {"nbf": int(NOW.timestamp()) + 61},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
    ],
    ids=json.dumps,
)
async def test_a_token_with_a_claim_that_does_not_fit_proves_nobody(
    liar: Liar, changed: Json
) -> None:
    liar.changed = changed
    with pytest.raises(SignInRefused):
        await returned(liar)


def _bare(header: Json, claims: Json, alg: str = "none") -> str:
    parts = ({**header, "alg": alg}, claims)
    texts = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode() for p in parts]
    return ".".join(text.rstrip("=") for text in texts) + "."


async def test_a_token_that_nobody_signed_proves_nobody(liar: Liar) -> None:
    for alg in ("none", "None", "NONE", "RS256"):
        liar.signer = lambda h, c, alg=alg: _bare(h, c, alg)
        with pytest.raises(SignInRefused):
            await returned(liar)


async def test_a_token_signed_with_what_everybody_knows_proves_nobody(
    liar: Liar,
) -> None:
    # The public key, or the client's secret, taken for a shared one.
    for secret in (liar.key.as_pem(private=False), b"s3cret"):
        liar.signer = lambda h, c, secret=secret: _shared(h, c, secret)
        with pytest.raises(SignInRefused):
            await returned(liar)


def _shared(header: Json, claims: Json, secret: bytes) -> str:
    signed = _bare(header, claims, "HS256").rstrip(".")
    mac = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


async def test_a_token_of_another_key_under_a_known_name_proves_nobody(
    liar: Liar,
) -> None:
    forged = new_key("k1")
    liar.signer = lambda h, c: jwt.encode(h, c, forged)
    with pytest.raises(SignInRefused):
        await returned(liar)


async def test_a_key_that_came_with_the_token_is_not_believed(liar: Liar) -> None:
    forged = new_key("k1")
    own = {"jwk": forged.as_dict(private=False)}
    liar.signer = lambda h, c: jwt.encode({**h, **own}, c, forged)
    with pytest.raises(SignInRefused):
        await returned(liar)


@pytest.mark.parametrize(
    "answer",
    [
        {"state": "of another"},
        {"state": ""},
        {"code": ""},
        {"error": "access_denied"},
        {"iss": "https://another.example"},
    ],
    ids=json.dumps,
)
async def test_an_answer_that_is_not_to_our_question_is_not_even_redeemed(
    liar: Liar, answer: Any
) -> None:
    with pytest.raises(SignInRefused):
        await returned(liar, **answer)
    assert liar.asked == []


async def test_where_the_issuer_is_named_in_answers_one_without_it_is_refused(
    liar: Liar,
) -> None:
    liar.said = {"authorization_response_iss_parameter_supported": True}
    with pytest.raises(SignInRefused):
        await returned(liar)
    assert (await returned(liar, iss=liar.issuer)).role is Role.OPERATOR


async def test_changed_keys_are_fetched_once_and_not_for_every_forgery(
    liar: Liar,
) -> None:
    clock = [0.0]
    sso = at(liar, mono=lambda: clock[0])
    await returned(liar, sso)
    liar.key = new_key("k2")
    liar.published = [liar.key]
    clock[0] = 61.0
    assert (await returned(liar, sso)).role is Role.OPERATOR
    assert liar.key_calls == 2
    liar.key = new_key("k3")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await returned(liar, sso)
    assert liar.key_calls == 2


async def test_who_is_to_sign_in_again_must_have_done_so(liar: Liar) -> None:
    left = query_of((await at(liar).leave(BACK, again=True)).url)
    assert (left["prompt"], left["max_age"]) == ("login", "0")
    for auth_time in (None, int(NOW.timestamp()) - 3600):
        liar.changed = {"auth_time": auth_time}
        with pytest.raises(SignInRefused):
            await returned(liar, again=True)
    liar.changed = {"auth_time": int(NOW.timestamp())}
    assert (await returned(liar, again=True)).role is Role.OPERATOR


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"token_endpoint": "http://mot-may-khac.example/token"},
        {"authorization_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
    ],
    ids=json.dumps,
)
async def test_a_provider_that_says_nonsense_of_itself_is_away(
    liar: Liar, said: Json
) -> None:
    liar.said = said
    with pytest.raises(SignInAway):
        await at(liar).leave(BACK, again=False)


async def test_a_provider_that_nobody_answers_for_is_away(liar: Liar) -> None:
    sso = at(liar, issuer=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SignInAway):
        await sso.leave(BACK, again=False)
    assert await sso.farewell(PAGE) == ""
