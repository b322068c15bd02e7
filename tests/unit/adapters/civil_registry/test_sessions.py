"""The session of DVCLT, from its samples and against the mock."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.adapters.civil_registry.sessions import LIFE_S, DvcltLogin, grant_of
from gateway.carriers.http import HTTPAnswer, HTTPCarrier
from gateway.carriers.tokens import LoginFailed, Why
from gateway.domain.attempt import Outcome, Times
from tests.unit.adapters.civil_registry.desk import DVCLT, Desk, desk
from tests.unit.adapters.civil_registry.published import SAMPLES
from tests.unit.adapters.civil_registry.test_cursor import NOW
from tests.unit.adapters.documents import http_message, http_status


def answer(name: str) -> HTTPAnswer:
    first, headers, body = http_message(SAMPLES / name)
    return HTTPAnswer(http_status(first), headers, body, Times())


def why(found: HTTPAnswer) -> Why:
    with pytest.raises(LoginFailed) as failed:
        grant_of(found, NOW)
    return failed.value.why


def test_the_sample_is_a_token_and_what_renews_it() -> None:
    body = (SAMPLES / "dvclt-token.json").read_bytes()
    grant = grant_of(HTTPAnswer(200, {}, body, Times()), NOW)
    assert (grant.token, grant.refresh) == ("vi-du-token", "vi-du-refresh")
    assert grant.lives_s == LIFE_S


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("session.account_wrong.http", Why.REFUSED),
        ("session.refresh_over.http", Why.REFUSED),
        ("session.not_allowed.http", Why.REFUSED),
        ("session.login_page.http", Why.UNREADABLE),
        ("dvclt-reply.too_many_requests.http", Why.UNAVAILABLE),
        ("dvclt-reply.server_words.http", Why.UNAVAILABLE),
    ],
)
def test_answers_without_a_token_say_why(name: str, meant: Why) -> None:
    assert why(answer(name)) is meant


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"token": 7}', b'{"token": null}']
)
def test_what_has_no_token_is_no_session(body: bytes) -> None:
    assert why(HTTPAnswer(200, {}, body, Times())) is Why.UNREADABLE


def test_a_token_without_what_renews_it_is_one() -> None:
    body = b'{"token": "a", "refreshToken": null}'
    assert grant_of(HTTPAnswer(200, {}, body, Times()), NOW).refresh == ""


async def test_nobody_answers_a_login() -> None:
    carrier = HTTPCarrier("http://127.0.0.1:9")
    login = DvcltLogin(carrier, "api/tokens", "a", "mat-khau", now=lambda: NOW)
    with pytest.raises(LoginFailed) as failed:
        await login()
    assert failed.value.why is Why.UNAVAILABLE
    assert "mat-khau" not in login.shown
    await carrier.close()


# ------------------------------------------------------------ against the mock


def logins(dvclt: Desk) -> list[str]:
    return [
        call.path.rpartition("/")[2]
        for call in dvclt.bench.calls
        if "/tokens" in call.path
    ]


async def test_one_session_serves_all_calls(tmp_path: Path) -> None:
    async with desk(tmp_path, DVCLT) as dvclt:
        await dvclt.pull_all()
        assert (await dvclt.submit("told_received")).code == "taken"
        assert logins(dvclt) == ["tokens"]


async def test_a_401_renews_the_session_and_makes_the_call_once_more(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, DVCLT, mock={"dvclt": {"token_s": 1800}}) as dvclt:
        await dvclt.pull_all()
        await dvclt.pass_hours(0.6)
        assert (await dvclt.submit("told_received")).code == "taken"
        assert logins(dvclt) == ["tokens", "refresh"]
        reports = dvclt.calls("trangthaihoso")
        assert len({call.headers["Authorization"] for call in reports}) == 2
        assert len(dvclt.effects("dvclt_status")) == 1


async def test_the_assumed_end_of_a_token_renews_it_before_a_call(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, DVCLT) as dvclt:
        await dvclt.pull_all()
        await dvclt.pass_hours(1.1)
        assert (await dvclt.submit("told_received")).code == "taken"
        assert logins(dvclt) == ["tokens", "refresh"]
        assert len(dvclt.calls("trangthaihoso")) == 1


async def test_a_refresh_token_that_is_over_signs_in_by_password(
    tmp_path: Path,
) -> None:
    times = {"dvclt": {"token_s": 60, "refresh_s": 120}}
    async with desk(tmp_path, DVCLT, mock=times) as dvclt:
        await dvclt.pull_all()
        await dvclt.pass_hours(0.5)
        assert (await dvclt.submit("told_received")).code == "taken"
        assert logins(dvclt) == ["tokens", "refresh", "tokens"]


async def test_a_wrong_password_is_told_once_and_not_tried_again(
    tmp_path: Path,
) -> None:
    wrong = {"dvclt": {"password": "khac"}}
    async with desk(tmp_path, DVCLT, mock=wrong) as dvclt:
        for _ in range(3):
            told = await dvclt.submit("told_received")
            assert (told.outcome, told.code) == (
                Outcome.NEEDS_CONFIGURATION,
                "login_refused",
            )
        assert logins(dvclt) == ["tokens"]


async def test_no_token_stands_in_a_body_that_is_kept(tmp_path: Path) -> None:
    async with desk(tmp_path, DVCLT) as dvclt:
        sample = next(iter(dvclt.bench.kit.samples.values()))
        await dvclt.pull_all()
        (shown,) = {
            call.headers["Authorization"].removeprefix("Bearer ")
            for call in dvclt.bench.calls
            if "Authorization" in call.headers
        }
        dvclt.bench.plan(sample, "text_200", text=f"loi: Bearer {shown}")
        told = await dvclt.submit("told_received")
        assert told.response == b"loi: Bearer ***"
