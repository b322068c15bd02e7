"""A reminder by mail: once in a working day, to the office's own people."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.chasing.adding import Kept, keep, must_be_time, names
from gateway.chasing.matters import matter, people, workdays
from gateway.chasing.sentences import due, must_be_theirs, promised, waits_for, where
from gateway.domain.chase import How
from gateway.domain.contact import ContactRole
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    MailNotSent,
    MailUnanswered,
    Origin,
    SenderError,
)
from gateway.domain.legal_day import legal_day
from gateway.ports.chases import OfficeMail
from gateway.ports.mail import Mail

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.chasing.matters import Matter
    from gateway.domain.identifiers import DossierId
    from gateway.domain.principal import Principal
    from gateway.ports.mail import Mailer
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

REASON_AT_MOST = 200
#: More days off than follow each other in any year.
_LONGEST_DAYS_OFF = 31


async def remind(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    office: str,
    number: str,
    *,
    escalate: bool = False,
    again: bool = False,
    reason: str = "",
) -> str:
    """Mail a reminder and keep that it was sent; the identifier of the chase.

    ``escalate``: to the head of the office. ``again``: although it was mailed today,
    for the given reason.

    Raises:
        ActionNotPossible: nobody can be mailed, nothing is theirs to do, it is too
            early, or it was mailed today already.
        MailNotSent: the server took it for nobody; nothing was kept.
    """
    one = await matter(tools, row, office)
    must_be_theirs(one.leg, await tools.store.transfers(row.case.dossier_id))
    if escalate:
        must_be_time(tools, one)
    role = ContactRole.LEADER if escalate else ContactRole.BUSINESS
    mailer, to = mailer_of(tools), addresses(tools, one, role)
    at = tools.clock.now()
    begun = await tools.chasing.kept.mail_begun(row.case.dossier_id, one.leg.office)
    said = why_again(reason) if again else ""
    if not again:
        must_be_first(tools, one, begun)
    noted = await office_mail(tools, one, {row.case.dossier_id: begun}, at)
    if not (again or escalate):
        must_be_alone(noted)
    mail = _mail(one, number, to)
    sent = await handed(tools, mailer, mail, noted)
    identifier = tools.chance.identifier("ch")
    how = How.ESCALATION if escalate else How.MAIL
    kept = Kept(how, names(tools, one.leg.office, role), said, mailed=sent)
    await keep(tools, principal, one, kept, identifier=identifier, at=at)
    return identifier


async def office_mail(
    tools: Tools,
    one: Matter,
    dossiers: Mapping[DossierId, datetime | None],
    at: datetime,
) -> OfficeMail:
    """The next mail to an office in its working day; days off after it belong to it.

    Raises:
        ActionNotPossible: it has had as many as it gets.
    """
    office, counted = one.leg.office, workdays(tools, one.leg.office)
    day = one.today
    for _ in range(_LONGEST_DAYS_OFF):
        if counted.is_working(day):
            break
        day -= timedelta(days=1)
    numbers = await tools.chasing.kept.office_mails(office, day)
    most = tools.chasing.mails_a_day
    if len(numbers) >= most:
        raise ActionNotPossible(
            code="chase_office_limit",
            remedy=f"Đơn vị đã nhận {most} thư nhắc trong ngày làm việc, là mức nhiều nhất"
            " ([chase] mails_a_day): gọi điện, in công văn, hoặc để ngày làm việc sau.",
        )
    return OfficeMail(office, day, max(numbers, default=0) + 1, at, dossiers)


def must_be_alone(noted: OfficeMail) -> None:
    """Offer the collected mail where an office has had one in this working day."""
    if noted.number > 1:
        raise ActionNotPossible(
            code="chase_office_mailed_today",
            remedy="Đơn vị đã nhận một thư nhắc trong ngày làm việc: gửi một thư gộp cho"
            " mọi hồ sơ còn lại (trang Đôn đốc, chọn đơn vị), hoặc gửi riêng có ghi lý do"
            " (again).",
        )


async def handed(tools: Tools, mailer: Mailer, mail: Mail, noted: OfficeMail) -> int:
    """Send it, known to everybody as being sent; how many addresses took it.

    Who dies in between leaves a note that nobody knows whether it was sent.
    """
    kept = tools.chasing.kept
    try:
        await kept.begin_mail(noted)
    except ChangedMeanwhile:
        raise under_way() from None
    try:
        refused = await mailer.send(mail)
    except MailUnanswered as wrong:
        # The note stays: nobody sends it again without a reason.
        tools.probe.trouble("chasing.mail", wrong)
        raise under_way() from wrong
    except MailNotSent as wrong:
        await kept.drop_mail(noted)
        tools.probe.trouble("chasing.mail", wrong)
        raise MailNotSent(
            wrong.detail,
            code="chase_mail_not_sent",
            remedy="Thư chưa gửi được, chưa ghi gì. Gọi điện cho đơn vị, hoặc đề nghị quản"
            " trị kiểm tra địa chỉ thư của đầu mối và máy chủ thư ([mail]).",
        ) from wrong
    return len(mail.to) - refused


def mailer_of(tools: Tools) -> Mailer:
    """What hands mails over.

    Raises:
        ActionNotPossible: no server is named.
    """
    if tools.chasing.mailer is None:
        raise ActionNotPossible(
            code="chase_mail_off",
            remedy="Cổng chưa có máy chủ thư: quản trị khai báo [mail]; trong lúc chờ,"
            " gọi điện hoặc chép câu nhắc.",
            origin=Origin.OPERATOR,
        )
    return tools.chasing.mailer


def addresses(tools: Tools, one: Matter, role: ContactRole) -> tuple[str, ...]:
    """Of an office's contacts of a role.

    Raises:
        ActionNotPossible: nobody has one.
    """
    found = [c.email for c in people(tools, one.leg.office, role) if c.email]
    if not found:
        raise ActionNotPossible(
            code="chase_nobody_to_mail",
            remedy="Đơn vị chưa có đầu mối có thư điện tử: quản trị ghi đầu mối nghiệp vụ"
            " (hoặc lãnh đạo) bằng lienthong contact add.",
            origin=Origin.OPERATOR,
        )
    return tuple(dict.fromkeys(found))


def why_again(reason: str) -> str:
    """The reason for a further mail in one day.

    Raises:
        SenderError: it is missing.
    """
    reason = reason.strip()
    if not reason:
        raise SenderError(
            code="again_without_reason",
            remedy="Ghi lý do nhắc lại trong cùng ngày làm việc (reason).",
        )
    return reason[:REASON_AT_MOST]


def must_be_first(tools: Tools, one: Matter, begun: datetime | None) -> None:
    """One reminder in a working day: days off after it belong to that day."""
    counted = workdays(tools, one.leg.office)
    if begun is not None:
        if counted.days_after(legal_day(begun), 1) > one.today:
            raise under_way()
        return
    mailed = [chase.day for chase in one.chases if chase.mailed]
    if mailed and counted.days_after(max(mailed), 1) > one.today:
        raise ActionNotPossible(
            code="chase_mailed_today",
            remedy="Đã gửi thư nhắc đơn vị về hồ sơ này trong ngày làm việc: để ngày làm"
            " việc sau, gọi điện, hoặc gửi lại có ghi lý do (again).",
        )


def under_way() -> ActionNotPossible:
    """The error of a mail that may be on its way."""
    return ActionNotPossible(
        code="chase_mail_under_way",
        remedy="Có người đang gửi thư này, hoặc lần gửi trước bị ngắt nên chưa rõ thư đã đi"
        " hay chưa: xem lại sau một phút; vẫn cần gửi thì ghi lý do (again).",
    )


def _mail(one: Matter, number: str, to: tuple[str, ...]) -> Mail:
    """Codes and days; nothing of any person."""
    known = [text for text in (due(one), promised(one)) if text]
    asked = "Đề nghị Quý đơn vị cho biết tình trạng và ngày dự kiến xong."
    lines = [
        f"Đơn vị: {one.name}",
        f"Mã hồ sơ: {number}",
        f"Hồ sơ {where(one)}.",
        f"Đang chờ {waits_for(one.leg)}.",
        *(f"{text[:1].upper()}{text[1:]}." for text in known),
        "",
        asked,
        "",
        "Thư gửi từ cổng liên thông, chỉ nêu mã hồ sơ. Xin không trả lời thư này.",
    ]
    subject = f"Đôn đốc hồ sơ liên thông, ngày {one.today:%d/%m/%Y}"
    return Mail(to, subject, "\n".join(lines) + "\n")
