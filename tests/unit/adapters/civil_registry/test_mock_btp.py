"""BTP behaves as the document says, seen from outside."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import aiohttp
import pytest

from tests.unit.adapters.civil_registry.counterpart import (
    BIRTH,
    DEATH,
    OWN,
    SINGLE,
    Both,
)
from tests.unit.adapters.civil_registry.published import (
    CODES,
    sample,
    schema,
    wrong,
)

NAMES = [
    *schema("LTKS")["properties"],
    *schema("LTKT")["properties"],
    *schema("nhanHoSoDKHT")["properties"],
    *schema("dangKyHoTich")["properties"],
]


def data(module: str = "KS", **changed: str) -> str:
    """``data`` of a linked dossier; a field that is given empty is left out."""
    fields = {**sample(f"LT{module}"), **changed}
    return json.dumps({name: value for name, value in fields.items() if value})


def taken_apart(glued: str) -> list[str]:
    """Names out of a row of them, by §8.3: from the left, the longest first."""
    found = []
    while glued:
        name = max((n for n in NAMES if glued.startswith(n)), key=len, default=glued)
        found.append(name)
        glued = glued[len(name) :]
    return found


# ---------------------------------------------------------------- pushes


async def test_a_wrong_account_is_401_and_takes_nothing(both: Both) -> None:
    login = {"Authorization": aiohttp.encode_basic_auth("mot-cua-mau", "khac")}
    told = await both.call("POST", "/btp/nhanHoSoDKHT", {}, login)
    assert (told.status, told.raw) == (401, b"")
    assert both.effects() == []


async def test_behind_a_platform_nobody_is_asked_for_an_account(
    open_both: Any,
) -> None:
    settings = {"units": [99103], "provinces": ["99"], "province": "99"}
    async with open_both() as both:
        both.mock.office.settings["btp"].clear()
        both.mock.office.settings["btp"].update(settings)
        told = await both.call("POST", "/btp/nhanHoSoDKHT", sample("nhanHoSoDKHT.LTKS"))
        assert told.json["status"] == "1"


@pytest.mark.parametrize("module", ["KS", "KT"])
async def test_a_birth_and_a_death_are_taken_in_both_envelopes(
    both: Both, module: str
) -> None:
    number = BIRTH if module == "KS" else DEATH
    assert await both.push(module) == "accepted"
    assert await both.register(module) == "accepted"
    single = sample(f"dangKyHoTich.{module}")["maHoSo"]
    assert both.effects() == [("btp_push", number), ("btp_register", single)]
    assert await both.states(number, module=f"LT{module}") == [1]
    assert await both.states(single, module=module) == [1]


async def test_the_two_envelopes_want_different_dates_and_data(both: Both) -> None:
    linked, single = sample("nhanHoSoDKHT.LTKS"), sample("dangKyHoTich.KS")
    assert await both.push(ngayTiepNhan=single["ngayTiepNhan"]) == "fields_wrong"
    assert await both.register(ngayTiepNhan=linked["ngayTiepNhan"]) == "fields_wrong"
    assert await both.push(data=single["data"]) == "unreadable"
    assert await both.register(data=linked["data"]) == "unreadable"
    assert await both.register(fileDinhKem=[]) == "fields_wrong"
    assert both.effects() == []


FORMS = {
    "dots": "02.03.2026",
    "month": "03.2026",
    "year": "2026",
    "digits": "20260302",
    "slashes": "02/03/2026",
    "dashes": "2026-03-02",
    "minutes": "04:30",
    "no_such_day": "42.03.2026",
}


@pytest.mark.parametrize(
    ("module", "field", "taken"),
    [
        ("KS", "nksNgaySinh", {"dots"}),
        ("KS", "meNgaySinh", {"dots", "month", "year"}),
        ("KS", "chaNgaySinh", {"dots", "month", "year"}),
        ("KS", "ngayCapGCS", {"digits"}),
        ("KS", "nycNgayCapGiayToTuyThan", {"dots"}),
        ("KT", "nktNgayChet", {"dots"}),
        ("KT", "nktNgaySinh", {"dots", "month", "year"}),
        ("KT", "ngayCapGBT", {"digits"}),
        ("KT", "nktGioPhutChet", {"minutes"}),
    ],
)
async def test_each_date_is_taken_in_its_own_format_alone(
    both: Both, module: str, field: str, taken: set[str]
) -> None:
    accepted = set()
    for place, (form, value) in enumerate(FORMS.items()):
        told = await both.push(
            module,
            maHoSoLT=f"G22.99.09-260310-{place:04d}",
            data=data(module, **{field: value}),
        )
        assert told in {"accepted", "fields_wrong"}
        if told == "accepted":
            accepted.add(form)
    assert accepted == taken


async def test_a_repeated_push_is_a_success_and_changes_nothing(both: Both) -> None:
    assert await both.push() == "accepted"
    other = data(nksHoTen="Nguyễn Thị Khác")
    assert await both.push(data=other) == "already_there"
    assert await both.push(data="không phải JSON") == "already_there"
    assert both.effects() == [("btp_push", BIRTH)]
    await both.run(4)
    assert await both.push() == "already_there"
    assert await both.register() == "accepted"
    assert await both.register() == "already_there"


async def test_names_of_wrong_fields_are_glued_together(both: Both) -> None:
    bad = data(nksHoTen="", meNgaySinh="3/1998", nycNgayCapGiayToTuyThan="2021")
    content = {**sample("nhanHoSoDKHT.LTKS"), "data": bad}
    told = await both.btp("nhanHoSoDKHT", content)
    phrase, _, glued = told.json["errorDescription"].partition(": ")
    assert phrase == told.json["statusDescription"] == "Dữ liệu không hợp lệ"
    assert glued == "nksHoTenmeNgaySinhnycNgayCapGiayToTuyThan"
    assert taken_apart(glued) == ["nksHoTen", "meNgaySinh", "nycNgayCapGiayToTuyThan"]
    assert "3/1998" not in told.raw.decode()
    assert both.effects() == []
    assert await both.push() == "accepted"


@pytest.mark.parametrize("name", ["LTKS", "LTKT", "nhanHoSoDKHT", "dangKyHoTich"])
def test_glued_names_can_be_taken_apart_whatever_fields_are_wrong(name: str) -> None:
    order = [*schema(name)["properties"]]
    assert taken_apart("".join(order)) == order
    for first in order:
        for second in order[order.index(first) + 1 :]:
            assert taken_apart(first + second) == [first, second]


async def test_what_cannot_be_read_is_not_taken(both: Both) -> None:
    paper = {**sample("nhanHoSoDKHT.LTKS")["fileDinhKem"][0]}
    assert await both.named("nhanHoSoDKHT", b'{"module": "LTKS", ') == "unreadable"
    unknown = {**sample("nhanHoSoDKHT.LTKS"), "module": "LTXX"}
    assert await both.named("nhanHoSoDKHT", unknown) == "unreadable"
    wrong_paper = [{**paper, "duLieuTepDinhKem": "%PDF"}]
    number = "G22.99.09-260310-0099"
    assert await both.push(maHoSoLT=number, fileDinhKem=wrong_paper) == "unreadable"
    entity = '<!DOCTYPE a [<!ENTITY v "x">]><hotich><hoso/></hotich>'
    assert await both.register(data=entity) == "unreadable"
    assert await both.register(data="<hotich><khac/></hotich>") == "unreadable"
    assert await both.register(data="<hotich>\ud800</hotich>") == "unreadable"
    assert await both.push(maHoSoLT=number, maDonVi=99104) == "unit_unknown"


@pytest.mark.parametrize(
    "name",
    [r["name"] for r in CODES["btp_answer"] if "nhanHoSoDKHT" in r["operations"]],
)
async def test_every_answer_to_a_push_can_be_heard(open_both: Any, name: str) -> None:
    async with open_both(scenario=f'btp_says = "{name}"') as both:
        assert await both.push() == name
        assert both.effects() == []
        assert await both.push() == "accepted"


async def test_a_lost_answer_is_settled_by_sending_again(open_both: Any) -> None:
    fault = {"operation": "btp_push", "do": "lose_answer", "number": BIRTH}
    async with open_both(faults=[fault]) as both:
        with pytest.raises(aiohttp.ClientError):
            await both.push()
        assert await both.push() == "already_there"
        assert both.effects() == [("btp_push", BIRTH)]
        assert await both.states() == [1]


async def test_a_soap_fault_may_hide_a_push_that_was_taken(open_both: Any) -> None:
    scenario = 'btp_says = "soap_fault"\nbtp_says_stored = true'
    async with open_both(scenario=scenario) as both:
        assert await both.push() == "soap_fault"
        assert await both.push() == "already_there"


# ---------------------------------------------------------------- polls


async def test_more_than_three_in_one_poll_are_refused(both: Both) -> None:
    numbers = [f"G22.99.01-260310-000{n}" for n in range(1, 5)]
    for number in numbers:
        await both.push(maHoSoLT=number)
    assert await both.polled(*numbers) == "too_many"
    assert await both.states(*numbers[:3]) == [1, 1, 1]
    asked = {fact["at_once"] for fact in both.arrivals("btp_poll")}
    assert asked == {4, 3}


async def test_polls_do_not_overlap(open_both: Any) -> None:
    async with open_both(scenario="poll_works_s = 0.3") as both:
        await both.push()
        names = await asyncio.gather(both.polled(), both.polled(), both.polled())
        assert sorted(names) == ["found", "overlapping", "overlapping"]
        assert await both.polled() == "found"


async def test_a_dossier_of_before_the_merger_is_found_under_the_old_code_alone(
    open_both: Any,
) -> None:
    async with open_both(scenario='filed_under = "98"') as both:
        await both.push()
        new = await both.poll(province="99")
        assert (new.json["status"], new.value) == (1, [])
        assert await both.states(province="98") == [1]


async def test_a_dossier_that_never_came_is_missing_and_an_unknown_province_is_refused(
    both: Both,
) -> None:
    assert await both.polled() == "found"
    assert (await both.poll()).value == []
    assert await both.polled(province="97") == "province_unknown"
    await both.push()
    never = "G22.99.01-260310-0009"
    (entry,) = (await both.poll(never, BIRTH)).value
    assert entry["maHoSoLT"] == BIRTH


async def test_a_dossier_may_not_be_asked_for_too_often(open_both: Any) -> None:
    async with open_both(btp={"min_poll_s": 900}) as both:
        await both.push()
        assert await both.polled() == "found"
        assert await both.polled() == "busy"
        await both.run(0.25)
        assert await both.polled() == "found"


async def test_states_come_as_text_or_as_number(open_both: Any) -> None:
    async with open_both(scenario='written = "text"') as both:
        assert (await both.poll()).json["value"] is None
        await both.push()
        told = await both.poll()
        assert (told.json["status"], told.value[0]["trangThai"]) == ("1", "1")
        await both.push(maHoSoLT=DEATH)
        other = await both.poll(DEATH)
        assert (other.json["status"], other.value[0]["trangThai"]) == (1, 1)


# ---------------------------------------------------------------- the officer


async def test_a_registration_brings_its_data_and_a_pdf(both: Both) -> None:
    await both.push()
    await both.push("KT")
    await both.register(maHoSo=SINGLE)
    await both.run(1)
    assert await both.states() == [3]
    await both.run(3)
    (birth,) = (await both.poll()).value
    assert (birth["trangThai"], birth["maHoSoMCDT"]) == (4, OWN)
    result = birth["ketQuaXuLy"]
    assert wrong("ketQuaXuLy", result) == []
    assert (result["ngayDangKy"], len(result["soDinhDanh"])) == ("10/03/2026", 12)
    assert base64.b64decode(result["giayKhaiSinh"]).startswith(b"%PDF-")
    (death,) = (await both.poll(DEATH, module="LTKT")).value
    assert wrong("ketQuaXuLy", death["ketQuaXuLy"]) == []
    assert "soDinhDanh" not in death["ketQuaXuLy"]
    assert base64.b64decode(death["ketQuaXuLy"]["trichLucKhaiTu"])[:5] == b"%PDF-"
    (single,) = (await both.poll(SINGLE, module="KS")).value
    assert (single["maHoSoLT"], single["trangThai"]) == ("", 4)
    numbers = {one["ketQuaXuLy"]["soDangKy"] for one in (birth, death, single)}
    assert len(numbers) == 3
    assert len(both.effects("btp_registered")) == 3


async def test_the_result_of_a_poll_is_taken_by_dvclt_as_text(both: Both) -> None:
    await both.mark()
    await both.push()
    await both.run(4)
    (entry,) = (await both.poll()).value
    both.pair = {}
    await both.climb(1, 3, 7)
    text = json.dumps(entry["ketQuaXuLy"])
    assert (await both.report(4, ketQuaXuLy=text)).name == "taken"


async def test_a_result_of_forty_megabytes_comes_in_one_answer(
    open_both: Any,
) -> None:
    step = "[[civil_registry.step]]\nstate = 4\npdf_mb = 40"
    async with open_both(scenario=step) as both:
        await both.push()
        await both.run(1)
        told = await both.poll()
        paper = told.value[0]["ketQuaXuLy"]["giayKhaiSinh"]
        assert len(paper) > 40 * 1024 * 1024
        whole = base64.b64decode(paper, validate=True)
        assert (whole[:5], whole.rstrip()[-5:]) == (b"%PDF-", b"%%EOF")


@pytest.mark.parametrize(("due", "told"), [("", ""), ("due_days = 9", "19/03/2026")])
async def test_a_supplement_is_asked_with_or_without_a_last_day(
    open_both: Any, due: str, told: str
) -> None:
    step = f'[[civil_registry.step]]\nstate = 2\ntext = "Thiếu giấy"\n{due}'
    async with open_both(scenario=step) as both:
        await both.push()
        await both.run(1)
        (entry,) = (await both.poll()).value
        assert (entry["trangThai"], entry["noiDungXuLy"]) == (2, "Thiếu giấy")
        assert entry["hanBoSungHoSo"] == told


async def test_a_push_while_a_supplement_is_awaited_is_the_supplement(
    open_both: Any,
) -> None:
    step = "[[civil_registry.step]]\nstate = 2\nafter_h = 1"
    async with open_both(scenario=step) as both:
        await both.push()
        await both.run(1)
        assert await both.push(data=data(maGCS="GCS-2")) == "accepted"
        assert await both.states() == [1]
        assert await both.push() == "already_there"
        await both.run(4)
        assert await both.states() == [4]
        kinds = [kind for kind, _ in both.effects()]
        assert kinds == ["btp_push", "btp_supplement", "btp_registered"]


async def test_a_refusal_ends_the_number(open_both: Any) -> None:
    step = "[[civil_registry.step]]\nstate = 6\nafter_h = 2"
    async with open_both(scenario=step) as both:
        await both.push()
        await both.run(2)
        (entry,) = (await both.poll()).value
        assert (entry["trangThai"], entry["ketQuaXuLy"]) == (6, None)
        assert entry["noiDungXuLy"]
        assert await both.push() == "ended_refused"


async def test_a_registration_typed_by_hand_brings_no_result(open_both: Any) -> None:
    async with open_both(scenario="typed_by_hand_after_h = 5") as both:
        await both.mark()
        await both.climb(1, 3, 7)
        await both.push()
        await both.run(10 * 24)
        (entry,) = (await both.poll()).value
        assert (entry["trangThai"], entry["ketQuaXuLy"]) == (1, None)
        both.pair = {}
        assert await both.climb(4, 6) == ["registered"] * 2
        assert both.effects("btp_registered") == []


async def test_a_state_may_go_backwards_or_be_unknown(open_both: Any) -> None:
    steps = "".join(
        f"[[civil_registry.step]]\nstate = {state}\nafter_h = {hour}\n"
        for hour, state in enumerate((3, 1, 9, 4, 3), start=1)
    )
    async with open_both(scenario=steps) as both:
        await both.push()
        seen = []
        for _ in range(5):
            await both.run(1)
            seen += await both.states()
        assert seen == [3, 1, 9, 4, 3]
        assert (await both.poll()).value[0]["ketQuaXuLy"] is None
        assert len(both.effects("btp_registered")) == 1


async def test_a_half_answer_to_a_poll_is_no_answer(open_both: Any) -> None:
    fault = {"operation": "btp_poll", "do": "half_answer", "number": BIRTH}
    async with open_both(faults=[fault]) as both:
        await both.push()
        with pytest.raises(aiohttp.ClientError):
            await both.poll()
        assert await both.states() == [1]


# ---------------------------------------------------------------- books


async def test_books_hold_no_value_of_a_registration(both: Both) -> None:
    await both.mark()
    await both.climb(1)
    await both.push()
    await both.run(4)
    await both.poll()
    lines = [*both.mock.arrivals.lines(), *both.mock.effects.lines()]
    assert len(lines) > 5
    text = json.dumps(lines, ensure_ascii=False)
    fields = sample("LTKS")
    personal = [fields["nksHoTen"], fields["meHoTen"], fields["nycSoDienThoai"]]
    assert [value for value in personal if value in text] == []
