"""Entries that stand in for others: one that cannot stops no other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from gateway.delivery.fallback import Fallbacks
from gateway.domain.errors import NeedsConfiguration
from gateway.domain.fallback import Fallback
from gateway.domain.identifiers import OfficeId

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)


async def test_an_entry_that_no_adapter_can_be_made_for_stops_no_other() -> None:
    asked: list[str] = []
    troubles: list[str] = []

    def of(office: str) -> object:
        if office == "hand-1":
            raise NeedsConfiguration
        return SimpleNamespace(traits={})

    async def transfers_in(_: object, *, office: str, **__: object) -> Sequence[Any]:
        asked.append(office)
        return []

    def trouble(_: str, error: Exception) -> None:
        troubles.append(type(error).__name__)

    tools = SimpleNamespace(
        adapters=SimpleNamespace(of=of),
        overview=SimpleNamespace(transfers_in=transfers_in),
        probe=SimpleNamespace(trouble=trouble),
    )
    fallbacks = Fallbacks(cast("Any", tools), None)
    fallbacks._known = {
        f"fb-{n}": Fallback(
            *(f"fb-{n}", OfficeId(f"land-{n}"), OfficeId(f"hand-{n}")),
            *(NOW, "p-1", "mất điện"),
        )
        for n in (1, 2)
    }
    await fallbacks._turn()
    assert asked == ["land-2"]
    assert troubles == ["NeedsConfiguration"]
