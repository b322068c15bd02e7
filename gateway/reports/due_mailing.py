"""Mails the weekly letters of what is due: each once, noted before it is handed over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.calendar.working_time import working_time
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    GatewayError,
    MailNotSent,
    MailUnanswered,
    SenderError,
)
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.domain.values import replace
from gateway.ports.due_mails import DueMailRow, DueMailState
from gateway.ports.nodes import DIGEST
from gateway.reports.due_letter import letter
from gateway.reports.due_soon import due_until
from gateway.reports.due_targets import targets
from gateway.reports.due_weeks import is_time, week_of, working_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.principal import Principal
    from gateway.ports.due_mails import DueMailStore
    from gateway.ports.mail import Mailer
    from gateway.ports.nodes import Duties
    from gateway.reports.due_soon import DueSoon
    from gateway.reports.due_targets import Target
    from gateway.reports.due_weeks import Rhythm, Week
    from gateway.sealing.tools import Tools

#: Real seconds between two looks at the clock on the wall.
LOOK_EVERY_S = 60.0
#: Until what could not be sent, or has no address, is looked at again; by the wall.
AGAIN = timedelta(minutes=15)
#: Nothing more is done by itself for a letter that stands so.
_SETTLED = frozenset(
    {
        *(DueMailState.SENT, DueMailState.NOTHING),
        *(DueMailState.BEGUN, DueMailState.UNCLEAR),
    }
)
_MAY_HAVE_LEFT = frozenset({DueMailState.BEGUN, DueMailState.UNCLEAR})


class DueMailing:
    """Sends each week's letters from whichever node has the duty."""

    def __init__(
        self,
        tools: Tools,
        kept: DueMailStore,
        mailer: Mailer,
        duties: Duties,
        *,
        rhythm: Rhythm,
        page: str,
    ) -> None:
        """``page``: address of the pages, as units reach them."""
        self._tools = tools
        self._kept = kept
        self._mailer = mailer
        self._duties = duties
        self._rhythm = rhythm
        self._page = page
        self._done: date | None = None
        self._not_before: datetime | None = None

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._tools.clock.rest(LOOK_EVERY_S)
            if not self._duties.holds(DIGEST):
                continue
            try:
                await self.turn()
            except GatewayError as error:
                self._tools.probe.trouble("reports.due_mailing", error)

    @property
    def week(self) -> Week:
        """The newest week whose day has come."""
        return week_of(self._tools.clock.now(), self._rhythm, self._working)

    @property
    def _working(self) -> WorkingTime:
        return working_time(self._tools.versions.current.calendar)

    async def turn(self) -> None:
        """Send what is to be sent now."""
        now, week = self._tools.clock.now(), self.week
        if (
            not is_time(now, week, self._rhythm, self._working)
            or self._done == week.day
        ):
            return
        if self._not_before is not None and now < self._not_before:
            return
        self._not_before = now + AGAIN
        known = {row.key: row for row in await self._kept.due_mails(week.day)}
        settled = True
        for target in await targets(self._tools, legal_day(now)):
            row = known.get(target.key)
            if row is None or row.state not in _SETTLED:
                settled = await self._tried(week, target, row) and settled
        if settled:
            self._done = week.day

    async def _tried(self, week: Week, target: Target, row: DueMailRow | None) -> bool:
        """Whether nothing more is to be done for it; one does not hold up the others."""
        try:
            row = await self._told(week, target, row)
        except Exception as error:  # noqa: BLE001  recorded; the others get theirs
            self._tools.probe.trouble("reports.due_mailing", error)
            return False
        return row is not None and row.state in _SETTLED

    async def rows(self) -> tuple[Week, Sequence[DueMailRow]]:
        """The letters of the newest week, as far as anything was done for them."""
        week = self.week
        return week, await self._kept.due_mails(week.day)

    async def send(
        self, principal: Principal, kind: str, target: str, *, again: bool
    ) -> DueMailRow:
        """Send one letter of the week now; ``again``: although it may have arrived.

        Raises:
            SenderError: it is meant for nobody who has open dossiers.
            ActionNotPossible: it was sent, may have left, has no address or nothing
                to tell.
            MailNotSent: the server has not taken it.
        """
        now, week = self._tools.clock.now(), self.week
        found = await targets(self._tools, legal_day(now))
        one = next((one for one in found if one.key == (kind, target)), None)
        if one is None:
            raise SenderError(
                code="due_mail_unknown",
                remedy="Không có đơn vị nào như vậy đang có hồ sơ: xem GET /v1/due-mails.",
            )
        rows = await self._kept.due_mails(week.day)
        row = next((row for row in rows if row.key == one.key), None)
        if not again:
            _must_be_first(row)
        facts = {"week": week.day.isoformat(), "kind": kind, "target": target}
        line = JournalLine("due_mail", now, principal.id, {**facts, "again": again})
        await self._tools.store.note(f"due-mail:{now:%Y-%m-%d}", [line])
        sent = await self._told(week, one, row, again=again)
        return _taken(sent)

    async def _told(
        self, week: Week, target: Target, row: DueMailRow | None, *, again: bool = False
    ) -> DueMailRow | None:
        """How it stands afterwards; None: somebody else is at it.

        Noted before it is handed over: whoever dies in between leaves a note that
        nobody sends again without saying so.
        """
        try:
            if not target.to:
                return await self._noted(week, target, row, DueMailState.NO_ADDRESS)
            found = await self._due(week, target)
            if not found.rows:
                return await self._noted(week, target, row, DueMailState.NOTHING)
            mail = await letter(
                self._tools, target, week, found, again=again, page=self._page
            )
            row = await self._noted(week, target, row, DueMailState.BEGUN, found)
            try:
                refused = await self._mailer.send(mail)
            except MailNotSent as error:
                self._tools.probe.trouble("reports.due_mailing", error)
                unclear = isinstance(error, MailUnanswered)
                state = DueMailState.UNCLEAR if unclear else DueMailState.FAILED
                return await self._next(row, state, code=error.code)
            taken = len(mail.to) - refused
            return await self._next(
                row, DueMailState.SENT, addresses=taken, refused=refused
            )
        except ChangedMeanwhile:
            return None

    async def _due(self, week: Week, target: Target) -> DueSoon:
        today = legal_day(self._tools.clock.now())
        return await due_until(
            self._tools,
            target.scope,
            target.unit,
            week.until,
            days=working_days(week, today, self._working),
            without=target.without,
        )

    async def _noted(
        self,
        week: Week,
        target: Target,
        row: DueMailRow | None,
        state: DueMailState,
        found: DueSoon | None = None,
    ) -> DueMailRow:
        """Keep how it stands; what stands so already is left as it is."""
        if row is not None and row.state is state is DueMailState.NO_ADDRESS:
            return row
        fresh = DueMailRow(
            week=week.day,
            kind=target.kind,
            target=target.id,
            version=row.version + 1 if row else 1,
            state=state,
            at=self._tools.clock.now(),
            dossiers=len(found.rows) + found.left_out if found else 0,
            overdue=sum(one.late for one in found.rows) if found else 0,
        )
        await self._kept.keep_due_mail(fresh)
        return fresh

    async def _next(
        self,
        row: DueMailRow,
        state: DueMailState,
        *,
        addresses: int = 0,
        refused: int = 0,
        code: str = "",
    ) -> DueMailRow:
        now = self._tools.clock.now()
        version = row.version + 1
        fresh = replace(row, version=version, state=state, at=now, code=code)
        fresh = replace(fresh, addresses=addresses, refused=refused)
        await self._kept.keep_due_mail(fresh)
        if state is DueMailState.SENT:
            self._tools.probe.action(
                action="due_mail",
                actor="gateway",
                kind=row.kind,
                subject=row.target,
                count=addresses,
                refused=refused,
            )
        return fresh


