"""The journal of a mock: what it keeps, what nobody gets to see, what makes room."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from gateway.mockagency.faults import Fault
from gateway.mockagency.journal import Exchange, Journal
from gateway.mockagency.journal_file import JournalFile
from gateway.mockagency.journal_masks import UNKNOWN, Masks
from tests.unit.mockagency.lgsp import line
from tests.unit.mockagency.mocks import (
    CALLBACK_KEY,
    KEY,
    NUMBER,
    START,
    SUBMIT,
    opened,
)
from tests.unit.mockagency.platforms import agency as sender

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def test_a_call_stands_in_the_journal_with_both_bodies(tmp_path: Path) -> None:
    async with opened(tmp_path) as mock:
        answer = await mock.submit()
        (one,) = await mock.journal()
    assert (one["n"], one["direction"], one["method"]) == (1, "in", "POST")
    assert (one["path"], one["operation"]) == (SUBMIT, SUBMIT[1:])
    assert (one["number"], one["correlation"]) == (NUMBER, NUMBER)
    assert one["at"].startswith("2026-03-10T00:30:00"), "the mock's own wall time"
    assert json.loads(one["body"])["TEN_NGUOIYCAU"] == "Nguyễn Văn Ví Dụ"
    assert (one["status"], json.loads(one["answer_body"])) == (200, answer.json)
    assert one["fault"] == ""
    assert one["real_ms"] > 0


async def test_a_key_is_seen_by_nobody_and_told_by_its_place(tmp_path: Path) -> None:
    async with opened(tmp_path) as mock:
        await mock.submit()
        await mock.submit(KHOA="mot-khoa-sai-hoan-toan", MA_GIAODICH="gd-2")
        whole = (await mock("GET", "/_control/journal")).body.decode()
        wrong, right = await mock.journal()
    assert KEY not in whole
    assert "mot-khoa-sai-hoan-toan" not in whole
    assert json.loads(right["body"])["KHOA"] == "‹electricity.key›"
    assert json.loads(wrong["body"])["KHOA"] == UNKNOWN


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ('{"access_token": "abc.def"}', '{"access_token": "‹bí mật›"}'),
        (r'{"data": "{\"matKhau\": \"abc\"}"}', r'{"data": "{\"matKhau\": \"‹bí mật›\"}"}'),
        ("grant_type=password&client_secret=abc", "grant_type=password&client_secret=‹bí mật›"),
        ("<a:Password>abc</a:Password>", "<a:Password>‹bí mật›</a:Password>"),
        ('{"SecurityKey":"abc"}', '{"SecurityKey":"‹bí mật›"}'),
        ("/callbacks/land/bi-mat-trong-dia-chi", "/callbacks/land/‹land.callback_secret›"),
        ('{"idempotency_key": "abc"}', '{"idempotency_key": "abc"}'),
        ('{"HoTen": "Nguyễn Văn Key"}', '{"HoTen": "Nguyễn Văn Key"}'),
    ],
)  # fmt: skip
def test_secrets_are_known_by_name_and_by_value(text: str, hidden: str) -> None:
    masks = Masks({"callback_secret": "bi-mat-trong-dia-chi"}, "land")
    assert masks.text(text) == hidden


def test_headers_that_prove_who_calls_keep_their_scheme_alone() -> None:
    masks = Masks({}, "land")
    assert masks.header("Authorization", "Bearer abc") == f"Bearer {UNKNOWN}"
    assert masks.header("Cookie", "phien=abc") == UNKNOWN
    assert masks.header("X-Api-Key", "abc") == UNKNOWN
    assert masks.header("Idempotency-Key", "gd-1") == "gd-1"
    assert masks.header("Content-Type", "text/plain") == "text/plain"


async def test_a_fault_stands_beside_the_answer_that_it_spoilt(tmp_path: Path) -> None:
    async with opened(tmp_path) as mock:
        await mock.submit()
        (first,) = await mock.journal()
        lost = Fault("electricity", first["kind"], "lose_answer", number="H-2")
        mock.agency.plan.add(lost)
        with pytest.raises(aiohttp.ClientError):
            await mock.submit(MA_HOSO_DVC="H-2", MA_GIAODICH="gd-2")
        (one,) = await mock.journal("?fault=lose_answer")
        assert await mock.journal("?fault=*") == [one]
    assert (one["number"], one["fault"]) == ("H-2", "lose_answer")
    assert one["status"] == 0, "the caller got none"
    assert json.loads(one["answer_body"])["TYPE"] == "OK", "the work had been done"


async def test_a_call_that_the_mock_makes_is_there_too(tmp_path: Path) -> None:
    async with sender() as there:
        there.body = b'{"TYPE": "OK"}'
        settings = {
            "key": KEY,
            "callback_base": f"{there.base}/goi-ve",
            "callback_key": CALLBACK_KEY,
        }
        async with opened(tmp_path, settings=settings) as mock:
            await mock.submit(SO_HSGT="0")
            mock.agency.set_clock(START + timedelta(days=1))
            await there.arrived.wait()
            await mock.agency.clock.stillness(1.0)
            pushed = await mock.journal("?direction=out")
    assert pushed, "progress was pushed"
    assert pushed[-1]["path"] == f"{there.base}/goi-ve/CapNhatTienDo"
    assert (pushed[-1]["number"], pushed[-1]["status"]) == (NUMBER, 200)
    assert CALLBACK_KEY not in pushed[-1]["body"]


async def test_the_callers_trace_ties_both_sides_together(tmp_path: Path) -> None:
    async with opened(tmp_path) as mock:
        await mock("POST", SUBMIT, b"{}", {"traceparent": TRACE})
        (one,) = await mock.journal(f"?correlation={TRACE.split('-')[1]}")
    assert one["correlation"] == "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_a_call_to_no_operation_is_refused_as_ever_and_kept(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as mock:
        assert (await mock("POST", "/themmoi")).status == 404
        assert (await mock("GET", SUBMIT)).status == 405
        told = [(one["path"], one["status"]) for one in await mock.journal()]
    assert told == [(SUBMIT, 405), ("/themmoi", 404)]


async def test_the_list_is_filtered_and_paged(tmp_path: Path) -> None:
    async with opened(tmp_path) as mock:
        for count in range(1, 6):
            await mock.submit(MA_HOSO_DVC=f"H-{count}", MA_GIAODICH=f"gd-{count}")
        page = await mock.journal("?rows=2")
        assert [one["number"] for one in page] == ["H-5", "H-4"]
        page = await mock.journal("?rows=2&before=4")
        assert [one["number"] for one in page] == ["H-3", "H-2"]
        assert len(await mock.journal("?number=H-1")) == 1
        assert await mock.journal("?operation=huyYeuCau") == []
        assert (await mock("GET", "/_control/journal?rows=nhieu")).status == 400
        assert (await mock("DELETE", "/_control/journal")).status == 200
        assert await mock.journal() == []


def _exchange(body: bytes) -> Exchange:
    return Exchange(START, "in", "POST", "/x", "", {}, body)


def test_memory_keeps_the_last_ones_within_its_bytes() -> None:
    journal = Journal(Masks({}), most=3, most_bytes=250)
    for _ in range(3):
        journal.add(_exchange(b"x" * 100), 0.0)
    assert [one.n for one in journal.newest_first()] == [3, 2]
    for _ in range(9):
        journal.add(_exchange(b"x"), 0.0)
    assert [one.n for one in journal.newest_first()] == [12, 11, 10]
    assert journal.get(1) is None


def test_a_body_too_long_is_kept_by_its_beginning_and_says_so() -> None:
    journal = Journal(Masks({}))
    journal.add(_exchange("đ".encode() * 1024 * 1024), 0.0)
    (one,) = journal.newest_first()
    body = one.shown(journal.masks)["body"]
    assert (body["cut"], body["bytes"]) == (True, 2 * 1024 * 1024)
    assert body["data"].strip("đ") == ""


def test_bytes_that_are_no_text_are_told_as_such() -> None:
    shown = _exchange(b"\xff\x00")
    shown.body_bytes = 2
    told = shown.shown(Masks({}))["body"]
    assert told == {"base64": True, "data": base64.b64encode(b"\xff\x00").decode()}


def test_lines_in_the_run_folder_make_room_by_files(tmp_path: Path) -> None:
    path = tmp_path / "journal" / "x.jsonl"
    file = JournalFile(path, most_bytes=1500, kept=2)
    journal = Journal(Masks({}), most=0, file=file)
    for _ in range(20):
        journal.add(_exchange(b"x" * 300), 0.0)
    journal.close()
    names = sorted(one.name for one in path.parent.iterdir())
    assert names == ["x.jsonl", "x.jsonl.1", "x.jsonl.2"]
    lines = [
        json.loads(line)
        for name in reversed(names)
        for line in (path.parent / name).read_text("utf-8").splitlines()
    ]
    numbers = [one["n"] for one in lines]
    assert numbers == list(range(numbers[0], 21)), "the newest, none lost between"
    assert all(one.stat().st_size <= 1500 for one in path.parent.iterdir())


async def test_har_is_what_a_browser_reads(tmp_path: Path) -> None:
    async with opened(tmp_path) as mock:
        await mock.submit()
        found = (await mock("GET", "/_control/journal.har")).json
    (entry,) = found["log"]["entries"]
    assert entry["request"]["url"] == f"{mock.base}{SUBMIT}"
    assert KEY not in json.dumps(found)
    assert entry["response"]["status"] == 200
    assert json.loads(entry["response"]["content"]["text"])["TYPE"] == "OK"


async def test_a_platform_keeps_what_came_and_what_it_carried(tmp_path: Path) -> None:
    async with line(tmp_path) as between:
        await between.call(body=b'{"SoBienNhan": "1"}')
        found = (await between.caller("GET", "/_control/journal")).json["exchanges"]
    carried, came = (
        next(
            one
            for one in found
            if one["direction"] == way and one["operation"] == "dat"
        )
        for way in ("out", "in")
    )
    assert came["body"] == carried["body"] == '{"SoBienNhan": "1"}'
    assert came["headers"]["Authorization"] == f"Bearer {UNKNOWN}"
    assert (came["kind"], came["status"], carried["status"]) == ("agency", 200, 200)
    whole = json.dumps(found)
    assert between.token not in whole
