"""What a message about money changes beside the case: the ledger; pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import UTC

from gateway.domain.case import Case, End, LegCase, LegState
from gateway.domain.closing import closed
from gateway.domain.identifiers import OfficeId
from gateway.domain.obligation import (
    Effect,
    Ledger,
    Voucher,
    mistaken,
    notices_told,
    with_debt,
    with_notices,
    with_payment,
    with_slip_replaced,
    with_voucher,
)
from gateway.domain.procedure import Event, Leg, MessageRule, Procedure
from gateway.domain.report import AgencyReport, ReportKind

#: Event of the leg that follows from what changed; nothing new is no event.
EVENTS: dict[Effect, Event] = {
    Effect.DUE: Event.NOTICE_ISSUED,
    Effect.WITHDRAWN: Event.NOTICE_WITHDRAWN,
    Effect.NOTHING_DUE: Event.EXEMPTED,
    Effect.DEFERRED: Event.DEFERRED,
    Effect.COVERED: Event.PAYMENT_COVERS,
    Effect.PARTLY: Event.PAYMENT_REPORTED,
    Effect.PAID: Event.PAID,
}
#: Events after which nothing is left to pay, until tax asks for more.
SETTLED = frozenset({Event.PAID, Event.EXEMPTED, Event.DEFERRED})
_VOID = frozenset({Event.SLIP_REPLACED, Event.SLIP_WITHDRAWN})


def told(
    ledger: Ledger, report: AgencyReport, road: OfficeId
) -> tuple[Ledger, Effect | None]:
    """The ledger after a report, and its effect; None: it is not about money.

    Raises:
        ReportRefused: an amount is no number of đồng.
    """
    at = report.event_at
    as_of = at.astimezone(UTC).isoformat() if at else ""
    rows = report.content.get("notices") or ()
    match report.kind:
        case ReportKind.NOTICES:
            is_news = bool(report.facts.get("news"))
            adjusts = not is_news or bool(report.facts.get("adjusts"))
            told_now = notices_told(rows, road, as_of)
            after, effect = with_notices(
                ledger, told_now, adjusts=adjusts, news=is_news
            )
            if effect is Effect.NOTHING_DUE and is_news:
                # Amounts alone do not say why nothing is left: tax has yet to tell.
                effect = Effect.WITHDRAWN
            return after, effect
        case ReportKind.PAID:
            return with_payment(ledger, notices_told(rows, road, as_of))
        case ReportKind.DEFERRED:
            return with_debt(ledger)
        case ReportKind.EXEMPTED:
            return ledger, Effect.NOTHING_DUE
        case ReportKind.VOUCHER:
            content = report.content
            voucher = Voucher(
                notice=str(content["notice"]),
                amount=int(content["amount"]),
                paid_at=str(content["paid_at"]),
                road=road,
            )
            return with_voucher(ledger, voucher)
        case _:
            return ledger, None


def mistakes(ledger: Ledger, report: AgencyReport, road: OfficeId) -> frozenset[int]:
    """Places of a report's notices that are not taken, since another amount stands.

    Raises:
        ReportRefused: an amount is no number of đồng.
    """
    facts = report.facts
    if report.kind is not ReportKind.NOTICES or not facts.get("news"):
        return frozenset()
    rows = report.content.get("notices") or ()
    if facts.get("adjusts"):
        return frozenset()
    return mistaken(ledger, notices_told(rows, road))


def after_slip(ledger: Ledger, event: Event) -> Ledger:
    """The ledger once a slip took the place of another, or took it back."""
    return with_slip_replaced(ledger) if event in _VOID else ledger


def voiding(procedure: Procedure, leg: str) -> frozenset[str]:
    """Kinds of a leg's messages that void what its agency asked for by a former slip."""
    return frozenset(
        rule.kind
        for rule in procedure.leg(leg).messages
        if any(trigger.event in _VOID for trigger in rule.on)
    )


def reopens(case: Case, leg: LegCase, effect: Effect | None) -> bool:
    """Whether tax asks for more after all that it had asked for was settled.

    An adjusted notice or interest for paying late, while the dossier is open. What
    people ended by hand is never reopened: a person looks at such news.
    """
    settled = any(event.value in leg.happened for event in SETTLED)
    ended = leg.state is LegState.ENDED and settled
    by_hand = closed(case, leg.name) is not None
    return effect is Effect.DUE and ended and case.end is End.OPEN and not by_hand


def is_doubtful(case: Case, report: AgencyReport) -> bool:
    """Whether a report of more to pay may be of a slip that was replaced.

    Notices of both lie in one file, and what takes those of the former back may come
    after it. Only tax's answer about the slip in force tells which is owed.
    """
    replaced = any(Event.SLIP_REPLACED.value in leg.happened for leg in case.legs)
    return replaced and bool(report.facts.get("news"))


def told_anew(case: Case, procedure: Procedure, leg_name: str) -> tuple[str, ...]:
    """Marks of what was sent, without what a settled leg sends: it will be again."""
    again = {
        f"sent:{leg.name}.{rule.kind}"
        for leg in procedure.legs
        for rule in leg.messages
        if any(t.leg == leg_name and t.event in SETTLED for t in rule.on)
    }
    return tuple(mark for mark in case.happened if mark not in again)


def settled_by_hand(
    case: Case, leg: Leg, rule: MessageRule, off: AbstractSet[str]
) -> bool:
    """Whether an office that people told of more to pay is told of its end by them.

    Its system knows only that nothing was left, and takes the end for a repeat.
    ``off``: kinds that the office does not have.
    """
    owing = {one.name for one in case.legs if Event.OWED_AGAIN.value in one.happened}
    by_people = any(
        told.kind in off
        for told in leg.messages
        if any(t.leg in owing and t.event is Event.OWED_AGAIN for t in told.on)
    )
    return by_people and any(t.leg in owing and t.event in SETTLED for t in rule.on)
