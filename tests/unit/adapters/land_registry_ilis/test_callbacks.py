"""What iLIS pushes: read over a socket, loose types included."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson
import pytest

from gateway.adapters.land_registry.loose import plain
from gateway.adapters.land_registry.reading import FIELDS, OPERATIONS
from gateway.domain.report import AgencyReport, FileLink, ReportKind
from tests.unit.adapters.land_registry_ilis.desk import Both, both, message
from tests.unit.adapters.land_registry_ilis.office import NUMBER, SECRET, START
from tests.unit.adapters.land_registry_ilis.published import (
    SAMPLES,
    sample,
    schema,
    wrong,
)

TIMED = {
    "ChuyenHoSo": "NgayChuyen",
    "YeuCauBoSungHoSo": "NgayChoBoSung",
    "NhanBoSungHoSo": "NgayNhanBoSung",
    "GuiKetQuaThue": "NgayCoKetQuaThue",
    "KetThucHoSo": "NgayKetThuc",
    "TiepNhanHoSoChoMotCua": "NgayTiepNhan",
}
EVERYTHING = "".join(
    f'[[land_registry.step]]\non = "{on}"\nafter_h = 1.0\nsend = "{send}"\n{more}\n'
    for on, send, more in (
        ("hand_over", "TiepNhanHoSoChoMotCua", ""),
        ("started:1", "ChuyenHoSo", "MaTrangThai = 15"),
        ("started:2", "YeuCauBoSungHoSo", "LaTamDung = true\nLoaiTamDung = 1"),
        ("started:3", "NhanBoSungHoSo", ""),
        ("started:4", "GuiKetQuaThue", ""),
        ("started:5", "KetThucHoSo", "TrangThaiKetThuc = 2"),
    )
)


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[Both]:
    async with both(tmp_path) as opened:
        yield opened


async def called(method: str, url: str, body: bytes = b"") -> tuple[int, bytes]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, data=body) as answer,
    ):
        return answer.status, await answer.read()


async def push(side: Both, operation: str, body: Any) -> dict[str, Any]:
    """One call of the land system; what was answered."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    url = f"{side.hosted}/{operation}?CodeGet={quote(SECRET, safe='')}"
    status, told = await called("POST", url, content)
    assert status == 200
    found: dict[str, Any] = orjson.loads(told)
    assert wrong("callback-reply", found) == []
    return found


async def report_of(side: Both, operation: str, body: Any) -> AgencyReport:
    """The last report of a message."""
    assert (await push(side, operation, body))["Result"] == 1
    return side.host.reports[-1]


# ------------------------------------------------------------ whole courses


@pytest.mark.parametrize("written", ["texts", "numbers", "swapped"])
async def test_a_course_comes_to_the_same_reports_however_it_is_written(
    tmp_path: Path, written: str
) -> None:
    async with both(tmp_path, steps=EVERYTHING, written=written) as side:
        assert (await side.submit()).code == "accepted"
        await side.land.run()
        assert side.host.refused == []
        found = side.host.reports
        assert [report.kind for report in found] == [
            ReportKind.OPENED,
            *(ReportKind.PROGRESS, ReportKind.PAID),
            ReportKind.PAUSED,
            ReportKind.SUPPLEMENT_RECEIVED,
            ReportKind.NOTICES,
            ReportKind.REFUSED,
        ]
        opened, moved = found[0], found[1]
        assert opened.about[0].value == NUMBER
        assert opened.introduces[0].value == "26000001"
        assert {r.about[0].value for r in found[1:]} == {"26000001"}
        assert moved.facts == {"step": "15", "sent_back": False}
        assert found[3].facts == {"pause": "financial_obligation"}


async def test_the_lists_are_fetched_with_codeget(tmp_path: Path) -> None:
    async with both(tmp_path, pull_lists=True) as side:
        await side.submit(message())
        await side.land.run(1)
        lines = side.land.mock.arrivals.lines()
        pulled = [
            line["facts"]["rows"] for line in lines if line["kind"] == "catalogue"
        ]
        assert pulled == [1, 1, 1]


# ------------------------------------------------------------ where the secret stands


