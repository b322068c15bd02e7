"""Papers of dossiers in every state: facts of the journal, and nothing invented."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import orjson
import pytest
import pytest_asyncio

from gateway.api.signin import token_hash
from gateway.domain.identifiers import PrincipalId
from gateway.domain.paper_forms import Form
from gateway.domain.principal import Principal, Role, Scope
from gateway.paper.sandbox import DOTS
from tests.journeys.commands import lienthong
from tests.journeys.papers import (
    ASKED,
    ASKED_FOR,
    BARE,
    BROUGHT,
    BY_HAND,
    FINISHED,
    HANDED_OUT,
    LATE,
    LONG_NAME,
    MANY,
    NUMBERS,
    ODD_NAME,
    OFFICER,
    OPEN,
    REASON,
    REFUSED,
    REFUSED_AT_INTAKE,
    STORY,
    UNROUTED,
    WITHDRAWN,
    bring_about,
    own_templates,
    paper_world,
    slips_on_paper,
)
from tests.journeys.test_callbacks import CORRECTION
from tests.journeys.test_commune_land import OWN, by_commune
from tests.journeys.test_opened_by_office import RECEIPT, opened
from tests.unit.paper.qr_reading import of_png
from tests.unit.paper.qr_reading import text_of as text_of_code
from tests.unit.paper.words import pictures_of, template_saying, text_of
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.world import Answered

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
#: What goes to an office about several dossiers is asked for elsewhere.
OF_OFFICES = {
    *(Form.HANDOVER_LIST, Form.CHASE_LETTER, Form.DUE_SOON),
    *(Form.RECONCILIATION_MINUTES, Form.LATENESS_MINUTES),
    Form.CONFORMANCE_MINUTES,
}
FORMS = tuple(form.value for form in Form if form not in OF_OFFICES)
CONTROL, ASKING, AT_INTAKE, REFUSING, SORRY, SLIP, MISSING = FORMS
#: What can be printed of each dossier beside the control slip.
POSSIBLE = {
    STORY: set[str](),
    OPEN: {SORRY, MISSING},
    ASKED: {ASKING},
    BROUGHT: {SORRY},
    REFUSED_AT_INTAKE: {AT_INTAKE},
    REFUSED: {REFUSING},
    WITHDRAWN: set(),
    FINISHED: set(),
    HANDED_OUT: set(),
    UNROUTED: {SORRY},
    LATE: {SORRY, MISSING},
    MANY: {SORRY},
    BARE: {SORRY, MISSING},
    BY_HAND: {SORRY, SLIP, MISSING},
}
LAND_FORMS = "bộ biểu mẫu thủ tục hành chính về đất đai 2025-2026"
#: Forms that are no circular's.
ISSUED = {SLIP: LAND_FORMS, MISSING: ""}
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LAND = "Văn phòng đăng ký đất đai tỉnh Mẫu – Chi nhánh Mẫu Một (giả lập)"
TAX = "Thuế cơ sở 1 tỉnh Mẫu (giả lập)"
COUNTER = "Trung tâm phục vụ hành chính công tỉnh Mẫu (giả lập)"
DAY = "/v1/handover-list?office=land-mau-1&day=2026-03-10"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A dossier in each state."""
    async with paper_world(tmp_path_factory.mktemp("papers") / "run") as world:
        await bring_about(world)
        yield world


async def paper(
    world: World, number: str, form: str, role: str = "operator"
) -> Answered:
    return await world.call(
        "GET", f"/v1/dossiers/{number}/papers/{form}.docx", role=role
    )


async def printed(world: World, number: str, form: str) -> str:
    """The text of a paper that can be printed."""
    answered = await paper(world, number, form)
    assert (answered.status, answered.headers["Content-Type"]) == (200, WORD)
    assert answered.headers["Cache-Control"] == "no-store"
    return text_of(answered.content)


