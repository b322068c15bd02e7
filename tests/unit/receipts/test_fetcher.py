"""A file that cannot be had is told to a person, whatever became of its office."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from gateway.domain.errors import NeedsConfiguration
from gateway.domain.identifiers import OfficeId
from gateway.receipts.fetch import Fetcher

if TYPE_CHECKING:
    from gateway.ports.store import Change

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
OFFICE = OfficeId("land-1")


@pytest.mark.parametrize(("offices", "agency"), [((OFFICE,), "land"), ((), "")])
async def test_a_file_of_an_office_without_an_adapter_is_given_up_like_any_other(
    offices: tuple[OfficeId, ...], agency: str
) -> None:
    kept: list[Change] = []

    def of(_: object) -> object:
        raise NeedsConfiguration

    async def apply(change: Change) -> None:
        kept.append(change)

    async def attachments(_: object) -> list[object]:
        return []

    entries = {one: SimpleNamespace(agency="land") for one in offices}
    tools = SimpleNamespace(
        adapters=SimpleNamespace(of=of),
        versions=SimpleNamespace(current=SimpleNamespace(offices=entries)),
        chance=SimpleNamespace(identifier=lambda kind: f"{kind}-1"),
        store=SimpleNamespace(apply=apply, attachments=attachments),
        clock=SimpleNamespace(now=lambda: NOW, bell=lambda _: None),
    )
    fetcher = Fetcher(cast("Any", tools), frozenset)
    job = SimpleNamespace(id="f-1", office=OFFICE)
    row = SimpleNamespace(case=SimpleNamespace(dossier_id="d-1"))
    sealed = SimpleNamespace(id="p-1", digest=b"")
    given: list[Any] = [job, row, "needs_configuration", "", sealed]
    await fetcher._give_up(*given)
    (change,) = kept
    assert change.report is not None
    assert (change.report.agency, change.fetched) == (agency, ("f-1",))
