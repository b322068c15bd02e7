"""A mock's pages, as a browser without scripts gets them."""

from __future__ import annotations

import asyncio
import html
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.mockagency.faults import Fault
from tests.unit.mockagency.lgsp import line
from tests.unit.mockagency.mocks import KEY, NUMBER, START, SUBMIT, Mock, opened
from tests.unit.mockagency.platforms import Heard

MARKUP = '<script>alert("x")</script>'
PAGES = [
    *("/_mock/", "/_mock/trao-doi", "/_mock/trao-doi/1", "/_mock/khong-khop"),
    *("/_mock/ho-so", f"/_mock/ho-so?so={NUMBER}", "/_mock/style.css"),
]


@asynccontextmanager
async def seen(folder: Path, **more: Any) -> AsyncIterator[Mock]:
    """A company that has one request, and refused another."""
    async with opened(folder, **more) as mock:
        await mock.submit()
        await mock.submit(MA_HOSO_DVC="H-2", MA_GIAODICH="gd-2", DTHOAI=None)
        yield mock


async def _text(mock: Mock, path: str) -> str:
    page = await mock("GET", path)
    assert page.status == 200, path
    return html.unescape(page.body.decode())


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_asks_nothing_of_anybody_else(path: str, tmp_path: Path) -> None:
    async with seen(tmp_path) as mock:
        page = await mock("GET", path)
    text = page.body.decode()
    assert page.status == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "script" not in page.headers["Content-Security-Policy"]
    assert "<script" not in text
    assert re.findall(r'(?:src|href)="(?!/_|/_control|#|data:,)([^"]*)', text) == []
    assert KEY not in text


async def test_stored_markup_stays_text_on_every_page(tmp_path: Path) -> None:
    async with opened(tmp_path) as mock:
        changed = {"TEN_NGUOIYCAU": MARKUP, "MA_HOSO_DVC": f"H-{MARKUP}"}
        assert (await mock.submit(**changed)).json["TYPE"] == "OK"
        await mock.submit(**{**changed, MARKUP: MARKUP, "MA_GIAODICH": MARKUP})
        await mock("POST", f"/{MARKUP}", b"", {"X-La": MARKUP})
        number = f"/_mock/ho-so?so=H-{MARKUP}"
        exchanges = [f"/_mock/trao-doi/{n}" for n in (1, 2, 3)]
        for path in (*PAGES, number, *exchanges):
            text = (await mock("GET", path)).body.decode()
            assert "<script" not in text, path
        for path in ("/_mock/", "/_mock/khong-khop", "/_mock/trao-doi", number):
            assert MARKUP in await _text(mock, path), path


async def test_the_first_page_says_how_it_stands(tmp_path: Path) -> None:
    async with seen(tmp_path) as mock:
        text = await _text(mock, "/_mock/")
    assert "electricity" in text
    assert "10/03/2026 07:30:00 · đồng hồ ảo" in text
    assert NUMBER in text
    assert "Đã có hiệu lực" in text
    assert "chỗ khác lược đồ" in text


async def test_planned_faults_are_told_in_words_and_counted(tmp_path: Path) -> None:
    planned = Fault("electricity", "hand_over", "error_500_before", number="H-2")
    async with seen(tmp_path, faults=[planned]) as mock:
        text = await _text(mock, "/_mock/")
    rows = re.findall(r"<tr><td class=\"n\">1</td>.*?</tr>", text, re.DOTALL)
    assert len(rows) == 1
    assert "hand_over" in rows[0]
    assert "H-2" in rows[0]
    assert re.findall(r'<td class="n">(\d+)</td>', rows[0])[-2:] == ["1", "0"]


async def test_a_dossier_is_shown_as_the_agencys_own_register_has_it(
    tmp_path: Path,
) -> None:
    async with seen(tmp_path) as mock:
        text = await _text(mock, f"/_mock/ho-so?so={NUMBER}")
        assert "Số yêu cầu (MA_YCAU_KNAI)" in text
        assert "Nguyễn Văn Ví Dụ" in text
        unknown = await mock("GET", "/_mock/ho-so?so=KHONG-CO")
        assert unknown.status == 404
        assert "không có hồ sơ này" in unknown.body.decode()


async def test_the_journal_is_filtered_and_paged_by_links(tmp_path: Path) -> None:
    async with opened(tmp_path) as mock:
        for count in range(60):
            await mock.submit(MA_HOSO_DVC=f"H-{count}", MA_GIAODICH=f"gd-{count}")
        mock.agency.plan.add(Fault("electricity", "hand_over", "error_500_before"))
        await mock.submit(MA_HOSO_DVC="H-99", MA_GIAODICH="gd-99")
        first = await _text(mock, "/_mock/trao-doi")
        older = re.search(r'href="(/_mock/trao-doi\?before=\d+)"', first)
        assert older
        assert "H-99" in first
        assert ">H-3<" not in first
        assert ">H-3<" in await _text(mock, older[1])
        by_fault = await _text(mock, "/_mock/trao-doi?fault=*")
        assert by_fault.count("/_mock/trao-doi/") == 1
        assert "Không có lượt nào" in await _text(mock, "/_mock/trao-doi?number=Q")


