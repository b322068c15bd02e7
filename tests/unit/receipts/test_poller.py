"""What a poll leaves of the messages that it asked about."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.domain.attempt import Outcome
from gateway.domain.identifiers import OfficeId
from gateway.domain.lane import LaneLimits
from gateway.ports.agency import Answer
from gateway.receipts.poller import Poller

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
OFFICE = OfficeId("tax-1")


class Breaking:
    """An adapter that breaks over whatever it is to ask."""

    async def poll(self, messages: object, *, timeout_s: float) -> list[Answer]:
        del messages, timeout_s
        raise KeyError("a field that nobody foresaw")


class Forgetting:
    """An adapter that answers to all but one."""

    async def poll(self, messages: list[object], *, timeout_s: float) -> list[Answer]:
        del timeout_s
        return [Answer(Outcome.DELIVERED, "known")] * (len(messages) - 1)


@pytest.mark.parametrize(
    ("adapter", "error"), [(Breaking(), "KeyError"), (Forgetting(), "ValueError")]
)
async def test_what_its_adapter_breaks_over_is_known_to_be_badly_answered(
    adapter: object, error: str
) -> None:
    marked: list[tuple[str, str | None]] = []
    troubles: list[str] = []
    gone: list[int] = []

    async def mark_polled(transfer: str, code: str | None, *, now: datetime) -> None:
        assert now == NOW
        marked.append((transfer, code))

    async def assemble(_: object) -> object:
        return object()

    async def ended(_: object, count: int, heard: object) -> None:
        del heard
        gone.append(count)

    bell = SimpleNamespace(ring=lambda: None)
    tools = SimpleNamespace(
        store=SimpleNamespace(mark_polled=mark_polled),
        adapters=SimpleNamespace(of=lambda _: adapter),
        probe=SimpleNamespace(
            attempt=lambda **_: None,
            trouble=lambda _, error: troubles.append(type(error).__name__),
        ),
        clock=SimpleNamespace(
            now=lambda: NOW, bell=lambda _: bell, under_way=contextlib.nullcontext
        ),
    )
    poller: Poller[Any] = Poller(
        cast("Any", tools),
        arrive=cast("Any", None),
        assemble=cast("Any", assemble),
        lanes=cast("Any", None),
        entrance=cast("Any", SimpleNamespace(ended=ended)),
        duties=cast("Any", None),
    )
    transfers = [
        SimpleNamespace(id=f"t-{n}", office=OFFICE, cause=None) for n in (1, 2)
    ]
    part = [cast("Any", SimpleNamespace(transfer=one)) for one in transfers]
    await poller._part(OFFICE, part, LaneLimits(), cast("Any", None))
    assert marked == [(one.id, "agency_broke_contract") for one in transfers]
    assert troubles == [error]
    assert gone == [2]
