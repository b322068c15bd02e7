"""zeep is the codec only: our files, our parser, our sockets, and faults never pass."""

from __future__ import annotations

import base64
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import zeep
from aiohttp import web
from lxml import etree

from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.http import HTTPAnswer, HTTPCarrier
from gateway.carriers.soap import (
    SETTINGS,
    SOAP,
    CallInvalid,
    SOAPAnswer,
    SOAPCarrier,
    SOAPCodec,
    Strictness,
)
from gateway.domain.attempt import Times
from gateway.validation.xml import Limits, parse
from gateway.validation.xsd import XSDSchema

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas" / "agencies" / "tax"
OPERATION = "GuiThongDiep"
NAMESPACE = "urn:vn:lienthong:tct:1"
VIETNAM = timezone(timedelta(hours=7))
CONTENT = "<DATA>Ví dụ</DATA>".encode()
CALL: dict[str, Any] = {
    "MaDonViGui": "H00.96.01",
    "MaDonViNhan": "TCT-H00-01",
    "IdThongDiep": "m-1",
    "ThoiGian": datetime(2026, 3, 10, 7, 30, tzinfo=VIETNAM),
    "MaThongDiep": "TCT_GPC",
    "NoiDung": CONTENT,
    "DauChuyen": "a..b",
}


def codec_of(wsdl: Path) -> SOAPCodec:
    schema = XSDSchema(SCHEMAS / "tct.xsd")
    limits = Limits(document_bytes=4096)
    return SOAPCodec(
        wsdl,
        Strictness(
            lambda raw: parse(raw, namespace=SOAP, limits=limits).root,
            lambda element: [fault.path for fault in schema.check(element)],
        ),
    )


CODEC = codec_of(SCHEMAS / "tct.wsdl")


def reply(inside: str = "", *, prefix: str = "e") -> bytes:
    """An envelope around the body's content."""
    return (
        f'<{prefix}:Envelope xmlns:{prefix}="{SOAP}"><{prefix}:Body>{inside}'
        f"</{prefix}:Body></{prefix}:Envelope>"
    ).encode()


def response(content: str = "PHgvPg==", at: str = "2026-03-10T07:30:00+07:00") -> str:
    return (
        f'<GuiThongDiepResponse xmlns="{NAMESPACE}"><IdThongDiep>m-1</IdThongDiep>'
        f"<ThoiGian>{at}</ThoiGian><NoiDung>{content}</NoiDung></GuiThongDiepResponse>"
    )


def read(body: bytes, status: int = 200) -> SOAPAnswer:
    return CODEC.decode(OPERATION, HTTPAnswer(status, {}, body, Times()))


# ---------------------------------------------------------------- what leaves


def test_a_call_is_the_contracts_envelope_in_canonical_form() -> None:
    sample = (SCHEMAS / "samples" / "call_slip_new.xml").read_bytes()
    told = parse(sample).root.find(f".//{{{NAMESPACE}}}{OPERATION}")
    assert told is not None
    texts = {etree.QName(part).localname: part.text or "" for part in told}
    values = {
        **texts,
        "NoiDung": base64.b64decode(texts["NoiDung"]),
        "ThoiGian": datetime.fromisoformat(texts["ThoiGian"]),
    }
    ours = parse(CODEC.encode(OPERATION, values)).root
    body = ours.find(f"{{{SOAP}}}Body")
    assert body is not None
    assert [(part.tag, part.text) for part in body[0]] == [
        (part.tag, part.text) for part in told
    ]


def test_the_content_travels_byte_for_byte() -> None:
    raw = bytes(range(256)) * 3
    sent = parse(CODEC.encode(OPERATION, {**CALL, "NoiDung": raw})).root
    encoded = sent.findtext(f".//{{{NAMESPACE}}}NoiDung")
    assert base64.b64decode(encoded or "", validate=True) == raw


def test_a_moment_keeps_its_offset() -> None:
    sent = CODEC.encode(OPERATION, CALL)
    assert b">2026-03-10T07:30:00+07:00<" in sent
    in_utc = {**CALL, "ThoiGian": datetime(2026, 3, 10, 0, 30, tzinfo=UTC)}
    assert b">2026-03-10T00:30:00Z<" in CODEC.encode(OPERATION, in_utc)


