"""The mock company takes requests as the document says."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.unit.adapters.water.company import (
    NUMBER,
    OTHER,
    SAMPLES,
    columns,
    comma_text,
    opened,
    read_comma_text,
    request,
)


async def test_a_program_takes_the_sample_lot_whole(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        for path in (SAMPLES / "yeu-cau").iterdir():
            shutil.copy(path, company.folder / "yeu-cau")
        await company.run(0.2)
        taken = {path.name for path in (SAMPLES / "yeu-cau").iterdir()}
        assert set(company.names("yeu-cau/da-nhan")) == taken
        assert company.names("yeu-cau") == []
        # Two of its dossiers are unknown here: their rows come back, the third counts.
        assert company.effects() == [("hand_over", NUMBER)]
        assert company.codes("YC-000018") == ["D03", "D03"]


async def test_a_clerk_takes_the_sample_lot_by_its_workbook(tmp_path: Path) -> None:
    async with opened(tmp_path, by_hand=True) as company:
        for path in (SAMPLES / "yeu-cau").iterdir():
            shutil.copy(path, company.folder / "yeu-cau")
        await company.run(0.25)
        assert company.effects() == []
        await company.run(0.5)
        assert company.effects() == [("hand_over", NUMBER)]


async def test_a_clerk_looks_at_eight_and_two_of_working_days(tmp_path: Path) -> None:
    async with opened(tmp_path, by_hand=True) as company:
        await company.run(0.6)
        company.send(request())
        await company.run(5.8)
        assert company.names("yeu-cau/da-nhan") == []
        await company.run(0.3)
        assert len(company.names("yeu-cau/da-nhan")) == 2


async def test_a_clerk_does_not_look_on_saturday_and_sunday(tmp_path: Path) -> None:
    async with opened(tmp_path, by_hand=True) as company:
        friday_afternoon = 3 * 24 + 8
        await company.run(friday_afternoon)
        company.send(request())
        await company.run(64)
        assert company.effects() == []
        await company.run(0.6)
        assert company.effects() == [("hand_over", NUMBER)]


async def test_a_clerk_reads_the_workbook_and_never_the_csv(tmp_path: Path) -> None:
    async with opened(tmp_path, by_hand=True) as company:
        folder = SAMPLES / "yeu-cau"
        files = {
            path.name: path.read_bytes()
            for path in folder.iterdir()
            if path.suffix != ".json"
        }
        files["YC-000018.csv"] = b"no table"
        rows = [{"MA_YEU_CAU": f"YC.H00-000{place}"} for place in (1, 2, 3)]
        manifest = company.manifest("YC-000018", files, rows)
        company.put({**files, "YC-000018.json": manifest})
        await company.run(0.6)
        assert company.effects() == [("hand_over", NUMBER)]


async def test_the_same_request_in_another_lot_counts_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        company.send(request())
        company.send(request(OTHER, "YC.2"), request(), number="YC-000002")
        await company.run(0.3)
        assert company.effects() == [("hand_over", NUMBER), ("hand_over", OTHER)]
        again = [facts["again"] for facts in company.arrivals("hand_over")]
        assert again == [False, False, True]
        assert company.names("yeu-cau/loi") == []


async def test_names_of_papers_do_not_make_a_request_another_one(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as company:
        for number, note in (("YC-000001", "=1+1"), ("YC-000002", "'=1+1")):
            paper = f"{number}.001-01.pdf"
            row = request(GIAY_TO=paper, NOI_DUNG=note)
            files = {f"{number}.csv": comma_text([row]), paper: b"%PDF-1.4"}
            manifest = company.manifest(number, files, [row])
            company.put({**files, f"{number}.json": manifest})
            await company.run(0.3)
        assert company.effects() == [("hand_over", NUMBER)]
        assert company.names("yeu-cau/loi") == []


async def test_only_a_greater_revision_changes_a_dossier(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        company.send(
            request(LAN="2"),
            request(identifier="YC.2", LOAI="SUA", LAN="2"),
            request(identifier="YC.3", LOAI="SUA", LAN="1"),
            request(identifier="YC.4", LOAI="SUA", LAN="3"),
        )
        await company.run(0.3)
        assert len(company.arrivals("hand_over")) == 4
        lines = company.mock.effects.lines()
        assert [line["facts"]["id"] for line in lines] == ["YC.1", "YC.4"]


async def test_another_content_under_a_request_is_told_and_not_taken(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as company:
        company.send(request())
        await company.run(0.3)
        company.send(request(HO_TEN="Trần Thị Ví Dụ"), number="YC-000002")
        await company.run(0.3)
        assert company.codes("YC-000002") == ["D09"]
        assert company.effects() == [("hand_over", NUMBER)]


async def test_a_lot_put_down_again_is_moved_and_counts_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        files = company.lot(request())
        company.put(files)
        await company.run(0.3)
        company.put(files)
        await company.run(0.3)
        assert company.names("yeu-cau") == []
        assert "YC-000001.json.2" in company.names("yeu-cau/da-nhan")
        assert len(company.arrivals("hand_over")) == 1
        assert company.names("yeu-cau/loi") == []


async def test_the_same_name_with_other_content_is_told_and_not_taken(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as company:
        company.send(request())
        await company.run(0.3)
        company.send(request(OTHER, "YC.2"))
        await company.run(0.3)
        assert company.codes("YC-000001") == ["T04"]
        assert company.effects() == [("hand_over", NUMBER)]
        assert "YC-000001.json" in company.names("yeu-cau/loi")


async def test_a_lot_without_its_manifest_is_left_and_told_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        files = company.lot(request())
        manifest = files.pop("YC-000001.json")
        company.put(files)
        await company.run(0.9)
        assert company.names("yeu-cau/loi") == []
        await company.run(3)
        await company.look()
        assert company.codes("YC-000001") == ["T01"]
        assert company.names("yeu-cau") == ["YC-000001.csv"]
        company.write("YC-000001.json", manifest)
        await company.run(0.3)
        assert company.effects() == [("hand_over", NUMBER)]
        assert len(company.arrivals("lot_waits")) == 1


async def test_a_manifest_without_its_files_is_left_and_told_once(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as company:
        files = company.lot(request())
        table = files.pop("YC-000001.csv")
        company.put(files)
        await company.run(3)
        assert company.codes("YC-000001") == ["T02"]
        assert company.names("yeu-cau") == ["YC-000001.json"]
        company.write("YC-000001.csv", table)
        await company.run(0.3)
        assert company.effects() == [("hand_over", NUMBER)]


async def test_a_file_that_grows_is_left_until_it_is_whole(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        files = company.lot(request())
        table = files["YC-000001.csv"]
        company.put({**files, "YC-000001.csv": table[:20]})
        await company.run(0.5)
        company.write("YC-000001.csv", table[:40])
        await company.run(0.8)
        assert company.names("yeu-cau/loi") == []
        company.write("YC-000001.csv", table)
        await company.run(0.3)
        assert company.effects() == [("hand_over", NUMBER)]


async def test_a_file_that_stays_too_small_is_wrong_after_an_hour(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as company:
        files = company.lot(request())
        company.put({**files, "YC-000001.csv": files["YC-000001.csv"][:20]})
        await company.run(0.9)
        assert company.names("yeu-cau/loi") == []
        await company.run(0.5)
        assert company.codes("YC-000001") == ["T03"]
        assert company.names("yeu-cau") == []


async def test_a_wrong_checksum_is_told_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        files = company.lot(request())
        spoilt = files["YC-000001.csv"].replace(b"LAP_MOI", b"LAP_MOT")
        company.put({**files, "YC-000001.csv": spoilt})
        await company.run(0.3)
        assert company.codes("YC-000001") == ["T03"]
        assert company.effects() == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"ben_nhan": "CN-MAU-99"}, "T11"),
        ({"ben_gui": "H00.LT.99"}, "T11"),
        ({"loai": "TRA_LOI"}, "T11"),
        ({"so_lo": "YC-000002"}, "T10"),
        ({"phien_ban": 2}, "T10"),
        ({"so_dong": 2}, "T10"),
        ({"ma_yeu_cau": ["YC.9"]}, "T09"),
    ],
)
async def test_a_manifest_that_is_wrong_refuses_the_whole_lot(
    tmp_path: Path, more: dict[str, Any], code: str
) -> None:
    async with opened(tmp_path) as company:
        company.put(company.lot(request(), **more))
        await company.run(0.3)
        assert company.codes("YC-000001") == [code]
        assert company.effects() == []


async def test_a_manifest_that_is_no_json_refuses_the_whole_lot(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        company.put({**company.lot(request()), "YC-000001.json": b'{"phien_ban"'})
        await company.run(0.3)
        assert company.codes("YC-000001") == ["T10"]
        assert sorted(company.names("yeu-cau/loi")) == [
            *("YC-000001.csv", "YC-000001.json", "YC-000001.loi.csv")
        ]


async def test_a_bad_row_does_not_stop_the_others(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        company.send(
            request(),
            request(OTHER, "YC.2", DICH_VU="LAP_CU"),
            request(OTHER, "YC.3", HAN_TRA="31/02/2026"),
            request(OTHER, "YC.4", LOAI="RUT"),
            request(OTHER, "YC.5", LOAI="BO_SUNG"),
            request(OTHER, "YC.6"),
        )
        await company.run(0.3)
        assert company.effects() == [("hand_over", NUMBER), ("hand_over", OTHER)]
        name = "YC-000001.loi.csv"
        report = read_comma_text(company.read("yeu-cau/loi", name))
        found = [(r["DONG"], r["COT"], r["MA_LOI"], r["MA_YEU_CAU"]) for r in report]
        assert found == [
            ("3", "DICH_VU", "D02", "YC.2"),
            ("4", "HAN_TRA", "D04", "YC.3"),
            ("5", "NOI_DUNG", "D01", "YC.4"),
            ("6", "MA_HO_SO", "D03", "YC.5"),
        ]
        assert {row["TEN_TEP"] for row in report} == {"YC-000001.csv"}
        assert list(report[0]) == [*columns("LOI"), "MA_YEU_CAU", "MA_HO_SO"]
        assert "Mẫu" not in company.read("yeu-cau/loi", name).decode("utf-8-sig")


async def test_a_hole_in_the_sequence_is_told_and_waited_for_by_nobody(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as company:
        company.send(request())
        company.send(request(OTHER, "YC.2"), number="YC-000003")
        await company.run(0.3)
        assert [facts["gap"] for facts in company.arrivals("lot")] == [False, True]
        assert len(company.effects()) == 2


async def test_lots_are_taken_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        company.send(request(OTHER, "YC.2"), number="YC-1000000")
        company.send(request(), number="YC-999999")
        await company.run(0.3)
        assert company.effects() == [("hand_over", NUMBER), ("hand_over", OTHER)]


async def test_what_is_left_of_a_lot_that_was_taken_is_moved_after_it(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as company:
        files = company.lot(request())
        company.put(files)
        await company.run(0.3)
        company.write("YC-000001.001-01.pdf", b"%PDF-1.4 late")
        await company.run(0.3)
        assert company.names("yeu-cau") == []
        assert "YC-000001.001-01.pdf" in company.names("yeu-cau/da-nhan")
        assert len(company.arrivals("hand_over")) == 1


async def test_unfinished_files_are_not_looked_at(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        for name in (".YC-000001.csv.tam", "YC-000001.csv.tam", "~$YC-000001.xlsx"):
            company.write(name, b"x")
        await company.run(3)
        assert len(company.names("yeu-cau")) == 3
        assert company.names("yeu-cau/loi") == []


async def test_a_company_reports_a_request_that_it_cannot_enter(tmp_path: Path) -> None:
    async with opened(tmp_path, scenario='row_error = "D11"') as company:
        company.send(request())
        await company.run(0.3)
        assert company.codes("YC-000001") == ["D11"]
        assert company.effects() == []


async def test_a_paper_that_is_not_in_the_lot_refuses_its_row(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        paperless = request(OTHER, "YC.2", GIAY_TO="YC-000001.002-01.pdf")
        company.send(request(), paperless)
        await company.run(0.3)
        assert company.codes("YC-000001") == ["D07"]
        assert company.effects() == [("hand_over", NUMBER)]


async def test_what_an_earlier_run_took_is_known_by_what_lies_there(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path / "one") as company:
        files = company.lot(request())
        company.put(files)
        await company.run(0.3)
        folder = company.folder
    async with opened(tmp_path / "two", folder=folder) as company:
        company.put(files)
        await company.run(0.3)
        assert len(company.arrivals("lot_again")) == 1
        assert company.effects() == []


async def test_it_looks_at_once_when_it_is_told_to(tmp_path: Path) -> None:
    async with opened(tmp_path) as company:
        company.send(request())
        assert await company.look() == 1
        assert company.effects() == [("hand_over", NUMBER)]


# ---------------------------------------------------------------- by scenario


async def test_a_lot_may_lie_for_hours_before_it_is_taken(tmp_path: Path) -> None:
    async with opened(tmp_path, scenario="takes_after_h = 5") as company:
        company.send(request())
        await company.run(4.9)
        assert company.names("yeu-cau") == ["YC-000001.csv", "YC-000001.json"]
        await company.run(0.5)
        assert company.effects() == [("hand_over", NUMBER)]
        assert company.names("yeu-cau") == []


async def test_a_lot_may_never_be_taken_and_nobody_waits_for_it(tmp_path: Path) -> None:
    async with opened(tmp_path, scenario="never_takes = true") as company:
        company.send(request())
        company.send(request(OTHER, "YC.2"), number="YC-000002")
        await company.run(200)
        assert company.effects()[0] == ("hand_over", OTHER)
        assert company.names("yeu-cau") == ["YC-000001.csv", "YC-000001.json"]


async def test_a_lot_that_was_refused_may_come_again_under_another_number(
    tmp_path: Path,
) -> None:
    scenario = 'refuse = "T05"\nrefuse_times = 1'
    async with opened(tmp_path, scenario=scenario) as company:
        company.send(request())
        await company.run(0.3)
        assert company.codes("YC-000001") == ["T05"]
        company.send(request(), number="YC-000002")
        await company.run(0.3)
        assert company.effects() == [("hand_over", NUMBER)]


async def test_a_manifest_alone_says_that_all_of_it_is_stored(tmp_path: Path) -> None:
    async with opened(tmp_path, scenario='leaves = "files"') as company:
        company.send(request())
        await company.run(0.3)
        assert company.names("yeu-cau/da-nhan") == ["YC-000001.json"]
        assert company.names("yeu-cau") == ["YC-000001.csv"]
        await company.run(2)
        assert company.names("yeu-cau") == []
        assert len(company.arrivals("hand_over")) == 1


async def test_an_answer_comes_for_a_request_that_lies_where_it_lay(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, scenario='leaves = "lot"') as company:
        company.send(request())
        await company.run(2)
        assert company.names("yeu-cau") == ["YC-000001.csv", "YC-000001.json"]
        assert company.answers()[0]["MA_YEU_CAU"] == "YC.1"
        assert len(company.arrivals("hand_over")) == 1
