"""Who looked at what, kept once in an hour: a line that nobody has to remember."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.domain.audit import LOOKED, READ
from gateway.domain.journal import JournalLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from gateway.domain.identifiers import DossierId
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

Key = tuple[str, str, str]


@dataclass(slots=True)
class Reads:
    """What this node has kept in the present hour.

    Nodes and restarts know nothing of each other here: a line may stand twice, never
    not at all.
    """

    _hour: str = ""
    _kept: set[Key] = field(default_factory=set)

    def new(self, keys: Iterable[Key], now: datetime) -> list[Key]:
        """Those of which this hour has no line yet."""
        hour = f"{now:%Y-%m-%dT%H}"
        if hour != self._hour:
            self._hour, self._kept = hour, set()
        return [key for key in dict.fromkeys(keys) if key not in self._kept]

    def keep(self, keys: Iterable[Key], now: datetime) -> None:
        """They have one: it is durable."""
        if f"{now:%Y-%m-%dT%H}" == self._hour:
            self._kept.update(keys)


async def note_reads(
    tools: Tools,
    principal: Principal,
    dossiers: Iterable[DossierId],
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Keep who looked at dossiers; before anything of them is shown.

    Once per person, dossier and hour. ``facts``: what of them was taken away, such as
    a paper or a file; that is kept each time.
    """
    now, more = tools.clock.now(), dict(facts or {})
    keys: list[Key] = [(principal.id, one, "") for one in dict.fromkeys(dossiers)]
    if not more:
        keys = tools.reads.new(keys, now)
    lines = [
        JournalLine(READ, now, who, {"dossier": one, **more}) for who, one, _ in keys
    ]
    if lines:
        await tools.store.note(f"reads:{now:%Y-%m-%d}", lines)
    if not more:
        tools.reads.keep(keys, now)


async def note_look(
    tools: Tools, principal: Principal, facts: Mapping[str, Any]
) -> None:
    """Keep who looked into the journal for what; once per person, question and hour."""
    now = tools.clock.now()
    keys = tools.reads.new([(principal.id, "", repr(sorted(facts.items())))], now)
    if keys:
        line = JournalLine(LOOKED, now, principal.id, dict(facts))
        await tools.store.note(f"reads:{now:%Y-%m-%d}", [line])
        tools.reads.keep(keys, now)
