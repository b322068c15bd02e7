"""An office is told that a lateness is counted to it; from then its days to object run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.contesting.matters import KIND, matter, workdays
from gateway.domain.errors import ActionNotPossible, SenderError
from gateway.domain.journal import JournalLine
from gateway.domain.lateness import TOLD, ChargeState, How
from gateway.domain.legal_day import legal_day
from gateway.ports.store import Change
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from datetime import date

    from gateway.domain.lateness import Charge
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

PAPER_AT_MOST = 200


async def tell(
    tools: Tools, row: DossierRow, office: str, how: How, *, by: str, paper: str = ""
) -> bool:
    """Note that an office was told, unless it was or answers for nothing here.

    Its days are those of the moment at which this is noted, never an earlier one: who
    notes late shortens nobody's time.
    """
    one = await matter(tools, row)
    charge = one.charge
    theirs = charge is not None and charge.party.office == office
    if charge is None or not theirs or charge.state is not ChargeState.UNTOLD:
        return False
    await _note(tools, row, charge, how, by=by, words={"paper": paper})
    return True


async def give_days(
    tools: Tools, principal: Principal, row: DossierRow, reason: str
) -> date:
    """Give the office that answers new days to object; the last of them.

    Raises:
        ActionNotPossible: no office answers for a lateness, it was not told at all yet,
            or its objection is open.
    """
    charge = (await matter(tools, row)).charge
    if charge is None or not charge.party.is_office:
        raise ActionNotPossible(
            code="not_late",
            remedy="Hồ sơ không có phần chậm nào tính cho một cơ quan: không có gì để nêu"
            " ý kiến.",
        )
    if charge.state is ChargeState.UNTOLD:
        raise ActionNotPossible(
            code="lateness_untold",
            remedy="Chưa báo cho đơn vị về hồ sơ này: gửi văn bản rồi ghi số văn bản"
            " (trang Ý kiến, hoặc lienthong lateness told); thời hạn tính từ đó.",
        )
    if charge.state is ChargeState.OBJECTED:
        raise objection_open()
    words = {"reason": reason}
    return await _note(tools, row, charge, How.TERM, by=principal.id, words=words)


async def _note(
    tools: Tools,
    row: DossierRow,
    charge: Charge,
    how: How,
    *,
    by: str,
    words: dict[str, str],
) -> date:
    now, office = tools.clock.now(), charge.party.office or ""
    until = workdays(tools, office).days_after(legal_day(now), tools.contests.days)
    facts = {
        "office": office,
        "leg": charge.leg,
        "clock": charge.clock,
        "how": how.value,
        "until": until.isoformat(),
    }
    sealed = Folder.of(tools, row).seal_json(KIND, words)
    line = JournalLine(TOLD, now, by, facts, sealed.id, sealed.digest)
    change = Change(
        now=now, dossier_id=row.case.dossier_id, payloads=(sealed,), journal=(line,)
    )
    await tools.store.apply(change)
    tools.probe.action(action=TOLD, actor=by, office=office, kind=how.value)
    return until


def paper_of(text: str) -> str:
    """The number of a letter.

    Raises:
        SenderError: it is too long, or has characters that cannot be printed.
    """
    text = text.strip()
    if len(text) > PAPER_AT_MOST or not text.isprintable():
        raise SenderError(
            code="paper_number_invalid",
            remedy=f"Số văn bản dài tối đa {PAPER_AT_MOST} ký tự, trên một dòng.",
        )
    return text


def objection_open() -> ActionNotPossible:
    """What is said while an objection waits for the head."""
    return ActionNotPossible(
        code="objection_open",
        remedy="Ý kiến của đơn vị về hồ sơ này đang chờ lãnh đạo quyết định: bổ sung bằng"
        " điện thoại hoặc văn bản, không gửi thêm ý kiến thứ hai.",
    )
