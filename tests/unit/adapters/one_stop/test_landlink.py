"""An old one-stop directly against the land system: the run that others are held to."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema_rs
import orjson
import pytest

from gateway.mockagency.faults import Fault
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from tests.landlink import (
    NUMBER,
    RECORD,
    SECRET,
    START,
    Exchange,
    Line,
    Recorder,
    Stand,
    opened,
)

ROOT = Path(__file__).parents[4]
SCHEMAS = ROOT / "schemas" / "agencies" / "land_registry"
SAMPLES = SCHEMAS / "samples"
CALLBACKS = "/landlink/callbacks"


def step(
    send: str, *, on: str = "hand_over", after_h: float = 2.0, more: str = ""
) -> str:
    """A step of the land office."""
    return (
        f'\n[[land_registry.step]]\non = "{on}"\nafter_h = {after_h}\n'
        f'send = "{send}"\n{more}\n'
    )


def clerk(do: str, *, on: str, after_h: float = 1.0, more: str = "") -> str:
    """A step of the one-stop's clerk."""
    return (
        f'\n[[landlink.step]]\non = "{on}"\nafter_h = {after_h}\ndo = "{do}"\n{more}\n'
    )


def fault(operation: str, do: str, **more: Any) -> Fault:
    return Fault(agency="land_registry", operation=operation, do=do, **more)


def sample(name: str, **changed: Any) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads((SAMPLES / f"{name}.json").read_bytes())
    return {**content, "SoBienNhan": NUMBER, **changed}


async def tell(here: Stand, operation: str, content: Any, secret: str = SECRET) -> Any:
    """Call the one-stop as the land system does; the status and what it answered."""
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    status, answer = await here.post(f"{CALLBACKS}/{operation}/{secret}", body)
    return status, orjson.loads(answer) if status == 200 else answer


def assert_valid(exchanges: list[Exchange]) -> None:
    assert exchanges
    for each in exchanges:
        schema = orjson.loads((SCHEMAS / f"{each.operation}.json").read_bytes())
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        assert [e.message for e in validator.iter_errors(each.content)] == []