@pytest.mark.parametrize("number", NUMBERS)
async def test_each_state_has_its_papers_and_says_why_not_the_others(
    world: World, number: str
) -> None:
    answered = await world.call("GET", f"/v1/dossiers/{number}/papers", role="operator")
    listed = {one["form"]: one for one in answered.body["papers"]}
    assert tuple(listed) == FORMS
    possible = {form for form, one in listed.items() if one["possible"]}
    assert possible == POSSIBLE[number] | {CONTROL}
    for form, one in listed.items():
        assert one["possible"] == (one["why_not"] == "")
        issued = ISSUED.get(form, "Thông tư số 03/2025/TT-VPCP")
        assert one["label"].endswith(issued)
        assert one["verified"] is False
        made = await paper(world, number, form)
        if one["possible"]:
            text = text_of(made.content)
            assert number in text
            assert one["title"].upper() in text
            assert one["label"] in text
            # A line of the journal stands there as it was written.
            plain = re.sub(r"Nguyên văn: \{.*\}\n", "", text.replace(ODD_NAME, ""))
            assert "{" not in plain
        else:
            assert made.status == 409
            assert made.body["code"] == "paper_not_possible"
            assert made.body["remedy"] == one["why_not"]


async def test_the_control_slip_tells_who_had_the_dossier_from_when_to_when(
    world: World,
) -> None:
    text = await printed(world, STORY, CONTROL)
    for part in (
        f"Cơ quan (bộ phận) giải quyết hồ sơ: {LAND}",
        f"Cơ quan phối hợp giải quyết: {TAX}",
        f"1. Giao: Người nộp hồ sơ\n2. Nhận: {COUNTER}",
        f"1. Giao: {COUNTER}\n2. Nhận: {LAND}",
        f"1. Giao: {LAND}\n2. Nhận: {TAX}",
        f"1. Giao: {LAND}\n2. Nhận: {COUNTER}",
        f"1. Giao: {COUNTER}\n2. Nhận: Người nộp hồ sơ",
        "(ban đầu: 10/04/2026)",
        "Người giao: CB0001\nNgười nhận: CB0002",
        "Phiếu chuyển thông tin",
        "Kết thúc: Đã giải quyết xong.",
        f"{TAX}: Xác nhận đã hoàn thành nghĩa vụ tài chính",
    ):
        assert part in text
    assert text.index(f"Nhận: {TAX}") < text.index("2. Nhận: Người nộp hồ sơ")
    assert "1. Giao: ………………\n" not in text


async def test_the_moments_of_the_slip_are_those_of_the_journal(world: World) -> None:
    shown = await world.call("GET", f"/v1/dossiers/{OPEN}/timeline", role="operator")
    assert len(shown.body["timeline"]) > 1
    text = await printed(world, OPEN, CONTROL)
    assert f"{OPEN}\n" in text
    assert "07 giờ 00 phút, ngày 10/03/2026\nNgười giao: " in text  # at the counter
    assert (
        "07 giờ 30 phút, ngày 10/03/2026\nNgười giao: …" in text
    )  # to the land office
    assert "Giữ đến 07 giờ 30 phút, ngày 10/03/2026" in text
    assert text.count("1. Giao: ………………\n") == 2


async def test_a_moment_that_nobody_told_is_left_open(world: World) -> None:
    text = await printed(world, BARE, CONTROL)
    assert f"Tiếp nhận: {DOTS}. Hẹn trả" in text
    assert "2. Nhận: " + COUNTER + f"\n{DOTS}\nNgười giao: " in text


async def test_what_was_handed_out_on_a_day_is_told_by_its_day_alone(
    world: World,
) -> None:
    text = await printed(world, HANDED_OUT, CONTROL)
    assert "2. Nhận: Người nộp hồ sơ\n10/03/2026\nNgười giao: " in text


async def test_the_agencys_own_words_ask_for_what_is_missing(world: World) -> None:
    text = await printed(world, ASKED, ASKING)
    assert f"1. {LAND}, 09 giờ 00 phút, ngày 10/03/2026:\n{ASKED_FOR}\n" in text
    assert f"liên hệ với {OFFICER} để được hướng dẫn" in text
    assert LAND.upper() in text


@pytest.mark.parametrize(
    ("number", "form"), [(REFUSED_AT_INTAKE, AT_INTAKE), (REFUSED, REFUSING)]
)
async def test_a_refusal_has_the_agencys_reason_letter_by_letter(
    world: World, number: str, form: str
) -> None:
    text = await printed(world, number, form)
    assert f"\n{REASON}\n" in text
    assert "(từ chối lúc 10 giờ 10 phút, ngày 10/03/2026)" in text