async def test_the_secret_is_taken_from_codeget_and_from_nowhere_else(
    side: Both,
) -> None:
    hosted = {(one.name, one.shown_in) for one in side.desk.adapter.hosted}
    lists = ("NguoiDung", "ThuTuc", "TrangThai")
    assert hosted == {
        (name, "query:CodeGet")
        for name in (*OPERATIONS, *(f"GetDanhMuc{name}" for name in lists))
    }
    body = orjson.dumps(sample("ChuyenHoSo"))
    shown = quote(SECRET, safe="")
    for place in (
        *(f"/{shown}", "", "?CodeGet=", "?CodeGet=sai"),
        *(f"?SecurityCode={shown}", f"?codeget={shown}"),
    ):
        assert (await called("POST", f"{side.hosted}/ChuyenHoSo{place}", body))[
            0
        ] == 404
    assert side.host.reports == []
    assert (await push(side, "ChuyenHoSo", body))["Result"] == 1


# ------------------------------------------------------------ names of its own


async def test_tax_notices_are_read_by_the_names_of_this_dialect(side: Both) -> None:
    body = sample("GuiKetQuaThue")
    report = await report_of(side, "GuiKetQuaThue", body)
    rows = body["DanhSachThongBaoThue"]
    assert report.kind is ReportKind.NOTICES
    assert [row["HoVaChu"] for row in report.content["notices"]] == [
        row["HoVaChu"] for row in rows
    ]
    linked = [row for row in rows if row.get("DuongDanTBT")]
    assert linked
    assert report.files == tuple(
        FileLink(str(row["SoThongBaoThue"]), row["DuongDanTBT"]) for row in linked
    )


async def test_the_names_of_the_other_dialect_are_unknown_fields_here(
    side: Both,
) -> None:
    row = {
        "LoaiThue": "Lệ phí trước bạ",
        "SoThongBaoThue": "1",
        "HoTenChu": "Nguyễn Văn Ví Dụ",
        "DuongDanThongBaoThue": "/files/tb.pdf",
    }
    body = sample("GuiKetQuaThue") | {"DanhSachThongBaoThue": [row]}
    report = await report_of(side, "GuiKetQuaThue", body)
    assert report.files == ()
    (kept,) = report.content["notices"]
    assert kept == {"number": "1", "kind": "Lệ phí trước bạ", **row}


# ------------------------------------------------------------ loose types

FORMS: list[tuple[str, str, list[Any]]] = [
    ("ChuyenHoSo", "MaTrangThai", [15, "15", 15.0, "015"]),
    ("ChuyenHoSo", "HanXuLy", [2.5, "2.5", "2,5", "2.50"]),
    ("ChuyenHoSo", "HanXuLy", [2, 2.0, "2", "2,0"]),
    ("ChuyenHoSo", "LaTrangThaiChuyenLai", [True, "true", "True", "TRUE"]),
    ("ChuyenHoSo", "LaTrangThaiChuyenLai", [False, "false", "False"]),
    ("ChuyenHoSo", "SoBienNhan", ["26000001", 26000001, 26000001.0]),
    ("ChuyenHoSo", "MaCanBoNhan", ["17", 17]),
    ("YeuCauBoSungHoSo.financial_obligation", "LaTamDung", [True, "True", "true"]),
    ("YeuCauBoSungHoSo.financial_obligation", "LoaiTamDung", [2, "2"]),
    ("YeuCauBoSungHoSo", "MaCanBoXuLy", ["17", 17]),
    ("KetThucHoSo.refused", "TrangThaiKetThuc", [2, "2"]),
    ("KetThucHoSo.withdrawn", "TrangThaiKetThuc", [1, "1", 1.0]),
    ("GuiKetQuaThue", "NguoiXuLy", ["17", 17]),
    ("TiepNhanHoSoChoMotCua", "MaHoSoMotCua", ["26000002", 26000002]),
    ("TiepNhanHoSoChoMotCua", "XaId", ["9103", 9103]),
]


@pytest.mark.parametrize(("name", "field", "forms"), FORMS)
async def test_all_forms_of_a_value_mean_the_same(
    side: Both, name: str, field: str, forms: list[Any]
) -> None:
    told = []
    for form in forms:
        side.host.reports.clear()
        body = sample(name) | {field: form}
        assert (await push(side, name.partition(".")[0], body))["Result"] == 1, form
        told.append([(r.kind, r.about, r.facts, r.content, r.fingerprint)
                     for r in side.host.reports])  # fmt: skip
    assert told[0]
    assert [one for one in told if one != told[0]] == []


