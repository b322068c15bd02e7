"""What the mock portal and the tax office behind it tell senders, by the clock."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from tests.unit.adapters.tax_portal.portal import NUMBER, OTHER, Portal

Open = Callable[..., AbstractAsyncContextManager[Portal]]
INCOME, FEE = "Thuế thu nhập cá nhân", "Lệ phí trước bạ"
TB = "000001-{:02d}/TB".format
TOTALS = ("TongPhaiNop", "TongMienGiam", "TongDaNop", "TongConPhaiNop")
USUAL = [(TB(1), INCOME, "20000000"), (TB(2), FEE, "5000000")]


async def totals(portal: Portal) -> tuple[str, ...]:
    """State and the four sums."""
    told = (await portal.ask()).data
    return (told["TrangThai"], *(told[name] for name in TOTALS))


async def listed(portal: Portal) -> list[tuple[str, str, str]]:
    """Number, amount and state of each notice on enquiry."""
    told = (await portal.ask()).data["DanhSachThongBao"]
    return [(row["SoQuyetDinh"], row["SoTien"], row["TrangThai"]) for row in told]


def flags(portal: Portal) -> list[str]:
    return [one["IsUpdating"] for one in portal.receiver.of("ThongBaoThue")]


def results(portal: Portal) -> list[str]:
    """The codes of all rows of each file, as the portal booked the answer."""
    return [
        facts["rows"]
        for facts in portal.arrivals("callback_answer")
        if facts["operation"] == "ThongBaoThue"
    ]


# ---------------------------------------------------------------- notice files


async def test_several_dossiers_come_in_one_file_at_half_past_four(
    portal: Portal,
) -> None:
    await portal.send()
    await portal.run(1)
    await portal.send(OTHER)
    await portal.run(48)
    assert portal.receiver.pushes == []
    await portal.run(24)
    files = [p for p in portal.receiver.pushes if p[1] == "ThongBaoThue"]
    ((at, _, file),) = files
    assert f"{at:%A %d-%m-%Y %H:%M}" == "Thursday 09-07-2026 16:30"
    assert (file["Ngay"], file["IsUpdating"]) == ("09-07-2026", "False")
    assert portal.receiver.rows(NUMBER) == USUAL
    assert [row[0] for row in portal.receiver.rows(OTHER)] == [
        "000002-01/TB",
        "000002-02/TB",
    ]
    assert results(portal) == ["00 00 00 00"]


async def test_no_file_goes_out_on_a_day_off(open_portal: Open) -> None:
    async with open_portal(scenario="notices_after_h = 96") as portal:
        await portal.send()
        await portal.run(24 * 7)
        (at, *_) = next(p for p in portal.receiver.pushes if p[1] == "ThongBaoThue")
        assert f"{at:%A %H:%M}" == "Monday 16:30"


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("dossier", "10 00 00"),
        ("amount", "11 00 00"),
        ("date", "12 00 00"),
        ("number", "13 00 00"),
    ],
)
async def test_a_bad_row_stands_among_good_ones(
    open_portal: Open, kind: str, codes: str
) -> None:
    async with open_portal(scenario=f'bad_row = "{kind}"') as portal:
        await portal.send()
        await portal.run(60)
        assert len(portal.receiver.rows()) == 3
        assert portal.receiver.rows()[1:] == USUAL
        assert results(portal) == [codes]
        await portal.run(24)
        assert len(portal.receiver.of("ThongBaoThue")) == 1


async def test_a_file_comes_again_whole(open_portal: Open) -> None:
    async with open_portal(scenario="repeat_file = true\nnever_paid = true") as portal:
        await portal.send()
        await portal.run(24 * 7)
        one, other = portal.receiver.raw
        assert one == other
        assert results(portal) == ["00 00", "01 01"]


async def test_the_file_has_no_due_date_and_the_enquiry_has(portal: Portal) -> None:
    await portal.send()
    await portal.run(60)
    assert portal.receiver.rows() == USUAL
    told = (await portal.ask()).data["DanhSachThongBao"]
    assert {row["NgayQuyetDinh"] for row in told} == {"09-07-2026"}
    assert {row["HanNop"] for row in told} == {"08-08-2026"}


async def test_days_moments_and_amounts_are_text_as_the_document_says(
    portal: Portal,
) -> None:
    await portal.send()
    await portal.run(24 * 7)
    # The receiver holds each push against its schema: what is left is that there were some.
    kinds = [name for _, name, _ in portal.receiver.pushes]
    assert kinds == ["ThongBaoThue", "ChungTuThanhToan", "ChungTuThanhToan"]
    payment = portal.receiver.of("ChungTuThanhToan")[0]["Data"]["ThongTinThanhToan"]
    assert payment["ThoiGianThanhToan"] == "20260712073000"
    assert (await portal.ask()).data["DanhSachPhieu"][0]["ThoiGianNhan"] == (
        "20260707073000"
    )


# ---------------------------------------------------------------- adjusted, withdrawn, nothing


async def test_an_adjusted_amount_comes_with_isupdating_true(open_portal: Open) -> None:
    scenario = "never_paid = true\n[tax_portal.adjust]\nso_tien = 18000000"
    async with open_portal(scenario=scenario) as portal:
        await portal.send()
        await portal.run(24 * 7)
        assert flags(portal) == ["False", "True"]
        assert portal.receiver.rows() == [*USUAL, (TB(1), INCOME, "18000000")]
        assert results(portal) == ["00 00", "00"]
        listed_now = [(TB(1), "18000000", "1"), (TB(2), "5000000", "1")]
        assert await listed(portal) == listed_now
        assert (await totals(portal))[1] == "23000000"


async def test_a_notice_adjusted_by_another_number_shows_both(
    open_portal: Open,
) -> None:
    scenario = (
        "never_paid = true\n[tax_portal.adjust]\nso_tien = 18000000\nnew_number = true"
    )
    async with open_portal(scenario=scenario) as portal:
        await portal.send()
        await portal.run(24 * 7)
        assert flags(portal) == ["False", "True"]
        more = [(TB(1), INCOME, "0"), (TB(3), INCOME, "18000000")]
        assert portal.receiver.rows() == [*USUAL, *more]
        told = (await portal.ask()).data
        assert told["DanhSachThongBao"][0]["SoThayThe"] == TB(3)
        states = [row["TrangThai"] for row in told["DanhSachThongBao"]]
        assert (states, told["TongPhaiNop"]) == (["2", "1", "1"], "23000000")


async def test_a_withdrawn_notice_comes_with_amount_zero(open_portal: Open) -> None:
    scenario = "pay_after_h = 100\n[tax_portal.withdraw_notice]\nnotice = 2"
    async with open_portal(scenario=scenario) as portal:
        await portal.send()
        await portal.run(24 * 5)
        assert portal.receiver.rows()[2:] == [(TB(2), FEE, "0")]
        assert (await listed(portal))[1] == (TB(2), "5000000", "3")
        await portal.run(24 * 7)
        sums = ("20000000", "0", "20000000", "0")
        assert await totals(portal) == ("DA_HOAN_THANH", *sums)


async def test_a_withdrawn_slip_withdraws_its_notices(open_portal: Open) -> None:
    async with open_portal(scenario="never_paid = true") as portal:
        await portal.send()
        await portal.run(60)
        assert (await portal.send_more("13", "0002/PCTT")).name == "accepted"
        await portal.run(24)
        assert flags(portal) == ["False", "True"]
        assert portal.receiver.rows()[2:] == [(TB(1), INCOME, "0"), (TB(2), FEE, "0")]
        for number in ("0001/PCTT", "0002/PCTT"):
            told = (await portal.ask(number)).data
            assert told["TrangThai"] == "DA_THU_HOI"
            assert told["LyDo"] == "Đã thu hồi theo phiếu 0002/PCTT"
            assert {row["TrangThai"] for row in told["DanhSachThongBao"]} == {"3"}


async def test_a_slip_withdrawn_before_its_notice_never_gets_one(
    portal: Portal,
) -> None:
    await portal.send()
    await portal.send_more("13", "0002/PCTT")
    await portal.run(24 * 10)
    assert portal.receiver.pushes == []
    assert await portal.state() == "DA_THU_HOI"


async def test_a_replaced_slip_takes_its_notices_back_and_the_new_one_gets_its_own(
    open_portal: Open,
) -> None:
    async with open_portal(scenario="never_paid = true") as portal:
        await portal.send()
        await portal.run(60)
        await portal.send_more("11", "0002/PCTT")
        await portal.run(24 * 7)
        more = [(TB(1), INCOME, "0"), (TB(2), FEE, "0")]
        new = [(row[0].replace("000001", "000002"), row[1], row[2]) for row in USUAL]
        assert portal.receiver.rows() == [*USUAL, *more, *new]
        assert flags(portal) == ["False", "True", "False"]


NOTHING = """
[[tax_portal.notice]]
tieu_muc = "Lệ phí trước bạ"
so_tien = 0
"""


async def test_nothing_to_pay_comes_as_a_row_of_zero(open_portal: Open) -> None:
    async with open_portal(scenario=NOTHING) as portal:
        await portal.send()
        await portal.run(24 * 7)
        assert portal.receiver.rows() == [(TB(1), FEE, "0")]
        assert portal.receiver.of("ChungTuThanhToan") == []
        assert await totals(portal) == ("MIEN", "0", "0", "0", "0")


async def test_an_exempt_dossier_is_learnt_by_asking_alone(open_portal: Open) -> None:
    async with open_portal(scenario='answer = "exempt"') as portal:
        await portal.send()
        await portal.run(24 * 30)
        assert portal.receiver.pushes == []
        assert await totals(portal) == ("MIEN", "0", "25000000", "0", "0")


DEFERRED = """
[[tax_portal.notice]]
tieu_muc = "Tiền sử dụng đất"
so_tien = 70
deferred = true
[[tax_portal.notice]]
tieu_muc = "Lệ phí trước bạ"
so_tien = 5
"""


async def test_a_deferred_notice_looks_like_any_other_in_the_file(
    open_portal: Open,
) -> None:
    async with open_portal(scenario=DEFERRED) as portal:
        await portal.send()
        await portal.run(60)
        rows = [(TB(1), "Tiền sử dụng đất", "70"), (TB(2), FEE, "5")]
        assert portal.receiver.rows() == rows
        assert await totals(portal) == ("DA_CO_THONG_BAO", "75", "0", "0", "75")
        await portal.run(24 * 30)
        assert await totals(portal) == ("GHI_NO", "75", "0", "5", "70")
        assert await listed(portal) == [(TB(1), "70", "4"), (TB(2), "5", "1")]


async def test_late_interest_is_a_row_of_its_own_after_the_due_date(
    open_portal: Open,
) -> None:
    scenario = f"late_interest = 45000\npay_after_h = {24 * 40}"
    async with open_portal(scenario=scenario) as portal:
        await portal.send()
        await portal.run(24 * 31)
        assert portal.receiver.rows() == USUAL
        await portal.run(24 * 5)
        assert portal.receiver.rows()[2:] == [(TB(3), "Tiền chậm nộp", "45000")]
        assert flags(portal) == ["False", "False"]
        assert (await totals(portal))[4] == "25045000"
        await portal.run(24 * 10)
        assert (await totals(portal))[0] == "DA_HOAN_THANH"


async def test_who_pays_in_time_owes_no_late_interest(open_portal: Open) -> None:
    async with open_portal(scenario="late_interest = 45000") as portal:
        await portal.send()
        await portal.run(24 * 60)
        assert portal.receiver.rows() == USUAL


async def test_a_returned_slip_says_why_to_who_asks(open_portal: Open) -> None:
    scenario = 'answer = "refused"\nreason = "Thiếu giá đất"'
    async with open_portal(scenario=scenario) as portal:
        await portal.send()
        assert await portal.state() == "DANG_XU_LY"
        await portal.run(48)
        told = (await portal.ask()).data
        assert (told["TrangThai"], told["LyDo"]) == ("TRA_LAI", "Thiếu giá đất")
        assert portal.receiver.pushes == []
        assert (await portal.send_more("11", "0002/PCTT")).name == "accepted"


async def test_a_silent_office_is_working_for_ever(open_portal: Open) -> None:
    async with open_portal(scenario='answer = "silent"') as portal:
        await portal.send()
        await portal.run(24 * 100)
        assert (await portal.state(), portal.receiver.pushes) == ("DANG_XU_LY", [])


# ---------------------------------------------------------------- payment


async def test_each_notice_paid_through_the_portal_has_a_voucher(
    portal: Portal,
) -> None:
    await portal.send(name="Nguyễn Văn Ví Dụ")
    await portal.run(60)
    assert await totals(portal) == ("DA_CO_THONG_BAO", "25000000", "0", "0", "25000000")
    await portal.run(24 * 7)
    vouchers = [one["Data"] for one in portal.receiver.of("ChungTuThanhToan")]
    paid = [v["ThongTinThanhToan"] for v in vouchers]
    told = [(p["MaThongBaoThue"], p["SoTien"], p["TrangThaiThanhToan"]) for p in paid]
    assert told == [(TB(1), "20000000", "1"), (TB(2), "5000000", "1")]
    assert {v["HoTenNguoiNopTien"] for v in vouchers} == {"Nguyễn Văn Ví Dụ"}
    assert await totals(portal) == ("DA_HOAN_THANH", "25000000", "0", "25000000", "0")


async def paid_by_then(portal: Portal) -> list[tuple[str, str]]:
    """Notice and amount of every voucher that came."""
    vouchers = [one["Data"] for one in portal.receiver.of("ChungTuThanhToan")]
    paid = [voucher["ThongTinThanhToan"] for voucher in vouchers]
    return [(one["MaThongBaoThue"], one["SoTien"]) for one in paid]


async def test_a_notice_paid_in_parts_has_a_voucher_for_each(open_portal: Open) -> None:
    scenario = "pay_parts = [0.4, 7_000_000, 1.0]\nparts_every_h = 30"
    async with open_portal(scenario=scenario) as portal:
        await portal.send()
        await portal.run(48 + 72 + 1)
        first = [(TB(1), "8000000"), (TB(2), "2000000")]
        assert await paid_by_then(portal) == first
        sums = ("25000000", "0", "10000000", "15000000")
        assert await totals(portal) == ("DA_CO_THONG_BAO", *sums)
        await portal.run(30)
        # Never more than is left.
        second = [(TB(1), "7000000"), (TB(2), "3000000")]
        assert await paid_by_then(portal) == [*first, *second]
        sums = ("25000000", "0", "20000000", "5000000")
        assert await totals(portal) == ("DA_CO_THONG_BAO", *sums)
        assert {state for _, _, state in await listed(portal)} == {"1"}
        await portal.run(30)
        assert await paid_by_then(portal) == [*first, *second, (TB(1), "5000000")]
        sums = ("25000000", "0", "25000000", "0")
        assert await totals(portal) == ("DA_HOAN_THANH", *sums)
        times = [
            one["Data"]["ThongTinThanhToan"]["ThoiGianThanhToan"]
            for one in portal.receiver.of("ChungTuThanhToan")
        ]
        one, other, last = "20260712073000", "20260713133000", "20260714193000"
        assert times == [one, one, other, other, last]


async def test_what_the_parts_leave_stays_owed(open_portal: Open) -> None:
    scenario = "pay_parts = [0.25, 0.25]\nlate_interest = 45000"
    async with open_portal(scenario=scenario) as portal:
        await portal.send()
        await portal.run(24 * 40)
        sums = ("25045000", "0", "12500000", "12545000")
        assert await totals(portal) == ("DA_CO_THONG_BAO", *sums)


async def test_what_was_paid_of_a_notice_counts_for_the_one_in_its_place(
    open_portal: Open,
) -> None:
    scenario = (
        "pay_parts = [0.5, 1.0]\nparts_every_h = 48\n"
        "[tax_portal.adjust]\nafter_h = 96\nso_tien = 18000000\nnew_number = true"
    )
    async with open_portal(scenario=scenario) as portal:
        await portal.send()
        await portal.run(48 + 100)
        sums = ("23000000", "0", "12500000", "10500000")
        assert await totals(portal) == ("DA_CO_THONG_BAO", *sums)
        await portal.run(24)
        assert (await paid_by_then(portal))[2:] == [
            (TB(2), "2500000"),
            (TB(3), "8000000"),
        ]
        sums = ("23000000", "0", "23000000", "0")
        assert await totals(portal) == ("DA_HOAN_THANH", *sums)


async def test_payment_at_a_bank_counter_gives_no_voucher(open_portal: Open) -> None:
    async with open_portal(scenario="voucher = false") as portal:
        await portal.send()
        await portal.run(24 * 30)
        assert portal.receiver.of("ChungTuThanhToan") == []
        assert await portal.state() == "DA_HOAN_THANH"


# ---------------------------------------------------------------- questions

QUESTION = (
    'never_paid = true\n[tax_portal.question]\nkind = "GIAI_TRINH"\nfile = true\n'
)


async def asked(portal: Portal) -> dict[str, Any]:
    """The one question that came."""
    (content,) = portal.receiver.of("YeuCauBoSungThongTin")
    found: dict[str, Any] = content["Data"]
    return found


async def test_a_question_holds_the_notice_until_it_is_answered(
    open_portal: Open,
) -> None:
    async with open_portal(scenario=QUESTION) as portal:
        await portal.send()
        await portal.run(24 * 10)
        told = await asked(portal)
        assert (told["SoPhieu"], told["LoaiYeuCau"]) == ("0001/PCTT", "GIAI_TRINH")
        assert base64.b64decode(told["TepDinhKem"]["Tep"]).startswith(b"%PDF")
        # Three working days from Tuesday.
        days = (told["NgayVanBan"], told["HanTraLoi"])
        assert days == ("07-07-2026", "10-07-2026")
        now = (await portal.ask()).data
        assert now["LyDo"] == f"Chờ trả lời văn bản {told['SoVanBan']}"
        assert portal.receiver.rows() == []
        assert (await portal.answer(told["SoVanBan"])).name == "accepted"
        await portal.run(24 * 4)
        assert portal.receiver.rows() == USUAL


async def test_a_question_may_come_after_the_notice(open_portal: Open) -> None:
    scenario = f"{QUESTION}after_h = 72\nholds = false\ndays = 5"
    async with open_portal(scenario=scenario) as portal:
        await portal.send()
        await portal.run(24 * 4)
        kinds = [name for _, name, _ in portal.receiver.pushes]
        assert kinds == ["ThongBaoThue", "YeuCauBoSungThongTin"]
        number = (await asked(portal))["SoVanBan"]
        assert (await portal.answer(number)).name == "accepted"
        await portal.run(24 * 10)
        assert portal.receiver.rows() == USUAL


async def test_an_answer_to_a_question_counts_once(open_portal: Open) -> None:
    async with open_portal(scenario=QUESTION) as portal:
        await portal.send()
        assert (await portal.answer("1/YC")).name == "question_unknown"
        await portal.run(5)
        number = (await asked(portal))["SoVanBan"]
        other = await portal.answer(number, SoPhieu="0009/PCTT")
        assert other.name == "question_unknown"
        file = [{"TenTep": "a.pdf", "Tep": "YQ=="}]
        names = [
            (await portal.answer(number)).name,
            (await portal.answer(number)).name,
            (await portal.answer(number, "Khác")).name,
            (await portal.answer(number, DanhSachTep=file)).name,
        ]
        twice = ["contradiction", "contradiction"]
        assert names == ["accepted", "already_there", *twice]
        assert portal.effects() == [("slip_new", NUMBER), ("question_answer", NUMBER)]
        assert len(portal.arrivals("question_answer")) == 6


# ---------------------------------------------------------------- how pushes arrive


def attempts(portal: Portal) -> list[tuple[int, int, str]]:
    return [
        (facts["attempt"], facts["status"], facts["error_code"])
        for facts in portal.arrivals("callback_answer")
    ]


async def test_a_push_is_repeated_until_it_is_answered(open_portal: Open) -> None:
    async with open_portal(scenario="never_paid = true") as portal:
        portal.receiver.next = [
            (503, b""),
            (200, b'{"error_code": "0"}'),
            (201, b"<p>"),
        ]
        await portal.send()
        await portal.run(24 * 4)
        assert len(portal.receiver.raw) == 4
        assert len(set(portal.receiver.raw)) == 1
        times = [f"{at:%H:%M}" for at, _, _ in portal.receiver.pushes]
        assert times == ["16:30", "16:45", "17:00", "17:15"]
        answered = [(1, 503, ""), (2, 200, ""), (3, 201, ""), (4, 201, "0")]
        assert attempts(portal) == answered


async def test_a_push_is_given_up_after_twenty_repeats(open_portal: Open) -> None:
    async with open_portal(scenario="never_paid = true") as portal:
        portal.receiver.next = [(500, b"")] * 30
        await portal.send()
        await portal.run(24 * 7)
        assert len(portal.receiver.raw) == 21
        assert portal.arrivals("callback_given_up") == [{"operation": "ThongBaoThue"}]


async def test_minus_one_ends_the_repeats_and_a_refused_key_does_not(
    open_portal: Open,
) -> None:
    async with open_portal(scenario="never_paid = true") as portal:
        refused = json.dumps({"error_code": "-1", "message": "Tệp không đọc được"})
        portal.receiver.next = [
            (201, b"401 Unauthorized"),
            (201, b'{"message": "OK"}'),
            (201, refused.encode()),
        ]
        await portal.send()
        await portal.run(24 * 7)
        assert attempts(portal) == [(1, 201, ""), (2, 201, ""), (3, 201, "-1")]


async def test_a_later_push_may_overtake_an_earlier_one(open_portal: Open) -> None:
    scenario = f"{QUESTION}after_h = 50\nholds = false"
    swapped = {"operation": "question", "do": "swap_with_next_call"}
    async with open_portal(scenario=scenario, faults=[swapped]) as portal:
        await portal.send()
        await portal.run(24 * 4)
        kinds = [name for _, name, _ in portal.receiver.pushes]
        assert kinds == ["ThongBaoThue", "YeuCauBoSungThongTin"]
        # Asked at 09:30, told after the file of 16:30.
        assert (await asked(portal))["NgayVanBan"] == "09-07-2026"
        assert {f"{at:%d %H:%M}" for at, _, _ in portal.receiver.pushes} == {"09 16:30"}


async def test_an_old_amount_that_comes_late_overwrites_nothing(
    open_portal: Open,
) -> None:
    scenario = "never_paid = true\n[tax_portal.adjust]\nafter_h = 1\nso_tien = 18000000"
    swapped = {"operation": "notice_file", "do": "swap_with_next_call"}
    async with open_portal(scenario=scenario, faults=[swapped]) as portal:
        await portal.send()
        await portal.run(24 * 7)
        assert flags(portal) == ["True", "False"]
        amounts = portal.receiver.amounts[(NUMBER, TB(1), INCOME)]
        assert (amounts, results(portal)[1]) == (["18000000"], "14 00")
