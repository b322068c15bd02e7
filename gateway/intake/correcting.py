"""Staff correct a dossier's document: one asks, another approves, then it is sent anew.

The same rules hold as for a correction of the counter: what an agency has, or may be
taking just now, is not corrected behind its back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gateway.domain.correction import (
    LINE,
    Correction,
    CorrectionKind,
    changed,
    corrected,
)
from gateway.domain.errors import ActionNotPossible, DossierUnknown, SenderError
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import of_json
from gateway.domain.letters import read
from gateway.intake.acts import must_be_open
from gateway.intake.amend import replaced_by, revise
from gateway.intake.approving import (
    NOBODY,
    decidable,
    decision,
    must_approve,
    others_may_approve,
)
from gateway.intake.check import procedure_for
from gateway.ports.store import Change
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.principal import Principal
    from gateway.intake.amend import Approved
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

KIND = "correction"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a correction changes, and why: opened for who may see it."""

    row: Correction
    changes: Mapping[str, tuple[str, str]]
    reason: str


async def ask(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    typed: Mapping[str, str],
    reason: str,
) -> Correction:
    """Keep what shall change, for a second person; ``typed``: texts by pointer.

    Raises:
        SenderError: nothing differs, or the document would not be valid.
        ActionNotPossible: the dossier has ended, an agency has it or may be taking it.
        ChangedMeanwhile: another correction of the dossier waits already.
    """
    case, now = row.case, tools.clock.now()
    must_be_open(case)
    await replaced_by(tools, case)
    folder = Folder.of(tools, row)
    document = await folder.document(case.revision)
    changes = changed(document, typed)
    if not changes:
        raise SenderError(
            code="nothing_changed", remedy="Chưa có ô nào khác với bản đang lưu."
        )
    made = read(corrected(document, changes)).document
    procedure_for(tools.versions.current, tools.schemas, made, now=now)
    sealed = folder.seal_json(KIND, {"changes": changes, "reason": reason})
    kept = Correction(
        id=tools.chance.identifier("k"),
        dossier_id=case.dossier_id,
        revision=case.revision,
        by=principal.id,
        at=now,
        payload=sealed.id,
    )
    line = JournalLine(
        kind=LINE,
        at=now,
        actor=principal.id,
        facts={"correction": kept.id, "what": "asked", "fields": sorted(changes)},
        payload=sealed.id,
        payload_digest=sealed.digest,
    )
    alone = not await others_may_approve(tools, row, principal.id)
    await tools.corrections.add_correction(kept, sealed, line, stands_in=alone)
    tools.probe.action(action="correction_asked", actor=principal.id)
    return kept


async def opened(tools: Tools, row: DossierRow, kept: Correction) -> Wanted:
    """What one says; empty where its payload was deleted."""
    found = await Folder.of(tools, row).payload(kept.payload)
    content: dict[str, Any] = of_json(found[1]) if found else {}
    changes = {
        path: (was, now) for path, (was, now) in content.get("changes", {}).items()
    }
    return Wanted(kept, changes, str(content.get("reason", "")))


async def decide(
    tools: Tools, principal: Principal, identifier: str, *, approve: bool, reason: str
) -> DossierRow:
    """Approve it, so that the dossier has its next revision at once; or reject it.

    Raises:
        DossierUnknown: there is none within the caller's scope.
        ActionNotPossible: it is decided, a newer revision came, the dossier has gone
            on, or whoever asked for it wants to approve it.
    """
    kept, row = await _decidable(tools, principal, identifier)
    if approve:
        await must_approve(tools, principal, kept)
    await _decided(tools, principal, row, kept, approve=approve, reason=reason)
    return row


async def take_effect(tools: Tools, identifier: str, reason: str) -> None:
    """Approve one whose notice has run out, in nobody's name; its line says so.

    Raises:
        DossierUnknown, ActionNotPossible: as of any other.
    """
    kept, row = await _decidable(tools, NOBODY, identifier)
    await _decided(tools, NOBODY, row, kept, approve=True, reason=reason)


async def _decidable(
    tools: Tools, principal: Principal, identifier: str
) -> tuple[Correction, DossierRow]:
    kept, row = await decidable(tools, principal, identifier)
    if kept.kind is not CorrectionKind.DOCUMENT:
        raise DossierUnknown
    return kept, row


async def _decided(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    kept: Correction,
    *,
    approve: bool,
    reason: str,
) -> None:
    said = decision(
        *(tools, row, kept, principal.id), approve=approve, reason=reason, kind=LINE
    )
    if approve:
        if row.case.revision != kept.revision:
            raise ActionNotPossible(
                code="correction_overtaken",
                remedy="Một cửa đã gửi bản mới hơn: bỏ đề nghị này, xem bản mới rồi đề"
                " nghị lại nếu còn cần.",
            )
        await _revise(tools, principal, row, kept, said)
    else:
        now, dossier = tools.clock.now(), kept.dossier_id
        await tools.store.apply(said.in_unit_of(Change(now=now, dossier_id=dossier)))
    state = said.line.facts["what"]
    tools.probe.action(action=f"correction_{state}", actor=principal.id)


async def _revise(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    kept: Correction,
    approved: Approved,
) -> None:
    document = await Folder.of(tools, row).document(kept.revision)
    wanted = await opened(tools, row, kept)
    made = {**corrected(document, wanted.changes), "revision": kept.revision + 1}
    await revise(
        tools,
        # It is done in the name of the one-stop whose dossier it is.
        replace(principal, system=row.case.sender),
        row.case.dossier_id,
        made,
        key=f"{KIND}|{kept.id}",
        parts={},
        approved=approved,
    )
