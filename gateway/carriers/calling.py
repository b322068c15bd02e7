"""The last steps of a look at a line: a call that makes no work, and the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from gateway.carriers.failures import TOO_LARGE, MayHaveLeft, NothingLeft
from gateway.carriers.http import Timeouts
from gateway.domain.attempt import Outcome
from gateway.domain.check import CLOCK_S, Finding, Result, Step, finding
from gateway.domain.errors import DeliveryError
from gateway.domain.words import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.carriers.line import Line
    from gateway.carriers.reaching import Way
    from gateway.ports.agency import Answer

_GOOD = frozenset({Outcome.DELIVERED, Outcome.DUPLICATE, Outcome.ON_ITS_WAY})
_WHO = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
#: A server that has no such method has answered all the same.
_NO_METHOD = HTTPStatus.NOT_IMPLEMENTED


async def called(way: Way, line: Line, seconds: float) -> Finding:
    """By the interface's own harmless call; where it has none, whether HTTP answers."""
    told = {"seconds": max(1, round(seconds))}
    if line.platform:
        told["platform"] = 1
    try:
        if way.ping is not None:
            return _said(await way.ping(timeout_s=seconds), way.words, told)
        assert way.carrier is not None  # noqa: S101  a line is a carrier's
        timeouts = Timeouts.within(seconds)
        # Not HEAD: what a platform says of itself stands in a body.
        answer = await way.carrier.send("GET", "", timeouts=timeouts)
    except (NothingLeft, MayHaveLeft) as error:
        if isinstance(error, MayHaveLeft) and error.reason == TOO_LARGE:
            return _of_status(error.status or HTTPStatus.OK, told)
        if error.code not in {NothingLeft.default_code, MayHaveLeft.default_code}:
            return _failed(error.code, error.remedy, way.words, told)
        silent = error.reason in {"timeout", "wait"}
        code = "call_silent" if silent else "call_broken"
        return finding(Step.CALL, Result.FAILED, code, **told)
    except DeliveryError as error:
        return _failed(error.code, error.remedy, way.words, told)
    return _of_status(answer.status, told)


def _of_status(status: int, told: Mapping[str, object]) -> Finding:
    if status in _WHO:
        code, result = "sign_in_wanted", Result.FAILED
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != _NO_METHOD:
        code, result = "server_in_trouble", Result.FAILED
    else:
        code, result = "answers", Result.DONE
    return finding(Step.CALL, result, code, **{**told, "status": status})


def _said(
    answer: Answer,
    words: Mapping[str, tuple[str, str]],
    told: Mapping[str, object],
) -> Finding:
    if answer.outcome in _GOOD:
        return finding(Step.CALL, Result.DONE, "called", **told)
    if answer.http_status in _WHO:
        return _of_status(answer.http_status, told)
    return _failed(answer.code, answer.remedy, words, told)


def _failed(
    code: str,
    remedy: str,
    words: Mapping[str, tuple[str, str]],
    told: Mapping[str, object],
) -> Finding:
    said = words_of(code, words)
    facts = {name: str(value) for name, value in told.items()}
    todo = remedy or said.next_action
    return Finding(Step.CALL, Result.FAILED, code, facts, said.reason, todo)


def dated(line: Line, began: float) -> Finding:
    """How far the clocks are apart, by an answer that came during the look."""
    last = line.dated()
    if last is None or last.at < began:
        return Finding(Step.CLOCK, Result.NONE, "clock_untold")
    try:
        there = parsedate_to_datetime(last.header)
    except (ValueError, OverflowError):
        return Finding(Step.CLOCK, Result.NONE, "clock_untold")
    if there.tzinfo is None:
        there = there.replace(tzinfo=UTC)
    apart = (there - datetime.fromtimestamp(last.at, UTC)).total_seconds()
    if abs(apart) <= CLOCK_S:
        seconds = round(abs(apart))
        return finding(Step.CLOCK, Result.DONE, "clock_right", seconds=seconds)
    code = "clock_ahead" if apart > 0 else "clock_behind"
    minutes = round(abs(apart) / 60)
    return finding(Step.CLOCK, Result.FAILED, code, minutes=minutes)
