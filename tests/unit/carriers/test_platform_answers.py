"""Every answer that a platform's document lists means what the document says."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.carriers import lgsp, xroad_adapter
from gateway.carriers.http import HTTPAnswer, HTTPCarrier
from gateway.carriers.lgsp import LGSPCarrier, fault_of
from gateway.carriers.logins import grant_of
from gateway.carriers.platform import BehindPlatform, Next, PlatformCarrier, Way
from gateway.carriers.tokens import Grant, LoginFailed, TokenKeeper, Why
from gateway.carriers.xroad_adapter import XRoadAdapterCarrier
from gateway.domain.attempt import Times
from gateway.domain.words import WORDS

PLATFORMS = Path(__file__).resolve().parents[3] / "schemas" / "platforms"
NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
BASE = "http://127.0.0.1:9/datdai-mau/1.0"
#: What the lists call it, and what follows from it here.
MEANS = {
    ("no", "token"): Next.RENEW,
    ("no", "later"): Next.LATER,
    ("no", "settings"): Next.PERSON,
    ("no", "person"): Next.PERSON,
    ("unknown", "settle"): Next.SETTLE,
}


class NoTokens(TokenKeeper):
    def __init__(self) -> None:
        """Nobody asks."""


def over_lgsp(*, several: bool = False) -> LGSPCarrier:
    return LGSPCarrier(
        HTTPCarrier(BASE), BehindPlatform(BASE), Way(lgsp.PASSES, lgsp.MOST_BYTES),
        tokens=NoTokens(), access=None, now=lambda: NOW, several_addresses=several,
    )  # fmt: skip


def over_xroad() -> XRoadAdapterCarrier:
    way = Way(xroad_adapter.PASSES, xroad_adapter.MOST_BYTES)
    return XRoadAdapterCarrier(
        HTTPCarrier(BASE), BehindPlatform(BASE), way,
        dstcode="VN:GOV:000.00.00.X99:mau", in_header=False, provider_url="",
        now=lambda: NOW,
    )  # fmt: skip


CARRIERS: dict[str, Callable[[], PlatformCarrier]] = {
    "lgsp": over_lgsp,
    "xroad_adapter": over_xroad,
}


def answer_in(file: Path) -> HTTPAnswer:
    head, _, body = file.read_bytes().partition(b"\r\n\r\n")
    if not body and b"\r\n" not in head:
        head, _, body = file.read_bytes().partition(b"\n\n")
    first, *lines = head.decode().splitlines()
    headers = dict(line.split(": ", 1) for line in lines if line)
    return HTTPAnswer(int(first.split()[1]), headers, body, Times())


def rows(platform: str) -> list[dict[str, Any]]:
    listed = tomllib.loads((PLATFORMS / platform / "codes.toml").read_text("utf-8"))
    found: list[dict[str, Any]] = listed["answer"]
    return found


def samples(platform: str, name: str) -> list[Path]:
    folder = PLATFORMS / platform / "samples"
    return [folder / f"answer.{name}.http", *folder.glob(f"answer.{name}.*.http")]


def listed() -> list[tuple[str, dict[str, Any]]]:
    found = [(platform, row) for platform in CARRIERS for row in rows(platform)]
    assert len(found) > 25
    return found


@pytest.mark.parametrize(("platform", "row"), listed())
def test_an_answer_of_the_list_is_the_platforms_own_and_means_what_it_says(
    platform: str, row: dict[str, Any]
) -> None:
    carrier = CARRIERS[platform]()
    meant = MEANS[(row["taken"], row["next"])]
    if row["name"] == "too_large":
        meant = Next.SMALLER  # the operators say how much, the counter scans anew
    for file in samples(platform, row["name"]):
        answer = answer_in(file)
        own = carrier.own(answer.status, answer.body)
        assert own is not None, file.name
        assert own.next is meant, file.name
        assert own.code in WORDS, file.name


@pytest.mark.parametrize("platform", CARRIERS)
def test_what_proves_nothing_is_left_to_the_dialect(platform: str) -> None:
    strange = list((PLATFORMS / platform / "samples" / "strange").glob("*.http"))
    assert len(strange) == 3
    carrier = CARRIERS[platform]()
    for file in strange:
        answer = answer_in(file)
        assert answer.status == 200
        assert carrier.own(answer.status, answer.body) is None


def test_every_code_of_the_list_is_known_in_every_shape() -> None:
    carrier = over_lgsp()
    for row in rows("lgsp"):
        for code in row["codes"]:
            number = "900999" if code == "*" else code
            flat = (
                f'{{"code":"{number}","type":"Status report","message":"x"}}'
            ).encode()
            shapes = (
                flat,
                b'{"fault":' + flat + b"}",
                flat.replace(f'"{number}"'.encode(), number.encode()),
                f'<?xml version="1.0"?>\n<f:fault xmlns:f="http://wso2.org/apimanager/'
                f'security"><f:code>{number}</f:code><f:type>Status report</f:type>'
                "<f:message>x</f:message></f:fault>".encode(),
            )
            for body in shapes:
                own = carrier.own(400, body)
                assert carrier.own(200, body) is None
                assert own is not None, body
                assert own.next is MEANS[(row["taken"], row["next"])], body


@pytest.mark.parametrize("code", ["101503", "101508", "303001"])
def test_behind_several_addresses_not_reached_proves_nothing(code: str) -> None:
    body = f'{{"code":"{code}","type":"Status report","message":"x"}}'.encode()
    one, several = over_lgsp().own(503, body), over_lgsp(several=True).own(503, body)
    assert one is not None
    assert several is not None
    assert (one.next, several.next) == (Next.LATER, Next.SETTLE)


@pytest.mark.parametrize(
    "body",
    [
        b'{"code":500,"message":"loi"}',
        b'{"code":"404","message":"Khong tim thay ho so"}',
        b'{"code":"E01","type":"Status report","message":"x"}',
        b'{"code":"900901"}',
        b'{"code":true,"type":"Status report","message":"x"}',
        b'{"data":1,"status":{"message":"fault 101503"}}',
        b'<fault xmlns="http://elsewhere.example"><code>101503</code></fault>',
        b"<html><am:code>101503</am:code></html>",
        b'["101503"]',
        b"",
        b'{"code":"101503","type":"Status report","message":"' + b"x" * 70_000 + b'"}',
    ],
)
def test_what_an_agency_says_is_no_fault(body: bytes) -> None:
    assert over_lgsp().own(500, body) is None


def test_below_400_nothing_is_the_platforms_own() -> None:
    for body in (
        b'{"code":"000000","message":"Thanh cong"}',
        b'{"code":200,"message":"ok"}',
    ):
        assert over_lgsp().own(200, body) is None
    error = answer_in(samples("xroad_adapter", "access_denied")[0]).body
    assert over_xroad().own(200, error) is None
    assert over_xroad().own(500, error) is not None


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"Loi","message":"Server.ClientProxy"}',
        b'{"type":"Server.ServerProxy.AccessDenied"}',
        b'{"type":7,"message":"x"}',
        b"Client.BadRequest",
    ],
)
def test_what_an_agency_says_is_no_error_on_the_way(body: bytes) -> None:
    assert over_xroad().own(500, body) is None


def test_a_fault_is_read_and_no_more() -> None:
    fault = fault_of(answer_in(samples("lgsp", "throttled")[0]).body)
    assert fault is not None
    assert (fault.code, fault.is_report) == ("900800", True)


TOKEN_CALLS = {
    "issued": Grant("2f1c9d0e-mau", 3600.0),
    "client_refused": Why.REFUSED,
    "grant_refused": Why.REFUSED,
    "token_busy": Why.UNAVAILABLE,
    "wrong_encoding.form": Why.UNREADABLE,
    "wrong_encoding.json": Why.UNREADABLE,
}


@pytest.mark.parametrize("name", TOKEN_CALLS)
def test_an_answer_to_the_token_call_is_read_as_the_list_says(name: str) -> None:
    files = {f.name for f in (PLATFORMS / "lgsp" / "samples").glob("token.*.http")}
    assert files == {f"token.{one}.http" for one in TOKEN_CALLS}
    answer = answer_in(PLATFORMS / "lgsp" / "samples" / f"token.{name}.http")
    try:
        found: Grant | Why = grant_of(answer, NOW)
    except LoginFailed as failed:
        found = failed.why
    assert found == TOKEN_CALLS[name]
