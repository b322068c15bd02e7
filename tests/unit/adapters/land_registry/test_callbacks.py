"""What the land system pushes: read over a socket, quirks included."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from gateway.adapters.land_registry.reading import FIELDS, OPERATIONS, moment
from gateway.carriers.http import HTTPCarrier
from gateway.domain.errors import (
    AgencyBrokeContract,
    AgencyUnavailable,
    ReportRefused,
)
from gateway.domain.identifiers import AgencyId
from gateway.domain.report import AgencyReport, FileLink, Reference, ReportKind
from tests.unit.adapters.land_registry.land import (
    LISTS,
    NUMBER,
    PAYMENT,
    SCHEMAS,
    SECRET,
    START,
    SUPPLEMENT,
    WITHDRAWAL,
    Land,
    assert_valid,
    opened,
)

SAMPLES = SCHEMAS / "samples"
#: Operations whose message carries a time, and the field.
TIMED = {
    "ChuyenHoSo": "NgayChuyen",
    "YeuCauBoSungHoSo": "NgayChoBoSung",
    "NhanBoSungHoSo": "NgayNhanBoSung",
    "GuiKetQuaThue": "NgayCoKetQuaThue",
    "KetThucHoSo": "NgayKetThuc",
    "TiepNhanHoSoChoMotCua": "NgayTiepNhan",
}


def sample(name: str, **changed: Any) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads((SAMPLES / f"{name}.json").read_bytes())
    return {**body, **changed}


async def push(land: Land, operation: str, body: Any) -> dict[str, Any]:
    """One call of the land system; what was answered."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    url = f"{land.callback_base}/{operation}/{SECRET}"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=content) as answer,
    ):
        assert answer.status == 200
        found = orjson.loads(await answer.read())
    assert_valid("callback-reply", found)
    assert isinstance(found, dict)
    return found


async def report_of(land: Land, operation: str, body: Any) -> AgencyReport:
    """The only report that a message makes."""
    assert (await push(land, operation, body))["Result"] == 1
    (report,) = land.reports
    return report


def steps(*rows: str) -> str:
    return "".join(f"[[land_registry.step]]\n{row}\n" for row in rows)


# ------------------------------------------------------------ whole courses


async def test_the_usual_course_is_read_from_the_first_step_to_the_result(
    land: Land,
) -> None:
    await land.submit()
    await land.run(48)
    assert land.kinds() == [ReportKind.PROGRESS, ReportKind.PROGRESS, ReportKind.SLIP]
    await land.submit(PAYMENT)
    await land.run()
    assert land.kinds()[3:] == [ReportKind.PROGRESS, ReportKind.FINISHED]
    for report in land.reports:
        assert report.about == (
            Reference(AgencyId("land_registry"), "so_bien_nhan", NUMBER),
            Reference(AgencyId("one_stop"), "ma_ho_so", NUMBER),
        )
    assert "callback_given_up" not in {x["kind"] for x in land.mock.arrivals.lines()}


async def test_a_withdrawal_ends_with_the_office_s_own_word(land: Land) -> None:
    await land.submit()
    await land.submit(WITHDRAWAL)
    await land.run()
    assert land.kinds() == [ReportKind.WITHDRAWN]


async def test_the_slip_comes_out_byte_for_byte_and_not_into_the_plain_part(
    land: Land,
) -> None:
    await land.submit()
    await land.run(48)
    sent = orjson.loads(land.callbacks.arrived[1].body)["DanhSachTapTin"]
    progress, slip = land.reports[1], land.reports[2]
    assert slip.signed == base64.b64decode(sent[0]["data"])
    assert slip.signed.startswith(b"<?xml")
    assert "files" not in progress.content
    assert progress.fingerprint != slip.fingerprint


# ------------------------------------------------------------ repeated, late


async def test_a_callback_sent_twice_has_one_fingerprint(
    tmp_path: Path, played: dict[str, Any]
) -> None:
    twice = [{"operation": "progress", "do": "duplicate_call"}]
    async with opened(tmp_path, played, faults=twice) as land:
        await land.submit()
        await land.run(3)
        assert len(land.reports) == 2
        assert len({report.fingerprint for report in land.reports}) == 1


