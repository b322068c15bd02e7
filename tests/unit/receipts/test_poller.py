"""What a poll leaves of the messages that it asked about."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.domain.attempt import Outcome
from gateway.domain.errors import AgencyUnavailable, DeliveryError, NeedsConfiguration
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


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NeedsConfiguration(code="address_missing"), "address_missing"),
        (AgencyUnavailable("nobody there"), None),
    ],
)
async def test_what_the_next_poll_will_not_mend_is_shown_where_no_poll_could_be_made(
    error: DeliveryError, code: str | None
) -> None:
    marked: list[str | None] = []

    def of(_: object) -> object:
        raise error

    async def mark_polled(_: object, told: str | None, *, now: datetime) -> None:
        del now
        marked.append(told)

    async def assemble(_: object) -> object:
        return object()

    tools = SimpleNamespace(
        store=SimpleNamespace(mark_polled=mark_polled),
        adapters=SimpleNamespace(of=of),
        probe=SimpleNamespace(attempt=lambda **_: None),
        clock=SimpleNamespace(now=lambda: NOW, bell=lambda _: None),
    )
    nothing = cast("Any", None)
    poller: Poller[Any] = Poller(
        cast("Any", tools),
        arrive=nothing,
        assemble=cast("Any", assemble),
        lanes=nothing,
        entrance=nothing,
        duties=nothing,
    )
    one = SimpleNamespace(id="t-1", office=OFFICE, cause=None)
    part = [cast("Any", SimpleNamespace(transfer=one))]
    await poller._ask(OFFICE, part, LaneLimits())
    assert marked == ([] if code is None else [code])
