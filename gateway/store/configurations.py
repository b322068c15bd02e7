"""Versions of the configuration with the lines of the journal that belong to them."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.ports.configurations import ConfigurationRow, Configurations
from gateway.store.rows import LINE, line_of, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.domain.journal import JournalLine
    from gateway.store.database import Database

T = TypeVar("T")
_VERSIONS = (
    "SELECT version, at FROM configuration WHERE version < ?"
    " ORDER BY version DESC LIMIT ?"
)
#: The words of the index journal_configuration, without which it is not used.
_LINES = (
    f"SELECT {LINE} FROM journal"  # noqa: S608  a constant
    " WHERE kind IN ('calendar', 'configuration') AND at = ? ORDER BY id"
)
_ALL = 2**31 - 1


class ConfigurationRows(Configurations):
    """The port over whatever reads in a thread."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    async def configurations(
        self, *, before: int | None, limit: int
    ) -> Sequence[ConfigurationRow]:
        """Versions, the newest first."""
        return await self._list(versions, before, limit)


def versions(db: Database, before: int | None, limit: int) -> list[ConfigurationRow]:
    """Versions smaller than one, the newest first."""
    before = _ALL if before is None else max(0, min(before, _ALL))
    rows = db.execute(_VERSIONS, (before, limit)).fetchall()
    lines = {
        at: [line_of(row) for row in db.execute(_LINES, (at,)).fetchall()]
        for at in {at for _, at in rows}
    }
    return [_row(int(version), at, lines[at]) for version, at in rows]


def _row(version: int, at: int, lines: Sequence[JournalLine]) -> ConfigurationRow:
    """A version and its own line; one from before lines named it has the moment's only."""
    own = [one for one in lines if one.facts.get("version") == version]
    unnamed = [one for one in lines if "version" not in one.facts]
    line = own[0] if own else unnamed[0] if len(unnamed) == 1 else None
    if line is None:
        return ConfigurationRow(version, moment(at))
    return ConfigurationRow(version, moment(at), line.kind, line.actor, line.facts)
