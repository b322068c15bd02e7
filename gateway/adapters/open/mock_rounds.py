"""The agency's program that looks every few minutes: fetch, store, acknowledge."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from gateway.adapters.open.mock_client import Client, Message
from gateway.adapters.open.mock_contract import Office
from gateway.adapters.open.mock_desk import VIETNAM, Desk

PAGE = 50
_FRIDAY = 4


class Rounds:
    """Looks of one office, by the clock on the wall."""

    def __init__(self, office: Office, client: Client, desk: Desk) -> None:
        """Set the clock for the first look."""
        settings = office.settings
        self._office = office
        self._client = client
        self._desk = desk
        self._every_s = float(settings.get("poll_every_s", 600.0))
        self._from = time.fromisoformat(str(settings.get("polls_from", "07:00")))
        self._until = time.fromisoformat(str(settings.get("polls_until", "18:00")))
        self._is_looking = False
        self._acknowledging: set[str] = set()
        office.after(self._wait_s(), self._turn, idle=True)

    async def _turn(self) -> None:
        try:
            await self.look()
        finally:
            self._office.after(self._wait_s(), self._turn, idle=True)

    def _wait_s(self) -> float:
        """Seconds to the next look; none at night and on Saturday and Sunday."""
        now = self._office.now().astimezone(VIETNAM)
        at = now + timedelta(seconds=self._every_s)
        if self._from == self._until:
            return self._every_s
        while not self._is_open(at):
            begins = datetime.combine(at.date(), self._from, VIETNAM)
            later = at < begins
            at = begins if later else begins + timedelta(days=1)
        return (at - now).total_seconds()

    def _is_open(self, at: datetime) -> bool:
        return at.weekday() <= _FRIDAY and self._from <= at.time() <= self._until

    async def look(self) -> None:
        """One walk over all pages; a second one meanwhile does nothing."""
        if self._is_looking:
            return
        self._is_looking = True
        try:
            await self._walk()
        finally:
            self._is_looking = False

    async def _walk(self) -> None:
        after, more = "", True
        while more:
            told = await self._client.ask("fetch", "", {"after": after, "limit": PAGE})
            page = told.content
            if not told.ok or not isinstance(page.get("transfers"), list):
                self._office.arrived(
                    "fetch_answer", "", status=told.status, code=told.code
                )
                return
            for transfer in page["transfers"]:
                await self._take(transfer)
            after, more = str(page["after"]), bool(page["more"])

    async def _take(self, transfer: Mapping[str, Any]) -> None:
        """Store what is new, with its files, and have it acknowledged."""
        identifier, number = str(transfer["id"]), str(transfer["dossier"])
        if not self._desk.has(identifier):
            self._office.arrived(
                str(transfer["kind"]), number, id=identifier, by="fetch"
            )
            if not await files_are_whole(self._office, self._client, transfer):
                return
            self._desk.store(transfer)
        scenario = self._office.scenario(number)
        if scenario.get("never_acknowledges") or identifier in self._acknowledging:
            return
        self._acknowledging.add(identifier)
        wait_s = float(scenario.get("acknowledge_after_h", 0)) * 3600
        again = 2 if scenario.get("acknowledges_twice") else 1
        work = partial(self._acknowledge, identifier, number, again)
        if wait_s:
            self._office.after(wait_s, work)
        else:
            await work()

    async def _acknowledge(self, identifier: str, number: str, times: int) -> None:
        for _ in range(times):
            message = Message("acknowledge", number, {"ids": [identifier]})
            await self._client.insist(message)
        self._acknowledging.discard(identifier)


async def files_are_whole(
    office: Office, client: Client, transfer: Mapping[str, Any]
) -> bool:
    """Fetch every file of a transfer and compare it with what the list says."""
    number = str(transfer["dossier"])
    for file in transfer["files"]:
        told = await client.ask("file", number, {"id": file["id"]})
        digest = hashlib.sha256(told.body).hexdigest()
        whole = told.status == 200 and digest == str(file["sha256"]).lower()
        office.arrived("file", number, id=str(file["id"]), status=told.status, ok=whole)
        if not whole:
            return False
    return True
