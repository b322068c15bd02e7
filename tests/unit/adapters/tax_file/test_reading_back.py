"""What tax's packages say, and what we answer row by row."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.report import ReportKind
from gateway.ports.inbox import PackageNotTaken, PartResult
from tests.unit.adapters.tax.counterpart import Party
from tests.unit.adapters.tax_file.gateway_desk import (
    DOSSIER,
    TAX,
    UNIT,
    Desk,
    kinds,
    notices,
    paid,
    question,
    receipt,
    said,
    state,
    states,
)
from tests.unit.adapters.tax_file.medium import File, listing, sealed, signed, zipped
from tests.unit.adapters.tax_portal.portal_stand import slip

GOOD = (DOSSIER, "000001-01/TB", "10-07-2026", "5000000")


@pytest.fixture
def desk(tmp_path: Path, parties: dict[str, Party]) -> Desk:
    return Desk(tmp_path / "goi", parties)


async def test_notices_states_and_questions_of_one_package_are_told_in_order(
    desk: Desk,
) -> None:
    asked = File("yc.json", "YEU_CAU", said(question()))
    package = await desk.open(desk.packed([notices(GOOD), states(paid()), asked]))
    assert kinds(package.parts) == [
        ReportKind.NOTICES,
        ReportKind.NOTICES,
        ReportKind.PAID,
        ReportKind.QUESTION,
    ]
    moments = {part.report.event_at for part in package.parts if part.report}
    # Nothing is newer than the package; the notice file is of the afternoon before.
    assert {f"{at:%d %H:%M}" for at in moments if at} == {"10 09:30", "13 02:00"}
    about = {part.report.about[0].value for part in package.parts if part.report}
    assert about == {DOSSIER}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (state("DANG_XU_LY"), []),
        (state("TRA_LAI", LyDo="Thiếu giá (ví dụ)"), [ReportKind.TAX_RETURNED]),
        (
            state(
                "MIEN",
                TongPhaiNop="0",
                TongMienGiam="5000000",
                TongDaNop="0",
                TongConPhaiNop="0",
            ),
            [ReportKind.EXEMPTED],
        ),
    ],
)
async def test_a_state_is_told_as_the_portal_would_tell_it(
    desk: Desk, row: dict[str, Any], told: list[ReportKind]
) -> None:
    package = await desk.take(states(row))
    assert kinds(package.parts) == told
    (answered,) = desk.answers()
    (file,) = answered["KetQua"]
    assert [(line["Dong"], line["Ma"]) for line in file["Dong"]] == [("1", "00")]


async def test_bad_rows_stand_among_good_ones_and_are_told_by_their_place(
    desk: Desk,
) -> None:
    late = {**paid(), "TongConPhaiNop": "1"}
    rows = states(paid(), late, "chuỗi", {"MaHoSo": "H-9"}, paid("H-2"))
    package = await desk.take(rows)
    assert len(package.parts) == 7
    (answered,) = desk.answers()
    (file,) = answered["KetQua"]
    assert (answered["SoGoi"], answered["Ma"], file["Ma"]) == ("TX-1", "00", "00")
    assert [(r["Dong"], r["MaHoSo"], r["Ma"]) for r in file["Dong"]] == [
        ("1", DOSSIER, "00"),
        ("2", DOSSIER, "17"),
        ("3", "", "17"),
        ("4", "H-9", "17"),
        ("5", "H-2", "00"),
    ]


async def test_a_notice_of_an_unknown_dossier_is_told_and_the_others_count(
    desk: Desk,
) -> None:
    file = notices(GOOD, ("H-9", "2/TB", "10-07-2026", "1"), ("H-8", "3/TB", "x", "1"))
    package = await desk.open(desk.packed([file]))
    unknown = {"H-9": "no_dossier"}
    results = [
        PartResult(
            part,
            part.refused.code
            if part.refused
            else unknown.get(part.label["MA_HSO"], ""),
        )
        for part in package.parts
    ]
    await package.taken(results, desk.now)
    (answered,) = desk.answers()
    told = answered["KetQua"][0]["Dong"]
    assert [(r["MaHoSo"], r["Ma"]) for r in told] == [
        (DOSSIER, "00"),
        ("H-9", "10"),
        ("H-8", "12"),
    ]


@pytest.mark.parametrize(
    "file",
    [
        File("x.json", "TINH_TRANG", b"{"),
        File("x.json", "TINH_TRANG", b"[]"),
        File("x.json", "YEU_CAU", b'{"DanhSach": []}'),
        File("x.json", "BIEN_NHAN", b'{"DanhSach": [{"SoGoi": "x"}]}'),
        File("x.xml", "THONG_BAO_THUE", b"<DATA/>", "10-07-2026", "False"),
        File("x.xml", "THONG_BAO_THUE", notices(GOOD).raw, "31-02-2026", "False"),
        File("x.xml", "PHIEU_CHUYEN", b"<DATA/>"),
        File("x.json", "TRA_LOI", b"{}"),
    ],
    ids=lambda file: f"{file.kind}-{len(file.raw)}",
)
async def test_a_file_that_cannot_be_read_refuses_itself_alone(
    desk: Desk, file: File
) -> None:
    package = await desk.take(file, states(paid()))
    assert kinds(package.parts)[0] == "file_unreadable"
    assert ReportKind.PAID in kinds(package.parts)
    (answered,) = desk.answers()
    codes = {one["Tep"]: one["Ma"] for one in answered["KetQua"]}
    assert codes == {file.name: "50", "tt.json": "00"}


async def test_a_question_whose_day_is_none_is_refused_alone(desk: Desk) -> None:
    rows = said(question(HanTraLoi="31-02-2026"), question(SoVanBan="13/YC"))
    package = await desk.take(File("yc.json", "YEU_CAU", rows))
    assert kinds(package.parts) == ["body_invalid", ReportKind.QUESTION]


async def test_the_same_package_again_changes_nothing_and_is_answered_as_before(
    desk: Desk,
) -> None:
    rows = states(paid(), {"MaHoSo": "H-9"})
    await desk.take(rows)
    (first,) = desk.answers()
    desk.later(hours=1)
    again = await desk.take(rows, THOI_GIAN_LAP="20260713150000")
    assert again.parts == ()
    _, second = desk.answers()
    assert (first["Ma"], second["Ma"]) == ("00", "01")
    assert first["KetQua"] == second["KetQua"]


async def test_a_number_that_stands_for_another_content_is_refused(desk: Desk) -> None:
    await desk.take(states(paid()))
    raw = desk.packed([states(paid("H-2"))])
    assert await refused(desk, raw) == ("package_25", "TX-1", TAX)
    assert [one["Ma"] for one in desk.answers()] == ["00", "25"]


async def test_a_package_of_receipts_alone_is_not_answered(desk: Desk) -> None:
    await desk.send(slip(facts={"competent": "tax-02"}))
    await desk.take(receipt("LT-t_0001"))
    assert desk.outgoing() == {}


async def test_our_receipts_leave_after_ten_days(desk: Desk) -> None:
    await desk.take(states(paid()))
    desk.later(days=10)
    assert [one.answers for one in await desk.inbox.outgoing(desk.now)] == [True]
    desk.later(minutes=1)
    assert await desk.inbox.outgoing(desk.now) == []


# ---------------------------------------------------------------- nothing is taken


async def refused(desk: Desk, raw: bytes, name: str = "a.p7m") -> tuple[str, str, str]:
    """Why a package is not taken; it is put aside and answered."""
    with pytest.raises(PackageNotTaken) as caught:
        await desk.open(raw, name)
    await desk.inbox.refused(name, caught.value, desk.now)
    assert await desk.inbox.waiting() == []
    assert (desk.folder / "khong-doc-duoc" / name).read_bytes() == raw
    return caught.value.code, caught.value.number, caught.value.sender


def inside(desk: Desk, entries: list[tuple[str, bytes]]) -> bytes:
    """A package of exactly these entries."""
    return sealed(zipped(entries), desk.parties["gateway"])


async def test_what_is_sealed_for_another_or_damaged_is_not_opened(desk: Desk) -> None:
    raw = desk.packed([states(paid())], to="stranger")
    assert await refused(desk, raw, "TX-7.p7m") == ("package_20", "", "")
    damaged = bytearray(desk.packed([states(paid())]))
    damaged[300] ^= 1
    code = (await refused(desk, bytes(damaged), "TX-8.p7m"))[0]
    assert code in {"package_20", "package_21"}
    assert [one["SoGoi"] for one in desk.answers()] == ["TX-7", "TX-8"]


async def test_a_package_signed_by_a_stranger_is_not_believed(desk: Desk) -> None:
    raw = desk.packed([states(paid())], by="stranger")
    assert await refused(desk, raw) == ("package_22", "", "")


async def test_a_list_that_is_not_signed_is_not_believed(desk: Desk) -> None:
    file = states(paid())
    row = {
        "SO_GOI": "TX-1",
        "DON_VI_GUI": TAX,
        "DON_VI_NHAN": UNIT,
        "THOI_GIAN_LAP": "20260713090000",
    }
    bare = listing([file], **row).encode()
    raw = inside(desk, [("goi.xml", bare), (file.name, file.raw)])
    assert (await refused(desk, raw))[0] == "package_22"


async def test_files_that_are_not_as_listed_refuse_the_whole_package(
    desk: Desk,
) -> None:
    one, other = states(paid()), File("tt2.json", "TINH_TRANG", said(paid("H-2")))
    row = {
        "SO_GOI": "TX-1",
        "DON_VI_GUI": TAX,
        "DON_VI_NHAN": UNIT,
        "THOI_GIAN_LAP": "20260713090000",
    }
    goi = ("goi.xml", signed(listing([one], **row), desk.parties["tax"]))
    changed = (one.name, one.raw.replace(b"5000000", b"5000001"))
    for entries in (
        [goi],
        [goi, changed],
        [goi, (one.name, one.raw), (other.name, other.raw)],
    ):
        told = await refused(desk, inside(desk, entries))
        assert told == ("package_23", "TX-1", TAX)
        (desk.folder / "khong-doc-duoc" / "a.p7m").unlink()


@pytest.mark.parametrize(
    "row", [{"DON_VI_NHAN": "H99.LT.01"}, {"DON_VI_GUI": "TCT-XA-LA"}]
)
async def test_a_package_for_or_from_somebody_else_is_not_taken(
    desk: Desk, row: dict[str, str]
) -> None:
    code, number, _ = await refused(desk, desk.packed([states(paid())], **row))
    assert (code, number) == ("package_24", "TX-1")


@pytest.mark.parametrize(
    "row",
    [
        {"THOI_GIAN_LAP": "20260231000000"},
        {"SO_GOI": "../../etc"},
        {"SO_GOI": ".an"},
    ],
)
async def test_a_list_outside_its_schema_refuses_the_package(
    desk: Desk, row: dict[str, str]
) -> None:
    code, *_ = await refused(desk, desk.packed([states(paid())], **row))
    assert code == "package_21"


async def test_an_archive_that_unpacks_without_end_is_refused(desk: Desk) -> None:
    bomb = File("tt.json", "TINH_TRANG", b"0" * (65 * 1024 * 1024))
    raw = desk.packed([bomb])
    assert len(raw) < 1024 * 1024
    assert (await refused(desk, raw))[0] == "package_21"


async def test_what_is_no_package_at_all_is_put_aside(desk: Desk) -> None:
    code, number, _ = await refused(desk, b"khong phai goi tin", "thu.p7m")
    assert (code, number) == ("package_20", "")
    assert [one["SoGoi"] for one in desk.answers()] == ["thu"]


async def test_with_two_tax_offices_nobody_is_told_of_what_proves_no_sender(
    tmp_path: Path, parties: dict[str, Party]
) -> None:
    two = {"tax-02": TAX, "tax-03": "TCT-MAU-03"}
    road = {"id": "x", "tax": {"sender": UNIT, "receivers": two}}
    desk = Desk(tmp_path / "goi", parties, road=road)
    assert (await refused(desk, b"khong phai goi tin"))[0] == "package_20"
    assert not (desk.folder / "di").exists()


# ---------------------------------------------------------------- arriving


async def test_a_file_that_is_still_being_copied_waits_until_it_is_whole(
    desk: Desk,
) -> None:
    raw = desk.packed([states(paid())])
    for part in (0, 1, 5, 200, len(raw) - 1):
        desk.put(raw[:part])
        assert await desk.inbox.waiting() == []
    desk.put(raw)
    assert await desk.inbox.waiting() == ["TX-1.p7m"]


async def test_names_with_a_dot_in_front_and_other_files_are_passed_over(
    desk: Desk,
) -> None:
    raw = desk.packed([states(paid())])
    for name in (".TX-1.p7m", "TX-1.p7m.part", "readme.txt"):
        desk.put(raw, name)
    assert await desk.inbox.waiting() == []


async def test_a_file_handed_in_keeps_what_is_harmless_of_its_name(desk: Desk) -> None:
    raw = desk.packed([states(paid())])
    names = [
        await desk.inbox.bring(name, raw)
        for name in ("../../TX 1.p7m", "TX 1.p7m", "", ".p7m")
    ]
    assert names == ["TX-1.p7m", "TX-1-2.p7m", "goi.p7m", "goi-2.p7m"]
    assert {path.parent for path in desk.folder.rglob("*.p7m")} == {desk.folder / "ve"}


async def test_what_was_taken_is_deleted_here(desk: Desk) -> None:
    await desk.take(states(paid()))
    assert list((desk.folder / "ve").iterdir()) == []
    lying = [path for path in desk.folder.rglob("*") if path.is_file()]
    assert len(lying) == 3
    assert DOSSIER.encode() not in b"".join(path.read_bytes() for path in lying)


async def test_the_disk_is_worked_beside_the_event_loop(desk: Desk) -> None:
    desk.put(desk.packed([states(paid())]))
    waiting, _ = await asyncio.gather(desk.inbox.waiting(), desk.inbox.waiting())
    assert waiting == ["TX-1.p7m"]