async def test_a_dossier_goes_from_hand_over_to_the_result_in_hand(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as here:
        run = await here.run()
    assert run.moves == (
        (2, "handed_in"),
        (4, "hand_over"),
        (9, "end"),
        (10, "result_handed"),
    )
    assert run.land_effects == ("hand_over", "result_handed")
    assert [each.operation for each in run.client] == ["ChuyenHoSo", "KetThucHoSo"]
    (fetched,) = [each for each in run.land if each.method == "GET"]
    (file,) = here.effects("link_file")
    assert file["sha256"] == hashlib.sha256(fetched.answer).hexdigest()
    assert here.effects("link_stuck") == []


async def test_the_hand_over_is_written_exactly_as_the_land_system_wants_it(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as here:
        run = await here.run()
    (sent,) = run.sent("tiepnhan")
    assert sent.body == orjson.dumps(
        {
            "LaQuyTrinhCapTinh": False,
            "TinhId": 99,
            "HuyenId": 0,
            "XaId": 9101,
            "SoBienNhan": NUMBER,
            "MaHoSoMotCua": NUMBER,
            "NguoiTiepNhan": "cb.mau01",
            "NgayTiepNhan": "2026-03-10T08:00:00+07:00",
            "NgayHenTra": "2026-03-27",
            "DiaChiTaiSan": "Xã Ví Dụ, tỉnh Mẫu",
            "ThongTinNguoiNopDon": {
                "HoTen": "Nguyễn Văn Ví Dụ",
                "SoChungMinh": "099000000001",
                "SoDienThoai": "0900000001",
            },
            "ThongTinQuyTrinh": {
                "MaQuyTrinh": "DC-01",
                "TenQuyTrinh": "Đính chính_Đăng ký biến động",
            },
            "ThongTinThuaDat": [
                {"SoThuTuThua": "101", "SoHieuBanDo": "12", "DienTich": "120,5"}
            ],
            "DanhSachGiayToDinhKem": [
                paper("don-1.pdf", b"%PDF-1.4 trang mot", originals=1),
                paper("don-2.pdf", b"%PDF-1.4 trang hai", originals=0),
                {"TenGiayTo": "Giấy chứng nhận", "SoBanChinh": 1, "SoBanSao": 0},
            ],
        }
    )
    assert sent.headers["Content-Type"] == "application/json; charset=utf-8"
    assert not {"Authorization", "X-Request-Id"} & set(sent.headers)


def paper(name: str, content: bytes, *, originals: int) -> dict[str, Any]:
    return {
        "TenGiayTo": "Đơn đăng ký biến động",
        "SoBanChinh": originals,
        "SoBanSao": 0,
        "TapTin": {"name": name, "data": base64.b64encode(content).decode()},
    }


async def test_every_message_is_one_valid_request_to_its_operation(
    tmp_path: Path,
) -> None:
    script = (
        step("YeuCauBoSungHoSo", more="LaTamDung = false")
        + step("KetThucHoSo", on="supplement")
        + step("ChuyenHoSo", on="result_wrong", more="MaTrangThai = 12")
        + step("KetThucHoSo", on="started:3")
        + clerk(
            "result_wrong", on="status:10", more='content = {content = "Sai tên đệm."}'
        )
    )
    async with opened(tmp_path, scenario=script) as here:
        run = await here.run()
    posted = [each for each in run.land if each.method == "POST"]
    assert [each.operation for each in posted] == [
        "tiepnhan",
        "capnhattrangthaibosunghoso",
        "capnhattrangthaitraketquahoso",
        "phanhoihososaiketqua",
        "capnhattrangthaitraketquahoso",
    ]
    assert_valid(posted)
    assert [each.told["data"] for each in posted] == [1] * 5
    assert [status for status, _ in run.moves] == [2, 4, 5, 4, 9, 10, 4, 9, 10]


async def test_two_runs_of_one_scenario_are_the_same_to_the_byte(
    tmp_path: Path,
) -> None:
    runs = []
    for place in ("mot", "hai"):
        async with opened(tmp_path / place) as here:
            runs.append(await here.run())
    assert runs[0] == runs[1]
    assert len(runs[0].land) == 3


async def test_one_base_address_is_all_that_the_client_knows_of_its_counterpart(
    tmp_path: Path,
) -> None:
    moved = {"land_base": "http://127.0.0.1:9/vbdlis"}
    async with opened(tmp_path, client_settings=moved) as here:
        run = await here.run(hours=2)
    assert run.land == ()
    (first, *_) = here.arrivals("call_answer")
    assert (first["fate"], first["rule"]) == ("later", "not_connected")


@pytest.mark.parametrize(
    ("do", "rule"),
    [
        ("lose_answer", "already_there"),
        ("half_answer", "already_there"),
        ("html_200", "accepted"),
        ("reset_before", "accepted"),
        ("error_500_before", "accepted"),
        ("error_503_retry_after", "accepted"),
        ("too_many_429", "accepted"),
    ],
)
async def test_a_hand_over_is_repeated_with_the_same_bytes_until_it_is_known(
    do: str, rule: str, tmp_path: Path
) -> None:
    async with opened(tmp_path, faults=[fault("hand_over", do)]) as here:
        run = await here.run()
    first, second = run.sent("tiepnhan")
    assert first.body == second.body
    assert run.land_effects.count("hand_over") == 1
    answers = here.arrivals("call_answer")
    assert answers[1]["rule"] == rule
    assert answers[0]["sha256"] == answers[1]["sha256"]
    assert run.moves[-1] == (10, "result_handed")


async def test_a_lost_word_that_the_result_was_handed_out_counts_once(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, faults=[fault("result_handed", "lose_answer")]) as here:
        run = await here.run()
    assert len(run.sent("capnhattrangthaitraketquahoso")) == 2
    assert run.land_effects.count("result_handed") == 1
    assert here.arrivals("call_answer")[-1]["rule"] == "result_already_handed"
    assert run.moves[-1] == (10, "result_handed")


async def test_a_lost_supplement_is_repeated_and_khong_cho_bo_sung_is_fine(
    tmp_path: Path,
) -> None:
    script = step("YeuCauBoSungHoSo", more="LaTamDung = false") + step(
        "KetThucHoSo", on="supplement", after_h=48.0
    )
    lost = [fault("supplement", "lose_answer")]
    async with opened(tmp_path, scenario=script, faults=lost) as here:
        run = await here.run()
    assert len(run.sent("capnhattrangthaibosunghoso")) == 2
    assert run.land_effects.count("supplement") == 1
    assert [rule for rule in rules(here) if rule != "accepted"] == [
        "no_answer",
        "not_waiting",
    ]
    assert [status for status, _ in run.moves] == [2, 4, 5, 4, 9, 10]


def rules(here: Stand) -> list[str]:
    return [answer["rule"] for answer in here.arrivals("call_answer")]


async def test_a_complaint_whose_answer_is_lost_is_left_to_a_person(
    tmp_path: Path,
) -> None:
    script = step("KetThucHoSo") + clerk(
        "result_wrong", on="status:10", more='content = {content = "Sai tên đệm."}'
    )
    lost = [fault("result_wrong", "lose_answer")]
    async with opened(tmp_path, scenario=script, faults=lost) as here:
        run = await here.run()
    assert len(run.sent("phanhoihososaiketqua")) == 1
    assert here.effects("link_stuck") == [{"do": "result_wrong", "rule": "no_answer"}]
    assert run.moves[-1] == (10, "result_handed")


async def test_a_refused_hand_over_waits_for_the_clerk_who_corrects_it(
    tmp_path: Path,
) -> None:
    script = clerk(
        "hand_over", on="taken:hand_over", more='content = {receiver = "cb.mau01"}'
    ).replace("taken:", "refused:")
    unknown = {"users": ["cb.mau02"]}
    async with opened(tmp_path, scenario=script, land_settings=unknown) as here:
        run = await here.run(hours=24)
    assert rules(here) == ["unknown_receiver", "unknown_receiver"]
    assert run.moves == ((2, "handed_in"),)
    assert len(here.effects("link_stuck")) == 2

    script = script.replace("cb.mau01", "cb.mau02")
    async with opened(tmp_path / "hai", scenario=script, land_settings=unknown) as here:
        run = await here.run()
    assert rules(here) == ["unknown_receiver", "accepted", "accepted"]
    assert run.moves[-1] == (10, "result_handed")


@pytest.mark.parametrize("operation", ["YeuCauCapNhatHoSo", "SaiQuyTrinh"])
async def test_a_dossier_that_comes_back_is_corrected_under_the_same_numbers(
    operation: str, tmp_path: Path
) -> None:
    script = (
        step(operation)
        + step("KetThucHoSo", more="nth = 2")
        + clerk(
            "hand_over",
            on="status:2",
            more='nth = 2\ncontent = {property_address = "Thôn Mẫu"}',
        )
    )
    async with opened(tmp_path, scenario=script) as here:
        run = await here.run()
    first, second = (each.content for each in run.sent("tiepnhan"))
    assert second["DiaChiTaiSan"] == "Thôn Mẫu"
    for number in ("SoBienNhan", "MaHoSoMotCua"):
        assert first[number] == second[number]
    assert [status for status, _ in run.moves] == [2, 4, 2, 4, 9, 10]


@pytest.mark.parametrize(
    ("pause", "status"),
    [
        ("LaTamDung = true\nLoaiTamDung = 1", 6),
        ("LaTamDung = true\nLoaiTamDung = 2", 8),
        ('LaTamDung = true\nGhiChu = "Chờ nộp thuế"', 6),
        ('LaTamDung = true\nGhiChu = "Chờ thực hiện Nghĩa vụ Tài chính"', 6),
        ('LaTamDung = true\nGhiChu = "Có tranh chấp"', 8),
    ],
)
async def test_a_pause_is_kept_apart_from_missing_papers(
    pause: str, status: int, tmp_path: Path
) -> None:
    script = (
        step("YeuCauBoSungHoSo", more=pause)
        + step("ChuyenHoSo", after_h=30.0, more="MaTrangThai = 16")
        + step("KetThucHoSo", after_h=40.0)
    )
    async with opened(tmp_path, scenario=script) as here:
        run = await here.run()
    assert run.sent("capnhattrangthaibosunghoso") == []
    assert [each[0] for each in run.moves] == [2, 4, status, 4, 9, 10]


async def test_papers_may_come_at_the_land_office_with_a_new_day(
    tmp_path: Path,
) -> None:
    script = "\n[landlink]\nsupplements = false\n" + step(
        "YeuCauBoSungHoSo", more="LaTamDung = false"
    )
    async with opened(tmp_path, scenario=script) as here:
        await here.run(hours=24)
        came = sample("NhanBoSungHoSo", NgayNhanBoSung="2026-03-11T01:00:00")
        came["NgayHenTraMoi"] = "2026-04-02T17:00:00"
        assert (await tell(here, "NhanBoSungHoSo", came))[0] == 200
        last = here.effects("link_status")[-1]
    assert (last["status"], last["cause"]) == (4, "papers_came")
    assert last["due"] == "2026-04-03"


@pytest.mark.parametrize(
    ("written", "local"),
    [
        ("2026-03-11T01:30:00", "2026-03-11T08:30:00+07:00"),
        ("2026-03-10T18:30:00.1234567", "2026-03-11T01:30:00.123456+07:00"),
        ("2026-03-11T08:30:00+07:00", "2026-03-11T08:30:00+07:00"),
        ("2026-03-11T01:30:00Z", "2026-03-11T08:30:00+07:00"),
    ],
)
async def test_seven_hours_are_added_to_a_time_without_a_mark(
    written: str, local: str, tmp_path: Path
) -> None:
    async with opened(tmp_path) as here:
        await here.run(hours=1)
        await tell(here, "KetThucHoSo", sample("KetThucHoSo", NgayKetThuc=written))
        assert here.effects("link_status")[-1]["as_of"] == local


async def test_callbacks_out_of_order_do_not_move_a_dossier_back(
    tmp_path: Path,
) -> None:
    swapped = [fault("progress", "swap_with_next_call")]
    async with opened(tmp_path, faults=swapped) as here:
        run = await here.run()
    assert [each.operation for each in run.client] == ["KetThucHoSo", "ChuyenHoSo"]
    assert [each.told["Result"] for each in run.client] == [1, 1]
    assert here.arrivals("ChuyenHoSo")[0]["verdict"] == "ended"
    assert [status for status, _ in run.moves] == [2, 4, 9, 10]


async def test_an_older_message_is_kept_and_not_applied(tmp_path: Path) -> None:
    async with opened(tmp_path, scenario=step("SaiQuyTrinh", after_h=9999)) as here:
        await here.run(hours=1)
        paused = sample("YeuCauBoSungHoSo.stopped", NgayChoBoSung="2026-03-11T03:00:00")
        older = sample("ChuyenHoSo", NgayChuyen="2026-03-11T02:59:59")
        newer = sample("ChuyenHoSo", NgayChuyen="2026-03-11T03:00:01")
        for operation, content in (
            ("YeuCauBoSungHoSo", paused),
            ("ChuyenHoSo", older),
            ("ChuyenHoSo", newer),
        ):
            assert (await tell(here, operation, content))[1]["Result"] == 1
        verdicts = [each["verdict"] for each in here.arrivals("ChuyenHoSo")]
        moves = here.seen().moves
    assert verdicts == ["late", "moved"]
    assert [status for status, _ in moves] == [2, 4, 8, 4]


async def test_no_step_moves_a_dossier_that_waits_for_papers(tmp_path: Path) -> None:
    script = "\n[landlink]\nsupplements = false\n" + step(
        "YeuCauBoSungHoSo", more="LaTamDung = false"
    )
    async with opened(tmp_path, scenario=script) as here:
        await here.run(hours=24)
        late = sample("ChuyenHoSo", NgayChuyen="2026-03-12T01:00:00")
        assert (await tell(here, "ChuyenHoSo", late))[1]["Result"] == 1
        assert here.arrivals("ChuyenHoSo")[-1]["verdict"] == "waits_for_papers"
        assert here.seen().moves[-1] == (5, "papers_missing")


async def test_nothing_moves_a_dossier_that_has_ended(tmp_path: Path) -> None:
    async with opened(tmp_path) as here:
        before = (await here.run()).moves
        assert before[-1] == (10, "result_handed")
        for name, field in (
            ("ChuyenHoSo", "NgayChuyen"),
            ("YeuCauBoSungHoSo", "NgayChoBoSung"),
            ("NhanBoSungHoSo", "NgayNhanBoSung"),
            ("KetThucHoSo", "NgayKetThuc"),
            ("SaiQuyTrinh", ""),
            ("YeuCauCapNhatHoSo", ""),
        ):
            late = {field: "2026-05-01T01:00:00"} if field else {}
            assert (await tell(here, name, sample(name, **late)))[1]["Result"] == 1
            assert here.arrivals(name)[-1]["verdict"] == "ended"
        assert here.seen().moves == before


async def test_a_repeated_callback_moves_once(tmp_path: Path) -> None:
    twice = [fault("finished", "duplicate_call"), fault("progress", "duplicate_call")]
    async with opened(tmp_path, faults=twice) as here:
        run = await here.run()
    assert [each.operation for each in run.client] == [
        "ChuyenHoSo",
        "ChuyenHoSo",
        "KetThucHoSo",
        "KetThucHoSo",
    ]
    assert [status for status, _ in run.moves] == [2, 4, 9, 10]
    assert run.land_effects.count("result_handed") == 1


async def test_a_wrong_secret_is_answered_like_an_unknown_path(tmp_path: Path) -> None:
    async with opened(tmp_path) as here:
        await here.run(hours=1)
        before = here.seen().moves
        end = sample("KetThucHoSo")
        nowhere = await here.post("/nowhere", b"{}")
        assert await tell(here, "KetThucHoSo", end, secret="sai") == nowhere
        assert await tell(here, "KhongCo", end) == nowhere
        assert nowhere[0] == 404
        assert here.arrivals("KetThucHoSo") == []
        assert here.seen().moves == before


@pytest.mark.parametrize(
    ("operation", "changed", "named"),
    [
        ("ChuyenHoSo", {"NgayChuyen": None}, "NgayChuyen"),
        ("ChuyenHoSo", {"NgayChuyen": "2026-02-31T01:00:00"}, "NgayChuyen"),
        ("ChuyenHoSo", {"NgayChuyen": "0001-01-01T00:00:00"}, "NgayChuyen"),
        ("ChuyenHoSo", {"MaTrangThai": "11"}, "MaTrangThai"),
        ("ChuyenHoSo", {"MaTrangThai": True}, "MaTrangThai"),
        ("ChuyenHoSo", {"SoBienNhan": ""}, "SoBienNhan"),
        (
            "ChuyenHoSo",
            {"DanhSachTapTin": [{"name": "a.pdf", "data": "%"}]},
            "DanhSachTapTin.data",
        ),
        ("YeuCauBoSungHoSo", {"LaTamDung": "true"}, "LaTamDung"),
        ("YeuCauBoSungHoSo", {"LaTamDung": True, "LoaiTamDung": 3}, "LoaiTamDung"),
        ("KetThucHoSo", {"TrangThaiKetThuc": 3}, "TrangThaiKetThuc"),
        ("KetThucHoSo", {"TrangThaiKetThuc": []}, "TrangThaiKetThuc"),
        ("GuiKetQuaThue", {"DanhSachThongBaoThue": "x"}, "DanhSachThongBaoThue"),
    ],
)
async def test_what_cannot_be_read_is_answered_0_and_names_its_fields(
    operation: str, changed: dict[str, Any], named: str, tmp_path: Path
) -> None:
    async with opened(tmp_path) as here:
        await here.run(hours=1)
        status, told = await tell(here, operation, sample(operation, **changed))
        assert (status, told["Result"]) == (200, 0)
        assert told["Message"].endswith(f": {named}")
        assert here.seen().moves[-1] == (4, "hand_over")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
async def test_what_is_no_json_object_is_answered_0_and_kept(
    body: bytes, tmp_path: Path
) -> None:
    async with opened(tmp_path) as here:
        assert (await tell(here, "ChuyenHoSo", body))[1]["Result"] == 0
        (kept,) = here.arrivals("ChuyenHoSo")
        came = kept.get("body", "").encode() or base64.b64decode(
            kept.get("body_base64", "")
        )
        assert came == body


async def test_every_sample_of_a_callback_is_read(tmp_path: Path) -> None:
    names = sorted(
        path.stem
        for path in SAMPLES.glob("[A-Z]*.json")
        if not path.stem.startswith("GetDanhMuc")
    )
    assert len(names) > 9
    async with opened(tmp_path) as here:
        await here.run(hours=1)
        for name in names:
            told = sample(name)
            more = {
                "TruongMoi": {"NgayChuyen": "x"},
                "NgayHenTra": "2026-03-26T17:00:00",
            }
            assert (await tell(here, name.partition(".")[0], told | more))[1] == {
                "Result": 1,
                "Message": "Đã ghi nhận",
            }


async def test_unknown_officer_codes_refuse_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as here:
        await here.run(hours=1)
        for place, code in enumerate(["KHONG-CO", "", None]):
            told = sample("ChuyenHoSo", MaCanBoChuyen=code, MaCanBoNhan=code)
            told["NgayChuyen"] = f"2026-03-11T01:00:0{place}"
            assert (await tell(here, "ChuyenHoSo", told))[1]["Result"] == 1
        assert len(here.arrivals("ChuyenHoSo")) == 3


async def test_a_message_about_an_unknown_dossier_is_kept_for_a_person(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, numbers=()) as here:
        told = sample("ChuyenHoSo")
        assert (await tell(here, "ChuyenHoSo", told))[1]["Result"] == 1
        (kept,) = here.arrivals("ChuyenHoSo")
        assert kept["verdict"] == "unknown_dossier"
        assert orjson.loads(kept["body"]) == told
        assert here.seen().moves == ()


async def test_callbacks_are_kept_exactly_as_they_came(tmp_path: Path) -> None:
    async with opened(tmp_path) as here:
        await here.run(hours=1)
        body = orjson.dumps(sample("ChuyenHoSo"), option=orjson.OPT_INDENT_2)
        assert (await tell(here, "ChuyenHoSo", body))[0] == 200
        kept = here.arrivals("ChuyenHoSo")[-1]
        assert kept["body"].encode() == body
        assert kept["sha256"] == hashlib.sha256(body).hexdigest()


async def test_the_land_systems_own_number_is_another_name_of_the_dossier(
    tmp_path: Path,
) -> None:
    script = step("TiepNhanHoSoChoMotCua", after_h=1.0) + step("KetThucHoSo")
    async with opened(tmp_path, scenario=script) as here:
        run = await here.run()
    (told,) = run.told("TiepNhanHoSoChoMotCua")
    own = told.content["SoBienNhan"]
    assert own != NUMBER
    assert here.effects("link_number") == [{"value": own}]
    assert run.told("KetThucHoSo")[0].content["SoBienNhan"] == own
    (handed,) = run.sent("capnhattrangthaitraketquahoso")
    assert handed.content["SoBienNhan"] == NUMBER
    assert [status for status, _ in run.moves] == [2, 4, 9, 10]


async def test_a_dossier_of_the_land_offices_own_counter_is_entered(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, numbers=()) as here:
        told = sample("TiepNhanHoSoChoMotCua", SoBienNhan="26-0001/BN")
        assert (await tell(here, "TiepNhanHoSoChoMotCua", told))[1]["Result"] == 1
        refused = sample("KetThucHoSo.refused", SoBienNhan="26-0001/BN")
        assert (await tell(here, "KetThucHoSo", refused))[1]["Result"] == 1
        assert len(here.effects("link_opened")) == 1
        assert here.seen().moves == ((8, "end"),)


@pytest.mark.parametrize(("end", "status"), [(1, 7), (2, 8)])
async def test_a_dossier_that_ends_without_a_result_has_nothing_handed_out(
    end: int, status: int, tmp_path: Path
) -> None:
    script = step("KetThucHoSo", more=f"TrangThaiKetThuc = {end}")
    async with opened(tmp_path, scenario=script) as here:
        run = await here.run()
    assert run.moves[-1] == (status, "end")
    assert run.sent("capnhattrangthaitraketquahoso") == []


async def test_tax_notices_count_once_and_are_fetched_by_their_link(
    tmp_path: Path,
) -> None:
    script = step(
        "GuiKetQuaThue", more='notices = ["Thuế thu nhập cá nhân"]\ntimes = 2'
    ) + step("KetThucHoSo", after_h=48.0)
    async with opened(tmp_path, scenario=script) as here:
        run = await here.run()
    assert len(run.told("GuiKetQuaThue")) == 2
    (notice,) = here.effects("link_notice")
    assert notice["of"] == "Thuế thu nhập cá nhân"
    assert notice["notice"] in {each["name"] for each in here.effects("link_file")}
    assert run.moves[-1] == (10, "result_handed")


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:9/a.pdf",
        "//127.0.0.1:9/a.pdf",
        "/files/../../a.pdf",
        "/files/%2e%2e/a.pdf",
        "/files\\a.pdf",
        "file:///etc/passwd",
    ],
)
async def test_a_link_that_leads_elsewhere_is_not_followed(
    link: str, tmp_path: Path
) -> None:
    async with opened(tmp_path) as here:
        await here.run(hours=1)
        end = sample("KetThucHoSo", NgayKetThuc="2026-03-11T01:00:00")
        end["DanhSachGiayToKetQua"][0]["LinkFile"] = link
        assert (await tell(here, "KetThucHoSo", end))[1]["Result"] == 1
        run = await here.run()
    assert len(here.arrivals("link_not_followed")) == 1
    assert [each for each in run.land if each.method == "GET"] == []
    assert run.moves[-1] == (9, "end")


