"""Who looks at the lines of offices, made from what the process has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.delivery.checking import Checks

if TYPE_CHECKING:
    from gateway.delivery.lanes import Lanes
    from gateway.sealing.tools import Tools
    from gateway.wiring.adapters import WiredAdapters
    from gateway.wiring.ports import Opened


def checks_of(
    tools: Tools, lanes: Lanes, adapters: WiredAdapters, opened: Opened
) -> Checks:
    """Counted, kept and taken in turn by what all nodes share."""
    kept = opened.kept
    return Checks(tools, lanes, adapters, kept, permits=kept, turns=kept)
