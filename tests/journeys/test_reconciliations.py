"""Two lists held against each other through the API; nothing of them stays."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from tests.journeys.commands import ROOT
from tests.journeys.test_privacy import files_under, open_marks
from tests.lists import OURS, THEIRS, csv, read, xlsx
from tests.world import Answered, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
EXAMPLE = ROOT / "examples" / "doi-soat"
PATH = "/v1/reconciliations"
MARKS = {
    "name": "Quách Thị Dấu Riêng",
    "code": "H00.01-260310-7183",
    "note": "ghi 71840",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A gateway that nobody has given anything."""
    async with World(tmp_path_factory.mktemp("lists") / "run") as world:
        yield world


def form(ours: bytes, theirs: bytes, **fields: str) -> aiohttp.FormData:
    """An upload as a program makes it."""
    found = aiohttp.FormData()
    for name, content in (("ours", ours), ("theirs", theirs)):
        if content:
            found.add_field(name, io.BytesIO(content), filename=f"{name}.xlsx")
    for name, text in fields.items():
        found.add_field(name, text)
    return found


def example(**fields: str) -> aiohttp.FormData:
    ours, theirs = ((EXAMPLE / n).read_bytes() for n in ("mot-cua.csv", "dat-dai.csv"))
    return form(ours, theirs, **fields)


async def post(
    world: World, upload: aiohttp.FormData, *, path: str = PATH, role: str = "operator"
) -> Answered:
    return await world.call("POST", path, role=role, data=upload)


async def by_page(world: World, upload: aiohttp.FormData, path: str = "") -> Answered:
    """The same upload as an operator's browser sends it from the page."""
    front = world.stage.url("front")
    cookie = f"lienthong={world.stage.secrets.value('token.operator')}"
    headers = {"Cookie": cookie, "Origin": front}
    return await world.call(
        "POST", f"/console/doi-soat{path}", role="", data=upload, headers=headers
    )


async def test_an_operator_gets_counts_and_every_row_with_both_sides(
    world: World,
) -> None:
    answered = await post(world, example(day="25/03/2026"))
    assert answered.status == 200
    assert answered.headers["Cache-Control"] == "no-store"
    assert answered.body["counts"]["finished_there"] == 2
    assert answered.body["late_on_paper"] == 2
    first = answered.body["classes"]["finished_there"][0]
    assert first["code"] == "H00.01-260302-0001"
    assert (first["ours"][0]["status"], first["theirs"][0]["status"]) == (
        "Đang xử lý",
        "Đã xong",
    )
    assert first["theirs"][0]["ended"] == "2026-03-17"


async def test_without_a_day_the_gateway_takes_its_own(world: World) -> None:
    answered = await post(world, example())
    assert answered.body["day"] == f"{world.now():%Y-%m-%d}"
    assert answered.body["late_on_paper"] == 0


async def test_the_mapping_that_comes_back_is_taken_the_next_time(world: World) -> None:
    first = await post(world, example())
    again = await post(world, example(mapping=first.body["mapping"]))
    assert (first.body["guessed"], again.body["guessed"]) == (True, False)
    assert again.body["classes"] == first.body["classes"]


async def test_the_same_upload_gives_a_workbook_with_a_sheet_per_class(
    world: World,
) -> None:
    answered = await post(world, example(day="2026-03-25"), path=f"{PATH}/workbook")
    assert answered.status == 200
    assert "attachment" in answered.headers["Content-Disposition"]
    names = [sheet.name for sheet in read(answered.content).sheets]
    assert names == [
        "Tổng hợp",
        "Quên bấm kết thúc",
        "Quên bấm chờ",
        "Ghi khác nhau",
        "Một cửa không có",
        "Cơ quan không có",
        "Chưa rõ trạng thái",
        "Trùng mã",
        "Ô không đọc được",
    ]


@pytest.mark.parametrize("role", ["reader", "one_stop", ""])
@pytest.mark.parametrize("path", [PATH, f"{PATH}/workbook"])
async def test_who_is_no_operator_is_refused(
    world: World, role: str, path: str
) -> None:
    answered = await post(world, example(), path=path, role=role)
    assert answered.status == (403 if role else 401)


LIST = csv([OURS, ("H00.01-260310-0001", "", "", "", "Đang xử lý")])


@pytest.mark.parametrize(
    ("upload", "status", "code"),
    [
        (form(LIST, b"", note="x"), 400, "malformed_multipart"),
        (form(LIST, b""), 400, "two_lists_needed"),
        (form(LIST, b"%PDF-1.7"), 400, "sheet_not_a_sheet"),
        (form(LIST, csv([("Mã hồ sơ",), ("H1",)])), 400, "columns_unsure"),
        (form(LIST, LIST, day="mai"), 400, "day_invalid"),
        (form(LIST, LIST, mapping="[x"), 400, "mapping_invalid"),
        (form(LIST, bytes(65 * 1024 * 1024)), 413, "lists_too_large"),
    ],
    ids=["part", "one list", "pdf", "columns", "day", "mapping", "size"],
)
async def test_what_cannot_be_compared_is_refused_in_words(
    world: World, upload: aiohttp.FormData, status: int, code: str
) -> None:
    answered = await post(world, upload)
    assert (answered.status, answered.body["code"]) == (status, code)
    assert answered.body["remedy"]


