"""The head of operations says which moment of a back-dated report counts.

What arrived late may have been done in time; what counts is decided by a person who
answers for it, never by the one who recorded it. The journal keeps both moments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.errors import ActionNotPossible
from gateway.domain.journal import JournalLine
from gateway.ports.store import Change
from gateway.sealing.folder import Folder
from gateway.sealing.measuring import calendars_of
from gateway.timing.history import COUNTED, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools


async def decide(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    report: str,
    *,
    counts: bool,
    reason: str,
) -> None:
    """Let a back-dated report count by its own moment, or by that of its arrival.

    A later word replaces an earlier one. Nothing that was told to anybody changes.

    Raises:
        ActionNotPossible: the report is not dated back further than counts by itself,
            or the one who decides recorded it.
        ChangedMeanwhile: something else happened to the dossier.
    """
    case = row.case
    lines = [one.line for one in await tools.store.journal(case.dossier_id)]
    history = read(case, lines, calendars_of(tools, lines).of(""))
    if report not in {one.report for one in history.backdated}:
        raise ActionNotPossible(
            code="not_backdated",
            remedy="Phản hồi này không khai lùi ngày: thời điểm cơ quan ghi đã được tính,"
            " hoặc không phải của hồ sơ này.",
        )
    if principal.id in _recorded_by(lines, report):
        raise ActionNotPossible(
            code="second_person_needed",
            remedy="Người ghi phản hồi không tự xác nhận ngày của mình: đề nghị lãnh đạo"
            " khác xác nhận.",
        )
    facts = {"report": report, "counts": counts}
    await tools.store.apply(_change(tools, principal, row, facts, reason))
    tools.probe.action(action="counted", actor=principal.id, office=case.sender)


def _change(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    facts: dict[str, Any],
    reason: str,
) -> Change:
    """The change that keeps a decision, its reason sealed: people may be named in it."""
    now = tools.clock.now()
    sealed = Folder.of(tools, row).seal_json("reason", {"reason": reason})
    line = JournalLine(
        COUNTED,
        now,
        principal.id,
        facts,
        payload=sealed.id,
        payload_digest=sealed.digest,
    )
    return Change(
        now=now,
        dossier_id=row.case.dossier_id,
        expects=row.case.version,
        payloads=(sealed,),
        journal=(line,),
    )


def _recorded_by(lines: Sequence[JournalLine], report: str) -> set[str]:
    """Who brought a report by hand; nobody where a system told it."""
    return {
        str(line.facts["handed_in_by"])
        for line in lines
        if line.facts.get("report") == report and "handed_in_by" in line.facts
    }