def _must_be_first(row: DueMailRow | None) -> None:
    if row is not None and row.state is DueMailState.SENT:
        raise ActionNotPossible(
            code="due_mail_sent",
            remedy="Thư tuần này đã gửi; vẫn cần gửi thì chọn gửi lại (again).",
        )
    if row is not None and row.state in _MAY_HAVE_LEFT:
        raise _unclear()


def _unclear() -> ActionNotPossible:
    return ActionNotPossible(
        code="due_mail_unclear",
        remedy="Có máy đang gửi thư này, hoặc lần gửi trước bị ngắt nên chưa rõ thư đã đi"
        " hay chưa: hỏi người nhận; vẫn cần gửi thì chọn gửi lại (again).",
    )


def _taken(row: DueMailRow | None) -> DueMailRow:
    if row is None or row.state in _MAY_HAVE_LEFT:
        raise _unclear()
    match row.state:
        case DueMailState.NO_ADDRESS:
            raise ActionNotPossible(
                code="due_mail_no_address",
                remedy="Đơn vị chưa có đầu mối nghiệp vụ có thư điện tử: quản trị ghi bằng"
                " lienthong contact add.",
            )
        case DueMailState.NOTHING:
            raise ActionNotPossible(
                code="due_mail_nothing",
                remedy="Đơn vị không có hồ sơ nào đến hạn hay quá hạn: không gửi thư.",
            )
        case DueMailState.FAILED:
            raise MailNotSent(
                code="due_mail_not_sent",
                remedy="Thư chưa gửi được: quản trị kiểm tra địa chỉ của đầu mối và máy chủ"
                " thư ([mail]); cổng tự gửi lại sau 15 phút.",
            )
        case _:
            return row
