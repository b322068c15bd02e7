"""An old one-stop with the gateway in its line behaves, and is told, as without it.

The client knows the land system's interface document alone (``tests.landlink``); the
same run is made directly and through the gateway, and what both ends saw is compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from yarl import URL

from tests.dropin_line import OFFICE, InLine
from tests.journeys.test_on_postgresql import FILES, store_table
from tests.landlink import NUMBER, RECORD, SECRET, Exchange, Run, Stand, opened
from tests.landlink import direct as straight

pytestmark = pytest.mark.journey

SAMPLES = Path(__file__).parents[2] / "schemas/agencies/land_registry/samples"
Effects = list[dict[str, Any]]


def step(
    send: str, *, on: str = "hand_over", after_h: float = 2.0, more: str = ""
) -> str:
    """A step of the land office."""
    return (
        f'\n[[land_registry.step]]\non = "{on}"\nafter_h = {after_h}\n'
        f'send = "{send}"\n{more}\n'
    )


def clerk(do: str, *, on: str, after_h: float = 1.0, more: str = "") -> str:
    """A step of the one-stop's clerk."""
    return (
        f'\n[[landlink.step]]\non = "{on}"\nafter_h = {after_h}\ndo = "{do}"\n{more}\n'
    )


def said(exchanges: Sequence[Exchange]) -> list[tuple[str, Any, int, Any]]:
    """Operation, content, status and answer of messages, without when it was answered."""
    return [
        (each.operation, each.content, each.status, _without_time(each))
        for each in exchanges
        if each.method == "POST"
    ]


def _without_time(each: Exchange) -> Any:
    if not each.answer:
        return None
    told = each.told
    status = {k: v for k, v in told.get("status", {}).items() if k != "time"}
    return {**told, "status": status}


def heard(here: Stand) -> list[Any]:
    """What the one-stop made of the answers to its calls."""
    return [
        (answer.get("rule"), answer.get("fate"))
        for answer in here.arrivals("call_answer")
    ]


async def seen_by(
    folder: Path, *, line: InLine | None, hours: float, **options: Any
) -> tuple[Run, list[Any], Effects]:
    """A run, what the one-stop made of its answers, and the files that it fetched."""
    between = line.line if line else straight
    async with opened(folder, line=between, **options) as here:
        run = await here.run(hours)
        return run, heard(here), here.effects("link_file")


