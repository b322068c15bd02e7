"""Where nobody else may put a moved destination in force: heads are told, then it runs.

The same rule as for corrections (``intake.stand_in``): its time runs from the notice on,
and until then whoever has the right refuses it, or a second person who comes approves.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.calendar.working_time import working_time
from gateway.domain.contact import ContactRole
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    GatewayError,
    SenderError,
)
from gateway.domain.identifiers import PrincipalId
from gateway.domain.legal_day import VIETNAM
from gateway.intake.configuring import elsewhere_of, others_may_confirm, take_effect
from gateway.intake.stand_in import AGAIN, LOOK_EVERY_S
from gateway.ports.mail import Mail
from gateway.ports.nodes import DIGEST

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.proposed import ProposedConfiguration
    from gateway.ports.mail import Mailer
    from gateway.ports.nodes import Duties
    from gateway.sealing.tools import Tools

PAGE = "/console/cau-hinh/cho-duyet"
#: Destinations that a mail names.
_NAMED = 10


def heads(tools: Tools) -> tuple[str, ...]:
    """Addresses of the heads of all one-stops."""
    emails = [
        one.email
        for office in tools.versions.current.offices.values()
        if office.agency == "one_stop"
        for one in tools.contacts.at(office.id)
        if one.role is ContactRole.LEADER
    ]
    return tuple(dict.fromkeys(one for one in emails if one))


class ProposedAlone:
    """Tells heads and lets take effect, from whichever node has the duty."""

    def __init__(
        self,
        tools: Tools,
        mailer: Mailer | None,
        duties: Duties,
        *,
        days: int,
        page: str,
    ) -> None:
        """``days``: working days from the notice on; ``page``: address of the pages."""
        self._tools = tools
        self._mailer = mailer
        self._duties = duties
        self._days = days
        self._page = page
        self._not_before: datetime | None = None

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._tools.clock.rest(LOOK_EVERY_S)
            if self._duties.holds(DIGEST):
                await self.turn()

    async def turn(self) -> None:
        """Do what is to be done now."""
        tools, now = self._tools, self._tools.clock.now()
        if self._not_before is not None and now < self._not_before:
            return
        try:
            row = await tools.configuring.rows.proposed_configuration()
            if row is not None:
                await self._look(row, now)
        except GatewayError as error:
            self._not_before = now + AGAIN
            tools.probe.trouble("intake.proposed_alone", error)

    async def _look(self, row: ProposedConfiguration, now: datetime) -> None:
        rows = self._tools.configuring.rows
        if await others_may_confirm(self._tools, row.by):
            if row.effect_at is not None:
                await rows.told_of_proposed(row.id, None, None)
        elif row.effect_at is None:
            await self._tell(row, now)
        elif row.effect_at <= now:
            try:
                await take_effect(self._tools, row)
            except (ActionNotPossible, ChangedMeanwhile, SenderError):
                # A person looks at it: it is overtaken, or wrong by now.
                self._not_before = now + timedelta(days=1)
                raise

    async def _tell(self, row: ProposedConfiguration, now: datetime) -> None:
        """Mail the heads; only then its time runs. Twice rather than not at all."""
        tools, to = self._tools, heads(self._tools)
        if self._mailer is None or not to:
            return
        working = working_time(tools.versions.current.calendar)
        effect_at = working.after(now, self._days * working.full_day)
        present = await tools.store.configuration(None)
        moved = elsewhere_of(present[1] if present else {}, row)
        named = ", ".join(one.code for one in moved[:_NAMED])
        await self._mailer.send(self._mail(to, row, named, effect_at))
        await tools.configuring.rows.told_of_proposed(row.id, now, effect_at)
        actor = PrincipalId("gateway")
        tools.probe.action(action="proposed_configuration_told", actor=actor)

    def _mail(
        self,
        to: tuple[str, ...],
        row: ProposedConfiguration,
        named: str,
        effect_at: datetime,
    ) -> Mail:
        at = effect_at.astimezone(VIETNAM)
        lines = [
            f"{row.by} đề nghị đổi nơi gửi hoặc khóa của: {named}.",
            "Không có người thứ hai có quyền duyệt.",
            "",
            (
                f"Nếu không ai bỏ, thay đổi có hiệu lực lúc {at:%H:%M} ngày"
                f" {at:%d/%m/%Y}, ghi rõ là không có người thứ hai duyệt."
            ),
            "Không đồng ý: bỏ ở trang Cấu hình chờ duyệt, hoặc bảo người có quyền bỏ.",
            *(["", f"{self._page}{PAGE}"] if self._page else []),
            "",
            "Thư gửi từ cổng liên thông. Xin không trả lời thư này.",
        ]
        subject = f"Đề nghị đổi nơi gửi sẽ có hiệu lực ngày {at:%d/%m/%Y}"
        return Mail(to, subject, "\n".join(lines) + "\n", id=f"proposed.{row.id}")
