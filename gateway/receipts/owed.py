"""What a dossier owes: opened, moved by a report, and sealed beside its case."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.domain.identifiers import PayloadId
from gateway.domain.obligation import (
    Effect,
    Ledger,
    Notice,
    kept_ledger,
    read_ledger,
)
from gateway.domain.procedure import Event
from gateway.domain.report import ReportKind
from gateway.routing import money
from gateway.sealing.folder import CONTENT

if TYPE_CHECKING:
    from gateway.domain.case import Case
    from gateway.domain.identifiers import OfficeId
    from gateway.domain.report import AgencyReport
    from gateway.ports.vault import SealedPayload
    from gateway.routing.messages import Enclosure
    from gateway.routing.progress import Step
    from gateway.sealing.folder import Folder

#: Kind of the payload, and the case's fact that names the newest one.
OBLIGATION = "obligation"
#: What an agency that waits for the money is told of its end, as plain facts.
_ENDS = {Effect.NOTHING_DUE: "exempted", Effect.DEFERRED: "deferred"}
_MAY_OWE = frozenset(
    {
        ReportKind.SLIP,
        ReportKind.NOTICES,
        ReportKind.VOUCHER,
        ReportKind.PAID,
        ReportKind.EXEMPTED,
        ReportKind.DEFERRED,
    }
)


@dataclass(frozen=True, slots=True)
class Owed:
    """The ledger before and after a report; ``effect`` None: it is not about money.

    ``mistakes``: places of its notices whose amounts are not taken.
    """

    before: Ledger
    after: Ledger
    effect: Effect | None
    mistakes: frozenset[int] = frozenset()

    @classmethod
    async def told(cls, folder: Folder, report: AgencyReport, road: OfficeId) -> Owed:
        """Move the dossier's ledger by a report that came by a road.

        Raises:
            ReportRefused: an amount is no number of đồng.
        """
        if report.kind not in _MAY_OWE:
            return cls(Ledger(), Ledger(), None)
        before = await opened(folder)
        after, effect = money.told(before, report, road)
        return cls(before, after, effect, money.mistakes(before, report, road))

    @property
    def fills(self) -> bool:
        """Whether nothing changed for anybody, but something missing is known now."""
        return self.effect is Effect.NOTHING_NEW

    def enclosed(
        self,
        folder: Folder,
        step: Step,
        enclosure: Enclosure,
        sealed: tuple[SealedPayload, ...],
    ) -> tuple[Enclosure, tuple[SealedPayload, ...]]:
        """What the office that waits for the money is told, and what is sealed for it.

        How it ended; or, after that, which notices are open again.
        """
        if any(trigger.event is Event.OWED_AGAIN for trigger in step.happened):
            rows = [_row(notice) for notice in self.after.open]
            again = folder.seal_json(CONTENT, {"notices": rows})
            return replace(enclosure, payload=again.id), (again,)
        end = _ENDS.get(self.effect) if self.effect else None
        if end is None:
            return enclosure, ()
        content = sealed[0].id if sealed else None
        facts = {**enclosure.facts, end: True}
        return replace(enclosure, facts=facts, payload=content), ()

    def kept(
        self, folder: Folder, step: Step
    ) -> tuple[Step, tuple[SealedPayload, ...]]:
        """The step with the ledger that it leads to, sealed anew if it changed."""
        after = self.after
        for trigger in step.happened:
            after = money.after_slip(after, trigger.event)
        if after == self.before:
            return step, ()
        sealed = folder.seal_json(OBLIGATION, kept_ledger(after))
        facts = {**step.case.facts, OBLIGATION: sealed.id}
        return replace(step, case=replace(step.case, facts=facts)), (sealed,)


def _row(notice: Notice) -> dict[str, str]:
    """A notice as reports tell it."""
    return {
        "number": notice.number,
        "kind": notice.item,
        "amount": "" if notice.amount is None else str(notice.amount),
        "due_on": notice.due_on,
    }


def ledger_of(case: Case) -> str | None:
    """The payload that a case's ledger is sealed in."""
    found: str | None = case.facts.get(OBLIGATION)
    return found


async def opened(folder: Folder) -> Ledger:
    """The dossier's ledger; empty when nothing was told or it was deleted."""
    name = ledger_of(folder.row.case)
    kept = await folder.payload(PayloadId(name)) if name else None
    return read_ledger(json.loads(kept[1])) if kept else Ledger()
