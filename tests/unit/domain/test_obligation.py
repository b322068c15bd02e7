"""What a dossier owes: notices count once, and only tax says that they are paid."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import ReportRefused
from gateway.domain.obligation import (
    Effect,
    Ledger,
    Notice,
    NoticeState,
    Voucher,
    kept_ledger,
    mistaken,
    notices_told,
    read_ledger,
    with_notices,
    with_payment,
    with_slip_replaced,
    with_voucher,
)

PIT: dict[str, Any] = {
    "number": "0001/TB",
    "kind": "Thuế thu nhập cá nhân",
    "amount": "20000000",
    "issued_on": "2026-07-10",
}
FEE: dict[str, Any] = {
    "number": "0002/TB",
    "kind": "Lệ phí trước bạ",
    "amount": "5000000",
}
TAX, PORTAL, LAND = "tax-1", "tax-portal", "land-1"


def told(*rows: dict[str, Any], road: str = TAX, as_of: str = "") -> list[Notice]:
    return notices_told(rows, road, as_of)


def owing(*rows: dict[str, Any], road: str = TAX, as_of: str = "") -> Ledger:
    return with_notices(Ledger(), told(*rows, road=road, as_of=as_of))[0]


def voucher(number: str, amount: int, at: str = "2026-07-12T02:00:00+00:00") -> Voucher:
    return Voucher(number, amount, at, PORTAL)


@pytest.mark.parametrize("order", list(permutations([TAX, PORTAL, LAND])))
def test_the_same_notice_by_three_roads_counts_once_whoever_comes_first(
    order: tuple[str, str, str],
) -> None:
    words = {LAND: {"number": "0001/tb ", "kind": "Thuế TNCN", "amount": None}}
    ledger, effects = Ledger(), []
    for road in order:
        row = {**PIT, **words.get(road, {})}
        ledger, effect = with_notices(ledger, told(row, road=road))
        effects.append(effect)
    (notice,) = ledger.notices
    assert (notice.amount, notice.roads) == (20_000_000, order)
    assert effects[0] is Effect.DUE
    # Only what the land office left open is news: the amount.
    assert Effect.DUE not in effects[2:]


def test_two_items_of_one_notice_are_two() -> None:
    ledger = owing(PIT, {**FEE, "number": "0001/TB"})
    assert [notice.amount for notice in ledger.open] == [20_000_000, 5_000_000]
    again, effect = with_notices(ledger, told(PIT, {**FEE, "number": "0001/TB"}))
    assert (again, effect) == (ledger, Effect.NOTHING_NEW)


def test_an_adjusted_amount_is_due_anew_and_an_older_file_does_not_undo_it() -> None:
    first = owing(PIT, road=PORTAL, as_of="2026-07-10T09:30:00+00:00")
    more = {**PIT, "amount": "22000000"}
    adjusted, effect = with_notices(
        first, told(more, road=PORTAL, as_of="2026-07-11T09:30:00+00:00")
    )
    assert (adjusted.open[0].amount, effect) == (22_000_000, Effect.DUE)
    late, effect = with_notices(
        adjusted, told(PIT, road=PORTAL, as_of="2026-07-10T09:30:00+00:00")
    )
    assert (late.open[0].amount, effect) == (22_000_000, Effect.NOTHING_NEW)


def test_a_withdrawn_notice_is_owed_no_more_and_a_repeat_does_not_revive_it() -> None:
    withdrawn, effect = with_notices(owing(PIT), told({**PIT, "state": "withdrawn"}))
    assert (withdrawn.open, effect) == ((), Effect.WITHDRAWN)
    again, effect = with_notices(withdrawn, told(PIT))
    assert (again.open, effect) == ((), Effect.NOTHING_NEW)


def test_a_notice_that_is_replaced_leaves_the_one_in_its_place() -> None:
    rows = [{**PIT, "state": "adjusted", "replaced_by": "0009/TB"}]
    rows.append({**PIT, "number": "0009/TB", "amount": "18000000"})
    ledger, effect = with_notices(owing(PIT), told(*rows))
    assert ([n.number for n in ledger.open], effect) == (["0009/TB"], Effect.DUE)


def test_a_notice_of_nothing_is_nothing_due() -> None:
    ledger, effect = with_notices(Ledger(), told({**PIT, "amount": "0"}))
    assert (ledger.open, effect) == ((), Effect.NOTHING_DUE)


def test_a_debt_that_is_recorded_is_not_to_be_paid_now() -> None:
    rows = [{**PIT, "amount": "0"}, {**FEE, "state": "deferred"}]
    assert with_notices(Ledger(), told(*rows))[1] is Effect.DEFERRED
    open_too = told(PIT, {**FEE, "state": "deferred"})
    assert with_notices(Ledger(), open_too)[1] is Effect.DUE


def test_a_voucher_proposes_and_only_tax_confirms() -> None:
    ledger, effect = with_voucher(owing(PIT, FEE), voucher("0001/TB", 20_000_000))
    assert effect is Effect.PARTLY
    ledger, effect = with_voucher(ledger, voucher("0002/tb", 5_000_000))
    assert (effect, len(ledger.open)) == (Effect.COVERED, 2)
    ledger, effect = with_payment(ledger, [])
    assert (effect, ledger.open) == (Effect.PAID, ())


def test_part_payments_of_one_notice_add_up_and_a_repeat_adds_nothing() -> None:
    half = voucher("0001/TB", 10_000_000)
    ledger, effect = with_voucher(owing(PIT), half)
    assert effect is Effect.PARTLY
    assert with_voucher(ledger, half) == (ledger, Effect.NOTHING_NEW)
    rest = voucher("0001/TB", 10_000_000, "2026-07-13T02:00:00+00:00")
    assert with_voucher(ledger, rest)[1] is Effect.COVERED


def test_a_voucher_never_covers_an_amount_that_nobody_told() -> None:
    ledger = owing({**PIT, "amount": None}, road=LAND)
    assert with_voucher(ledger, voucher("0001/TB", 10**12))[1] is Effect.PARTLY


def test_a_confirmation_of_one_notice_leaves_the_other_open() -> None:
    ledger, effect = with_payment(owing(PIT, FEE), told(PIT))
    assert ([n.number for n in ledger.open], effect) == (["0002/TB"], Effect.PARTLY)


def test_late_interest_after_payment_is_due() -> None:
    paid, _ = with_payment(owing(PIT), [])
    repeated, effect = with_notices(paid, told(PIT))
    assert (repeated, effect) == (paid, Effect.NOTHING_NEW)
    interest = {"number": "0001/TB", "kind": "Tiền chậm nộp", "amount": "60000"}
    ledger, effect = with_notices(paid, told(interest))
    assert ([n.amount for n in ledger.open], effect) == ([60_000], Effect.DUE)


@pytest.mark.parametrize("amount", ["abc", "1.000.000", "12e3", "-5", "²"])
def test_what_is_no_amount_is_never_read_as_one(amount: str) -> None:
    with pytest.raises(ReportRefused) as refused:
        told({**PIT, "amount": amount})
    assert refused.value.code == "amount_unreadable"


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "number": st.sampled_from(["1/TB", "2/TB", "3/TB"]),
            "kind": st.sampled_from(["Thuế TNCN", "Lệ phí trước bạ"]),
            "amount": st.sampled_from(["0", "5", "7", None]),
            "state": st.sampled_from([str(state) for state in NoticeState]),
        }
    ),
    max_size=6,
)


@given(st.lists(st.tuples(st.sampled_from([TAX, PORTAL, LAND]), ROWS), max_size=5))
def test_the_last_word_told_again_changes_nothing_and_the_ledger_can_be_kept(
    messages: list[tuple[str, list[dict[str, Any]]]],
) -> None:
    ledger = Ledger()
    for road, rows in messages:
        ledger, _ = with_notices(ledger, told(*rows, road=road))
        ledger, effect = with_notices(ledger, told(*rows[-1:], road=road))
        assert effect is Effect.NOTHING_NEW
    assert read_ledger(kept_ledger(ledger)) == ledger
    told_numbers = {row["number"] for _, rows in messages for row in rows}
    assert {notice.number for notice in ledger.notices} == told_numbers


def test_an_amount_stands_against_a_file_that_says_it_adjusts_nothing() -> None:
    ledger = owing(FEE, road=PORTAL, as_of="2026-07-10")
    other = told({**FEE, "amount": "6000000"}, road=PORTAL, as_of="2026-07-11")
    kept, effect = with_notices(ledger, other, adjusts=False)
    assert effect is Effect.NOTHING_NEW
    assert [n.amount for n in kept.notices] == [5_000_000]
    changed, effect = with_notices(ledger, other, adjusts=True)
    assert effect is Effect.DUE
    assert [n.amount for n in changed.notices] == [6_000_000]


def test_what_a_file_changes_without_saying_so_is_named_as_a_mistake() -> None:
    ledger = owing(PIT, FEE)
    rows = told({**PIT, "amount": "1"}, FEE, {**FEE, "number": "0003/TB"})
    assert mistaken(ledger, rows) == {0}
    after, _ = with_notices(ledger, rows, adjusts=False)
    assert mistaken(after, rows) == {0}
    by_portal = told({**PIT, "amount": "1"}, road=PORTAL)
    assert mistaken(ledger, by_portal) == set()


def test_news_of_an_amount_that_was_taken_before_overwrites_nothing_newer() -> None:
    ledger, _ = with_notices(owing(FEE), told({**FEE, "amount": "7000000"}), news=True)
    late = told(FEE)
    after, effect = with_notices(ledger, late, news=True)
    assert (effect, after.notices[0].amount) == (Effect.NOTHING_NEW, 7_000_000)
    assert mistaken(ledger, late) == set()
    # Whoever is asked tells how it is: the first amount may be right after all.
    asked, _ = with_notices(ledger, late)
    assert asked.notices[0].amount == 5_000_000


def test_an_amount_of_another_road_does_not_stand_against_it() -> None:
    ledger = owing(FEE, road=LAND, as_of="2026-07-10")
    other = told({**FEE, "amount": "6000000"}, road=PORTAL, as_of="2026-07-11")
    changed, _ = with_notices(ledger, other, adjusts=False)
    assert [n.amount for n in changed.notices] == [6_000_000]


@pytest.mark.parametrize("road", [TAX, LAND])
def test_a_file_that_comes_after_its_notice_became_a_debt_asks_for_nothing(
    road: str,
) -> None:
    """The file shows a debt like any other row; only the enquiry tells."""
    asked, of_file = "2026-07-10T08:00:00+00:00", "2026-07-10T09:30:00+00:00"
    debt = {**PIT, "state": "deferred"}
    ledger, _ = with_notices(Ledger(), told(debt, as_of=asked))
    late, effect = with_notices(
        ledger, told(PIT, road=road, as_of=of_file), adjusts=False, news=True
    )
    assert (late.open, effect) == ((), Effect.NOTHING_NEW)
    file_first, _ = with_notices(
        Ledger(), told(PIT, as_of=asked), adjusts=False, news=True
    )
    then_asked, effect = with_notices(file_first, told(debt, as_of=of_file))
    assert effect is Effect.DEFERRED
    assert [n.state for n in then_asked.notices] == [n.state for n in late.notices]


def test_a_file_that_comes_after_its_slip_was_replaced_revives_no_notice() -> None:
    replaced = with_slip_replaced(owing(PIT, road=PORTAL))
    late, effect = with_notices(
        replaced, told(PIT, road=PORTAL), adjusts=True, news=True
    )
    assert (late.open, effect) == ((), Effect.NOTHING_NEW)
    # Tax itself says that it holds for the new slip too.
    again, effect = with_notices(late, told(PIT, road=PORTAL))
    assert (len(again.open), effect) == (1, Effect.DUE)


def test_another_amount_for_a_debt_is_due_until_tax_says_that_it_is_one_too() -> None:
    ledger, _ = with_notices(Ledger(), told({**PIT, "state": "deferred"}))
    more = {**PIT, "amount": "22000000"}
    ledger, effect = with_notices(
        ledger, told(more, as_of="2026-07-11"), adjusts=True, news=True
    )
    assert effect is Effect.DUE
    ledger, effect = with_notices(ledger, told({**more, "state": "deferred"}))
    assert (ledger.open, effect) == ((), Effect.DEFERRED)
