"""What monitoring reads of a process, made from what the process has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.api.machines import Machines
from gateway.telemetry.metrics import CONTENT_TYPE
from gateway.wiring.gauging import Gauging, Watched
from gateway.wiring.ready import Ready

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
) -> tuple[Machines, Ready]:
    """What is read, and what tells whether the process takes new dossiers."""
    folders = {"run": settings.run_dir}
    if settings.attachments.folder is not None:
        folders["files"] = settings.attachments.folder
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
        run_dir=settings.run_dir,
        folders=folders,
        started=datetime.now(UTC),
    )
    return Machines(ready.why_not, Gauging(watched).text, CONTENT_TYPE), ready