async def test_nobody_but_the_agency_promises_a_new_day(world: World) -> None:
    text = await printed(world, LATE, SORRY)
    assert "hẹn trả kết quả ngày 12/03/2026" in text
    assert f"hẹn trả kết quả vào ngày {DOTS}." in text
    assert text.count("\n" + "…" * 34) == 3
    answered = await world.call("GET", f"/v1/dossiers/{LATE}/papers", role="operator")
    (sorry,) = [one for one in answered.body["papers"] if one["form"] == SORRY]
    assert any("quá ngày hẹn" in note for note in sorry["notes"])


SECOND = "Văn phòng đăng ký đất đai tỉnh Mẫu – Chi nhánh Mẫu Hai (giả lập)"


async def test_a_slip_to_complete_by_hand_has_what_the_dossier_tells(
    world: World,
) -> None:
    text = await printed(world, BY_HAND, SLIP)
    for part in (
        "Số: ………/PCTT",
        "Kính gửi: Thuế cơ sở",
        f"1. Mã số hồ sơ: {BY_HAND}\n2. Ngày nhận đủ hồ sơ hợp lệ: 10/03/2026\n",
        "4. Căn cứ pháp lý: Quyết định số 01/2025/QĐ-UBND tỉnh Mẫu (giả lập); …",
        "1. Tên: Nguyễn Văn Ghi Tay\nĐịa chỉ: Số 13 đường Ví Dụ, xã Mẫu Ba, tỉnh Mẫu\n",
        "000000002013 (số định danh cá nhân); ngày, năm sinh (cá nhân): 03/1957\n",
        f"2. Tên: Trần Thị Ghi Tay\nĐịa chỉ: {DOTS}\n",
        "1. Thửa đất số: 103; tờ bản đồ số: 9; diện tích: 120,5 m²",
        "Địa chỉ: Thôn Ba; xã (phường): Xã Mẫu Ba\nNguồn gốc sử dụng đất: …",
        f"Địa chỉ: {DOTS}; xã (phường): Xã Mẫu Bốn\n",
        f"số phát hành MM 002013; số vào sổ {DOTS}; ngày cấp 01/06/2015; nơi cấp {DOTS}",
        "Hình thức: chuyển nhượng; giá ghi trong hợp đồng: 850.000.000 đồng\n",
        "số 2013/2026/HĐ ngày 05/03/2026; nơi công chứng, chứng thực: Văn phòng công",
        "Hồ sơ không ghi đề nghị miễn, giảm; có thì ghi tay: …",
        f"{SECOND.upper()}\n(Ký, ghi rõ họ tên, chức vụ, đóng dấu)",
    ):
        assert part in text


async def test_a_slip_that_was_printed_changes_nothing_and_is_noted_as_read(
    world: World,
) -> None:
    shown = await world.shown(BY_HAND)
    before = len(_reads(world))
    await printed(world, BY_HAND, SLIP)
    (new,) = _reads(world)[before:]
    assert new == {"actor": "operator", "dossier": shown["id"], "paper": SLIP}
    assert await world.shown(BY_HAND) == shown
    assert await world.transfers(BY_HAND, "slip_new") == []


async def test_an_issuer_with_a_system_has_no_slip_to_be_copied_by_hand(
    tmp_path: Path,
) -> None:
    async def why_not(world: World, number: str) -> str:
        answered = await world.call("GET", f"/v1/dossiers/{number}/papers")
        (slip,) = [one for one in answered.body["papers"] if one["form"] == SLIP]
        return str(slip["why_not"])

    def by_units(config: Path) -> None:
        by_commune(config)
        slips_on_paper(config, f'id = "{OWN}"')

    there, issued = "H00.01-260310-2099", {"area": {"commune": "99102"}}
    async with World(tmp_path / "run", configure=by_units) as world:
        await world.submit(a_dossier(OPEN))
        await world.submit(a_dossier(there, **issued))
        assert await why_not(world, OPEN) == ""
        said = await why_not(world, there)
        assert said == "Hệ thống của nơi lập phiếu tự lập và ký phiếu."
        refused = await paper(world, there, SLIP)
        assert (refused.status, refused.body["remedy"]) == (409, said)
        text = await printed(world, OPEN, SLIP)
        assert "ĐƠN VỊ ĐỊA CHÍNH XÃ MẪU MỘT (GIẢ LẬP)\n(Ký" in text


