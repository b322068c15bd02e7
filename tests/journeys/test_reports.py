"""What leaders read of a month, its figures computed here by hand."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from python_calamine import CalamineWorkbook

from tests.journeys.commands import lienthong
from tests.journeys.reported import (
    CLICKED,
    EARLY,
    ELSEWHERE,
    FALSE,
    LATE,
    LOADED,
    MONTH,
    ON_TIME,
    OPEN,
    OTHER_UNIT,
    OVERDUE,
    UNIT,
    bring_about,
    numbers,
    report,
    reported_world,
)
from tests.unit.paper.words import text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.world import Json, World

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]
LAND = "land-mau-1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A month that nobody changes any more."""
    async with reported_world(tmp_path_factory.mktemp("reports")) as world:
        await bring_about(world)
        yield world


async def test_every_class_is_counted_as_by_hand(world: World) -> None:
    total = (await report(world))["total"]
    # EARLY twice, ELSEWHERE, LOADED; ON_TIME, CLICKED; LATE, FALSE.
    assert (total["early"], total["on_time"], total["late"]) == (4, 2, 2)
    assert (total["ended"], total["percent"], total["falsely_late"]) == (8, 75.0, 1)
    # By the day of the click CLICKED is late, too: 5 of 8.
    assert total["portal_percent"] == 62.5


async def test_the_difference_to_the_portal_stands_in_words(world: World) -> None:
    assert (await report(world))["portal"]["sentence"] == (
        "theo Cổng: 62,5 %; theo sự kiện: 75,0 %; chênh 12,5 điểm vì 1 hồ sơ xong trong"
        " hạn nhưng bấm kết thúc trên hệ thống sau ngày hẹn."
    )


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ("early", {*EARLY, ELSEWHERE, LOADED}),
        ("on_time", {ON_TIME, CLICKED}),
        ("in_time", {*EARLY, ELSEWHERE, LOADED, ON_TIME, CLICKED}),
        ("late", {LATE, FALSE}),
        ("falsely_late", {FALSE}),
        ("clicked_late", {CLICKED}),
        ("portal_late", {CLICKED, LATE, FALSE}),
        ("portal_in_time", {*EARLY, ELSEWHERE, LOADED, ON_TIME}),
        ("no_date", set()),
        ("clicked_early", set()),
        ("open", {OPEN}),
        ("overdue", {OVERDUE}),
        ("open_no_date", set()),
    ],
)
async def test_behind_each_number_stand_its_dossiers(
    world: World, figure: str, expected: set[str]
) -> None:
    found = await numbers(world, figure)
    assert (set(found), len(found)) == (expected, len(expected))


async def test_every_number_of_every_table_is_as_long_as_its_list(
    world: World,
) -> None:
    found = await report(world)
    for of, rows in found["groups"].items():
        for row in rows:
            for figure in ("ended", "early", "on_time", "late", "falsely_late"):
                listed = await numbers(world, figure, **{of: row["id"]})
                assert len(listed) == row[figure], (of, row["id"], figure)
        assert sum(row["ended"] for row in rows) == found["total"]["ended"]
    for row in found["own_time"]["rows"]:
        at = {"whose": row["whose"], "office": row["office"]}
        assert len(await numbers(world, "shares", **at)) == row["dossiers"]
    for row in found["clocks"]:
        at = {"office": row["office"], "clock": row["clock"]}
        for which in ("early", "on_time", "late"):
            listed = await numbers(world, "clocks", timeliness=which, **at)
            assert len(listed) == row[which]
    for row in found["causes"]:
        at = {"office": row["office"], "clock": row["clock"]}
        assert len(await numbers(world, "late", **at)) == row["dossiers"]
    assert sum(row["dossiers"] for row in found["causes"]) == found["total"]["late"]


async def test_minutes_are_those_of_the_dossiers_and_hours_add_up(
    world: World,
) -> None:
    own = (await report(world))["own_time"]
    ended = await numbers(world, "ended")
    spent = {}
    for code in ended:
        path = f"/v1/dossiers/{code}/due"
        spent[code] = (await world.call("GET", path, role="reader")).body["minutes"]
    # From Tuesday the 10th, 7:30: seven days of 7.5 hours, and half an hour.
    assert spent[EARLY[0]] == 7 * 450 + 30
    assert own["minutes"] == sum(spent.values())
    assert sum(row["minutes"] for row in own["rows"]) == own["minutes"]
    tenths = sum(round(row["hours"] * 10) for row in own["rows"])
    assert tenths == round(own["hours"] * 10) == (2 * own["minutes"] + 6) // 12


