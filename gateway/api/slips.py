"""A signed slip that comes through the one-stop."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from gateway.api import answers
from gateway.domain.errors import (
    DossierInvalid,
    FieldError,
    ReportRefused,
    SenderError,
)
from gateway.domain.identifiers import AgencyId
from gateway.domain.report import AgencyReport, Reference, ReportKind
from gateway.receipts.arrive import arrive
from gateway.receipts.slip import check
from gateway.routing.slips import consumer
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.domain.report import Standing
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools


MAX_SLIP_BYTES = 2 * 1024 * 1024


class Taken(NamedTuple):
    """A slip that holds: its number, and what became of it."""

    number: str
    standing: Standing


async def take_slip(
    tools: Tools, row: DossierRow, signed: bytes, *, by: Principal, so_phieu: str = ""
) -> Taken:
    """Check a slip at the door, then take it in as its issuer's report.

    ``so_phieu``: its number where ``by`` told it beside the slip.

    Raises:
        SenderError: the dossier's procedure has no slip.
        DossierInvalid: form, signature or numbers do not hold.
    """
    folder = Folder.of(tools, row)
    leg = consumer(tools.versions.procedure_of(row.case))
    if leg is None:
        raise SenderError(
            code="no_slip_expected",
            remedy="Thủ tục này không có phiếu chuyển thông tin.",
        )
    try:
        numbers = await check(tools, folder, leg, signed)
    except ReportRefused as refused:
        field = FieldError(
            "", refused.code, refused.remedy, refused.detail or refused.code
        )
        raise DossierInvalid((field,), code=refused.code) from refused
    if so_phieu and numbers.slip_number != so_phieu:
        field = FieldError(
            "/SO_PHIEU",
            "slip_number_differs",
            "Số phiếu trong nội dung khác số phiếu trên đường dẫn.",
            "The number inside the slip differs from the path.",
        )
        raise DossierInvalid((field,), code="slip_number_differs")
    land = next(here for here in row.case.legs if here.agency != leg.agency)
    own = await answers.own_number(folder)
    report = AgencyReport(
        kind=ReportKind.SLIP,
        about=(Reference(AgencyId("one_stop"), "ma_ho_so", own),),
        fingerprint="slip:" + hashlib.sha256(signed).hexdigest(),
        event_at=None,
        signed=signed,
        handed_in_by=by.id,
    )
    now = tools.clock.now()
    arrived = await arrive(tools, land.agency, land.office, report, now)
    return Taken(numbers.slip_number, arrived.standing)