async def test_buttons_move_the_clock_look_release_and_clear(tmp_path: Path) -> None:
    async with seen(tmp_path) as mock:

        async def press(path: str, **form: str) -> Heard:
            async with mock.session.post(
                f"{mock.base}{path}", data=form, allow_redirects=False
            ) as answer:
                return Heard(answer.status, answer.headers, await answer.read())

        clock = mock.agency.clock
        assert (await press("/_mock/dong-ho", buoc="1d")).status == 303
        assert clock.now() == START + timedelta(days=1)
        await press("/_mock/dong-ho", luc="2026-03-20T08:00")
        assert clock.now().isoformat() == "2026-03-20T01:00:00+00:00"
        assert (await press("/_mock/dong-ho", luc="2026-03-01T08:00")).status == 400
        assert (await press("/_mock/dong-ho", luc="hôm qua")).status == 400

        looked: list[int] = []
        clock.watch(lambda: looked.append(1))
        assert (await press("/_mock/nhin")).status == 303
        assert looked
        assert (await press("/_mock/tha")).status == 303
        back = await press("/_mock/xoa")
        assert back.headers["Location"].startswith("/_mock/?da-lam=")
        assert await mock.journal() == []
        assert len(mock.agency.arrivals.lines()) >= 2, "books are only added to"


async def test_real_time_is_not_moved_by_a_button(tmp_path: Path) -> None:
    async with opened(tmp_path, start=None) as mock:
        page = await _text(mock, "/_mock/")
        assert "giờ thật" in page
        assert "/_mock/dong-ho" not in page
        pressed = await mock("POST", "/_mock/dong-ho", b"buoc=1d")
        assert pressed.status == 409


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://trang-khac.example"}, {"Sec-Fetch-Site": "cross-site"}],
)
async def test_a_button_cannot_be_pressed_from_another_site(
    headers: dict[str, str], tmp_path: Path
) -> None:
    async with seen(tmp_path) as mock:
        for path in ("dong-ho", "tha", "nhin", "xoa"):
            assert (await mock("POST", f"/_mock/{path}", b"", headers)).status == 403
        assert len(await mock.journal()) == 2
        own = {"Origin": mock.base, "Sec-Fetch-Site": "same-origin"}
        assert (await mock("POST", "/_mock/xoa", b"", own)).status == 200


async def test_pages_and_control_calls_are_not_in_the_journal(tmp_path: Path) -> None:
    async with seen(tmp_path) as mock:
        for path in PAGES:
            await mock("GET", path)
        assert [one["path"] for one in await mock.journal()] == [SUBMIT, SUBMIT]


@pytest.fixture
def run_copied(
    tmp_path: Path,
) -> Callable[[str, Mock], subprocess.CompletedProcess[str]]:
    """Runs a copied test by itself, with a file of settings like a mock's."""
    config = tmp_path / "mocks.json"
    config.write_bytes(orjson.dumps({"electricity": {"key": KEY}}))

    def run(text: str, mock: Mock) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "test_copied.py"
        path.write_text(text, "utf-8")
        env = {**os.environ, "MOCK_URL": mock.base, "MOCK_CONFIG": str(config)}
        return subprocess.run(
            [sys.executable, "-I", str(path)],
            capture_output=True,
            text=True,
            check=False,
            env=env,
        )

    return run


@pytest.mark.parametrize("n", [1, 2])
async def test_a_copied_test_runs_and_notices_another_answer(
    n: int, tmp_path: Path, run_copied: Callable[..., Any]
) -> None:
    async with seen(tmp_path / "one") as mock:
        copied = await mock("GET", f"/_mock/trao-doi/{n}/phep-thu")
        assert "attachment" in copied.headers["Content-Disposition"]
    text = copied.body.decode()
    assert KEY not in text
    async with opened(tmp_path / "fresh") as fresh:
        done = await asyncio.to_thread(run_copied, text, fresh)
        assert done.returncode == 0, done.stderr
        assert "đúng như lần trước" in done.stdout
        assert len(await fresh.journal()) == 1
        fresh.agency.plan.add(Fault("electricity", "hand_over", "html_200"))
        done = await asyncio.to_thread(run_copied, text, fresh)
        assert done.returncode != 0
        assert "AssertionError" in done.stderr


async def test_a_copied_curl_line_makes_the_same_call(tmp_path: Path) -> None:
    async with seen(tmp_path) as mock:
        page = await _text(mock, "/_mock/trao-doi/1")
        line_ = re.search(r"<pre>(curl .*?)</pre>", page, re.DOTALL)
        assert line_
        curl, *words = shlex.split(line_[1].replace("‹electricity.key›", KEY))
        assert (curl, words[:4]) == ("curl", ["-sS", "-i", "-X", "POST"])
        url, _, header, _, body = words[4:]
        headers = dict([header.split(": ")])
        await mock("POST", url.removeprefix(mock.base), body.encode(), headers)
        again, _, first = await mock.journal()
    assert again["body"] == first["body"]
    assert again["answer"] == "already_there"


async def test_a_platform_has_its_pages_too(tmp_path: Path) -> None:
    async with line(tmp_path) as between:
        await between.call(body=b'{"SoBienNhan": "1"}')
        for path in ("/_mock/", "/_mock/trao-doi", "/_mock/khong-khop"):
            page = await between.caller("GET", path)
            assert page.status == 200, path
            assert between.token not in page.body.decode()
