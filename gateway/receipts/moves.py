"""What a report does to the dossier's transfers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.case import End
from gateway.domain.procedure import Event
from gateway.domain.transfer import TO_ONE_STOP, Fate, Move, State, only_tells
from gateway.routing.slips import consumer
from gateway.sealing.advance import cancellable, cancelled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.identifiers import AgencyId, TransferId
    from gateway.domain.transfer import Transfer
    from gateway.ports.store import DossierRow, ReportRow
    from gateway.routing.progress import Step
    from gateway.sealing.tools import Tools


def hand_over_proved(
    tools: Tools, transfers: Sequence[Transfer], agency: AgencyId, told_at: datetime
) -> Transfer | None:
    """The first hand-over to an agency, where only a report of its tells that it came.

    Nobody reports on a dossier that never came; a later hand-over, of a corrected
    dossier, is not proved by it, nor one that left after the report was ``told_at``.
    What lies ready stays there: who knows the dossier may not have stored it yet.
    """
    sent = [t for t in transfers if t.agency == agency and t.kind == "hand_over"]
    doubtful = {State.UNCONFIRMED, State.PARKED}
    if len(sent) != 1 or sent[0].state not in doubtful:
        return None
    if (sent[0].first_sent_at or told_at) > told_at:
        return None
    traits = tools.traits(sent[0].office, sent[0].kind)
    if traits is not None and traits.fetched:
        return None
    return sent[0] if sent[0].fate is Fate.MAY_HAVE_LEFT else None


def settled(proved: Transfer | None) -> tuple[Move, ...]:
    """The move of a hand-over that is proved."""
    if proved is None:
        return ()
    return (Move(proved.id, proved.state, State.DELIVERED, Fate.AGENCY_HAS_IT),)


def moves(
    tools: Tools,
    row: DossierRow,
    transfers: Sequence[Transfer],
    step: Step,
    first: ReportRow,
) -> tuple[Move, ...]:
    """What becomes answered, is asked about again, or is needed no longer."""
    found = [*_answered(transfers, step), *_asked_again(tools, row, transfers, step)]
    if any(t.event is Event.SLIP_ISSUED for t in step.happened):
        found += _bad_slips(tools, row, transfers, first)
    if step.case.end.value in {"refused", "withdrawn"}:
        found += [
            cancelled(t, f"report:{first.id}")
            for t in cancellable(transfers)
            if t.conversation not in TO_ONE_STOP and not only_tells(t)
        ]
    return tuple(found)


def polled_soon(
    tools: Tools, transfers: Sequence[Transfer], step: Step
) -> tuple[tuple[TransferId, datetime], ...]:
    """Messages of a leg that somebody reports a payment for, and when to ask.

    Only tax's own word settles it, and what is long under way is asked about rarely:
    the citizen who has paid would wait for the next regular poll. The last one may
    have been just now, so the agency's shortest time between two is kept.
    """
    told = {t.leg for t in step.happened if t.event is Event.PAYMENT_REPORTED}
    now = tools.clock.now()
    found = []
    for one in transfers:
        if one.leg in told and one.state is State.DELIVERED:
            traits = tools.traits(one.office, one.kind)
            gap = traits.poll_gap_s if traits else 0.0
            found.append((one.id, now + timedelta(seconds=gap)))
    return tuple(found)


def answered_before(transfers: Sequence[Transfer], leg: str) -> Transfer | None:
    """The last message of a leg whose answer came."""
    found = [t for t in transfers if t.leg == leg and t.state is State.ANSWERED]
    return max(found, key=lambda t: t.position, default=None)


def polled(last: Transfer, after: datetime) -> Move:
    """It is asked about again, from then on."""
    return Move(last.id, last.state, State.DELIVERED, last.fate, after=after)


def _answered(transfers: Sequence[Transfer], step: Step) -> list[Move]:
    ended_legs = {t.leg for t in step.happened if t.event == "ended"}
    everything = step.case.end is not End.OPEN
    return [
        Move(transfer.id, State.DELIVERED, State.ANSWERED, transfer.fate)
        for transfer in transfers
        if transfer.poll_at is not None
        and transfer.state is State.DELIVERED
        and (everything or transfer.leg in ended_legs)
    ]


def _asked_again(
    tools: Tools, row: DossierRow, transfers: Sequence[Transfer], step: Step
) -> list[Move]:
    """Polls the last answered message of a leg that owes again after its end."""
    ended = {leg.name for leg in row.case.legs if leg.state == "ended"}
    found = []
    for leg in ended & {t.leg for t in step.happened}:
        last = answered_before(transfers, leg)
        if last is not None:
            office = tools.versions.current.offices.get(last.office)
            wait = office.limits.poll_every_s if office else 0.0
            found.append(polled(last, tools.clock.now() + timedelta(seconds=wait)))
    return found


def _bad_slips(
    tools: Tools, row: DossierRow, transfers: Sequence[Transfer], first: ReportRow
) -> list[Move]:
    """Cancels earlier slips that did not hold: the one that came now is the first."""
    leg = consumer(tools.versions.procedure_of(row.case))
    return [
        cancelled(t, f"report:{first.id}")
        for t in cancellable(transfers)
        if leg is not None and t.leg == leg.name
    ]
