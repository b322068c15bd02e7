from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from gateway.api.signin import COOKIE, address_of, shown_token
from gateway.domain.account import Policy
from gateway.domain.errors import NotAllowed

HOST = (b"host", b"cong.vidu:8400")
WITH_COOKIE = (b"cookie", f"{COOKIE}=ma-vi-du".encode())


def request(method: str, *headers: tuple[bytes, bytes]) -> Request:
    return Request(
        {"type": "http", "method": method, "path": "/", "headers": [HOST, *headers]}
    )


def test_a_cookie_may_read_from_anywhere() -> None:
    assert shown_token(request("GET", WITH_COOKIE)) == "ma-vi-du"


def test_a_cookie_may_change_something_from_our_own_pages() -> None:
    own = (b"origin", b"http://cong.vidu:8400")
    assert shown_token(request("POST", WITH_COOKIE, own)) == "ma-vi-du"


@pytest.mark.parametrize("origin", [b"http://la.vidu", b"null", b"http://cong.vidu"])
def test_a_cookie_that_another_site_made_a_browser_send_changes_nothing(
    origin: bytes,
) -> None:
    with pytest.raises(NotAllowed):
        shown_token(request("POST", WITH_COOKIE, (b"origin", origin)))


def test_a_cookie_without_an_origin_changes_nothing() -> None:
    with pytest.raises(NotAllowed):
        shown_token(request("PUT", WITH_COOKIE))


def test_a_bearer_token_needs_no_origin_and_wins_over_the_cookie() -> None:
    bearer = (b"authorization", b"Bearer khoa-he-thong")
    assert shown_token(request("POST", WITH_COOKIE, bearer)) == "khoa-he-thong"


def test_no_token_is_an_empty_one() -> None:
    assert shown_token(request("POST")) == ""


def called_from(near: str, told: str, behind: set[str]) -> str:
    tools: Any = SimpleNamespace(
        accounts=SimpleNamespace(policy=Policy(behind=frozenset(behind)))
    )
    headers = [(b"x-forwarded-for", told.encode())] if told else []
    scope = {"type": "http", "client": (near, 1), "headers": headers}
    return address_of(tools, Request(scope))


def test_the_word_of_a_proxy_of_ours_counts_for_whom_it_saw_last() -> None:
    proxy = {"10.0.0.1"}
    assert called_from("10.0.0.1", "9.9.9.9, 203.0.113.7", proxy) == "203.0.113.7"
    assert called_from("10.0.0.1", "", proxy) == "10.0.0.1"


def test_nobody_else_says_where_a_call_comes_from() -> None:
    assert called_from("203.0.113.8", "203.0.113.7", {"10.0.0.1"}) == "203.0.113.8"
    assert called_from("203.0.113.8", "203.0.113.7", set()) == "203.0.113.8"
