"""The mock LGSP carries and answers as docs/platforms/lgsp.md says (§4 to §8)."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.unit.mockagency.lgsp import (
    ACCESS,
    ACCESS_HEADER,
    BASIC,
    Line,
    line,
    token_of,
)
from tests.unit.mockagency.platforms import agency, half_or_nothing, nobody

XML = "{http://wso2.org/apimanager}"
PASSING = {"content-type", "content-encoding", "accept", "accept-charset"}
PASSING |= {"accept-language", "soapaction"}
SET_THERE = {"host", "user-agent", "connection", "content-length"}
SET_BACK = {"date", "server", "connection", "content-length"}


# ---------------------------------------------------------------- what arrives


async def test_the_prefix_is_taken_away_and_all_else_arrives(tmp_path: Path) -> None:
    body = bytes(range(256)) * 40
    async with line(tmp_path) as there:
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            told = await there.call("/dat/1.0/a/b?x=1&y=%20&x=2", method=method)
            assert told.status == 200
        await there.call("/dat/1.0", body=body)
        came = there.agency.came
        methods = [one.method for one in came]
        assert methods == ["GET", "POST", "PUT", "DELETE", "PATCH", "POST"]
        assert {one.target for one in came[:5]} == {"/he-thong/a/b?x=1&y=%20&x=2"}
        assert (came[5].target, came[5].body) == ("/he-thong", body)
        assert await there.names() == ["agency"] * 6


async def test_packed_bytes_pass_unopened_both_ways(tmp_path: Path) -> None:
    packed = gzip.compress(b"{}")
    async with line(tmp_path) as there:
        there.agency.headers = {"Content-Encoding": "gzip"}
        there.agency.body = packed
        told = await there.call(body=packed, Content_Encoding="gzip")
        assert (there.agency.came[0].body, told.body) == (packed, packed)


async def test_the_spelling_of_the_path_is_not_kept(tmp_path: Path) -> None:
    async with line(tmp_path) as there:
        await there.call("/dat/1.0/%7e%41/%e1%BB%93?q=%7e")
        assert there.agency.came[0].target == "/he-thong/~A/%E1%BB%93?q=~"


async def test_only_the_headers_of_the_table_pass_both_ways(tmp_path: Path) -> None:
    async with line(tmp_path) as there:
        there.agency.headers = {
            "Content-Type": "text/plain; charset=utf-8",
            "Retry-After": "7",
            "Set-Cookie": "a=b",
            "WWW-Authenticate": "Basic",
            "Content-Disposition": "attachment",
            "ETag": "x",
            "X-Own": "y",
        }
        told = await there.call(
            headers=dict.fromkeys(PASSING - {"content-type", "content-encoding"}, "q"),
            Cookie="a=b",
            Accept_Encoding="gzip",
            traceparent="00-1",
            Idempotency_Key="k",
            X_Own="y",
        )
        assert there.agency.came[0].names == SET_THERE | PASSING - {"content-encoding"}
        assert there.agency.came[0].headers["User-Agent"] != "q"
        passed = {name.lower() for name in told.headers} - SET_BACK
        assert passed == {"content-type", "retry-after"}
        assert told.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert told.headers["Retry-After"] == "7"


async def test_secrets_of_the_platform_never_reach_the_agency(tmp_path: Path) -> None:
    opened = {"open_headers": ["Authorization", "lgspaccesstoken", "Cookie"]}
    async with line(tmp_path, published=opened, access=ACCESS) as there:
        told = await there.call(lgspaccesstoken=ACCESS_HEADER, Cookie="a=b")
        assert told.status == 200
        found = there.agency.came[0].names & {
            "authorization",
            "lgspaccesstoken",
            "cookie",
        }
        assert found == set()


async def test_a_header_that_the_service_opened_passes(tmp_path: Path) -> None:
    opened = {"open_headers": ["X-Authentication-Token", "SENDER_CODE"]}
    async with line(tmp_path, published=opened) as there:
        await there.call(X_Authentication_Token="cua-co-quan", TRAN_CODE="1")
        came = there.agency.came[0]
        assert came.headers["X-Authentication-Token"] == "cua-co-quan"
        assert "tran-code" not in came.names


async def test_the_way_back_brings_path_and_body_and_no_authorization(
    tmp_path: Path,
) -> None:
    async with agency() as gateway:
        service = {
            "name": "cong",
            "prefix": "/cong/1.0",
            "backends": [f"{gateway.base}/callbacks/dat-mau"],
        }
        async with line(tmp_path, service=[service]) as there:
            gateway.status, gateway.body = 201, b'{"Result": 1}'
            target = "/cong/1.0/ChuyenHoSo/bi-mat-trong-duong-dan?SecurityCode=1"
            told = await there.call(target, body=b'{"SecurityKey": "k"}')
            came = gateway.came[0]
            assert (told.status, told.body) == (201, b'{"Result": 1}')
            assert came.target == (
                "/callbacks/dat-mau/ChuyenHoSo/bi-mat-trong-duong-dan?SecurityCode=1"
            )
            assert came.body == b'{"SecurityKey": "k"}'
            assert "authorization" not in came.names


# ---------------------------------------------------------------- refused before


async def test_a_wrong_access_header_is_forbidden_and_not_a_matter_of_the_token(
    tmp_path: Path,
) -> None:
    other = base64.b64encode(json.dumps({**ACCESS, "SecretKey": "x"}).encode())
    turned = json.dumps(dict(reversed(ACCESS.items())), indent=1).encode()
    async with line(tmp_path, access=ACCESS) as there:
        for wrong in ("", "%%%", other.decode()):
            told = await there.call(lgspaccesstoken=wrong)
            assert (told.status, told.json["code"]) == (403, "900908")
        assert there.agency.came == []
        same = base64.b64encode(turned).decode()
        assert (await there.call(lgspaccesstoken=same)).status == 200


async def test_who_is_not_subscribed_is_forbidden(tmp_path: Path) -> None:
    consumer = {"key": "khoa", "secret": "bi-mat", "services": ["khac"]}
    async with line(tmp_path, consumer=[consumer]) as there:
        told = await there.call()
        assert (told.status, told.json["code"]) == (403, "900908")
        assert there.agency.came == []


@pytest.mark.parametrize("shape", ["flat", "nested", "xml"])
async def test_a_fault_comes_in_three_shapes_with_one_code(
    tmp_path: Path, shape: str
) -> None:
    async with line(tmp_path, fault_shape=shape) as there:
        told = await there.call("/khong-co/1.0/x")
        assert told.status == 404
        if shape == "xml":
            root = etree.fromstring(told.body)  # noqa: TID251
            assert told.headers["Content-Type"].startswith("application/xml")
            found: dict[str, Any] = {
                str(child.tag).removeprefix(XML): child.text for child in root
            }
        else:
            found = told.json["fault"] if shape == "nested" else told.json
        assert found["code"] == (404 if shape == "nested" else "404")
        assert found["type"] == "Status report"


async def test_an_unknown_service_and_a_404_of_the_agency_differ_by_the_fault(
    tmp_path: Path,
) -> None:
    async with line(tmp_path) as there:
        for unknown in ("/khac/1.0/x", "/dat/1.01/x", "/dat/1"):
            told = await there.call(unknown)
            assert (told.status, told.json["code"]) == (404, "404")
        there.agency.status, there.agency.body = 404, b"khong co"
        told = await there.call()
        assert (told.status, told.body) == (404, b"khong co")
        assert await there.names() == ["unknown_service"] * 3 + ["agency"]


async def test_a_path_that_is_not_published_is_not_carried(tmp_path: Path) -> None:
    async with line(tmp_path, published={"publishes": ["POST /x"]}) as there:
        assert (await there.call("/dat/1.0/x?y=1")).status == 200
        for target, method in (("/dat/1.0/z", "POST"), ("/dat/1.0/x", "GET")):
            told = await there.call(target, method=method)
            assert (told.status, told.json["code"]) == (404, "900906")
        assert len(there.agency.came) == 1


@pytest.mark.parametrize("how", ["date", "seconds"])
async def test_throttled_tells_when_and_carries_nothing(
    tmp_path: Path, how: str
) -> None:
    start = "2026-03-10T08:30:10+07:00"
    async with line(
        tmp_path, start=start, calls_per_minute=2, retry_after=how
    ) as there:
        statuses = [(await there.call()).status for _ in range(3)]
        told = await there.call()
        assert [*statuses, told.status] == [200, 200, 429, 429]
        assert told.json["code"] == "900800"
        assert told.json["nextAccessTime"] == "2026-Mar-10 01:31:00+0000 UTC"
        asked = told.headers["Retry-After"]
        if how == "date":
            assert parsedate_to_datetime(asked).isoformat() == (
                "2026-03-10T01:31:00+00:00"
            )
        else:
            assert asked == "51"
        assert len(there.agency.came) == 2
        await there.caller.clock("2026-03-10T08:31:01+07:00")
        assert (await there.call()).status == 200


async def test_a_body_that_is_too_large_is_not_carried(tmp_path: Path) -> None:
    async with line(tmp_path, max_body_bytes=1000) as there:
        assert (await there.call(body=b"x" * 1000)).status == 200
        told = await there.call(body=b"x" * 1001)
        assert (told.status, told.body) == (413, b"")
        assert len(there.agency.came) == 1


async def test_a_large_body_that_does_not_tell_its_length_is_not_carried_either(
    tmp_path: Path,
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 400

    async with line(tmp_path, max_body_bytes=1000) as there:
        told = await there.caller("POST", "/dat/1.0/x", {}, pieces())
        assert (told.status, told.body) == (413, b"")
        assert there.agency.came == []


async def test_what_fails_first_is_answered(tmp_path: Path) -> None:
    async with line(
        tmp_path,
        access=ACCESS,
        max_body_bytes=100,
        calls_per_minute=1,
        published={"publishes": ["POST /x"]},
    ) as there:
        right = {"lgspaccesstoken": ACCESS_HEADER}
        there.token = "wrong"
        await there.call("/khac", body=b"x" * 101)
        await there.call("/khac")
        await there.call("/dat/1.0/z")
        there.token = ""
        await there.call("/dat/1.0/z")
        await there.call("/dat/1.0/z", headers=right)
        await there.call(headers=right)
        await there.call(headers=right)
        assert await there.names() == [
            *("too_large", "unknown_service", "token_refused", "forbidden"),
            *("no_resource", "agency", "throttled"),
        ]


# ---------------------------------------------------------------- the agency's turn


async def test_an_agency_that_cannot_be_connected_to_has_taken_nothing(
    tmp_path: Path,
) -> None:
    with nobody() as base:
        async with line(tmp_path, published={"backends": [base]}) as there:
            told = await there.call()
            assert (told.status, told.json["code"]) == (503, "101503")
            assert there.agency.came == []


async def test_an_agency_that_could_not_be_reached_is_left_alone_for_a_while(
    tmp_path: Path,
) -> None:
    with nobody() as base:
        async with line(tmp_path, published={"backends": [base]}) as there:
            await there.call()
            told = await there.call()
            assert (told.status, told.json["code"]) == (503, "303001")
            assert len(await there.caller.book("forwarded")) == 1
            await there.caller.clock("2026-03-10T12:00:30+07:00")
            await there.call()
            assert len(await there.caller.book("forwarded")) == 2
            assert await there.names() == ["not_reached", "suspended", "not_reached"]


async def test_no_answer_in_time_does_not_mean_not_taken(tmp_path: Path) -> None:
    async with line(tmp_path, wait_s=0.2) as there:
        there.agency.silent = True
        told = await there.call(body=b"da-nhan")
        assert (told.status, told.json["code"]) == (504, "101504")
        assert [one.body for one in there.agency.came] == [b"da-nhan"]


async def test_a_connection_that_breaks_off_proves_nothing(tmp_path: Path) -> None:
    async with line(tmp_path) as there:
        there.agency.cuts = True
        told = await there.call()
        assert (told.status, told.json["code"]) == (502, "101505")
        assert len(there.agency.came) == 1


@pytest.mark.parametrize("status", [400, 401, 409, 429, 500, 503])
async def test_errors_of_the_agency_pass_as_they_are(
    tmp_path: Path, status: int
) -> None:
    async with line(tmp_path) as there:
        there.agency.status, there.agency.body = status, b'{"loi": "cua co quan"}'
        told = await there.call()
        assert (told.status, told.body) == (status, b'{"loi": "cua co quan"}')


async def test_a_redirect_of_the_agency_is_not_followed(tmp_path: Path) -> None:
    async with line(tmp_path) as there:
        there.agency.status = 302
        there.agency.headers = {"Location": f"{there.agency.base}/khac"}
        told = await there.call()
        assert told.status == 302
        assert "Location" not in told.headers
        assert len(there.agency.came) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_strange_answers_look_alike_whether_or_not_the_agency_was_called(
    tmp_path: Path, after: bool
) -> None:
    async with line(tmp_path) as there:
        for number, do in enumerate(("html_200", "empty_200", "half_json"), 1):
            await there.caller.plan(do=do, nth=1, after=after)
            if do == "half_json":
                call = (
                    "POST",
                    "/dat/1.0/x",
                    {"Authorization": f"Bearer {there.token}"},
                )
                assert await half_or_nothing(there.caller, *call) == "half"
            else:
                told = await there.call()
                assert told.status == 200
                assert told.body[:9] == (b"<!doctype" if do == "html_200" else b"")
            assert len(there.agency.came) == (number if after else 0)


async def test_an_answer_lost_after_the_agency_took_it_looks_like_a_lost_message(
    tmp_path: Path,
) -> None:
    async with line(tmp_path) as there:
        await there.call()
        call = ("POST", "/dat/1.0/x", {"Authorization": f"Bearer {there.token}"})
        taken = []
        for do in ("reset", "lose_answer"):
            await there.caller.plan(do=do, nth=1)
            assert await half_or_nothing(there.caller, *call) == "nothing"
            taken.append(len(there.agency.came))
        assert taken == [1, 2]


async def test_the_platform_may_carry_one_call_twice(tmp_path: Path) -> None:
    async with line(tmp_path) as there:
        await there.caller.plan(do="forward_twice", service="dat", nth=2)
        for number in (1, 2, 3):
            assert (await there.call(body=b"%d" % number)).status == 200
        assert [one.body for one in there.agency.came] == [b"1", b"2", b"2", b"3"]
        assert len(await there.caller.book("arrivals")) == 4  # the token call too


async def test_behind_several_addresses_not_reached_proves_nothing(
    tmp_path: Path,
) -> None:
    async with agency() as first:
        first.silent = True
        with nobody() as second:
            published = {"backends": [first.base, second]}
            async with line(tmp_path, wait_s=0.2, published=published) as there:
                told = await there.call()
                assert (told.status, told.json["code"]) == (503, "101503")
                assert len(first.came) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_every_header_may_be_stripped(tmp_path: Path, after: bool) -> None:
    async with line(tmp_path) as there:
        await there.caller.plan(do="strip_all_headers", every=True, after=after)
        told = await there.call(Accept="application/json")
        assert there.agency.came[0].names <= SET_THERE
        assert {name.lower() for name in told.headers} <= SET_BACK
        assert told.body == there.agency.body


@pytest.mark.parametrize(
    ("do", "status"),
    [
        ("throttled", 429),
        ("not_reached", 503),
        ("suspended", 503),
        ("blocked", 503),
        ("barred", 403),
        ("key_check_down", 500),
        ("other_fault", 500),
        ("too_large", 413),
        ("error_500", 500),
    ],
)
async def test_any_answer_of_the_document_can_be_had_on_command(
    tmp_path: Path, do: str, status: int
) -> None:
    async with line(tmp_path) as there:
        await there.caller.plan(do=do, service="dat", nth=2)
        assert [(await there.call()).status for _ in range(3)] == [200, status, 200]
        assert len(there.agency.came) == 2


# ---------------------------------------------------------------- books


def books(run_dir: Path) -> list[Path]:
    found = sorted(run_dir.rglob("*.jsonl"))
    assert len(found) == 3
    return found


async def test_the_books_hold_names_and_sums_and_no_secret(tmp_path: Path) -> None:
    async with line(tmp_path, access=ACCESS) as there:
        await there.call(
            "/dat/1.0/x/bi-mat-cuoi-duong?k=bi-mat",
            lgspaccesstoken=ACCESS_HEADER,
            body=b"noi-dung",
        )
        call = (await there.caller.book("arrivals"))[1]
        carried = (await there.caller.book("forwarded"))[0]
        assert call["number"] == carried["number"] == "2"
        assert call["kind"] == carried["kind"] == "dat"
        assert call["facts"]["sha256"] == carried["facts"]["sha256"]
        assert call["facts"]["bytes"] == 8
        assert "authorization" in call["facts"]["headers"].split()
        assert "authorization" not in carried["facts"]["headers"].split()
    written = "".join(book.read_text("utf-8") for book in books(tmp_path))
    secrets = ("bi-mat", there.token, ACCESS_HEADER, BASIC, "noi-dung")
    assert [one for one in secrets if one in written] == []


async def test_an_unknown_fault_is_refused(tmp_path: Path) -> None:
    async with line(tmp_path) as there:
        told = await there.caller.order("faults", [{"do": "khong-co"}])
        assert told.status == 400


async def test_a_call_on_its_way_keeps_time_from_passing(tmp_path: Path) -> None:
    async def busy(there: Line) -> int:
        state = (await there.caller("GET", "/_control/clock")).json
        return int(state["busy"])

    async with line(tmp_path) as there, asyncio.timeout(30):
        there.token = await token_of(there.caller)
        there.agency.silent = True
        under_way = asyncio.create_task(there.call())
        await there.agency.arrived.wait()
        assert await busy(there) == 1
        there.agency.released.set()
        assert (await under_way).status == 200
        assert await busy(there) == 0