async def test_what_is_not_counted_is_said(world: World) -> None:
    still, before = (await report(world))["not_counted"]["sentences"]
    assert still == "2 hồ sơ đang giải quyết: chưa tính vào tháng nào."
    assert before.startswith("112,0 giờ làm việc trước khi cổng biết hồ sơ")


async def test_a_list_is_read_in_pages_that_lose_and_repeat_nothing(
    world: World,
) -> None:
    for figure in ("ended", "in_time"):
        found, after = [], ""
        while True:
            query = {"figure": figure, "limit": "1", "after": after}
            where = f"/v1/reports/{MONTH}/dossiers"
            page = (await world.call("GET", where, role="reader", params=query)).body
            found += [one["number"] for one in page["dossiers"]]
            after = page["after"] or ""
            if not after:
                break
        assert (len(found), len(set(found))) == (len(set(found)), len(found))
        assert set(found) == set(await numbers(world, figure))


async def test_a_one_stop_reads_of_its_own_dossiers(world: World) -> None:
    mine, all_ = await report(world, "one_stop"), await report(world, "reader")
    assert mine["total"] == all_["total"]
    refused = await world.call("GET", f"/v1/reports/{MONTH}", role="")
    assert refused.status == 401


@pytest.mark.parametrize(
    ("month", "code"),
    [
        ("2026-13", "month_invalid"),
        ("2026-00", "month_invalid"),
        ("26-03", "month_invalid"),
        ("1970-01", "month_invalid"),
        ("٢٠٢٦-03", "month_invalid"),
        ("2026-04", "month_future"),
        ("9999-12", "month_future"),
    ],
)
@pytest.mark.parametrize("what", ["", ".xlsx", "/dossiers", "/restated", "/one-stop"])
async def test_a_month_that_is_none_is_refused_with_a_word(
    world: World, month: str, code: str, what: str
) -> None:
    refused = await world.call("GET", f"/v1/reports/{month}{what}", role="reader")
    assert (refused.status, refused.body["code"]) == (400, code)


async def test_a_month_without_dossiers_is_a_report_of_zeros(world: World) -> None:
    found = await report(world, month="2025-11")
    total = found["total"]
    assert (total["ended"], total["late"], total["percent"]) == (0, 0, None)
    assert found["note"] == "Tháng 11/2025: không có hồ sơ nào kết thúc."
    assert found["portal"]["difference"] is None


async def test_a_figure_that_does_not_exist_is_refused(world: World) -> None:
    where = f"/v1/reports/{MONTH}/dossiers"
    for query in ({"figure": "best"}, {"figure": "shares"}, {"figure": "clocks"}):
        refused = await world.call("GET", where, role="reader", params=query)
        assert (refused.status, refused.body["code"]) == (400, "figure_unknown")


