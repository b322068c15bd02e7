"""One mail on a working day to an office: dossiers newly counted late to it, and a link."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.contesting.links import made
from gateway.contesting.listing import line, reachable
from gateway.contesting.matters import name_of, workdays
from gateway.contesting.telling import tell
from gateway.domain.errors import GatewayError, MailNotSent
from gateway.domain.lateness import How, Party
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.measure import Whose
from gateway.domain.principal import EVERYTHING
from gateway.ports.mail import Mail
from gateway.ports.nodes import DIGEST
from gateway.reports.lateness import day_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, time

    from gateway.domain.contact import Contact
    from gateway.domain.identifiers import DossierId, OfficeId
    from gateway.ports.mail import Mailer
    from gateway.ports.nodes import Duties
    from gateway.sealing.tools import Tools

#: Real seconds between two looks at the clock on the wall.
LOOK_EVERY_S = 60.0
#: After a mail that could not be sent, by the wall.
AGAIN = timedelta(minutes=15)
#: Dossiers of one mail; those over it are told of on the next working day.
MOST = 100


class LatenessMails:
    """Tells each office once a day, from whichever node has the duty.

    Whoever dies between mail and note has it told twice, the second time with days of
    its own: never not at all.
    """

    def __init__(
        self, tools: Tools, mailer: Mailer, duties: Duties, *, at: time, page: str
    ) -> None:
        """``at``: when it is sent, Vietnam's time; ``page``: address of the pages."""
        self._tools = tools
        self._mailer = mailer
        self._duties = duties
        self._at = at
        self._page = page
        self._not_before: dict[OfficeId, datetime] = {}

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._tools.clock.rest(LOOK_EVERY_S)
            if self._duties.holds(DIGEST):
                await self.turn()

    async def turn(self) -> None:
        """Tell whom there is to be told now."""
        tools, now = self._tools, self._tools.clock.now()
        local = now.astimezone(VIETNAM)
        if not self._page or local.time() < self._at:
            return
        try:
            offices = await tools.contests.kept.untold_offices(day_of(tools).since)
        except GatewayError as error:
            tools.probe.trouble("contesting.mail", error)
            return
        for office, _ in offices:
            working = workdays(tools, office).is_working(local.date())
            if not working or self._not_before.get(office, now) > now:
                continue
            try:
                await self._tell(office, local.date())
            except GatewayError as error:
                self._not_before[office] = now + AGAIN
                tools.probe.trouble("contesting.mail", error)

    async def _tell(self, office: OfficeId, day: date) -> None:
        """Send an office's mails, unless it has today's already, and note that it was told.

        Raises:
            MailNotSent: no contact's mail was taken; nothing was noted.
        """
        tools, mark = self._tools, f"lateness_mail:{office}"
        contacts = reachable(tools, office)
        before = await tools.store.mark(mark) or ""
        if not contacts or before == day.isoformat():
            return
        dossiers = await tools.contests.kept.untold(office, day_of(tools).since, MOST)
        await tools.store.set_mark(mark, day.isoformat())
        sent, wrong = 0, None
        for contact in contacts:
            try:
                await self._mailer.send(await self._mail(office, contact, dossiers))
            except MailNotSent as error:
                wrong = error
            else:
                sent += 1
        if wrong is not None and not sent:
            await tools.store.set_mark(mark, before)
            raise wrong
        for identifier in dossiers:
            row = await tools.store.dossier(identifier, EVERYTHING)
            if row is not None:
                await tell(tools, row, office, How.MAIL, by="gateway")
        tools.probe.action(
            action="lateness_mail", actor="gateway", office=office, count=sent
        )

    async def _mail(
        self, office: OfficeId, contact: Contact, dossiers: Sequence[DossierId]
    ) -> Mail:
        """Codes and days; nothing of any person; a link that is this contact's own."""
        tools = self._tools
        token = await made(tools, office, dossiers, contact.id)
        working, today = workdays(tools, office), legal_day(tools.clock.now())
        last = working.days_after(today, tools.contests.days)
        lines = [await line(tools, one) for one in dossiers]
        what = (
            f"Có {len(lines)} hồ sơ đã kết thúc quá hạn, theo đo đếm là do phần việc của"
            " Quý đơn vị vượt thời hạn. Chưa tính vào số liệu của Quý đơn vị:"
        )
        how = (
            "Nếu thời gian chậm không phải của đơn vị, xin nêu ý kiến kèm lý do, đến hết"
            f" ngày {last:%d/%m/%Y}: {self._page}/console/cham/thu/{token}"
        )
        text = [
            f"Đơn vị: {name_of(tools, Party(Whose.AGENCY, office))}",
            what,
            "",
            *(f"- {one['number']}" for one in lines),
            "",
            how,
            "Sau ngày đó, hồ sơ không có ý kiến được tính cho đơn vị.",
            "Chỉ cho người nhận; không chuyển tiếp. Xin không trả lời thư này.",
        ]
        subject = (
            f"Liên thông: {len(lines)} hồ sơ quá hạn, nêu ý kiến đến {last:%d/%m/%Y}"
        )
        return Mail((contact.email,), subject, "\n".join(text) + "\n")
