"""Configurations that wait for a second person, as rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import PrincipalId
from gateway.domain.proposed import ProposedConfiguration, ProposedState
from gateway.ports.proposed import ProposedConfigurations
from gateway.store import standing
from gateway.store.chains import append
from gateway.store.rows import (
    from_json,
    moment,
    moment_or_none,
    stamp,
    stamp_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_COLUMNS = (
    "id, base, content, by, at, why, again, state, decided_by, decided_at, told_at,"
    " effect_at"
)
# The index of the one that waits turns a second one away.
_ADD = (
    "INSERT INTO proposed_configuration (id, base, content, by, at, why, again, state,"
    " decided_by) VALUES (?, ?, ?, ?, ?, ?, ?, 'open', '') ON CONFLICT DO NOTHING"
)
_DECIDE = (
    "UPDATE proposed_configuration SET state = ?, decided_by = ?, decided_at = ?"
    " WHERE id = ? AND state = 'open'"
)
_TOLD = (
    "UPDATE proposed_configuration SET told_at = ?, effect_at = ?"
    " WHERE id = ? AND state = 'open'"
)


class ProposedRows(ProposedConfigurations):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _write(self, work: Callable[[Tx], T]) -> Awaitable[T]:
        """What a unit gives, once durable."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    async def propose_configuration(
        self, row: ProposedConfiguration, line: JournalLine
    ) -> None:
        """Keep it with its line."""
        chain = self._chain(line.at)
        await self._unit(lambda tx: _add(tx, row, line, chain), chain)

    async def proposed_configuration(
        self, identifier: str | None = None
    ) -> ProposedConfiguration | None:
        """One, or the one that waits."""
        return await self._list(_one, identifier)

    async def decide_proposed(
        self,
        identifier: str,
        state: ProposedState,
        line: JournalLine,
        *,
        content: dict[str, Any] | None = None,
        after: int | None = None,
    ) -> int:
        """Decide it, and put it in force in the same unit."""
        chain = self._chain(line.at)

        def decide(tx: Tx) -> int:
            row = (state.value, line.actor, stamp(line.at), identifier)
            tx.db.execute(_DECIDE, row)
            if not tx.db.changes():
                raise ChangedMeanwhile
            if content is None:
                append(tx.db, chain, [line])
                return 0
            return standing.add_configuration(tx, content, line, chain, after)

        return await self._unit(decide, chain)

    async def told_of_proposed(
        self, identifier: str, at: datetime | None, effect_at: datetime | None
    ) -> None:
        """Its time runs, or it does not."""
        row = (stamp_or_none(at), stamp_or_none(effect_at), identifier)
        await self._write(lambda tx: _told(tx, row))


def _add(tx: Tx, row: ProposedConfiguration, line: JournalLine, chain: str) -> None:
    text = orjson.dumps(row.content, option=orjson.OPT_SORT_KEYS)
    values = (row.id, row.base, text, row.by, stamp(row.at), row.why, row.again)
    tx.db.execute(_ADD, values)
    if not tx.db.changes():
        raise ChangedMeanwhile
    append(tx.db, chain, [line])


def _told(tx: Tx, row: tuple[int | None, int | None, str]) -> None:
    tx.db.execute(_TOLD, row)


def _one(db: Database, identifier: str | None) -> ProposedConfiguration | None:
    condition = "state = 'open'" if identifier is None else "id = ?"
    row = db.execute(
        f"SELECT {_COLUMNS} FROM proposed_configuration WHERE {condition}",  # noqa: S608
        () if identifier is None else (identifier,),
    ).fetchone()
    return None if row is None else _of(row)


def _of(row: Row) -> ProposedConfiguration:
    identifier, base, content, by, at, why, again, state, decider, *moments = row
    decided_at, told_at, effect_at = map(moment_or_none, moments)
    return ProposedConfiguration(
        id=identifier,
        base=int(base),
        content=from_json(content),
        by=PrincipalId(by),
        at=moment(at),
        why=why,
        again=again,
        state=ProposedState(state),
        decided_by=decider,
        decided_at=decided_at,
        told_at=told_at,
        effect_at=effect_at,
    )