async def test_a_callback_that_was_not_taken_comes_again_as_the_same_report(
    land: Land,
) -> None:
    await land.submit()
    land.callbacks.available = False
    await land.run(2.1)
    assert land.reports == []
    land.callbacks.available = True
    await land.run(1)
    (report,) = land.reports
    assert report.event_at == START.replace(hour=9)


async def test_messages_out_of_order_keep_the_time_of_the_event(
    tmp_path: Path, played: dict[str, Any]
) -> None:
    swapped = [{"operation": "progress", "do": "swap_with_next_call"}]
    async with opened(tmp_path, played, faults=swapped) as land:
        await land.submit()
        await land.run(48)
        told = [(r.facts.get("step"), r.event_at) for r in land.reports]
        assert [step for step, _ in told] == ["13", None, "11"]
        assert told[2][1] is not None
        assert told[0][1] is not None
        assert told[2][1] < told[0][1]


async def test_different_messages_have_different_fingerprints(land: Land) -> None:
    await push(land, "ChuyenHoSo", sample("ChuyenHoSo"))
    await push(land, "ChuyenHoSo", sample("ChuyenHoSo", MaTrangThai=12))
    await push(land, "SaiQuyTrinh", sample("SaiQuyTrinh"))
    await push(land, "YeuCauCapNhatHoSo", sample("SaiQuyTrinh"))
    assert len({report.fingerprint for report in land.reports}) == 4


# ------------------------------------------------------------ times


@pytest.mark.parametrize(("operation", "name"), TIMED.items())
async def test_unmarked_times_are_read_as_utc(
    land: Land, operation: str, name: str
) -> None:
    body = sample(operation, **{name: "2026-03-10T01:30:00"})
    report = await report_of(land, operation, body)
    assert report.event_at == START.replace(hour=8).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-10T01:30:00.1234567", datetime(2026, 3, 10, 1, 30, 0, 123456, UTC)),
        ("2026-03-10T01:30:00.5", datetime(2026, 3, 10, 1, 30, 0, 500000, UTC)),
        ("2026-03-10T01:30:00Z", datetime(2026, 3, 10, 1, 30, tzinfo=UTC)),
        ("2026-03-10T08:30:00+07:00", datetime(2026, 3, 10, 1, 30, tzinfo=UTC)),
        ("0001-01-01T00:00:00", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_is_read_as_it_says_and_a_year_before_1900_is_none(
    text: str | None, at: datetime | None
) -> None:
    assert moment(text) == at


@pytest.mark.parametrize("text", ["2026-02-31T01:30:00", "2026-03-10T25:30:00"])
def test_an_impossible_time_makes_the_message_unreadable(text: str) -> None:
    with pytest.raises(ReportRefused) as refused:
        moment(text)
    assert refused.value.code == "time_impossible"


async def test_an_impossible_time_is_answered_result_0(land: Land) -> None:
    body = sample("ChuyenHoSo", NgayChuyen="2026-02-31T01:30:00")
    assert (await push(land, "ChuyenHoSo", body))["Result"] == 0
    assert land.reports == []


async def test_a_promised_day_is_midnight_in_vietnam(land: Land) -> None:
    report = await report_of(land, "NhanBoSungHoSo", sample("NhanBoSungHoSo"))
    assert report.facts == {"new_due_on": "2026-04-03"}


@pytest.mark.parametrize("operation", ["ThueTraHoSo", "SaiQuyTrinh"])
async def test_messages_without_a_time_say_so(land: Land, operation: str) -> None:
    assert (await report_of(land, operation, sample(operation))).event_at is None


# ------------------------------------------------------------ what is said


@pytest.mark.parametrize(
    ("name", "pause"),
    [
        ("YeuCauBoSungHoSo.financial_obligation", "financial_obligation"),
        ("YeuCauBoSungHoSo.stopped", "stopped"),
    ],
)
async def test_a_pause_is_kept_apart_from_missing_papers(
    land: Land, name: str, pause: str
) -> None:
    report = await report_of(land, "YeuCauBoSungHoSo", sample(name))
    assert (report.kind, report.facts) == (ReportKind.PAUSED, {"pause": pause})


@pytest.mark.parametrize(
    ("note", "pause"),
    [
        ("Chờ nộp NVTC", "financial_obligation"),
        ("Đề nghị NỘP THUẾ", "financial_obligation"),
        ("Đã có thông báo thuế", "financial_obligation"),
        ("Nghĩa vụ tài chính chưa xong", "financial_obligation"),
        ("Có đơn tranh chấp", "stopped"),
        (None, "stopped"),
    ],
)
async def test_the_note_tells_the_kind_of_pause_where_the_office_does_not(
    land: Land, note: str | None, pause: str
) -> None:
    body = sample("YeuCauBoSungHoSo.stopped", GhiChu=note)
    assert (await report_of(land, "YeuCauBoSungHoSo", body)).facts["pause"] == pause


async def test_missing_papers_are_a_supplement_request_whatever_the_note(
    land: Land,
) -> None:
    body = sample("YeuCauBoSungHoSo", GhiChu="Thiếu biên lai nộp thuế", LoaiTamDung=1)
    report = await report_of(land, "YeuCauBoSungHoSo", body)
    assert report.kind is ReportKind.SUPPLEMENT_REQUEST
    assert report.content["note"] == "Thiếu biên lai nộp thuế"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("KetThucHoSo", ReportKind.FINISHED),
        ("KetThucHoSo.withdrawn", ReportKind.WITHDRAWN),
        ("KetThucHoSo.refused", ReportKind.REFUSED),
    ],
)
async def test_the_three_endings_are_told_apart(
    land: Land, name: str, kind: ReportKind
) -> None:
    report = await report_of(land, "KetThucHoSo", sample(name))
    assert report.kind is kind
    assert len(report.files) == (1 if kind is ReportKind.FINISHED else 0)


