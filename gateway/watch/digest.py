"""One mail on each working morning to each office that works by a list."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

from gateway.calendar.working_time import working_time
from gateway.domain.contact import ContactRole
from gateway.domain.errors import (
    GatewayError,
    MailNotSent,
    MailUnanswered,
    NeedsConfiguration,
)
from gateway.domain.legal_day import VIETNAM
from gateway.ports.mail import Mail
from gateway.ports.nodes import DIGEST
from gateway.sealing.folder import Folder
from gateway.sealing.holder import still_to_do
from gateway.timing.promised import last_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from gateway.ports.mail import Mailer
    from gateway.ports.nodes import Duties
    from gateway.ports.store import DossierRow
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools

#: Real seconds between two looks at the clock on the wall: a loop that slept on a
#: bell would never let virtual time come to rest.
LOOK_EVERY_S = 60.0
#: After a mail that could not be sent, by the wall.
AGAIN = timedelta(minutes=15)
#: What falls due within so many working days is told as such.
SOON_DAYS = 2
#: Unopened messages that are counted.
MOST = 2000
#: Codes that one mail lists.
PAGE = 200


class Digest:
    """Sends each office's mail once a day, from whichever node has the duty."""

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
        local, current = now.astimezone(VIETNAM), tools.versions.current
        works = working_time(current.calendar).is_working(local.date())
        if not works or local.time() < self._at:
            return
        for office in current.offices.values():
            if not self._has_list(office) or self._not_before.get(office.id, now) > now:
                continue
            try:
                await self._tell(office, local.date())
            except GatewayError as error:
                self._not_before[office.id] = now + AGAIN
                tools.probe.trouble("watch.digest", error)

    def _has_list(self, office: Office) -> bool:
        try:
            return self._tools.adapters.of(office.id).desk is not None
        except NeedsConfiguration:
            return False

    async def _tell(self, office: Office, day: date) -> None:
        """Send an office's mail, unless it has today's already.

        Noted before it is sent: whoever dies in between sends none that day, rather
        than two.
        """
        tools, mark = self._tools, f"digest:{office.id}"
        before = await tools.store.mark(mark) or ""
        if before == day.isoformat():
            return
        mail = await self._mail(office, day)
        if mail is None:
            return
        await tools.store.set_mark(mark, day.isoformat())
        try:
            refused = await self._mailer.send(mail)
        except MailUnanswered:
            raise  # it may have left: rather none again today than two
        except MailNotSent:
            await tools.store.set_mark(mark, before)
            raise
        tools.probe.action(
            action="digest",
            actor="gateway",
            office=office.id,
            count=len(mail.to) - refused,
            refused=refused,
        )

    async def _mail(self, office: Office, day: date) -> Mail | None:
        """What waits and what is due; None where there is nothing, or nobody to tell."""
        tools = self._tools
        to = self._addresses(office)
        lying = await tools.work.lying(office.id, limit=MOST)
        fresh = {one.row.case.dossier_id: one.row for one in lying}
        rows = await still_to_do(tools, office.id)
        if not to or not (fresh or rows):
            return None
        counted = (len(fresh), len(rows.keys() - fresh.keys()))
        lines = await self._lines(list({**fresh, **rows}.values()), day)
        where = (
            [f"Mở danh sách: {self._page}/console/viec-tay", ""] if self._page else []
        )
        text = [
            f"Đơn vị: {office.name}",
            f"Chưa xác nhận đã nhận: {counted[0]} hồ sơ. Đang làm: {counted[1]} hồ sơ.",
            "",
            *lines,
            "",
            *where,
            "Thư tự động, chỉ nêu số lượng và mã hồ sơ. Xin không trả lời thư này.",
        ]
        subject = f"Liên thông: {sum(counted)} hồ sơ ở đơn vị, ngày {day:%d/%m/%Y}"
        return Mail(to, subject, "\n".join(text) + "\n")

    def _addresses(self, office: Office) -> tuple[str, ...]:
        """Business contacts: its own, else those of the offices it stands in for."""
        standing = self._tools.versions.standing_in.now.items()
        stood_for = [one for one, stands in standing if stands == office.id]
        for offices in ([office.id], stood_for):
            found = [
                one.email
                for identifier in offices
                for one in self._tools.contacts.at(identifier)
                if one.role is ContactRole.BUSINESS and one.email
            ]
            if found:
                return tuple(dict.fromkeys(found))
        return ()

    async def _lines(self, rows: Sequence[DossierRow], day: date) -> list[str]:
        """Codes by the day on which they are due, those without one last."""
        working = working_time(self._tools.versions.current.calendar)
        soon = working.days_after(day, SOON_DAYS)
        by_day = sorted(rows, key=lambda row: row.case.due_on or day.max)
        lines = []
        for row in by_day[:PAGE]:
            folder = Folder.of(self._tools, row)
            known = await folder.references()
            own = next((r.value for r in known if r.kind == "ma_ho_so"), "")
            last = row.case.due_on and last_day(working, row.case.due_on)
            lines.append(f"- {own}{_due(row.case.due_on, last, day, soon)}")
        more = len(by_day) - PAGE
        return [*lines, f"… và {more} hồ sơ khác."] if more > 0 else lines


def _due(due_on: date | None, last: date | None, day: date, soon: date) -> str:
    if due_on is None or last is None:
        return ""
    said = f": hẹn trả {due_on:%d/%m/%Y}"
    if last < day:
        return f"{said}, ĐÃ QUÁ HẠN"
    return f"{said}, sắp đến hạn" if last <= soon else said
