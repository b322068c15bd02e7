"""Deletes what was kept long enough after a dossier's end, and proves what it deleted.

Each kind of each dossier goes in one unit with its line in the dossier's chain. Files
go after their rows, by names that the store keeps until then; who dies in between
goes on there. Nothing that could be sent, asked or decided loses its content.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import NeedsConfiguration, StoreError
from gateway.domain.retention import DELETED, Kept, in_force
from gateway.ports.nodes import EXPIRE
from gateway.ports.retention import ToDelete

if TYPE_CHECKING:
    from gateway.domain.retention import RetentionRule
    from gateway.ports.nodes import Duties
    from gateway.ports.retention import Expired
    from gateway.sealing.tools import Tools

DAY = timedelta(days=1)
#: Real seconds between two looks, and between two pages of a turn.
LOOK_EVERY_S = 60.0
PAUSE_S = 0.2
PAGE = 50
FILES = 500
#: Of one turn; what is more waits for the next look.
MOST = 20_000
MARK, ASKED = "expired", "expiry_asked"
#: What goes as a whole need not go in parts before.
ORDER = (
    Kept.DOSSIER,
    Kept.EXCHANGED,
    Kept.FILES,
    Kept.DOCUMENTS,
    Kept.NOTES,
    Kept.INDEX,
)


@dataclass(slots=True)
class Turn:
    """What one turn did; ``busy``: of so many something is unfinished, they stay."""

    at: str
    rule: int = 0
    deleted: int = 0
    rows: int = 0
    files: int = 0
    busy: int = 0
    whole: bool = True
    clean: bool = True

    @property
    def told(self) -> dict[str, Any]:
        """As it is kept and shown."""
        return asdict(self)


class Expiry:
    """One turn a day by ``wall``; who has the duty, and only while it has it."""

    def __init__(self, tools: Tools, duties: Duties) -> None:
        """Nothing is deleted before ``run``."""
        self._tools = tools
        self._retention = tools.retention
        self._duties = duties

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._tools.clock.rest(LOOK_EVERY_S)
            try:
                if self._duties.holds(EXPIRE) and await self._is_time():
                    await self.turn()
            except StoreError as error:
                self._tools.probe.trouble("watch.expiry", error)

    async def _is_time(self) -> bool:
        last = await last_turn(self._tools)
        if last is None or not last.whole:
            return True
        asked, at = await self._tools.store.mark(ASKED), _at(last)
        again = asked is not None and datetime.fromisoformat(asked) > at
        return again or at + DAY <= self._tools.clock.now()

    async def turn(self) -> Turn:
        """Delete whatever is due now; what it did."""
        now = self._tools.clock.now()
        turn = Turn(now.isoformat())
        rule = in_force(await self._retention.retention_rules(), now)
        if rule is not None:
            turn.rule = rule.version
            for kind in ORDER:
                await self._kind(rule, kind, now, turn)
            await self._strays(rule, now, turn)
        await self._files(turn)
        turn.clean = await self._retention.scrub()
        await self._tools.store.set_mark(MARK, json.dumps(turn.told))
        if turn.deleted:
            self._tools.probe.action(action=DELETED, count=turn.deleted)
        return turn

    async def _kind(
        self, rule: RetentionRule, kind: Kept, now: datetime, turn: Turn
    ) -> None:
        before, after = rule.before(kind, now), None
        while before is not None:
            if turn.deleted >= MOST or not self._duties.holds(EXPIRE):
                turn.whole = False
                return
            page = await self._retention.expired(kind, before, after=after, limit=PAGE)
            for one in page:
                await self._one(rule, kind, before, one, turn)
            if len(page) < PAGE:
                return
            after = page[-1].cursor
            await self._tools.clock.rest(PAUSE_S)

    async def _strays(self, rule: RetentionRule, now: datetime, turn: Turn) -> None:
        """What reports said that no dossier had: as answers of agencies, by arrival."""
        before = rule.before(Kept.EXCHANGED, now)
        while before is not None and self._duties.holds(EXPIRE):
            gone = await self._retention.delete_strays(
                before, at=now, rule=rule.version, limit=FILES
            )
            turn.rows += gone
            if gone < FILES:
                return

    async def _one(
        self,
        rule: RetentionRule,
        kind: Kept,
        before: datetime,
        one: Expired,
        turn: Turn,
    ) -> None:
        if one.busy:
            turn.busy += kind in {Kept.DOSSIER, Kept.DOCUMENTS}
            return
        now, case = self._tools.clock.now(), one.row.case
        given = ToDelete(case.dossier_id, kind, before, now, rule.version)
        if kind is Kept.DOSSIER:
            key = self._another_key(one)
            given = ToDelete(case.dossier_id, kind, before, now, rule.version, key)
        found = await self._retention.delete(given)
        if found is not None:
            turn.deleted += 1
            turn.rows += found.rows
            turn.files += found.files

    def _another_key(self, one: Expired) -> bytes | None:
        """Under which nothing lies: what is said of the dossier later gets a place."""
        case = one.row.case
        try:
            return self._tools.vault.new_key(case.dossier_id, case.unit).wrapped
        except NeedsConfiguration:
            return None  # its unit's key was destroyed, and the dossier's with it

    async def _files(self, turn: Turn) -> None:
        while names := await self._retention.doomed(FILES):
            # A backup that begins now waits for this page, and then keeps the rest.
            async with self._tools.attachments.sweeping() as may:
                if not may:
                    turn.whole = False
                    return
                for name in await self._tools.store.unnamed(names):
                    await self._tools.attachments.delete(name)
            await self._retention.forget_doomed(names)


async def last_turn(tools: Tools) -> Turn | None:
    """What the last turn did; None: there was none."""
    text = await tools.store.mark(MARK)
    return None if text is None else Turn(**json.loads(text))


def _at(turn: Turn) -> datetime:
    return datetime.fromisoformat(turn.at)
