"""A proposal in words: what the list says, what follows, who decided what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.calendar.working_time import working_time
from gateway.domain.case import End
from gateway.domain.json_text import of_json
from gateway.domain.legal_day import VIETNAM
from gateway.domain.principal import EVERYTHING
from gateway.domain.proposal import (
    ENDINGS,
    KIND_NAMES,
    STATE_NAMES,
    ProposalKind,
    Says,
)
from gateway.proposing.confirming import changes_figures
from gateway.proposing.listing import ENQUIRED, SOURCES
from gateway.sealing.folder import Folder
from gateway.timing.explaining import TIMELINESS
from gateway.timing.measuring import timeliness
from gateway.timing.promised import last_day

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.domain.case import Case
    from gateway.ports.proposals import ProposalRow
    from gateway.sealing.tools import Tools

#: What a list says, as a sentence ends.
_SAYS = {
    Says.KNOWN: "còn đang giải quyết",
    Says.WAITING: "đang chờ người dân",
    Says.FINISHED: "đã giải quyết xong",
    Says.REFUSED: "đã từ chối",
    Says.WITHDRAWN: "người nộp đã rút hồ sơ",
}


async def shown(tools: Tools, row: ProposalRow) -> dict[str, Any]:
    """A proposal with its evidence open; the list is the office's, so is its number."""
    dossier = None
    if row.dossier_id is not None:
        dossier = await tools.store.dossier(row.dossier_id, EVERYTHING)
    number, figures, both = "", False, None
    if dossier is None:
        evidence = _opened(tools, row) if row.dossier_id is None else {}
    else:
        folder = Folder.shown(tools, dossier)
        evidence = of_json(await folder.opened(row.evidence))
        known = await folder.references()
        number = next((r.value for r in known if r.kind == "ma_ho_so"), "")
        figures = changes_figures(tools, dossier.case, row)
        both = _both(tools, dossier.case, row) if figures else None
    office = tools.versions.current.offices.get(row.office)
    name = office.name if office else row.office
    return {
        "id": row.id,
        "kind": row.kind.value,
        "kind_name": KIND_NAMES[row.kind],
        "state": row.state.value,
        "state_name": STATE_NAMES[row.state],
        "office": row.office,
        "office_name": name,
        "dossier_id": row.dossier_id,
        "number": number or str(evidence.get("number", "")),
        "leg": row.leg,
        "says": row.says.value,
        "at": _iso(row.at),
        "until": _iso(row.until),
        "whole_day": bool(evidence.get("whole_day")),
        "evidence": _evidence(evidence),
        "sentence": sentence(row, evidence, name),
        "changes_figures": figures,
        "figures": both,
        "brought_by": row.brought_by,
        "found_at": row.found_at.isoformat(),
        "effect_at": _iso(row.effect_at),
        "by": row.by,
        "rule": row.rule,
        "decided_at": _iso(row.decided_at),
        "report": row.report,
        "counts": row.counts,
    }


def _both(tools: Tools, case: Case, row: ProposalRow) -> dict[str, str]:
    """What it is counted as without the office's own moment, and with it, in words."""
    now = tools.clock.now()
    working = working_time(tools.versions.current.calendar)
    last = last_day(working, case.due_on) if case.due_on else None
    ended = now if case.end is End.OPEN else case.ended_at
    return {
        "system": TIMELINESS[timeliness(ended, last, now)],
        "counted": TIMELINESS[timeliness(row.at, last, now)],
        "due_on": case.due_on.isoformat() if case.due_on else "",
    }


def _opened(tools: Tools, row: ProposalRow) -> dict[str, Any]:
    found: dict[str, Any] = of_json(tools.vault.open_common(row.evidence))
    return found


def _evidence(told: Mapping[str, Any]) -> dict[str, Any]:
    source = str(told.get("source", ""))
    return {
        "number": told.get("number", ""),
        "word": told.get("word", ""),
        "place": told.get("place", ""),
        "listed_on": told.get("listed_on"),
        "source": source,
        "source_name": SOURCES.get(source, source),
    }


def sentence(row: ProposalRow, told: Mapping[str, Any], office: str) -> str:
    """What the list says, and since when, in one sentence."""
    listed = _day_text(str(told.get("listed_on", "")))
    where = f", {told['place']}" if told.get("place") else ""
    head = f"Danh sách của {office} ngày {listed}{where}"
    if row.kind is ProposalKind.UNKNOWN_THERE and told.get("source") == ENQUIRED:
        return (
            f"Hỏi hệ thống của {office} ngày {listed}, trả lời không có hồ sơ này: gọi"
            " cơ quan hỏi đã nhận chưa."
        )
    if row.kind is ProposalKind.UNKNOWN_THERE:
        return f"{head} không có hồ sơ này: gọi cơ quan hỏi đã nhận chưa."
    said = f" («{told['word']}»)" if told.get("word") else ""
    text = f"{head} ghi {_SAYS[row.says]}{said}"
    if row.kind is ProposalKind.UNKNOWN_HERE:
        return f"{text}; cổng không có hồ sơ mang số này."
    if row.at is not None:
        whole = bool(told.get("whole_day"))
        text += f", {_since(row, row.at, whole=whole)}"
    elif row.says in ENDINGS:
        text += ", không ghi ngày: tính theo lúc xác nhận"
    if row.until is not None:
        text += f", đến {_moment(row.until)}"
    return f"{text}."


def _since(row: ProposalRow, at: datetime, *, whole: bool) -> str:
    if row.says is Says.WAITING:
        return f"thấy chờ lần đầu ngày {_day(at)}"
    if whole:
        return f"xong ngày {_day(at)} (không ghi giờ: tính cuối giờ làm việc)"
    return f"xong lúc {_moment(at)}"


def _moment(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%H:%M ngày %d/%m/%Y")


def _day(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%d/%m/%Y")


def _day_text(iso: str) -> str:
    return "/".join(reversed(iso.split("-")))


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
