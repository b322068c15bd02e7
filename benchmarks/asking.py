"""What people ask of a store of five years, timed as the application asks it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.castings import number_of
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.domain.text import normal_number
from gateway.ports.contests import Day
from gateway.ports.stuck import Stuck
from gateway.watch.stuck import bounds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from gateway.domain.identifiers import DossierId
    from gateway.ports.vault import Vault
    from gateway.routing.catalogue import Catalogue

#: Rows of a page, as the API gives them.
PAGE = 100
#: Working days of silence and of a question, working hours, as they ship.
STUCK = (5, 2, 16)
TIMES = 5
WANTED = {"monthly": 500, "stuck": 100, "due": 100, "timeline": 50, "find": 20}


@dataclass(frozen=True)
class Took:
    """Milliseconds of the first call on a fresh store, and the median of later ones."""

    cold: float
    usual: float
    rows: int


class Questions:
    """The calls of the ports behind each page, and how many rows came."""

    def __init__(
        self,
        store: Any,
        vault: Vault,
        catalogue: Catalogue,
        now: datetime,
        dossiers: int,
    ) -> None:
        """``store`` is all ports of a store; each call asks for another dossier."""
        self._store = store
        self._bounds = bounds(catalogue, Stuck(store, *STUCK), now)
        self._vault = vault
        self._now = now
        self._dossiers = dossiers
        self._asked = 0

    def all(self) -> Mapping[str, Callable[[], Awaitable[int]]]:
        """By the name under which each is printed."""
        return {
            "monthly": self.monthly,
            "stuck": self.stuck,
            "due": self.due,
            "timeline": self.timeline,
            "find": self.find,
        }

    async def monthly(self) -> int:
        """A month's report: dossiers, clocks, who had and who answers, what is open."""
        store, today = self._store, legal_day(self._now)
        month = f"{today - timedelta(400):%Y-%m}"
        found = (
            await store.monthly(month, month, EVERYTHING),
            await store.monthly_clocks(month, month, EVERYTHING),
            await store.monthly_shares(month, month, EVERYTHING),
            await store.late_causes(month, month, EVERYTHING),
            await store.charge_counts(month, month, EVERYTHING, Day(today)),
            await store.open_now(EVERYTHING, today),
        )
        return sum(map(len, found))

    async def stuck(self) -> int:
        """Causes of standing still with their notes, the first page, how much there is."""
        causes = await self._store.stuck(EVERYTHING, self._bounds)
        await self._store.cause_notes()
        rows = await self._store.still(EVERYTHING, after=None, limit=PAGE)
        await self._store.counts(EVERYTHING)
        return len(causes) + len(rows)

    async def due(self) -> int:
        """Clocks over their due moment, and dossiers promised for the next days."""
        today = legal_day(self._now)
        found = (
            await self._store.due_now(EVERYTHING, self._now),
            await self._store.due(EVERYTHING, before=self._now, limit=PAGE),
            await self._store.due_days(
                EVERYTHING, first=None, last=today + timedelta(3), limit=PAGE
            ),
        )
        return sum(map(len, found))

    async def timeline(self) -> int:
        """All that the page of one dossier tells of its course."""
        store, identifier = self._store, await self._next()
        transfers = await store.transfers(identifier)
        found = [await store.journal(identifier), await store.reports(identifier)]
        found += [await store.attempts(one.id) for one in transfers]
        return len(transfers) + sum(map(len, found))

    async def find(self) -> int:
        """One dossier by a number."""
        row = await self._store.dossier(await self._next(), EVERYTHING)
        return len(await self._store.references(row.case.dossier_id))

    async def _next(self) -> DossierId:
        """A dossier that was not asked for yet, by its number."""
        self._asked += 1
        number = self._asked * 7_919_777 % self._dossiers + 1
        blind = self._vault.blind("number", normal_number(number_of(number)))
        (found,) = await self._store.find([(None, None, blind)], EVERYTHING)
        identifier: DossierId = found
        return identifier


async def timed(questions: Questions) -> dict[str, Took]:
    """Each question: once cold, once to warm up, then as often as it takes."""
    found = {}
    for name, ask in questions.all().items():
        spent, rows = [], 0
        for _ in range(TIMES + 2):
            began = time.perf_counter()
            rows = await ask()
            spent.append((time.perf_counter() - began) * 1000)
        found[name] = Took(spent[0], median(spent[2:]), rows)
    return found