async def test_a_file_that_is_not_there_is_looked_for_during_six_hours(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as here:
        await here.run(hours=1)
        end = sample("KetThucHoSo", NgayKetThuc="2026-03-11T01:00:00")
        end["DanhSachGiayToKetQua"][0]["LinkFile"] = "files/chưa có.pdf"
        await tell(here, "KetThucHoSo", end)
        run = await here.run()
    looks = [each for each in run.land if each.method == "GET"]
    assert {each.path for each in looks} == {"/files/chưa có.pdf"}
    assert len(looks) == 37
    assert run.moves[-1] == (9, "end")


async def test_a_file_that_is_late_is_fetched_and_then_handed_out(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as here:
        here.land_recorder.not_there = 3
        run = await here.run()
    looks = [each.status for each in run.land if each.method == "GET"]
    assert looks == [404, 404, 404, 200]
    assert len(here.effects("link_file")) == 1
    assert run.moves[-1] == (10, "result_handed")


async def test_the_lists_are_given_to_who_shows_the_code_and_nobody_else(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, land_settings={"pull_lists": True}) as here:
        run = await here.run(hours=24)
    names = ["GetDanhMucNguoiDung", "GetDanhMucThuTuc", "GetDanhMucTrangThai"]
    pulled = [each for each in run.client if each.method == "GET"]
    assert sorted(each.operation for each in pulled) == names
    for each in pulled:
        schema = orjson.loads((SCHEMAS / f"{each.operation}.json").read_bytes())
        assert jsonschema_rs.Draft202012Validator(schema).is_valid(each.told)
        assert each.told["Data"]
    async with opened(
        tmp_path / "hai",
        land_settings={"pull_lists": True, "callback_secret": "sai"},
    ) as here:
        run = await here.run(hours=24)
    assert {each.status for each in run.client} == {404}


async def test_a_scan_of_many_megabytes_arrives_whole(tmp_path: Path) -> None:
    script = (
        "\n[[landlink.dossier.papers]]\nname = 'Bản vẽ'\noriginals = 1\n"
        "files = [{name = 'ban-ve.pdf', size = 9000000}]\n"
    )
    async with opened(tmp_path, scenario=script) as here:
        run = await here.run(hours=1)
    (sent,) = run.sent("tiepnhan")
    scan = sent.content["DanhSachGiayToDinhKem"][-1]["TapTin"]["data"]
    assert len(base64.b64decode(scan)) == 9_000_000
    assert sent.told["data"] == 1


async def test_messages_of_one_dossier_wait_for_each_other(tmp_path: Path) -> None:
    script = step("KetThucHoSo", after_h=0.01) + clerk(
        "result_handed", on="status:9", after_h=0.0
    )
    busy = [fault("hand_over", "lose_answer")]
    async with opened(tmp_path, scenario=script, faults=busy) as here:
        run = await here.run()
    posted = [each.operation for each in run.land if each.method == "POST"]
    assert posted == ["tiepnhan", "tiepnhan", "capnhattrangthaitraketquahoso"]
    assert run.moves[-1] == (10, "result_handed")


async def test_a_clerk_may_hand_in_what_no_list_names_and_only_once(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, client_settings={"dossiers": []}) as here:
        body = orjson.dumps({"number": NUMBER})
        assert (await here.post("/landlink/hand_in", body))[0] == 204
        assert (await here.post("/landlink/hand_in", body))[0] == 204
        run = await here.run(hours=1)
    assert len(run.sent("tiepnhan")) == 1


async def test_dossiers_of_the_list_are_handed_in_at_their_moments(
    tmp_path: Path,
) -> None:
    other = "H99.01-260310-0002"
    listed = [
        {"number": NUMBER, "after_h": 3.0},
        {"number": other, "at": (START + timedelta(hours=1)).isoformat()},
    ]
    async with opened(
        tmp_path, numbers=(NUMBER, other), client_settings={"dossiers": listed}
    ) as here:
        run = await here.run(hours=4)
    sent = [
        (each.content["SoBienNhan"], each.content["NgayTiepNhan"])
        for each in run.sent("tiepnhan")
    ]
    assert sent == [
        (other, "2026-03-10T08:30:00+07:00"),
        (NUMBER, "2026-03-10T10:30:00+07:00"),
    ]


async def test_a_receipt_may_have_a_number_of_its_own_and_no_code_beside_it(
    tmp_path: Path,
) -> None:
    record = RECORD.replace(
        "[landlink.dossier]", '[landlink.dossier]\nreceipt = "BN-7"\ncode = ""'
    )
    async with opened(tmp_path, record=record) as here:
        run = await here.run(hours=4)
    (sent,) = run.sent("tiepnhan")
    assert sent.content["SoBienNhan"] == "BN-7"
    assert "MaHoSoMotCua" not in sent.content
    assert {line["number"] for line in here.client.arrivals.lines()} == {NUMBER}


async def test_without_a_land_link_a_one_stop_hosts_none_of_it(tmp_path: Path) -> None:
    mock = MockAgency(
        "one_stop",
        {"webhook_secret": "khong-dung"},
        tmp_path,
        start=START,
        scenarios=Scenarios(None),
        faults=[],
    )
    runner, base = await serve(mock, 0)
    async with aiohttp.ClientSession() as session:
        found = [
            (await session.post(f"{base}{path}", data=b"{}")).status
            for path in (
                f"{CALLBACKS}/ChuyenHoSo/{SECRET}",
                "/landlink/hand_in",
                "/status",
            )
        ]
    await runner.cleanup()
    await mock.close()
    assert found == [404, 404, 400]


async def test_it_runs_in_the_process_of_the_mock_one_stop(tmp_path: Path) -> None:
    (tmp_path / "scenarios" / "mot").mkdir(parents=True)
    (tmp_path / "scenarios" / "mot" / "scenario.toml").write_text(
        f'number = "{NUMBER}"\n{RECORD}', "utf-8"
    )
    async with opened(tmp_path / "land", numbers=()) as here:
        config = tmp_path / "mocks.toml"
        config.write_text(
            f'scenarios = "{tmp_path / "scenarios"}"\n'
            '[one_stop]\nwebhook_secret = "khong-dung"\n'
            f'[one_stop.landlink]\nland_base = "{here.land_recorder.base}/vbdlis"\n'
            f'files_base = "{here.land_recorder.base}"\nsecret = "{SECRET}"\n'
            f'dossiers = [{{number = "{NUMBER}", at = {START.isoformat()}}}]\n',
            "utf-8",
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway.mockagency", "--agency", "one_stop"),
            *("--config", str(config), "--run-dir", str(tmp_path / "run")),
            *("--clock", "virtual", "--start", START.isoformat()),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        ready = (await process.stdout.readline()).decode().split()
        run = await here.run(hours=1, also=(ready[-1],))
        process.terminate()
        assert await process.wait() == 0
    assert run.land_effects == ("hand_over",)
    assert run.sent("tiepnhan")[0].told["data"] == 1


@contextlib.asynccontextmanager
async def relayed(land_base: str, callback_base: str) -> AsyncIterator[Line]:
    """Somebody stands between both ends and changes nothing."""
    async with Recorder().open() as inward, Recorder().open() as outward:
        inward.target, _, dialect = land_base.rpartition("/")
        outward.target = callback_base.removesuffix(CALLBACKS)
        yield Line(f"{inward.base}/{dialect}", f"{outward.base}{CALLBACKS}")


async def test_who_stands_between_and_changes_nothing_is_seen_by_neither_end(
    tmp_path: Path,
) -> None:
    script = step("YeuCauBoSungHoSo", more="LaTamDung = false") + step(
        "KetThucHoSo", on="supplement", after_h=48.0
    )
    async with opened(tmp_path / "mot", scenario=script) as here:
        alone = await here.run()
    async with opened(tmp_path / "hai", scenario=script, line=relayed) as here:
        between = await here.run()
    assert between == alone
    assert alone.moves[-1] == (10, "result_handed")
