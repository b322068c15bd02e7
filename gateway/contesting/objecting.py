"""An office objects that a lateness is counted to it: kept once, its reason sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.contesting.matters import KIND, matter
from gateway.contesting.telling import objection_open, paper_of
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    KeyTaken,
    SenderError,
)
from gateway.domain.identifiers import OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.lateness import OBJECTED, ChargeState, Standing
from gateway.ports.store import Change, IntakeKey
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from gateway.contesting.matters import Matter
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

TRIES = 20
REASON_AT_MOST, KEY_AT_MOST = 2_000, 200


@dataclass(frozen=True, slots=True)
class Said:
    """What is objected, as it was typed, and by whom.

    ``on_behalf``: entered by somebody else for the office, of a letter.
    """

    by: str
    reason: str
    paper: str = ""
    key: str = ""
    #: makes a repeat of the same call the same objection
    on_behalf: bool = False


async def object_to(tools: Tools, row: DossierRow, office: str, said: Said) -> str:
    """Keep an objection; its identifier, that of the first time where it was told before.

    Raises:
        SenderError: something is missing or wrong; says what.
        ActionNotPossible: not late, not the office's, too late, or it has objected.
    """
    reason, paper = _checked(said)
    identifier = _identifier(tools, row, office, said)
    for _ in range(TRIES):
        one = await matter(tools, row)
        if one.objection(identifier) is not None:
            return identifier
        _must_be_contestable(one, office)
        try:
            await tools.store.apply(
                _change(tools, one, office, said, identifier, (reason, paper))
            )
        except KeyTaken:
            continue
        tools.probe.action(action=OBJECTED, actor=said.by, office=office)
        return identifier
    raise ChangedMeanwhile


def _checked(said: Said) -> tuple[str, str]:
    reason = said.reason.replace("\r\n", "\n").strip()
    if not reason:
        raise SenderError(
            code="reason_missing",
            remedy="Ghi lý do vì sao thời gian chậm không phải của đơn vị.",
        )
    if len(reason) > REASON_AT_MOST:
        raise SenderError(
            code="reason_too_long", remedy=f"Lý do dài tối đa {REASON_AT_MOST} ký tự."
        )
    if len(said.key) > KEY_AT_MOST:
        raise SenderError(
            code="key_too_long",
            remedy=f"Idempotency-Key dài tối đa {KEY_AT_MOST} ký tự.",
        )
    paper = paper_of(said.paper)
    if said.on_behalf and not paper:
        raise SenderError(
            code="paper_number_missing",
            remedy="Ghi thay đơn vị thì phải có số văn bản của đơn vị (paper).",
        )
    return reason, paper


def _identifier(tools: Tools, row: DossierRow, office: str, said: Said) -> str:
    if not said.key:
        return tools.chance.identifier("ob")
    own = f"{said.by}|{row.case.dossier_id}|{office}|{said.key}"
    return f"ob_{tools.vault.blind('objection', own).hex()}"


def _must_be_contestable(one: Matter, office: str) -> None:
    charge = one.charge
    if charge is None:
        raise ActionNotPossible(
            code="not_late",
            remedy="Hồ sơ không quá hạn, chưa kết thúc, hoặc chậm không tính cho cơ quan"
            " nào: không có gì để nêu ý kiến.",
        )
    if not charge.party.is_office or charge.party.office != office:
        raise ActionNotPossible(
            code="not_its_lateness",
            remedy="Phần chậm của hồ sơ này không tính cho đơn vị ấy: đơn vị không cần nêu"
            " ý kiến.",
        )
    if charge.state is ChargeState.OBJECTED:
        raise objection_open()
    if charge.state is ChargeState.REJECTED:
        raise ActionNotPossible(
            code="objection_decided",
            remedy="Lãnh đạo đã quyết định về ý kiến của đơn vị: đề nghị lãnh đạo xem lại,"
            " hoặc cho thêm thời hạn nêu ý kiến (…/objections/term).",
        )
    if one.standing is Standing.SETTLED:
        last = f" đến hết ngày {charge.until:%d/%m/%Y}" if charge.until else ""
        raise ActionNotPossible(
            code="objection_too_late",
            remedy=f"Đã hết thời hạn nêu ý kiến{last}. Lãnh đạo vẫn có thể cho thêm thời"
            " hạn (…/objections/term).",
        )


def _change(
    tools: Tools,
    one: Matter,
    office: str,
    said: Said,
    identifier: str,
    words: tuple[str, str],
) -> Change:
    """One line, and a key that nobody else can take for the same turn of the office."""
    now, dossier = tools.clock.now(), one.row.case.dossier_id
    reason, paper = words
    sealed = Folder.of(tools, one.row).seal_json(
        KIND, {"reason": reason, "paper": paper}
    )
    charge = one.charge
    facts = {
        "objection": identifier,
        "office": office,
        "leg": charge.leg if charge else "",
        "clock": charge.clock if charge else "",
        "on_behalf": said.on_behalf,
    }
    line = JournalLine(OBJECTED, now, said.by, facts, sealed.id, sealed.digest)
    turn = sum(before.office == office for before in one.measured.objections)
    return Change(
        now=now,
        dossier_id=dossier,
        payloads=(sealed,),
        journal=(line,),
        intake_key=turn_key(tools, OfficeId(office), f"{dossier}|{turn}"),
    )


def turn_key(tools: Tools, office: OfficeId, turn: str) -> IntakeKey:
    """What only one of several who act at once can take."""
    key = tools.vault.blind("lateness_turn", f"{office}|{turn}")
    return IntakeKey(office, f"lateness:{key.hex()}", key, {})