async def test_odd_and_long_names_stand_as_the_counter_wrote_them(
    world: World,
) -> None:
    assert f"Người nộp: {ODD_NAME}\n" in await printed(world, OPEN, CONTROL)
    assert f"Người nộp: {LONG_NAME.strip()}\n" in await printed(world, MANY, CONTROL)


async def test_the_hand_over_list_has_what_came_to_the_office_on_the_day(
    world: World,
) -> None:
    answered = await world.call("GET", DAY, role="operator")
    made = answered.body["handover_list"]
    assert [one["number"] for one in made["dossiers"]] == [
        *(OPEN, ASKED, BROUGHT, LATE, MANY, BARE)
    ]
    assert (made["giver"], made["receiver"]) == (COUNTER, LAND)
    assert (made["count"], made["originals"], made["copies"]) == (6, 44, 40)
    assert (made["uncounted"], made["unlisted"]) == (0, 1)
    assert "lúc tiếp nhận tại một cửa" in answered.body["blanks"]
    text = text_of((await world.call("GET", DAY.replace("?", ".docx?"))).content)
    assert "Tổng cộng: 6 hồ sơ, 44 bản chính, 40 bản sao" in text
    assert "1 hồ sơ một cửa không gửi danh mục giấy tờ" in text
    for part in (ODD_NAME, LONG_NAME.strip(), "Giấy tờ ví dụ số 40", "BÊN NHẬN"):
        assert part in text
    assert "lý do" not in text.lower()


async def test_a_dossier_that_was_taken_over_says_that_the_rest_is_elsewhere(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        document = a_dossier(LATE, **CORRECTION)
        land = {"leg": "land", "since": "2026-03-10T07:10:00+07:00"}
        load = {"dossiers": [{"dossier": document, "legs": [land]}]}
        taken = await world.call("POST", "/v1/dossiers/load", load)
        assert taken.body["results"][0]["result"] == "loaded"
        made = (await world.call("GET", DAY, role="operator")).body["handover_list"]
        assert made["count"] == 0
        text = await printed(world, LATE, CONTROL)
        assert f"1. Giao: Người nộp hồ sơ\n2. Nhận: {COUNTER}\n" in text
        assert "các lần giao, nhận trước đó không có ở đây" in text
        assert f"2. Nhận: {LAND}\n" not in text


@pytest.mark.parametrize("day", ["2026-03-09", "2026-03-11"])
async def test_another_day_has_another_list(world: World, day: str) -> None:
    path = f"/v1/handover-list?office=land-mau-1&day={day}"
    made = (await world.call("GET", path, role="operator")).body["handover_list"]
    assert (made["count"], made["giver"]) == (0, "")


async def test_chosen_dossiers_make_a_list_of_any_day_and_state(world: World) -> None:
    chosen = [("dossier", one) for one in (FINISHED, STORY, FINISHED, BROUGHT)]
    path = f"/v1/handover-list?{urlencode([('office', 'land-mau-1'), *chosen])}"
    made = (await world.call("GET", path, role="operator")).body["handover_list"]
    assert [one["number"] for one in made["dossiers"]] == [BROUGHT, FINISHED, STORY]
    brought = made["dossiers"][0]["sheets"][-1]
    assert brought["name"] == "Bổ sung: Bản vẽ thửa đất (ví dụ)"
    assert (brought["originals"], made["uncounted"]) == ("", 1)
    docx = await world.call("GET", path.replace("?", ".docx?"), role="operator")
    codes = {text_of_code(of_png(one, 6)) for one in pictures_of(docx.content)}
    assert codes == {FINISHED, STORY, BROUGHT}


async def test_the_list_for_tax_comes_from_the_land_office(world: World) -> None:
    path = f"/v1/handover-list?office=tax-mau-1&dossier={STORY}"
    made = (await world.call("GET", path, role="operator")).body["handover_list"]
    assert (made["giver"], made["receiver"]) == (LAND, TAX)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("office=khong-co", 400, "office_unknown"),
        (f"office=tax-mau-1&dossier={OPEN}", 409, "not_the_offices"),
        ("office=land-mau-1&dossier=H00-la", 404, "dossier_unknown"),
        ("office=land-mau-1&day=2026-02-30", 400, "request_invalid"),
        ("day=2026-03-10", 400, "request_invalid"),
    ],
)
async def test_a_list_that_cannot_be_made_says_why(
    world: World, query: str, status: int, code: str
) -> None:
    answered = await world.call("GET", f"/v1/handover-list?{query}", role="operator")
    assert (answered.status, answered.body["code"]) == (status, code)


