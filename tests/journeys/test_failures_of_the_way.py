"""Every failure that is known of the way of a land transfer has its test, by name.

The way: citizen → one-stop → land office → tax → citizen pays → land office → one-stop.
Failures without a test of their own in ``test_land_transfer`` are shown elsewhere.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.syntax import tree_of

ROOT = Path(__file__).resolve().parents[2]
LAND = "tests/journeys/test_land_transfer.py"
SLIPS = "tests/journeys/test_slips.py"
PORTAL = "tests/unit/adapters/tax_portal/test_pushes.py"
#: Step and failure → file and test.
FAILURES = {
    "1 parcel typed free-hand": (
        LAND,
        "test_step_1_a_parcel_typed_free_hand_travels_as_it_was_typed",
    ),
    "1 commune code of the old list": (
        LAND,
        "test_step_1_an_old_commune_code_leads_to_the_branch_of_its_successor",
    ),
    "2 lost reply": (
        LAND,
        "test_step_2_a_lost_reply_to_the_hand_over_makes_no_second_dossier",
    ),
    "2 user name of the receiver unknown": (
        LAND,
        "test_step_2_an_unknown_receiver_is_a_question_to_the_counter",
    ),
    "2 wrong case": (
        LAND,
        "test_step_2_a_case_that_the_office_does_not_have_waits_with_the_reason",
    ),
    "2 wrong system for that office": (
        "tests/journeys/test_callbacks.py",
        "test_the_number_of_another_office_moves_no_dossier",
    ),
    "3 late or out of order": (
        LAND,
        "test_step_3_a_step_that_comes_after_a_newer_one_moves_nothing_back",
    ),
    "3 unknown officer": (
        LAND,
        "test_step_3_an_unknown_officer_is_kept_as_told_and_no_error",
    ),
    "3' forgotten click": (
        "tests/journeys/test_first_morning.py",
        "test_thirty_dossiers_finished_without_the_click_are_found_from_two_lists_alone",
    ),
    "3' kind of waiting lost": (
        LAND,
        "test_step_3_the_kinds_of_waiting_are_told_apart",
    ),
    "3'' does not wait for papers": (
        LAND,
        "test_step_3_papers_for_an_office_that_waits_no_more_are_no_error",
    ),
    "4 tax not connected": (
        "tests/journeys/test_packages_road.py",
        "test_a_dossier_goes_its_whole_way_in_packages",
    ),
    "4 another dossier's number in the slip": (
        SLIPS,
        "test_a_slip_of_another_dossier_is_refused",
    ),
    "4 another certificate in the slip": (
        SLIPS,
        "test_a_slip_with_another_certificate_is_refused",
    ),
    "4 another number of the slip": (
        SLIPS,
        "test_a_slip_under_another_number_than_its_own_is_refused",
    ),
    "4' the one-stop learns what tax returned": (
        "tests/journeys/test_refused_messages.py",
        "test_a_slip_that_tax_returned_lies_with_its_issuer_and_the_counter_is_told",
    ),
    "5 one unknown dossier in a file of many": (
        PORTAL,
        "test_a_bad_row_stands_among_good_ones",
    ),
    "5 the same notice by three roads": (
        LAND,
        "test_step_5_the_same_notices_by_the_land_office_too_count_once",
    ),
    "5 amount that cannot be read": (
        SLIPS,
        "test_an_amount_that_is_none_is_refused_and_never_becomes_zero",
    ),
    "6 shown as missing papers": (
        LAND,
        "test_step_6_waiting_for_money_is_never_told_as_missing_papers",
    ),
    "7 paid at a bank counter": (
        PORTAL,
        "test_payment_at_a_bank_counter_gives_no_voucher",
    ),
    "7 several notices, all to be paid": (
        LAND,
        "test_step_7_every_notice_must_be_paid_before_the_land_office_is_told",
    ),
    "8 the second date": (
        LAND,
        "test_step_8_the_second_date_is_computed_when_nothing_is_left_to_pay",
    ),
    "9 a result file cannot be fetched at once": (
        LAND,
        "test_step_9_a_result_file_that_is_not_there_yet_is_fetched_later",
    ),
    "9 an end that is no result": (
        LAND,
        "test_step_9_an_end_that_is_no_result_is_told_as_what_it_is",
    ),
    "10 finished on paper, clicked late": (
        LAND,
        "test_step_9_who_clicks_finish_days_later_finishes_all_the_same",
    ),
    "11 the office never learns that the result was handed out": (
        LAND,
        "test_step_11_the_office_learns_that_the_result_was_handed_out",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_known_failure_has_its_test(failure: str) -> None:
    file, name = FAILURES[failure]
    tree = tree_of((ROOT / file).read_text("utf-8"))
    defined = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert name in defined
