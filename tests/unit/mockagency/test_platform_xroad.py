"""The mock adapter carries and answers as docs/platforms/xroad_adapter.md says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.mockagency.platform_xroad import ADAPTER, ExchangeAdapter
from tests.unit.mockagency.platforms import (
    Agency,
    Caller,
    Heard,
    agency,
    calling,
    half_or_nothing,
    nobody,
)

CODE = "VN:GOV:000.00.00.X99:mauprovider"
QUERY = f"dstcode={CODE}"
SET_THERE = {"host", "user-agent", "connection", "content-length"}
SET_THERE |= {"x-road-client", "x-road-id"}
SET_BACK = {"date", "server", "connection", "content-length", "x-road-id"}


@dataclass
class Line:
    """Caller, adapter and agency."""

    caller: Caller
    agency: Agency

    async def call(
        self, target: str = f"/mapi/login?{QUERY}", body: bytes = b"{}", **headers: str
    ) -> Heard:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        media = {"Content-Type": "application/json"}
        return await self.caller("POST", f"{ADAPTER}{target}", {**media, **named}, body)


@asynccontextmanager
async def line(
    tmp_path: Path, *, there_is: dict[str, Any] | None = None, **changed: Any
) -> AsyncIterator[Line]:
    """An adapter with one destination; ``there_is``: what is changed of it."""
    async with agency() as there:
        destination = {
            "dstcode": CODE,
            "backend": f"{there.base}/goc",
            **(there_is or {}),
        }
        settings = {
            "destination": [destination],
            "connect_s": 5.0,
            "wait_s": 5.0,
            **changed,
        }
        async with calling(ExchangeAdapter(settings, tmp_path, start=None)) as caller:
            yield Line(caller, there)


def kind(heard: Heard) -> tuple[int, str]:
    return heard.status, heard.json["type"]


# ---------------------------------------------------------------- the destination


async def test_the_destination_stands_in_the_query_or_in_a_header_and_nowhere_else(
    tmp_path: Path,
) -> None:
    async with line(tmp_path / "query") as there:
        assert (await there.call()).status == 200
        wrong = await there.call("/mapi/login", dstcode=CODE)
        assert kind(wrong) == (400, "Client.BadRequest")
        assert "dstcode" not in there.agency.came[0].names
    async with line(tmp_path / "header", dstcode_in="header") as there:
        assert (await there.call("/mapi/login", dstcode=CODE)).status == 200
        assert kind(await there.call()) == (400, "Client.BadRequest")
        assert "dstcode" not in there.agency.came[0].names
        assert len(there.agency.came) == 1


async def test_the_code_may_be_encoded_once_and_given_once(tmp_path: Path) -> None:
    once, twice = CODE.replace(":", "%3A"), CODE.replace(":", "%253A")
    async with line(tmp_path) as there:
        assert (await there.call(f"/mapi/login?dstcode={once}")).status == 200
        for query in (f"dstcode={twice}", f"{QUERY}&{QUERY}", "dstcode=a:b", ""):
            told = await there.call(f"/mapi/login?{query}")
            assert kind(told) == (400, "Client.BadRequest")
        assert len(there.agency.came) == 1


async def test_the_parameters_of_the_way_are_taken_out_and_all_others_arrive(
    tmp_path: Path,
) -> None:
    query = f"b=2&{QUERY}&a=%20&providerurl=http%3A%2F%2Fx&b=1"
    async with line(tmp_path) as there:
        await there.call(f"/mapi/login?{query}")
        assert there.agency.came[0].target == "/goc/mapi/login?b=2&a=%20&b=1"


async def test_the_prefix_stays_in_the_path(tmp_path: Path) -> None:
    async with line(tmp_path, there_is={"prefixes": ["/mapi"]}) as there:
        await there.call(body=b"\x00\xff")
        assert there.agency.came[0].target == "/goc/mapi/login"
        assert there.agency.came[0].body == b"\x00\xff"
        other = await there.call(f"/mapi2/login?{QUERY}")
        assert kind(other) == (500, "Server.ServerProxy.UnknownService")


async def test_another_providerurl_is_refused_and_a_needless_one_ignored(
    tmp_path: Path,
) -> None:
    right = "http%3A%2F%2Fdichvu.mau.example%3A8083"
    wants = {"providerurl": "http://dichvu.mau.example:8083"}
    async with line(tmp_path / "wants", there_is=wants) as there:
        target = f"/mapi/login?{QUERY}"
        assert (await there.call(f"{target}&providerurl={right}")).status == 200
        for wrong in ("", "&providerurl=http%3A%2F%2Fkhac"):
            told = await there.call(f"{target}{wrong}")
            assert kind(told) == (500, "Server.ServerProxy.UnknownService")
    async with line(tmp_path / "ignores") as there:
        assert (await there.call(f"{target}&providerurl={right}")).status == 200


async def test_outside_the_adapters_path_there_is_only_a_web_server(
    tmp_path: Path,
) -> None:
    async with line(tmp_path, adapter="/VXPAdapter/RestService/forward") as there:
        told = await there.call()
        assert (told.status, told.body) == (404, b"<title>404 Not Found</title>")


# ---------------------------------------------------------------- headers


async def test_only_the_headers_of_the_table_pass(tmp_path: Path) -> None:
    async with line(tmp_path) as there:
        there.agency.headers = {
            "Content-Type": "text/plain; charset=utf-8",
            "Set-Cookie": "a=b",
            "Location": "/khac",
            "X-Own": "y",
        }
        told = await there.call(
            Accept="application/json",
            Authorization="Bearer cua-co-quan",
            Cookie="a=b",
            traceparent="00-1",
            X_Own="y",
        )
        passing = {"content-type", "accept"}
        assert there.agency.came[0].names == SET_THERE | passing
        back = {name.lower() for name in told.headers} - SET_BACK
        assert back == {"content-type"}
        assert told.headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_the_agencys_retry_after_is_lost(tmp_path: Path) -> None:
    async with line(tmp_path) as there:
        there.agency.status = 503
        there.agency.headers = {"Retry-After": "60"}
        told = await there.call()
        assert told.status == 503
        assert "Retry-After" not in told.headers


# ---------------------------------------------------------------- errors on the way


async def test_an_error_on_the_way_and_one_of_the_agency_differ_by_the_body(
    tmp_path: Path,
) -> None:
    async with line(tmp_path) as there:
        await there.caller.plan(do="not_reached", nth=1)
        way = await there.call()
        there.agency.status, there.agency.body = 500, b'{"error_code": "-1"}'
        own = await there.call()
        assert (way.status, own.status) == (500, 500)
        assert way.json["type"].startswith("Server.")
        assert own.body == b'{"error_code": "-1"}'
        assert "X-Road-Error" not in own.headers


async def test_the_type_stands_in_the_body_though_the_header_is_stripped(
    tmp_path: Path,
) -> None:
    unknown = "/mapi/login?dstcode=VN:GOV:khong:co"
    async with line(tmp_path / "told") as there:
        told = await there.call(unknown)
        assert told.headers["X-Road-Error"] == told.json["type"]
    async with line(tmp_path / "stripped", tells_error_header=False) as there:
        told = await there.call(unknown)
        assert "X-Road-Error" not in told.headers
        assert kind(told) == (500, "Server.ClientProxy.UnknownMember")


@pytest.mark.parametrize(
    ("refuses", "expected"),
    [
        ("access_denied", "Server.ServerProxy.AccessDenied"),
        ("service_disabled", "Server.ServerProxy.ServiceDisabled"),
    ],
)
async def test_what_the_security_servers_refuse_was_not_taken(
    tmp_path: Path, refuses: str, expected: str
) -> None:
    async with line(tmp_path, there_is={"refuses": refuses}) as there:
        assert kind(await there.call()) == (500, expected)
        unknown = await there.call("/mapi/login?dstcode=VN:GOV:khong:co")
        assert kind(unknown) == (500, "Server.ClientProxy.UnknownMember")
        assert there.agency.came == []


async def test_what_cannot_be_connected_to_is_proven_by_the_message(
    tmp_path: Path,
) -> None:
    with nobody() as base:
        async with line(tmp_path, there_is={"backend": base}) as there:
            told = await there.call()
            assert told.json["type"].endswith("NetworkError")
            assert told.json["message"].startswith("Connect to ")
            assert " failed: " in told.json["message"]
            await there.caller.plan(do="not_reached")
            told = await there.call()
            assert told.json["message"].startswith(
                "Could not connect to any target host"
            )


async def test_the_same_type_with_another_message_proves_nothing(
    tmp_path: Path,
) -> None:
    async with line(tmp_path) as there:
        there.agency.cuts = True
        broken = await there.call()
        await there.caller.plan(do="network_error", after=True, nth=1)
        there.agency.cuts = False
        late = await there.call()
        assert broken.json["type"].endswith(".NetworkError")
        assert late.json["type"].endswith(".NetworkError")
        for told in (broken, late):
            assert not told.json["message"].startswith(("Connect to", "Could not"))
        assert len(there.agency.came) == 2


async def test_a_late_agency_has_taken_the_message(tmp_path: Path) -> None:
    async with line(tmp_path, wait_s=0.2) as there:
        there.agency.silent = True
        told = await there.call(body=b"da-nhan")
        assert kind(told) == (500, "Server.ServerProxy.ServiceFailed.NetworkError")
        assert told.json["message"] == "Read timed out"
        assert [one.body for one in there.agency.came] == [b"da-nhan"]


async def test_an_error_of_logging_may_come_after_the_agency_took_it(
    tmp_path: Path,
) -> None:
    async with line(tmp_path) as there:
        await there.caller.plan(do="other_error", after=True)
        told = await there.call()
        assert told.json["type"].startswith("Server.ServerProxy.LoggingFailed")
        assert len(there.agency.came) == 1


async def test_a_larger_body_is_not_carried(tmp_path: Path) -> None:
    async with line(tmp_path, max_body_bytes=10) as there:
        assert (await there.call(body=b"x" * 10)).status == 200
        told = await there.call(body=b"x" * 11)
        assert (told.status, told.body) == (413, b"")
        assert len(there.agency.came) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_strange_answers_come_before_and_after_the_agency_was_called(
    tmp_path: Path, after: bool
) -> None:
    async with line(tmp_path) as there:
        for do in ("html_200", "empty_200", "adapter_timeout"):
            await there.caller.plan(do=do, after=after)
            told = await there.call()
            assert told.status == (504 if do == "adapter_timeout" else 200)
            assert told.body[:9] == (b"<!doctype" if do == "html_200" else b"")
        await there.caller.plan(do="half_json", after=after)
        call = ("POST", f"{ADAPTER}/mapi/login?{QUERY}")
        assert await half_or_nothing(there.caller, *call) == "half"
        assert len(there.agency.came) == (4 if after else 0)


async def test_a_lost_answer_says_nothing_about_the_message(tmp_path: Path) -> None:
    async with line(tmp_path) as there:
        call = ("POST", f"{ADAPTER}/mapi/login?{QUERY}")
        taken = []
        for do in ("reset", "lose_answer"):
            await there.caller.plan(do=do, service=CODE)
            assert await half_or_nothing(there.caller, *call) == "nothing"
            taken.append(len(there.agency.came))
        assert taken == [0, 1]


async def test_the_books_name_the_destination_and_no_path(tmp_path: Path) -> None:
    async with line(tmp_path) as there:
        await there.call(f"/mapi/bi-mat?{QUERY}&token=bi-mat", body=b"noi-dung")
        arrived = await there.caller.book("arrivals")
        answered = await there.caller.book("answers")
        assert [row["kind"] for row in arrived] == [CODE]
        assert answered[0]["facts"] == {"name": "agency", "status": 200}
        assert "bi-mat" not in str(arrived + await there.caller.book("forwarded"))