def test_what_is_written_from_a_model_is_what_zeep_would_write() -> None:
    ever_new = [
        CALL,
        {**CALL, "MaDonViGui": "H00.00.02", "NoiDung": b"<a>&</a>"},
        {**CALL, "ThoiGian": datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)},
    ]
    codec = codec_of(SCHEMAS / "tct.wsdl")
    written = [codec.encode(OPERATION, values) for values in ever_new]
    fresh = [codec_of(SCHEMAS / "tct.wsdl") for _ in ever_new]
    assert written == [
        one.encode(OPERATION, values)
        for one, values in zip(fresh, ever_new, strict=True)
    ]
    assert len(set(written)) == len(ever_new)


def test_what_is_read_as_a_row_is_what_zeep_would_read() -> None:
    service = zeep.Client(str(SCHEMAS / "tct.wsdl")).service
    answer = reply(response(base64.b64encode(b"<a>1</a>").decode()))
    binding = service._binding.get(OPERATION)
    by_zeep = zeep.helpers.serialize_object(
        binding.process_reply(parse(answer).root), dict
    )
    assert read(answer).values == by_zeep
    assert by_zeep["NoiDung"] == b"<a>1</a>"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"MaDonViGui": "H00 96"}, "MaDonViGui"),
        ({"MaThongDiep": "TCT_XXX"}, "MaThongDiep"),
        ({"NoiDung": b""}, "NoiDung"),
        ({"ThoiGian": datetime(2026, 3, 10, 7, 30)}, "ThoiGian"),  # noqa: DTZ001  what is refused
        ({"DauChuyen": "a.b.c"}, "DauChuyen"),
        ({"IdThongDiep": None}, OPERATION),
        ({"Them": "x"}, OPERATION),
    ],
)
def test_a_call_that_the_contract_forbids_is_stopped_and_only_its_place_is_named(
    changes: dict[str, Any], place: str
) -> None:
    with pytest.raises(CallInvalid, match=place) as stopped:
        CODEC.encode(OPERATION, {**CALL, **changes})
    assert "TCT_XXX" not in str(stopped.value)
    assert "H00 96" not in str(stopped.value)


def test_the_action_is_the_one_of_the_wsdl() -> None:
    assert CODEC.action(OPERATION) == f"{NAMESPACE}:{OPERATION}"


# ---------------------------------------------------------------- what comes in


def test_a_reply_is_read_into_its_elements() -> None:
    got = read(reply(response()))
    assert (got.fault, got.wrong) == (None, "")
    assert got.values is not None
    assert (got.values["IdThongDiep"], got.values["NoiDung"]) == ("m-1", b"<x/>")


def test_a_header_of_a_platform_on_the_way_is_not_in_the_way() -> None:
    headed = reply(response()).replace(
        b"<e:Body>", b"<e:Header><x xmlns='urn:x'/></e:Header><e:Body>"
    )
    assert read(headed).values is not None


FAULT = (
    "<e:Fault><faultcode>soapenv:{}</faultcode><faultstring>Ví dụ</faultstring>"
    "</e:Fault>"
)


@pytest.mark.parametrize("status", [200, 202, 400, 500])
@pytest.mark.parametrize("code", ["Client", "Server", "VersionMismatch"])
def test_a_fault_is_a_fault_whatever_the_status(status: int, code: str) -> None:
    got = read(reply(FAULT.format(code)), status)
    assert got.values is None
    assert got.fault is not None
    assert (got.fault.code, got.fault.text) == (code, "Ví dụ")


def test_a_fault_beside_a_reply_is_no_reply() -> None:
    both = read(reply(response() + FAULT.format("Client")))
    assert (both.values, both.wrong) == (None, "soap_envelope")


@pytest.mark.parametrize("status", [201, 302, 404, 500, 503])
def test_a_reply_counts_only_with_status_200(status: int) -> None:
    got = read(reply(response()), status)
    assert (got.values, got.wrong) == (None, "soap_status")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", "xml_malformed"),
        (b"OK", "xml_malformed"),
        ("<html><p>Đăng nhập</p></html>".encode(), "xml_namespace"),
        (reply(response())[:-20], "xml_malformed"),
        (reply(response()).replace(b"</e:", b"</f:", 1), "xml_malformed"),
        (b"<!DOCTYPE x>" + reply(response()), "xml_dtd"),
        (b'<!DOCTYPE x [<!ENTITY y "z">]>' + reply(response()), "xml_entity"),
        (reply(response("&khong-co;")), "xml_malformed"),
        (
            reply('<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="x"/>'),
            "xml_xinclude",
        ),
        (reply(response("PHgvPg" * 1000)), "xml_too_large"),
        (
            reply(response()).replace(
                SOAP.encode(), b"http://www.w3.org/2003/05/soap-envelope"
            ),
            "xml_namespace",
        ),
        (reply(), "soap_envelope"),
        (reply(response() + response()), "soap_envelope"),
        (reply(response()).replace(b"Envelope", b"Brief"), "soap_envelope"),
        (reply("<x/>"), "soap_schema"),
        (reply(response().replace("tct:1", "tct:2")), "soap_schema"),
        (reply(response().replace("Response", "")), "soap_schema"),
        (reply(response("kein base64!")), "soap_schema"),
        (reply(response("")), "soap_schema"),
        (reply(response(at="2026-03-10T07:30:00")), "soap_schema"),
        (reply(response(at="2026-02-31T07:30:00+07:00")), "soap_schema"),
        (
            reply(
                response().replace("<NoiDung>", "<Them>x</Them><NoiDung>"),
            ),
            "soap_schema",
        ),
    ],
)
def test_what_is_no_reply_of_the_contract_says_why(body: bytes, wrong: str) -> None:
    got = read(body)
    assert (got.values, got.fault, got.wrong) == (None, None, wrong)