@pytest.mark.parametrize("form", ["handover-list", "khong-co", "CONTROL_SLIP"])
async def test_a_form_that_a_dossier_does_not_have_is_unknown(
    world: World, form: str
) -> None:
    answered = await paper(world, OPEN, form)
    assert (answered.status, answered.body["code"]) == (409, "paper_unknown")


async def _stranger(world: World) -> dict[str, str]:
    """An officer of another unit."""
    assert world.gateway is not None
    scope = Scope(units=("H00.99",))
    name = "Cán bộ đơn vị khác (ví dụ)"
    principal = Principal(PrincipalId("khac"), name, Role.OPERATOR, scope)
    await world.gateway.tools.store.set_principal(principal, token_hash("khac" * 9))
    return {"Authorization": f"Bearer {'khac' * 9}"}


async def test_another_units_officer_prints_nothing_of_ours(world: World) -> None:
    headers = await _stranger(world)
    identifier = (await world.shown(OPEN))["id"]
    for path in (
        f"/v1/dossiers/{OPEN}/papers",
        f"/v1/dossiers/{OPEN}/papers/{CONTROL}.docx",
        f"/v1/dossiers/{identifier}/papers/{CONTROL}.docx",
        f"/v1/handover-list?office=land-mau-1&dossier={OPEN}",
        f"/v1/handover-list.docx?office=land-mau-1&dossier={identifier}",
        f"/console/ho-so/{identifier}/giay-to/{CONTROL}",
        f"/console/ho-so/{identifier}/giay-to/{CONTROL}.docx",
        f"/console/ban-giao/in?office=land-mau-1&dossier={identifier}",
    ):
        answered = await world.call("GET", path, role="", headers=headers)
        assert answered.status == 404, path
        assert OPEN not in answered.content.decode("utf-8", "replace")
    made = await world.call("GET", DAY, role="", headers=headers)
    assert (made.status, made.body["handover_list"]["count"]) == (200, 0)
    page = f"/console/ban-giao?{DAY.partition('?')[2]}"
    shown = await world.call("GET", page, role="", headers=headers)
    assert (shown.status, OPEN in shown.content.decode()) == (200, False)


async def test_who_shows_no_token_gets_no_paper(world: World) -> None:
    for path in (f"/v1/dossiers/{OPEN}/papers/{CONTROL}.docx", DAY):
        assert (await world.call("GET", path, role="")).status == 401


def _reads(world: World) -> list[dict[str, Any]]:
    """Lines of reading, as the store's file has them."""
    path = f"file:{world.stage.run_dir / 'store.sqlite'}?mode=ro"
    with closing(sqlite3.connect(path, uri=True)) as file:
        rows = file.execute("SELECT actor, facts FROM journal WHERE kind = 'read'")
        return [{"actor": row[0], **orjson.loads(row[1])} for row in rows]


async def test_who_had_which_paper_of_which_dossier_is_kept(world: World) -> None:
    identifier = (await world.shown(ASKED))["id"]
    before = len(_reads(world))
    await printed(world, ASKED, ASKING)
    await paper(world, ASKED, SORRY)  # not possible: nothing was read out
    await world.call("GET", DAY, role="operator")
    new = _reads(world)[before:]
    wanted = {"actor": "operator", "dossier": identifier, "paper": ASKING}
    assert new[0] == wanted
    assert {(one["actor"], one["paper"]) for one in new[1:]} == {
        ("operator", "handover-list")
    }
    assert len(new) == 7


