"""Measures a stored dossier: its journal, the rules of its day, the calendar that holds."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

from gateway.calendar.working_time import working_time
from gateway.domain.json_text import canonical_json
from gateway.sealing.advance import CALENDAR
from gateway.timing.measuring import Calendars, measured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.journal import JournalLine
    from gateway.domain.measure import Measured
    from gateway.domain.transfer import Transfer
    from gateway.ports.store import DossierRow
    from gateway.routing.catalogue import Catalogue
    from gateway.sealing.tools import Tools


async def measured_of(tools: Tools, row: DossierRow) -> Measured:
    """What is measured of a dossier now.

    Raises:
        ConfigurationNewer: another node has just applied its configuration.
    """
    identifier = row.case.dossier_id
    lines = [one.line for one in await tools.store.journal(identifier)]
    transfers = await tools.store.transfers(identifier)
    return measure(tools, row, lines, transfers)


def measure(
    tools: Tools,
    row: DossierRow,
    lines: Sequence[JournalLine],
    transfers: Sequence[Transfer],
) -> Measured:
    """The same of what was read already."""
    case = row.case
    return measured(
        case,
        tools.versions.procedure_of(case),
        lines,
        transfers,
        tools.versions.numbered(case.configuration).clocks,
        calendars_of(tools, lines),
        tools.clock.now(),
    )


def calendars_of(tools: Tools, lines: Sequence[JournalLine]) -> Calendars:
    """The calendar that held when a dossier ended, else the present one."""
    ended = (line.facts.get(CALENDAR) for line in lines if line.kind == "ended")
    version = next((int(one) for one in ended if one), None)
    versions = tools.versions
    catalogue = versions.current if version is None else versions.numbered(version)
    return calendars(catalogue)


def calendars(catalogue: Catalogue) -> Calendars:
    """The working times of a configuration version."""
    return Calendars(catalogue.version, partial(working_time, catalogue.calendar))


def calendar_mark(catalogue: Catalogue) -> str:
    """What tells one calendar from another."""
    text = canonical_json(dict(catalogue.calendar))
    return hashlib.sha256(text).hexdigest()
