"""What the mock tax office puts down for its sender, by the clock."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from tests.unit.adapters.tax_file.medium import (
    NUMBER,
    OFFICE,
    OTHER,
    UNIT,
    File,
    Package,
    Road,
)

Open = Callable[..., AbstractAsyncContextManager[Road]]
TB = "000001-{:02d}/TB".format
USUAL = [(NUMBER, TB(1), "20000000"), (NUMBER, TB(2), "5000000")]
TOTALS = ("TongPhaiNop", "TongMienGiam", "TongDaNop", "TongConPhaiNop")


async def sent(road: Road, *files: File, number: str = "LT-1") -> Package:
    """A package that is taken away again as soon as its receipt has come."""
    road.send(*files, number=number)
    package = await road.read()
    assert package.receipts[0] == (number, "00")
    road.empty()
    return package


def the_state(package: Package) -> dict[str, Any]:
    (state,) = package.of("TINH_TRANG")
    return state


def totals(package: Package) -> tuple[str, ...]:
    """State and the four sums."""
    state = the_state(package)
    return (state["TrangThai"], *(state[name] for name in TOTALS))


def times(packages: list[Package]) -> list[str]:
    return [package.row["THOI_GIAN_LAP"] for package in packages]


# ---------------------------------------------------------------- reading hours


async def test_tax_reads_twice_a_working_day_and_answers_in_one_package(
    road: Road,
) -> None:
    assert await road.run(1) == []
    road.send(road.slip())
    road.send(road.slip(ma_hs=OTHER), number="LT-2")
    (first,) = await road.run(1)
    assert times([first]) == ["20260707090000"]
    assert first.row["DON_VI_GUI"] == OFFICE
    assert first.row["DON_VI_NHAN"] == UNIT
    # Receipts first: the states are those of slips just taken.
    assert first.kinds == ["BIEN_NHAN", "TINH_TRANG"]
    assert first.receipts == [("LT-1", "00"), ("LT-2", "00")]
    assert first.states == [(NUMBER, "DANG_XU_LY"), (OTHER, "DANG_XU_LY")]
    assert first.name == f"{first.number}.p7m"
    road.empty()
    # Friday noon: what is put down then is read at 15:00, and what comes later on Monday.
    assert (await road.run(24 * 3)) != []
    road.send(road.slip(so_phieu="0009/PCTT", seq_id="LAND-9"), number="LT-3")
    (at_three,) = await road.run(6)
    road.empty()
    road.send(road.slip(so_phieu="0010/PCTT", seq_id="LAND-10"), number="LT-4")
    packages = await road.run(24 * 3)
    assert times([at_three, *packages])[:2] == ["20260710150000", "20260713090000"]
    assert packages[0].receipts == [("LT-4", "00")]


async def test_tax_reads_at_the_hours_that_it_is_told(open_road: Open) -> None:
    async with open_road(read_at=["10:30"]) as road:
        road.send(road.slip())
        assert times(await road.run(24)) == ["20260707103000"]


async def test_tax_reads_at_once_when_it_is_asked_to(road: Road) -> None:
    road.send(road.slip())
    told = await road.post()
    (package,) = road.back()
    assert told == {"da_doc": 1, "goi_ra": [package.name]}


async def test_nothing_new_makes_no_package(road: Road) -> None:
    assert await road.run(24 * 7) == []
    await sent(road, road.slip())
    assert await road.run(24) == []
    assert (await road.post())["goi_ra"] == []
    assert list((road.folder / "ve").glob(".*")) == []


async def test_every_package_of_tax_has_a_number_of_its_own(road: Road) -> None:
    road.send(road.slip())
    packages = await road.run(24 * 7)
    numbers = [package.number for package in packages]
    assert len(numbers) == 3
    assert len(set(numbers)) == len(numbers)
    booked = [facts["so_goi"] for facts in road.arrivals("package_out")]
    assert booked == numbers


# ---------------------------------------------------------------- notices and states


async def test_notices_are_issued_in_the_afternoon_and_leave_in_the_morning(
    open_road: Open,
) -> None:
    async with open_road(scenario="never_paid = true") as road:
        await sent(road, road.slip())
        (package,) = await road.run(24 * 10)
        # Decided on Thursday at 07:30, issued at 16:30, carried on Friday.
        assert times([package]) == ["20260710090000"]
        assert package.kinds == ["THONG_BAO_THUE", "TINH_TRANG"]
        (file,) = (f for f in package.files if f.kind == "THONG_BAO_THUE")
        assert (file.day, file.is_update) == ("09-07-2026", "False")
        assert package.rows == USUAL
        sums = ("25000000", "0", "0", "25000000")
        assert totals(package) == ("DA_CO_THONG_BAO", *sums)
        due = [row["HanNop"] for row in the_state(package)["DanhSachThongBao"]]
        assert due == ["08-08-2026", "08-08-2026"]


async def test_a_state_names_the_bytes_of_the_slip(road: Road) -> None:
    slip = road.slip()
    (row,) = the_state(await sent(road, slip))["DanhSachPhieu"]
    assert row["MaBam"] == hashlib.sha256(slip.raw).hexdigest()
    assert row["ThoiGianNhan"] == "20260707073000"


async def test_payment_at_a_bank_counter_comes_as_a_state(road: Road) -> None:
    await sent(road, road.slip())
    # Paid three days after the decision: Sunday, told on Monday.
    *_, paid = await road.run(24 * 7)
    assert times([paid]) == ["20260713090000"]
    assert paid.kinds == ["TINH_TRANG"]
    assert totals(paid) == ("DA_HOAN_THANH", "25000000", "0", "25000000", "0")
    assert await road.run(24 * 30) == []


@pytest.mark.parametrize("kind", ["dossier", "amount", "date", "number"])
async def test_a_bad_row_of_tax_stands_among_good_ones(
    open_road: Open, kind: str
) -> None:
    async with open_road(scenario=f'never_paid = true\nbad_row = "{kind}"') as road:
        await sent(road, road.slip())
        (package,) = await road.run(24 * 7)
        assert len(package.rows) == 3
        assert package.rows[1:] == USUAL


ADJUSTED = "never_paid = true\n[tax_file.adjust]\nso_tien = 18000000\n"


async def test_an_adjustment_is_marked_in_the_list(open_road: Open) -> None:
    async with open_road(scenario=f"{ADJUSTED}new_number = true") as road:
        await sent(road, road.slip())
        first, second = await road.run(24 * 10)
        assert (first.rows, second.rows) == (
            USUAL,
            [(NUMBER, TB(1), "0"), (NUMBER, TB(3), "18000000")],
        )
        assert second.files[0].is_update == "True"
        assert the_state(second)["DanhSachThongBao"][0]["SoThayThe"] == TB(3)


async def test_a_withdrawn_slip_takes_its_notices_back(open_road: Open) -> None:
    async with open_road(scenario="never_paid = true") as road:
        await sent(road, road.slip())
        await road.run(24 * 4)
        receipt = await sent(road, road.more("13", "0002/PCTT"), number="LT-2")
        # Its notices are withdrawn in the afternoon: until then nothing is told of them.
        assert receipt.kinds == ["BIEN_NHAN"]
        (package,) = await road.run(24 * 7)
        assert package.rows == [(NUMBER, TB(1), "0"), (NUMBER, TB(2), "0")]
        assert totals(package) == ("DA_THU_HOI", "0", "0", "0", "0")


async def test_a_replaced_slip_is_told_of_no_more(open_road: Open) -> None:
    async with open_road(scenario="never_paid = true") as road:
        await sent(road, road.slip())
        state = the_state(await sent(road, road.more("11", "0002/PCTT"), number="LT-2"))
        assert (state["SoPhieu"], state["TrangThai"]) == ("0002/PCTT", "DANG_XU_LY")
        packages = await road.run(24 * 7)
        numbers = [row[1] for package in packages for row in package.rows]
        assert numbers == ["000002-01/TB", "000002-02/TB"]


@pytest.mark.parametrize(
    ("answer", "state"), [("exempt", "MIEN"), ("refused", "TRA_LAI")]
)
async def test_without_a_notice_the_state_tells(
    open_road: Open, answer: str, state: str
) -> None:
    async with open_road(scenario=f'answer = "{answer}"') as road:
        await sent(road, road.slip())
        (package,) = await road.run(24 * 10)
        assert (package.kinds, package.states) == (["TINH_TRANG"], [(NUMBER, state)])
        assert times([package]) == ["20260709090000"]


async def test_late_interest_is_a_notice_of_its_own(open_road: Open) -> None:
    scenario = "never_paid = true\nlate_interest = 45000"
    async with open_road(scenario=scenario) as road:
        await sent(road, road.slip())
        *_, last = await road.run(24 * 40)
        assert last.rows == [(NUMBER, TB(3), "45000")]
        assert totals(last)[1:] == ("25045000", "0", "0", "25045000")


# ---------------------------------------------------------------- questions

QUESTION = 'never_paid = true\n[tax_file.question]\nkind = "GIAI_TRINH"\nfile = true\n'


async def test_a_question_holds_the_notice_until_its_answer_came(
    open_road: Open,
) -> None:
    async with open_road(scenario=QUESTION) as road:
        await sent(road, road.slip())
        (package,) = await road.run(24 * 10)
        assert package.kinds == ["YEU_CAU", "TINH_TRANG"]
        (asked,) = package.of("YEU_CAU")
        assert (asked["SoPhieu"], asked["LoaiYeuCau"]) == ("0001/PCTT", "GIAI_TRINH")
        assert base64.b64decode(asked["TepDinhKem"]["Tep"]).startswith(b"%PDF")
        # Five working days from Tuesday.
        days = (asked["NgayVanBan"], asked["HanTraLoi"])
        assert days == ("07-07-2026", "14-07-2026")
        waiting = f"Chờ trả lời văn bản {asked['SoVanBan']}"
        assert the_state(package)["LyDo"] == waiting
        answer = road.answer(asked["SoVanBan"])
        taken = await sent(road, answer, number="LT-2")
        assert (taken.codes, "LyDo" in the_state(taken)) == (["00"], False)
        packages = await road.run(24 * 7)
        assert [row for package in packages for row in package.rows] == USUAL
        assert road.effects() == [("slip_new", NUMBER), ("question_answer", NUMBER)]


async def test_an_answer_counts_once_by_its_bytes(open_road: Open) -> None:
    async with open_road(scenario=QUESTION) as road:
        await sent(road, road.slip(), road.answer("1/YC"))
        (package,) = await road.run(24)
        number = package.of("YEU_CAU")[0]["SoVanBan"]
        answer = road.answer(number)
        files = [
            road.answer("1/YC"),
            road.answer(number, SoPhieu="0009/PCTT"),
            road.answer(number, DanhSachTep=[{"TenTep": "a.pdf", "Tep": "YQ"}]),
            road.answer(number, Thua=""),
            answer,
            answer,
            road.answer(number, "Khác"),
        ]
        taken = await sent(road, *files, number="LT-2")
        assert taken.codes == ["40", "40", "50", "50", "00", "01", "30"]
        again = await sent(road, answer, road.slip(ma_hs=OTHER), number="LT-3")
        assert again.codes == ["01", "00"]
        kinds = [kind for kind, _ in road.effects()]
        assert kinds == ["slip_new", "question_answer", "slip_new"]


# ---------------------------------------------------------------- twice, late


async def test_a_package_of_tax_may_come_twice(open_road: Open) -> None:
    async with open_road(scenario="package_twice = true\nnever_paid = true") as road:
        road.send(road.slip())
        (first,) = await road.run(2)
        road.empty()
        road.send(road.slip(ma_hs=OTHER), number="LT-2")
        newer, again = await road.run(6)
        # The same package in another envelope under another name, behind a newer one.
        assert (again.number, again.goi) == (first.number, first.goi)
        assert again.files == first.files
        assert again.name != first.name
        assert again.raw != first.raw
        assert times([newer, again]) == ["20260707150000", "20260707090000"]
        road.empty()
        packages = await road.run(24 * 7)
        numbers = [package.number for package in packages if package.rows]
        assert len(numbers) == 2
        assert len(set(numbers)) == 1


async def test_other_packages_of_tax_come_once(open_road: Open) -> None:
    async with open_road(scenario="package_twice = true") as road:
        await sent(road, road.slip(ma_hs=OTHER))
        packages = await road.run(24 * 7)
        assert len({package.number for package in packages}) == len(packages) == 2
