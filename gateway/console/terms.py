"""What the journal says of terms: rungs, missing acknowledgements, what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.console import labels, offices, show
from gateway.domain.lateness import DECIDED, OBJECTED, TOLD, How, party_of
from gateway.domain.lateness_words import HOWS
from gateway.domain.proposal import KIND_NAMES, ProposalKind
from gateway.proposing.deciding import LINE as PROPOSAL
from gateway.reports.due import party
from gateway.sealing.missing import NOT_RECEIVED
from gateway.timing.history import COUNTED
from gateway.watch.measurer import RUNG

if TYPE_CHECKING:
    from gateway.domain.case import Case
    from gateway.domain.journal import JournalLine
    from gateway.sealing.tools import Tools

#: The whole of a budget.
WHOLE = 100
GATEWAY = "Cổng liên thông"
PROPOSAL_WORDS = {
    "confirmed": "Xác nhận đề xuất từ đối soát",
    "scheduled": "Xác nhận đề xuất từ đối soát, có hiệu lực sau",
    "rejected": "Bỏ đề xuất từ đối soát",
    "undone": "Rút lại xác nhận đề xuất từ đối soát",
    "overtaken": "Đề xuất từ đối soát không cần nữa, cơ quan đã tự báo",
}


def told(tools: Tools, case: Case, line: JournalLine) -> tuple[str, str] | None:
    """Who, and what; None of a line that says nothing of terms."""
    facts = line.facts
    match line.kind:
        case kind if kind == RUNG:
            return _office(tools, case, facts), _rung(tools, case, facts)
        case kind if kind == NOT_RECEIVED:
            due = show.moment(str(facts["due_at"])) if facts.get("due_at") else ""
            name = _label(tools, case, facts)
            asked = facts.get("asked", True)
            then = "cổng đã hỏi lại" if asked else "không hỏi lại được qua hệ thống"
            said = f"Chưa có phản hồi «{name}», lẽ ra trước {due}; {then}"
            return _office(tools, case, facts), said
        case kind if kind == COUNTED:
            by = "ngày cơ quan ghi" if facts["counts"] else "lúc phản hồi đến"
            who = f"Lãnh đạo {labels.actor(line.actor)}"
            return who, f"Xác nhận số liệu tính theo {by}"
        case kind if kind == PROPOSAL:
            who = labels.actor(line.actor) if line.actor != "gateway" else GATEWAY
            said = PROPOSAL_WORDS.get(str(facts["what"]), "Đề xuất từ đối soát")
            by_rule = ", theo quy tắc đã ghi" if facts.get("rule") else ""
            return who, f"{said}: {KIND_NAMES[ProposalKind(facts['kind'])]}{by_rule}"
        case kind if kind in {TOLD, OBJECTED, DECIDED}:
            return _contested(tools, line)
        case _:
            return None


def _contested(tools: Tools, line: JournalLine) -> tuple[str, str]:
    facts = line.facts
    office = offices.name(tools, str(facts["office"]))
    by = labels.actor(line.actor) if line.actor != "gateway" else GATEWAY
    if line.kind == TOLD:
        how = HOWS[How(facts["how"])]
        until = show.day(str(facts["until"]))
        return by, f"Báo {office} về hồ sơ quá hạn ({how}), nêu ý kiến đến {until}"
    if line.kind == OBJECTED:
        who = by if facts["on_behalf"] else office
        return who, f"{office} nêu ý kiến: thời gian chậm không phải của đơn vị"
    if not facts["upheld"]:
        return f"Lãnh đạo {by}", f"Không chấp nhận ý kiến của {office}"
    to = party_of(str(facts["party"]))
    named = party(tools, to.whose, to.office)
    return f"Lãnh đạo {by}", f"Chấp nhận ý kiến của {office}, chậm tính cho {named}"


def _rung(tools: Tools, case: Case, facts: dict[str, object]) -> str:
    name = _label(tools, case, facts)
    due = show.moment(str(facts["due_at"])) if facts.get("due_at") else ""
    if facts["percent"] == WHOLE:
        return f"Hết thời hạn «{name}» ({due})"
    return f"Đã dùng {facts['percent']} % thời hạn «{name}», hạn {due}"


def _label(tools: Tools, case: Case, facts: dict[str, object]) -> str:
    rules = tools.versions.numbered(case.configuration).clocks
    found = (rule.label for rule in rules if rule.id == facts.get("rule"))
    return next(found, str(facts.get("clock", "")))


def _office(tools: Tools, case: Case, facts: dict[str, object]) -> str:
    named = (one.office for one in case.legs if one.name == facts.get("leg"))
    office = next(named, "")
    return offices.name(tools, office) if office else GATEWAY
