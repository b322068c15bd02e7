"""An officer's act → our report (interface document, §4 and §5); pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.domain.legal_day import legal_day
from gateway.domain.report import AgencyReport, Reference, ReportKind
from gateway.domain.text import nfc
from gateway.ports.desk import Act, Said

_KINDS: Mapping[Act, ReportKind] = {
    Act.STEP: ReportKind.PROGRESS,
    Act.SUPPLEMENT: ReportKind.SUPPLEMENT_REQUEST,
    Act.SUPPLEMENT_RECEIVED: ReportKind.SUPPLEMENT_RECEIVED,
    Act.NOTICE: ReportKind.NOTICES,
    Act.PAID: ReportKind.PAID,
    Act.EXEMPTED: ReportKind.EXEMPTED,
    Act.DEFERRED: ReportKind.DEFERRED,
    Act.RETURN_SLIP: ReportKind.TAX_RETURNED,
    Act.REFUSE: ReportKind.REFUSED,
    Act.FINISH: ReportKind.FINISHED,
    Act.WITHDRAWN: ReportKind.WITHDRAWN,
}


def report(
    said: Said, about: tuple[Reference, ...], steps: Mapping[str, str]
) -> AgencyReport:
    """What an act says of a dossier.

    Raises:
        ValueError: the act is no report.
    """
    kind = _KINDS.get(said.act)
    if kind is None:
        raise ValueError(f"{said.act} is no report")
    return AgencyReport(
        kind=kind,
        about=about,
        fingerprint=f"act:{said.key}",
        event_at=said.at,
        facts=_facts(said),
        content=_content(said, steps),
        handed_in_by=said.by,
        enclosed=said.files,
    )


def _facts(said: Said) -> dict[str, Any]:
    """What is never personal."""
    facts: dict[str, Any] = {}
    if said.step:
        facts["step"] = said.step
    if said.notice:
        facts["notices"] = 1
    days = backdated_days(said.at, said.recorded_at)
    if days:
        facts["backdated_days"] = days
    return facts


def backdated_days(at: datetime, recorded_at: datetime) -> int:
    """By how many days an act was recorded after it happened (khai lùi ngày)."""
    return (legal_day(recorded_at) - legal_day(at)).days


def _content(said: Said, steps: Mapping[str, str]) -> dict[str, Any]:
    """What may be personal, under the names that reports have here."""
    content: dict[str, Any] = {"note": nfc(said.note)} if said.note else {}
    if said.step in steps:
        content["step_name"] = steps[said.step]
    if said.notice:
        content["notices"] = [
            {_NOTICE.get(name, name): nfc(told) for name, told in said.notice.items()}
        ]
    return content


#: Where a field of the document has another name in reports.
_NOTICE = {"item": "kind"}