@pytest.mark.parametrize("ending", [3, -1, "0", None, True])
async def test_an_unknown_ending_is_unreadable_and_no_refusal(
    land: Land, ending: Any
) -> None:
    body = sample("KetThucHoSo", TrangThaiKetThuc=ending)
    assert (await push(land, "KetThucHoSo", body))["Result"] == 0
    assert land.reports == []
    assert land.callbacks.refused[0].code == "body_invalid"


@pytest.mark.parametrize("officer", ["CB-KHONG-CO", "", None])
async def test_unknown_officer_codes_are_kept_raw_and_refuse_nothing(
    land: Land, officer: str | None
) -> None:
    body = sample("YeuCauCapNhatHoSo", MaCanBoXuLy=officer)
    report = await report_of(land, "YeuCauCapNhatHoSo", body)
    assert report.kind is ReportKind.CORRECTION_REQUEST
    assert report.content.get("officer") == (officer or None)


async def test_officers_of_a_step_are_kept_as_written_and_are_no_plain_fact(
    land: Land,
) -> None:
    body = sample("ChuyenHoSo", MaCanBoChuyen="CB-LA", MaCanBoNhan=None)
    report = await report_of(land, "ChuyenHoSo", body)
    assert report.content["MaCanBoChuyen"] == "CB-LA"
    assert report.facts == {"step": "11", "sent_back": False}


