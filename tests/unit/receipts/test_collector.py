"""Files that were carried here: one that nobody foresaw holds up no other."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from gateway.domain.errors import StoreUnavailable
from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.receipts.collector import Collector

if TYPE_CHECKING:
    from gateway.ports.inbox import PackageNotTaken

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
OFFICE, AGENCY = OfficeId("tax-goi"), AgencyId("tax")


class Kept:
    """A store, a vault, a clock and a probe that note what they are told."""

    def __init__(self) -> None:
        self.reports: list[str] = []
        self.troubles: list[str] = []
        self.away = False

    async def apply(self, change: Any) -> None:
        if self.away:
            raise StoreUnavailable
        if change.report is not None:
            self.reports.append(change.report.code)

    def trouble(self, where: str, error: BaseException) -> None:
        del where
        self.troubles.append(type(error).__name__)

    def inbound(self, **_: object) -> None:
        """Nothing is noted of it."""

    attempt = inbound

    def tools(self) -> Any:
        sealed = SimpleNamespace(id="p-1")
        return SimpleNamespace(
            store=self,
            probe=self,
            vault=SimpleNamespace(blind=lambda *_: b"", seal_common=lambda *_: sealed),
            chance=SimpleNamespace(identifier=lambda kind: f"{kind}-1"),
            clock=SimpleNamespace(
                now=lambda: NOW, bell=lambda _: None, under_way=nothing_under_way
            ),
        )


def nothing_under_way() -> Any:
    """Work that nobody has to wait for."""
    return contextlib.nullcontext()


class Folder:
    """An inbox of three files, over the first of which its reader breaks."""

    def __init__(self) -> None:
        self.names = ["a", "b", "c"]
        self.back: list[str] = []

    async def waiting(self) -> list[str]:
        return list(self.names)

    async def read(self, name: str) -> bytes:
        return name.encode()

    async def open(self, name: str, body: bytes, now: datetime) -> Any:
        del body, now
        if name == "a":
            raise KeyError("a field that nobody foresaw")

        async def taken(*_: object) -> None:
            self.names.remove(name)

        return SimpleNamespace(number=name, parts=(), confirms=(), taken=taken)

    async def refused(self, name: str, why: PackageNotTaken, now: datetime) -> None:
        del now
        self.names.remove(name)
        self.back.append(why.code)


async def test_a_file_that_nobody_foresaw_is_kept_and_holds_up_no_other() -> None:
    kept, folder = Kept(), Folder()
    collector = Collector(kept.tools(), cast("Any", None))
    await collector._desk(OFFICE, AGENCY, cast("Any", folder))
    assert folder.names == []
    assert kept.troubles == ["KeyError"]
    assert kept.reports == folder.back != []


async def test_a_file_that_cannot_be_kept_waits_for_the_store() -> None:
    kept, folder = Kept(), Folder()
    kept.away = True
    collector = Collector(kept.tools(), cast("Any", None))
    await collector._desk(OFFICE, AGENCY, cast("Any", folder))
    assert "a" in folder.names
    assert folder.back == []
