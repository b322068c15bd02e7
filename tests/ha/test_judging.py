"""What a run of ``make ha`` is judged by, and what the page shows of it."""

import json
from pathlib import Path

import pytest

from tests.ha.__main__ import asynchronous, keep
from tests.ha.cluster import SHIPPED
from tests.ha.faults import BY_NAME, Outage
from tests.ha.page import BEGIN, END, KEPT, PAGE, WORDS, with_runs
from tests.ha.run import PLAN, Figures
from tests.ha.senders import Came, Found, Said, judged

SAID = Said(numbers=["1", "2"], reported=["1"], files=3)
WELL = Found([], [], {"1": "11", "2": None}, [], ["1", "2"])


def figures(came: Came) -> Figures:
    found = Figures()
    found.add(came, 0, [Outage("switchover", changed_leader=True, seconds=3.0)])
    return found


def test_what_came_to_its_end_once_is_well() -> None:
    came = judged(SAID, WELL)
    assert came == Came(6, (), (), ())
    assert figures(came).clean


@pytest.mark.parametrize(
    ("found", "came"),
    [
        (Found(["2"], [], {"1": "11"}, [], ["1", "2"]), Came(6, ("2",), (), ())),
        (Found([], [], {"1": "11", "2": None}, [], ["1"]), Came(6, ("2",), (), ())),
        (Found(["2"], [], {"1": "11"}, [], ["1"]), Came(6, ("2",), (), ())),
        (Found([], [], {"1": "9"}, [], ["1", "2"]), Came(6, ("report 1",), (), ())),
        (Found([], [], {"1": "11"}, ["f"], ["1", "2"]), Came(6, ("f",), (), ())),
        (Found([], [], {"1": "11"}, [], ["1", "2", "1"]), Came(6, (), ("1",), ())),
        (Found([], ["2"], {"1": "11"}, [], ["1", "2"]), Came(6, (), (), ("2",))),
    ],
)
def test_what_is_missing_done_twice_or_stuck_is_named(found: Found, came: Came) -> None:
    assert judged(SAID, found) == came
    assert not figures(came).clean


def test_a_run_in_which_nothing_was_taken_or_broken_is_not_well() -> None:
    assert not figures(Came(0, (), (), ())).clean
    assert not Figures(accepted=1).clean


def test_every_planned_fault_is_one_that_can_be_done_and_has_its_words() -> None:
    planned = {name for faults in PLAN.values() for name in faults}
    assert planned
    assert planned == set(BY_NAME) == set(WORDS)


def test_the_control_differs_from_what_ships_in_what_is_promised_alone() -> None:
    shipped = (SHIPPED / "patroni.yml").read_text("utf-8")
    weak = asynchronous(shipped)
    gone = set(shipped.splitlines()) - set(weak.splitlines())
    assert gone == {"    synchronous_mode: true", "    synchronous_mode_strict: true"}


def test_the_page_shows_what_the_run_came_to() -> None:
    written = PAGE.read_text("utf-8")
    assert written == with_runs(written, KEPT), "run: python -m tests.ha.page"
    assert written.count(BEGIN) == written.count(END) == 1


def test_what_is_kept_lost_nothing_and_its_control_did() -> None:
    told = json.loads(KEPT.read_text("utf-8"))
    assert [one["way"] for one in told["run"]] == list(PLAN)
    assert all(one["accepted"] and one["outages"] for one in told["run"])
    for name in ("lost", "duplicated", "unsettled"):
        assert not any(one[name] for one in told["run"])
    assert told["control"]["lost"]


def test_a_row_of_the_page_is_made_of_what_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "ha.json"
    row = figures(judged(SAID, WELL)).row()
    run = [{"way": "libpq", "patroni": "4.0", **row}]
    told = {"machine": "two cores", "run": run, "control": {**row, "lost": 4}}
    kept.write_text(json.dumps(told), "utf-8")
    page = with_runs(f"a {BEGIN} old {END} z", kept)
    assert page.startswith(f"a {BEGIN}\n")
    assert page.endswith(f"{END} z")
    assert "| `libpq` | 1 | 1 | 6 | 0 | 0 | 0 | 0 |" in page
    assert "**lost 4**" in page
    assert "two cores, Patroni 4.0;" in page


def test_a_way_takes_the_place_of_what_it_came_to_before(tmp_path: Path) -> None:
    kept = tmp_path / "ha.json"
    first = figures(judged(SAID, WELL))
    keep(kept, "4.0", {"haproxy": first}, first)
    keep(kept, "4.1", {"libpq": first, "haproxy": Figures()})
    told = json.loads(kept.read_text("utf-8"))
    accepted = [(one["way"], one["accepted"]) for one in told["run"]]
    assert accepted == [("libpq", 6), ("haproxy", 0)]
    assert {one["patroni"] for one in told["run"]} == {"4.1"}
    assert told["control"]["accepted"] == 6
