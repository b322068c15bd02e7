"""Whether a report was told before; repeats change nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.domain.report import Standing
from gateway.domain.transfer import TO_ONE_STOP

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.domain.identifiers import AgencyId, OfficeId, ReportId
    from gateway.domain.report import AgencyReport
    from gateway.ports.store import Change, ReportRow
    from gateway.sealing.tools import Tools

_FITTED_NOTHING = frozenset({Standing.UNMATCHED, Standing.SETTLED})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report on arrival: the row that it would have, and what is known of it.

    ``repeats`` is the row of the arrival that it repeats; ``unfit`` the one of an
    arrival that fitted nothing, for which this one stands now that it may fit.
    """

    row: ReportRow
    repeats: ReportRow | None = None
    unfit: ReportRow | None = None
    beside: Callable[[Change], Change] | None = None
    #: what else belongs to the unit that takes it in for its dossier

    @property
    def settles(self) -> tuple[ReportId, ...]:
        """The earlier arrival, while it waits for a person."""
        waits = self.unfit is not None and self.unfit.standing is Standing.UNMATCHED
        return (self.unfit.id,) if self.unfit and waits else ()


async def known_before(tools: Tools, report: AgencyReport, first: ReportRow) -> Arrival:
    """What a report is on arrival, ``first`` being its row if nobody told it before.

    One that fitted nothing before may fit now, and then has a row of its own.
    """
    unfit = None
    known = await tools.store.report_known(
        first.agency, first.office, report.fingerprint
    )
    while known is not None:
        if known.standing in _FITTED_NOTHING:
            unfit = known
        elif await _asks_anew(tools, report, known):
            unfit = None
        else:
            return Arrival(first, known, unfit)
        first = replace(first, fingerprint=_next(report.fingerprint, known))
        known = await tools.store.report_known(
            first.agency, first.office, first.fingerprint
        )
    return Arrival(first, None, unfit)


async def was_taken_in(
    tools: Tools, agency: AgencyId, office: OfficeId, fingerprint: str
) -> bool:
    """Whether a report came before and did not fit nothing."""
    known = await tools.store.report_known(agency, office, fingerprint)
    while known is not None and known.standing in _FITTED_NOTHING:
        known = await tools.store.report_known(
            agency, office, _next(fingerprint, known)
        )
    return known is not None


def _next(fingerprint: str, known: ReportRow) -> str:
    """Where the arrival after a known one has its place."""
    return f"{fingerprint}#{known.id}"


async def _asks_anew(tools: Tools, report: AgencyReport, known: ReportRow) -> bool:
    """Whether the same words mean another event.

    A report without a time of its own is told apart from its repeat by one thing
    only: what its office was sent in answer to the first.
    """
    if report.event_at is not None or known.dossier_id is None:
        return False
    return known.standing is Standing.APPLIED and any(
        t.agency == known.agency
        and t.conversation not in TO_ONE_STOP
        and t.finished_at is not None
        and t.finished_at > known.arrived_at
        for t in await tools.store.transfers(known.dossier_id)
    )