async def test_all_forms_inside_lists_mean_the_same(side: Both) -> None:
    ended, notices = sample("KetThucHoSo"), sample("GuiKetQuaThue")
    for results in ((1, 0), ("1", "0")):
        paper = ended["DanhSachGiayToKetQua"][0]
        paper |= {"SoBanChinh": results[0], "SoBanSao": results[1]}
        report = await report_of(side, "KetThucHoSo", ended)
        (found,) = report.content["results"]
        assert (found["SoBanChinh"], found["SoBanSao"]) == (1, 0)
    for number in (26000017, "26000017"):
        row = {"LoaiThue": "Thuế", "SoThongBaoThue": number}
        body = notices | {"DanhSachThongBaoThue": [row]}
        report = await report_of(side, "GuiKetQuaThue", body)
        assert report.content["notices"][0]["number"] == "26000017"


@pytest.mark.parametrize(
    ("given", "read"), [(120.5, "120.5"), (120, "120"), ("120,5", "120,5"), (1e-7, "0.0000001")]
)  # fmt: skip
def test_an_area_of_land_is_a_text_of_its_digits(given: Any, read: str) -> None:
    body = plain({"ThongTinThuaDat": [{"DienTich": given}]})
    assert body == {"ThongTinThuaDat": [{"DienTich": read}]}


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("ChuyenHoSo", "MaTrangThai", "11a"),
        ("ChuyenHoSo", "MaTrangThai", ""),
        ("ChuyenHoSo", "MaTrangThai", 11.5),
        ("ChuyenHoSo", "MaTrangThai", "٣"),
        ("ChuyenHoSo", "HanXuLy", "hai"),
        ("ChuyenHoSo", "LaTrangThaiChuyenLai", 1),
        ("ChuyenHoSo", "SoBienNhan", 26.5),
        ("ChuyenHoSo", "SoBienNhan", True),
        ("ChuyenHoSo", "SoBienNhan", 10**15),
        ("YeuCauBoSungHoSo", "LaTamDung", "có"),
        ("YeuCauBoSungHoSo", "LoaiTamDung", "3"),
        ("KetThucHoSo", "TrangThaiKetThuc", "3"),
        ("KetThucHoSo", "TrangThaiKetThuc", ""),
    ],
)
async def test_what_is_none_of_the_forms_is_answered_result_0(
    side: Both, name: str, field: str, value: Any
) -> None:
    assert (await push(side, name, sample(name) | {field: value}))["Result"] == 0
    assert side.host.reports == []
    assert side.host.refused[0].code == "body_invalid"


async def test_a_state_that_no_table_knows_is_progress(side: Both) -> None:
    body = sample("ChuyenHoSo") | {"MaTrangThai": "4711"}
    report = await report_of(side, "ChuyenHoSo", body)
    assert (report.kind, report.facts["step"]) == (ReportKind.PROGRESS, "4711")


async def test_an_empty_kind_of_pause_is_told_by_the_note(side: Both) -> None:
    body = sample("YeuCauBoSungHoSo.texts") | {"LoaiTamDung": ""}
    report = await report_of(side, "YeuCauBoSungHoSo", body)
    assert report.facts == {"pause": "financial_obligation"}


def is_loose(node: dict[str, Any]) -> bool:
    """Whether a field may come as something else than what it is."""
    types = {*node["type"]} if isinstance(node.get("type"), list) else set()
    others = types & {"integer", "number", "boolean"}
    return ("string" in types and bool(others)) or "1" in node.get("enum", ())


def loose_fields() -> Iterator[str]:
    """Every field of a pushed message that may come as something else."""
    for operation in OPERATIONS:
        content = schema(operation)
        for owner in (content, *content.get("$defs", {}).values()):
            fields = owner.get("properties", {})
            yield from (name for name, node in fields.items() if is_loose(node))


def test_every_loose_field_of_the_schemas_comes_to_one_form() -> None:
    names = set(loose_fields())
    assert len(names) > 20
    left = names - {"SoChungMinh", "SoDienThoai"}
    forms: list[tuple[Any, Any]] = [(1, "1"), (True, "true")]
    assert [
        name
        for name in left
        if not any(plain({name: a}) == plain({name: b}) for a, b in forms)
    ] == []


