"""The slip of a dossier for an issuer without a system: when, why not, its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.case import End, LegState
from gateway.domain.legal_day import legal_day
from gateway.domain.paper import PrefilledSlip
from gateway.domain.paper_land import (
    Certificate,
    Conveyance,
    Exemption,
    Holder,
    Plot,
)
from gateway.domain.report import ReportKind
from gateway.domain.written import money, written
from gateway.reports.reading import day_in, received_at, subject, text_in
from gateway.routing.slips import opened_by_slip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from gateway.domain.identifiers import OfficeId
    from gateway.domain.paper_forms import FormName
    from gateway.reports.reading import Directory, Opened
    from gateway.routing.slips import SlipIssuer

_IDENTITIES = {
    "cccd": "số định danh cá nhân",
    "cmnd": "chứng minh nhân dân",
    "passport": "hộ chiếu",
    "tax_code": "mã số thuế",
    "business_code": "mã số doanh nghiệp",
}


def no_slip(one: Opened, directory: Directory) -> str:
    """Why a dossier has no slip to be filled in by hand; empty when it has."""
    leg = opened_by_slip(one.procedure)
    if leg is None:
        return "Thủ tục này không có phiếu chuyển thông tin."
    if not leg.issuer:
        return "Thủ tục không ghi nơi lập phiếu: các cơ quan tự trao đổi phiếu."
    if one.case.end is not End.OPEN:
        return "Hồ sơ đã kết thúc, không còn phiếu phải lập."
    states = {here.state for here in one.case.legs if here.name == leg.name}
    if states & {LegState.SKIPPED, LegState.ENDED}:
        return "Phần việc của cơ quan nhận phiếu không có hoặc đã xong."
    issuers = directory.slip_issuers(one)
    if not issuers:
        return "Chưa rõ nơi lập phiếu của hồ sơ này."
    if not _on_paper(issuers):
        return "Hệ thống của nơi lập phiếu tự lập và ký phiếu."
    return ""


def slip_notes(one: Opened) -> tuple[str, ...]:
    """What to look at before a filled-in slip is signed."""
    notes = [
        "Nơi lập phiếu đối chiếu, ghi phần còn thiếu, số và ngày rồi ký, đóng dấu.",
        "Số mẫu, lời văn và căn cứ chưa đối chiếu với văn bản.",
    ]
    issued = [told.at for told in one.told if told.kind is ReportKind.SLIP]
    if issued:
        notes.append(
            f"Đã được báo lập phiếu lúc {written(max(issued))}: xem lại trước khi lập"
            " thêm phiếu."
        )
    return tuple(notes)


def prefilled_slip(
    one: Opened, name: FormName, directory: Directory, now: datetime
) -> PrefilledSlip:
    """What dossier and journal tell of a slip; the rest is left to the pen."""
    on_paper = _on_paper(directory.slip_issuers(one))
    leg = opened_by_slip(one.procedure)
    takes = [here.office for here in one.case.legs if leg and here.name == leg.name]
    document = one.document
    persons = (document.get("applicant") or {}, *(document.get("owners") or ()))
    return PrefilledSlip(
        form=name,
        dossier=subject(one, directory),
        issuer=on_paper[0].name if len(on_paper) == 1 else "",
        receiver=directory.office(takes[0]) if takes else "",
        complete_on=_complete_on(one),
        basis=one.procedure.decision,
        holders=tuple(map(_holder, persons)),
        parcels=_parcels(document, directory),
        certificates=tuple(map(_certificate, _block(document, "certificate"))),
        transfers=tuple(map(_conveyance, _block(document, "transfer"))),
        exemptions=tuple(map(_exemption, _block(document, "exemption"))),
        printed_at=now,
    )


def _on_paper(issuers: list[SlipIssuer]) -> list[SlipIssuer]:
    return [issuer for issuer in issuers if issuer.on_paper]


def _complete_on(one: Opened) -> date | None:
    """The day of receipt; after a request, the day on which all had been brought.

    Only the office that asked says so; what the counter sent need not be all.
    """
    asked = _newest(one, ReportKind.SUPPLEMENT_REQUEST)
    if not asked:
        at = received_at(one.document)
        return legal_day(at) if at else None
    brought = _newest(one, ReportKind.SUPPLEMENT_RECEIVED)
    if any(
        office not in brought or brought[office] < asked[office] for office in asked
    ):
        return None
    return legal_day(max(brought[office] for office in asked))


def _newest(one: Opened, kind: ReportKind) -> dict[OfficeId, datetime]:
    """When each office told this last."""
    found = sorted((told.at, told.office) for told in one.told if told.kind is kind)
    return {office: at for at, office in found}


def _block(document: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    """A part that a dossier need not have, as none or one."""
    found = document.get(name)
    return (found,) if found else ()


def _holder(person: Mapping[str, Any]) -> Holder:
    identity: Mapping[str, Any] = person.get("identity") or {}
    born = text_in(person, "birth").split("-")
    return Holder(
        name=text_in(person, "name"),
        address=text_in(person, "address"),
        identity=text_in(identity, "number"),
        identity_kind=_IDENTITIES.get(text_in(identity, "kind"), ""),
        # Known as far as it is written: 1957, 03/1957 or 21/03/1957.
        birth="/".join(reversed(born)),
    )


def _parcels(document: Mapping[str, Any], directory: Directory) -> tuple[Plot, ...]:
    """The parcels; a dossier that names none leaves one to be written in."""
    area = document.get("area") or {}
    parcels: Sequence[Mapping[str, Any]] = document.get("parcels") or ({},)
    return tuple(
        Plot(
            number=text_in(parcel, "number"),
            sheet=text_in(parcel, "sheet"),
            address=text_in(parcel, "address"),
            # By the schema a parcel lies in the dossier's commune unless it says so.
            commune=directory.commune(
                text_in(parcel, "commune") or text_in(area, "commune"),
                as_of=text_in(area, "as_of"),
            ),
            area_m2=text_in(parcel, "area_m2").replace(".", ","),
        )
        for parcel in parcels
    )


def _certificate(block: Mapping[str, Any]) -> Certificate:
    return Certificate(
        serial=text_in(block, "serial"),
        number=text_in(block, "number"),
        issued_on=day_in(block, "issued_on"),
        issued_by=text_in(block, "issued_by"),
    )


def _conveyance(block: Mapping[str, Any]) -> Conveyance:
    return Conveyance(
        kind=text_in(block, "kind"),
        price=money(text_in(block, "price")),
        contract_number=text_in(block, "contract_number"),
        contract_on=day_in(block, "contract_on"),
        notary=text_in(block, "notary"),
    )


def _exemption(block: Mapping[str, Any]) -> Exemption:
    return Exemption(kind=text_in(block, "kind"), reason=text_in(block, "reason"))