async def test_too_many_rows_for_the_gateway_are_sent_to_the_command_line(
    world: World,
) -> None:
    rows = [OURS, *((f"H00.01-260310-{n:05}", "", "", "", "x") for n in range(60_000))]
    answered = await post(world, form(csv(rows), LIST))
    assert (answered.status, answered.body["code"]) == (413, "sheet_too_many_rows")
    assert answered.body["remedy"].startswith("Tệp của một cửa")
    assert "lienthong reconcile" in answered.body["remedy"]


async def test_the_gateway_answers_others_while_it_compares(world: World) -> None:
    numbers = [f"H00.01-260310-{n:05}" for n in range(8_000)]
    ours = xlsx([OURS, *((n, "", "20/03/2026", "", "Đang xử lý") for n in numbers)])
    theirs = xlsx([THEIRS, *((n, "", "", "19/03/2026", "Đã xong") for n in numbers)])
    comparing = asyncio.create_task(
        post(world, form(ours, theirs), path=f"{PATH}/workbook")
    )
    answered = 0
    while not comparing.done():
        health = await world.call("GET", "/health")
        assert health.status == 200
        answered += 1
    assert (await comparing).status == 200
    assert answered > 10


async def test_a_third_comparison_at_once_is_asked_to_come_back(world: World) -> None:
    numbers = [f"H00.01-260310-{n:05}" for n in range(3_000)]
    rows = [(n, "", "", "", "Đang xử lý") for n in numbers]
    ours, theirs = xlsx([OURS, *rows]), xlsx([THEIRS, *rows])
    answers = await asyncio.gather(*(post(world, form(ours, theirs)) for _ in range(6)))
    statuses = [answer.status for answer in answers]
    assert set(statuses) == {200, 409}
    refused = next(answer for answer in answers if answer.status == 409)
    assert refused.body["code"] == "reconciliation_under_way"
    assert (await post(world, form(ours, theirs))).status == 200


async def test_nothing_of_the_lists_stays_in_files_or_logs(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    heading = (*OURS, "Chủ hồ sơ", "Ghi chú")
    row = (
        MARKS["code"],
        "",
        "",
        "31/02/2026",
        "Đang xử lý",
        MARKS["name"],
        MARKS["note"],
    )
    theirs = xlsx([THEIRS, (MARKS["code"], "", "", "", "Đã xong")])
    answered = await post(world, form(xlsx([heading, row]), theirs))
    assert open_marks(answered.content, MARKS) == set(MARKS)
    wrong = xlsx([("Cột lạ", MARKS["name"]), (MARKS["code"], MARKS["note"])])
    refused = await post(world, form(wrong, theirs))
    assert refused.status == 400
    assert open_marks(refused.content, MARKS) == set()
    await world.settle()
    kept = [path.read_bytes() for path in files_under(world.stage.run_dir)]
    assert kept
    assert [open_marks(content, MARKS) for content in kept] == [set()] * len(kept)
    lines = "".join(capfd.readouterr()).encode()
    assert open_marks(lines, MARKS) == set()


def files_with(world: World, plain: str) -> list[str]:
    """Names of the run's files in which a text lies open."""
    return [
        path.name
        for path in files_under(world.stage.run_dir)
        if plain.encode() in path.read_bytes()
    ]


@pytest.mark.parametrize("path", ["", "/tep"])
async def test_the_page_keeps_headings_and_nothing_of_the_rows_in_the_store(
    world: World, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    heading = "Chủ hồ sơ theo tệp" if path else "Chủ hồ sơ theo trang"
    ours = [
        (*OURS, heading, "Ghi chú"),
        (MARKS["code"], "", "", "", "Đang xử lý", MARKS["name"], MARKS["note"]),
    ]
    said = [MARKS["name"], MARKS["code"], MARKS["note"]]
    theirs = [THEIRS, *((MARKS["code"], "", "", "", word) for word in said)]
    assert files_with(world, heading) == []
    answered = await by_page(world, form(xlsx(ours), xlsx(theirs)), path)
    assert answered.status == 200
    if not path:
        # The page itself shows the names as words to be explained.
        assert (
            f"{MARKS['note']}&#34;, &#34;{MARKS['code']}&#34;"
            in answered.content.decode()
        )
    await world.settle()
    assert any(name.startswith("store.sqlite") for name in files_with(world, heading))
    kept = [path.read_bytes() for path in files_under(world.stage.run_dir)]
    assert [open_marks(content, MARKS) for content in kept] == [set()] * len(kept)
    assert open_marks("".join(capfd.readouterr()).encode(), MARKS) == set()


async def test_what_the_page_remembers_changes_no_answer_of_the_api(
    world: World,
) -> None:
    before = await post(world, example())
    mapping = before.body["mapping"].replace('unclear = ["Tạm gác"]', "").rstrip()
    head, _, tail = mapping.rpartition("waiting = [")
    explained = f'{head}waiting = ["Tạm gác", {tail}'
    answered = await by_page(world, example(mapping=explained))
    assert (answered.status, files_with(world, "Tạm gác") != []) == (200, True)
    after = await post(world, example())
    assert after.body == before.body
    assert after.body["counts"]["unclear"] == 1
    assert after.body["guessed"] is True