@pytest.mark.parametrize(
    ("state", "kinds"),
    [
        (11, [ReportKind.PROGRESS]),
        (15, [ReportKind.PROGRESS, ReportKind.PAID]),
        (19, [ReportKind.PROGRESS, ReportKind.EXEMPTED]),
        (13, [ReportKind.PROGRESS, ReportKind.SLIP]),
        (15.0, [ReportKind.PROGRESS, ReportKind.PAID]),
        (4711, [ReportKind.PROGRESS]),
    ],
)
async def test_a_state_means_what_the_office_s_table_says_and_else_progress(
    land: Land, state: float, kinds: list[ReportKind]
) -> None:
    await push(land, "ChuyenHoSo", sample("ChuyenHoSo", MaTrangThai=state))
    assert land.kinds() == kinds
    assert land.reports[0].facts["step"] == str(int(state))


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("ThueTraHoSo", ReportKind.TAX_RETURNED),
        ("SaiQuyTrinh", ReportKind.WRONG_CASE),
        ("YeuCauCapNhatHoSo", ReportKind.CORRECTION_REQUEST),
        ("NhanBoSungHoSo", ReportKind.SUPPLEMENT_RECEIVED),
        ("GuiKetQuaThue", ReportKind.NOTICES),
    ],
)
async def test_each_operation_is_its_kind_of_report(
    land: Land, operation: str, kind: ReportKind
) -> None:
    assert (await report_of(land, operation, sample(operation))).kind is kind


async def test_a_dossier_opened_there_brings_its_own_number(land: Land) -> None:
    body = sample("TiepNhanHoSoChoMotCua")
    report = await report_of(land, "TiepNhanHoSoChoMotCua", body)
    own = Reference(AgencyId("land_registry"), "so_bien_nhan", "26-0001/BN")
    assert report.kind is ReportKind.OPENED
    assert report.introduces == (own,)
    assert report.about[0] == own
    assert report.facts == {"due_on": "2026-03-27"}
    assert report.content["ThongTinNguoiNopDon"]["HoTen"] == "Nguyễn Văn Ví Dụ"


async def test_a_number_given_to_our_dossier_is_tied_to_our_number(
    tmp_path: Path, played: dict[str, Any]
) -> None:
    script = steps(
        'on = "hand_over"\nafter_h = 1.0\nsend = "TiepNhanHoSoChoMotCua"',
        'on = "hand_over"\nafter_h = 2.0\nsend = "YeuCauBoSungHoSo"',
    )
    async with opened(tmp_path, played, steps=script) as land:
        await land.submit()
        await land.run(3)
        given, asked = land.reports
        assert given.about[0] == Reference(AgencyId("one_stop"), "ma_ho_so", NUMBER)
        assert asked.about[0] == given.introduces[0]
        assert given.introduces[0].value != NUMBER
        assert (await land.submit(SUPPLEMENT)).code == "accepted"


async def test_notices_are_told_once_each_and_their_files_by_link(land: Land) -> None:
    body = sample("GuiKetQuaThue")
    body["DanhSachThongBaoThue"] *= 2
    report = await report_of(land, "GuiKetQuaThue", body)
    assert report.facts == {"notices": 2}
    assert [n["SoThongBaoThue"] for n in report.content["notices"]] == [
        "0001/TB-VD",
        "0002/TB-VD",
    ]
    assert report.files == (FileLink("0001/TB-VD", "/files/0001-tb.pdf"),)


@pytest.mark.parametrize("link", [None, "", "  ", "\n"])
async def test_a_link_of_blanks_is_no_link(land: Land, link: str | None) -> None:
    body = sample("GuiKetQuaThue")
    for notice in body["DanhSachThongBaoThue"]:
        notice["DuongDanThongBaoThue"] = link
    assert (await report_of(land, "GuiKetQuaThue", body)).files == ()


# ------------------------------------------------------------ files inside messages


def inline(name: str, content: bytes) -> dict[str, str]:
    return {"name": name, "data": base64.b64encode(content).decode()}


async def test_the_same_file_sent_several_times_counts_once(land: Land) -> None:
    slip = inline("phieu.xml", b"<DATA/>")
    body = sample("ChuyenHoSo.slip", DanhSachTapTin=[slip, slip, slip])
    await push(land, "ChuyenHoSo", body)
    assert land.reports[1].signed == b"<DATA/>"


async def test_two_different_slips_in_one_message_are_unreadable(land: Land) -> None:
    both = [inline("a.xml", b"<DATA>1</DATA>"), inline("b.xml", b"<DATA>2</DATA>")]
    body = sample("ChuyenHoSo.slip", DanhSachTapTin=both)
    assert (await push(land, "ChuyenHoSo", body))["Result"] == 0
    assert land.callbacks.refused[0].code == "slip_ambiguous"


