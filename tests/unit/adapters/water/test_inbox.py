"""What a company puts down is taken once, left while it is not whole, and answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.domain.errors import AgencyBrokeContract
from gateway.domain.report import FileLink, ReportKind
from gateway.ports.inbox import PackageNotTaken
from tests.unit.adapters.water.gateway_side import DOSSIER, GOOD, HEADS, Side
from tests.unit.adapters.water.published import FAULTY, SAMPLES, table

STILL_BAD = f"{DOSSIER};SAP_XONG;12/03/2026;"


async def test_a_lot_is_read_and_moved_with_its_manifest(side: Side) -> None:
    side.lot(5, GOOD)
    found = await side.look()
    assert [one.kind for one in found.reports] == [ReportKind.PROGRESS]
    assert side.names("tra-loi") == set()
    assert side.names("tra-loi/da-nhan") == {"TL-000005.json", "TL-000005.csv"}
    assert side.names("tra-loi/loi") == set()


async def test_the_published_lot_brings_its_reports_and_result(side: Side) -> None:
    for path in (SAMPLES / "tra-loi").iterdir():
        side.write(path.name, path.read_bytes())
    found = await side.look()
    assert (found.files, found.rows) == ([], [])
    (file,) = [file for report in found.reports for file in report.files]
    chunks = side.adapter.fetch_file(file, timeout_s=5)
    body = b"".join([piece async for piece in chunks])
    assert body == (SAMPLES / "tra-loi/TL-000005.002-01.pdf").read_bytes()


async def test_what_two_looks_found_is_taken_and_told_of_by_one(side: Side) -> None:
    for number, rows in ((5, (GOOD,)), (6, (GOOD, GOOD))):
        side.lot(number, *rows, so_dong=1)
    names = await side.inbox.waiting()
    await side.look()
    before = {part: side.names(part) for part in ("tra-loi/da-nhan", "tra-loi/loi")}
    for name in names:
        body = await side.inbox.read(name)
        package = await side.inbox.open(name, body, side.now)
        assert (package.parts, package.confirms) == ([], [])
        await package.taken([], side.now)
    assert before == {part: side.names(part) for part in before}
    # What was refused may come again, put right, under the same number.
    side.lot(6, GOOD)
    assert (await side.look()).files == []


async def test_a_bad_row_is_reported_and_the_good_ones_count(side: Side) -> None:
    for path in (SAMPLES / "loi").glob("TL-000006.*"):
        if ".loi." not in path.name:
            side.write(path.name, path.read_bytes())
    found = await side.look(unknown=["H00.99.01-260310-9999"])
    assert len(found.reports) == 1
    assert found.rows == [("4", "water_d04")]
    assert side.names("tra-loi/loi") == {"TL-000006.loi.csv"}
    report = (side.folder / "tra-loi/loi/TL-000006.loi.csv").read_bytes()
    assert report == (SAMPLES / "loi/TL-000006.loi.csv").read_bytes()


async def test_a_number_of_another_dossier_is_reported_as_what_it_is(
    side: Side,
) -> None:
    side.lot(5, f"{GOOD};HS-1", heads="MA_HO_SO;TRANG_THAI;NGAY;GIO;SO_HO_SO")
    await side.look(unknown=[DOSSIER], cause="number_of_another")
    report = (side.folder / "tra-loi/loi/TL-000005.loi.csv").read_text("utf-8-sig")
    told = dict(zip(*(line.split(";") for line in report.splitlines()), strict=True))
    assert (told["COT"], told["MA_LOI"]) == ("SO_HO_SO", "D11")


async def test_a_corrected_report_is_a_table_that_counts(clerk: Side) -> None:
    report = (SAMPLES / "loi/TL-000006.loi.csv").read_text("utf-8-sig")
    clerk.write("sua lai.csv", report.replace("31/02", "18/03").encode())
    clerk.write("TL-000006.2.loi.csv", report.encode())
    await clerk.look()
    clerk.later(minutes=10)
    found = await clerk.look()
    assert [one.facts.get("step") for one in found.reports] == [
        "KHAO_SAT",
        "GAN_DONG_HO",
    ]
    assert "TL-000006.2.loi.csv" in clerk.names("tra-loi")


@pytest.mark.parametrize("file", FAULTY["file"][5:], ids=lambda file: str(file["name"]))
async def test_a_bad_manifest_refuses_the_whole_lot(
    side: Side, file: dict[str, str]
) -> None:
    lot = side.lot(9, GOOD)
    wrong = (SAMPLES / "doc-loi" / file["name"]).read_bytes()
    side.write(f"{lot}.json", wrong)
    assert (await side.look()).files == [
        (f"{lot}.json", f"water_{file['code'].lower()}")
    ]
    assert side.names("tra-loi/loi") == {f"{lot}.json", f"{lot}.csv", f"{lot}.loi.csv"}
    assert side.names("tra-loi") == set()


@pytest.mark.parametrize(
    "changed",
    [
        {"so_lo": "TL-000010"},
        {"so_thu_tu": 10},
        {"loai": "YEU_CAU", "ma_yeu_cau": []},
        {"tep": []},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_a_manifest_that_contradicts_itself_is_refused(
    side: Side, changed: dict[str, Any]
) -> None:
    side.lot(9, GOOD, **changed)
    assert (await side.look()).files == [("TL-000009.json", "water_t10")]


def listed(**changed: Any) -> dict[str, Any]:
    """A file as a manifest lists it."""
    name = {"ten": "TL-000009.csv", "vai_tro": "BANG"}
    return {**name, "kich_thuoc": 1, "sha256": "0" * 64, **changed}


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([listed(kich_thuoc=64 * 1024 * 1024 + 1)], "water_t12"),
        ([listed(ten=f"TL-000009.{n}.csv") for n in range(501)], "water_t12"),
        ([listed(kich_thuoc=64 * 1024 * 1024 + 1, sha256="0")], "water_t10"),
        ([listed(kich_thuoc=-1)], "water_t10"),
    ],
    ids=["a file too large", "files too many", "too large and no digest", "no size"],
)
async def test_what_is_only_too_much_is_told_as_that(
    side: Side, files: list[dict[str, Any]], code: str
) -> None:
    side.lot(9, GOOD, tep=files)
    assert (await side.look()).files == [("TL-000009.json", code)]


async def test_a_number_of_rows_that_differs_is_refused(side: Side) -> None:
    side.lot(9, GOOD, so_dong=2)
    assert (await side.look()).files == [("TL-000009.json", "water_t09")]


async def test_a_wrong_checksum_is_refused_at_once(side: Side) -> None:
    lot = side.lot(9, GOOD)
    body = (side.folder / f"tra-loi/{lot}.csv").read_bytes()
    side.write(f"{lot}.csv", body.replace(b"09:30", b"09:31"))
    assert (await side.look()).files == [(f"{lot}.json", "water_t03")]


async def test_a_file_that_is_still_being_copied_is_left(side: Side) -> None:
    lot = side.lot(9, GOOD)
    whole = (side.folder / f"tra-loi/{lot}.csv").read_bytes()
    side.write(f"{lot}.csv", whole[:20])
    for size in (30, 40):
        assert (await side.look()).files == []
        side.later(minutes=59)
        side.write(f"{lot}.csv", whole[:size])
    side.write(f"{lot}.csv", whole)
    assert len((await side.look()).reports) == 1


async def test_a_file_that_stays_too_small_is_refused_after_an_hour(side: Side) -> None:
    lot = side.lot(9, GOOD)
    side.write(f"{lot}.csv", b"half")
    await side.look()
    side.later(minutes=60)
    assert (await side.look()).files == [(f"{lot}.json", "water_t03")]


@pytest.mark.parametrize(("gone", "code"), [("json", "t01"), ("csv", "t02")])
async def test_half_a_lot_is_left_told_once_and_taken_when_it_is_whole(
    side: Side, gone: str, code: str
) -> None:
    lot = side.lot(9, GOOD)
    path = side.folder / f"tra-loi/{lot}.{gone}"
    body = path.read_bytes()
    path.unlink()
    assert (await side.look()).files == []
    side.later(minutes=59)
    assert (await side.look()).files == []
    side.later(minutes=1)
    assert (await side.look()).files == [(f"{lot}.json", f"water_{code}")]
    side.later(hours=5)
    assert (await side.look()).files == []
    assert len(side.names("tra-loi")) == 1
    assert side.names("tra-loi/loi") == {f"{lot}.loi.csv"}
    path.write_bytes(body)
    assert len((await side.look()).reports) == 1


async def test_a_lot_that_comes_again_counts_nothing(side: Side) -> None:
    side.lot(9, GOOD)
    await side.look()
    side.lot(9, GOOD)
    found = await side.look()
    assert (found.reports, found.files, found.rows) == ([], [], [])
    assert side.names("tra-loi") == set()
    assert "TL-000009.json.2" in side.names("tra-loi/da-nhan")


async def test_a_name_that_was_taken_is_not_taken_for_another_content(
    side: Side,
) -> None:
    side.lot(9, GOOD)
    await side.look()
    side.lot(9, STILL_BAD)
    found = await side.look()
    assert (found.reports, found.files) == ([], [("TL-000009.json", "water_t04")])
    assert "TL-000009.json" in side.names("tra-loi/loi")


async def test_lots_are_taken_by_number_and_a_gap_is_told_once(side: Side) -> None:
    side.lot(10, f"{DOSSIER};THI_CONG;13/03/2026;")
    side.lot(9, GOOD)
    side.lot(1_000_002, f"{DOSSIER};HOAN_THANH;14/03/2026;")
    found = await side.look()
    assert [one.facts.get("step") for one in found.reports] == [
        *("KHAO_SAT", "THI_CONG", None)
    ]
    assert found.rows == [("", "water_lot_gap")]
    side.lot(1_000_003, GOOD)
    assert (await side.look()).rows == []


async def test_what_was_left_of_a_taken_lot_is_moved_after_it(side: Side) -> None:
    lot = side.lot(9, GOOD)
    await side.look()
    (side.folder / f"tra-loi/da-nhan/{lot}.csv").rename(
        side.folder / f"tra-loi/{lot}.csv"
    )
    found = await side.look()
    assert (found.reports, found.files) == ([], [])
    assert side.names("tra-loi") == set()


async def test_another_node_knows_what_was_taken(side: Side) -> None:
    side.lot(9, GOOD)
    await side.look()
    side.lot(9, GOOD)
    side.adapter = side.bound()
    assert (await side.look()).reports == []


async def test_taking_again_after_a_crash_reports_the_same_errors_once(
    side: Side,
) -> None:
    side.lot(9, STILL_BAD)
    body = await side.inbox.read("TL-000009.json")
    for _ in ("before the crash", "after it"):
        package = await side.inbox.open("TL-000009.json", body, side.now)
        await package.taken([], side.now)
        (note,) = (side.folder / ".cong").glob("ve-*")
        note.unlink()
        side.lot(9, STILL_BAD)
    assert side.names("tra-loi/loi") == {"TL-000009.loi.csv"}


async def test_a_result_is_that_of_its_row_even_when_names_are_used_again(
    side: Side,
) -> None:
    row = "{0};HOAN_THANH;1{1}/03/2026;TL-00000{1}.hd.pdf"
    for number in (8, 9):
        side.lot(
            number,
            row.format(DOSSIER, number),
            heads=HEADS,
            results={"hd.pdf": b"%%PDF %d" % number},
        )
    reports = (await side.look()).reports
    for number, report in zip((8, 9), reports, strict=True):
        (file,) = report.files
        pieces = side.adapter.fetch_file(file, timeout_s=5)
        assert b"".join([one async for one in pieces]) == b"%%PDF %d" % number


@pytest.mark.parametrize("moved_after", ["lying", "sha256"])
async def test_a_result_that_is_moved_while_it_is_looked_for_is_given(
    side: Side, monkeypatch: pytest.MonkeyPatch, moved_after: str
) -> None:
    row = f"{DOSSIER};HOAN_THANH;12/03/2026;TL-000009.hd.pdf"
    side.lot(9, row, heads=HEADS, results={"hd.pdf": b"%PDF"})
    body = await side.inbox.read("TL-000009.json")
    package = await side.inbox.open("TL-000009.json", body, side.now)
    (report,) = [part.report for part in package.parts if part.report]
    (file,) = report.files
    folder = side.adapter._folder
    look = getattr(folder, moved_after)

    async def and_then_it_is_moved(*given: Any) -> Any:
        found = await look(*given)
        if "TL-000009.json" in side.names("tra-loi"):
            await package.taken([], side.now)
        return found

    monkeypatch.setattr(folder, moved_after, and_then_it_is_moved)
    pieces = side.adapter.fetch_file(file, timeout_s=5)
    assert b"".join([one async for one in pieces]) == b"%PDF"
    assert side.names("tra-loi") == set()


async def test_a_result_that_was_changed_or_taken_away_is_not_given(side: Side) -> None:
    row = f"{DOSSIER};HOAN_THANH;12/03/2026;TL-000009.hd.pdf"
    side.lot(9, row, heads=HEADS, results={"hd.pdf": b"%PDF"})
    ((file,),) = [report.files for report in (await side.look()).reports]
    side.write("TL-000009.hd.pdf", b"%PDF other", "tra-loi/da-nhan")
    for link, code in (
        (file, "result_gone"),
        (FileLink("a", "../../etc/passwd"), "file_elsewhere"),
    ):
        with pytest.raises(AgencyBrokeContract) as refused:
            async for _ in side.adapter.fetch_file(link, timeout_s=5):
                pass
        assert refused.value.code == code


async def test_a_result_that_no_lot_brings_is_told_for_its_row_alone(
    side: Side,
) -> None:
    rows = (
        f"{DOSSIER};HOAN_THANH;12/03/2026;khac.pdf",
        f"{DOSSIER};KHAO_SAT;11/03/2026;",
    )
    side.lot(9, *rows, heads=HEADS)
    found = await side.look()
    assert found.rows == [("2", "water_d07")]
    assert [one.facts.get("step") for one in found.reports] == ["KHAO_SAT"]


# ---------------------------------------------------------------- clerks


async def test_a_clerks_table_and_scan_are_taken_once_they_lie_still(
    clerk: Side,
) -> None:
    for path in (SAMPLES / "tay").iterdir():
        clerk.write(path.name, path.read_bytes())
    assert (await clerk.look()).reports == []
    clerk.later(minutes=9)
    assert (await clerk.look()).reports == []
    clerk.later(minutes=1)
    found = await clerk.look()
    assert [one.kind.value for one in found.reports] == [
        "progress",
        "progress",
        "finished",
    ]
    (file,) = found.reports[-1].files
    assert file.name == "ket-qua-01.pdf"
    pieces = clerk.adapter.fetch_file(file, timeout_s=5)
    assert b"".join([one async for one in pieces]).startswith(b"%PDF")
    assert clerk.names("tra-loi") == set()


async def test_a_table_that_excel_has_open_is_left(clerk: Side) -> None:
    clerk.write("a.csv", table(GOOD))
    clerk.write("~$a.csv", b"x")
    await clerk.look()
    clerk.later(minutes=30)
    assert (await clerk.look()).reports == []
    (clerk.folder / "tra-loi/~$a.csv").unlink()
    assert len((await clerk.look()).reports) == 1


async def test_a_table_waits_an_hour_for_the_files_that_it_names(clerk: Side) -> None:
    row = f"{DOSSIER};HOAN_THANH;12/03/2026;hd.pdf"
    clerk.write("a.csv", table(row, headings=HEADS))
    await clerk.look()
    clerk.later(minutes=59)
    assert (await clerk.look()).rows == []
    clerk.later(minutes=1)
    assert (await clerk.look()).rows == [("2", "water_d07")]
    assert clerk.names("tra-loi/loi") == {"a.loi.csv"}


async def test_a_scan_that_nobody_names_is_told_once_and_left(clerk: Side) -> None:
    clerk.write("Nguyễn Văn Mẫu.pdf", b"%PDF")
    await clerk.look()
    clerk.later(minutes=60)
    assert (await clerk.look()).files == [("Nguyễn Văn Mẫu.pdf", "water_t01")]
    clerk.later(hours=1)
    assert (await clerk.look()).files == []
    assert clerk.names("tra-loi") == {"Nguyễn Văn Mẫu.pdf"}


async def test_a_clerk_may_send_the_whole_list_each_time(clerk: Side) -> None:
    for name, rows in (
        ("a.csv", [GOOD]),
        ("b.csv", [GOOD, GOOD.replace("12/", "13/")]),
    ):
        clerk.write(name, table(*rows))
    await clerk.look()
    clerk.later(minutes=10)
    prints = [one.fingerprint for one in (await clerk.look()).reports]
    assert (len(prints), len(set(prints))) == (3, 2)


async def test_a_program_puts_no_table_down_without_a_manifest(side: Side) -> None:
    side.write("a.csv", table(GOOD))
    await side.look()
    side.later(minutes=60)
    assert (await side.look()).files == [("a.csv", "water_t01")]


async def test_a_table_that_a_person_hands_in_is_read_at_once(side: Side) -> None:
    inbox = side.inbox
    name = await inbox.bring("C:\\Users\\.bảng.csv", table(GOOD))
    package = await inbox.open(name, await inbox.read(name), side.now)
    assert len(package.parts) == 1
    assert await inbox.bring("bảng.csv", table(GOOD)) != name


async def test_what_is_refused_names_nobody_in_its_error(clerk: Side) -> None:
    name = "Nguyễn Văn Mẫu.csv"
    clerk.write(name, b"x;y\r\n1;2")
    inbox = clerk.inbox
    with pytest.raises(PackageNotTaken) as refused:
        await inbox.open(name, await inbox.read(name), clerk.now)
    assert (refused.value.code, refused.value.detail) == ("water_t07", "MA_HO_SO")
    assert "Mẫu" not in f"{refused.value} {refused.value.number}"


# ---------------------------------------------------------------- how long it is kept


async def test_what_was_kept_for_its_time_is_deleted(side: Side) -> None:
    side.now = datetime.now(UTC)
    side.lot(9, GOOD)
    await side.look()
    side.later(days=11)
    await side.look()
    assert side.names("tra-loi/da-nhan") == {"TL-000009.json"}
    side.later(days=80)
    await side.look()
    assert side.names("tra-loi/da-nhan") == set()


async def test_no_note_of_ours_says_who_somebody_is(clerk: Side) -> None:
    name = "Nguyễn Văn Mẫu.csv"
    clerk.write(name, table(GOOD))
    await clerk.look()
    clerk.later(minutes=10)
    await clerk.look()
    notes = [*(clerk.folder / ".cong").iterdir()]
    assert notes
    told = " ".join(f"{one.name} {one.read_text('utf-8')}" for one in notes)
    assert "Mẫu" not in told
    assert DOSSIER not in told
