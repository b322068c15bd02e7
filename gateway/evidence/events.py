"""Which line of the journal is evidence of what; pure.

There is no second truth: an event is a reading of one line, and whoever has the lines
can read them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.delivering import ETSI, Evidence, Hop, Result, Way
from gateway.domain.procedure import Event
from gateway.domain.ready import ACKNOWLEDGES, FETCHES
from gateway.domain.report import Standing
from gateway.domain.transfer import Action, Fate, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gateway.domain.journal import JournalLine

GATEWAY = "gateway"
_SUBMIT, _ENQUIRE = "submit", "enquire"
_SENDS, _COMES = frozenset({_SUBMIT, _ENQUIRE}), frozenset({FETCHES, ACKNOWLEDGES})
#: Outcomes of an attempt after which the recipient has the message.
_THERE = frozenset({"delivered", "duplicate"})
_REFUSED = "refused"
_ON_ITS_WAY = "on_its_way"
_UNKNOWN = Way("", "", "")
#: What a one-stop tells the gateway.
_COUNTER = frozenset(
    {
        *(Event.ACCEPTED, Event.LOADED, Event.REVISED, Event.SUPPLEMENTED),
        *(Event.WITHDRAWAL_REQUESTED, Event.HANDED_OUT, Event.RESULT_WRONG),
        *(Event.QUESTION_ANSWERED, Event.EXTENDED),
    }
)
_BY_ACT = {
    Action.AGENCY_HAS_IT: (Hop.DELIVERY, Result.ACCEPTED),
    Action.AGENCY_HAS_IT_NOT: (Hop.DELIVERY, Result.FAILED),
    Action.CANCEL: (Hop.DELIVERY, Result.NON_DELIVERY),
}
_REPORTS = {
    Standing.APPLIED: Result.ACCEPTED,
    Standing.LATE: Result.ACCEPTED,
    Standing.UNMATCHED: Result.FAILED,
    Standing.UNREADABLE: Result.FAILED,
}


def events(
    lines: Iterable[tuple[int, JournalLine]], ways: Mapping[str, Way], sender: str
) -> list[Evidence]:
    """Evidence of every hand-over, in the order of the lines.

    ``lines`` with their positions, ``ways`` by the identifiers of transfers; ``sender``:
    the one-stop that the dossier is of.
    """
    found: list[Evidence] = []
    for position, line in lines:
        found += _of(position, line, ways, sender)
    return found


def _of(
    position: int, line: JournalLine, ways: Mapping[str, Way], sender: str
) -> Iterator[Evidence]:
    match line.kind:
        case "attempt":
            yield from _attempt(position, line, ways)
        case "report" | "opened":
            yield from _report(position, line)
        case "happened" if not line.facts.get("leg"):
            event = str(line.facts.get("event", ""))
            if event in _COUNTER:
                yield _submitted(position, line, sender, event)
        case "action":
            yield from _act(position, line, ways)
        case _:
            pass


def _submitted(position: int, line: JournalLine, giver: str, what: str) -> Evidence:
    return Evidence(
        line=position,
        at=line.at,
        hop=Hop.SUBMISSION,
        result=Result.ACCEPTED,
        giver=giver,
        receiver=GATEWAY,
        message=what,
        about="",
        digest=line.payload_digest.hex(),
    )


def _report(position: int, line: JournalLine) -> Iterator[Evidence]:
    standing = str(line.facts.get("standing", Standing.APPLIED))
    if standing not in _REPORTS:
        return
    yield Evidence(
        line=position,
        at=line.at,
        hop=Hop.SUBMISSION,
        result=_REPORTS[Standing(standing)],
        giver=line.actor,
        receiver=GATEWAY,
        message=str(line.facts.get("kind", line.kind)),
        about=str(line.facts.get("report", "")),
        digest=line.payload_digest.hex(),
        code=str(line.facts.get("code", "")),
    )


def _attempt(
    position: int, line: JournalLine, ways: Mapping[str, Way]
) -> Iterator[Evidence]:
    facts = line.facts
    found = _hop(facts)
    if found is None:
        return
    hop, result = found
    way = ways.get(str(facts["transfer"]), _UNKNOWN)
    yield Evidence(
        line=position,
        at=line.at,
        hop=hop,
        result=result,
        giver=GATEWAY,
        receiver=way.office,
        message=str(facts["kind"]),
        about=str(facts["transfer"]),
        digest=way.digest,
        code=str(facts.get("code", "")),
    )


def _hop(facts: Mapping[str, Any]) -> tuple[Hop, Result] | None:
    """What an attempt proves; None: nothing about the message's way."""
    purpose, outcome = facts["purpose"], facts["outcome"]
    state, fate = facts["state"], facts["fate"]
    came = purpose in _COMES
    if not came and purpose not in _SENDS:
        return None
    if outcome == _REFUSED:
        return Hop.DELIVERY, Result.REJECTED
    if came:
        return Hop.RETRIEVAL, Result.ACCEPTED
    if outcome in _THERE:
        return Hop.DELIVERY, Result.ACCEPTED
    if fate == Fate.MAY_HAVE_LEFT:
        return Hop.DELIVERY, Result.UNKNOWN
    if state == State.CANCELLED:
        return Hop.DELIVERY, Result.NON_DELIVERY
    if outcome == _ON_ITS_WAY:
        return Hop.RELAY, Result.ACCEPTED
    return (Hop.RELAY if purpose == _SUBMIT else Hop.DELIVERY), Result.FAILED


def _act(
    position: int, line: JournalLine, ways: Mapping[str, Way]
) -> Iterator[Evidence]:
    """A person's word about a message; what is only sent again proves nothing yet."""
    transfer, act = str(line.facts.get("transfer", "")), line.facts.get("action")
    if not transfer or act not in _BY_ACT:
        return
    way = ways.get(transfer, _UNKNOWN)
    hop, result = _BY_ACT[Action(str(act))]
    if result is Result.NON_DELIVERY and line.facts.get("fate") != Fate.NOT_LEFT:
        result = Result.UNKNOWN
    yield Evidence(
        line=position,
        at=line.at,
        hop=hop,
        result=result,
        giver=GATEWAY,
        receiver=way.office,
        message=way.kind,
        about=transfer,
        digest=way.digest,
    )


def told(one: Evidence) -> dict[str, Any]:
    """An event as a package and the API have it, with the standard's own name."""
    return {
        "line": one.line,
        "at": one.at.isoformat(),
        "hop": one.hop.value,
        "result": one.result.value,
        "etsi": ETSI.get((one.hop, one.result), ""),
        "from": one.giver,
        "to": one.receiver,
        "message": one.message,
        "about": one.about,
        "digest": one.digest,
        "code": one.code,
    }
