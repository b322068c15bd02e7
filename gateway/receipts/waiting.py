"""What people do about reports that fitted nothing or could not be read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierUnknown,
    StoreError,
)
from gateway.domain.identifiers import ReportId
from gateway.domain.report import WAITING, ReportKind, Standing
from gateway.ports.store import Change
from gateway.receipts.arrive import arrive
from gateway.receipts.hand import ByHand, ReportAction, not_waiting
from gateway.receipts.in_answers import IN_ANSWER
from gateway.receipts.kept import kept_report
from gateway.receipts.unforeseen import UNFORESEEN
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.domain.report import AgencyReport
    from gateway.ports.store import DossierRow, ReportRow
    from gateway.sealing.tools import Tools


def possible(row: ReportRow) -> tuple[ReportAction, ...]:
    """What can be done about a report."""
    if row.standing not in WAITING or row.code == IN_ANSWER:
        return ()
    if row.standing is Standing.UNMATCHED and row.dossier_id is None:
        is_ours = row.kind == ReportKind.OPENED or row.code == UNFORESEEN
        again = (ReportAction.AGAIN,) if is_ours else ()
        return (*again, ReportAction.ASSIGN, ReportAction.SETTLE)
    return (ReportAction.SETTLE,)


async def settle(
    tools: Tools, principal: Principal, report_id: str, *, reason: str
) -> ReportRow:
    """Note that a person has dealt with a report; it waits no more.

    Raises:
        DossierUnknown: no such report within the caller's scope.
        ActionNotPossible: it waits for nobody, or somebody else was first.
    """
    row, folder = await _waiting(tools, principal, report_id)
    hand = ByHand(ReportAction.SETTLE, row, principal.id, reason)
    sealed, line = hand.entry(tools, folder)
    change = Change(
        now=tools.clock.now(),
        dossier_id=row.dossier_id,
        settles=(row.id,),
        payloads=(sealed,),
        journal=(line,),
    )
    try:
        await tools.store.apply(change)
    except ChangedMeanwhile:
        raise not_waiting() from None
    _tell(tools, hand)
    return await tools.store.report(row.id) or row


async def assign(
    tools: Tools,
    principal: Principal,
    report_id: str,
    dossier: DossierRow,
    *,
    reason: str,
) -> Standing:
    """Take a report in as if it had named this dossier; what became of it there.

    The dossier must be one of the office that reported, as for every report. The
    number that the report did name is not learned: it may have been mistyped.

    Raises:
        DossierUnknown: no such report within the caller's scope.
        ActionNotPossible: it waits for nobody, or does not fit this dossier either.
    """
    row, _ = await _waiting(tools, principal, report_id)
    report = await kept_report(tools, row) if _is_whole(row) else None
    if report is None:
        raise ActionNotPossible(
            code="report_not_assignable",
            remedy="Phản hồi này không đọc được hoặc đã thuộc một hồ sơ: đề nghị cơ quan"
            " gửi lại cho đúng, rồi ghi «Đã xử lý».",
        )
    # Of a report without a time of its own the arrival counts, and that is past.
    report = replace(report, event_at=report.event_at or row.arrived_at)
    identifier = dossier.case.dossier_id
    hand = ByHand(ReportAction.ASSIGN, row, principal.id, reason, identifier)
    arrived = await arrive(
        tools,
        row.agency,
        row.office,
        report,
        tools.clock.now(),
        row.transfer_id,
        by_hand=hand,
    )
    if arrived.standing is Standing.UNMATCHED:
        raise ActionNotPossible(
            code="report_fits_not",
            remedy="Phản hồi không thuộc hồ sơ này: hồ sơ không có phần việc của cơ quan"
            " gửi, hoặc số trong phản hồi là của hồ sơ khác. Đối chiếu lại số hồ sơ.",
        )
    _tell(tools, hand)
    return arrived.standing


async def again(
    tools: Tools, principal: Principal, report_id: str, *, reason: str
) -> Standing:
    """Take a report in as if it came now: what it failed by was mended meanwhile.

    Raises:
        DossierUnknown: no such report within the caller's scope.
        ActionNotPossible: it waits for nobody, or cannot be taken in yet.
    """
    row, _ = await _waiting(tools, principal, report_id)
    report = await kept_report(tools, row) if _is_whole(row) else None
    hand = ByHand(ReportAction.AGAIN, row, principal.id, reason)
    standing = await _taken_again(tools, report, hand) if report else None
    if standing is None or standing is Standing.UNMATCHED:
        raise ActionNotPossible(
            code="report_still_not_taken_in",
            remedy="Cổng vẫn chưa ghi nhận được phản hồi này: nguyên nhân chưa được khắc"
            " phục, hoặc cấu hình mới chưa áp dụng. Xem lại lý do rồi làm lại.",
        )
    _tell(tools, hand)
    return standing


async def _taken_again(
    tools: Tools, report: AgencyReport, hand: ByHand
) -> Standing | None:
    """What became of it; None: what nobody foresaw is as it was."""
    row, now = hand.row, tools.clock.now()
    said = (row.agency, row.office, report, now, row.transfer_id)
    try:
        return (await arrive(tools, *said, by_hand=hand)).standing
    except (ActionNotPossible, StoreError):
        raise
    except Exception as error:  # noqa: BLE001  it waits on, and its person is told
        tools.probe.trouble("receipts.waiting", error)
        return None


def _is_whole(row: ReportRow) -> bool:
    return ReportAction.ASSIGN in possible(row)


async def _waiting(
    tools: Tools, principal: Principal, report_id: str
) -> tuple[ReportRow, Folder | None]:
    """A report that waits, and the folder of its dossier where that is known.

    Whose dossier an unmatched one is about nobody knows: only people who see the
    dossiers of some agencies alone do not see it.
    """
    row = await tools.store.report(ReportId(report_id))
    dossier = None
    if row is not None and row.dossier_id is not None:
        dossier = await tools.store.dossier(row.dossier_id, principal.scope)
    of_nobody = row is not None and row.dossier_id is None
    hidden = bool(principal.scope.offices) if of_nobody else dossier is None
    if row is None or hidden:
        raise DossierUnknown(
            code="report_unknown",
            remedy="Kiểm tra lại mã phản hồi (r_…) trong danh sách phản hồi chưa khớp.",
        )
    if row.standing not in WAITING:
        raise not_waiting()
    return row, Folder.of(tools, dossier) if dossier else None


def _tell(tools: Tools, hand: ByHand) -> None:
    tools.probe.action(
        action=f"report_{hand.action.value}",
        actor=hand.actor,
        report_id=hand.row.id,
        office=hand.row.office,
    )
