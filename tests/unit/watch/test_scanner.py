"""Whether somebody is told that files are not looked at, or by an old list."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.alert import Severity
from gateway.domain.file_errors import FileInfected, ScannerAway
from gateway.ports.scanning import Scanner, ScannerState, Screening
from gateway.watch.scanner import ScannerWatch, knows_malware
from gateway.watch.vitals import Tone
from tests.syntax import tree_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

NOW = datetime(2026, 3, 10, tzinfo=UTC)
GATEWAY = Path(__file__).parents[3] / "gateway"


class Told(Scanner):
    """A scanner that says what the test wants."""

    def __init__(self, age_days: float | None = 1, *, knows: bool = True) -> None:
        self.away = False
        self.age_days = age_days
        self.knows = knows

    async def state(self) -> ScannerState:
        if self.away:
            raise ScannerAway
        if self.age_days is None:
            return ScannerState("ClamAV 1.4.3", None)
        at = datetime.now(UTC) - timedelta(days=self.age_days)
        return ScannerState("ClamAV 1.4.3", at)

    async def through(
        self, chunks: AsyncIterator[bytes]
    ) -> AsyncGenerator[bytes, None]:
        seen = b""
        async for one in chunks:
            seen += one
            yield one
        if self.knows and b"EICAR" in seen:
            raise FileInfected("Eicar")


def watch(scanner: Scanner | None) -> ScannerWatch:
    rows: Any = None
    return ScannerWatch(
        Screening(scanner, rows, timedelta(days=180)),
        node="nut-1",
        oldest=timedelta(days=7),
    )


async def test_one_that_is_away_is_told_of_since_when_until_it_is_back() -> None:
    scanner = Told()
    watching = watch(scanner)
    assert list(await watching.look(NOW)) == []
    scanner.away = True
    await watching.look(NOW)
    (held,) = await watching.look(NOW + timedelta(minutes=5))
    assert (held.kind, held.subject, held.since) == ("scanner", "nut-1", NOW)
    assert held.severity is Severity.CRITICAL
    assert watching.away
    scanner.away = False
    assert list(await watching.look(NOW + timedelta(minutes=6))) == []
    assert not watching.away


@pytest.mark.parametrize(("days", "told"), [(6.9, 0), (8, 1), (None, 0)])
async def test_an_old_list_is_told_of(days: float | None, told: int) -> None:
    found = await watch(Told(days)).look(NOW)
    assert len(found) == told
    assert all(one.severity is Severity.WARNING for one in found)


async def test_where_nobody_scans_nobody_is_away_and_the_page_says_so() -> None:
    watching = watch(None)
    assert (list(await watching.look(NOW)), watching.away) == ([], False)
    assert (await watching.vital()).tone is Tone.LOOK


@pytest.mark.parametrize("knows", [True, False])
async def test_a_scanner_without_signatures_is_found_out(knows: bool) -> None:
    assert await knows_malware(Told(knows=knows)) is knows


def test_every_door_says_whose_file_it_puts_away() -> None:
    found = []
    for path in sorted(GATEWAY.rglob("*.py")):
        for node in ast.walk(tree_of(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(
                node.func, ast.Attribute
            ):
                continue
            to = ast.unparse(node.func)
            if to.endswith("attachments.put"):
                names = {one.arg for one in node.keywords}
                found.append((path.name, "source" in names))
    assert len(found) >= 7
    assert [name for name, told in found if not told] == []