async def test_nothing_of_a_paper_is_left_on_the_disk(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    await printed(world, MANY, CONTROL)
    assert _files(tmp_path) == []
    assert "store.sqlite" in _files(world.stage.run_dir)
    assert [n for n in _files(world.stage.run_dir) if n.endswith(".docx")] == []


def _files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def test_many_papers_at_once_do_not_hold_up_the_others(world: World) -> None:
    made = await asyncio.gather(*(paper(world, STORY, CONTROL) for _ in range(8)))
    assert {one.status for one in made} == {200}
    assert len({text_of(one.content) for one in made}) == 1


async def test_a_template_of_the_province_counts_at_once_and_is_said_to_be_broken(
    world: World,
) -> None:
    path = own_templates(world) / f"{CONTROL}.docx"
    try:
        template_saying(path, "{{ dossier.khong_co }}")
        answered = await paper(world, OPEN, CONTROL)
        said = (answered.status, answered.body["code"], answered.body["origin"])
        assert said == (409, "paper_template_invalid", "operator")
        template_saying(path, "Của tỉnh: {{ dossier.number }}")
        assert f"Của tỉnh: {OPEN}" in await printed(world, OPEN, CONTROL)
    finally:
        path.unlink()
    assert "Của tỉnh" not in await printed(world, OPEN, CONTROL)


async def test_commands_list_get_and_hand_over(world: World, tmp_path: Path) -> None:
    run = world.stage.run_dir
    listed = await lienthong("paper", "list", ASKED, run_dir=run, columns=200)
    assert "Mẫu số 02" in listed.out
    assert "Chưa có cơ quan nào từ chối hồ sơ." in listed.out
    out = tmp_path / "phieu.docx"
    got = await lienthong("paper", "get", ASKED, ASKING, "--out", out, run_dir=run)
    assert (got.code, oct(out.stat().st_mode)[-3:]) == (0, "600")
    assert ASKED in text_of(out.read_bytes())
    out = tmp_path / "ban-giao.docx"
    words = ("paper", "handover", "land-mau-1", "--day", "2026-03-10", "--out", out)
    assert (await lienthong(*words, run_dir=run)).code == 0
    assert "Tổng cộng: 6 hồ sơ" in text_of(out.read_bytes())
    out = tmp_path / "dien-san.docx"
    got = await lienthong("paper", "get", BY_HAND, SLIP, "--out", out, run_dir=run)
    assert (got.code, BY_HAND in text_of(out.read_bytes())) == (0, True)
    refused = await lienthong("paper", "get", OPEN, ASKING, "--out", out, run_dir=run)
    assert (refused.code, "yêu cầu bổ sung" in refused.err) == (1, True)


async def test_the_command_that_checks_templates_needs_no_gateway(
    tmp_path: Path,
) -> None:
    shipped = await lienthong("paper", "check", run_dir=tmp_path)
    assert shipped.code == 0
    template_saying(tmp_path / "refusal.docx", "{{ dossier.nguoi }}")
    template_saying(tmp_path / "~$refusal.docx", "{{ open_in_word }}")
    template_saying(tmp_path / "xin-loi.docx", "")
    checked = await lienthong("paper", "check", tmp_path, run_dir=tmp_path)
    assert checked.code == 1
    assert "refusal.docx: trường không có: nguoi" in checked.err
    assert "xin-loi.docx: không phải tên mẫu nào" in " ".join(checked.err.split())
    assert "2 lỗi" in checked.err


async def test_what_an_office_opened_itself_nobody_hands_over_to_it(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await world.push("TiepNhanHoSoChoMotCua", opened())
        await world.submit(a_dossier(OPEN, **CORRECTION))
        await world.pass_hours(1)
        made = (await world.call("GET", DAY, role="operator")).body["handover_list"]
        assert [one["number"] for one in made["dossiers"]] == [OPEN]
        path = f"/v1/dossiers/{quote(RECEIPT, safe='')}/papers"
        listed = await world.call("GET", path, role="operator")
        assert listed.body["papers"][0]["possible"] is True
        text = await printed(world, quote(RECEIPT, safe=""), CONTROL)
        assert f"Mã hồ sơ: {RECEIPT}\n" in text
        assert f"1. Giao: Người nộp hồ sơ\n2. Nhận: {LAND}\n" in text
        chosen = (
            f"/v1/handover-list?office=land-mau-1&dossier={quote(RECEIPT, safe='')}"
        )
        made = (await world.call("GET", chosen, role="operator")).body["handover_list"]
        assert made["giver"] == "Người nộp hồ sơ"
