"""Takes dossiers over to their unit's new key, a few at a time, while they are in use.

Each node says which keys it has; nothing is wrapped by one that a living node lacks.
A pass that finds nothing to do, begun after every node has forgotten the older key, is
the last one: then the older key may be destroyed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import StoreError
from gateway.ports.nodes import SWEEP
from gateway.ports.wrapped_keys import Rewrapped

if TYPE_CHECKING:
    from gateway.ports.nodes import Duties, Nodes
    from gateway.ports.store import Store
    from gateway.ports.wrapped_keys import WrappedKeys
    from gateway.sealing.tools import Tools

#: Real seconds between two looks, and between two pages.
LOOK_EVERY_S = 5.0
PAUSE_S = 0.05
PAGE = 200
#: Real seconds after which no node wraps by an older key any more: twice as long as an
#: open key is remembered.
FORGOTTEN_S = 120.0
MARK = "keys_turned"


@dataclass(frozen=True, slots=True)
class Turned:
    """How far a unit is; ``lost``: keys that none of the unit's keys opens."""

    key: str
    done: bool
    count: int
    lost: int = 0

    @property
    def told(self) -> dict[str, Any]:
        """As it is kept and shown."""
        return asdict(self)


class Rewrapper:
    """One node does it; all of them say what they have."""

    def __init__(
        self,
        tools: Tools,
        kept: WrappedKeys,
        nodes: Nodes,
        duties: Duties,
        *,
        node: str,
        forgotten_s: float = FORGOTTEN_S,
    ) -> None:
        """``node``: under which name this one says what it has."""
        self._tools = tools
        self._kept = kept
        self._nodes = nodes
        self._duties = duties
        self._node = node
        self._forgotten_s = forgotten_s
        self._said: list[str] | None = None
        self._since: dict[tuple[str, str], float] = {}
        #: from when on this process saw that a unit turns to a key

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            try:
                await self.turn()
            except (StoreError, OSError, ValueError) as error:
                self._tools.probe.trouble("watch.rewrapping", error)
            await self._tools.clock.rest(LOOK_EVERY_S)

    async def turn(self) -> None:
        """Say what is here, and take dossiers over where that is this node's to do."""
        ids = self._tools.vault.key_ids()
        if ids != self._said:
            await self._tools.store.set_mark(keys_mark(self._node), json.dumps(ids))
            self._said = ids
        if not self._duties.holds(SWEEP):
            return
        for unit, key in self._tools.vault.turning().items():
            known = (await turned(self._tools.store)).get(unit)
            if known is not None and known.key == key and known.done:
                continue
            if await self._everywhere(key):
                await self._unit(unit, key, known)

    async def _everywhere(self, key: str) -> bool:
        """Whether every living node has the key."""
        for node in await self._nodes.nodes():
            said = json.loads(
                await self._tools.store.mark(keys_mark(node.name)) or "[]"
            )
            if node.is_alive and key not in said:
                return False
        return True

    async def _unit(self, unit: str, key: str, known: Turned | None) -> None:
        mono = self._tools.clock.mono()
        since = self._since.setdefault((unit, key), mono)
        count = known.count if known is not None and known.key == key else 0
        after, found, lost = "", 0, 0
        while page := await self._kept.wrapped_keys(unit, after=after, limit=PAGE):
            if not self._duties.holds(SWEEP):
                return
            changed = []
            for identifier, was in page:
                try:
                    now = self._tools.vault.rewrapped(identifier, unit, was)
                except ValueError:
                    lost += 1
                    continue
                if now is not None:
                    changed.append(Rewrapped(identifier, was, now))
            found += len(changed)
            count += await self._kept.rewrap(changed)
            after = page[-1][0]
            await self._tools.clock.rest(PAUSE_S)
        last = not found and mono - since >= self._forgotten_s
        told = Turned(key, last, count, lost)
        if told != known:
            all_ = {**await turned(self._tools.store), unit: told}
            kept = {one: found.told for one, found in all_.items()}
            await self._tools.store.set_mark(MARK, json.dumps(kept))
        if last:
            self._tools.probe.action(action="key_rotated", count=count)


def keys_mark(node: str) -> str:
    """The mark under which a node says which keys it has."""
    return f"keys:{node}"


async def turned(store: Store) -> dict[str, Turned]:
    """How far units are with their last change of keys; who never had one is not there."""
    text = await store.mark(MARK)
    return {unit: Turned(**kept) for unit, kept in json.loads(text or "{}").items()}
