"""Every kind of fault, as a plain socket sees it, and what the books say of it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from gateway.mockagency.acting import LOGIN_PAGE
from gateway.mockagency.faults_kinds import KINDS, Stage
from tests.unit.mockagency.plain import (
    NUMBER,
    Seen,
    a_mock,
    exchange,
    falls,
    hand_over,
    planned,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Check = Callable[[Seen], object]

pytestmark = pytest.mark.timeout(60)
#: A socket that stays open is watched for so long.
A_WHILE_S = 0.4


@dataclass(frozen=True)
class Kind:
    """What one kind looks like from outside."""

    check: Check
    more: dict[str, Any] = field(default_factory=dict)
    ended: str = "closed"
    done: bool = True
    #: whether the request took effect
    enough_s: float = 20.0


def before(check: Check, ended: str = "closed", **more: Any) -> Kind:
    return Kind(check, more, ended, done=False)


def after(check: Check, ended: str = "closed", **more: Any) -> Kind:
    return Kind(check, more, ended)


def taken(seen: Seen) -> bool:
    """The true answer, whole."""
    told = json.loads(seen.body)
    return bool(seen.status == 200 and told["TYPE"] == "OK")


def status(code: int, **head: str) -> Check:
    return lambda s: s.status == code and head.items() <= s.head.items()


def nothing(seen: Seen) -> bool:
    return seen.raw == b""


def length(seen: Seen) -> int:
    return int(seen.head["content-length"])


SEEN: dict[str, Kind] = {
    "delay_s": after(taken, seconds=0.05),
    "error_500_before": before(status(500)),
    "error_503_retry_after": before(status(503, **{"retry-after": "60"})),
    "unauthorized_401": before(status(401)),
    "too_many_429": before(status(429, **{"retry-after": "7"}), seconds=7),
    "status": before(
        lambda s: (s.status, s.body) == (418, b"khong") and s.head["x-vi-du"] == "1",
        status=418,
        text="khong",
        headers={"X-Vi-Du": "1"},
    ),
    "html_200": before(
        lambda s: s.body == LOGIN_PAGE.encode() and "html" in s.head["content-type"]
    ),
    "text_200": before(lambda s: (s.status, s.body) == (200, b"loi"), text="loi"),
    "empty_200": before(lambda s: (s.status, s.body) == (200, b"")),
    "garbage": before(
        lambda s: len(s.raw) == 99 and not s.raw.startswith(b"HTTP"), bytes=99
    ),
    "garbage_body": before(
        lambda s: s.status == 200 and len(s.body) == 77 and s.body[:1] != b"{",
        bytes=77,
    ),
    "huge": before(lambda s: length(s) == len(s.body) == 3_000_001, bytes=3_000_001),
    "reset_before": before(nothing, "reset"),
    "half_close": before(nothing),
    "black_hole": Kind(nothing, ended="open", done=False, enough_s=A_WHILE_S),
    "lose_answer": after(nothing),
    "half_answer": after(lambda s: 0 < len(s.body) < length(s)),
    "reset_in_head": after(lambda s: s.raw == b"HTTP/1.1 20", "reset"),
    "reset_after_head": after(lambda s: s.body == b"" and length(s) > 0, "reset"),
    "reset_in_body": after(lambda s: 0 < len(s.body) < length(s), "reset"),
    "error_500_after": after(status(500)),
    "html_after": after(lambda s: s.body == LOGIN_PAGE.encode()),
    "empty_after": after(lambda s: (s.status, s.body) == (200, b"")),
    "text_after": after(lambda s: s.body == b"khac", text="khac"),
    "length_too_short": after(
        lambda s: len(s.body) == length(s) + 5 and json.loads(s.body), bytes=5
    ),
    "length_too_long": after(
        lambda s: len(s.body) == length(s) - 5 and json.loads(s.body), bytes=5
    ),
    "slow_drip": after(taken, bytes_per_s=2000),
    "answer_twice": after(
        lambda s: s.raw.count(b"HTTP/1.1 200") == s.raw.count(b'"OK"') == 2
    ),
    "unknown_code": after(
        lambda s: json.loads(s.body)["TYPE"] == "MOI", field="TYPE", value="MOI"
    ),
    "tcvn3": after(lambda s: "TiÕp nhËn" in s.body.decode() or "®" in s.body.decode()),
    "clock_off": after(lambda s: off_by(s) > timedelta(minutes=89), minutes=90),
    "restart": after(nothing),
}


def off_by(seen: Seen) -> timedelta:
    return parsedate_to_datetime(seen.head["date"]) - datetime.now(UTC)


def test_every_kind_of_a_call_that_comes_in_is_seen_here() -> None:
    incoming = {Stage.BEFORE, Stage.AFTER}
    assert {do for do, kind in KINDS.items() if kind.stages & incoming} == set(SEEN)


@pytest.mark.parametrize("do", SEEN)
async def test_a_plain_socket_sees_the_fault_and_the_books_tell_its_stage(
    tmp_path: Path, do: str
) -> None:
    kind = SEEN[do]
    async with a_mock(tmp_path, planned(do, **kind.more)) as (mock, port):
        seen = await exchange(port, enough_s=kind.enough_s)
        assert kind.check(seen), seen
        assert seen.ended == kind.ended
        effects = [one["kind"] for one in mock.effects.lines()]
        assert effects.count("hand_over") == kind.done
        (line,) = mock.met.lines()
        assert (line["kind"], line["number"]) == ("hand_over", NUMBER)
        stage = "before" if do == "delay_s" or not kind.done else "after"
        assert (line["facts"]["do"], line["facts"]["stage"]) == (do, stage)
        assert [(r["met"], r["missed"]) for r in mock.plan.rows()] == [(1, 0)]
        mock.plan.clear()
        assert taken(await exchange(port, hand_over("H00.01-260310-0002")))


async def test_a_slow_answer_comes_no_faster_than_it_was_planned(
    tmp_path: Path,
) -> None:
    async with a_mock(tmp_path, planned("slow_drip", bytes_per_s=20)) as (_, port):
        seen = await exchange(port, enough_s=A_WHILE_S)
        assert seen.ended == "open"
        assert 0 < len(seen.body) <= 20


async def test_a_silent_call_ends_when_the_mock_lets_go_and_counts_as_nothing_under_way(
    tmp_path: Path,
) -> None:
    async with a_mock(tmp_path, planned("black_hole")) as (mock, port):
        fallen = falls(mock)
        waiting = asyncio.create_task(exchange(port))
        await fallen.wait()
        await mock.clock.stillness(1.0)
        assert mock.clock.busy == 0
        assert not waiting.done()
        mock.release()
        assert (await waiting).raw == b""


async def test_a_caller_that_gives_up_on_silence_is_forgotten(tmp_path: Path) -> None:
    async with a_mock(tmp_path, planned("black_hole", times=1)) as (mock, port):
        assert (await exchange(port, enough_s=0.05)).ended == "open"
        assert taken(await exchange(port))
        assert mock.clock.busy == 0


async def test_a_fault_that_finds_nothing_to_change_is_counted_as_missed(
    tmp_path: Path,
) -> None:
    async with a_mock(tmp_path, planned("unknown_code", field="KHONG_CO")) as (
        mock,
        port,
    ):
        assert taken(await exchange(port))
        assert [(r["met"], r["missed"]) for r in mock.plan.rows()] == [(1, 1)]
        assert mock.met.lines()[-1]["facts"]["missed"]


async def test_garbage_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    found = []
    for place, seed in enumerate((1, 1, 2)):
        row = planned("garbage", bytes=40)
        async with a_mock(tmp_path / str(place), row, seed=seed) as (_, port):
            found.append((await exchange(port)).raw)
    assert found[0] == found[1] != found[2]


async def test_a_fault_after_the_work_counts_calls_that_reach_the_work(
    tmp_path: Path,
) -> None:
    rows = (planned("error_500_before", times=1), planned("lose_answer", times=1))
    async with a_mock(tmp_path, *rows) as (mock, port):
        found = [await exchange(port) for _ in range(3)]
        assert [one.raw[:12] for one in found] == [
            b"HTTP/1.1 500",
            b"",
            b"HTTP/1.1 200",
        ]
        assert len([x for x in mock.effects.lines() if x["kind"] == "hand_over"]) == 1


async def test_a_fault_after_the_work_meets_a_call_whose_number_nobody_can_read(
    tmp_path: Path,
) -> None:
    async with a_mock(tmp_path, planned("lose_answer", at_most=1)) as (mock, port):
        assert (await exchange(port, {"KHOA": "x"})).raw == b""
        assert [one["number"] for one in mock.met.lines()] == [""]
        assert taken(await exchange(port))


async def test_the_state_moves_when_a_request_arrives_not_when_its_delay_is_over(
    tmp_path: Path,
) -> None:
    slow = planned("delay_s", seconds=0.5, times=1)
    async with a_mock(tmp_path, slow) as (mock, port):
        fallen = falls(mock)
        first = asyncio.create_task(exchange(port))
        await fallen.wait()
        assert taken(await exchange(port))
        assert not first.done()
        assert taken(await first)


async def test_an_exact_repeat_over_the_wire_is_the_same_turn(tmp_path: Path) -> None:
    turns = {"sequence": ["error_500_before", "empty_200"], "repeats_within_s": 60}
    whole = {k: v for k, v in planned("x").items() if k not in {"do", "every"}}
    async with a_mock(tmp_path, {**whole, **turns}) as (_, port):
        first, again = await exchange(port), await exchange(port)
        other = {**hand_over(), "MA_GIAODICH": "khac"}
        assert [first.status, again.status] == [500, 500]
        assert (await exchange(port, other)).body == b""


async def test_a_mock_that_restarts_forgets_what_it_meant_to_do(tmp_path: Path) -> None:
    async with a_mock(tmp_path, planned("restart", times=1)) as (mock, port):
        mock.office.after(60.0, _never)
        assert (await exchange(port)).raw == b""
        assert mock.clock.next is None
        # Its register is still there: the repeat is known.
        assert json.loads((await exchange(port)).body)["TRUNG_HSO"] == "1"


async def _never() -> None:
    raise AssertionError
