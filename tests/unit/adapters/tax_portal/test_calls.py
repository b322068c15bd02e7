"""What the mock portal answers to senders, over a real socket."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.adapters.tax.mock_portal_calls import MAX_BODY_BYTES
from tests.unit.adapters.tax.counterpart import Party
from tests.unit.adapters.tax_portal.portal import (
    KEY,
    NUMBER,
    OTHER,
    Portal,
    Told,
    opened,
)
from tests.unit.adapters.tax_portal.published import is_valid

Open = Callable[..., AbstractAsyncContextManager[Portal]]


# ---------------------------------------------------------------- the door


async def test_every_refusal_comes_with_http_201(portal: Portal) -> None:
    raw = portal.signed()
    refused = [
        await portal.call(
            "GuiPhieuChuyen", portal.data(raw, MaCoQuanThue="TCT-H00-99")
        ),
        await portal.call("GuiPhieuChuyen", portal.data(raw, DauChuyen="a..b")),
        await portal.call("GuiPhieuChuyen", portal.data(raw, SoPhieu=None)),
        await portal.call("DongBoHoSoMC", {"MaHoSo": NUMBER}),
        await portal.call("TraCuuNghiaVu", {"MaHoSo": NUMBER}, MaDonVi="H99"),
        await portal.call("TraCuuNghiaVu", {"MaHoSo": NUMBER}, MaDonVi=None),
        await portal.post(b"[]"),
        await portal.post(b"\xff"),
    ]
    assert [told.name for told in refused] == [
        "wrong_office",
        "seal_invalid",
        "missing_field",
        "unknown_service",
        "sender_unknown",
        "missing_field",
        "malformed",
        "malformed",
    ]
    assert {told.status for told in refused} == {201}
    assert all(is_valid("reply", told.json) for told in refused)
    assert portal.effects() == []


async def test_a_wrong_key_is_answered_401_unauthorized_inside_a_201(
    portal: Portal,
) -> None:
    data = {"MaHoSo": NUMBER, "SoPhieu": "0001/PCTT"}
    for key in ("sai", "", None, True, ["x"]):
        told = await portal.call("TraCuuNghiaVu", data, SecurityKey=key)
        assert (told.status, told.raw) == (201, b"401 Unauthorized")
        assert told.media_type.startswith("text/plain")


async def test_without_the_key_nothing_is_told_about_the_rest(portal: Portal) -> None:
    body = {"SecurityKey": "sai", "Service": "KhongCo", "MaDonVi": "H99", "Data": 1}
    assert (await portal.post(json.dumps(body).encode())).raw == b"401 Unauthorized"
    body["SecurityKey"] = KEY
    assert (await portal.post(json.dumps(body).encode())).name == "sender_unknown"


async def test_two_keys_are_known_while_a_key_is_changed(open_portal: Open) -> None:
    async with open_portal(security_key=["khoa-cu", KEY]) as portal:
        data = {"MaHoSo": NUMBER, "SoPhieu": "0001/PCTT"}
        for key in ("khoa-cu", KEY):
            told = await portal.call("TraCuuNghiaVu", data, SecurityKey=key)
            assert told.name == "found"


@pytest.mark.parametrize("zero", ["0", "00", 0], ids=["text", "digits", "number"])
async def test_zero_comes_as_text_as_two_digits_and_as_a_number(
    open_portal: Open, zero: str | int
) -> None:
    written = f'"{zero}"' if isinstance(zero, str) else zero
    async with open_portal(scenario=f"zero = {written}") as portal:
        taken, asked = await portal.send(), await portal.ask()
        assert [taken.json["error_code"], asked.json["error_code"]] == [zero, zero]
        assert [taken.name, asked.name] == ["accepted", "found"]
        assert is_valid("reply", taken.json)


def test_the_first_phrase_that_fits_is_the_right_one() -> None:
    def name(code: str | int, message: str, service: str = "GuiPhieuChuyen") -> str:
        content = {"error_code": code, "message": message}
        return Told(service, 201, "", json.dumps(content).encode()).name

    assert name("0", "Tiếp nhận THÀNH CÔNG") == "accepted"
    assert name("0", "Gửi phiếu không thành công") == "unsuccessful"
    assert name("-1", "Tiếp nhận thành công") == "unknown"
    assert name(0, "Phiếu đã tồn tại") == "already_there"
    assert name("3", "Phiếu đã tồn tại với nội dung khác") == "contradiction"
    assert name("0", "Đã tồn tại", "TraCuuNghiaVu") == "unknown"
    assert name("0", "OK") == "unknown"


async def test_isupdating_is_text_and_a_boolean_is_refused(portal: Portal) -> None:
    data = portal.data(portal.signed())
    for wrong in (False, "false", "0", "True", None):
        told = await portal.call("GuiPhieuChuyen", data, IsUpdating=wrong)
        assert told.name == ("missing_field" if wrong is None else "wrong_type")
        assert told.place == "IsUpdating"
    told = await portal.call("GuiPhieuChuyen", data, IsUpdating="False")
    assert told.name == "accepted"


async def test_refusals_name_fields_and_no_values(portal: Portal) -> None:
    secret = "Nguyễn Thị Riêng Tư"
    changes: list[dict[str, Any]] = [
        {"MaHoSo": [secret]},
        {"SoPhieu": {"x": secret}},
        {"LoaiPhieu": secret},
        {"FilePhieuChuyen": secret},
        {"SoPhieuLienQuan": secret},
        {secret.replace(" ", ""): secret},
    ]
    data = portal.data(portal.signed())
    for change in changes:
        told = await portal.call("GuiPhieuChuyen", {**data, **change})
        assert told.name in {"wrong_type", "unreadable_file"}
        assert told.place.startswith("Data")
        assert "Riêng" not in told.raw.decode()
    told = await portal.send(area="Riêng Tư")
    assert (told.name, "Riêng" in told.raw.decode()) == ("slip_schema", False)
    assert told.place.endswith("TT_THUADAT/DIEN_TICH")


@pytest.mark.parametrize("text", ["a b", "abc\n", "====", "YQ", "data:;base64,YQ=="])
async def test_a_file_that_is_not_base64_is_refused(portal: Portal, text: str) -> None:
    data = portal.data(portal.signed(), FilePhieuChuyen=text)
    told = await portal.call("GuiPhieuChuyen", data)
    assert (told.name, told.place) == ("unreadable_file", "Data.FilePhieuChuyen")


async def test_a_body_beyond_the_limit_is_answered_413(portal: Portal) -> None:
    assert (await portal.post(b"{" + b" " * MAX_BODY_BYTES)).status == 413


async def test_a_file_beyond_the_limit_is_refused_and_one_below_is_taken(
    open_portal: Open,
) -> None:
    async with open_portal(scenario="[tax_portal.question]\nafter_h = 1") as portal:
        await portal.send()
        await portal.run(2)
        (question,) = portal.receiver.of("YeuCauBoSungThongTin")
        number = question["Data"]["SoVanBan"]
        for size, name in ((10 * 2**20 + 1, "unreadable_file"), (3000, "accepted")):
            file = {"TenTep": "a.pdf", "Tep": base64.b64encode(b"x" * size).decode()}
            told = await portal.answer(number, DanhSachTep=[file])
            assert told.name == name


# ---------------------------------------------------------------- repeats


async def test_the_same_slip_sent_again_exists_already_and_counts_once(
    portal: Portal,
) -> None:
    data = portal.data(portal.signed())
    told = [(await portal.call("GuiPhieuChuyen", data)).name for _ in range(3)]
    assert told == ["accepted", "already_there", "already_there"]
    assert portal.effects() == [("slip_new", NUMBER)]
    assert len(portal.arrivals("slip_new")) == 3
    await portal.run(72)
    assert len(portal.receiver.rows()) == 2


async def test_other_bytes_under_the_same_numbers_are_a_contradiction(
    portal: Portal,
) -> None:
    first = portal.signed()
    await portal.call("GuiPhieuChuyen", portal.data(first))
    assert (await portal.send(price="1")).name == "contradiction"
    told = (await portal.ask()).data["DanhSachPhieu"]
    assert [row["MaBam"] for row in told] == [hashlib.sha256(first).hexdigest()]
    assert portal.effects() == [("slip_new", NUMBER)]


async def test_the_message_id_does_not_deduplicate(portal: Portal) -> None:
    one = portal.data(portal.signed())
    two = portal.data(portal.signed(ma_hs=OTHER), MaHoSo=OTHER)
    names = [
        (await portal.call("GuiPhieuChuyen", data, MaGiaoDich=identity)).name
        for data, identity in ((one, "gd"), (two, "gd"), (one, "gd-khac"))
    ]
    assert names == ["accepted", "accepted", "already_there"]
    assert portal.effects() == [("slip_new", NUMBER), ("slip_new", OTHER)]


async def test_a_repeat_is_recognised_though_the_certificate_expired_meanwhile(
    parties: dict[str, Party], tmp_path: Path
) -> None:
    old = Party.create(tmp_path, "old", until=datetime(2026, 7, 8, tzinfo=UTC))
    async with opened(tmp_path, {**parties, "issuer": old}) as portal:
        data = portal.data(portal.signed())
        assert (await portal.call("GuiPhieuChuyen", data)).name == "accepted"
        await portal.run(48)
        assert (await portal.call("GuiPhieuChuyen", data)).name == "already_there"
        fresh = portal.data(portal.signed(so_phieu="0009/PCTT"), SoPhieu="0009/PCTT")
        told = await portal.call("GuiPhieuChuyen", fresh)
        assert told.name == "certificate_unknown"


# ---------------------------------------------------------------- what was signed


async def test_numbers_beside_the_slip_must_be_those_that_were_signed(
    portal: Portal,
) -> None:
    raw = portal.signed()
    for change in ({"MaHoSo": OTHER}, {"SoPhieu": "0009/PCTT"}):
        told = await portal.call("GuiPhieuChuyen", portal.data(raw, **change))
        assert (told.name, told.place) == ("slip_differs", f"Data.{next(iter(change))}")
    await portal.call("GuiPhieuChuyen", portal.data(raw))
    replacing = portal.signed(
        msg_type="11", seq_id="LAND-2", so_phieu="0002/PCTT", replaces="LAND-1"
    )
    outside = {"SoPhieu": "0002/PCTT", "SoPhieuLienQuan": "0001/PCTT"}
    as_withdrawal = portal.data(replacing, "13", **outside)
    told = await portal.call("GuiPhieuChuyen", as_withdrawal, IsUpdating="True")
    assert (told.name, told.place) == ("slip_differs", "Data.LoaiPhieu")
    await portal.send_more("11", "0002/PCTT")
    told = await portal.send_more("12", "0003/PCTT", "0001/PCTT", replaces="LAND-0002")
    assert (told.name, told.place) == ("slip_differs", "Data.SoPhieuLienQuan")
    assert [kind for kind, _ in portal.effects()] == ["slip_new", "slip_replace"]


async def test_a_slip_signed_by_a_stranger_is_refused(portal: Portal) -> None:
    slips = [portal.signed("stranger"), portal.signed("gateway")]
    unsigned = b"<DATA xmlns='urn:vn:lienthong:tct:1'/>"
    changed = portal.signed().replace(b"1000000000", b"1000000001")
    slips += [unsigned, changed, b"khong phai xml"]
    told = [await portal.call("GuiPhieuChuyen", portal.data(raw)) for raw in slips]
    assert [one.name for one in told] == [
        "certificate_unknown",
        "certificate_unknown",
        "signature_missing",
        "signature_invalid",
        "slip_schema",
    ]
    assert portal.effects() == []


async def test_a_seal_over_other_bytes_is_refused(portal: Portal) -> None:
    raw = portal.signed()
    for seal in (
        portal.parties["gateway"].seal(b"x"),
        portal.parties["stranger"].seal(raw),
    ):
        told = await portal.call("GuiPhieuChuyen", portal.data(raw, DauChuyen=seal))
        assert told.name == "seal_invalid"


async def test_wrong_content_of_a_slip_is_refused_by_its_place(portal: Portal) -> None:
    told = await portal.send(area="0")
    assert (told.name, told.place) == ("slip_data", "TT_THUADAT[1]/DIEN_TICH")
    told = await portal.send(approved="2026-07-08")
    assert (told.name, told.place) == ("slip_data", "TT_CHUNG/NGAY_DUYET")


async def test_a_number_used_before_is_no_number_of_another_slip(
    portal: Portal,
) -> None:
    await portal.send()
    told = await portal.send_more("11", "0001/PCTT")
    assert (told.name, told.place) == ("slip_data", "TT_CHUNG/SO_PHIEU")


# ---------------------------------------------------------------- kinds of slips


async def test_a_replacing_slip_is_taken_though_the_first_never_came(
    portal: Portal,
) -> None:
    assert (await portal.send_more("11", "0002/PCTT", None)).name == "accepted"
    assert portal.effects() == [("slip_replace", NUMBER)]
    assert await portal.state("0002/PCTT") == "DANG_XU_LY"
    assert await portal.state("0001/PCTT") == "CHUA_CO"


async def test_asking_by_a_replaced_number_tells_of_the_slip_in_force(
    portal: Portal,
) -> None:
    await portal.send()
    assert (await portal.send_more("11", "0002/PCTT")).name == "accepted"
    more = await portal.send_more("12", "0003/PCTT", "0002/PCTT", replaces="LAND-0002")
    assert more.name == "accepted"
    for number in ("0001/PCTT", "0002/PCTT", "0003/PCTT"):
        told = (await portal.ask(number)).data
        assert told["SoPhieu"] == "0002/PCTT"
        slips = [(row["SoPhieu"], row["LoaiPhieu"]) for row in told["DanhSachPhieu"]]
        assert slips == [
            ("0001/PCTT", "10"),
            ("0002/PCTT", "11"),
            ("0003/PCTT", "12"),
        ]


async def test_a_supplement_or_withdrawal_needs_its_slip_in_force(
    portal: Portal,
) -> None:
    for kind in ("12", "13"):
        assert (await portal.send_more(kind, "0005/PCTT")).name == "related_unknown"
    await portal.send()
    assert (await portal.send_more("12", "0002/PCTT")).name == "accepted"
    assert (await portal.ask("0002/PCTT")).data["SoPhieu"] == "0001/PCTT"
    assert (await portal.send_more("13", "0003/PCTT")).name == "accepted"
    for kind in ("11", "12", "13"):
        assert (await portal.send_more(kind, "0004/PCTT")).name == "related_ended"
    kinds = [kind for kind, _ in portal.effects()]
    assert kinds == ["slip_new", "slip_supplement", "slip_withdraw"]


# ---------------------------------------------------------------- enquiries


async def test_a_slip_that_never_came_is_chua_co(portal: Portal) -> None:
    await portal.send()
    told = await portal.ask("0002/PCTT")
    expected = {"MaHoSo": NUMBER, "TrangThai": "CHUA_CO", "SoPhieu": "0002/PCTT"}
    assert (told.name, told.data) == ("found", expected)
    assert (await portal.ask(number=OTHER)).data["TrangThai"] == "CHUA_CO"


LOST = ("lose_answer", "half_answer", "reset_before", "error_500_before")


@pytest.mark.parametrize("fault", LOST)
async def test_a_lost_answer_is_settled_by_asking_or_by_sending_again(
    open_portal: Open, fault: str
) -> None:
    async with open_portal(faults=[{"operation": "slip_new", "do": fault}]) as portal:
        raw = portal.signed()
        told: Told | None = None
        try:
            told = await portal.call("GuiPhieuChuyen", portal.data(raw))
        except aiohttp.ClientError:
            assert fault != "error_500_before"
        assert told is None or told.status == 500
        arrived = fault in {"lose_answer", "half_answer"}
        asked = (await portal.ask()).data
        assert (asked["TrangThai"] != "CHUA_CO") == arrived
        if arrived:
            mine = {"SoPhieu": "0001/PCTT", "LoaiPhieu": "10"}
            mine |= {"ThoiGianNhan": "20260707073000"}
            digest = hashlib.sha256(raw).hexdigest()
            assert asked["DanhSachPhieu"] == [{**mine, "MaBam": digest}]
        again = await portal.call("GuiPhieuChuyen", portal.data(raw))
        assert again.name == ("already_there" if arrived else "accepted")
        assert portal.effects() == [("slip_new", NUMBER)]


async def test_whoever_asks_too_often_is_told_so(open_portal: Open) -> None:
    async with open_portal(min_poll_s=900) as portal:
        names = []
        for minutes in (0, 14, 2):
            await portal.run(minutes / 60)
            names.append((await portal.ask()).name)
        assert names == ["found", "overload", "found"]
        assert (await portal.ask("0002/PCTT")).name == "found"


@pytest.mark.parametrize("name", ["busy", "system_error", "unsuccessful"])
async def test_trouble_is_told_and_nothing_is_taken(
    open_portal: Open, name: str
) -> None:
    async with open_portal(
        scenario=f'slip_error = "{name}"\nslip_error_times = 1'
    ) as portal:
        assert (await portal.send()).name == name
        assert await portal.state() == "CHUA_CO"
        assert (await portal.send()).name == "accepted"


async def test_the_direct_road_is_still_served_by_the_same_process(
    portal: Portal,
) -> None:
    address = f"{portal.base}/tct/GuiThongDiep?wsdl"
    async with portal.session.get(address) as answer:
        assert (answer.status, b"GuiThongDiep" in await answer.read()) == (200, True)
