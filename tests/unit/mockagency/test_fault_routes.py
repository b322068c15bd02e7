"""Faults are planned, shown and taken back over the control routes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.unit.mockagency.plain import (
    a_mock,
    exchange,
    hand_over,
    planned,
)
from tests.unit.mockagency.plans import row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(60)
Json = dict[str, Any]


async def control(port: int, method: str, body: object = None) -> tuple[int, Json]:
    url = f"http://127.0.0.1:{port}/_control/faults"
    data = {"data": body} if isinstance(body, bytes) else {"json": body}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, **data) as answer,
    ):
        return answer.status, await answer.json()


@asynccontextmanager
async def at(folder: Path, *rows: Json, **more: Any) -> AsyncIterator[int]:
    async with a_mock(folder, *rows, **more) as (_, port):
        yield port


async def test_a_plan_is_shown_with_its_counts_and_taken_back(tmp_path: Path) -> None:
    async with at(tmp_path, planned("error_500_before", times=1)) as port:
        status, _ = await control(port, "POST", [row("lose_answer", operation="*")])
        assert status == 200
        await exchange(port)
        _, shown = await control(port, "GET")
        assert shown["counts"] == [
            {
                "place": 1,
                "says": "lỗi 500, chưa làm gì",
                "seen": 1,
                "met": 1,
                "missed": 0,
            },
            {
                "place": 2,
                "says": "đã làm, mất câu trả lời",
                "seen": 0,
                "met": 0,
                "missed": 0,
            },
        ]
        status, empty = await control(port, "DELETE")
        assert (status, empty["fault"], empty["counts"]) == (200, [], [])
        assert (await exchange(port)).status == 200


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([row("no_such")], "không có lỗi do = 'no_such'; có: "),
        ([row(operation="tiepnhan")], "không có nghiệp vụ 'tiepnhan'; có: "),
        ([row(agency="tax")], "không có cơ quan giả lập 'tax'; có: electricity"),
        ([row(hours="9-8")], "viết «08:00–09:30»"),
        ([row(), row("empty_200")], "trái với"),
        ([row("empty_200", every=True)], "trái với thu.toml, [[fault]] thứ 1"),
        ([row(operation="progress"), {"do": 1}], "[[fault]] thứ 2"),
        (b"khong", "không phải JSON"),
        (7, "kế hoạch là danh sách"),
    ],
)
async def test_a_plan_that_cannot_be_meant_is_refused_whole(
    tmp_path: Path, body: object, told: str
) -> None:
    async with at(tmp_path, planned("html_200")) as port:
        status, answer = await control(port, "POST", body)
        assert (status, answer["code"]) == (422, "bad_plan")
        assert told in answer["told"]
        assert len((await control(port, "GET"))[1]["fault"]) == 1


async def _lived(port: int) -> list[bytes]:
    numbers = [f"H00.01-260310-{n:04d}" for n in range(30)]
    return [(await exchange(port, hand_over(n))).raw[:12] for n in numbers]


async def test_the_plan_that_a_run_shows_makes_the_same_run_again(
    tmp_path: Path,
) -> None:
    chances = [row(percent=40), row("lose_answer", percent=30)]
    async with at(tmp_path / "one", *chances, seed=11) as port:
        first = await _lived(port)
        _, shown = await control(port, "GET")
    kept = {name: shown[name] for name in ("seed", "fault")}
    async with at(tmp_path / "two", seed=99) as port:
        assert (await control(port, "POST", kept))[0] == 200
        assert await _lived(port) == first
    assert len(set(first)) > 1
    books = [(tmp_path / n / "books").glob("*.jsonl") for n in ("one", "two")]
    one, two = ({path.name: path.read_bytes() for path in found} for found in books)
    assert {"electricity.faults.jsonl", "electricity.effects.jsonl"} <= one.keys()
    assert one == two
