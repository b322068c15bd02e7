"""Whatever a token endpoint answers: a token, or whose turn it is to act."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gateway.carriers.failures import NothingLeft
from gateway.carriers.http import HTTPCarrier
from gateway.carriers.logins import Encoding, TokenEndpoint
from gateway.carriers.platform import BehindPlatform, Own, PlatformCarrier, Way
from gateway.carriers.tokens import Grant, LoginFailed, Why
from tests.unit.carriers.conftest import Agency, Peer, carrying, closed_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
FIELDS = {"grant_type": "password", "username": "mau", "password": "mật khẩu&1"}


def answering(
    status: int, body: bytes, headers: bytes = b""
) -> Callable[[Peer], Awaitable[None]]:
    async def play(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.answer(status, body, headers)

    return play


async def asked(
    status: int, body: bytes, headers: bytes = b"", encoding: Encoding = Encoding.FORM
) -> tuple[Grant, bytes]:
    async with (
        Agency(answering(status, body, headers)) as agency,
        carrying(agency.url) as carrier,
    ):
        login = TokenEndpoint(
            carrier, "token", FIELDS, now=lambda: NOW, encoding=encoding, timeout_s=5
        )
        return await login(), agency.requests[0]


async def why(status: int, body: bytes, headers: bytes = b"") -> Why:
    with pytest.raises(LoginFailed) as failed:
        await asked(status, body, headers)
    assert "mật khẩu" not in str(failed.value)
    return failed.value.why


async def test_account_and_password_stand_in_the_body_alone() -> None:
    answer = b'{"access_token":"t1","token_type":"bearer","expires_in":60}'
    _, request = await asked(200, answer)
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /api/token HTTP/1.1"
    assert b"application/x-www-form-urlencoded" in head
    assert body == (
        b"grant_type=password&username=mau&password=m%E1%BA%ADt+kh%E1%BA%A9u%261"
    )
    _, request = await asked(200, answer, encoding=Encoding.JSON)
    head, _, body = request.partition(b"\r\n\r\n")
    assert b"application/json" in head
    assert '"password":"mật khẩu&1"'.encode() in body


@pytest.mark.parametrize(
    ("body", "lives_s"),
    [
        (b'{"access_token":"t1","token_type":"Bearer","expires_in":3600}', 3600.0),
        (b'{"access_token":"t1","token_type":"BEARER","expires_in":"3600"}', 3600.0),
        (b'{"access_token":"t1","expires_in":59.5,"scope":"x","more":{}}', 59.5),
        (b'{"access_token":"t1","token_type":"bearer"}', None),
        (b'{"access_token":"t1","expires_in":"mai"}', None),
        (b'{"access_token":"t1","expires_in":-1}', None),
        (b'{"access_token":"t1","expires_in":true}', None),
        (b'{"access_token":"t1","expires_in":9999999999}', 86400.0),
    ],
)
async def test_what_can_be_read_is_read(body: bytes, lives_s: float | None) -> None:
    grant, _ = await asked(200, body)
    assert grant == Grant("t1", lives_s)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b'{"error":"invalid_grant"}'),
        (401, b'{"error":"invalid_client"}'),
        (400, b'{"error":"unsupported_grant_type","error_description":"x"}'),
        (403, b'{"error":"Access_Denied"}'),
        (200, b'{"error":"invalid_grant"}'),
        (401, b""),
    ],
)
async def test_a_refused_account_is_told_from_a_system_in_trouble(
    status: int, body: bytes
) -> None:
    assert await why(status, body) is Why.REFUSED


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_system_in_trouble_is_asked_again_later(status: int) -> None:
    assert await why(status, b"<html>", b"Content-Type: text/html\r\n") is (
        Why.UNAVAILABLE
    )


async def test_a_wish_to_wait_is_kept() -> None:
    with pytest.raises(LoginFailed) as failed:
        await asked(503, b"", b"Retry-After: 120\r\n")
    assert failed.value.retry_after_s == 120.0


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html><form>dang nhap</form></html>"),
        (200, b""),
        (200, b'{"access_token":"t1"'),
        (200, b'{"access_token":7}'),
        (200, b'{"access_token":"t1","token_type":"mac"}'),
        (200, b'["t1"]'),
        (302, b""),
        (404, b'{"access_token":"t1"}'),
        (401, b"<html>proxy</html>"),
        (400, b'{"error":"invalid_request"}'),
        (400, b'{"error":{"code":7}}'),
    ],
)
async def test_what_is_no_token_is_never_taken_for_one(
    status: int, body: bytes
) -> None:
    assert await why(status, body) is Why.UNREADABLE


async def test_nobody_there_and_an_answer_that_breaks_off_give_no_token() -> None:
    async def half(peer: Peer) -> None:
        await peer.request()
        await peer.send(b'HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{"access')

    async with carrying(f"http://127.0.0.1:{closed_port()}") as carrier:
        login = TokenEndpoint(carrier, "token", FIELDS, now=lambda: NOW, timeout_s=5)
        with pytest.raises(LoginFailed) as failed:
            await login()
    assert failed.value.why is Why.UNAVAILABLE
    async with Agency(half) as agency, carrying(agency.url) as carrier:
        login = TokenEndpoint(carrier, "token", FIELDS, now=lambda: NOW, timeout_s=5)
        with pytest.raises(LoginFailed) as failed:
            await login()
    assert failed.value.why is Why.UNAVAILABLE


async def test_a_platform_that_is_not_there_is_called_not_the_agency() -> None:
    class Exchange(PlatformCarrier):
        def own(self, status: int, body: bytes) -> Own | None:
            del status, body
            return None

        def _shown(self, key: str) -> dict[str, str]:
            return {"key": key}

    nobody = f"http://127.0.0.1:{closed_port()}"
    async with carrying(nobody) as http:
        way = Way(frozenset({"content-type"}), 1000)
        carrier = Exchange(http, BehindPlatform(nobody), way, lambda: NOW)
        login = TokenEndpoint(carrier, "token", FIELDS, now=lambda: NOW, timeout_s=5)
        with pytest.raises(NothingLeft) as failed:
            await login()
    assert failed.value.code == "platform_unreachable"


def test_a_login_tells_accounts_and_passwords_apart_and_gives_none_away() -> None:
    def shown(fields: dict[str, str], headers: dict[str, str] | None = None) -> str:
        carrier = HTTPCarrier("http://127.0.0.1:9")
        return TokenEndpoint(
            carrier, "token", fields, now=lambda: NOW, headers=headers
        ).shown

    other = {**FIELDS, "password": "mật khẩu&2"}
    proof = {"Authorization": "Basic a2hvYQ=="}
    assert len({shown(FIELDS), shown(other), shown(FIELDS, proof)}) == 3
    assert shown(FIELDS) == shown(dict(reversed(FIELDS.items())))
    assert "mật khẩu" not in shown(FIELDS)
