"""One mail on a working morning to a one-stop: its open proposals, and a link to decide them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.contact import ContactRole
from gateway.domain.errors import GatewayError, MailNotSent, MailUnanswered
from gateway.domain.identifiers import OfficeId
from gateway.domain.legal_day import VIETNAM
from gateway.domain.principal import Scope
from gateway.domain.proposal import CHANGING, KIND_NAMES, ProposalState
from gateway.ports.mail import Mail
from gateway.ports.nodes import DIGEST
from gateway.proposing.confirming import is_overtaken
from gateway.proposing.deciding import working
from gateway.proposing.links import DAYS, made
from gateway.proposing.showing import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, time

    from gateway.domain.contact import Contact
    from gateway.ports.mail import Mailer
    from gateway.ports.nodes import Duties
    from gateway.ports.proposals import ProposalRow
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools

#: Real seconds between two looks at the clock on the wall.
LOOK_EVERY_S = 60.0
#: After a mail that could not be sent, by the wall.
AGAIN = timedelta(minutes=15)
#: Proposals of one mail; the page that its link opens shows as many.
MOST = 100


class ProposalDigest:
    """Sends each one-stop's mail once a day, from whichever node has the duty."""

    def __init__(
        self, tools: Tools, mailer: Mailer, duties: Duties, *, at: time, page: str
    ) -> None:
        """``at``: when it is sent, Vietnam's time; ``page``: address of the pages."""
        self._tools = tools
        self._mailer = mailer
        self._duties = duties
        self._at = at
        self._page = page
        self._not_before: dict[str, datetime] = {}

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._tools.clock.rest(LOOK_EVERY_S)
            if self._duties.holds(DIGEST):
                await self.turn()

    async def turn(self) -> None:
        """Send what is to be sent now."""
        tools, now = self._tools, self._tools.clock.now()
        local = now.astimezone(VIETNAM)
        works = working(tools).is_working(local.date())
        if not self._page or not works or local.time() < self._at:
            return
        for office in tools.versions.current.offices.values():
            if self._not_before.get(office.id, now) > now:
                continue
            try:
                await self._tell(office, local.date())
            except GatewayError as error:
                self._not_before[office.id] = now + AGAIN
                tools.probe.trouble("proposing.digest", error)

    async def _tell(self, office: Office, day: date) -> None:
        """Send an office's mails, unless it has today's already."""
        tools, mark = self._tools, f"proposal_digest:{office.id}"
        contacts = [
            one
            for one in tools.contacts.at(office.id)
            if one.role is ContactRole.BUSINESS and one.email
        ]
        before = await tools.store.mark(mark) or ""
        if not contacts or before == day.isoformat():
            return
        rows = await self._open(office.id)
        if not rows:
            return
        await tools.store.set_mark(mark, day.isoformat())
        for contact in contacts:
            try:
                await self._mailer.send(await self._mail(office, contact, rows, day))
            except MailUnanswered:
                raise  # it may have left: rather none again today than two
            except MailNotSent:
                await tools.store.set_mark(mark, before)
                raise
        tools.probe.action(
            action="proposal_digest",
            actor="gateway",
            office=office.id,
            count=len(contacts),
        )

    async def _open(self, sender: OfficeId) -> list[ProposalRow]:
        tools = self._tools
        rows = await tools.proposals.proposals(
            Scope(sender=OfficeId(sender)), state=ProposalState.OPEN, limit=MOST
        )
        return [
            row
            for row in rows
            if row.kind in CHANGING and not await is_overtaken(tools, row)
        ]

    async def _mail(
        self,
        office: Office,
        contact: Contact,
        rows: Sequence[ProposalRow],
        day: date,
    ) -> Mail:
        """Codes and what is proposed; a link that is this contact's own."""
        token = await made(self._tools, office.id, rows, contact.id)
        lines = []
        for row in rows:
            told = await shown(self._tools, row)
            lines.append(f"- {told['number']}: {KIND_NAMES[row.kind]}")
        text = [
            f"Đơn vị: {office.name}",
            f"Có {len(rows)} đề xuất từ đối soát chờ xác nhận:",
            "",
            *lines,
            "",
            f"Xem căn cứ rồi xác nhận hoặc bỏ: {self._page}/console/de-xuat/thu/{token}",
            f"Dùng trong {DAYS} ngày làm việc, chỉ cho người nhận; không chuyển tiếp.",
            "Thư tự động. Xin không trả lời thư này.",
        ]
        subject = f"Liên thông: {len(rows)} đề xuất chờ xác nhận, ngày {day:%d/%m/%Y}"
        return Mail((contact.email,), subject, "\n".join(text) + "\n")
