"""An operator who decides what is left for people, after a telephone call.

What the agency's own book says is what would be said at the telephone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.chaos.telephone import Telephone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from gateway.wiring.stage import Stage
    from tests.chaos.clones import Clone

#: Real seconds between two looks.
EVERY_S = 3.0
#: How often one message is sent again by hand.
MOST_AGAIN = 3


class Person:
    """Looks at what stands still, and acts as the page offers."""

    def __init__(self, stage: Stage, accepted: Mapping[str, Clone]) -> None:
        """``accepted`` grows while the run goes on."""
        self._stage = stage
        self._accepted = accepted
        self._again: Counter[str] = Counter()
        self._telephone = Telephone(stage.run_dir / "books", stage.mocks)
        self.decided: Counter[str] = Counter()
        #: decisions by what was decided

    async def work(self) -> None:
        """For ever."""
        async with self._session() as session:
            while True:
                await asyncio.sleep(EVERY_S)
                try:
                    await self.look(session)
                except (aiohttp.ClientError, TimeoutError, KeyError):
                    # The gateway is away; what stands still is still there then.
                    continue

    def _session(self) -> aiohttp.ClientSession:
        token = self._stage.secrets.value("token.operator")
        return aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(total=10),
        )

    async def once(self) -> int:
        """One look; how much was decided."""
        before = self.decided.total()
        async with self._session() as session:
            await self.look(session)
        return self.decided.total() - before

    async def look(self, session: aiohttp.ClientSession) -> None:
        """Everything that is parked."""
        async for row in self._still(session):
            clone = self._accepted.get(str(row["number"]))
            if row["state"] != "parked" or not row.get("transfer_id"):
                continue
            if clone is None or clone.expected.end == "parked":
                continue
            url = f"{self._stage.url('front')}/v1/transfers/{row['transfer_id']}"
            async with session.get(url) as answer:
                answer.raise_for_status()
                transfer = await answer.json()
            if transfer["state"] == "parked":
                await self._decide(session, clone, transfer)

    async def _decide(
        self, session: aiohttp.ClientSession, clone: Clone, row: Mapping[str, Any]
    ) -> None:
        """What the page offers, by what the agency says."""
        offered = row["actions"]
        if "agency_has_it_not" in offered:
            has = self._telephone.says_it_has(clone.expected.known_as, row)
            what = "agency_has_it" if has else "agency_has_it_not"
            await self._act(session, row, what)
        elif "resend" in offered and self._again[row["id"]] < MOST_AGAIN:
            self._again[row["id"]] += 1
            await self._act(session, row, "resend")

    async def _still(self, session: aiohttp.ClientSession) -> AsyncIterator[Any]:
        after = ""
        while True:
            url = f"{self._stage.url('front')}/v1/still"
            async with session.get(
                url, params={"after": after} if after else {}
            ) as answer:
                answer.raise_for_status()
                page = await answer.json()
            for row in page["still"]:
                yield row
            after = page["after"] or ""
            if not after:
                return

    async def _act(
        self, session: aiohttp.ClientSession, row: Mapping[str, Any], what: str
    ) -> None:
        url = f"{self._stage.url('front')}/v1/transfers/{row['id']}/{what}"
        body = {"reason": "Đã hỏi cơ quan qua điện thoại (diễn tập)."}
        async with session.post(url, json=body) as answer:
            if answer.status == 200:
                self.decided[what] += 1