# ------------------------------------------------------------ lost zeros


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("TiepNhanHoSoChoMotCua.numbers", []),
        ("TiepNhanHoSoChoMotCua", ["SoChungMinh", "SoDienThoai"]),
    ],
)
async def test_identity_and_telephone_without_their_zeros_are_left_out(
    side: Both, name: str, kept: list[str]
) -> None:
    report = await report_of(side, "TiepNhanHoSoChoMotCua", sample(name))
    applicant = report.content["ThongTinNguoiNopDon"]
    assert applicant["HoTen"] == "Nguyễn Văn Ví Dụ"
    assert sorted({"SoChungMinh", "SoDienThoai"} & applicant.keys()) == kept
    assert all(applicant[field].startswith("0") for field in kept)


async def test_a_dossier_that_it_opened_finds_its_commune_by_texts(side: Both) -> None:
    body = sample("TiepNhanHoSoChoMotCua") | {"MaHoSoMotCua": None}
    body |= {"TinhId": "99", "HuyenId": "0", "XaId": "09103"}
    report = await report_of(side, "TiepNhanHoSoChoMotCua", body)
    assert report.opens is not None
    assert report.opens["area"]["commune"] == "90001"


async def test_a_commune_that_came_as_a_number_is_not_guessed(side: Both) -> None:
    body = sample("TiepNhanHoSoChoMotCua.numbers")
    report = await report_of(side, "TiepNhanHoSoChoMotCua", body)
    assert report.opens is not None
    assert "commune" not in report.opens.get("area", {})
    assert report.opens["applicant"].keys().isdisjoint({"identity", "phone"})
    assert report.opens["parcels"][0]["area_m2"] == "120.5"


# ------------------------------------------------------------ kept


async def test_unknown_fields_are_kept(side: Both) -> None:
    report = await report_of(side, "ChuyenHoSo", sample("ChuyenHoSo.numbers"))
    assert report.content["extension"] == {"BuocXuLy": "TL-02"}
    strange = {"GhiChuRieng": {"MaTrangThai": "007", "SoChungMinh": 12}}
    report = await report_of(side, "SaiQuyTrinh", sample("SaiQuyTrinh") | strange)
    assert report.content["extension"] == strange


def test_the_fields_that_are_not_kept_as_unknown_are_those_of_the_schemas() -> None:
    for operation, fields in FIELDS.items():
        assert fields == schema(operation)["properties"].keys(), operation


# ------------------------------------------------------------ times, files, faults


@pytest.mark.parametrize(("operation", "name"), TIMED.items())
async def test_unmarked_times_are_read_as_utc(
    side: Both, operation: str, name: str
) -> None:
    body = sample(operation) | {name: "2026-03-10T01:30:00"}
    report = await report_of(side, operation, body)
    assert report.event_at == START.replace(hour=8).astimezone(UTC)
    assert report.event_at == datetime(2026, 3, 10, 1, 30, tzinfo=UTC)


async def test_the_slip_comes_out_byte_for_byte(side: Both) -> None:
    body = sample("ChuyenHoSo.slip")
    report = await report_of(side, "ChuyenHoSo", body)
    assert report.kind is ReportKind.SLIP
    assert report.signed == base64.b64decode(body["DanhSachTapTin"][0]["data"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"[]",
        b'{"SoBienNhan":',
        b"\xff\xfe",
        b'{"SoBienNhan":""}',
    ],
    ids=["empty", "html", "list", "half", "no text", "no number"],
)
async def test_what_is_no_message_is_answered_result_0_and_makes_no_report(
    side: Both, body: bytes
) -> None:
    for operation in OPERATIONS:
        assert (await push(side, operation, body))["Result"] == 0
    assert side.host.reports == []
    assert len(side.host.refused) == len(OPERATIONS)


async def test_every_sample_of_a_pushed_message_is_read(side: Both) -> None:
    found = [(path.name.split(".")[0], path) for path in SAMPLES.glob("*.json")]
    pushed = [(name, path) for name, path in found if name in OPERATIONS]
    assert {name for name, _ in pushed} == OPERATIONS.keys()
    for name, path in pushed:
        before = len(side.host.reports)
        body = sample(path.stem)
        assert (await push(side, name, body))["Result"] == 1, path.stem
        assert len(side.host.reports) > before
