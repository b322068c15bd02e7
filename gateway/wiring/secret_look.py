"""Takes up changed secrets while the gateway runs, and keeps on which day each was used."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.watch.rewrapping import used_mark

if TYPE_CHECKING:
    from gateway.sealing.tools import Tools
    from gateway.wiring.adapters import WiredAdapters


async def look(tools: Tools, adapters: WiredAdapters, node: str) -> None:
    """What changed is in force now: inward at once, outward with the next message."""
    secrets = adapters.secrets
    try:
        changed = await asyncio.to_thread(secrets.renew)
    except (OSError, ValueError) as error:
        tools.probe.trouble("wiring.secrets", error)
        changed = {}
    now = tools.clock.now()
    if changed:
        adapters.forget_keys()
        lines = [
            JournalLine("secret", now, "gateway", {"name": name, "what": what})
            for name, what in sorted(changed.items())
        ]
        await tools.store.note(f"secrets:{node}:{now:%Y-%m-%d}", lines)
        tools.probe.action(action="secret", count=len(lines))
    used = secrets.taken()
    if used:
        known = json.loads(await tools.store.mark(used_mark(node)) or "{}")
        today = legal_day(now).isoformat()
        if any(known.get(name) != today for name in used):
            known |= dict.fromkeys(used, today)
            await tools.store.set_mark(used_mark(node), json.dumps(known))
