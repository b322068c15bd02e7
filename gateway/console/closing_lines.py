"""What a dossier's days say of what people ended by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.console import labels, offices, show
from gateway.console.language import later, say
from gateway.domain.closing import LINE, OUTCOMES, WAYS, Outcome, Way
from gateway.domain.json_text import of_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.sealing.folder import Folder
    from gateway.sealing.tools import Tools

_WORDS = {
    "asked": later("Đề nghị kết thúc bằng tay, chờ người thứ hai xác nhận"),
    "approved": later("Xác nhận kết thúc bằng tay"),
    "nobody": later(
        "Kết thúc bằng tay có hiệu lực sau khi báo lãnh đạo, không có người thứ hai duyệt"
    ),
    "rejected": later("Bỏ đề nghị kết thúc bằng tay, hồ sơ giữ nguyên"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was asked for or decided, and what stands under it."""

    at: datetime
    by: str
    what: str
    notes: tuple[str, ...]


async def told(
    tools: Tools, folder: Folder, written: Sequence[JournalLine]
) -> list[Told]:
    """Every line about it, in order."""
    found = []
    for line in written:
        if line.kind == LINE:
            facts = line.facts
            said = "nobody" if facts.get("nobody_else") else str(facts["what"])
            content = await _content(folder, line)
            notes = (*_what(tools, folder, facts), *_why(content))
            by = labels.actor(line.actor)
            found.append(Told(line.at, by, say(_WORDS[said]), notes))
    return found


def _what(tools: Tools, folder: Folder, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """What is to end, and in which way; dropping one names only the part."""
    leg = str(facts.get("leg", ""))
    office = folder.row.case.leg(leg).office if leg else ""
    of = (
        say("phần việc của %(office)s") % {"office": offices.name(tools, office)}
        if leg
        else say("cả hồ sơ")
    )
    way, outcome = str(facts.get("way", "")), str(facts.get("outcome", ""))
    how = [say(WAYS[Way(way)])] if way else []
    how += [say(OUTCOMES[Outcome(outcome)])] if outcome else []
    return (": ".join([of, *how]),)


async def _content(folder: Folder, line: JournalLine) -> Mapping[str, Any]:
    found = await folder.payload(line.payload) if line.payload else None
    content: Any = of_json(found[1]) if found else {}
    return content if isinstance(content, dict) else {}


def _why(content: Mapping[str, Any]) -> tuple[str, ...]:
    notes = []
    if content.get("paper"):
        paper = say("văn bản số %(number)s ngày %(day)s")
        day = show.day(str(content["on"]))
        notes.append(paper % {"number": content["paper"], "day": day})
    if content.get("reason"):
        notes.append(say("Lý do: %(reason)s") % {"reason": content["reason"]})
    return tuple(notes)
