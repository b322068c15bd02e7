"""Standing written rules: what they cover is confirmed unless somebody objects in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import ActionNotPossible
from gateway.domain.identifiers import PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import as_json, of_json
from gateway.domain.legal_day import legal_day
from gateway.domain.values import replace
from gateway.ports.proposals import ProposalRule
from gateway.proposing.deciding import Decision, schedule, working

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gateway.domain.identifiers import OfficeId
    from gateway.domain.proposal import ProposalKind
    from gateway.ports.proposals import ProposalRow
    from gateway.ports.vault import SealedPayload
    from gateway.sealing.tools import Tools

LINE = "proposal_rule"
#: Nobody can object within less than a day.
LEAST_DAYS, MOST_DAYS = 1, 30
#: A rule is written anew at least once a year.
LONGEST_DAYS = 366


async def added(
    tools: Tools,
    office: OfficeId,
    kind: ProposalKind,
    days: int,
    span: tuple[date, date],
    decision: str,
    said: Decision,
) -> ProposalRule:
    """Keep a new rule: from now on, and for what is open already."""
    sealed = _sealed(tools, said.reason)
    rule = ProposalRule(
        id=tools.chance.identifier("ru"),
        version=1,
        office=office,
        kind=kind,
        days=days,
        decision=decision,
        valid_from=span[0],
        valid_to=span[1],
        by=said.by,
        sealed=sealed,
    )
    await _keep(tools, rule, said, "added")
    return rule


async def ended(tools: Tools, identifier: str, said: Decision) -> ProposalRule:
    """End a rule with today; what it had not confirmed yet waits for people again.

    Raises:
        ActionNotPossible: there is none, or it is over.
    """
    today = legal_day(tools.clock.now())
    rules = await tools.proposals.proposal_rules()
    rule = next((one for one in rules if one.id == identifier), None)
    if rule is None or rule.valid_to < today or _is_ended(tools, rule):
        raise ActionNotPossible(
            code="proposal_rule_over",
            remedy="Không có quy tắc này, hoặc quy tắc đã hết hiệu lực.",
        )
    changed = replace(
        rule,
        version=rule.version + 1,
        valid_to=max(rule.valid_from, today),
        sealed=_sealed(tools, said.reason, ended_by=said.by),
    )
    await _keep(tools, changed, said, "ended")
    return changed


def holds(tools: Tools, rule: ProposalRule) -> bool:
    """Whether a rule is in force; one that was ended is not, from that moment on."""
    today = legal_day(tools.clock.now())
    in_time = rule.valid_from <= today <= rule.valid_to
    return in_time and not _is_ended(tools, rule)


def _is_ended(tools: Tools, rule: ProposalRule) -> bool:
    """Whether somebody ended it, which its last day alone does not tell."""
    return "ended_by" in of_json(tools.vault.open_common(rule.sealed))


async def apply_rules(tools: Tools, rows: Sequence[ProposalRow]) -> int:
    """Let the rules in force take up open proposals; how many they took.

    Who wrote a rule did not write it for lists of his own: that would be one person.
    """
    rules = [r for r in await tools.proposals.proposal_rules() if holds(tools, r)]
    taken = 0
    for row in rows:
        rule = next(
            (
                one
                for one in rules
                if (one.office, one.kind) == (row.office, row.kind)
                and one.by != row.brought_by
            ),
            None,
        )
        if rule is None or not row.is_open or row.effect_at is not None:
            continue
        by_day = working(tools)
        last = by_day.days_after(legal_day(tools.clock.now()), rule.days)
        said = Decision(rule.by, f"Theo {rule.decision}", decides=True, rule=rule.id)
        try:
            await schedule(tools, row, said, by_day.day_end(last))
        except ActionNotPossible:
            continue  # a person was first
        taken += 1
    return taken


async def _keep(tools: Tools, rule: ProposalRule, said: Decision, what: str) -> None:
    facts = {
        "id": rule.id,
        "what": what,
        "office": rule.office,
        "kind": rule.kind.value,
        "decision": rule.decision,
    }
    sealed = rule.sealed
    now = tools.clock.now()
    line = JournalLine(LINE, now, said.by, facts, sealed.id, sealed.digest)
    await tools.proposals.set_proposal_rule(rule, line)
    tools.probe.action(
        action=LINE, actor=said.by, kind=f"{rule.kind.value}.{what}", office=rule.office
    )


def _sealed(tools: Tools, reason: str, **more: str) -> SealedPayload:
    name = PayloadId(tools.chance.identifier("p"))
    return tools.vault.seal_common(name, LINE, as_json({"reason": reason, **more}))
