"""Where nobody else may approve what somebody asks for: the head is told, and then it takes effect.

Its time runs from the notice on: without a notice nothing takes effect. Until then
anybody with the right refuses it, and a second person who comes approves it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.calendar.working_time import working_time
from gateway.domain.contact import ContactRole
from gateway.domain.correction import CorrectionKind
from gateway.domain.errors import ActionNotPossible, DossierUnknown, GatewayError
from gateway.domain.identifiers import PrincipalId
from gateway.domain.legal_day import VIETNAM
from gateway.domain.principal import EVERYTHING
from gateway.intake import closing, correcting
from gateway.intake.approving import others_may_approve
from gateway.ports.mail import Mail
from gateway.ports.nodes import DIGEST
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.correction import Correction, StandIn
    from gateway.ports.mail import Mailer
    from gateway.ports.nodes import Duties
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

#: Real seconds between two looks.
LOOK_EVERY_S = 30.0
#: After a mail that could not be sent, by the wall.
AGAIN = timedelta(minutes=15)
REASON = (
    "Không có người thứ hai có quyền duyệt; đã báo lãnh đạo, hết thời gian chờ mà không"
    " ai bỏ đề nghị."
)


#: What is asked for, what takes effect, and both in a few words.
_WORDS = {
    CorrectionKind.DOCUMENT: ("sửa nội dung", "nội dung sửa", "sửa"),
    CorrectionKind.CLOSING: (
        "kết thúc bằng tay một phần việc hoặc cả",
        "việc kết thúc bằng tay",
        "kết thúc bằng tay",
    ),
}


def heads(tools: Tools, row: DossierRow) -> tuple[str, ...]:
    """Addresses of the head of the one-stop whose dossier it is."""
    found = tools.contacts.at(row.case.sender)
    emails = [one.email for one in found if one.role is ContactRole.LEADER]
    return tuple(dict.fromkeys(one for one in emails if one))


class StandIns:
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
        self._not_before: dict[str, datetime] = {}

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._tools.clock.rest(LOOK_EVERY_S)
            if self._duties.holds(DIGEST):
                await self.turn()

    async def turn(self) -> None:
        """Do what is to be done now."""
        tools = self._tools
        try:
            waiting = await tools.corrections.stand_ins()
        except GatewayError as error:
            tools.probe.trouble("intake.stand_in", error)
            return
        for one in waiting:
            now = tools.clock.now()
            if self._not_before.get(one.correction, now) > now:
                continue
            try:
                await self._look(one)
            except GatewayError as error:
                self._not_before[one.correction] = now + AGAIN
                tools.probe.trouble("intake.stand_in", error)

    async def _look(self, one: StandIn) -> None:
        tools, now = self._tools, self._tools.clock.now()
        kept = await tools.corrections.correction(one.correction, EVERYTHING)
        row = await tools.store.dossier(one.dossier_id, EVERYTHING)
        if kept is None or row is None:
            await tools.corrections.end_stand_in(one.correction, now)
            return
        is_closing = kept.kind is CorrectionKind.CLOSING
        leg = kept.leg if is_closing else None
        if await others_may_approve(tools, row, kept.by, leg):
            await tools.corrections.end_stand_in(one.correction, now)
        elif one.effect_at is None:
            await self._tell(row, kept)
        elif one.effect_at <= now:
            try:
                take_effect = (closing if is_closing else correcting).take_effect
                await take_effect(tools, one.correction, REASON)
            except (ActionNotPossible, DossierUnknown):
                # A person looks at it: it is overtaken, or on its way to an office.
                await tools.corrections.end_stand_in(one.correction, now)
                raise

    async def _tell(self, row: DossierRow, kept: Correction) -> None:
        """Mail the head; only then its time runs. Twice rather than not at all."""
        tools, to = self._tools, heads(self._tools, row)
        if self._mailer is None or not to:
            return
        working = working_time(tools.versions.current.calendar)
        now = tools.clock.now()
        effect_at = working.after(now, self._days * working.full_day)
        number = await self._number(row)
        await self._mailer.send(self._mail(to, kept, number, effect_at))
        await tools.corrections.told_stand_in(kept.id, now, effect_at)
        tools.probe.action(
            action="stand_in_told",
            actor=PrincipalId("gateway"),
            dossier_id=row.case.dossier_id,
        )

    async def _number(self, row: DossierRow) -> str:
        found = await Folder.of(self._tools, row).references()
        return next((one.value for one in found if one.kind == "ma_ho_so"), "")

    def _mail(
        self, to: tuple[str, ...], kept: Correction, number: str, effect_at: datetime
    ) -> Mail:
        """A code and moments; what is to change stands on the page alone."""
        at = effect_at.astimezone(VIETNAM)
        link = f"{self._page}/console/sua-ho-so" if self._page else ""
        what, then, title = _WORDS[kept.kind]
        lines = [
            f"Cán bộ {kept.by} đề nghị {what} hồ sơ {number}.",
            "Không có người thứ hai có quyền duyệt.",
            "",
            (
                f"Nếu không ai bỏ đề nghị, {then} có hiệu lực lúc {at:%H:%M} ngày"
                f" {at:%d/%m/%Y}, ghi rõ là không có người thứ hai duyệt."
            ),
            "Không đồng ý: bỏ đề nghị ở trang Chờ duyệt, hoặc bảo người có quyền bỏ.",
            *(["", link] if link else []),
            "",
            "Thư gửi từ cổng liên thông, chỉ nêu mã hồ sơ. Xin không trả lời thư này.",
        ]
        subject = f"Đề nghị {title} hồ sơ {number} sẽ có hiệu lực ngày {at:%d/%m/%Y}"
        return Mail(to, subject, "\n".join(lines) + "\n", id=f"stand-in.{kept.id}")
