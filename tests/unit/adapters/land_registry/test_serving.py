"""What a one-stop sends to a land system is read, kept, and put together again."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.adapters.land_registry.dialects import ILIS, VBDLIS, Dialect
from gateway.adapters.land_registry.serving import ServedLandSystem, passed_on
from gateway.carriers.json_files import body_of
from gateway.domain.identifiers import MessageKind, OfficeId, TransferId
from gateway.domain.obligation import Notice
from gateway.ports.agency import File, HostedReply, LegView, OutboundMessage
from gateway.ports.link import LinkMessage, Said
from gateway.validation.json_schema import JSONSchemaCatalogue

SAMPLES = Path(__file__).parents[4] / "schemas/agencies/land_registry/samples"
AREAS = [{"tinh_id": 99, "huyen_id": 0, "xa_id": 9101, "commune": "99101"}]
NOW = datetime(2026, 3, 10, 1, 31, 2, tzinfo=UTC)
LINK = ServedLandSystem(VBDLIS, AREAS, now=lambda: NOW)
TAKEN = [
    "tiepnhan",
    "capnhattrangthaibosunghoso",
    "capnhattrangthaitraketquahoso",
    "phanhoihososaiketqua",
    "thongbaohoanthanhnvtc",
    "thongbaonvtcphatsinh",
    "thongbaoruthoso",
]


def sample(operation: str) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads((SAMPLES / f"{operation}.json").read_bytes())
    return content


def read(operation: str, content: Any) -> LinkMessage:
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    message = LINK.read(operation, body)
    assert isinstance(message, LinkMessage)
    return message


def refused(operation: str, content: Any) -> HostedReply:
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    reply = LINK.read(operation, body)
    assert isinstance(reply, HostedReply)
    return reply


async def put_together(message: LinkMessage) -> bytes:
    """What leaves for the land system once the files were put away."""

    def file(plain: bytes) -> File:
        async def chunks() -> AsyncIterator[bytes]:
            yield plain

        return File("tep", "giấy", "application/pdf", len(plain), chunks)

    out = OutboundMessage(
        transfer_id=TransferId("t-1"),
        kind=message.kind,
        office=OfficeId("land-mau-1"),
        idempotency_key="t-1",
        references=(),
        view=LegView({}, tuple(file(one.plain) for one in message.files)),
        content={"link": orjson.loads(orjson.dumps(message.body))},
    )
    content = (await body_of(passed_on(out))).content
    assert isinstance(content, bytes)
    return content


@pytest.mark.parametrize("operation", TAKEN)
async def test_every_operation_leaves_byte_for_byte_as_it_came(operation: str) -> None:
    body = orjson.dumps(sample(operation))
    assert await put_together(read(operation, body)) == body


def with_file(data: Any, **more: Any) -> dict[str, Any]:
    paper = {"TenGiayTo": "Đơn", "SoBanChinh": 1, "SoBanSao": 0}
    paper["TapTin"] = {"name": "don.pdf", "data": data}
    return {**sample("tiepnhan"), "DanhSachGiayToDinhKem": [paper], **more}


async def test_a_files_content_stands_beside_the_message_and_not_in_it() -> None:
    data = base64.b64encode(b"%PDF noi dung").decode()
    message = read("tiepnhan", with_file(data))
    assert [file.plain for file in message.files] == [b"%PDF noi dung"]
    assert data not in orjson.dumps(message.body).decode()
    assert message.papers[0]["files"][0]["sha256"] == message.files[0].sha256


@pytest.mark.parametrize(
    "data",
    [
        "khong phai base64!",
        "QQ",
        "QUI=\n",
        "QUJ=",
        "",
        None,
        7,
        {"a": 1},
        {"file": 0},
        {"as_it_came": 1},
    ],
)
async def test_what_is_no_plain_base64_is_left_for_the_land_system_to_judge(
    data: Any,
) -> None:
    body = orjson.dumps(with_file(data))
    message = read("tiepnhan", body)
    assert message.files == ()
    assert await put_together(message) == body


async def test_odd_values_and_unknown_fields_leave_as_they_came() -> None:
    odd = {
        **sample("tiepnhan"),
        "TruongRieng": {"a": [1, 2.50, None, "e\u0302"], "b": True},
        "ThongTinNguoiNopDon": "khong phai doi tuong",
        "DanhSachGiayToDinhKem": [1, "x", None, {}],
        "ThongTinThuaDat": 5,
        "NgayHenTra": "hôm sau",
    }
    message = read("tiepnhan", odd)
    assert await put_together(message) == orjson.dumps(odd)
    assert "due_on" not in message.document
    assert message.document["extension"]["TruongRieng"]["b"] is True


def test_what_can_be_understood_becomes_a_canonical_dossier() -> None:
    told = {**sample("tiepnhan"), "TinhId": 99, "HuyenId": 0, "XaId": 9101}
    message = read("tiepnhan", told)
    assert message.number == told["MaHoSoMotCua"]
    document = message.document
    assert document["area"]["commune"] == "99101"
    assert document["applicant"]["name"] == told["ThongTinNguoiNopDon"]["HoTen"]
    assert document["case"] == told["ThongTinQuyTrinh"]["MaQuyTrinh"]
    assert document["received_at"].endswith("+07:00")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-03-27", "2026-03-27"),
        ("2026-03-27T17:00:00+07:00", "2026-03-27"),
        ("2026-03-27T00:30:00", "2026-03-27"),
        ("2026-03-26T18:00:00Z", "2026-03-27"),
    ],
)
def test_a_promised_day_is_the_counters_own(written: str, day: str) -> None:
    told = {**sample("tiepnhan"), "NgayHenTra": written}
    assert read("tiepnhan", told).document["due_on"] == day


def test_a_receipt_number_of_its_own_is_a_further_number() -> None:
    told = {**sample("tiepnhan"), "SoBienNhan": "BN-7", "MaHoSoMotCua": "H99-1"}
    message = read("tiepnhan", told)
    assert message.number == "H99-1"
    assert [one.value for one in message.numbers] == ["BN-7"]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"khong", b"[1]", b'"x"', b"\xff\xfe"),
        b'{"SoBienNhan": "1", "x": ' + b"[" * 500 + b"]" * 500 + b"}",
    ],
)
def test_what_is_no_json_object_is_answered_as_the_land_system_does(
    body: bytes,
) -> None:
    reply = refused("tiepnhan", body)
    assert reply.status == 400
    assert "không phải JSON" in orjson.loads(reply.body)["status"]["message"]


@pytest.mark.parametrize(
    "written", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59.9999999Z"]
)
async def test_the_ends_of_the_calendar_are_no_days_and_leave_as_they_came(
    written: str,
) -> None:
    told = {**sample("tiepnhan"), "NgayHenTra": written, "NgayTiepNhan": written}
    message = read("tiepnhan", told)
    assert "due_on" not in message.document
    assert orjson.loads(await put_together(message)) == told


@pytest.mark.parametrize("number", [7, 7.5, True, ["1"], {"a": 1}])
def test_a_number_that_is_no_text_is_of_the_wrong_type(number: Any) -> None:
    reply = refused("tiepnhan", {**sample("tiepnhan"), "SoBienNhan": number})
    told = orjson.loads(reply.body)
    assert (reply.status, told["data"]) == (200, 0)
    assert told["status"]["message"] == "Sai kiểu dữ liệu: SoBienNhan"


@pytest.mark.parametrize("number", [None, "", "  "])
def test_a_message_without_its_number_is_missing_a_field(number: Any) -> None:
    reply = refused("tiepnhan", {**sample("tiepnhan"), "SoBienNhan": number})
    told = orjson.loads(reply.body)
    assert (reply.status, told["data"]) == (200, 0)
    assert "Thiếu trường bắt buộc" in told["status"]["message"]


@pytest.mark.parametrize(
    ("said", "kind", "name"),
    [
        (Said.ACCEPTED, "hand_over", "reply.accepted"),
        (Said.REPEATED, "hand_over", "reply.already_there"),
        (Said.OF_ANOTHER, "hand_over", "reply.number_of_another"),
        (Said.OF_ANOTHER, "supplement", "reply.unknown_dossier"),
        (Said.REPEATED, "supplement", "reply.not_waiting"),
        (Said.REPEATED, "result_handed", "reply.result_already_handed"),
    ],
)
def test_answers_of_ours_are_those_of_the_documents_samples(
    said: Said, kind: str, name: str
) -> None:
    reply = LINK.reply(said, MessageKind(kind))
    shown = sample(name)
    # The number stands behind the phrase there; nobody reads it.
    shown["status"]["message"] = shown["status"]["message"].partition(": ")[0]
    assert orjson.loads(reply.body) == shown


def test_a_repeated_complaint_is_answered_as_the_first_was() -> None:
    reply = LINK.reply(Said.REPEATED, MessageKind("result_wrong"))
    assert orjson.loads(reply.body)["data"] == 1


def test_a_link_is_asked_for_with_its_letters_encoded() -> None:
    found = LINK.file_at("files/giấy chứng nhận.pdf")
    assert found.name == "giấy chứng nhận.pdf"
    assert found.link.isascii()


@pytest.mark.parametrize("dialect", [VBDLIS, ILIS], ids=["vbdlis", "ilis"])
def test_notices_of_tax_are_told_as_the_land_system_would(dialect: Dialect) -> None:
    told = [
        Notice("0001/TB", "Thuế thu nhập cá nhân", 20_000_000, due_on="2026-04-12"),
        Notice("0002/TB", "Lệ phí trước bạ", None, due_on="chưa rõ"),
    ]
    relayed = ServedLandSystem(dialect, AREAS, now=lambda: NOW).notices("7", told, NOW)
    content = orjson.loads(relayed.body)
    assert relayed.operation == "GuiKetQuaThue"
    schemas = JSONSchemaCatalogue.load(SAMPLES.parents[2])
    assert list(schemas.errors(dialect.schema("GuiKetQuaThue"), content)) == []
    assert content["SoBienNhan"] == "7"
    assert content["NgayCoKetQuaThue"] == "2026-03-10T01:31:02"
    assert content["GhiChu"] == (
        "Thông báo 0001/TB, Thuế thu nhập cá nhân: 20.000.000 đồng,"
        " nộp trước hết ngày 12/04/2026;"
        " Thông báo 0002/TB, Lệ phí trước bạ, nộp trước hết ngày chưa rõ"
    )
    rows = content["DanhSachThongBaoThue"]
    assert [row["SoThongBaoThue"] for row in rows] == ["0001/TB", "0002/TB"]
