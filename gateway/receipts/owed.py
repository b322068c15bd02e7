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
from gateway.routing.progress import subject_leg
from gateway.sealing.folder import CONTENT

if TYPE_CHECKING:
    from gateway.domain.case import Case
    from gateway.domain.identifiers import AgencyId
    from gateway.domain.report import AgencyReport
    from gateway.ports.store import ReportRow
    from gateway.ports.vault import SealedPayload
    from gateway.routing.messages import Enclosure
    from gateway.routing.progress import Step
    from gateway.sealing.folder import Folder
    from gateway.sealing.tools import Tools

#: Kind of the payload, and begin of the case's fact that names a leg's newest one.
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
    fact: str = OBLIGATION

    @classmethod
    async def told(
        cls, tools: Tools, folder: Folder, report: AgencyReport, first: ReportRow
    ) -> Owed:
        """Move the ledger that a report is about; ``first``: who tells it, by what road.

        Raises:
            ReportRefused: an amount is no number of đồng.
        """
        if report.kind not in _MAY_OWE:
            return cls(Ledger(), Ledger(), None)
        fact = _fact(tools, folder.row.case, report, first.agency)
        before = await _ledger(folder, fact)
        after, effect = money.told(before, report, first.office)
        wrong = money.mistakes(before, report, first.office)
        return cls(before, after, effect, wrong, fact)

    @property
    def is_of_tax(self) -> bool:
        """Whether it is about the leg that ends once it is paid."""
        return self.fact == OBLIGATION

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
        facts = {**step.case.facts, self.fact: sealed.id}
        return replace(step, case=replace(step.case, facts=facts)), (sealed,)


def _row(notice: Notice) -> dict[str, str]:
    """A notice as reports tell it."""
    return {
        "number": notice.number,
        "kind": notice.item,
        "amount": "" if notice.amount is None else str(notice.amount),
        "due_on": notice.due_on,
    }


def _fact(tools: Tools, case: Case, report: AgencyReport, agency: AgencyId) -> str:
    """The fact that names the ledger of the leg that a report is about.

    What another agency collects beside the leg that ends on *paid* is apart: its
    *paid* settles nothing of that.
    """
    procedure = tools.versions.procedure_of(case)
    leg = subject_leg(case, procedure, report, agency)
    if report.kind is ReportKind.SLIP:
        return OBLIGATION  # what it replaces is what tax asked for by the former
    if leg is None or Event.PAID in procedure.leg(leg.name).ends_on:
        return OBLIGATION
    others = any(Event.PAID in one.ends_on for one in procedure.legs)
    return f"{OBLIGATION}:{leg.name}" if others else OBLIGATION


def ledgers_of(case: Case) -> dict[str, str]:
    """The payloads that a case's ledgers are sealed in, by their facts."""
    return {
        fact: str(name)
        for fact, name in case.facts.items()
        if fact.partition(":")[0] == OBLIGATION
    }


async def opened(folder: Folder) -> Ledger:
    """All that the dossier owes; empty when nothing was told or it was deleted."""
    found = [await _ledger(folder, fact) for fact in ledgers_of(folder.row.case)]
    return Ledger(
        tuple(notice for ledger in found for notice in ledger.notices),
        tuple(voucher for ledger in found for voucher in ledger.vouchers),
    )


async def _ledger(folder: Folder, fact: str) -> Ledger:
    name = folder.row.case.facts.get(fact)
    kept = await folder.payload(PayloadId(name)) if name else None
    return read_ledger(json.loads(kept[1])) if kept else Ledger()
