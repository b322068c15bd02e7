"""What monitoring reads of a process, made from what the process has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.api.machines import Machines
from gateway.telemetry.metrics import CONTENT_TYPE
from gateway.wiring.gauging import Gauging, Watched
from gateway.wiring.loops import places
from gateway.wiring.ready import Ready
from gateway.wiring.vitals import Vitals

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.delivery.lanes import Lanes
    from gateway.sealing.tools import Tools
    from gateway.settings import Settings
    from gateway.watch.readiness import Readiness
    from gateway.wiring.loops import Loops
    from gateway.wiring.ports import Opened


def monitored(
    settings: Settings,
    tools: Tools,
    opened: Opened,
    lanes: Lanes,
    loops: Loops,
    readiness: Readiness,
    *,
    is_lost: Callable[[], bool],
    has_ended: Callable[[], bool],
) -> tuple[Machines, Ready, Vitals]:
    """What is read, what tells whether the process takes new dossiers, and all in words."""
    folders = places(settings)
    ready = Ready(
        readiness,
        opened.kept,
        schema=int(opened.facts["schema"]),
        folders=folders.values(),
        is_lost=is_lost,
        has_ended=has_ended,
    )
    watched = Watched(
        tools=tools,
        opened=opened,
        lanes=lanes,
        engine=loops.engine,
        restored=loops.restored,
        scanner=loops.alerting.scanner,
        run_dir=settings.run_dir,
        folders=folders,
        started=datetime.now(UTC),
    )
    gauging = Gauging(watched)
    machines = Machines(ready.why_not, gauging.text, CONTENT_TYPE)
    told = Vitals(tools, settings, opened, loops, ready, readiness, gauging)
    return machines, ready, told
