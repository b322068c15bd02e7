"""DVCLT behaves as the document says, seen from outside."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import aiohttp
import pytest

from tests.unit.adapters.civil_registry.counterpart import (
    BIRTH,
    DEATH,
    LIST,
    OWN,
    REPORT,
    Both,
)
from tests.unit.adapters.civil_registry.published import (
    CODES,
    folded,
    parsed,
    said,
    sample,
    wrong,
    xsd,
)
from tests.unit.adapters.civil_registry.reading import read_layers

# ---------------------------------------------------------------- sessions


async def test_the_end_of_a_token_is_learnt_by_a_401(both: Both) -> None:
    told = await both.sign_in()
    assert set(told.json) == {"token", "refreshToken", "refreshTokenExpiryTime"}
    assert told.json["refreshTokenExpiryTime"] == "2026-03-17T00:30:00.0000000Z"
    assert len(await both.lines()) == 2
    await both.run(1)
    over = await both.dvclt("GET", LIST)
    assert (over.status, over.json) == (401, {"message": "Phiên làm việc đã hết hạn"})


async def test_a_refresh_token_serves_once_and_ends_the_old_pair(both: Both) -> None:
    first = (await both.sign_in()).json
    second = (await both.renew(first)).json
    assert wrong("dvclt-token", second) == []
    again = await both.renew(first)
    assert (again.status, "đã hết hạn" in again.json["message"]) == (401, True)
    both.pair = first
    assert (await both.dvclt("GET", LIST)).status == 401
    both.pair = second
    assert (await both.dvclt("GET", LIST)).status == 200


async def test_a_refresh_token_ends_too_and_the_password_goes_on(both: Both) -> None:
    first = (await both.sign_in()).json
    await both.run(7 * 24)
    assert (await both.renew(first)).status == 401
    assert (await both.sign_in()).status == 200


async def test_a_sign_in_ends_no_other_session(both: Both) -> None:
    await both.lines()
    await both.sign_in()
    assert (await both.dvclt("GET", LIST)).status == 200


async def test_a_401_has_several_bodies(both: Both) -> None:
    account = await both.sign_in(password="khac")
    stranger = await both.call("GET", LIST, headers={"Authorization": "Bearer la"})
    nobody = await both.call("PUT", LIST, {"maHoSo": BIRTH, "daNhan": True})
    await both.lines()
    await both.run(1)
    over = await both.mark()
    assert [one.status for one in (account, stranger, nobody, over)] == [401] * 4
    bodies = {one.raw for one in (account, stranger, over)}
    assert len(bodies) == 3
    assert b"" in bodies
    assert both.effects() == []


async def test_more_calls_than_the_rate_are_429_and_take_nothing(
    open_both: Any,
) -> None:
    async with open_both(dvclt={"calls_per_second": 5}) as both:
        told = [(await both.mark()).status for _ in range(6)]
        assert told == [200] * 5 + [429]
        await both.run(1 / 3600)
        assert (await both.mark(DEATH)).status == 200


async def test_a_call_of_more_than_64_mib_is_413(both: Both) -> None:
    await both.lines()
    big = b" " * (64 * 1024 * 1024 + 1)
    assert (await both.dvclt("PUT", LIST, big)).status == 413
    assert (await both.btp("nhanHoSoDKHT", big)).status == 413
    assert both.effects() == []


# ---------------------------------------------------------------- the list


async def test_the_list_has_no_total_and_a_full_page_may_be_the_last(
    both: Both,
) -> None:
    told = await both.dvclt("GET", f"{LIST}?trang=1&soLuong=2")
    assert set(told.json) == {"data"}
    assert [line["id"] for line in told.json["data"]] == [70001, 70002]
    assert await both.lines("trang=2&soLuong=2") == []
    assert [line["id"] for line in await both.lines("trang=2&soLuong=1")] == [70002]
    assert [line["maHoSo"] for line in await both.lines("module=KT")] == [DEATH]


async def test_a_dossier_stays_in_the_list_until_it_is_marked(both: Both) -> None:
    assert [line["maHoSo"] for line in await both.lines()] == [BIRTH, DEATH]
    await both.dvclt("GET", f"{LIST}/70001")
    assert [line["maHoSo"] for line in await both.lines()] == [BIRTH, DEATH]
    await both.mark()
    assert [line["maHoSo"] for line in await both.lines("soLuong=1")] == [DEATH]


async def test_an_application_is_not_there_before_it_is_filed(open_both: Any) -> None:
    row = {"number": BIRTH, "module": "KS", "unit": 99103, "id": 70001, "after_h": 3}
    async with open_both(dvclt={"applications": [row]}) as both:
        assert await both.lines() == []
        assert (await both.dvclt("GET", f"{LIST}/70001")).status == 404
        assert (await both.mark()).name == "not_there"
        await both.run(3)
        both.pair = {}
        (line,) = await both.lines()
        assert line["ngayTiepNhan"] == "2026-03-10T10:30:00"


async def test_a_unit_that_is_not_set_up_gets_no_dossiers_and_no_error(
    open_both: Any,
) -> None:
    async with open_both(dvclt={"units": [99104]}) as both:
        assert await both.lines() == []
        assert await both.lines("maDonVi=99103") == []


# ---------------------------------------------------------------- the detail


@pytest.mark.parametrize(("place", "module"), [("70001", "KS"), ("70002", "KT")])
async def test_the_detail_is_json_in_json_in_xml(
    both: Both, place: str, module: str
) -> None:
    told = await both.dvclt("GET", f"{LIST}/{place}")
    assert wrong("dvclt-detail", told.json) == []
    inner = json.loads(told.json["data"])
    assert wrong("dvclt-detail-inner", inner) == []
    xsd(f"dvclt-hoTich.{module}").assertValid(parsed(inner["data"]))
    assert read_layers(told.raw) == ""
    assert (await both.dvclt("GET", f"{LIST}/79999")).status == 404


async def test_only_the_element_hotich_has_a_fixed_name(open_both: Any) -> None:
    async with open_both(scenario='root = "Khac"') as both:
        told = await both.dvclt("GET", f"{LIST}/70001")
        root = parsed(json.loads(told.json["data"])["data"])
        assert (root.tag, [child.tag for child in root]) == ("Khac", ["hoTich"])


async def test_a_cancelled_paper_stands_among_the_others(both: Both) -> None:
    told = await both.dvclt("GET", f"{LIST}/70001")
    papers = json.loads(told.json["data"])["fileDinhKem"]
    assert [one["huyGiayTo"] for one in papers] == [0, 1]
    assert papers[1]["duLieuTepDinhKem"] == ""


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        ("half", "outer layer"),
        ("no_json", "second layer"),
        ("entity", "third layer"),
        ("no_hotich", "third layer"),
        ("paper", "paper"),
    ],
)
async def test_a_detail_may_be_broken_in_every_layer(
    open_both: Any, broken: str, where: str
) -> None:
    async with open_both(scenario=f'broken = "{broken}"\nbroken_times = 1') as both:
        told = await both.dvclt("GET", f"{LIST}/70001")
        assert (told.status, read_layers(told.raw)) == (200, where)
        whole = await both.dvclt("GET", f"{LIST}/70001")
        assert read_layers(whole.raw) == ""


async def test_fields_of_a_scenario_stand_in_the_place_of_the_samples(
    open_both: Any,
) -> None:
    scenario = '[civil_registry.fields]\nnksHoTen = "Lê A & B Mẫu"\nchaHoTen = ""'
    async with open_both(scenario=scenario) as both:
        told = await both.dvclt("GET", f"{LIST}/70001")
        fields = parsed(json.loads(told.json["data"])["data"])[0]
        assert fields.findtext("nksHoTen") == "Lê A & B Mẫu"
        assert fields.find("chaHoTen") is None


async def test_letters_may_come_decomposed_and_names_in_capitals(
    open_both: Any,
) -> None:
    scenario = (
        'decomposed = true\n[civil_registry.fields]\nnksHoTen = "NGUYỄN VĂN VÍ DỤ"'
    )
    async with open_both(scenario=scenario) as both:
        told = await both.dvclt("GET", f"{LIST}/70001")
        name = parsed(json.loads(told.json["data"])["data"])[0].findtext("nksHoTen")
        assert name is not None
        assert name != sample("LTKS")["nksHoTen"]
        assert not unicodedata.is_normalized("NFC", name)
        assert folded(name) == folded(sample("LTKS")["nksHoTen"])


# ---------------------------------------------------------------- the mark


async def test_marking_again_is_answered_alike_and_counts_once(both: Both) -> None:
    first, second = await both.mark(), await both.mark()
    assert "cập nhật thành công" in said(first.raw).casefold()
    assert first.raw == second.raw
    assert both.effects() == [("dvclt_received", BIRTH)]
    unknown = await both.mark("G22.99.01-260310-9999")
    assert "cập nhật thành công" not in said(unknown.raw).casefold()


# ---------------------------------------------------------------- the ladder


async def test_the_ladder_is_taken_in_order_and_each_rung_counts_once(
    both: Both,
) -> None:
    await both.mark()
    assert await both.climb(1, 3, 7, 4, 5) == ["taken"] * 5
    lines = [x for x in both.mock.effects.lines() if x["kind"] == "dvclt_status"]
    assert [line["facts"]["trang_thai"] for line in lines] == [1, 3, 7, 4, 5]
    assert {line["facts"]["ma_ho_so"] for line in lines} == {OWN}


@pytest.mark.parametrize(
    ("there", "rung", "missing"),
    [((), 3, "1"), ((), 6, "1"), ((1,), 4, "3"), ((1,), 7, "3"), ((1, 3), 4, "7")],
)
async def test_a_missing_rung_blocks_the_later_ones_and_is_named(
    both: Both, there: tuple[int, ...], rung: int, missing: str
) -> None:
    await both.mark()
    await both.climb(*there)
    told = await both.report(rung)
    assert told.name == "rung_missing"
    assert said(told.raw).endswith(f"chưa cập nhật trạng thái {missing}")
    assert len(both.effects("dvclt_status")) == len(there)


async def test_a_missing_rung_that_is_supplied_opens_the_way(both: Both) -> None:
    await both.mark()
    assert await both.climb(1, 4, 3, 4, 7, 4) == [
        "taken",
        "rung_missing",
        "taken",
        "rung_missing",
        "taken",
        "taken",
    ]


async def test_after_a_supplement_three_and_seven_are_wanted_anew(both: Both) -> None:
    await both.mark()
    assert await both.climb(1, 3, 7, 2) == ["taken"] * 4
    assert await both.climb(7, 4) == ["rung_missing"] * 2
    assert await both.climb(3, 7, 4) == ["taken"] * 3


async def test_a_report_before_the_mark_is_not_sent(both: Both) -> None:
    assert await both.climb(1) == ["not_sent"]
    await both.mark()
    assert await both.climb(1) == ["taken"]


async def test_a_report_backwards_is_dead(both: Both) -> None:
    await both.mark()
    await both.climb(1, 3, 7)
    assert await both.climb(3) == ["wrong_ladder"]
    sorts = {row["name"]: row["sort"] for row in CODES["dvclt_answer"]}
    assert sorts["wrong_ladder"] == "dead"


async def test_reports_after_the_end_are_done_and_store_nothing(both: Both) -> None:
    await both.mark()
    await both.climb(1)
    assert await both.climb(1) == ["here_already"]
    await both.climb(3, 7, 4)
    assert await both.climb(1, 3, 6, 4) == ["has_result"] * 4
    await both.climb(5)
    assert await both.climb(4, 5, 6) == ["handed_out"] * 3
    assert len(both.effects("dvclt_status")) == 5
    await both.mark(DEATH)
    for rung in (1, 6):
        await both.report(rung, DEATH)
    assert (await both.report(3, DEATH)).name == "refused_there"


async def test_a_repeated_report_counts_once_and_a_new_request_counts_again(
    both: Both,
) -> None:
    await both.mark()
    await both.climb(1, 3)
    assert await both.climb(3) == ["taken"]
    at = "20260310090000"
    for moment in (at, at, "20260311090000"):
        assert (await both.report(2, thoiGianThucHien=moment)).name == "taken"
    rungs = [
        line["facts"]["trang_thai"]
        for line in both.mock.effects.lines()
        if line["kind"] == "dvclt_status"
    ]
    assert rungs == [1, 3, 2, 2]


async def test_a_wrong_report_names_its_field_and_no_value(both: Both) -> None:
    await both.mark()
    told = await both.report(1, thoiGianThucHien="10/03/2026 08:00:00")
    assert told.name == "fields_wrong"
    assert said(told.raw) == "Dữ liệu không hợp lệ: thoiGianThucHien"
    await both.climb(1, 3, 7)
    bad = json.dumps({"soDangKy": "1"})
    assert said((await both.report(4, ketQuaXuLy=bad)).raw).endswith("ketQuaXuLy")
    half = await both.dvclt("POST", REPORT, b'{"soHoSoLT":')
    assert half.name == "fields_wrong"
    assert (await both.report(1, "G22.99.01-260310-9999")).name == "not_there"


async def test_a_supplement_comes_as_a_new_line_of_the_same_dossier(
    both: Both,
) -> None:
    await both.mark()
    await both.climb(1, 2)
    assert [line["maHoSo"] for line in await both.lines()] == [DEATH]
    await both.run(24)
    both.pair = {}
    line = (await both.lines("module=KS"))[0]
    assert (line["maHoSo"], line["id"] != 70001) == (BIRTH, True)
    told = await both.dvclt("GET", f"{LIST}/{line['id']}")
    assert len(json.loads(told.json["data"])["fileDinhKem"]) == 3
    await both.mark()
    assert await both.lines("module=KS") == []
    assert len(both.effects("dvclt_received")) == 2


async def test_an_applicant_may_never_supply_anything(open_both: Any) -> None:
    async with open_both(scenario="never_supplies = true") as both:
        await both.mark()
        await both.climb(1, 2)
        await both.run(30 * 24)
        both.pair = {}
        assert await both.lines("module=KS") == []


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("shape", "begins"),
    [("object", b'{"message"'), ("text", b'"C'), ("words", b"C"), ("escaped", b"{")],
)
async def test_answers_are_free_text_in_three_shapes(
    open_both: Any, shape: str, begins: bytes
) -> None:
    async with open_both(scenario=f'shape = "{shape}"') as both:
        told = await both.mark()
        assert told.raw.startswith(begins)
        assert (b"\\u" in told.raw) == (shape == "escaped")
        assert told.name == "taken"


@pytest.mark.parametrize("name", [row["name"] for row in CODES["dvclt_answer"]])
async def test_every_phrase_can_be_heard(open_both: Any, name: str) -> None:
    async with open_both(scenario=f'says = "{name}"') as both:
        await both.mark()
        assert (await both.report(1)).name == name
        assert both.effects("dvclt_status") == []
        assert (await both.report(1)).name == "taken"


async def test_a_report_lost_behind_a_soap_fault_may_be_sent_again(
    open_both: Any,
) -> None:
    async with open_both(scenario='says = "soap_fault"\nsays_stored = true') as both:
        await both.mark()
        assert (await both.report(1)).name == "soap_fault"
        assert (await both.report(1)).name == "here_already"
        assert both.effects("dvclt_status") == [("dvclt_status", BIRTH)]


async def test_a_report_whose_answer_is_lost_counts_once(open_both: Any) -> None:
    fault = {"operation": "dvclt_status", "do": "lose_answer", "number": BIRTH}
    async with open_both(faults=[fault]) as both:
        await both.mark()
        with pytest.raises(aiohttp.ClientError):
            await both.report(1)
        assert (await both.report(1)).name == "here_already"
        assert len(both.effects("dvclt_status")) == 1


def test_the_samples_of_reports_climb_the_ladder() -> None:
    rungs = [sample(f"dvclt-status.{n}")["trangThai"] for n in (1, 3, 7, 4, 5)]
    assert rungs == [1, 3, 7, 4, 5]
