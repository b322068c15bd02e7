"""No retry without end: whatever answers come, for ever, a person has it in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from gateway.calendar.opening import Opening
from gateway.calendar.working_time import working_time
from gateway.delivery.settle import after_attempt, after_enquiry
from gateway.domain.attempt import Outcome
from gateway.domain.lane import LaneLimits, RetryPolicy
from gateway.domain.opening import Hours
from gateway.domain.transfer import Fate, State, Transfer
from gateway.ports.agency import Answer, KindTraits
from tests.unit.delivery.test_settle import a_transfer, traits

START = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)
POLICY = RetryPolicy(first_s=30, cap_s=3600, horizon_s=5 * 86400)
LIMITS = LaneLimits(retry=POLICY, timeout_s=30, enquire_every_s=300)
#: One wait more than the horizon, or one enquiry.
LATEST = START + timedelta(seconds=POLICY.horizon_s + POLICY.cap_s)
ENDS = {State.PARKED, State.DELIVERED, State.REFUSED}
KINDS = [
    traits(deduplicates=deduplicates, enquirable=enquirable)
    for deduplicates, enquirable in product((False, True), repeat=2)
]
#: The process dies in the middle of each attempt.
DIES = None
SENDS = [*Outcome, DIES]


def step(
    transfer: Transfer, kind: KindTraits, send: Outcome | None, limits: LaneLimits
) -> Transfer:
    """One attempt at the moment when it is due."""
    assert transfer.due_at is not None
    now = transfer.due_at
    tried = replace(
        transfer,
        state=State.SENDING,
        attempts=transfer.attempts + 1,
        first_sent_at=transfer.first_sent_at or now,
    )
    if send is DIES:
        ask_at = now + timedelta(seconds=60)
        return replace(
            tried,
            state=State.UNCONFIRMED,
            fate=Fate.MAY_HAVE_LEFT,
            ask_at=ask_at,
            cause="lease_over",
        )
    answer = Answer(send, "told")
    verdict = after_attempt(tried, kind, answer, limits, now=now, draw=0.7)
    moment = verdict.after
    due = moment if verdict.state is State.DUE else None
    ask = moment if verdict.state is State.UNCONFIRMED else None
    return replace(
        tried, state=verdict.state, fate=verdict.fate, due_at=due, ask_at=ask
    )


def asked(
    transfer: Transfer, kind: KindTraits, told: Outcome, limits: LaneLimits
) -> Transfer:
    """One enquiry at its moment; what it does not settle is asked again later."""
    assert transfer.ask_at is not None
    now = transfer.ask_at
    answer = Answer(told, "told") if kind.enquirable else None
    verdict = after_enquiry(transfer, kind, answer, limits, now=now)
    if verdict is None:
        again = now + timedelta(seconds=limits.enquire_every_s)
        return replace(transfer, ask_at=again, enquiries=transfer.enquiries + 1)
    due = verdict.after if verdict.state is State.DUE else None
    return replace(
        transfer, state=verdict.state, fate=verdict.fate, due_at=due, ask_at=None
    )


def run(
    kind: KindTraits, send: Outcome | None, told: Outcome, limits: LaneLimits
) -> tuple[Transfer, datetime, int]:
    """The transfer at its end, when that was, and how many calls it took."""
    transfer = a_transfer(state=State.DUE, attempts=0, due_at=START)
    transfer = replace(transfer, created_at=START, first_sent_at=None)
    now, calls = START, 0
    while transfer.state not in ENDS:
        now = transfer.due_at or transfer.ask_at or now
        assert calls < 20_000, "it goes on and on"
        calls += 1
        if transfer.state is State.DUE:
            transfer = step(transfer, kind, send, limits)
        else:
            transfer = asked(transfer, kind, told, limits)
    return transfer, now, calls


@pytest.mark.parametrize("told", Outcome)
@pytest.mark.parametrize("send", SENDS)
@pytest.mark.parametrize("kind", KINDS, ids=["-", "asked", "once", "asked, once"])
def test_every_way_ends_within_the_horizon(
    kind: KindTraits, send: Outcome | None, told: Outcome
) -> None:
    ended, at, _ = run(kind, send, told, LIMITS)
    assert at <= LATEST
    good = {Outcome.DELIVERED, Outcome.DUPLICATE}
    if send not in good and told not in good:
        assert ended.state in {State.PARKED, State.REFUSED}


def test_there_are_ways_that_use_the_whole_horizon() -> None:
    _, at, calls = run(KINDS[2], Outcome.NOT_DELIVERED, Outcome.UNKNOWN, LIMITS)
    assert at > START + timedelta(days=4.5)
    assert calls > 50
    _, at, calls = run(KINDS[1], Outcome.UNKNOWN, Outcome.UNKNOWN, LIMITS)
    assert at >= START + timedelta(days=5)
    assert calls > 1000


def test_only_time_in_which_the_office_was_open_counts() -> None:
    calendar = working_time({"2026": {}})
    opening = Opening((Hours(480, 960),), calendar)  # eight hours a day
    limits = replace(
        LIMITS, closures=opening, retry=replace(POLICY, horizon_s=2 * 86400)
    )
    _, at, _ = run(KINDS[1], Outcome.UNKNOWN, Outcome.UNKNOWN, limits)
    opened = (at - START).total_seconds() - opening.shut_s(START, at)
    assert 2 * 86400 <= opened <= 2 * 86400 + LIMITS.enquire_every_s
    assert at - START > timedelta(days=7)
