"""What operators call: what stands still, transfers, reports, find, routes, lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.api import (
    accounts,
    bulk,
    calendar,
    chases,
    closings,
    configuration,
    contacts,
    contests,
    corrections,
    due,
    explaining,
    fallback,
    finding,
    journal,
    lists,
    maintenance,
    notes,
    officers,
    packages,
    person,
    proposal_rules,
    quarantine,
    recordings,
    rehearsal,
    reports,
    retention,
    saved_views,
    scanner,
    stuck,
    timing,
    transfers,
    work,
    work_acts,
)
from gateway.api import lanes as lane_calls
from gateway.api.routes import Routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.delivery.lanes import Lanes
    from gateway.ports.clock import Bell
    from gateway.receipts.collector import Collector
    from gateway.sealing.tools import Tools


def router(
    tools: Tools,
    lanes: Lanes,
    applied: Callable[[], None],
    collector: Collector,
    bulk_bell: Bell,
) -> Routes:
    """Routes under /v1 for operators; ``applied`` is called after a new configuration.

    ``bulk_bell`` wakes the loop of bulk jobs.
    """
    routes = Routes(prefix="/v1", tags=["operations"])
    transfers.register(tools, lanes, routes)
    bulk.register(tools, bulk_bell, routes)
    lists.register(tools, routes)
    journal.register(tools, routes)
    reports.register(tools, routes)
    finding.register(tools, routes)
    explaining.register(tools, routes)
    timing.register(tools, routes)
    fallback.register(tools, lanes, routes)
    lane_calls.register(tools, lanes, routes)
    maintenance.register(tools, lanes, routes)
    contacts.register(tools, routes)
    officers.register(tools, routes)
    accounts.register(tools, routes)
    chases.register(tools, routes)
    closings.register(tools, routes)
    contests.register(tools, routes)
    corrections.register(tools, routes)
    stuck.register(tools, lanes, routes)
    notes.register(tools, lanes, routes)
    saved_views.register(tools, routes)
    retention.register(tools, routes)
    quarantine.register(tools, routes)
    scanner.register(tools, routes)
    person.register(tools, routes)
    due.register(tools, routes)
    work.register(tools, lanes, routes)
    work_acts.register(tools, routes)
    calendar.register(tools, routes, applied)
    configuration.register(tools, routes, applied)
    packages.register(tools, collector, routes)
    proposal_rules.register(tools, routes)
    recordings.register(tools, routes)
    rehearsal.register(tools, routes)
    return routes
