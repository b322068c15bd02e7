"""What follows from an answer, for each combination of capabilities."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.delivery.retry_schedule import next_attempt_at
from gateway.delivery.settle import (
    after_attempt,
    after_enquiry,
    should_have_fetched,
)
from gateway.domain.attempt import Outcome
from gateway.domain.identifiers import (
    AgencyId,
    DossierId,
    MessageKind,
    OfficeId,
    TransferId,
)
from gateway.domain.lane import LaneLimits, RetryPolicy
from gateway.domain.opening import Closures
from gateway.domain.transfer import TO_BE_FETCHED, Fate, State, Transfer
from gateway.domain.values import replace
from gateway.ports.agency import Answer, KindTraits

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
LIMITS = LaneLimits(timeout_s=30, enquire_after_s=10)


def a_transfer(**changes: Any) -> Transfer:
    values: dict[str, Any] = {
        "id": TransferId("t1"),
        "dossier_id": DossierId("d1"),
        "agency": AgencyId("tax"),
        "office": OfficeId("tax-1"),
        "leg": "tax",
        "conversation": "tax",
        "position": 1,
        "kind": MessageKind("slip_new"),
        "state": State.SENDING,
        "fate": Fate.NOT_LEFT,
        "attempts": 1,
        "enquiries": 0,
        "created_at": NOW,
        "facts": {},
        "payload": None,
        "revision": 1,
        "first_sent_at": NOW,
    }
    return Transfer(**{**values, **changes})


def traits(
    *, deduplicates: bool = False, enquirable: bool = False, awaited: bool = False
) -> KindTraits:
    return KindTraits(
        MessageKind("slip_new"),
        deduplicates=deduplicates,
        enquirable=enquirable,
        answer_awaited=awaited,
    )


def settle(
    outcome: Outcome, kind: KindTraits, transfer: Transfer | None = None
) -> tuple[State, Fate]:
    verdict = after_attempt(
        transfer or a_transfer(), kind, Answer(outcome, "x"), LIMITS, now=NOW, draw=0.5
    )
    return verdict.state, verdict.fate


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.CONTRACT_BROKEN])
def test_an_unknown_fate_is_asked_where_it_can_be(outcome: Outcome) -> None:
    assert settle(outcome, traits(enquirable=True, deduplicates=True)) == (
        State.UNCONFIRMED,
        Fate.MAY_HAVE_LEFT,
    )


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.CONTRACT_BROKEN])
def test_an_unknown_fate_is_sent_again_only_where_repeats_count_once(
    outcome: Outcome,
) -> None:
    assert settle(outcome, traits(deduplicates=True)) == (State.DUE, Fate.MAY_HAVE_LEFT)
    assert settle(outcome, traits()) == (State.PARKED, Fate.MAY_HAVE_LEFT)


@pytest.mark.parametrize("outcome", [Outcome.NOT_DELIVERED, Outcome.NEEDS_DATA])
def test_of_a_message_that_arrived_in_part_nobody_says_that_nothing_left(
    outcome: Outcome,
) -> None:
    kind = traits(enquirable=True, deduplicates=True)
    answer = Answer(outcome, "x", in_part=True)
    sent = after_attempt(a_transfer(), kind, answer, LIMITS, now=NOW, draw=0.5)
    state = State.DUE if outcome is Outcome.NOT_DELIVERED else State.PARKED
    assert (sent.state, sent.fate) == (state, Fate.MAY_HAVE_LEFT)


def test_an_enquiry_that_finds_a_part_has_the_whole_sent_again() -> None:
    kind = traits(enquirable=True, deduplicates=True)
    transfer = a_transfer(state=State.UNCONFIRMED, fate=Fate.MAY_HAVE_LEFT)
    answer = Answer(Outcome.NOT_DELIVERED, "x", in_part=True)
    found = after_enquiry(transfer, kind, answer, LIMITS, now=NOW)
    assert found is not None
    assert (found.state, found.fate) == (State.DUE, Fate.MAY_HAVE_LEFT)


def test_what_people_carry_is_asked_about_until_its_receipt_is_there() -> None:
    kind = traits(enquirable=True, deduplicates=True)
    on_its_way = settle(Outcome.ON_ITS_WAY, kind)
    assert on_its_way == (State.UNCONFIRMED, Fate.MAY_HAVE_LEFT)
    transfer = a_transfer(state=State.UNCONFIRMED, fate=Fate.MAY_HAVE_LEFT)
    answer = Answer(Outcome.ON_ITS_WAY, "awaiting_receipt")
    horizon = timedelta(seconds=LIMITS.retry.horizon_s)
    waits = [NOW + horizon - timedelta(seconds=1), NOW + horizon]
    early, late = (
        after_enquiry(transfer, kind, answer, LIMITS, now=now) for now in waits
    )
    assert early is None
    assert late is not None
    assert (late.state, late.fate, late.cause) == (
        State.PARKED,
        Fate.MAY_HAVE_LEFT,
        "receipt_missing",
    )


FETCHED = KindTraits(
    MessageKind("hand_over"), deduplicates=True, enquirable=True, fetched=True
)


def test_what_an_office_comes_for_lies_ready_and_has_not_left() -> None:
    answer = Answer(Outcome.ON_ITS_WAY, TO_BE_FETCHED)
    for fate in (Fate.NOT_LEFT, Fate.MAY_HAVE_LEFT):
        verdict = after_attempt(
            a_transfer(fate=fate), FETCHED, answer, LIMITS, now=NOW, draw=0.5
        )
        assert (verdict.state, verdict.fate) == (State.UNCONFIRMED, fate)
        assert verdict.cause == TO_BE_FETCHED


def test_an_office_is_late_to_come_once_its_time_has_passed_while_it_was_open() -> None:
    limits = replace(LIMITS, enquire_after_s=4 * 3600.0)
    ready = a_transfer(state=State.UNCONFIRMED)
    for hours, late in ((3, False), (4, True), (24 * 30, True)):
        assert should_have_fetched(ready, limits, NOW + timedelta(hours=hours)) is late
    shut = replace(limits, closures=ShutAtNight())
    assert not should_have_fetched(ready, shut, NOW + timedelta(hours=15))
    assert should_have_fetched(ready, shut, NOW + timedelta(hours=16))


class ShutAtNight(Closures):
    """Shut for twelve hours of whatever is asked about."""

    def shut_s(self, since: datetime, until: datetime) -> float:
        assert since < until
        return 12 * 3600.0


def test_nobody_is_asked_before_the_whole_attempt_timeout() -> None:
    verdict = after_attempt(
        a_transfer(),
        traits(enquirable=True),
        Answer(Outcome.UNKNOWN, "x"),
        LIMITS,
        now=NOW,
        draw=0,
    )
    assert verdict.after == NOW + timedelta(seconds=30)


def test_what_never_left_is_sent_again() -> None:
    assert settle(Outcome.NOT_DELIVERED, traits()) == (State.DUE, Fate.NOT_LEFT)


def test_a_refused_connection_does_not_clear_an_older_doubt() -> None:
    doubtful = a_transfer(fate=Fate.MAY_HAVE_LEFT, attempts=2)
    assert settle(Outcome.NOT_DELIVERED, traits(), doubtful) == (
        State.UNCONFIRMED,
        Fate.MAY_HAVE_LEFT,
    )


def test_an_answer_outside_the_contract_is_not_repeated_for_ever() -> None:
    tired = a_transfer(attempts=3)
    assert (
        settle(Outcome.CONTRACT_BROKEN, traits(deduplicates=True), tired)[0]
        is State.PARKED
    )


def test_retries_end_at_the_horizon_and_a_person_takes_over() -> None:
    old = a_transfer(attempts=9, first_sent_at=NOW - timedelta(days=30))
    assert settle(Outcome.NOT_DELIVERED, traits(), old) == (State.PARKED, Fate.NOT_LEFT)


@pytest.mark.parametrize("outcome", [Outcome.NEEDS_DATA, Outcome.NEEDS_CONFIGURATION])
def test_missing_data_waits_for_a_person(outcome: Outcome) -> None:
    assert settle(outcome, traits()) == (State.PARKED, Fate.NOT_LEFT)


def test_a_duplicate_is_a_delivery() -> None:
    assert settle(Outcome.DUPLICATE, traits()) == (State.DELIVERED, Fate.AGENCY_HAS_IT)


def test_an_awaited_answer_is_polled() -> None:
    verdict = after_attempt(
        a_transfer(),
        traits(awaited=True),
        Answer(Outcome.DELIVERED, "ok"),
        LIMITS,
        now=NOW,
        draw=0,
    )
    assert verdict.after is not None


def test_an_enquiry_that_proves_absence_frees_the_message() -> None:
    verdict = after_enquiry(
        a_transfer(state=State.UNCONFIRMED),
        traits(enquirable=True),
        Answer(Outcome.NOT_DELIVERED, "no"),
        LIMITS,
        now=NOW,
    )
    assert verdict is not None
    assert (verdict.state, verdict.fate) == (State.DUE, Fate.NOT_LEFT)


def test_what_is_sent_and_not_found_time_after_time_goes_to_a_person() -> None:
    old = a_transfer(
        state=State.UNCONFIRMED,
        fate=Fate.MAY_HAVE_LEFT,
        cause="timeout",
        first_sent_at=NOW - timedelta(days=30),
    )
    verdict = after_enquiry(
        old,
        traits(enquirable=True),
        Answer(Outcome.NOT_DELIVERED, "no"),
        LIMITS,
        now=NOW,
    )
    assert verdict is not None
    assert (verdict.state, verdict.fate) == (State.PARKED, Fate.NOT_LEFT)
    assert (verdict.after, verdict.cause) == (None, "timeout")


def test_an_enquiry_without_answer_is_asked_again_until_the_horizon() -> None:
    fresh = a_transfer(state=State.UNCONFIRMED)
    assert (
        after_enquiry(
            fresh,
            traits(enquirable=True),
            Answer(Outcome.UNKNOWN, "x"),
            LIMITS,
            now=NOW,
        )
        is None
    )
    old = a_transfer(state=State.UNCONFIRMED, first_sent_at=NOW - timedelta(days=30))
    verdict = after_enquiry(
        old, traits(enquirable=True), Answer(Outcome.UNKNOWN, "x"), LIMITS, now=NOW
    )
    assert verdict is not None
    assert (verdict.state, verdict.cause) == (State.PARKED, "fate_unknown")


def test_what_can_neither_be_asked_nor_repeated_goes_to_a_person() -> None:
    verdict = after_enquiry(
        a_transfer(state=State.UNCONFIRMED), traits(), None, LIMITS, now=NOW
    )
    assert verdict is not None
    assert (verdict.state, verdict.fate) == (State.PARKED, Fate.MAY_HAVE_LEFT)


def test_the_wait_doubles_up_to_its_cap_and_obeys_retry_after() -> None:
    policy = RetryPolicy(first_s=10, cap_s=100, horizon_s=86400)
    waits = [
        next_attempt_at(n, policy, now=NOW, first_at=NOW, draw=0.999999)
        for n in (1, 2, 3, 9)
    ]
    assert [round((w - NOW).total_seconds()) for w in waits if w] == [10, 20, 40, 100]
    told = next_attempt_at(1, policy, now=NOW, first_at=NOW, draw=0.0, retry_after_s=77)
    assert told == NOW + timedelta(seconds=77)
