"""The first morning: two exported lists, no connection, and what they give away."""

from __future__ import annotations

import json
import random
import resource
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.commands import ROOT, lienthong
from tests.lists import DAY, csv, held, xlsx

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
EXAMPLE = ROOT / "examples" / "doi-soat"
BEGIN = date(2026, 3, 2)
OURS = ("STT", "Mã hồ sơ", "Chủ hồ sơ", "Ngày tiếp nhận", "Ngày hẹn trả", "Trạng thái")
THEIRS = (
    "Số biên nhận",
    "Mã số HS",
    "Người nộp",
    "Ngày nhận",
    "Ngày hoàn thành",
    "Tình trạng",
)
FORGOTTEN = 30
TWICE = 4


def code(number: int) -> str:
    return f"H00.01-{BEGIN + timedelta(days=number % 15):%y%m%d}-{number:04}"


def person(number: int) -> str:
    return f"Nguyễn Văn Ví Dụ {'ABCDEFGH'[number % 8]}"


def untidy(text: str, number: int) -> str:
    """The same code as the other office's people type it."""
    return (text, text.lower(), text.replace("-", " "), f" {text}\u00a0")[number % 4]


def written(day: date, number: int) -> str | date:
    """The same day as text, as text the other way, or as Excel keeps it."""
    return (f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}", day, f"{day:%d-%m-%Y} 16:20")[
        number % 4
    ]


class TwoLists:
    """Both offices' exports, with everything in them that real ones have."""

    def __init__(self) -> None:
        self.ours: list[list[Any]] = []
        self.theirs: list[list[Any]] = []
        self.forgotten = [code(n) for n in range(100, 100 + FORGOTTEN)]
        for n in range(100, 100 + FORGOTTEN):
            self.both(
                n, "Đang xử lý", "Đã xong", ended=BEGIN + timedelta(days=n % 9 + 3)
            )
        for n in range(200, 360):
            self.both(n, "Đang xử lý", "Đang giải quyết")
        for n in range(400, 420):
            self.both(n, "Đang xử lý", "Chờ nộp thuế")
        for n in range(420, 440):
            self.both(n, "Chờ bổ sung", "Yêu cầu bổ sung")
        for n in range(500, 560):
            self.both(n, "Đã trả kết quả", "Đã xong", ended=BEGIN + timedelta(days=6))
        for n in range(600, 610):
            self.both(n, "Đang xử lý", "Tạm gác")
        for n in range(700, 700 + TWICE):  # finished in one row, open in another
            self.both(n, "Đang xử lý", "Đã xong", ended=BEGIN + timedelta(days=6))
            self.their(n, "Đang giải quyết", None)
        for n in range(800, 815):
            self.our(n, "Đang xử lý")
        for n in range(900, 915):
            self.their(n, "Đã xong", BEGIN + timedelta(days=6))
        self.theirs[3][4] = "31/02/2026"

    def our(self, number: int, word: str) -> None:
        begun = BEGIN + timedelta(days=number % 15)
        due = begun + timedelta(days=17)
        days = [written(begun, number), written(due, number + 1)]
        self.ours.append([len(self.ours), code(number), person(number), *days, word])

    def their(self, number: int, word: str, ended: date | None) -> None:
        begun = BEGIN + timedelta(days=number % 15)
        days = [written(begun, number + 2), written(ended, number) if ended else ""]
        text = untidy(code(number), number)
        self.theirs.append([f"MAU-{number}", text, person(number), *days, word])

    def both(
        self, number: int, here: str, there: str, *, ended: date | None = None
    ) -> None:
        self.our(number, here)
        begun = BEGIN + timedelta(days=number % 15)
        self.their(number, there, max(ended, begun) if ended else None)

    def files(self) -> tuple[bytes, bytes]:
        chance = random.Random(20260325)
        chance.shuffle(self.ours)
        chance.shuffle(self.theirs)
        total = ["", f"Tổng cộng: {len(self.ours)} hồ sơ", "", "", "", ""]
        ours = [["DANH SÁCH HỒ SƠ"], [], OURS, *self.ours, total]
        return xlsx(ours), xlsx([THEIRS, *self.theirs, self.theirs[0]])


def test_thirty_dossiers_finished_without_the_click_are_found_from_two_lists_alone() -> (
    None
):
    lists = TwoLists()
    result = held(*lists.files())
    counts = {str(kind): count for kind, count in result.counts().items()}
    found = {
        one.ours[0].code for one in result.findings if one.kind == "finished_there"
    }
    assert found == set(lists.forgotten)
    assert len(found) == FORGOTTEN
    assert counts == {
        "finished_there": FORGOTTEN,
        "waiting_there": 20,
        "differs": 0,
        "unknown_here": 15,
        "unknown_there": 15,
        "unclear": 10,
        "repeated": TWICE,
        "agrees": 160 + 20 + 60,
    }
    assert [p.what for p in result.problems if "31/02/2026" in p.what]
    assert len(result.problems) == 1
    late = [one for one in result.findings if one.paper_days]
    assert late
    assert all(one.ours[0].due and one.ours[0].due < DAY for one in late)


