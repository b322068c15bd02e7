import pytest
from starlette.requests import Request

from gateway.api.signin import COOKIE, shown_token
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
