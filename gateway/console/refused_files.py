"""What a dossier's days say of files that did not come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.console import closing_lines, offices
from gateway.console.language import later, say
from gateway.domain.json_text import of_json
from gateway.domain.words import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.journal import JournalLine
    from gateway.sealing.folder import Folder
    from gateway.sealing.tools import Tools

#: A file that is shut away; a result that will not come by itself.
REFUSED, NOT_FETCHED = "file_refused", "result_not_fetched"
#: Of a result the line that says so tells its name, too.
_BY_LINK = "result_link"
_WHAT = later("Không nhận tệp từ %(office)s: %(why)s")


async def told(
    tools: Tools, folder: Folder, written: Sequence[JournalLine]
) -> list[closing_lines.Told]:
    """Every line about one, in order: which file, why, and who has to do what."""
    found = []
    for line in written:
        facts = line.facts
        by_link = facts.get("door") == _BY_LINK
        if line.kind not in {REFUSED, NOT_FETCHED} or by_link:
            continue
        office = str(facts.get("by") or line.actor)
        name = offices.name(tools, office)
        words = words_of(str(facts["code"]), offices.words(tools, office))
        what = say(_WHAT) % {"office": name, "why": words.reason}
        found.append(
            closing_lines.Told(
                line.at, name, what, (*await _which(folder, line), words.next_action)
            )
        )
    return found


async def _which(folder: Folder, line: JournalLine) -> tuple[str, ...]:
    facts, notes = line.facts, []
    sealed = await folder.payload(line.payload) if line.payload else None
    if sealed is not None:
        file = str(of_json(sealed[1]).get("name", ""))
        notes.append(say("tệp «%(file)s»") % {"file": file})
    if facts.get("signature"):
        named = {"name": facts["signature"]}
        notes.append(say("phần mềm diệt mã độc gọi là %(name)s") % named)
    return tuple(notes)
