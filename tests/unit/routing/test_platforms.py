"""What is wrong with a platform's configuration is found before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.routing.catalogue import read
from gateway.routing.lint import problems
from gateway.wiring.files import read_folder
from gateway.wiring.installed import kinds
from gateway.wiring.stage import CONFIG

LGSP: dict[str, Any] = {
    "id": "lgsp-mau",
    "name": "Nền tảng mẫu",
    "kind": "lgsp",
    "secrets": "lgsp-mau",
    "form_from": "2026-07-01",
    "app_name": "Cong mau",
    "partner_code": "H00.01",
}
EXCHANGE: dict[str, Any] = {
    "id": "truc-mau",
    "kind": "xroad_adapter",
    "dstcode_in": "header",
}
OVER_LGSP: dict[str, Any] = {"by": "lgsp-mau", "prefix": "/dat/1.0"}
OVER_EXCHANGE: dict[str, Any] = {
    "by": "truc-mau",
    "prefix": "/vbdlis",
    "dstcode": "VN:A:B:C",
}


def found(
    platforms: list[dict[str, Any]], first: Any = None, second: Any = None
) -> list[str]:
    """Problems of the shipped configuration with these platforms and offices behind."""
    content = read_folder(CONFIG)
    content["platforms"] = platforms
    (land,) = [a for a in content["agencies"] if a["agency"]["id"] == "land_registry"]
    for office, said in zip(land["office"][:2], (first, second), strict=True):
        if said is not None:
            office["platform"] = said
    return problems(content, kinds())


def test_both_kinds_with_an_office_each_are_in_order() -> None:
    assert found([LGSP, EXCHANGE], OVER_LGSP, OVER_EXCHANGE) == []
    assert read(1, read_folder(CONFIG)).platforms == {}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "esb"}, "kind = 'esb' không có nghĩa"),
        ({"kind": None}, "kind = None"),
        ({"secrets": ""}, "thiếu secrets"),
        ({"secret": "bi-mat"}, "khóa lạ secret"),
        ({"proof": "none"}, "proof = 'none' không có nghĩa"),
        ({"partner_code": ""}, "cần app_name và partner_code"),
        ({"dstcode_in": "query"}, "khóa lạ dstcode_in"),
        ({"most_bytes": "32 MiB"}, "most_bytes = '32 MiB' không có nghĩa"),
        ({"most_bytes": True}, "most_bytes = True không có nghĩa"),
        ({"form_from": "01/07/2026"}, "form_from = '01/07/2026' không có nghĩa"),
        ({"tls": {}}, "tls = {} không có nghĩa"),
        ({"tls": {"authorities": ""}}, "không có nghĩa: ghi authorities, certificate"),
        ({"tls": {"verify": "no"}}, "không có nghĩa: ghi authorities, certificate"),
    ],
)
def test_a_platform_that_cannot_work_is_found(
    changed: dict[str, Any], said: str
) -> None:
    (told,) = found([{**LGSP, **changed}])
    assert told.startswith("Nền tảng lgsp-mau")
    assert said in told


def test_proof_by_the_access_header_needs_what_the_header_says() -> None:
    bare = {
        "id": "lgsp-mau",
        "kind": "lgsp",
        "secrets": "x",
        "proof": "lgspaccesstoken",
    }
    (told,) = found([bare])
    assert "cần app_name và partner_code" in told


def test_an_exchange_says_where_it_looks_for_the_destination() -> None:
    (told,) = found([{"id": "truc-mau", "kind": "xroad_adapter"}])
    assert told == "Nền tảng truc-mau: thiếu dstcode_in"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            {"by": "khac", "prefix": "/x"},
            "platform.by = 'khac' không có trong platforms.toml",
        ),
        ({"prefix": "/x"}, "platform.by = None"),
        ("lgsp-mau", "platform.by = None"),
        ({"by": "lgsp-mau"}, "thiếu prefix"),
        ({**OVER_LGSP, "dstcode": "x"}, "khóa lạ dstcode"),
        ({"by": "truc-mau", "prefix": "/x"}, "thiếu dstcode"),
        ({**OVER_EXCHANGE, "authorization_as": "X"}, "khóa lạ authorization_as"),
        ({**OVER_EXCHANGE, "dstcode": "VN:GOV:mau"}, "ghi bốn phần"),
        ({**OVER_LGSP, "opened": "X-Mau"}, "opened = 'X-Mau' không có nghĩa"),
        ({**OVER_LGSP, "several_addresses": "có"}, "ghi true hoặc false"),
    ],
)
def test_an_office_that_is_not_behind_any_platform_is_found(
    said: Any, told: str
) -> None:
    (problem,) = found([LGSP, EXCHANGE], said)
    assert problem.startswith("Cơ quan land-mau-1")
    assert told in problem


@pytest.mark.parametrize("rows", [[LGSP, LGSP], [{"kind": "lgsp"}]])
def test_platforms_are_told_apart_by_their_id(rows: list[dict[str, Any]]) -> None:
    (told,) = found(rows)
    assert "id is missing or repeated" in told
