"""What each line of the journal is evidence of, and what none is evidence of."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.conformance.store_making import NOW
from gateway.domain.delivering import ETSI, Hop, Result, Way
from gateway.domain.delivering_words import COUNTER, WORDS, party, said, what
from gateway.domain.identifiers import PayloadId
from gateway.domain.journal import JournalLine
from gateway.evidence.events import events, told

WAYS = {"t_1": Way("land-1", "hand_over", "ab")}


def read(kind: str, actor: str = "gateway", /, **facts: Any) -> list[tuple[Any, ...]]:
    line = JournalLine(kind, NOW, actor, facts, PayloadId("p_1"), b"\xcd")
    found = events([(7, line)], WAYS, "one-stop-1")
    return [(one.hop, one.result, one.giver, one.receiver) for one in found]


def attempt(
    outcome: str, state: str, fate: str, purpose: str = "submit"
) -> tuple[Any, ...] | None:
    facts = {"transfer": "t_1", "kind": "hand_over", "code": "", "purpose": purpose}
    found = read("attempt", outcome=outcome, state=state, fate=fate, **facts)
    return found[0][:2] if found else None


H, R = Hop, Result


@pytest.mark.parametrize(
    ("given", "is_evidence_of"),
    [
        (("delivered", "delivered", "agency_has_it"), (H.DELIVERY, R.ACCEPTED)),
        (("duplicate", "delivered", "agency_has_it"), (H.DELIVERY, R.ACCEPTED)),
        (("refused", "refused", "agency_has_it"), (H.DELIVERY, R.REJECTED)),
        (("not_delivered", "due", "not_left"), (H.RELAY, R.FAILED)),
        (("not_delivered", "cancelled", "not_left"), (H.DELIVERY, R.NON_DELIVERY)),
        (("on_its_way", "unconfirmed", "not_left"), (H.RELAY, R.ACCEPTED)),
        (("unknown", "unconfirmed", "may_have_left"), (H.DELIVERY, R.UNKNOWN)),
        (("contract_broken", "parked", "may_have_left"), (H.DELIVERY, R.UNKNOWN)),
        (("needs_data", "parked", "not_left"), (H.RELAY, R.FAILED)),
    ],
)
def test_an_attempt_is_evidence_of_what_it_proved(
    given: tuple[str, str, str], is_evidence_of: tuple[Hop, Result]
) -> None:
    assert attempt(*given) == is_evidence_of


def test_what_may_have_arrived_is_called_neither_failed_nor_delivered() -> None:
    for state in ("unconfirmed", "parked", "cancelled", "due"):
        for outcome in ("unknown", "not_delivered", "contract_broken"):
            found = attempt(outcome, state, "may_have_left")
            assert found == (Hop.DELIVERY, Result.UNKNOWN), (state, outcome)


def test_an_answer_to_an_enquiry_is_evidence_and_a_poll_is_none() -> None:
    assert attempt("delivered", "delivered", "agency_has_it", "enquire") == (
        Hop.DELIVERY,
        Result.ACCEPTED,
    )
    assert attempt("not_delivered", "due", "not_left", "enquire") == (
        Hop.DELIVERY,
        Result.FAILED,
    )
    assert attempt("delivered", "delivered", "agency_has_it", "poll") is None


@pytest.mark.parametrize("purpose", ["fetch", "acknowledge"])
def test_an_office_that_came_for_it_has_retrieved_it(purpose: str) -> None:
    found = attempt("on_its_way", "unconfirmed", "may_have_left", purpose)
    assert found == (Hop.RETRIEVAL, Result.ACCEPTED)


def test_what_is_handed_in_is_a_submission_by_whoever_gave_it() -> None:
    (counter,) = read("happened", leg="", event="accepted")
    assert counter == (Hop.SUBMISSION, Result.ACCEPTED, "one-stop-1", "gateway")
    facts = {"report": "r_1", "kind": "finished", "code": ""}
    (report,) = read("report", "land-1", standing="applied", **facts)
    assert report == (Hop.SUBMISSION, Result.ACCEPTED, "land-1", "gateway")
    (unread,) = read("report", "land-1", standing="unreadable", **facts)
    assert unread[1] is Result.FAILED
    assert read("report", "land-1", standing="repeated", **facts) == []


def test_a_persons_word_counts_for_what_it_says() -> None:
    def act(action: str, fate: str) -> list[Any]:
        found = read("action", "van-hanh.a", transfer="t_1", action=action, fate=fate)
        return [one[:2] for one in found]

    assert act("agency_has_it", "agency_has_it") == [(Hop.DELIVERY, Result.ACCEPTED)]
    assert act("agency_has_it_not", "not_left") == [(Hop.DELIVERY, Result.FAILED)]
    assert act("cancel", "not_left") == [(Hop.DELIVERY, Result.NON_DELIVERY)]
    assert act("cancel", "may_have_left") == [(Hop.DELIVERY, Result.UNKNOWN)]
    assert act("resend", "not_left") == []


@pytest.mark.parametrize(
    "kind", ["moved", "rung", "note", "status", "ended", "unmasked"]
)
def test_a_line_that_hands_nothing_over_is_no_evidence(kind: str) -> None:
    assert read(kind, transfer="t_1") == []
    assert read("happened", leg="land", event="opened") == []


def test_every_event_has_words_and_only_what_is_known_the_standards_name() -> None:
    line = JournalLine("happened", NOW, "gateway", {"leg": "", "event": "accepted"})
    (one,) = events([(1, line)], {}, "one-stop-1")
    assert (said(one), what(one)) == ("Cổng đã nhận", COUNTER["accepted"])
    assert party("gateway", {}) == "Cổng liên thông"
    assert party("land-1", {"land-1": "Chi nhánh mẫu"}) == "Chi nhánh mẫu"
    assert told(one)["etsi"] == "SubmissionAcceptance"
    nameless = {(Hop.DELIVERY, Result.UNKNOWN), (Hop.SUBMISSION, Result.FAILED)}
    assert set(WORDS) == {*ETSI, *nameless}