async def test_a_slip_that_is_no_base64_is_unreadable(land: Land) -> None:
    wrong = [{"name": "phieu.xml", "data": "PERBVEE"}]
    body = sample("ChuyenHoSo.slip", DanhSachTapTin=wrong)
    assert (await push(land, "ChuyenHoSo", body))["Result"] == 0
    assert land.callbacks.refused[0].code == "file_not_base64"


async def test_a_slip_step_without_a_slip_is_told_as_such(land: Land) -> None:
    body = sample("ChuyenHoSo.slip", DanhSachTapTin=None)
    await push(land, "ChuyenHoSo", body)
    assert land.kinds() == [ReportKind.PROGRESS, ReportKind.SLIP]
    assert land.reports[1].signed is None


async def test_other_files_and_unknown_fields_are_kept(land: Land) -> None:
    scan = inline("anh.pdf", b"%PDF")
    body = sample("ChuyenHoSo", DanhSachTapTin=[scan, scan], SoTrang=3)
    await push(land, "ChuyenHoSo", body)
    content = land.reports[0].content
    assert content["files"] == [scan]
    assert content["extension"] == {"SoTrang": 3}
    asked = sample("YeuCauBoSungHoSo", TapTin=scan)
    await push(land, "YeuCauBoSungHoSo", asked)
    assert land.reports[1].content["file"] == scan


def test_the_fields_that_are_not_kept_as_unknown_are_those_of_the_schemas() -> None:
    assert FIELDS
    for operation, fields in FIELDS.items():
        schema = orjson.loads((SCHEMAS / f"{operation}.json").read_bytes())
        assert fields == schema["properties"].keys(), operation
    assert FIELDS.keys() | {"TiepNhanHoSoChoMotCua"} == OPERATIONS.keys()


# ------------------------------------------------------------ what proves nothing


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"[]",
        b'{"SoBienNhan":"\\ud800"}',
        b'{"SoBienNhan":' * 3000,
        b"\xff\xfe",
        b'{"SoBienNhan":""}',
    ],
    ids=["empty", "html", "list", "surrogate", "deep", "no text", "no number"],
)
async def test_what_is_no_message_is_answered_result_0_and_makes_no_report(
    land: Land, body: bytes
) -> None:
    for operation in OPERATIONS:
        assert (await push(land, operation, body))["Result"] == 0
    assert land.reports == []
    assert len(land.callbacks.refused) == len(OPERATIONS)


async def test_a_byte_order_mark_is_no_fault(land: Land) -> None:
    body = b"\xef\xbb\xbf" + orjson.dumps(sample("ChuyenHoSo"))
    assert (await push(land, "ChuyenHoSo", body))["Result"] == 1


async def test_a_refusal_names_fields_and_no_values(land: Land) -> None:
    body = sample("YeuCauBoSungHoSo", GhiChu=["Nguyễn Văn Kín"])
    said = await push(land, "YeuCauBoSungHoSo", body)
    assert "/GhiChu" in said["Message"]
    assert "Kín" not in said["Message"]


def pushed_samples() -> list[tuple[str, bytes]]:
    found = [(p.name.split(".")[0], p.read_bytes()) for p in SAMPLES.glob("*.json")]
    return sorted(one for one in found if one[0] in OPERATIONS)


async def test_every_sample_of_a_pushed_message_is_read(land: Land) -> None:
    samples = pushed_samples()
    assert {operation for operation, _ in samples} == OPERATIONS.keys()
    for operation, body in samples:
        before = len(land.reports)
        assert (await push(land, operation, body))["Result"] == 1
        assert len(land.reports) > before


# ------------------------------------------------------------ lists


async def test_the_lists_are_given_to_who_shows_the_code_and_nobody_else(
    tmp_path: Path, played: dict[str, Any]
) -> None:
    async with opened(tmp_path, {**played, "pull_lists": True}) as land:
        await land.submit()
        await land.run(1)
        pulled = [x for x in land.mock.arrivals.lines() if x["kind"] == "catalogue"]
        assert {x["facts"]["rows"] for x in pulled} == {1}
        assert len(pulled) == 3


