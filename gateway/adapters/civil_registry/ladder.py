"""What DVCLT is told of a dossier: one rung of its ladder each; pure (§7).

Which rung is told when is the journey's affair (decision 0037): a message here knows
its own rung and nothing of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from gateway.adapters.civil_registry.mapping import Office, files_of, own_number
from gateway.adapters.civil_registry.results import RESULT
from gateway.carriers.json_files import FileValue, JSONText
from gateway.domain.errors import NeedsConfiguration, NeedsData
from gateway.domain.handed_over import LINKED
from gateway.domain.legal_day import VIETNAM
from gateway.ports.agency import OutboundMessage

REPORT = "trangthaihoso"
#: Message kind → rung (§7.1).
RUNGS: Mapping[str, int] = {
    "told_received": 1,
    "told_supplement": 2,
    "told_accepted": 3,
    "told_registered": 4,
    "told_handed_out": 5,
    "told_refused": 6,
    "told_sent_on": 7,
}
#: This office, whatever the rung.
_THIS_OFFICE = 5
#: Rungs that say why.
_WITH_REASON = frozenset({2, 6})
#: Who acted, as DVCLT calls it → as a report, and the office's entry, do.
_ACTED = {"nguoiXuLy": "officer", "chucDanh": "title", "phongBanXuLy": "department"}


def report(message: OutboundMessage, office: Office) -> dict[str, Any]:
    """Body of ``trangthaihoso``.

    Raises:
        NeedsData: a number, a reason, a last day or the result is not known.
        NeedsConfiguration: the procedure's code there or the officer is not known.
    """
    linked = message.number(LINKED)
    if not linked:
        raise NeedsData(code="linked_number_missing")
    rung, content = RUNGS[message.kind], message.content
    if rung in _WITH_REASON and not content.get("note"):
        raise NeedsData(code="reason_missing")
    if not message.facts.get("case"):
        raise NeedsConfiguration(code="procedure_not_mapped")
    more = {
        "noiDungXuLy": content.get("note"),
        "ghiChu": content.get("remark"),
        "ngayBatDau": _begun(message) if rung == 1 else None,
        "hanBoSungHoSo": _last_day(message) if rung == 2 else None,
        "ketQuaXuLy": _result(message) if rung == 4 else None,
    }
    return {
        "maTTHC": str(message.facts["case"]),
        "soHoSoLT": linked,
        "coQuanXuLy": _THIS_OFFICE,
        "maHoSo": own_number(message),
        "trangThai": rung,
        "thoiGianThucHien": _written(_happened_at(message)),
        **_who(content, office),
        **{name: value for name, value in more.items() if value},
    }


def _written(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%Y%m%d%H%M%S")


def _happened_at(message: OutboundMessage) -> datetime:
    """When it happened: as whoever did it says, else when it came to be told.

    The same on every attempt: DVCLT tells a repeat from another report by it.
    """
    told = message.facts.get("event_at")
    if told:
        return datetime.fromisoformat(str(told))
    if message.created_at is None:
        raise NeedsData(code="moment_missing")
    return message.created_at


def _begun(message: OutboundMessage) -> str | None:
    text = str(message.view.fields.get("received_at") or "")
    at = datetime.fromisoformat(text) if text else None
    return _written(at) if at is not None and at.tzinfo else None


def _who(content: Mapping[str, Any], office: Office) -> dict[str, str]:
    """Who acted: as the registry said, else whom the office's entry names."""
    source = content if content.get("officer") else office.get("registry", {})
    if not source.get("officer"):
        raise NeedsConfiguration(code="officer_missing")
    return {
        theirs: str(source[ours]) for theirs, ours in _ACTED.items() if source.get(ours)
    }


def _last_day(message: OutboundMessage) -> str:
    """The registry's day, or the one that the procedure gives (§7.1)."""
    told = message.facts.get("supplement_until")
    if not told:
        raise NeedsData(code="supplement_day_missing")
    return date.fromisoformat(str(told)).strftime("%d/%m/%Y")


def _result(message: OutboundMessage) -> JSONText:
    """The result as the registry told it, its PDF included (§9.3)."""
    told = message.content.get("result")
    if not told:
        raise NeedsData(code="result_missing")
    data = {theirs: told[ours] for theirs, ours in RESULT.items() if told.get(ours)}
    if "ngayDangKy" in data:
        on = date.fromisoformat(str(data["ngayDangKy"]))
        data["ngayDangKy"] = on.strftime("%d/%m/%Y")
    papers = {
        str(paper["code"]): FileValue(file.size_bytes, file.open, file.at_once)
        for paper, _, file in files_of(message)
        if paper.get("code")
    }
    return JSONText({**told.get("extension", {}), **data, **papers})