def cells(content: bytes, sheet: str) -> list[list[object]]:
    """The cells of a sheet of a file, as another program reads them."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [list(row) for row in book.get_sheet_by_name(sheet).to_python()]


async def test_the_workbook_says_what_the_report_says(world: World) -> None:
    answered = await world.call("GET", f"/v1/reports/{MONTH}.xlsx", role="reader")
    assert answered.status == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(answered.content))
    assert len(book.sheet_names) == 9
    found = await report(world)
    rows = {row[0]: row for row in cells(answered.content, "Theo đơn vị")}
    assert rows[UNIT][2:7] == [7, 3, 2, 2, 0]
    assert rows[OTHER_UNIT][2:9] == [1, 1, 0, 0, 0, 0, 100]
    assert rows["Cộng"][2:10] == [8, 4, 2, 2, 0, 0, 75, 62.5]
    whole = {row[0]: row[1] for row in cells(answered.content, "Tổng hợp")}
    assert whole["Trong hạn (%)"] == 75
    text = " ".join(str(row[0]) for row in cells(answered.content, "Tổng hợp"))
    assert found["portal"]["sentence"] in text
    assert found["definitions"]["judged"] in text


async def test_a_workbook_of_nothing_has_dashes(world: World) -> None:
    answered = await world.call("GET", "/v1/reports/2025-11.xlsx", role="reader")
    whole = {row[0]: row[1] for row in cells(answered.content, "Tổng hợp")}
    assert (whole["Kết thúc"], whole["Trong hạn (%)"]) == (0, "–")


async def test_a_month_that_runs_is_not_issued_and_not_by_everybody(
    world: World,
) -> None:
    path = f"/v1/reports/{MONTH}/issue"
    for role in ("one_stop", "operator", "reader"):
        assert (await world.call("POST", path, {}, role=role)).status == 403
    early = await world.call("POST", path, {}, role="head")
    assert (early.status, early.body["code"]) == (409, "month_not_over")
    none = await world.call("GET", f"/v1/reports/{MONTH}/restated", role="head")
    assert (none.status, none.body["code"]) == (400, "report_not_issued")


async def due_soon(world: World, unit: str, role: str = "reader", **query: str) -> Json:
    path = f"/v1/units/{unit}/due-soon"
    answered = await world.call("GET", path, role=role, params=query)
    assert answered.status == 200, answered.body
    return answered.body


async def test_a_unit_reads_what_it_has_due_where_it_lies_and_since_when(
    world: World,
) -> None:
    found = await due_soon(world, UNIT)
    assert (found["count"], found["overdue"], found["left_out"]) == (1, 1, 0)
    (office,) = found["offices"]
    (one,) = office["dossiers"]
    assert (office["office"], one["number"], one["due_on"]) == (
        LAND,
        OVERDUE,
        "2026-03-25",
    )
    assert one["since"].startswith("2026-03-10T00:30")
    # OPEN is due on 30 April, thirty working days on at most.
    farther = await due_soon(world, UNIT, days="30")
    assert farther["count"] == 2
    assert (await due_soon(world, OTHER_UNIT))["count"] == 0
    assert (await due_soon(world, "no/such=unit"))["offices"] == []
    for days in ("0", "31", "x"):
        path = f"/v1/units/{UNIT}/due-soon?days={days}"
        assert (await world.call("GET", path, role="reader")).status in {400, 422}


async def test_the_letter_of_a_unit_names_codes_and_no_person(world: World) -> None:
    path = f"/v1/units/{UNIT}/due-soon.docx"
    answered = await world.call("GET", path, role="reader")
    text = text_of(answered.content)
    for part in (OVERDUE, "(quá hạn)", "1 hồ sơ hẹn trả đến hết ngày", "10/03/2026"):
        assert part in text
    assert "Nguyễn Văn Ví Dụ" not in text


async def test_the_briefing_tells_the_morning(world: World) -> None:
    found = (await world.call("GET", "/v1/briefing", role="head")).body
    (office,) = found["offices"]
    assert (office["office"], office["overdue"], office["today"]) == (LAND, 1, 0)
    assert [one["number"] for one in found["lists"]["overdue"]] == [OVERDUE]
    # It is Monday: what ended late since Friday is new.
    assert found["since"] == "2026-03-27"
    assert [one["number"] for one in found["ended_late"]["dossiers"]] == [FALSE]
    causes = [one["dossiers"] for one in found["stuck"]["causes"]]
    assert causes == sorted(causes, reverse=True) != []
    assert isinstance(found["alerts"], list)
    own = (await world.call("GET", "/v1/briefing", role="one_stop")).body
    hidden = [own[name] for name in ("alerts", "broken_promises", "stuck")]
    assert hidden == [None] * 3


async def test_the_commands_say_the_same(world: World) -> None:
    said = await lienthong("report", "show", MONTH, run_dir=world.stage.run_dir)
    words = " ".join(said.out.split())
    assert said.code == 0, said.out
    for part in ("6 (75,0 %)", "theo Cổng: 62,5 %", "2 hồ sơ đang giải quyết"):
        assert part in words
    target = world.stage.run_dir / "thang.xlsx"
    made = await lienthong(
        *("report", "xlsx", MONTH, "--out", str(target)), run_dir=world.stage.run_dir
    )
    assert (made.code, target.read_bytes()[:2]) == (0, b"PK")
    soon = await lienthong("report", "due-soon", UNIT, run_dir=world.stage.run_dir)
    assert (soon.code, OVERDUE in soon.out) == (0, True)
    wrong = await lienthong("report", "show", "2026-13", run_dir=world.stage.run_dir)
    assert (wrong.code, "2026-03" in wrong.err) == (1, True)
