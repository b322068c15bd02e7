"""One mail to an office about several dossiers, in place of one for each."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.chasing.adding import Kept, keep, names
from gateway.chasing.letter import MOST, chase_letter, letter_length
from gateway.chasing.listing import listed
from gateway.chasing.mailing import (
    addresses,
    handed,
    mailer_of,
    must_be_first,
    office_mail,
    why_again,
)
from gateway.chasing.matters import matter
from gateway.domain.chase import How
from gateway.domain.contact import ContactRole
from gateway.domain.errors import ActionNotPossible
from gateway.domain.identifiers import OfficeId
from gateway.domain.paper_forms import Form
from gateway.ports.mail import Mail, MailFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.chasing.matters import Matter
    from gateway.domain.identifiers import DossierId
    from gateway.domain.paper import ChaseLetter
    from gateway.domain.paper_rows import ChasedDossier
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FILE = "don-doc.docx"
_FOOT = (
    f"Công văn trong tệp kèm theo ({FILE}). Thư gửi từ cổng liên thông, chỉ nêu mã hồ sơ"
    " và thủ tục. Xin không trả lời thư này."
)


@dataclass(frozen=True, slots=True)
class Collected:
    """What was mailed: about which dossiers, and which had been reminded of today."""

    mailed: int
    dossiers: tuple[DossierId, ...]
    left_out: tuple[DossierId, ...]


async def chased_rows(
    tools: Tools, principal: Principal, office: str
) -> list[DossierRow]:
    """Every dossier of an office on the list of what is chased."""
    found, _ = await listed(tools, principal.scope, office=OfficeId(office), limit=MOST)
    return [one.row for one in found]


async def remind_of_all(
    tools: Tools,
    principal: Principal,
    office: str,
    rows: Sequence[DossierRow],
    *,
    again: bool = False,
    reason: str = "",
) -> Collected:
    """Mail one reminder of these dossiers, and keep for each that it was sent.

    Those of which the office was reminded in this working day are left out, unless
    it is ``again``.

    Raises:
        ActionNotPossible: nobody can be mailed, one of them is not the office's to do,
            all were mailed today, or the office has had as many mails as it gets.
        MailNotSent: the server took it for nobody; nothing was kept.
    """
    if not rows or len(rows) > MOST:
        raise letter_length()
    said = why_again(reason) if again else ""
    fresh, left_out = await _fresh(tools, office, rows, again=again)
    # The letter refuses what is not the office's.
    paper = await chase_letter(tools, office, [one.row for one, _ in fresh])
    first, at = fresh[0][0], tools.clock.now()
    mailer = mailer_of(tools)
    to = addresses(tools, first, ContactRole.BUSINESS)
    begun = {one.row.case.dossier_id: before for one, before in fresh}
    noted = await office_mail(tools, first, begun, at)
    sent = await handed(tools, mailer, await _mail(tools, first, paper, to), noted)
    whom = names(tools, first.leg.office, ContactRole.BUSINESS)
    for one, _ in fresh:
        identifier = tools.chance.identifier("ch")
        kept = Kept(How.MAIL, whom, said, mailed=sent)
        await keep(tools, principal, one, kept, identifier=identifier, at=at)
    return Collected(sent, tuple(begun), left_out)


async def _fresh(
    tools: Tools, office: str, rows: Sequence[DossierRow], *, again: bool
) -> tuple[list[tuple[Matter, datetime | None]], tuple[DossierId, ...]]:
    """What is to be told, each with the note that it replaces; and what is left out."""
    found, left_out = [], []
    last: ActionNotPossible | None = None
    for row in rows:
        one = await matter(tools, row, office)
        identifier = row.case.dossier_id
        begun = await tools.chasing.kept.mail_begun(identifier, one.leg.office)
        try:
            if not again:
                must_be_first(tools, one, begun)
        except ActionNotPossible as told:
            last = told
            left_out.append(identifier)
            continue
        found.append((one, begun))
        await tools.clock.rest(0)
    if not found and last is not None:
        raise last
    return found, tuple(left_out)


async def _mail(
    tools: Tools, one: Matter, paper: ChaseLetter, to: tuple[str, ...]
) -> Mail:
    """Codes and days; the letter goes with it, without the name of a contact."""
    bare = replace(paper, contact="")
    content = await asyncio.to_thread(tools.papers.docx, Form.CHASE_LETTER, bare)
    late = f", trong đó {paper.late} hồ sơ đã quá hẹn trả" if paper.late else ""
    lines = [
        f"Đơn vị: {one.name}",
        f"{paper.count} hồ sơ sau đang ở Quý đơn vị và chưa có kết quả{late}:",
        "",
        *(_line(row) for row in paper.dossiers),
        "",
        "Đề nghị Quý đơn vị cho biết tình trạng và ngày dự kiến xong của từng hồ sơ.",
        "",
        _FOOT,
    ]
    subject = f"Đôn đốc {paper.count} hồ sơ liên thông, ngày {one.today:%d/%m/%Y}"
    return Mail(
        to,
        subject,
        "\n".join(lines) + "\n",
        files=(MailFile(FILE, DOCX, content),),
    )


def _line(row: ChasedDossier) -> str:
    due = f", hẹn trả {row.due_on:%d/%m/%Y}" if row.due_on else ""
    late = ", ĐÃ QUÁ HẠN" if row.late else ""
    promised = f", đã hẹn {row.promised_on:%d/%m/%Y}" if row.promised_on else ""
    return f"- {row.number}: từ {row.since:%d/%m/%Y}{due}{late}{promised}"
