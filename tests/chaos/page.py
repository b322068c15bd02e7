"""The part of ``docs/reliability.md`` that shows what chaos runs came to.

``python -m tests.chaos.page`` writes it; a test compares.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from gateway.wiring.stage import ROOT
from tests.chaos.mutants import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

PAGE, KEPT = ROOT / "docs" / "reliability.md", ROOT / "docs" / "chaos.json"
BEGIN, END = "<!-- chaos: made by tests/chaos/page.py -->", "<!-- /chaos -->"
_ZEROS = ("lost", "duplicated", "reordered", "stuck_without_reason")
_MORE = ("repeated", "settled_by_enquiry", "decided_by_person")
#: Real seconds of a run.
_TIMES = {
    "seconds": "seconds of chaos",
    "held_back_s": "of them nothing handed in, to let the gateway catch up",
    "rest_s": "seconds to come to rest",
}
#: Faults in words, in the order in which they are shown; others keep their names.
_WORDS = {
    "kill": "node killed with -9",
    "aimed_kill": "node killed with -9 just after an agency did work that counts twice",
    "pause": "node stopped (SIGSTOP) for longer than its lease",
    "disk_full": "no room for the store's files",
    "database_restart": "database restarted at once",
    "connections_cut": "every connection to the database cut",
    "error_500_before": "500, nothing done",
    "error_503_retry_after": "503 with Retry-After",
    "reset_before": "connection reset, nothing done (also: an agency away for minutes)",
    "half_close": "closed without an answer",
    "black_hole": "taken, and silence",
    "html_200": "200 with a sign-in page",
    "empty_200": "200 with nothing",
    "status": "an answer after which a person has to act",
    "lose_answer": "answer lost after the work",
    "half_answer": "half an answer after the work",
    "reset_in_body": "reset in the middle of the answer, after the work",
    "error_500_after": "500 after the work",
    "html_after": "sign-in page after the work",
    "slow_drip": "answer that trickles, after the work",
    "answer_twice": "two answers",
    "platform_strip_all_headers": "sharing platform strips every header",
    "platform_lose_answer": "sharing platform loses the agency's answer",
    "platform_token_dies": "token of the platform dies",
    "platform_throttled": "platform says: too many calls",
    "platform_not_reached": "platform does not reach the agency",
    "platform_html_200": "platform answers with a page",
    "platform_error_500": "platform answers 500",
    "duplicate_call": "an agency calls twice",
    "swap_with_next_call": "an agency's calls in another order",
    "late_call": "an agency calls an hour late",
}


def with_runs(page: str, kept: Path) -> str:
    """The page with its part about chaos made anew; ``kept``: what runs came to."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    told = json.loads(kept.read_text("utf-8"))
    runs = [one for one in told["run"] if one["mutant"] is None]
    mutants = [one for one in told["run"] if one["mutant"] is not None]
    parts = [_runs(runs), _faults(runs), _mutants(mutants)]
    machine = f"On {told['machine']}; `docs/chaos.json` has every figure.\n"
    return before + "\n".join([BEGIN, machine, *parts, END]) + after


def _runs(runs: Sequence[Mapping[str, Any]]) -> str:
    names = ("accepted", "faults", *_ZEROS, *_MORE)
    rows = [
        [
            one["store"],
            one["day"],
            *(_seconds(one, name) for name in _TIMES),
            *(str(_figure(one, name)) for name in names),
        ]
        for one in runs
    ]
    times = [f"{sum(one.get(name, 0) for one in runs):.0f}" for name in _TIMES]
    whole = [str(sum(_figure(one, name) for one in runs)) for name in names]
    head = ["store", "handed in on", *(_words(name) for name in (*_TIMES, *names))]
    return _table(head, [*rows, ["**both**", "", *times, *whole]])


def _words(name: str) -> str:
    return _TIMES.get(name, name.replace("_", " "))


def _seconds(one: Mapping[str, Any], name: str) -> str:
    return f"{one[name]:.0f}" if name in one else "–"


def _figure(one: Mapping[str, Any], name: str) -> int:
    found = one[name]
    return sum(found.values()) if isinstance(found, dict) else int(found)


def _faults(runs: Sequence[Mapping[str, Any]]) -> str:
    by_store: dict[str, Counter[str]] = {}
    for one in runs:
        by_store.setdefault(one["store"], Counter()).update(one["faults"])
    every = {kind for counted in by_store.values() for kind in counted}
    kinds = [*(k for k in _WORDS if k in every), *sorted(every - _WORDS.keys())]
    rows = [
        [_WORDS.get(kind, f"`{kind}`"), *(str(by_store[s][kind]) for s in by_store)]
        for kind in kinds
    ]
    return _table(["fault", *by_store], rows)


def _mutants(runs: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for number, name in NAMES.items():
        of_it = [one for one in runs if one["mutant"] == number]
        seen = ", ".join(
            f"{zero.replace('_', ' ')} {count}"
            for zero in _ZEROS
            if (count := sum(one[zero] for one in of_it))
        )
        accepted = sum(one["accepted"] for one in of_it)
        came = f"of {accepted}: {seen or 'nothing seen'}" if of_it else "not run"
        run = ("red" if seen else "**green**") if of_it else "–"
        rows.append([str(number), name, run, came])
    return _table(["`MUTANT=`", "the gateway …", "run", "what it came to"], rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in lines)


if __name__ == "__main__":
    PAGE.write_text(with_runs(PAGE.read_text("utf-8"), KEPT), "utf-8")
