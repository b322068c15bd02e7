"""Every command as a process of its own against a running gateway."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from gateway.wiring.stage import CONFIG, EXAMPLES
from tests.browser.standing import (
    BUSY,
    DOUBTFUL,
    PARKED,
    UNROUTED,
    bring_about,
    standing_world,
)
from tests.journeys.commands import ROOT, Ran, lienthong, start
from tests.journeys.slips import CERTIFICATE, number_in, slip_for
from tests.world import a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.world import World

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
#: Codes that people would meet if a table showed what the API says as it stands.
CODES = re.compile(r"\b(parked|unconfirmed|hand_over|not_left|may_have_left|gateway)\b")
EXAMPLE = EXAMPLES / "06-xa-cu-nhieu-thua"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Everything that stands still, standing still."""
    async with standing_world(tmp_path_factory.mktemp("cli") / "run") as world:
        await bring_about(world)
        yield world


async def said(world: World, *words: str | Path, columns: int = 80) -> Ran:
    """A command that succeeds."""
    ran = await lienthong(*words, run_dir=world.stage.run_dir, columns=columns)
    assert ran.code == 0, ran.err
    return ran


async def transfer_of(world: World, number: str, kind: str) -> str:
    """The identifier of a dossier's newest transfer of a kind."""
    return str((await world.transfers(number, kind))[-1]["id"])