async def test_the_command_of_the_readme_finds_what_the_example_hides(
    tmp_path: Path,
) -> None:
    columns, out = tmp_path / "doi-soat.toml", tmp_path / "ket-qua.xlsx"
    words = ("reconcile", "--ours", EXAMPLE / "mot-cua.csv", "--theirs")
    more = (EXAMPLE / "dat-dai.csv", "--day", "2026-03-25", "--columns", columns)
    ran = await lienthong(*words, *more, "--out", out, run_dir=tmp_path / "none")
    assert ran.code == 0, ran.err
    assert "Quá hạn trên hệ thống" in " ".join(ran.out.split()).replace("│ ", "")
    for said in ("nhận theo tiêu đề", "Chưa rõ trạng thái: 1", "31/02/2026", "D10"):
        assert said in ran.out
    assert out.stat().st_mode & 0o077 == 0
    again = await lienthong(*words, *more, "--json", run_dir=tmp_path / "none")
    body = json.loads(again.out)
    assert body["guessed"] is False
    assert body["counts"] == {
        "finished_there": 2,
        "waiting_there": 2,
        "differs": 1,
        "unknown_here": 1,
        "unknown_there": 1,
        "unclear": 1,
        "repeated": 1,
        "agrees": 3,
    }


async def test_a_doubt_about_columns_names_them_and_the_file_to_write(
    tmp_path: Path,
) -> None:
    ours, theirs = tmp_path / "a.csv", tmp_path / "b.csv"
    ours.write_bytes((EXAMPLE / "mot-cua.csv").read_bytes())
    theirs.write_bytes(csv([("Mã hồ sơ", "Bước"), ("H00.01-260302-0001", "3")]))
    words = ("reconcile", "--ours", ours, "--theirs", theirs)
    ran = await lienthong(*words, run_dir=tmp_path, columns=200)
    assert ran.code == 1
    for said in ("A «Mã hồ sơ», B «Bước»", "[theirs.columns]", "doi-soat.toml"):
        assert said in ran.err
    assert not (tmp_path / "doi-soat.toml").exists()
    assert "Traceback" not in ran.err


async def test_a_day_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    words = ("reconcile", "--ours", EXAMPLE / "mot-cua.csv", "--theirs")
    more = (EXAMPLE / "dat-dai.csv", "--columns", tmp_path / "x.toml")
    ran = await lienthong(*words, *more, "--day", "mai", run_dir=tmp_path)
    assert (ran.code, "không phải ngày" in ran.err) == (1, True)


async def test_the_result_never_takes_the_place_of_a_list(tmp_path: Path) -> None:
    ours = tmp_path / "a.csv"
    ours.write_bytes((EXAMPLE / "mot-cua.csv").read_bytes())
    words = ("reconcile", "--ours", ours, "--theirs", EXAMPLE / "dat-dai.csv")
    ran = await lienthong(*words, "--out", ours, run_dir=tmp_path)
    assert ran.code == 1
    assert ours.read_bytes() == (EXAMPLE / "mot-cua.csv").read_bytes()


async def test_twenty_thousand_rows_on_both_sides_take_seconds(tmp_path: Path) -> None:
    begun = date(2026, 1, 5)
    ours: list[Any] = [OURS]
    theirs: list[Any] = [THEIRS]
    for n in range(20_000):
        day = begun + timedelta(days=n % 60)
        number, due = (
            f"H00.01-{day:%y%m%d}-{n:05}",
            f"{day + timedelta(days=17):%d/%m/%Y}",
        )
        ours.append([n, number, person(n), day, due, "Đang xử lý"])
        done = n % 20 == 0
        theirs.append(
            [
                f"MAU-{n}",
                number,
                person(n),
                day,
                due if done else "",
                "Đã xong" if done else "Đang xử lý",
            ]
        )
    (tmp_path / "a.xlsx").write_bytes(xlsx(ours))
    (tmp_path / "b.xlsx").write_bytes(xlsx(theirs))
    words = (
        "reconcile",
        "--ours",
        tmp_path / "a.xlsx",
        "--theirs",
        tmp_path / "b.xlsx",
    )
    before, began = cpu_s(), time.monotonic()
    ran = await lienthong(*words, "--day", "2026-03-25", "--json", run_dir=tmp_path)
    took, used = time.monotonic() - began, cpu_s() - before
    assert json.loads(ran.out)["counts"]["finished_there"] == 1000
    # Seconds of the processor, since other suites may run beside this one.
    assert 0 < used < 5, f"{used:.1f} s of processor time, {took:.1f} s on the clock"


def cpu_s() -> float:
    """Processor seconds of children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_example_is_as_small_as_an_example() -> None:
    assert sum(path.stat().st_size for path in EXAMPLE.iterdir()) < 8_000