@pytest.mark.parametrize(
    ("name", "row"),
    [
        (
            "GetDanhMucNguoiDung",
            {
                "TaiKhoan": "motcua.vidu",
                "HoTen": "Trần Thị Ví Dụ",
                "TenDonVi": "Một cửa ví dụ",
            },
        ),
        (
            "GetDanhMucThuTuc",
            {"MaThuTuc": "1.012345", "TenThuTuc": "Đăng ký biến động (ví dụ)"},
        ),
        ("GetDanhMucTrangThai", {"MaTrangThai": 4, "TenTrangThai": "Đang xử lý"}),
    ],
)
async def test_each_list_has_its_own_shape(
    land: Land, name: str, row: dict[str, Any]
) -> None:
    operation = land.callbacks.operations["GET", name]
    assert operation.catalogue is not None
    assert operation.read is None
    for lists, rows in ((LISTS, [row]), ({}, [])):
        said = operation.catalogue(lists)
        content = orjson.loads(said.body)
        assert content == {"Result": 1, "Message": "", "Data": rows}
        assert_valid(name, content)


def test_every_operation_of_the_document_is_hosted(land: Land) -> None:
    hosted = {(o.name, o.method, o.shown_in) for o in land.adapter.hosted}
    assert hosted == {(name, "POST", "path") for name in OPERATIONS} | {
        (f"GetDanhMuc{name}", "GET", "query:SecurityCode")
        for name in ("NguoiDung", "ThuTuc", "TrangThai")
    }


async def test_one_notice_is_one_however_its_number_is_written(land: Land) -> None:
    once = {"LoaiThue": "Lệ phí trước bạ", "SoThongBaoThue": "TB-01/2026"}
    again = {
        "LoaiThue": unicodedata.normalize("NFD", "Lệ phí  trước bạ"),
        "SoThongBaoThue": " TB-01/2026\n",
        # Fields that the document does not know, called as ours are.
        "number": "999",
        "kind": "x",
    }
    body = sample("GuiKetQuaThue", DanhSachThongBaoThue=[again, once])
    report = await report_of(land, "GuiKetQuaThue", body)
    told = [(n["number"], n["kind"]) for n in report.content["notices"]]
    assert told == [("TB-01/2026", "Lệ phí trước bạ")]


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        ("ChuyenHoSo", "HanXuLy"),
        ("ChuyenHoSo", "LaTrangThaiChuyenLai"),
        ("ChuyenHoSo", "DanhSachTapTin"),
        ("YeuCauBoSungHoSo", "TapTin"),
        ("YeuCauBoSungHoSo", "LoaiTamDung"),
        ("NhanBoSungHoSo", "NgayHenTraMoi"),
        ("KetThucHoSo", "DanhSachGiayToKetQua"),
        ("TiepNhanHoSoChoMotCua", "MaHoSoMotCua"),
        ("TiepNhanHoSoChoMotCua", "NgayHenTra"),
    ],
)
async def test_an_empty_text_is_no_value_wherever_it_stands(
    land: Land, operation: str, field: str
) -> None:
    body = sample(operation)
    assert (await push(land, operation, {**body, field: ""}))["Result"] == 1
    absent = {name: value for name, value in body.items() if name != field}
    assert (await push(land, operation, absent))["Result"] == 1
    empty, same = land.reports
    assert (empty.kind, empty.facts) == (same.kind, same.facts)
    assert (empty.content, empty.fingerprint) == (same.content, same.fingerprint)


async def test_an_empty_text_inside_a_row_is_no_value(land: Land) -> None:
    body = sample("KetThucHoSo")
    body["DanhSachGiayToKetQua"][0]["SoBanSao"] = ""
    report = await report_of(land, "KetThucHoSo", body)
    assert "SoBanSao" not in report.content["results"][0]