async def report_of(world: World, kind: str) -> str:
    """The identifier of the report of a kind that fitted nothing."""
    shown = await world.call("GET", "/v1/unmatched", role="operator")
    (found,) = [row["id"] for row in shown.body["unmatched"] if row["kind"] == kind]
    return str(found)


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(
    "words",
    [
        ("still",),
        ("dossier", "list"),
        ("dossier", "show", BUSY),
        ("dossier", "show", UNROUTED),
        ("transfer", "list"),
        ("unmatched", "list"),
        ("find", "nguyen van vi du"),
        ("route", "explain", str(EXAMPLE)),
        ("route", "explain", BUSY),
        ("agency", "list"),
        ("lane", "list"),
    ],
    ids=" ".join,
)
async def test_a_table_fits_the_terminal_and_speaks_in_words(
    world: World, words: tuple[str, ...], columns: int
) -> None:
    out = (await said(world, *words, columns=columns)).out
    lines = out.splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= columns
    assert CODES.search(out.replace("docs/agencies", "")) is None


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (("still",), "/v1/still"),
        (("dossier", "list"), "/v1/dossiers"),
        (("dossier", "list", "--state", "ended"), "/v1/dossiers?state=ended"),
        (("dossier", "show", BUSY), f"/v1/dossiers/{BUSY}"),
        (("route", "explain", BUSY), f"/v1/dossiers/{BUSY}/route"),
        (("transfer", "list"), "/v1/transfers?state=parked,unconfirmed"),
        (("unmatched", "list"), "/v1/unmatched"),
        (("lane", "list"), "/v1/lanes"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
async def test_json_is_what_the_api_answers(
    world: World, words: tuple[str, ...], path: str
) -> None:
    await world.pass_hours(0)  # what tests before this one set going has come to rest
    shown = json.loads((await said(world, *words, "--json")).out)
    answered = (await world.call("GET", path, role="operator")).body
    assert answered
    assert shown == answered


async def test_a_dossier_is_shown_with_its_place_questions_transfers_and_timeline(
    world: World,
) -> None:
    out = " ".join((await said(world, "dossier", "show", PARKED)).out.split())
    for part in (
        "Đang ở bộ phận một cửa, từ 10/03/2026 07:30",
        "Hỏi một cửa",
        "chờ cán bộ xử lý",
        "Việc tiếp theo Một cửa gửi bản sửa",
        "Diễn biến qua các cơ quan 10/03/2026 07:30 Nộp hồ sơ vào cổng liên thông",
    ):
        assert part in out


async def test_an_example_is_submitted_once_however_often_it_is_sent(
    world: World,
) -> None:
    first = await said(world, "dossier", "submit", EXAMPLE)
    again = await said(world, "dossier", "submit", EXAMPLE / "dossier.json")
    assert "H00.01-260309-0006" in first.out
    assert "Đã gửi trước đó" not in first.out
    assert "Đã gửi trước đó" in again.out


async def test_a_refused_dossier_names_every_wrong_field(
    world: World, tmp_path: Path
) -> None:
    document = a_dossier("H00.01-260310-0799", due_on="mai", parcels="một thửa")
    path = tmp_path / "dossier.json"
    path.write_text(json.dumps(document), "utf-8")
    ran = await lienthong("dossier", "submit", path, run_dir=world.stage.run_dir)
    assert ran.code == 1
    assert "/due_on:" in ran.err
    assert "/parcels:" in ran.err


async def test_the_route_says_where_by_which_rule_and_why_not_elsewhere(
    world: World,
) -> None:
    out = " ".join(
        (await said(world, "route", "explain", EXAMPLE, columns=200)).out.split()
    )
    assert (
        "Phần việc đất đai → Văn phòng đăng ký đất đai tỉnh Mẫu – Chi nhánh Mẫu Hai"
        in out
    )
    assert "✔ │ dat-dai-mau-2" in out
    assert "xã 99103 không thuộc địa bàn của quy tắc" in out
    assert "quy tắc hết hiệu lực sau ngày 31/12/2025" in out
    assert "CHƯA kiểm chứng" in out


async def test_the_route_names_the_communes_that_a_person_has_to_choose_between(
    world: World, tmp_path: Path
) -> None:
    document = json.loads((EXAMPLE / "dossier.json").read_text("utf-8"))
    for code, told in (
        ("99011", "Xã hiện nay 99103 Xã Mẫu Ba"),
        ("99012", "Xã hiện nay một trong: 99101 Xã Mẫu Một, 99102 Xã Mẫu Hai"),
    ):
        changed = tmp_path / f"{code}.json"
        area = {**document["area"], "commune": code, "as_of": "2025-06-30"}
        changed.write_text(json.dumps({**document, "area": area}), "utf-8")
        ran = await said(world, "route", "explain", changed, columns=200)
        assert told in " ".join(ran.out.split())


async def test_the_list_of_agencies_says_how_sure_each_document_is(
    world: World,
) -> None:
    rows: list[dict[str, Any]] = json.loads(
        (await said(world, "agency", "list", "--json")).out
    )
    assert {row["id"] for row in rows} == {
        *("land_registry", "tax", "one_stop"),
        *("open", "manual", "electricity", "water", "civil_registry"),
    }
    assert all(sum(row["marks"].values()) > 0 for row in rows)
    out = (await said(world, "agency", "list", columns=160)).out
    assert "quan sát được" in out
    assert "giả định" in out


async def test_a_transfer_is_moved_on_with_a_reason_and_not_without(
    world: World,
) -> None:
    identifier = await transfer_of(world, DOUBTFUL, "result_wrong")
    run_dir = world.stage.run_dir
    without = await lienthong(
        "transfer", "settle", identifier, "--has-it", run_dir=run_dir
    )
    assert without.code == 2
    ran = await said(
        world, "transfer", "settle", identifier, "--has-it", "--reason", "gọi điện"
    )
    assert "cơ quan đã nhận" in ran.out
    again = await lienthong(
        *("transfer", "resend", identifier, "--reason", "thử"), run_dir=run_dir
    )
    assert again.code == 1
    assert "409" in again.err


async def test_a_signed_slip_is_handed_in_from_its_file(
    world: World, tmp_path: Path
) -> None:
    number = "H00.01-260310-0871"
    await world.submit(a_dossier(number, certificate={"serial": CERTIFICATE}))
    await world.pass_hours(0.1)
    file = tmp_path / "phieu.xml"
    file.write_bytes(slip_for(world, number))
    slip = number_in(file.read_bytes())
    other = await lienthong(
        "dossier", "slip", number, "khac", file, run_dir=world.stage.run_dir
    )
    assert other.code == 1
    assert "/SO_PHIEU: Số phiếu trong nội dung khác" in other.err
    words = ("dossier", "slip", number, slip, file)
    assert "đã cập nhật" in (await said(world, *words)).out
    await world.pass_hours(1)
    (sent,) = await world.transfers(number, "slip_new")
    assert sent["state"] == "delivered"
    again = json.loads((await said(world, *words, "--json")).out)
    assert again == {"slip": slip, "standing": "repeated"}
    file.write_bytes(file.read_bytes().replace(b"Nguy", b"Tr"))
    forged = await lienthong(*words, run_dir=world.stage.run_dir)
    assert forged.code == 1
    missing = await lienthong(*words[:-1], "khong-co", run_dir=world.stage.run_dir)
    assert "Không có tệp" in missing.err


async def test_a_report_is_settled_with_a_reason_once(world: World) -> None:
    identifier = await report_of(world, "supplement_request")
    run_dir = world.stage.run_dir
    without = await lienthong("unmatched", "settle", identifier, run_dir=run_dir)
    assert without.code == 2
    words = ("unmatched", "settle", identifier, "--reason", "gửi nhầm (ví dụ)")
    ran = await said(world, *words)
    assert "Tình trạng đã xử lý" in " ".join(ran.out.split())
    assert identifier not in (await said(world, "unmatched", "list")).out
    again = await lienthong(*words, run_dir=run_dir)
    assert again.code == 1
    assert "409" in again.err


async def test_a_report_is_put_to_a_dossier_and_says_what_became_of_it(
    world: World,
) -> None:
    identifier = await report_of(world, "progress")
    words = ("unmatched", "assign", identifier, BUSY, "--reason", "gọi điện")
    out = " ".join((await said(world, *words)).out.split())
    assert "Tình trạng đã xử lý" in out
    assert "Trong hồ sơ đến muộn, chỉ ghi nhận" in out
    shown = await said(world, "dossier", "show", BUSY, columns=200)
    assert "Gắn vào hồ sơ: phản hồi «Chuyển bước xử lý»" in shown.out


async def test_tries_that_ended_alike_are_one_row(world: World) -> None:
    identifier = await transfer_of(world, BUSY, "hand_over")
    out = (await said(world, "transfer", "show", identifier, columns=160)).out
    assert re.search(r"│ 1–3 +│ gửi +│.*│ chưa gửi được", out)
    assert re.search(r"│ 4 +│ gửi +│.*│ cơ quan đã nhận", out)


async def test_the_clock_goes_forward_and_never_back(world: World) -> None:
    before = world.now()
    await said(world, "clock", "advance", "+2h")
    assert world.now() - before >= timedelta(hours=2)
    back = await lienthong(
        "clock", "advance", "2026-03-01T00:00+07:00", run_dir=world.stage.run_dir
    )
    assert back.code == 1
    assert "không đi lùi" in back.err


async def test_a_lane_is_stopped_and_opened_by_name_with_a_reason(
    world: World,
) -> None:
    await said(world, "lane", "pause", "tax-mau-1", "--reason", "bảo trì đêm (ví dụ)")
    stopped = " ".join((await said(world, "lane", "list", columns=200)).out.split())
    assert "cán bộ dừng gửi từ" in stopped
    assert "bảo trì đêm (ví dụ)" in stopped
    await said(world, "lane", "resume", "tax-mau-1", "--reason", "xong")
    assert "cán bộ dừng gửi" not in (await said(world, "lane", "list")).out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("dossier", "show", "khong-co"), "404"),
        (("dossier", "submit", "/khong/co"), "Không có tệp /khong/co"),
        (("route", "explain", "pyproject.toml"), "không phải JSON: dòng"),
        (("transfer", "show", "t_khong_co"), "404"),
        (("transfer", "list", "--state", "lạ"), "Không có trạng thái lạ"),
        (("unmatched", "settle", "r_khong_co", "--reason", "x"), "404"),
        (("unmatched", "assign", "r_khong_co", BUSY, "--reason", "x"), "404"),
        (("lane", "pause", "la", "--reason", "x"), "404"),
        (("clock", "advance", "mai"), "không phải thời điểm"),
        (("mock", "buu_dien"), "Không có cơ quan buu_dien"),
        (("serve", "--settings", "/khong/co.toml"), "Không có tệp"),
        (("migrate", "--settings", "/khong/co.toml"), "Không có tệp"),
        (("config", "check", "--folder", "/khong/co"), "Không có thư mục cấu hình"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
async def test_what_a_user_gets_wrong_is_told_in_one_sentence(
    world: World, words: tuple[str, ...], told: str
) -> None:
    ran = await lienthong(*words, run_dir=world.stage.run_dir)
    assert ran.code == 1
    assert told in ran.err
    assert "Traceback" not in ran.err


async def test_who_cannot_be_reached_is_named_with_its_own_exit_code(
    world: World,
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        ran = await lienthong("still", run_dir=world.stage.run_dir, LIENTHONG_URL=url)
    assert ran.code == 2
    assert "Không kết nối được cổng liên thông" in ran.err
    assert "Traceback" not in ran.err


async def test_a_store_that_is_in_use_is_not_migrated(world: World) -> None:
    ran = await lienthong(
        *("migrate", "--settings", world.stage.settings_path),
        run_dir=world.stage.run_dir,
    )
    assert ran.code == 1
    assert "đang được một tiến trình khác dùng" in ran.err


async def test_the_shipped_configuration_holds(world: World) -> None:
    assert "hợp lệ" in (await said(world, "config", "check")).out


async def test_a_wrong_configuration_is_told_with_its_file(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    path = folder / "routing" / "competence.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('office = "tax-mau-1"', 'office = "tax-la"'), "utf-8")
    run_dir = world.stage.run_dir
    ran = await lienthong("config", "check", "--folder", folder, run_dir=run_dir)
    assert ran.code == 1
    told = " ".join(ran.err.split())
    line = text.splitlines().index('office = "tax-mau-1"') + 1
    wanted = f"competence.toml:{line}: lỗi: Quy tắc thue-mau-1: không có cơ quan tax-la"
    assert wanted in told
    # The gateway answers: nobody is to be called anywhere yet.
    assert "nhắc: Cơ quan tax-mau-1 chưa có đầu mối" in told
    listed = await lienthong("config", "check", folder, "--json", run_dir=run_dir)
    assert listed.code == 1
    summary = json.loads(listed.out)
    rows = summary.pop("findings")
    wrong = [row for row in rows if row["severity"] == "error"]
    warned = len(rows) - len(wrong)
    counted = {"valid": False, "errors": len(wrong), "warnings": warned}
    assert summary == counted
    assert f"{len(wrong)} lỗi, {warned} lời nhắc ở " in ran.out
    assert next((row["line"], row["file"]) for row in wrong) == (line, str(path))
    applied = await lienthong("config", "apply", "--folder", folder, run_dir=run_dir)
    assert applied.code == 1


async def test_a_changed_configuration_is_applied_and_says_what_changed(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "config"
    shutil.copytree(world.stage.config, folder)
    same = await said(world, "config", "apply", "--folder", folder)
    assert "Không có gì thay đổi" in same.out
    path = folder / "agencies" / "tax.toml"
    path.write_text(
        path.read_text("utf-8").replace("per_second = 5.0", "per_second = 4.0"), "utf-8"
    )
    changed = await said(world, "config", "apply", "--folder", folder)
    assert "Không có gì thay đổi" not in changed.out
    assert len(changed.out.splitlines()) > 1


async def test_one_mock_agency_runs_alone(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await start("mock", "one_stop", "--port", str(port), run_dir=tmp_path)
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        assert line.startswith("one_stop: http://127.0.0.1:")
        assert str(port) in line
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
    finally:
        process.terminate()
        await process.wait()


async def test_a_command_that_only_asks_loads_no_server_and_no_http_library() -> None:
    heavy = ["aiohttp", "fastapi", "uvicorn", "jinja2", "lxml", "cryptography"]
    code = (
        "import sys, gateway.cli.commands;"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert out.decode().strip() == "[]"
