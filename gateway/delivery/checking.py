"""Looks at an office's line when a person asks: within its limits, and not too often."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.delivery.entrance import HOLD_MARGIN_S
from gateway.delivery.seen import seen
from gateway.domain.check import Check, Finding, Result, Step, kept, of_kept
from gateway.domain.errors import ActionNotPossible, NeedsConfiguration
from gateway.domain.journal import JournalLine
from gateway.domain.lane import LaneState
from gateway.domain.legal_day import VIETNAM
from gateway.domain.words import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gateway.delivery.lanes import Lanes
    from gateway.domain.identifiers import OfficeId
    from gateway.ports.nodes import Permits
    from gateway.ports.reaching import OfficeNotes, Reaches
    from gateway.ports.sessions import Sessions
    from gateway.sealing.tools import Tools

#: Real seconds between two looks at one office, whoever asks at whichever node.
EVERY_S = 60.0
#: Of the whole look, whatever the lane's own timeout is.
AT_MOST_S = 30.0
#: Kind of the note that keeps the last one.
CHECKED = "check"


class Checks:
    """One look at a time at each office."""

    def __init__(
        self,
        tools: Tools,
        lanes: Lanes,
        reaches: Reaches,
        notes: OfficeNotes,
        *,
        permits: Permits,
        turns: Sessions,
    ) -> None:
        """``turns`` says over all nodes whose turn it is to look."""
        self._tools = tools
        self._lanes = lanes
        self._reaches = reaches
        self.notes = notes
        self._permits = permits
        self._turns = turns

    async def last(self) -> Mapping[OfficeId, Check]:
        """The last look at each office that was looked at."""
        texts = await self.notes.office_notes(CHECKED)
        return {office: of_kept(office, text) for office, text in texts.items()}

    async def check(self, office: OfficeId, *, by: str, anyway: bool = False) -> Check:
        """Look now, and keep what was found.

        ``anyway``: also while the office asked not to be called.

        Raises:
            ActionNotPossible: not now; the remedy says when, or how all the same.
        """
        tools, now = self._tools, self._tools.clock.now()
        self._must_be_open(office, now, anyway=anyway)
        turn = await self._turns.begin_login(f"check/{office}", lease_s=EVERY_S)
        if turn.wait_s:
            raise ActionNotPossible(
                code="checked_just_now",
                remedy="Đơn vị vừa được kiểm tra. Xem kết quả, hoặc kiểm tra lại sau"
                f" {math.ceil(turn.wait_s)} giây.",
            )
        try:
            findings = await self._within_limits(office, now)
        except ActionNotPossible:
            await self._turns.end_login(f"check/{office}", turn.ticket)
            raise
        check = Check(office, now, by, findings)
        await self.notes.note_offices(CHECKED, {office: kept(check)})
        failed = check.failed
        facts = {"office": office, "failed": failed.step.value if failed else ""}
        line = JournalLine("office_check", now, by, facts)
        await tools.store.note(f"checks:{now:%Y-%m-%d}", [line])
        code = failed.code if failed else ""
        tools.probe.action(action="office_check", actor=by, office=office, code=code)
        return check

    def _must_be_open(self, office: OfficeId, now: datetime, *, anyway: bool) -> None:
        one = seen(self._lanes, office, now)
        if anyway or not (one.state is LaneState.MAINTENANCE or one.emergency):
            return
        why = "dừng khẩn cấp" if one.emergency else "bảo trì"
        raise ActionNotPossible(
            code="office_not_to_be_called",
            remedy=f"Đơn vị đang {why} nên cổng không gọi. Cơ quan đồng ý cho thử thì chọn"
            " «Vẫn kiểm tra» (lienthong check --anyway).",
        )

    async def _within_limits(
        self, office: OfficeId, now: datetime
    ) -> Sequence[Finding]:
        """Look, counted as one call of the office's.

        Raises:
            ActionNotPossible: as much as may be is on its way to the office.
        """
        lanes, limits = self._lanes, self._lanes.limits(office)
        timeout_s = min(limits.timeout_s, AT_MOST_S)
        free = lanes.free(office, now)
        permit = None
        if free:
            # Before anything is awaited: messages of this node see that it is gone.
            lanes.taken(office, 1, now)
            hold_s = timeout_s + HOLD_MARGIN_S
            try:
                permit = await self._permits.permit(
                    office, 1, calls=1, limits=limits, now=now, hold_s=hold_s
                )
            except BaseException:
                lanes.put_back(office)
                raise
        if permit is None or not permit.count:
            if permit is not None:
                lanes.put_back(office)
            raise ActionNotPossible(
                code="office_busy",
                remedy="Số lời gọi đến đơn vị đang ở mức cao nhất cho phép: kiểm tra lại"
                " sau ít phút.",
            )
        try:
            return await self._looked(office, timeout_s)
        finally:
            lanes.put_back(office)
            await self._permits.give_back(permit)

    async def _looked(self, office: OfficeId, timeout_s: float) -> Sequence[Finding]:
        try:
            reach = self._reaches.reach(office)
        except NeedsConfiguration as error:
            said = words_of(error.code, {})
            action = error.remedy or said.next_action
            found = Finding(
                Step.ENTRY, Result.FAILED, error.code, {}, said.reason, action
            )
            return [found]
        findings = [*await reach.look(timeout_s=timeout_s)]
        heard = await self._heard(office)
        return [*findings, heard] if heard is not None else findings

    async def _heard(self, office: OfficeId) -> Finding | None:
        """When its system called last, where it is one that calls."""
        adapter = self._tools.adapters.of(office)
        if adapter.desk is not None:
            return Finding(Step.HEARD, Result.NONE, "by_list")
        known = (await self._lanes.heard.known(self.notes)).get(office)
        calls = bool(adapter.hosted) or adapter.caller is not None
        if calls:
            if known is None or known.called is None:
                return Finding(Step.HEARD, Result.NONE, "heard_never")
            facts = {"at": _at(known.called.at)}
            return Finding(Step.HEARD, Result.DONE, "heard_at", facts)
        if known is None or known.ok is None:
            return None
        return Finding(Step.HEARD, Result.DONE, "answered_at", {"at": _at(known.ok.at)})


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"
