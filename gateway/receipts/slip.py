"""A signed slip: held against its issuer and the dossier's own numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import ReportRefused
from gateway.domain.report import ReportKind
from gateway.domain.text import normal_number
from gateway.routing.messages import Enclosure
from gateway.routing.slips import consumer, slip_issuers
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from gateway.domain.procedure import Leg
    from gateway.domain.report import AgencyReport
    from gateway.ports.slips import SlipNumbers
    from gateway.ports.store import BlindReference
    from gateway.ports.vault import SealedPayload
    from gateway.sealing.tools import Tools

ONE_STOP = "one_stop"
DOSSIER_NUMBER = "ma_ho_so"


async def enclose(
    tools: Tools,
    folder: Folder,
    report: AgencyReport,
    sealed: tuple[SealedPayload, ...],
) -> tuple[Enclosure, tuple[BlindReference, ...]]:
    """What the messages that follow from a report carry, and the slip's number.

    A slip that does not hold is not passed on: its transfer waits for a person,
    who asks the issuer for another; nothing is lost, nothing refused silently.
    """
    if report.kind is not ReportKind.SLIP:
        content = sealed[0].id if sealed else None
        # Which notices were settled is what the office that waits is told, too.
        settled = report.kind in {ReportKind.PAID, ReportKind.EXEMPTED}
        facts, at = dict(report.facts), report.event_at
        payload = content if settled else None
        told_at = at.isoformat() if at else ""
        return Enclosure(facts, payload, told=content, event_at=told_at), ()
    leg = consumer(tools.versions.procedure_of(folder.row.case))
    if leg is None:
        return Enclosure(dict(report.facts)), ()
    if report.signed is None:
        return Enclosure(dict(report.facts), parked="slip_missing"), ()
    try:
        numbers = await check(tools, folder, leg, report.signed)
    except ReportRefused as refused:
        return Enclosure({}, sealed[0].id, parked=refused.code), ()
    unique = f"{numbers.dossier_number}|{numbers.certificate_number}"
    reference = folder.reference(
        leg.agency, "so_phieu", numbers.slip_number, unique=unique
    )
    enclosure = Enclosure(
        dict(report.facts),
        sealed[0].id,
        slip_number=numbers.slip_number,
        slip=numbers.kind.value,
    )
    return enclosure, (reference,)


async def check(tools: Tools, folder: Folder, leg: Leg, signed: bytes) -> SlipNumbers:
    """Form, signature and the three numbers.

    Raises:
        ReportRefused: what does not hold, as ``code``.
    """
    case = folder.row.case
    issuers = slip_issuers(case, leg, tools.versions.current.offices)
    signers = [one.id for one in issuers]
    numbers = tools.slips.read(signed, issuers=signers, at=tools.clock.now())
    known = {
        normal_number(reference.value)
        for reference in await folder.references()
        if reference.agency == ONE_STOP and reference.kind == DOSSIER_NUMBER
    }
    if normal_number(numbers.dossier_number) not in known:
        raise ReportRefused(
            code="slip_of_another_dossier",
            remedy="Đề nghị nơi lập phiếu sửa MA_HS cho đúng mã hồ sơ rồi ký lại.",
        )
    document = await folder.document(case.revision)
    serial = (document.get("certificate") or {}).get("serial", "")
    told = numbers.certificate_number
    if serial and told and normal_number(serial) != normal_number(told):
        raise ReportRefused(
            code="slip_certificate_differs",
            remedy="Đối chiếu số Giấy chứng nhận trên phiếu với hồ sơ, ký lại phiếu.",
        )
    return numbers