async def test_an_empty_text_in_place_of_what_has_to_be_there_is_refused(
    land: Land,
) -> None:
    told = await push(land, "KetThucHoSo", sample("KetThucHoSo", SoBienNhan=""))
    assert told == {"Result": 0, "Message": "Nội dung gửi sai tại: /SoBienNhan."}
    assert land.reports == []


# ------------------------------------------------------------ result files


async def fetched(land: Land, link: FileLink) -> bytes:
    return b"".join(
        [chunk async for chunk in land.adapter.fetch_file(link, timeout_s=2)]
    )


async def test_result_files_are_fetched_from_the_registered_address(
    tmp_path: Path, played: dict[str, Any]
) -> None:
    end = steps('on = "hand_over"\nafter_h = 1.0\nsend = "KetThucHoSo"')
    async with opened(tmp_path, played, steps=end) as land:
        await land.submit()
        await land.run(2)
        (link,) = land.reports[0].files
        assert link.name == "Giấy chứng nhận quyền sử dụng đất.pdf"
        content = await fetched(land, link)
        assert content.startswith(b"%PDF")
        whole = FileLink("a.pdf", f"{land.base}{link.link}")
        assert hashlib.sha256(await fetched(land, whole)).digest() == (
            hashlib.sha256(content).digest()
        )


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com/files/a.pdf",
        "//example.com/files/a.pdf",
        "/files/../_control/clock",
        "/files/%2e%2e/_control/clock",
        "/files\\a.pdf",
        "file:///files/a.pdf",
        "http://127.0.0.1:1/files/a.pdf",
    ],
)
async def test_a_link_that_leads_elsewhere_is_not_followed(
    land: Land, link: str
) -> None:
    result = {"TenGiayTo": "Giấy", "LinkFile": link}
    report = await report_of(
        land, "KetThucHoSo", sample("KetThucHoSo", DanhSachGiayToKetQua=[result])
    )
    with pytest.raises(AgencyBrokeContract) as refused:
        await fetched(land, report.files[0])
    assert refused.value.code == "file_elsewhere"
    assert "file_elsewhere" in land.adapter.words


async def test_a_file_that_is_not_there_yet_can_be_fetched_again(land: Land) -> None:
    with pytest.raises(AgencyUnavailable) as away:
        await fetched(land, FileLink("a.pdf", "/files/khong-co.pdf"))
    assert away.value.code == "file_not_there"


@pytest.mark.parametrize("announced", [True, False])
async def test_a_file_over_the_limit_is_given_up_and_not_fetched_again_and_again(
    land: Land, *, announced: bool
) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        if announced:
            answer.content_length = 2**40
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(20):
                await answer.write(bytes(100_000))
        return answer

    app = web.Application()
    app.router.add_get("/files/a.pdf", endless)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    land.adapter._files = HTTPCarrier(f"http://127.0.0.1:{runner.addresses[0][1]}")
    land.adapter._limits = {**land.adapter._limits, "max_file_bytes": 1_000_000}
    with pytest.raises(AgencyBrokeContract) as refused:
        await fetched(land, FileLink("a.pdf", "/files/a.pdf"))
    assert refused.value.code == "file_too_large"
    assert "file_too_large" in land.adapter.words
    await land.adapter._files.close()
    await runner.cleanup()


async def test_links_and_names_are_made_fit_for_a_request_and_a_line(
    land: Land,
) -> None:
    result = {
        "TenGiayTo": "Giấy\nchứng  nhận",
        "KieuFile": ".pdf",
        "LinkFile": " /files/Giấy chứng nhận.pdf\n",
    }
    report = await report_of(
        land, "KetThucHoSo", sample("KetThucHoSo", DanhSachGiayToKetQua=[result])
    )
    (link,) = report.files
    assert link.name == "Giấy chứng nhận.pdf"
    assert link.link == "/files/Gi%E1%BA%A5y%20ch%E1%BB%A9ng%20nh%E1%BA%ADn.pdf"
    assert report.content["results"][0]["LinkFile"] == result["LinkFile"]
