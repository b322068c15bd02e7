"""The judge of a chaos run sees what is wrong, and clones are dossiers of their own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from gateway.conformance.examples import Expected
from gateway.wiring.stage import EXAMPLES
from tests.chaos.acts import LASTS_S, ON_A_DATABASE, ON_A_FILE, Act, Planned, planned
from tests.chaos.aim import Aim
from tests.chaos.clones import Clone, cloned, examples_of, renumbered
from tests.chaos.mutants import NAMES, planted
from tests.chaos.page import BEGIN, END, KEPT, PAGE, with_runs
from tests.chaos.record import keep, row
from tests.chaos.run import USUAL, Wanted
from tests.chaos.verdict import Figures, judged

NUMBER = "H00.01-260310-0100"
Json = dict[str, Any]


def clone(**effects: int) -> Clone:
    wanted = {("land_registry", kind): count for kind, count in effects.items()}
    known = frozenset({NUMBER})
    expected = Expected("x", NUMBER, "finished", "", wanted, (), (), known)
    return Clone(Path("x"), NUMBER, expected)


def line(kind: str, agency: str = "land_registry", **facts: Any) -> Json:
    return {"agency": agency, "kind": kind, "number": NUMBER, "facts": facts}


def judge(
    lines: list[Json],
    *,
    end: str = "finished",
    still: bool = False,
    arrivals: list[Json] | None = None,
    absent: bool = False,
) -> Figures:
    shown = None if absent else {"end": end, "transfers": []}
    effects = {"hand_over": 1, "paid": 1}
    return judged(
        [clone(**effects)],
        {NUMBER: shown},
        {NUMBER} if still else set(),
        lines,
        lines if arrivals is None else arrivals,
    )


DONE = [line("hand_over"), line("paid")]


def test_a_dossier_that_came_to_what_its_example_demands_is_no_fault() -> None:
    assert judge(DONE).clean


@pytest.mark.parametrize(
    ("found", "figure"),
    [
        (judge([*DONE, line("paid")]), "duplicated"),
        (judge([*DONE, line("withdraw")]), "duplicated"),
        (judge(DONE[:1]), "lost"),
        (judge(DONE, absent=True), "lost"),
        (judge(DONE[::-1]), "reordered"),
        (judge(DONE, end=""), "stuck_without_reason"),
    ],
)
def test_each_thing_that_must_not_happen_is_one_figure_and_a_sentence(
    found: Figures, figure: str
) -> None:
    wrong = ("lost", "duplicated", "reordered", "stuck_without_reason")
    assert [getattr(found, name) for name in wrong] == [int(n == figure) for n in wrong]
    assert len(found.told) == 1
    assert not found.clean


def test_an_older_state_told_after_a_newer_one_is_reordered() -> None:
    told = [line("status", "one_stop", sequence=n) for n in (1, 3, 2)]
    assert judge(DONE, arrivals=[*DONE, *told]).reordered == 1
    again = [line("status", "one_stop", sequence=n) for n in (1, 2, 2, 3)]
    assert judge(DONE, arrivals=[*DONE, *again]).reordered == 0


def test_an_event_that_comes_again_is_a_repeat_however_late() -> None:
    def event(sequence: int, name: str) -> Json:
        return line("status", "one_stop", sequence=sequence, id=name)

    one, two, three = event(1, "a"), event(2, "b"), event(3, "c")
    assert judge(DONE, arrivals=[*DONE, one, two, three, one]).reordered == 0
    # One that had not come before is older than what is shown.
    assert judge(DONE, arrivals=[*DONE, two, three, one]).reordered == 1


def told_step(step: int, taken_at: str, *, stored: bool = True) -> Json:
    facts: Json = {"step": step, "taken_at": taken_at, "stored": stored}
    return line("callback_answer", **facts)


@pytest.mark.parametrize(
    ("told", "shows", "wrong"),
    [
        ([told_step(11, "T08"), told_step(13, "T09")], "13", 0),
        ([told_step(13, "T09"), told_step(11, "T08")], "13", 0),
        ([told_step(13, "T09"), told_step(11, "T08")], "11", 1),
        # It was not taken; or came after the end of the dossier.
        ([told_step(13, "T09", stored=False), told_step(11, "T08")], "11", 0),
        ([told_step(11, "T08"), told_step(13, "T09")], "11", 0),
    ],
)
def test_a_step_that_was_told_after_a_newer_one_must_not_be_the_one_that_is_shown(
    told: list[Json], shows: str, wrong: int
) -> None:
    leg = {"agency": "land_registry", "step": shows}
    shown = {"end": "finished", "transfers": [], "legs": [leg]}
    found = judged([clone(paid=1)], {NUMBER: shown}, set(), [line("paid")], told)
    assert (found.reordered, found.clean) == (wrong, not wrong)


def at(hour: int, written: Json) -> Json:
    return {**written, "at": f"2026-03-10T{hour:02d}:00:00+00:00"}


def withdrawn(status: int, code: str = "") -> Json:
    facts: Json = {"do": "withdrawal", "status": status, "code": code}
    return line("call_answer", "one_stop", **facts)


def judge_race(own: list[Json], arrivals: list[Json], **wanted: Json) -> Figures:
    effects = {(a, kind): n for a, kinds in wanted.items() for kind, n in kinds.items()}
    known = frozenset({NUMBER})
    expected = Expected("x", NUMBER, "finished", "", effects, (), (), known)
    shown = {NUMBER: {"end": "finished", "transfers": []}}
    return judged([Clone(Path("x"), NUMBER, expected)], shown, set(), own, arrivals)


FINISHED = at(9, line("finished", "electricity"))
ASKED = at(10, line("withdraw", "electricity", answer="accepted"))


@pytest.mark.parametrize(
    "too_late",
    [
        # The company answers so (section 11); or the counter came when it was done.
        at(10, line("withdraw", "electricity", answer="request_ended")),
        at(10, line("withdraw", "electricity", answer="too_late")),
        at(10, withdrawn(202)),
        at(10, withdrawn(409, "dossier_ended")),
    ],
)
def test_a_citizen_who_was_too_late_to_withdraw_lost_nothing(too_late: Json) -> None:
    wanted = {"withdraw": 1, "cancelled": 1}
    assert judge_race([FINISHED], [too_late], electricity=wanted).clean
    twice = judge_race([FINISHED] * 2, [too_late], electricity=wanted)
    assert twice.duplicated == 1


@pytest.mark.parametrize(
    "arrivals",
    [
        # Nobody told the company of it; it was told in time; nobody took it.
        [],
        [at(8, withdrawn(202))],
        [ASKED],
        [at(10, withdrawn(503))],
        [at(10, withdrawn(409, "being_handed_over"))],
    ],
)
def test_a_withdrawal_that_came_in_time_and_reached_nobody_is_lost(
    arrivals: list[Json],
) -> None:
    wanted = {"withdraw": 1, "cancelled": 1}
    assert judge_race([FINISHED], arrivals, electricity=wanted).lost == 1


def test_a_water_company_that_was_done_may_hear_of_a_withdrawal_once() -> None:
    came = at(10, line("withdraw", "water"))
    done = at(9, line("told", "water", state="HOAN_THANH"))
    assert judge_race([came], [done, came], water={}).clean
    assert judge_race([came, came], [done, came, came], water={}).duplicated == 1
    # It had not said that it was done, or said so afterwards.
    begun = at(9, line("told", "water", state="DA_TIEP_NHAN"))
    later = at(11, line("told", "water", state="HOAN_THANH"))
    assert judge_race([came], [begun, came, later], water={}).duplicated == 1


@pytest.mark.parametrize(
    ("state", "fate", "lost"),
    [
        ("cancelled", "not_left", 0),
        ("cancelled", "may_have_left", 1),
        ("delivered", "agency_has_it", 1),
    ],
)
def test_a_withdrawal_overtakes_the_news_that_had_not_left(
    state: str, fate: str, lost: int
) -> None:
    withdrawn_ = line("withdraw")
    paid = {"kind": "paid", "state": state, "fate": fate}
    shown = {NUMBER: {"end": "finished", "transfers": [paid]}}
    one = [clone(paid=1, withdraw=1)]
    assert judged(one, shown, set(), [withdrawn_], [withdrawn_]).lost == lost
    # Nobody withdrew it.
    assert judged([clone(paid=1)], shown, set(), [], []).lost == 1


def test_a_slip_that_was_replaced_before_it_left_reaches_nobody() -> None:
    effects = {("tax", "slip_new"): 1, ("tax", "slip_replace"): 1}
    expected = Expected(
        "x", NUMBER, "finished", "", effects, (), (), frozenset({NUMBER})
    )
    one = [Clone(Path("x"), NUMBER, expected)]
    replaced = [line("slip_replace", "tax")]
    for state, lost in (("cancelled", 0), ("delivered", 1)):
        fate = "not_left" if state == "cancelled" else "agency_has_it"
        slip = {"kind": "slip_new", "state": state, "fate": fate}
        shown = {NUMBER: {"end": "finished", "transfers": [slip]}}
        assert judged(one, shown, set(), replaced, replaced).lost == lost
        assert judged(one, shown, set(), [], []).lost == 1


@pytest.mark.parametrize(
    ("first_paid", "clean"),
    [(8, True), (12, False)],
)
def test_what_was_paid_before_its_slip_was_replaced_is_owed_again(
    first_paid: int, *, clean: bool
) -> None:
    effects = {("tax", "slip_replace"): 1, ("land_registry", "paid"): 1}
    expected = Expected(
        "x", NUMBER, "finished", "", effects, (), (), frozenset({NUMBER})
    )
    books = [
        at(first_paid, line("paid")),
        at(10, line("slip_replace", "tax")),
        at(13, line("owed_again")),
        at(15, line("paid")),
    ]
    shown = {NUMBER: {"end": "finished", "transfers": []}}
    one = [Clone(Path("x"), NUMBER, expected)]
    assert judged(one, shown, set(), books, books).clean is clean
    # Twice the same is a fault even then.
    again = [*books, at(16, line("paid"))]
    assert judged(one, shown, set(), again, again).duplicated > 0


@pytest.mark.parametrize(
    ("named_by", "status", "clean"),
    [("withdrawal", 202, True), ("withdrawal", 503, False), ("revision", 202, False)],
)
def test_a_part_that_was_taken_back_before_it_left_reaches_nobody(
    named_by: str, status: int, *, clean: bool
) -> None:
    kinds = ("hand_over", "paper", "withdraw", "cancelled")
    effects = {("electricity", kind): 1 for kind in kinds}
    known = frozenset({NUMBER})
    expected = Expected("x", NUMBER, "finished", "", effects, (), (), known)
    part = {"agency": "electricity", "kind": "hand_over", "named_by": named_by}
    part |= {"state": "cancelled", "fate": "not_left"}
    shown = {NUMBER: {"end": "finished", "transfers": [part]}}
    one = [Clone(Path("x"), NUMBER, expected)]
    told = [line("call_answer", "one_stop", do="withdrawal", status=status, code="")]
    assert judged(one, shown, set(), [], told).clean is clean
    # What it did hear of is not taken back.
    assert not judged(one, shown, set(), [line("paper", "electricity")], told).clean


@pytest.mark.parametrize(
    ("answers", "clean"),
    [
        ([(0, ""), (409, "dossier_ended")], True),
        ([(503, "store_away"), (409, "dossier_ended")], False),
        ([(202, "")], False),
        ([], False),
    ],
)
def test_papers_for_what_had_ended_reach_nobody(
    answers: list[tuple[int, str]], *, clean: bool
) -> None:
    effects = {("open", "supplement"): 1}
    known = frozenset({NUMBER})
    expected = Expected("x", NUMBER, "finished", "", effects, (), (), known)
    shown = {NUMBER: {"end": "finished", "transfers": []}}
    told = [
        line("call_answer", "one_stop", do="supplement", status=status, code=code)
        for status, code in answers
    ]
    one = [Clone(Path("x"), NUMBER, expected)]
    assert judged(one, shown, set(), [], told).clean is clean


def test_a_message_that_its_agency_says_came_before_another_is_reordered() -> None:
    early = line("dvclt_status", "civil_registry", answer="rung_missing")
    assert judge(DONE, arrivals=[*DONE, early]).reordered == 1


def test_a_kill_is_aimed_at_what_an_agency_has_just_done(tmp_path: Path) -> None:
    book = tmp_path / "tax.effects.jsonl"
    book.write_text('{"kind": "slip_new"}\n' * 9, "utf-8")
    aim = Aim(tmp_path, seed=1)
    # What was there before is not news; nor is what repeats are recognised of.
    assert not aim.fires(10.0)
    with book.open("a", encoding="utf-8") as file:
        file.write('{"kind": "slip_supplement"}\n' * 9)
    assert not aim.fires(11.0)
    with book.open("a", encoding="utf-8") as file:
        file.write('{"kind": "slip_new"}\n' * 9)
    assert aim.fires(12.0)
    with book.open("a", encoding="utf-8") as file:
        file.write('{"kind": "slip_new"}\n' * 9)
    # A node needs time to come back.
    assert not aim.fires(12.1)


def test_what_stands_still_with_a_cause_is_counted_and_no_fault() -> None:
    found = judge(DONE[:1], end="", still=True)
    assert (found.clean, found.open_with_reason) == (True, 1)


def test_a_message_that_has_not_gone_yet_is_stuck_and_not_lost() -> None:
    shown = {"end": "finished", "transfers": [{"kind": "paid", "state": "sending"}]}
    found = judged([clone(paid=1)], {NUMBER: shown}, set(), [], [])
    assert (found.lost, found.stuck_without_reason) == (0, 1)


def test_an_arrival_that_the_agency_recognised_is_a_repeat() -> None:
    assert judge(DONE, arrivals=[*DONE, DONE[0]]).repeated == 1


def test_figures_of_two_stores_add_up() -> None:
    both = judge(DONE) + judge([*DONE, line("paid")])
    assert (both.accepted, both.duplicated, both.clean) == (2, 1, False)
    assert both.line.startswith("chaos: accepted=2 faults=0 lost=0 duplicated=1 ")


def test_nothing_accepted_is_not_clean() -> None:
    assert not Figures().clean


def acts_within(
    seconds: float, rates: Mapping[Act, float], nodes: int, seed: str
) -> list[Planned]:
    drawn = planned(rates, 20.0, nodes, seed)
    return list(takewhile(lambda one: one.at_s < seconds, drawn))


def test_a_run_without_a_kill_a_pause_or_a_full_disk_is_none() -> None:
    for rates, nodes in ((ON_A_FILE, 1), (ON_A_DATABASE, 3)):
        plan = acts_within(20.0, rates, nodes, "1")
        assert {one.act for one in plan} == set(rates)
        assert plan == acts_within(20.0, rates, nodes, "1")
        assert plan != acts_within(20.0, rates, nodes, "2")
        assert plan == sorted(plan, key=lambda one: one.at_s)
        assert all(one.at_s > 0 and one.node < nodes for one in plan)
    low, high = LASTS_S[Act.PAUSE]
    assert 0 < low < high


def test_clones_have_numbers_of_their_own_in_every_file(tmp_path: Path) -> None:
    folders = examples_of(EXAMPLES, "2026-03-10", USUAL)
    made = list(cloned(folders, tmp_path, 2 * len(folders)))
    numbers = [one.number for one in made]
    assert len(set(numbers)) == len(numbers)
    certificates = [
        str(scenario["land_registry"]["slip"]["ma_gcn"])
        for one in made
        if (scenario := _scenario(one))
        .get("land_registry", {})
        .get("slip", {})
        .get("ma_gcn")
    ]
    assert certificates
    assert len(set(certificates)) == len(certificates)
    for one in made:
        text = "".join(p.read_text("utf-8") for p in one.folder.iterdir())
        original = EXAMPLES / one.folder.name.rpartition(".")[0]
        number = tomllib.loads((original / "scenario.toml").read_text("utf-8"))[
            "number"
        ]
        assert number not in text


def _scenario(one: Clone) -> Json:
    return tomllib.loads((one.folder / "scenario.toml").read_text("utf-8"))


def test_only_numbers_of_dossiers_receipts_and_certificates_change() -> None:
    text = "H00.01-260310-0048 26000048 MM 000148 2026-03-10 0900000048 9107"
    assert renumbered(text, 3) == (
        "H00.01-260310-4803 26030048 MM 030148 2026-03-10 0900000048 9107"
    )


@pytest.mark.parametrize("number", sorted(NAMES))
def test_every_fault_that_a_run_has_to_see_fits_the_code(
    tmp_path: Path, number: int
) -> None:
    assert (planted(number, tmp_path / "source") / "gateway").is_dir()


def test_the_page_shows_what_runs_came_to() -> None:
    written = PAGE.read_text("utf-8")
    assert written == with_runs(written, KEPT), "run: python -m tests.chaos.page"
    assert written.count(BEGIN) == written.count(END) == 1


def test_a_run_takes_the_place_of_an_older_one_of_its_kind(tmp_path: Path) -> None:
    kept = tmp_path / "chaos.json"
    wanted = Wanted("sqlite", "2026-03-10", 20.0, 60, 1)
    keep(kept, [row(wanted, judge(DONE), None)])
    keep(kept, [row(wanted, judge([*DONE, line("paid")]), 2)])
    keep(kept, [row(wanted, judge(DONE) + judge(DONE), None)])
    page = with_runs(f"a {BEGIN} old {END} z", kept)
    assert page.startswith(f"a {BEGIN}\n")
    assert page.endswith(f"{END} z")
    assert "| **both** |  | 0 | 0 | 0 | 2 | 0 | 0 | 0 | 0 | 0 |" in page
    assert f"| 2 | {NAMES[2]} | red | of 1: duplicated 1 |" in page
    assert f"| 1 | {NAMES[1]} | – | not run |" in page
