"""A dossier that no office was competent for is routed by the rules that run now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import ActionNotPossible
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.intake.acts import must_be_open
from gateway.intake.amend import Approved, revise
from gateway.intake.choose import as_sent
from gateway.routing.route import plan
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.routing.route import Route
    from gateway.sealing.tools import Tools

#: What the line of the journal says was done.
REROUTE = "reroute"


def routed_now(
    tools: Tools, row: DossierRow, document: Mapping[str, Any], commune: str = ""
) -> Route:
    """Where a dossier would go by the rules that run now; ``commune``: if it were that."""
    catalogue = tools.versions.current
    day = legal_day(tools.clock.now())
    if commune:
        area = {**(document.get("area") or {}), "commune": commune}
        document = {**document, "area": {**area, "as_of": day.isoformat()}}
    return plan(catalogue, tools.versions.procedure_of(row.case), document, day)


async def reroute(
    tools: Tools, principal: Principal, row: DossierRow, reason: str
) -> DossierRow:
    """Route it; the same content becomes its next revision, with its reason kept.

    Raises:
        ActionNotPossible: it has an office already, or still none by the rules now.
    """
    case = row.case
    must_be_open(case)
    if not case.unrouted:
        raise ActionNotPossible(
            code="routed_already", remedy="Hồ sơ đã có cơ quan giải quyết rồi."
        )
    folder = Folder.of(tools, row)
    document = await folder.document(case.revision)
    if routed_now(tools, row, document).unrouted:
        raise ActionNotPossible(
            code="still_unrouted",
            remedy="Theo cấu hình đang chạy vẫn chưa có cơ quan nào: bổ sung quy tắc thẩm"
            " quyền hoặc sửa mã xã trước.",
        )
    sealed = folder.seal_json("reason", {"reason": reason})
    facts = {"action": REROUTE}
    line = JournalLine(
        "action", tools.clock.now(), principal.id, facts, sealed.id, sealed.digest
    )
    await revise(
        tools,
        # It is done in the name of the one-stop whose dossier it is.
        replace(principal, system=case.sender),
        case.dossier_id,
        {**as_sent(document), "revision": case.revision + 1},
        key=f"{REROUTE}|{case.dossier_id}|{case.revision}",
        parts={},
        approved=Approved(None, line, sealed),
    )
    tools.probe.action(action=REROUTE, actor=principal.id, dossier_id=case.dossier_id)
    return row
