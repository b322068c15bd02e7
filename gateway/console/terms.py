"""What the journal says of terms: rungs, missing acknowledgements, what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.console import labels, offices, show
from gateway.console.language import later, say
from gateway.domain.correction import LINE as CORRECTION
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
GATEWAY = later("Cổng liên thông")
PROPOSED = later("Đề xuất từ đối soát")
PROPOSAL_WORDS = {
    "confirmed": later("Xác nhận đề xuất từ đối soát"),
    "scheduled": later("Xác nhận đề xuất từ đối soát, có hiệu lực sau"),
    "rejected": later("Bỏ đề xuất từ đối soát"),
    "undone": later("Rút lại xác nhận đề xuất từ đối soát"),
    "overtaken": later("Đề xuất từ đối soát không cần nữa, cơ quan đã tự báo"),
}


#: What staff did about a correction of the document.
CORRECTED = {
    "asked": later("Đề nghị sửa nội dung hồ sơ, chờ người thứ hai duyệt"),
    "approved": later("Duyệt đề nghị sửa, hồ sơ có bản mới"),
    "nobody": later(
        "Đề nghị sửa có hiệu lực sau khi báo lãnh đạo, không có người thứ hai duyệt"
    ),
    "rejected": later("Bỏ đề nghị sửa, hồ sơ giữ nguyên"),
}


def told(tools: Tools, case: Case, line: JournalLine) -> tuple[str, str] | None:
    """Who, and what; None of a line that says nothing of terms."""
    facts = line.facts
    match line.kind:
        case kind if kind == RUNG:
            return _office(tools, case, facts), _rung(tools, case, facts)
        case kind if kind == NOT_RECEIVED:
            return _office(tools, case, facts), _missing(tools, case, facts)
        case kind if kind == COUNTED:
            told_day = say("Xác nhận số liệu tính theo ngày cơ quan ghi")
            arrival = say("Xác nhận số liệu tính theo lúc phản hồi đến")
            return _head(labels.actor(line.actor)), (
                told_day if facts["counts"] else arrival
            )
        case kind if kind == PROPOSAL:
            return _by(line), _proposed(facts)
        case kind if kind == CORRECTION:
            what = "nobody" if facts.get("nobody_else") else str(facts["what"])
            return _by(line), say(CORRECTED[what])
        case kind if kind in {TOLD, OBJECTED, DECIDED}:
            return _contested(tools, line)
        case _:
            return None


def _contested(tools: Tools, line: JournalLine) -> tuple[str, str]:
    facts = line.facts
    office = offices.name(tools, str(facts["office"]))
    by = _by(line)
    if line.kind == TOLD:
        told_ = say(
            "Báo %(office)s về hồ sơ quá hạn (%(how)s), nêu ý kiến đến %(until)s"
        )
        how, until = say(HOWS[How(facts["how"])]), show.day(str(facts["until"]))
        return by, told_ % {"office": office, "how": how, "until": until}
    if line.kind == OBJECTED:
        objected = say("%(office)s nêu ý kiến: thời gian chậm không phải của đơn vị")
        return by if facts["on_behalf"] else office, objected % {"office": office}
    if not facts["upheld"]:
        rejected = say("Không chấp nhận ý kiến của %(office)s")
        return _head(by), rejected % {"office": office}
    to = party_of(str(facts["party"]))
    named = say(party(tools, to.whose, to.office))
    upheld = say("Chấp nhận ý kiến của %(office)s, chậm tính cho %(party)s")
    return _head(by), upheld % {"office": office, "party": named}


def _by(line: JournalLine) -> str:
    return labels.actor(line.actor) if line.actor != "gateway" else say(GATEWAY)


def _head(who: str) -> str:
    return say("Lãnh đạo %(who)s") % {"who": who}


def _missing(tools: Tools, case: Case, facts: dict[str, object]) -> str:
    asked = say("Chưa có phản hồi «%(name)s», lẽ ra trước %(due)s; cổng đã hỏi lại")
    not_asked = say(
        "Chưa có phản hồi «%(name)s», lẽ ra trước %(due)s;"
        " không hỏi lại được qua hệ thống"
    )
    due = show.moment(str(facts["due_at"])) if facts.get("due_at") else ""
    told_ = asked if facts.get("asked", True) else not_asked
    return told_ % {"name": _label(tools, case, facts), "due": due}


def _proposed(facts: dict[str, object]) -> str:
    known = PROPOSAL_WORDS.get(str(facts["what"]), PROPOSED)
    named = {
        "what": say(known),
        "kind": say(KIND_NAMES[ProposalKind(str(facts["kind"]))]),
    }
    if facts.get("rule"):
        return say("%(what)s: %(kind)s, theo quy tắc đã ghi") % named
    return f"{named['what']}: {named['kind']}"


def _rung(tools: Tools, case: Case, facts: dict[str, object]) -> str:
    name = _label(tools, case, facts)
    due = show.moment(str(facts["due_at"])) if facts.get("due_at") else ""
    if facts["percent"] == WHOLE:
        return say("Hết thời hạn «%(name)s» (%(due)s)") % {"name": name, "due": due}
    used = say("Đã dùng %(percent)s %% thời hạn «%(name)s», hạn %(due)s")
    return used % {"percent": facts["percent"], "name": name, "due": due}


def _label(tools: Tools, case: Case, facts: dict[str, object]) -> str:
    rules = tools.versions.numbered(case.configuration).clocks
    found = (rule.label for rule in rules if rule.id == facts.get("rule"))
    return next(found, str(facts.get("clock", "")))


def _office(tools: Tools, case: Case, facts: dict[str, object]) -> str:
    named = (one.office for one in case.legs if one.name == facts.get("leg"))
    office = next(named, "")
    return offices.name(tools, office) if office else say(GATEWAY)