PAPERS_MISSING = step("YeuCauBoSungHoSo", more="LaTamDung = false")
SCRIPTS = {
    "the usual course": "",
    "papers are brought": PAPERS_MISSING + step("KetThucHoSo", on="supplement"),
    "the same papers are asked for twice": PAPERS_MISSING
    + step("YeuCauBoSungHoSo", on="supplement", more="LaTamDung = false")
    + step("KetThucHoSo", on="supplement", more="nth = 2"),
    "papers come at the land office": "\n[landlink]\nsupplements = false\n"
    + PAPERS_MISSING
    + step("NhanBoSungHoSo", after_h=30.0)
    + step("KetThucHoSo", after_h=40.0),
    "a pause for money": step(
        "YeuCauBoSungHoSo", more="LaTamDung = true\nLoaiTamDung = 1"
    )
    + step("ChuyenHoSo", after_h=30.0, more="MaTrangThai = 16")
    + step("KetThucHoSo", after_h=40.0),
    "another pause": step("YeuCauBoSungHoSo", more='LaTamDung = true\nGhiChu = "x"')
    + step("ChuyenHoSo", after_h=30.0, more="MaTrangThai = 16")
    + step("KetThucHoSo", after_h=40.0),
    "data are corrected": step("YeuCauCapNhatHoSo")
    + step("KetThucHoSo", more="nth = 2")
    + clerk(
        "hand_over",
        on="status:2",
        more='nth = 2\ncontent = {property_address = "Thôn Mẫu"}',
    ),
    "the wrong case is sent again as it was": step("SaiQuyTrinh")
    + step("KetThucHoSo", more="nth = 2")
    + clerk("hand_over", on="status:2", more="nth = 2"),
    "the result is wrong": PAPERS_MISSING
    + step("KetThucHoSo", on="supplement")
    + step("ChuyenHoSo", on="result_wrong", more="MaTrangThai = 12")
    + step("KetThucHoSo", on="started:3")
    + clerk(
        "result_wrong", on="status:10", more='content = {content = "Sai tên đệm."}'
    ),
    "the land system gives its own number": step("TiepNhanHoSoChoMotCua", after_h=1.0)
    + step("KetThucHoSo"),
    "notices of tax": step("GuiKetQuaThue", more='notices = ["Thuế thu nhập cá nhân"]')
    + step("KetThucHoSo", after_h=48.0),
    "tax returns it": step("ThueTraHoSo") + step("KetThucHoSo", after_h=48.0),
    "it is refused": step("KetThucHoSo", more="TrangThaiKetThuc = 2"),
    "it is withdrawn": step("KetThucHoSo", more="TrangThaiKetThuc = 1"),
    "a scan of many megabytes": "\n[[landlink.dossier.papers]]\nname = 'Bản vẽ'\n"
    "originals = 1\nfiles = [{name = 'ban-ve.pdf', size = 9000000}]\n",
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
async def test_the_gateway_in_the_line_changes_nothing_that_either_end_sees(
    script: str, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"scenario": script, "hours": 24 * 20}
    direct, rules, files = await seen_by(tmp_path / "direct", line=None, **options)
    line = InLine(tmp_path / "line")
    through = await seen_by(tmp_path / "through", line=line, **options)
    assert len(direct.moves) > 2
    assert through[0].moves == direct.moves
    assert through[0].land_effects == direct.land_effects
    assert said(through[0].land) == said(direct.land)
    sent = [each.body for each in direct.land if each.method == "POST"]
    assert [each.body for each in through[0].land if each.method == "POST"] == sent
    assert said(through[0].client) == said(direct.client)
    told = [each.body for each in direct.client]
    assert [each.body for each in through[0].client] == told
    assert through[1:] == (rules, files)


ILIS = {
    name: SCRIPTS[name]
    for name in (
        "the usual course",
        "papers are brought",
        "data are corrected",
        "the result is wrong",
        "the land system gives its own number",
        "notices of tax",
    )
}


@pytest.mark.parametrize("script", ILIS.values(), ids=ILIS)
async def test_with_the_other_land_system_and_its_tokens_it_is_the_same(
    script: str, tmp_path: Path
) -> None:
    options: dict[str, Any] = {
        "scenario": script,
        "hours": 24 * 20,
        "dialect": "ilis",
    }
    direct, _, files = await seen_by(tmp_path / "direct", line=None, **options)
    line = InLine(tmp_path / "line", dialect="ilis")
    through = await seen_by(tmp_path / "through", line=line, **options)
    assert len(direct.moves) > 2
    assert through[0].moves == direct.moves
    assert messages(through[0].land) == messages(direct.land)
    assert said(through[0].client) == said(direct.client)
    assert through[2] == files
    assert {each.query for each in through[0].client} == {
        each.query for each in direct.client
    }


def messages(exchanges: Sequence[Exchange]) -> list[Any]:
    """Messages, without how the session for them was got."""
    return [
        each
        for each in said([one for one in exchanges if one.operation != "token"])
        if each[2] != 401
    ]


@pytest.mark.system
async def test_on_postgresql_it_is_the_same(
    tmp_path: Path, database: dict[str, Any]
) -> None:
    options: dict[str, Any] = {
        "scenario": SCRIPTS["papers are brought"],
        "hours": 24 * 20,
    }
    direct, rules, files = await seen_by(tmp_path / "direct", line=None, **options)
    store = store_table(database, tmp_path / "password") + FILES
    line = InLine(tmp_path / "line", more_settings=store)
    through = await seen_by(tmp_path / "through", line=line, **options)
    assert len(direct.moves) > 2
    assert said(through[0].land) == said(direct.land)
    assert said(through[0].client) == said(direct.client)
    assert through[1:] == (rules, files)


@pytest.mark.parametrize("case", ["DC-01", "KHONG-BIET"])
async def test_a_dossier_of_the_land_offices_own_counter_reaches_the_one_stop(
    case: str, tmp_path: Path
) -> None:
    told = sample("TiepNhanHoSoChoMotCua", SoBienNhan="26-0001/BN")
    told["ThongTinQuyTrinh"]["MaQuyTrinh"] = case
    refused = sample("KetThucHoSo.refused", SoBienNhan="26-0001/BN")
    line = InLine(tmp_path / "line", callback_secret=SECRET)
    async with opened(tmp_path, line=line.line, numbers=()) as here:
        at = f"{line.address('agencies')}/callbacks/{OFFICE}"
        async with aiohttp.ClientSession() as session:
            for name, body in (
                ("TiepNhanHoSoChoMotCua", told),
                ("KetThucHoSo", refused),
                ("TiepNhanHoSoChoMotCua", told),
            ):
                url = f"{at}/{name}/{SECRET}"
                async with session.post(url, data=orjson.dumps(body)) as answer:
                    assert (await answer.json())["Result"] == 1
        run = await here.run(hours=1)
        assert len(here.effects("link_opened")) == 1
    assert run.moves == ((8, "end"),)
    assert [each.content for each in run.client] == [told, refused]


def sample(name: str, **changed: Any) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads((SAMPLES / f"{name}.json").read_bytes())
    return {**content, **changed}


@pytest.mark.parametrize(
    ("case", "procedure", "legs"),
    [
        ("DC-01", "1.999003", {"land"}),
        ("CN-02", "1.999002", {"land", "tax"}),
        ("KHONG-BIET", "link.land_registry", {"office"}),
    ],
)
async def test_the_case_says_what_follows_beside_the_land_office(
    case: str, procedure: str, legs: set[str], tmp_path: Path
) -> None:
    record = RECORD.replace("DC-01", case)
    line = InLine(tmp_path / "line")
    async with opened(tmp_path, line=line.line, record=record) as here:
        run = await here.run(hours=1)
        (sent,) = run.sent("tiepnhan")
        _, shown = await line.call("GET", f"/v1/dossiers/{NUMBER}")
    assert shown["document"]["procedure"] == procedure
    assert {leg["name"] for leg in shown["legs"]} == legs
    known = case in {"DC-01", "CN-02"}
    assert sent.told["data"] == int(known)


@pytest.mark.parametrize("dialect", ["vbdlis", "ilis"])
async def test_the_land_system_gets_the_one_stops_own_lists(
    dialect: str, tmp_path: Path
) -> None:
    options: dict[str, Any] = {
        "land_settings": {"pull_lists": True},
        "dialect": dialect,
    }
    async with opened(tmp_path / "direct", **options) as here:
        direct = lists(await here.run(hours=24))
    line = InLine(tmp_path / "line", dialect=dialect)
    async with opened(tmp_path / "through", line=line.line, **options) as here:
        through = lists(await here.run(hours=24))
    assert len(direct) == 3
    assert through == direct


def lists(run: Run) -> list[tuple[str, str, bytes]]:
    """Lists as the one-stop gave them."""
    return sorted(
        (each.path, each.query, each.answer)
        for each in run.client
        if each.method == "GET"
    )


async def test_while_the_one_stop_gives_no_list_the_gateways_own_has_to_do(
    tmp_path: Path,
) -> None:
    line = InLine(tmp_path / "line", callback_secret=SECRET)
    async with opened(tmp_path, line=line.line, numbers=()) as here:
        name = "GetDanhMucThuTuc"
        url = f"{line.address('agencies')}/callbacks/{OFFICE}/{name}"
        shown = {"SecurityCode": SECRET}
        _, theirs = await here.get(f"/landlink/callbacks/{name}?SecurityCode={SECRET}")
        async with aiohttp.ClientSession() as session:
            async with session.get(url, params=shown) as answer:
                assert await answer.read() == theirs
            here.client_recorder.target = "http://127.0.0.1:9"
            async with session.get(url, params=shown) as answer:
                told = await answer.json()
    codes = {row["MaThuTuc"] for row in told["Data"]}
    assert "1.999003" in codes
    assert not any(code.startswith("link.") for code in codes)


async def got(line: InLine, link: str) -> tuple[int, bytes]:
    """A result file, as the one-stop asks for it."""
    async with aiohttp.ClientSession() as session:
        url = URL(f"{line.base}/files{link}", encoded=True)
        async with session.get(url) as answer:
            return answer.status, await answer.read()


@pytest.mark.parametrize("dialect", ["vbdlis", "ilis"])
async def test_a_result_that_the_office_has_taken_away_is_still_there(
    dialect: str, tmp_path: Path
) -> None:
    line = InLine(tmp_path / "line", dialect=dialect)
    async with opened(tmp_path, line=line.line, dialect=dialect) as here:
        run = await here.run(hours=24 * 12)
        (end,) = run.told("KetThucHoSo")
        link = end.content["DanhSachGiayToKetQua"][0]["LinkFile"]
        status, content = await got(line, link)
        assert (status, len(content) > 100) == (200, True)
        here.land_recorder.not_there = 2
        assert await got(line, link) == (200, content)
        assert (await got(line, link + "x"))[0] == 404
        here.land_recorder.target = "http://127.0.0.1:9"
        assert await got(line, link) == (200, content)
        other = line.base.replace(line.base.rpartition("/")[2], "sai")
        assert (await status_of(f"{other}/files{link}")) == 404


async def status_of(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status


async def test_a_link_is_asked_for_as_it_came_with_its_parameters(
    tmp_path: Path,
) -> None:
    line = InLine(tmp_path / "line")
    async with opened(tmp_path, line=line.line, numbers=()) as here:
        await got(line, "/ket-qua/a%2Bb%20c.pdf?id=5&k=ab")
        (asked,) = here.seen().land
    assert asked.path == "/ket-qua/a+b c.pdf"
    assert asked.query == "id=5&k=ab"