# ---------------------------------------------------------------- zeep


def test_the_settings_that_are_dangerous_by_default_are_set() -> None:
    usual = zeep.Settings()
    assert SETTINGS["forbid_dtd"]
    assert not usual.forbid_dtd
    used = CODEC._client.settings
    assert {name: getattr(used, name) for name in SETTINGS} == dict(SETTINGS)


def test_a_wsdl_that_leads_out_of_its_folder_is_not_read(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    for name in ("tct.xsd", "xmldsig-profile.xsd"):
        shutil.copy(SCHEMAS / name, tmp_path / name)
        shutil.copy(SCHEMAS / name, inside / name)
    wsdl = (SCHEMAS / "tct.wsdl").read_text("utf-8")
    (inside / "tct.wsdl").write_text(wsdl, "utf-8")
    assert codec_of(inside / "tct.wsdl").action(OPERATION)
    for location in ("../tct.xsd", "http://127.0.0.1:1/tct.xsd"):
        led_away = wsdl.replace(
            'schemaLocation="tct.xsd"', f'schemaLocation="{location}"'
        )
        (inside / "tct.wsdl").write_text(led_away, "utf-8")
        with pytest.raises(ValueError, match="outside its folder"):
            codec_of(inside / "tct.wsdl")


def test_zeep_itself_carries_nothing() -> None:
    with pytest.raises(
        RuntimeError, match=r"^zeep encodes and decodes; it carries nothing$"
    ):
        CODEC._client.service.GuiThongDiep(**CALL)


# ---------------------------------------------------------------- sockets


@asynccontextmanager
async def listening(
    status: int, body: bytes
) -> AsyncIterator[tuple[SOAPCarrier, list[tuple[dict[str, str], bytes]]]]:
    """A server that answers everything alike (status 0: cuts), and a carrier to it."""
    seen: list[tuple[dict[str, str], bytes]] = []

    async def handle(request: web.Request) -> web.Response:
        seen.append((dict(request.headers), await request.read()))
        if not status and request.transport is not None:
            request.transport.abort()
        return web.Response(status=status or 200, body=body)

    application = web.Application()
    application.router.add_post("/tct/GuiThongDiep", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    http = HTTPCarrier(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield SOAPCarrier(http, CODEC, "tct/GuiThongDiep"), seen
    finally:
        await http.close()
        await runner.cleanup()


async def test_a_call_is_carried_once_by_our_own_client() -> None:
    async with listening(200, reply(response())) as (carrier, seen):
        got = await carrier.call(OPERATION, CALL, timeout_s=5)
    assert got.values is not None
    assert got.times.total_ms is not None
    ((headers, body),) = seen
    assert headers["Content-Type"] == "text/xml; charset=utf-8"
    assert headers["SOAPAction"] == f'"{NAMESPACE}:{OPERATION}"'
    assert headers["User-Agent"] == "lienthong-gateway"
    assert body == CODEC.encode(OPERATION, CALL)


async def test_a_forbidden_call_never_leaves() -> None:
    async with listening(200, b"") as (carrier, seen):
        with pytest.raises(CallInvalid):
            await carrier.call(OPERATION, {**CALL, "NoiDung": b""}, timeout_s=5)
        assert seen == []


async def test_the_decisive_line_is_the_one_of_the_carrier_beneath() -> None:
    async with listening(0, b"") as (carrier, seen):
        with pytest.raises(MayHaveLeft):
            await carrier.call(OPERATION, CALL, timeout_s=5)
        assert len(seen) == 1
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        http = HTTPCarrier(f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(NothingLeft):
            await SOAPCarrier(http, CODEC, "x").call(OPERATION, CALL, timeout_s=1)
        await http.close()
