"""What follows from an answer: the next state, fate and moment; pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.delivery.retry_schedule import counted_s, next_attempt_at
from gateway.domain.attempt import Outcome
from gateway.domain.identifiers import MessageKind
from gateway.domain.lane import LaneLimits
from gateway.domain.transfer import (
    TO_ONE_STOP,
    Fate,
    State,
    Transfer,
    may_become_due,
)
from gateway.domain.values import dataclass
from gateway.ports.agency import Answer, KindTraits

#: An answer outside the contract is repeated this often where repeats are safe.
CONTRACT_TRIES = 3


def hopeless(kind: MessageKind) -> KindTraits:
    """Of a kind that no adapter knows nothing may be hoped for: a person decides."""
    return KindTraits(kind, deduplicates=False, enquirable=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a transfer goes after an attempt or an enquiry."""

    state: State
    fate: Fate
    after: datetime | None
    cause: str | None
    named_by: str | None = None
    #: what cancelled it


def after_attempt(
    transfer: Transfer,
    traits: KindTraits,
    answer: Answer,
    limits: LaneLimits,
    *,
    now: datetime,
    draw: float,
) -> Verdict:
    """Where a transfer goes after one attempt at sending it."""
    fate = Fate.MAY_HAVE_LEFT if answer.in_part else transfer.fate
    match answer.outcome:
        case Outcome.DELIVERED | Outcome.DUPLICATE:
            return _delivered(traits, limits, now)
        case Outcome.REFUSED if transfer.conversation in TO_ONE_STOP:
            # Nobody corrects what it says; a person sees it, or a status is overtaken.
            return Verdict(State.PARKED, Fate.NOT_LEFT, None, answer.code)
        case Outcome.REFUSED:
            return Verdict(State.REFUSED, Fate.AGENCY_HAS_IT, None, answer.code)
        case Outcome.NEEDS_DATA | Outcome.NEEDS_CONFIGURATION:
            return Verdict(State.PARKED, fate, None, answer.code)
        case Outcome.NOT_DELIVERED:
            return _try_again(
                transfer, traits, answer, limits, fate, now=now, draw=draw
            )
        case Outcome.ON_ITS_WAY if traits.fetched:
            # Nothing leaves before the agency comes for it.
            at = _ask_at(limits, now)
            return Verdict(State.UNCONFIRMED, transfer.fate, at, answer.code)
        case Outcome.ON_ITS_WAY | Outcome.UNKNOWN | Outcome.CONTRACT_BROKEN:
            return _unknown(transfer, traits, answer, limits, now=now, draw=draw)


def _delivered(traits: KindTraits, limits: LaneLimits, now: datetime) -> Verdict:
    poll_at = (
        now + timedelta(seconds=limits.poll_every_s) if traits.answer_awaited else None
    )
    return Verdict(State.DELIVERED, Fate.AGENCY_HAS_IT, poll_at, None)


def _try_again(
    transfer: Transfer,
    traits: KindTraits,
    answer: Answer,
    limits: LaneLimits,
    fate: Fate,
    *,
    now: datetime,
    draw: float,
) -> Verdict:
    if not may_become_due(fate, deduplicates=traits.deduplicates):
        return Verdict(State.UNCONFIRMED, fate, _ask_at(limits, now), answer.code)
    at = next_attempt_at(
        transfer.attempts,
        limits.retry,
        now=now,
        first_at=transfer.first_sent_at or now,
        draw=draw,
        retry_after_s=answer.retry_after_s,
        closures=limits.closures,
    )
    if at is None:
        return Verdict(State.PARKED, fate, None, answer.code)
    return Verdict(State.DUE, fate, at, answer.code)


def _unknown(
    transfer: Transfer,
    traits: KindTraits,
    answer: Answer,
    limits: LaneLimits,
    *,
    now: datetime,
    draw: float,
) -> Verdict:
    fate = Fate.MAY_HAVE_LEFT
    if traits.enquirable:
        return Verdict(State.UNCONFIRMED, fate, _ask_at(limits, now), answer.code)
    strange = answer.outcome is Outcome.CONTRACT_BROKEN
    tried_out = strange and transfer.attempts >= CONTRACT_TRIES
    if traits.deduplicates and not tried_out:
        return _try_again(transfer, traits, answer, limits, fate, now=now, draw=draw)
    return Verdict(State.PARKED, fate, None, answer.code)


def _ask_at(limits: LaneLimits, now: datetime) -> datetime:
    """Nobody is asked before the whole attempt timeout has passed."""
    return now + timedelta(seconds=max(limits.enquire_after_s, limits.timeout_s))


def after_enquiry(
    transfer: Transfer,
    traits: KindTraits,
    answer: Answer | None,
    limits: LaneLimits,
    *,
    now: datetime,
) -> Verdict | None:
    """Where an unconfirmed transfer goes; None: it stays and is asked again.

    ``answer`` is None where the kind cannot be asked.
    """
    if answer is None:
        # A message that ends its process each time would come back for ever.
        if traits.deduplicates and not _is_over(transfer, limits, now):
            return Verdict(State.DUE, Fate.MAY_HAVE_LEFT, now, transfer.cause)
        return Verdict(State.PARKED, Fate.MAY_HAVE_LEFT, None, "fate_unknown")
    absent = Fate.MAY_HAVE_LEFT if answer.in_part else Fate.NOT_LEFT
    match answer.outcome:
        case Outcome.DELIVERED | Outcome.DUPLICATE:
            return _delivered(traits, limits, now)
        case Outcome.NOT_DELIVERED if _is_over(transfer, limits, now):
            # Sent, asked about and not there, time after time: a person takes over.
            cause = transfer.cause or answer.code
            return Verdict(State.PARKED, absent, None, cause)
        case Outcome.NOT_DELIVERED:
            return Verdict(State.DUE, absent, now, answer.code)
        case Outcome.REFUSED:
            return Verdict(State.REFUSED, Fate.AGENCY_HAS_IT, None, answer.code)
        case Outcome.NEEDS_CONFIGURATION | Outcome.NEEDS_DATA:
            return Verdict(State.PARKED, transfer.fate, None, answer.code)
        case Outcome.ON_ITS_WAY:
            return _ask_on(transfer, limits, now, over="receipt_missing")
        case _:
            return _ask_on(transfer, limits, now)


def _is_over(transfer: Transfer, limits: LaneLimits, now: datetime) -> bool:
    """Whether the horizon has passed, counted from the first attempt."""
    first = transfer.first_sent_at or transfer.created_at
    tried_s = counted_s(limits.retry, first, now, limits.closures)
    return tried_s >= limits.retry.horizon_s


def should_have_fetched(transfer: Transfer, limits: LaneLimits, now: datetime) -> bool:
    """Whether what lies ready does so for longer than its office may take.

    It is never parked for that: a person could only decide that it lies there.
    """
    first = transfer.first_sent_at or transfer.created_at
    waited_s = (now - first).total_seconds()
    if limits.closures is not None:
        waited_s -= limits.closures.shut_s(first, now)
    return waited_s >= limits.enquire_after_s


def _ask_on(
    transfer: Transfer, limits: LaneLimits, now: datetime, over: str = "fate_unknown"
) -> Verdict | None:
    """``over``: why a person is asked once the horizon has passed."""
    if not _is_over(transfer, limits, now):
        return None
    return Verdict(State.PARKED, transfer.fate, None, over)
