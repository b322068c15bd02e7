"""The mock's other land system behaves as its document says, quirks included."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.adapters.land_registry_ilis.office import (
    ACCOUNT,
    HAND_OVER,
    HANDED,
    ILIS,
    NUMBER,
    OWED_AGAIN,
    PAID,
    SECRET,
    START,
    SUPPLEMENT,
    WITHDRAWAL,
    WRONG,
    Land,
)
from tests.unit.adapters.land_registry_ilis.published import SAMPLES, sample, wrong
from tests.unit.adapters.tax.counterpart import Party

OpenLand = Callable[..., AbstractAsyncContextManager[Land]]
#: A script of one step: TOML that a scenario may hold.
STEP = '[[land_registry.step]]\non = "hand_over"\nsend = "{}"\n{}\n'
OFFICE_ASKS = STEP.format("YeuCauBoSungHoSo", "")
FINISHED = STEP.format("KetThucHoSo", "")


def other(number: int) -> dict[str, Any]:
    code = f"H00.20.03-260310-{number:04d}"
    return {**HAND_OVER, "SoBienNhan": code, "MaHoSoMotCua": code}


# ------------------------------------------------------------ the session


async def test_a_token_and_a_hand_over_with_it_are_taken_and_the_office_calls_back(
    land: Land,
) -> None:
    told = await land.post("TiepNhanHoSo", HAND_OVER, await land.token())
    assert told.data == 1
    assert land.effects() == ["hand_over"]
    await land.run()
    assert [p.operation for p in land.one_stop.pushes] == ["ChuyenHoSo", "KetThucHoSo"]
    assert {p.body["SoBienNhan"] for p in land.one_stop.pushes} == {NUMBER}


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer la-token-la", "Basic bGE6bGE="],
    ids=["none", "empty", "unknown", "other scheme"],
)
async def test_a_call_without_a_living_token_is_401_and_takes_nothing(
    land: Land, header: str
) -> None:
    headers = {"Authorization": header} if header else {}
    told = await land.send("/ilis/TiepNhanHoSo", HAND_OVER, headers)
    assert told.status == 401
    assert land.effects() == []
    assert land.arrivals() == [("hand_over", "session_ended")]
    # Nor is what it holds looked at.
    assert (await land.send("/ilis/TiepNhanHoSo", b"{", headers)).status == 401


async def test_the_scheme_of_a_token_may_be_written_small(land: Land) -> None:
    headers = {"Authorization": f"bearer {await land.token()}"}
    assert (await land.send("/ilis/TiepNhanHoSo", HAND_OVER, headers)).data == 1


async def test_the_bodies_of_a_401_differ(open_land: OpenLand) -> None:
    front = {"operation": "result_handed", "do": "unauthorized_401"}
    async with open_land(faults=[front], session_calls=1) as land:
        token = await land.token()
        await land.post("TiepNhanHoSo", HAND_OVER, token)
        over = await land.post("TiepNhanHoSo", HAND_OVER, token)
        unknown = await land.post("TiepNhanHoSo", HAND_OVER, "la")
        before = await land.post("CapNhatTrangThaiHoSo", HANDED)
    assert [told.status for told in (over, unknown, before)] == [401] * 3
    assert wrong("reply", over.json) == []
    assert over.json["data"] == 0
    assert over.phrase == "phiên làm việc đã hết hạn"
    assert unknown.json == sample("denied")
    assert before.raw == b""


async def test_a_session_that_ends_in_mid_batch_leaves_taken_what_was_taken(
    open_land: OpenLand,
) -> None:
    async with open_land(session_calls=2) as land:
        token = await land.token()
        batch = [other(place) for place in range(1, 5)]
        told = [await land.post("TiepNhanHoSo", message, token) for message in batch]
        assert [each.status for each in told] == [200, 200, 401, 401]
        assert land.effects() == ["hand_over"] * 2
        again = await land.token()
        for message in batch[2:]:
            assert (await land.post("TiepNhanHoSo", message, again)).data == 1
        numbers = [line["number"] for line in land.mock.effects.lines()]
        assert numbers == [message["SoBienNhan"] for message in batch]


async def test_a_wrong_result_refused_for_its_token_counts_once_when_sent_again(
    open_land: OpenLand,
) -> None:
    async with open_land(steps=FINISHED) as land:
        await land.post("TiepNhanHoSo", HAND_OVER)
        await land.run(1)
        assert (await land.post("phanhoihososaiketqua", WRONG, "la")).status == 401
        assert (await land.post("phanhoihososaiketqua", WRONG)).data == 1
        assert land.effects() == ["hand_over", "result_wrong"]


async def test_an_account_may_get_tokens_that_are_over_at_once(
    open_land: OpenLand,
) -> None:
    async with open_land(session_calls=0) as land:
        for _ in range(2):
            assert (await land.post("TiepNhanHoSo", HAND_OVER)).status == 401
        assert land.effects() == []


@pytest.mark.parametrize("one_session", [True, False])
async def test_a_new_token_ends_the_one_before_where_an_account_has_one_session(
    open_land: OpenLand, *, one_session: bool
) -> None:
    async with open_land(one_session=one_session) as land:
        first = await land.token()
        second = await land.token()
        told = await land.post("TiepNhanHoSo", HAND_OVER, first)
        assert told.status == (401 if one_session else 200)
        assert (await land.post("TiepNhanHoSo", other(2), second)).data == 1


async def test_a_token_is_over_after_the_time_that_was_told(
    open_land: OpenLand,
) -> None:
    async with open_land(expires_in_s=600) as land:
        told = (await land.ask_for_token()).json
        assert told["expires_in"] == 600
        await land.run(599 / 3600)
        told_before = await land.post("TiepNhanHoSo", HAND_OVER, told["access_token"])
        assert told_before.data == 1
        await land.run(1 / 3600)
        late = await land.post("TiepNhanHoSo", other(2), told["access_token"])
        assert late.status == 401
        assert (await land.post("TiepNhanHoSo", other(2))).data == 1


@pytest.mark.parametrize("several", [True, False])
async def test_sessions_end_at_a_moment_for_everybody(
    open_land: OpenLand, *, several: bool
) -> None:
    moments = [(START + timedelta(minutes=m)).isoformat() for m in (10, 20)]
    async with open_land(session_ends_at=moments if several else moments[0]) as land:
        first, second = await land.token(), await land.token()
        await land.run(10 / 60)
        for token in (first, second):
            assert (await land.post("TiepNhanHoSo", HAND_OVER, token)).status == 401
        third = await land.token()
        assert (await land.post("TiepNhanHoSo", HAND_OVER, third)).data == 1
        await land.run(10 / 60)
        told = await land.post("TiepNhanHoSo", other(2), third)
        assert told.status == (401 if several else 200)


async def test_the_token_answer_comes_in_several_shapes(open_land: OpenLand) -> None:
    shapes = ["usual", "expires_as_text", "no_expiry", "more_fields"]
    async with open_land(token_shapes=shapes) as land:
        told = [(await land.ask_for_token()).json for _ in range(5)]
        for each in told:
            assert wrong("token", each) == []
            answer = await land.post("TiepNhanHoSo", HAND_OVER, each["access_token"])
            assert answer.status == 200
    assert [each.get("expires_in") for each in told] == [
        3600,
        "3600",
        None,
        3600.0,
        3600.0,
    ]
    assert [each.get("token_type") for each in told[:4]] == [
        "bearer",
        "Bearer",
        None,
        "bearer",
    ]
    assert {"scope", "refresh_token", ".issued", "userName"} <= told[3].keys()
    assert isinstance(told[3]["expires_in"], float)


async def test_a_token_answer_may_hold_no_token(open_land: OpenLand) -> None:
    shapes = ["login_page", "no_token", "usual"]
    async with open_land(token_shapes=shapes) as land:
        page, nothing, usual = [await land.ask_for_token() for _ in shapes]
    assert (page.status, page.media_type) == (200, "text/html")
    assert (nothing.status, nothing.json) == (200, {})
    assert wrong("token", nothing.json)
    assert usual.json["access_token"]


async def test_a_shape_that_nobody_described_is_an_error_of_the_settings(
    open_land: OpenLand,
) -> None:
    async with open_land(token_shapes=["khac"]) as land:
        assert (await land.ask_for_token()).status == 500


@pytest.mark.parametrize("field", ["username", "password"])
async def test_a_wrong_account_is_answered_400_invalid_grant(
    land: Land, field: str
) -> None:
    told = await land.ask_for_token({field: "sai"})
    assert told.status == 400
    assert wrong("token-error", told.json) == []
    assert told.json["error"] == "invalid_grant"
    assert land.arrivals() == [("token", "invalid_grant")]


@pytest.mark.parametrize("field", ["client_id", "client_secret"])
async def test_a_wrong_client_is_answered_401_by_the_token_operation(
    land: Land, field: str
) -> None:
    told = await land.ask_for_token({field: "sai"})
    assert (told.status, told.json) == (401, {"error": "invalid_client"})


async def test_the_token_operation_reads_a_form_only(land: Land) -> None:
    as_json = json.dumps(ACCOUNT).encode()
    for told in (
        await land.ask_for_token(raw=as_json, media_type="application/json"),
        await land.ask_for_token(raw=as_json),
        await land.ask_for_token(raw=b"\xff\xfe"),
        await land.ask_for_token({"password": ""}),
    ):
        assert (told.status, told.json) == (400, {"error": "invalid_request"})
    told = await land.ask_for_token({"grant_type": "client_credentials"})
    assert (told.status, told.json) == (400, {"error": "unsupported_grant_type"})
    sent = (SAMPLES / "token-request.form").read_bytes().strip()
    assert (await land.ask_for_token(raw=sent)).status == 200


async def test_neither_token_nor_password_stands_in_a_book(land: Land) -> None:
    token = await land.token()
    await land.post("TiepNhanHoSo", HAND_OVER, token)
    await land.ask_for_token({"password": "sai-mat-khau"})
    await land.run()
    books = json.dumps([land.mock.arrivals.lines(), land.mock.effects.lines()])
    assert "hand_over" in books
    known = (token, ACCOUNT["password"], ACCOUNT["client_secret"], "sai-mat-khau")
    assert [secret for secret in known if secret in books] == []


async def test_faults_may_be_planned_for_the_token_operation(
    open_land: OpenLand,
) -> None:
    busy = {"operation": "token", "do": "error_503_retry_after"}
    async with open_land(faults=[busy]) as land:
        assert (await land.ask_for_token()).status == 503
        assert (await land.ask_for_token()).status == 200


async def test_the_platforms_calls_are_taken_without_a_token(land: Land) -> None:
    told = await land.send("/ilis-truc/TiepNhanHoSo", HAND_OVER, {})
    assert told.data == 1
    of_platform = {"Authorization": "Bearer token-cua-truc"}
    again = await land.send("/ilis-truc/TiepNhanHoSo", HAND_OVER, of_platform)
    assert (again.data, land.effects()) == (0, ["hand_over"])
    # One register, two addresses.
    direct = await land.post("TiepNhanHoSo", HAND_OVER)
    assert "đã tồn tại" in direct.phrase
    assert (await land.send("/ilis-truc/token", b"", {})).status == 404


# ------------------------------------------------------------ toward the land system


async def test_area_numbers_are_texts_and_leading_zeros_count(land: Land) -> None:
    for name in ("TinhId", "HuyenId", "XaId"):
        told = await land.post("TiepNhanHoSo", {**HAND_OVER, name: 99})
        assert told.data == 0
        assert f"sai kiểu dữ liệu: {name.casefold()}" in told.phrase
        told = await land.post("TiepNhanHoSo", {**HAND_OVER, name: ""})
        assert "thiếu trường bắt buộc" in told.phrase
    told = await land.post("TiepNhanHoSo", {**HAND_OVER, "XaId": "9103"})
    assert "không tìm thấy đơn vị hành chính" in told.phrase
    assert land.effects() == []
    assert (await land.post("TiepNhanHoSo", HAND_OVER)).data == 1


async def test_letters_of_a_path_count(land: Land) -> None:
    for operation in ("tiepnhanhoso", "tiepnhan", "PhanHoiHoSoSaiKetQua"):
        assert (await land.post(operation, HAND_OVER)).status == 404
    assert (await land.post("phanhoihososaiketqua", WRONG)).status == 200


async def test_every_sample_that_a_sender_sends_is_read(land: Land) -> None:
    operations = {
        "TiepNhanHoSo",
        "BoSungHoSo",
        "CapNhatTrangThaiHoSo",
        "phanhoihososaiketqua",
        "thongbaohoanthanhnvtc",
        "thongbaonvtcphatsinh",
        "thongbaoruthoso",
    }
    told = {
        path.name: await land.post(path.name.split(".")[0], path.read_bytes())
        for path in sorted(SAMPLES.glob("*.json"))
        if path.name.split(".")[0] in operations
    }
    assert {name.split(".")[0] for name in told} == operations
    unread = ("thiếu trường", "sai kiểu")
    assert [n for n, t in told.items() if t.phrase.startswith(unread)] == []


async def test_what_is_no_json_is_answered_400(land: Land) -> None:
    told = await land.post("TiepNhanHoSo", b"{")
    assert (told.status, told.json["data"]) == (400, 0)
    assert wrong("reply", told.json) == []


async def test_answers_may_come_in_texts(open_land: OpenLand) -> None:
    async with open_land(answers="texts") as land:
        taken = await land.post("TiepNhanHoSo", HAND_OVER)
        again = await land.post("TiepNhanHoSo", HAND_OVER)
    assert (taken.json["data"], again.json["data"]) == ("1", "0")
    assert wrong("reply", taken.json) == []
    assert taken.json["status"]["code"] == "0"
    assert taken.json["status"]["success"] == "True"


@pytest.mark.parametrize(
    ("operation", "message", "steps", "phrase"),
    [
        ("TiepNhanHoSo", HAND_OVER, "", "đã tồn tại"),
        ("BoSungHoSo", SUPPLEMENT, OFFICE_ASKS, "không chờ bổ sung"),
        ("CapNhatTrangThaiHoSo", HANDED, FINISHED, "đã trả kết quả"),
        ("thongbaohoanthanhnvtc", PAID, OFFICE_ASKS, "đã ghi nhận hoàn thành"),
        ("thongbaonvtcphatsinh", OWED_AGAIN, OFFICE_ASKS, "đã ghi nhận nghĩa vụ"),
        ("thongbaoruthoso", WITHDRAWAL, OFFICE_ASKS, "đã ghi nhận yêu cầu rút"),
    ],
)
async def test_each_deduplicated_kind_counts_once_when_sent_twice(
    open_land: OpenLand,
    operation: str,
    message: dict[str, Any],
    steps: str,
    phrase: str,
) -> None:
    async with open_land(steps=steps) as land:
        if message is not HAND_OVER:
            await land.post("TiepNhanHoSo", HAND_OVER)
            await land.run(1)
        assert (await land.post(operation, message)).data == 1
        done = land.effects()
        again = await land.post(operation, message)
        assert again.data == 0
        assert phrase in again.phrase
        assert land.effects() == done


async def test_a_wrong_result_told_twice_counts_twice(open_land: OpenLand) -> None:
    async with open_land(steps=FINISHED) as land:
        await land.post("TiepNhanHoSo", HAND_OVER)
        await land.run(1)
        for _ in range(2):
            assert (await land.post("phanhoihososaiketqua", WRONG)).data == 1
        assert land.effects() == ["hand_over", "result_wrong", "result_wrong"]


async def test_both_land_systems_of_the_process_know_their_own_dossiers_only(
    land: Land,
) -> None:
    await land.post("TiepNhanHoSo", HAND_OVER)
    there = {
        **HAND_OVER,
        "NguoiTiepNhan": "cb.mau01",
        "TinhId": 99,
        "HuyenId": 0,
        "XaId": 9101,
    }
    # The other one needs no token, and has never heard of it.
    assert (await land.send("/vbdlis/tiepnhan", there, {})).data == 1
    assert land.effects() == ["hand_over", "hand_over"]
    assert (await land.send("/vbdlis/TiepNhanHoSo", there, {})).status == 404


# ------------------------------------------------------------ from the land system


async def test_the_secret_stands_in_the_query_as_codeget(open_land: OpenLand) -> None:
    async with open_land(pull_lists=True) as land:
        await land.post("TiepNhanHoSo", HAND_OVER)
        await land.run()
    assert len(land.one_stop.pushes) == 2
    assert all(dict(p.query) == {"CodeGet": SECRET} for p in land.one_stop.pushes)
    assert land.one_stop.pulled == [
        (name, {"CodeGet": SECRET})
        for name in ("GetDanhMucNguoiDung", "GetDanhMucThuTuc", "GetDanhMucTrangThai")
    ]


async def test_tax_notices_have_names_of_their_own(land: Land) -> None:
    await land.post(
        "TiepNhanHoSo", {**HAND_OVER, "ThongTinQuyTrinh": {"MaQuyTrinh": "CN-02"}}
    )
    await land.run()
    [told] = land.one_stop.bodies("GuiKetQuaThue")
    assert [sorted(row) for row in told["DanhSachThongBaoThue"]] == [
        ["DuongDanTBT", "HoVaChu", "LoaiThue", "SoThongBaoThue"]
    ] * 2
    owner = HAND_OVER["ThongTinNguoiNopDon"]["HoTen"]
    assert {row["HoVaChu"] for row in told["DanhSachThongBaoThue"]} == {owner}


EVERYTHING = "".join(
    f'[[land_registry.step]]\non = "{on}"\nsend = "{operation}"\n{more}\n'
    for on, operation, more in (
        ("hand_over", "TiepNhanHoSoChoMotCua", ""),
        ("started:1", "ChuyenHoSo", "MaTrangThai = 12"),
        ("started:2", "YeuCauBoSungHoSo", "LaTamDung = true\nLoaiTamDung = 1"),
        ("started:3", "NhanBoSungHoSo", ""),
        ("started:4", "GuiKetQuaThue", ""),
        ("started:5", "ThueTraHoSo", ""),
        ("started:6", "SaiQuyTrinh", "MaCanBoXuLy = '0017'"),
        ("started:7", "YeuCauCapNhatHoSo", ""),
        ("started:8", "KetThucHoSo", ""),
    )
)


async def all_messages(open_land: OpenLand, habit: str) -> dict[str, dict[str, Any]]:
    """One message of every operation, written by that habit."""
    async with open_land(steps=EVERYTHING, written=habit) as land:
        await land.post("TiepNhanHoSo", HAND_OVER)
        await land.run()
        sent = {push.operation: push.body for push in land.one_stop.pushes}
    assert len(sent) == 9
    return sent


@pytest.mark.parametrize(
    ("habit", "step", "end", "term", "pause"),
    [
        ("texts", "12", "0", "2.0", (True, "1")),
        ("numbers", 12, 0, 2.0, (True, 1)),
        ("swapped", "12", "0", "2.0", ("True", "1")),
    ],
)
async def test_numbers_come_as_texts_and_texts_as_numbers(
    open_land: OpenLand, habit: str, step: Any, end: Any, term: Any, pause: Any
) -> None:
    sent = await all_messages(open_land, habit)
    assert sent["ChuyenHoSo"]["MaTrangThai"] == step
    assert sent["ChuyenHoSo"]["HanXuLy"] == term
    assert sent["KetThucHoSo"]["TrangThaiKetThuc"] == end
    paused = sent["YeuCauBoSungHoSo"]
    assert (paused["LaTamDung"], paused["LoaiTamDung"]) == pause
    swapped = habit == "swapped"
    # Its own receipt numbers are digits only, and it writes them as it likes.
    assert sent["KetThucHoSo"]["SoBienNhan"] == (26000001 if swapped else "26000001")
    assert sent["SaiQuyTrinh"]["MaCanBoXuLy"] == (17 if swapped else "0017")
    assert sent["TiepNhanHoSoChoMotCua"]["XaId"] == (9103 if swapped else "09103")


async def test_an_identity_number_sent_as_a_number_has_lost_its_zero(
    open_land: OpenLand,
) -> None:
    sent = await all_messages(open_land, "swapped")
    applicant = sent["TiepNhanHoSoChoMotCua"]["ThongTinNguoiNopDon"]
    assert applicant["SoChungMinh"] == 99000000001
    assert applicant["SoDienThoai"] == 900000001
    assert HAND_OVER["ThongTinNguoiNopDon"]["SoChungMinh"] == "099000000001"


async def test_messages_may_hold_fields_that_nobody_knows(open_land: OpenLand) -> None:
    step = STEP.format("ChuyenHoSo", 'BuocXuLy = "TL-02"\nMaTrangThai = 12')
    async with open_land(steps=step) as land:
        await land.post("TiepNhanHoSo", HAND_OVER)
        await land.run()
        [told] = land.one_stop.bodies("ChuyenHoSo")
    assert told["BuocXuLy"] == "TL-02"


async def test_times_are_utc_without_a_mark(land: Land) -> None:
    told = await land.post("TiepNhanHoSo", HAND_OVER)
    assert told.json["status"]["time"] == "2026-03-10T00:30:00"
    await land.run(3)
    # 09:30 in Vietnam
    [moved] = land.one_stop.bodies("ChuyenHoSo")
    assert moved["NgayChuyen"] == "2026-03-10T02:30:00"


async def test_files_are_fetched_by_link_without_a_token(land: Land) -> None:
    await land.post(
        "TiepNhanHoSo", {**HAND_OVER, "ThongTinQuyTrinh": {"MaQuyTrinh": "CN-02"}}
    )
    await land.run()
    [notices] = land.one_stop.bodies("GuiKetQuaThue")
    [end] = land.one_stop.bodies("KetThucHoSo")
    links = [row["DuongDanTBT"] for row in notices["DanhSachThongBaoThue"]]
    links += [row["LinkFile"] for row in end["DanhSachGiayToKetQua"]]
    assert len(set(links)) == 3
    for link in links:
        told = await land.call("GET", link, None, {})
        assert told.raw.startswith(b"%PDF-")
    assert (await land.call("GET", "/ilis/files/khong.pdf", None, {})).status == 404


async def test_a_branch_with_a_key_issues_slips_and_is_called_back_at_its_address(
    open_land: OpenLand, tmp_path: Path
) -> None:
    issuer = Party.create(tmp_path, "chi-nhanh")
    async with open_land() as land:
        base = ILIS | land.mock.office.settings["ilis"]
        branch = {
            "users": ["cb.mau31"],
            "callback_base": base["callback_base"].replace("/ilis", "/chi-nhanh"),
            "callback_secret": "ma-cua-chi-nhanh",
            "slip_key": issuer.key_path,
            "slip_certificate": issuer.certificate_path,
        }
        land.mock.office.settings["ilis"]["branches"] = [branch]
        message = {
            **HAND_OVER,
            "NguoiTiepNhan": "cb.mau31",
            "ThongTinQuyTrinh": {"MaQuyTrinh": "CN-01"},
        }
        assert (await land.post("TiepNhanHoSo", message)).data == 1
        await land.run(30)
    begun, slip = land.one_stop.pushes
    assert (begun.body["MaTrangThai"], slip.body["MaTrangThai"]) == ("11", "13")
    assert dict(slip.query) == {"CodeGet": "ma-cua-chi-nhanh"}
    assert slip.body["DanhSachTapTin"][0]["name"].endswith(".xml")
