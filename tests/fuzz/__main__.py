"""``python -m tests.fuzz [--seconds 600] [--target NAME] [--record]``: coverage leads the way.

Every target has its share of the time, in a process of its own. Half of the inputs are
messages that were changed by their form (``mutating.py``), the others bytes that were.
What it found stays in ``.run/fuzz/NAME`` for the next time; a crash is copied to
``tests/fuzz/crashes/NAME``, where it is a test from then on. Exit code 1 if there was one.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from contextlib import redirect_stderr
from importlib import import_module
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fuzz.target import Target

ROOT = Path(__file__).resolve().parents[2]
ROOM = ROOT / ".run" / "fuzz"
CRASHES = Path(__file__).with_name("crashes")
PAGE = ROOT / "docs" / "fuzz.md"
#: Longest input; what limits are for is tried elsewhere.
MOST_BYTES = 65_536
#: Seconds after which an input is a fault.
TIMEOUT_S = 20
#: Whose branches lead the way, beside our own.
LEADS = ("gateway", "python_multipart", "joserfc", "docx", "docxtpl", "zipfile", "csv")
_FIGURE = re.compile(r"stat::(\w+):\s+(\d+)")


class Figures(NamedTuple):
    """What one target's turn came to."""

    name: str
    seconds: int
    executions: int
    new_paths: int
    slowest_s: int
    crashes: int


def say(line: str) -> None:
    """One line for whoever watches."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def loaded() -> tuple[Any, Mapping[str, Target]]:
    """The fuzzer, and the targets with whatever they feed instrumented."""
    atheris = import_module("atheris")  # scripts/fuzz.sh alone installs it
    # It names every module that it instruments.
    ROOM.mkdir(parents=True, exist_ok=True)
    with (
        (ROOM / "loading.log").open("w") as quiet,
        redirect_stderr(quiet),
        atheris.instrument_imports(include=list(LEADS)),
    ):
        return atheris, import_module("tests.fuzz.targets").TARGETS


def feed(atheris: Any, target: Target, corpus: Path, seconds: int) -> NoReturn:
    """Never returns: the fuzzer ends the process."""
    mutated = import_module("tests.fuzz.mutating").mutated

    def other(data: bytes, most: int, seed: int) -> bytes:
        dice = Random(seed)
        if dice.random() < 0.5:
            return bytes(atheris.Mutate(data, most))
        told = data[: target.head] + mutated(data[target.head :], dice)
        return bytes(told[:most])

    options = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", "-verbosity=0"]
    options += [f"-timeout={TIMEOUT_S}", "-print_final_stats=1", "-reload=0"]
    found = f"-artifact_prefix={corpus}.crash-"
    words = [sys.argv[0], *options, found, str(corpus)]
    atheris.Setup(words, target.feed, custom_mutator=other)
    atheris.Fuzz()
    raise SystemExit


def tried(atheris: Any, name: str, target: Target, seconds: int) -> Figures:
    """One target in a process of its own."""
    corpus = ROOM / name
    corpus.mkdir(parents=True, exist_ok=True)
    heard = ROOM / f"{name}.log"
    child = os.fork()
    if not child:
        with heard.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        for number, seed in enumerate(target.seeds()):
            (corpus / f"seed-{number}").write_bytes(seed)
        feed(atheris, target, corpus, seconds)
    _, status = os.waitpid(child, 0)
    told = heard.read_text("utf-8", "replace")
    figures = {key: int(value) for key, value in _FIGURE.findall(told)}
    crashes = sorted(ROOM.glob(f"{name}.crash-*"))
    for one in crashes:
        kept = CRASHES / name
        kept.mkdir(parents=True, exist_ok=True)
        shutil.move(one, kept / one.name.rpartition("-")[2][:16])
    found = Figures(
        name,
        seconds,
        figures.get("number_of_executed_units", 0),
        figures.get("new_units_added", 0),
        figures.get("slowest_unit_time_sec", 0),
        max(len(crashes), int(status != 0)),
    )
    state = "FAULT" if found.crashes else "ok"
    say(f"{name:<30} {found.executions:>9} runs {found.new_paths:>6} new  {state}")
    if found.crashes:
        say(told[-2000:])
    return found


def record(found: list[Figures]) -> None:
    """Write the page of what a run came to."""
    rows = [
        f"| `{one.name}` | {one.executions:,} | {one.new_paths:,} | {one.crashes} |"
        for one in sorted(found)
    ]
    total = Figures(
        "",
        sum(one.seconds for one in found),
        sum(one.executions for one in found),
        sum(one.new_paths for one in found),
        0,
        sum(one.crashes for one in found),
    )
    text = PAGE.read_text("utf-8")
    head, mark, _ = text.partition("<!-- figures -->")
    table = "\n".join(
        [
            f"{head}{mark}",
            (
                f"{len(found)} targets, {total.seconds} s on one core: "
                f"{total.executions:,} inputs, {total.new_paths:,} of them on a path of "
                f"their own, {total.crashes} crashes."
            ),
            "",
            "| target | inputs | new paths | crashes |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )
    PAGE.write_text(table, "utf-8")


def main() -> None:
    """Try every target, or one."""
    reader = argparse.ArgumentParser(prog="python -m tests.fuzz")
    reader.add_argument("--seconds", type=int, default=600)
    reader.add_argument("--target", help="one of tests/fuzz/targets.py; else all")
    reader.add_argument("--record", action="store_true", help=f"write {PAGE.name}")
    given = reader.parse_args()
    atheris, targets = loaded()
    names = [given.target] if given.target else sorted(targets)
    each = max(1, given.seconds // len(names))
    found = [tried(atheris, name, targets[name], each) for name in names]
    faults = sum(one.crashes for one in found)
    say(f"fuzz: targets={len(names)} seconds={each * len(names)} faults={faults}")
    if given.record:
        record(found)
    sys.exit(int(faults > 0))


if __name__ == "__main__":
    main()
