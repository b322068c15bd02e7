"""The record that acknowledgements did not come, from the journal's sealed lines; pure."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from gateway.domain.journal import canonical
from gateway.domain.legal_day import VIETNAM
from gateway.domain.message_words import KINDS, OUTCOMES, REPORTS
from gateway.domain.paper import NonReceipt
from gateway.domain.paper_missing import Missing, Question, SentMessage
from gateway.domain.transfer import Fate
from gateway.domain.written import written
from gateway.sealing.missing import NOT_RECEIVED
from gateway.timing.explaining import budget_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.domain.journal import WrittenLine
    from gateway.domain.measure import ClockRule
    from gateway.domain.paper import Paper
    from gateway.domain.paper_forms import FormName
    from gateway.reports.reading import Directory, Opened

#: What was known of a message when the record was made.
KNOWN = {
    Fate.NOT_LEFT: "chưa rời cổng",
    Fate.MAY_HAVE_LEFT: "chưa rõ cơ quan đã nhận hay chưa",
    Fate.AGENCY_HAS_IT: "hệ thống của cơ quan đã nhận",
}
ENQUIRE = "enquire"
NO_ANSWER_YET = "đến lúc in chưa có trả lời"


def no_record(one: Opened) -> str:
    """Why there is nothing to print; empty where there is."""
    if _lines(one):
        return ""
    return "Chưa có phản hồi nào quá hạn chót, nên cổng chưa lập biên bản."


def non_receipt(
    one: Opened, name: FormName, directory: Directory, now: datetime
) -> Paper:
    """Every one that did not come, oldest first; what came later is told, too."""
    records = tuple(_record(one, line, directory) for line in _lines(one))
    return NonReceipt(
        form=name,
        number=one.number,
        procedure=one.procedure.name,
        received_by=directory.office(one.case.sender),
        records=records,
        count=len(records),
        printed_at=now,
    )


def _lines(one: Opened) -> Sequence[WrittenLine]:
    return [found for found in one.written if found.line.kind == NOT_RECEIVED]


def _record(one: Opened, found: WrittenLine, directory: Directory) -> Missing:
    line, facts = found.line, found.line.facts
    rule = next((r for r in one.rules if r.id == facts["rule"]), None)
    return Missing(
        office=directory.office(facts["office"]),
        expected=rule.label if rule else str(facts["clock"]),
        term=_term(one, rule),
        hard=budget_text(rule.hard) if rule and rule.hard else "",
        source=rule.source if rule else "",
        verified=rule is not None and rule.verified,
        due_at=_moment(facts["due_at"]),
        hard_at=_moment(facts["hard_at"]),
        noted_at=line.at,
        sent=tuple(_sent(one) for one in facts.get("sent", ())),
        asked=tuple(_asked(one, found)),
        answered=_answered(one, found),
        chain=found.chain,
        position=found.position,
        number=found.number,
        previous=found.previous.hex(),
        digest=found.digest.hex(),
        line=canonical(line, found.chain, found.position).decode(),
    )


def _term(one: Opened, rule: ClockRule | None) -> str:
    if rule is None:
        return ""
    if rule.budget is not None:
        return budget_text(rule.budget)
    own = next((c.budget for c in one.clocks if c.rule.id == rule.id), None)
    return budget_text(own) if own else "theo thủ tục"


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _sent(facts: Mapping[str, Any]) -> SentMessage:
    return SentMessage(
        what=KINDS.get(facts["kind"], facts["kind"]),
        message=facts["transfer"],
        at=_moment(facts["at"]),
        known=KNOWN[Fate(facts["fate"])],
        digest=facts["digest"],
    )


def _asked(one: Opened, found: WrittenLine) -> Iterator[Question]:
    """What each message was asked about since, runs of the same answer as one."""
    facts = found.line.facts
    of_leg = [t.id for t in one.transfers if t.leg == facts["leg"]]
    named = {t.id: KINDS.get(t.kind, t.kind) for t in one.transfers}
    for transfer in facts.get("asked", of_leg):
        what = named.get(transfer, transfer)
        since = [
            row.record
            for row in one.attempts.get(transfer, ())
            if row.record.purpose == ENQUIRE and row.record.started_at >= found.line.at
        ]
        for outcome, group in groupby(since, key=lambda record: record.outcome):
            run = list(group)
            yield Question(what, run[0].started_at, len(run), OUTCOMES[outcome])
        if not since and "asked" in facts:
            yield Question(what, found.line.at, 1, NO_ANSWER_YET)


def _answered(one: Opened, found: WrittenLine) -> str:
    """The first thing that the office told afterwards, if anything."""
    later = [
        told
        for told in one.told
        if told.office == found.line.facts["office"]
        # Of one moment: what had come before would have stopped the clock.
        and told.arrived_at >= found.line.at
    ]
    if not later:
        return ""
    first = min(later, key=lambda told: told.arrived_at)
    at = written(first.arrived_at.astimezone(VIETNAM))
    return f"{REPORTS[first.kind]}, đến cổng lúc {at}"
