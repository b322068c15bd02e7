"""The mock company tells its steps: well, and badly where a scenario says so."""

from __future__ import annotations

import hashlib
import io
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from gateway.adapters.water.mock_folder import Side
from tests.unit.adapters.water.company import (
    LISTS,
    NUMBER,
    OTHER,
    SAMPLES,
    Company,
    opened,
    read_comma_text,
    request,
    validator,
)

#: One answer an hour after the request.
STEP = '[[water.step]]\nafter_h = 1\nstate = "KHAO_SAT"\n'


async def told(company: Company, hours: float = 1.3) -> list[str]:
    """Send the usual request, let time pass; what lies in ``tra-loi``."""
    company.send(request())
    await company.run(hours)
    return company.names("tra-loi")


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


async def test_a_new_connection_goes_through_every_step_to_its_meter(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as company:
        await told(company, 100)
        rows = company.answers()
        states = [row["TRANG_THAI"] for row in rows]
        known = [s["code"] for s in LISTS["state"] if s["step"] <= 7]
        assert states == [*known, "HOAN_THANH"]
        assert rows[0]["SO_HO_SO"]
        assert rows[3]["SO_TIEN"] == "1250000"
        assert rows[6]["SO_DANH_BO"] == "00000000001"
        assert rows[7]["TEP"] == "TL-000008.001.pdf"
        assert company.read("tra-loi", "TL-000008.001.pdf").startswith(b"%PDF")


async def test_a_lot_of_answers_is_listed_by_its_manifest(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        await told(company, 100)
        manifests = company.manifests()
        assert [m["so_thu_tu"] for m in manifests] == [*range(1, 9)]
        for manifest in manifests:
            assert [*validator("lo").iter_errors(manifest)] == []
            roles = [file["vai_tro"] for file in manifest["tep"]]
            assert roles == ["BANG", *["KET_QUA"] * (len(roles) - 1)]
            for file in manifest["tep"]:
                raw = company.read("tra-loi", file["ten"])
                digest = hashlib.sha256(raw).hexdigest()
                assert (file["kich_thuoc"], file["sha256"]) == (len(raw), digest)


async def test_another_service_has_no_meter(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        company.send(request(OTHER, DICH_VU="DOI_TEN"))
        await company.run(30)
        states = [row["TRANG_THAI"] for row in company.answers()]
        assert states == ["DA_TIEP_NHAN", "HOAN_THANH"]


async def test_a_withdrawal_ends_what_was_to_be_done(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        await told(company, 22)
        away = request(identifier="YC.2", LOAI="RUT", NOI_DUNG="Không làm nữa")
        company.send(away, number="YC-000002")
        await company.run(100)
        states = [row["TRANG_THAI"] for row in company.answers()]
        assert states == ["DA_TIEP_NHAN", "KHAO_SAT", "HUY"]


async def test_a_wrong_result_is_followed_by_another_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        company.send(request(OTHER, DICH_VU="DOI_TEN"))
        await company.run(30)
        wrong = request(OTHER, "YC.2", LOAI="SAI_KET_QUA", NOI_DUNG="Sai tên")
        company.send(wrong, number="YC-000002")
        await company.run(10)
        states = [row["TRANG_THAI"] for row in company.answers()]
        assert states == ["DA_TIEP_NHAN", "HOAN_THANH", "HOAN_THANH"]


async def test_a_clerk_saves_a_workbook_with_words_and_scans_beside_it(
    tmp_path: Path,
) -> None:
    scenario = '[[water.step]]\nafter_h = 1\nstate = "HOAN_THANH"\n'
    async with opened(tmp_path, scenario=scenario, by_hand=True) as company:
        names = await told(company, 2)
        assert [name for name in names if name.endswith(".json")] == []
        (table,) = (name for name in names if name.endswith(".xlsx"))
        (scan,) = (name for name in names if name.endswith(".pdf"))
        ((title, cells),) = sheets(company.read("tra-loi", table)).items()
        row = dict(zip(cells[0], cells[1], strict=True))
        assert title == "TRA_LOI"
        assert (row["Mã hồ sơ"], row["Trạng thái"]) == (NUMBER, "Hoàn thành")
        assert row["Tệp kết quả"] == scan


async def test_a_lot_never_takes_the_place_of_another_one(tmp_path: Path) -> None:
    async with opened(tmp_path, scenario=STEP) as company:
        old = company.folder / "tra-loi" / "da-nhan" / "TL-000041.json"
        old.write_bytes(b"{}")
        assert await told(company) == ["TL-000042.csv", "TL-000042.json"]
        with pytest.raises(FileExistsError):
            Side(company.folder / "tra-loi").put("TL-000042.csv", b"other")
        assert company.answers()[0]["TRANG_THAI"] == "KHAO_SAT"


# ---------------------------------------------------------------- odd tables


def _utf_16(raw: bytes) -> bool:
    return raw[:2] in {b"\xff\xfe", b"\xfe\xff"} and NUMBER in raw.decode("utf-16")


def _windows_1258(raw: bytes) -> bool:
    text = raw.decode("cp1258")
    composed = unicodedata.normalize("NFC", text)
    return text != composed and "Mã hồ sơ;" in composed


def _comma_cr(raw: bytes) -> bool:
    return b"\n" not in raw and raw.count(b"\r") == 2 and b";" not in raw


def _doubled(raw: bytes) -> bool:
    _, first, again = raw.decode("utf-8-sig").splitlines()
    return first != again and unicodedata.normalize("NFC", again) == first


def _moved(raw: bytes) -> bool:
    heads = raw.decode("utf-8-sig").splitlines()[2].split(";")
    return heads[-1] == "Ghi chú riêng" and heads[-2] == "Ma ho so"


def _typed(raw: bytes) -> bool:
    cells = sheets(raw)["TRA_LOI"]
    return type(cells[1][cells[0].index("Ngày")]).__name__ in {"date", "datetime"}


def _tcvn3(raw: bytes) -> bool:
    return raw.startswith(b"M\xb7 h\xe5 s\xac;")


ODD: dict[str, Callable[[bytes], bool]] = {
    "bom": lambda raw: raw.startswith(b"\xef\xbb\xbf") and b";" in raw,
    "tab": lambda raw: b"\t" in raw and b"\r\n" in raw,
    "comma_cr": _comma_cr,
    "windows_1258": _windows_1258,
    "utf_16": _utf_16,
    "sep": lambda raw: raw.decode("utf-8-sig").startswith("sep=,\r\n"),
    "moved_columns": _moved,
    "doubled": _doubled,
    "other_sheet": lambda raw: [*sheets(raw)] == ["Thang 3"],
    "second_sheet": lambda raw: [*sheets(raw)] == ["Sheet1", "Tra loi"],
    "typed": _typed,
    "two_sheets": lambda raw: [*sheets(raw)] == ["Thang 3", "Thang 4"],
    "no_sheet": lambda raw: [*sheets(raw)] == ["Sheet1"],
    "no_day_column": lambda raw: b"Ng\xc3\xa0y;" not in raw,
    "tcvn3": _tcvn3,
    "web_page": lambda raw: raw.startswith(b"<html>"),
}


@pytest.mark.parametrize("kind", ODD)
async def test_a_table_is_spoilt_as_the_scenario_says(
    tmp_path: Path, kind: str
) -> None:
    scenario = f'{STEP}table = "{kind}"\ncells = {{NOI_DUNG = "Đã khảo sát kỹ"}}'
    async with opened(tmp_path, scenario=scenario) as company:
        names = await told(company)
        (table,) = (name for name in names if not name.endswith(".json"))
        assert ODD[kind](company.read("tra-loi", table))
        assert len(names) == 2


async def test_a_cell_stands_there_as_the_clerk_wrote_it(tmp_path: Path) -> None:
    cells = 'SO_TIEN = "1.250.000 đ", SO_DANH_BO = "1,2E+10", NGAY = "=#REF!"'
    scenario = f'{STEP}table = "typed"\ncells = {{{cells}}}'
    async with opened(tmp_path, scenario=scenario) as company:
        await told(company)
        raw = company.read("tra-loi", "TL-000001.xlsx")
        heads, row = sheets(raw)["TRA_LOI"]
        said = dict(zip(heads, row, strict=True))
        assert said["Số tiền (đồng)"] == "1.250.000 đ"
        assert said["Số danh bộ"] == "1,2E+10"
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            page = packed.read("xl/worksheets/sheet1.xml")
        assert b't="e"' in page
        assert b"<f>#REF!</f><v>#REF!</v>" in page


async def test_a_bad_row_stands_among_good_ones(tmp_path: Path) -> None:
    bad = '{MA_HO_SO = "H00.99.01-260310-9999", TRANG_THAI = "SAP_XONG"}'
    scenario = f"{STEP}with_rows = [{bad}]"
    async with opened(tmp_path, scenario=scenario) as company:
        await told(company)
        assert [row["TRANG_THAI"] for row in company.answers()] == [
            *("KHAO_SAT", "SAP_XONG")
        ]
        assert company.manifests()[0]["so_dong"] == 2


async def test_a_company_may_send_its_whole_list_each_time(tmp_path: Path) -> None:
    scenario = (
        f'{STEP}[[water.step]]\nafter_h = 2\nstate = "BAO_GIA"\nwhole_list = true\n'
    )
    async with opened(tmp_path, scenario=scenario) as company:
        await told(company, 3)
        states = [row["TRANG_THAI"] for row in company.answers()]
        assert states == ["KHAO_SAT", "KHAO_SAT", "BAO_GIA"]


async def test_a_step_may_go_backwards_and_be_written_down_late(tmp_path: Path) -> None:
    scenario = (
        '[[water.step]]\nafter_h = 5\nstate = "THI_CONG"\n'
        '[[water.step]]\nafter_h = 6\nstate = "KHAO_SAT"\nbackdated_h = 3\n'
        '[[water.step]]\nafter_h = 7\nstate = "KHAO_SAT"\nday_only = true\n'
    )
    async with opened(tmp_path, scenario=scenario) as company:
        await told(company, 8)
        rows = company.answers()
        assert [(row["TRANG_THAI"], row["GIO"]) for row in rows] == [
            *(("THI_CONG", "12:40"), ("KHAO_SAT", "10:40"), ("KHAO_SAT", ""))
        ]


# ---------------------------------------------------------------- odd ways


async def test_a_lot_comes_without_manifest(tmp_path: Path) -> None:
    async with opened(tmp_path, scenario=f'{STEP}way = "no_manifest"') as company:
        assert await told(company) == ["TL-000001.csv"]


async def test_a_manifest_comes_without_its_table(tmp_path: Path) -> None:
    async with opened(tmp_path, scenario=f'{STEP}way = "missing_table"') as company:
        assert await told(company) == ["TL-000001.json"]


async def test_a_result_file_that_is_named_is_missing(tmp_path: Path) -> None:
    scenario = '[[water.step]]\nafter_h = 1\nstate = "HOAN_THANH"\nway = "missing_file"'
    async with opened(tmp_path, scenario=scenario) as company:
        assert await told(company) == ["TL-000001.csv", "TL-000001.json"]
        assert company.answers()[0]["TEP"] == "TL-000001.001.pdf"


async def test_a_manifest_comes_minutes_before_its_files(tmp_path: Path) -> None:
    async with opened(tmp_path, scenario=f'{STEP}way = "manifest_first"') as company:
        assert await told(company, 1.2) == ["TL-000001.json"]
        await company.run(0.2)
        assert company.names("tra-loi") == ["TL-000001.csv", "TL-000001.json"]


@pytest.mark.parametrize("by_hand", [False, True], ids=["program", "by hand"])
async def test_a_table_grows_while_it_lies_there(tmp_path: Path, by_hand: bool) -> None:
    scenario = f'{STEP}way = "growing"'
    async with opened(tmp_path, scenario=scenario, by_hand=by_hand) as company:
        company.send(request())
        await company.run(0.55 if by_hand else 0.2)
        await company.run(1.02)
        (name,) = (n for n in company.names("tra-loi") if not n.endswith(".json"))
        half = company.read("tra-loi", name)
        await company.run(0.2)
        whole = company.read("tra-loi", name)
        assert whole.startswith(half)
        assert len(whole) // 2 == len(half)


async def test_a_table_is_open_in_excel_for_a_while(tmp_path: Path) -> None:
    scenario = f'{STEP}way = "open"'
    async with opened(tmp_path, scenario=scenario, by_hand=True) as company:
        (table, lock) = await told(company, 1.55)
        assert lock == f"~${table}"
        await company.run(0.1)
        assert company.names("tra-loi") == [table]


async def test_a_checksum_is_wrong(tmp_path: Path) -> None:
    async with opened(tmp_path, scenario=f'{STEP}way = "checksum"') as company:
        await told(company)
        assert company.manifests()[0]["tep"][0]["sha256"] == "0" * 64


async def test_a_manifest_is_broken(tmp_path: Path) -> None:
    async with opened(tmp_path, scenario=f'{STEP}way = "broken_manifest"') as company:
        await told(company)
        assert not company.read("tra-loi", "TL-000001.json").endswith(b"}")


async def test_a_manifest_is_for_somebody_else(tmp_path: Path) -> None:
    scenario = f'{STEP}manifest = {{ben_nhan = "H00.LT.99"}}'
    async with opened(tmp_path, scenario=scenario) as company:
        await told(company)
        assert company.manifests()[0]["ben_nhan"] == "H00.LT.99"


async def test_a_number_is_left_out(tmp_path: Path) -> None:
    scenario = '[[water.step]]\nafter_h = 1\nstate = "HOAN_THANH"\nway = "gap"'
    async with opened(tmp_path, scenario=scenario) as company:
        assert "TL-000002.json" in await told(company)
        (row,) = company.answers()
        assert row["TEP"] in {file["ten"] for file in company.manifests()[0]["tep"]}


@pytest.mark.parametrize(("way", "same"), [("again", True), ("name_again", False)])
async def test_a_lot_comes_again_a_day_later(
    tmp_path: Path, way: str, same: bool
) -> None:
    async with opened(tmp_path, scenario=f'{STEP}way = "{way}"') as company:
        names = await told(company)
        first = {name: company.read("tra-loi", name) for name in names}
        for name in names:
            (company.folder / "tra-loi" / name).rename(tmp_path / name)
        await company.run(25)
        assert company.names("tra-loi") == names
        later = {name: company.read("tra-loi", name) for name in names}
        assert (first == later) == same


async def test_a_report_of_errors_is_read_and_booked(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        report = (SAMPLES / "loi/TL-000006.loi.csv").read_bytes()
        path = company.folder / "tra-loi" / "loi" / "TL-000006.loi.csv"
        path.write_bytes(report)
        await company.run(0.3)
        (facts,) = company.arrivals("error_report")
        assert facts == {"file": "TL-000006.loi.csv", "codes": "D03 D04"}
        assert len(read_comma_text(report)) == 2


@pytest.mark.parametrize("ending", ["", ".2"], ids=["first", "second"])
@pytest.mark.parametrize("by_hand", [False, True], ids=["program", "by hand"])
async def test_a_clerk_puts_right_what_was_reported(
    tmp_path: Path, by_hand: bool, ending: str
) -> None:
    scenario = (
        '[[water.step]]\nafter_h = 1\nstate = "SAP_XONG"\n'
        '[[water.step]]\non = "reported:1"\nafter_h = 1\nstate = "KHAO_SAT"\n'
    )
    async with opened(tmp_path, scenario=scenario, by_hand=by_hand) as company:
        (table, *_) = await told(company, 2)
        report = (SAMPLES / "loi/TL-000006.loi.csv").read_bytes()
        name = f"{table.rpartition('.')[0]}{ending}.loi.csv"
        (company.folder / "tra-loi" / "loi" / name).write_bytes(report)
        await company.run(8)
        states = [facts["state"] for facts in company.arrivals("told")]
        assert states == ["SAP_XONG", "KHAO_SAT"]
