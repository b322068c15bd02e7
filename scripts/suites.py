"""Runs the suites, most local first, and adds them up.

Checks run one after the other, then the suites of tests in two lanes, one for each
core (a third made both slower): the longest are cut into parts by their files, and
whoever is free takes the next part. A part's output is shown whole when it has ended.

``python scripts/suites.py [core|all|SUITE...]``; ``--list`` only names the suites.
Exit code 0 only if every suite passed. Seconds are real ones; budgets are for two
cores and are reported, not enforced, since a slow machine is no failure.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

#: How the words of a part begin that something killed.
CUT = "ended by signal"
#: Takes output, line by line.
Show = Callable[[str], object]

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
#: What is linted besides the package; a folder that is not there is left out.
CODE = ("gateway", "tests", "scripts", "benchmarks")
#: pytest's exit code for "nothing was collected".
NOTHING_COLLECTED = 5


@dataclass(frozen=True)
class Suite:
    """One command and the seconds it may take on two cores."""

    name: str
    budget_s: int
    #: A tool of the venv with its arguments; empty: pytest on ``tests/<name>``.
    tool: str = ""
    #: How many parts its files are dealt out to where suites run in lanes.
    parts: int = 1

    @property
    def folder(self) -> Path:
        """Where the suite's tests are, if it is one of tests."""
        return ROOT / "tests" / self.name

    def files(self, part: int) -> list[str]:
        """What pytest is told to run for a part: each file is in one of them."""
        if self.parts == 1:
            return [f"tests/{self.name}"]
        found = sorted(self.folder.rglob("test_*.py"))[part :: self.parts]
        return [str(path.relative_to(ROOT)) for path in found]


SUITES = (
    Suite("format", 10, "ruff format --check"),
    Suite("lint", 20, "ruff check"),
    Suite("contracts", 20, "lint-imports --no-logo"),
    Suite("types", 90, "mypy"),
    Suite("unit", 400, parts=3),
    Suite("conformance", 700, parts=3),
    Suite("properties", 90),
    Suite("journeys", 1000, parts=6),
    Suite("machines", 120),
    Suite("crash", 150),
    Suite("chaos", 300),
    Suite("ha", 30),
    Suite("attack", 400, parts=2),
    Suite("fuzz", 60),
    Suite("mutants", 240, parts=2),
    Suite("install", 120),
    Suite("docs", 60),
    Suite("layout", 20),
    Suite("browser", 250, parts=2),
)


@dataclass(frozen=True)
class Ran:
    """How one suite ended."""

    suite: Suite
    ok: bool
    took_s: float
    words: str
    passed: int = 0
    failed: int = 0
    #: Tests that wait for another mode, as the long ones do.
    left: int = 0


def command(suite: Suite, mode: str, files: list[str]) -> list[str]:
    """What to start; paths are relative to the root."""
    if not suite.tool:
        options = {"core": ["--core"], "all": ["--long"]}.get(mode, [])
        return [sys.executable, "-m", "pytest", *options, *files]
    tool, *arguments = shlex.split(suite.tool)
    if tool == "lint-imports":
        return [str(BIN / tool), *arguments]
    present = [name for name in CODE if any((ROOT / name).rglob("*.py"))]
    return [str(BIN / tool), *arguments, *present]


#: Each lane listens elsewhere: a port that is free now may be the other's soon.
PORTS = ("20000-26000", "26000-32000")
#: Begun first, since what is begun last may keep one core alone.
LONGEST_FIRST = (
    "journeys",
    "mutants",
    "conformance",
    "unit",
    "browser",
    "attack",
    "chaos",
    "install",
)


def say(line: str) -> None:
    """Print at once: the tools below write to the same place."""
    print(line, flush=True)


def start(words: list[str], ports: str, show: Show) -> tuple[int, str]:
    """Run to the end, showing the output as it comes; exit code and last line."""
    own = {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "LIENTHONG_PORTS": ports}
    environment = os.environ | own
    # Tests start hundreds of processes: each would compile the whole package anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with subprocess.Popen(
        words,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        last = ""
        for line in process.stdout or ():
            show(line)
            last = line.strip() or last
        code = process.wait()
    return code, last


def counted(summary: str, *words: str) -> int:
    """The sum of what pytest's last line says before each of the words."""
    return sum(
        int(number)
        for word in words
        for number in re.findall(rf"(\d+) {word}\b", summary)
    )


def at_once(text: str) -> None:
    """Show it as it comes."""
    sys.stdout.write(text)
    sys.stdout.flush()


def run(suite: Suite, mode: str, part: int | None = None, lane: int = 0) -> Ran:
    """Run one suite at once, or a part of it, which is shown when it has ended.

    A folder that does not exist yet is said to be missing.
    """
    kept: list[str] = []
    show: Show = at_once if part is None else kept.append
    of = "" if part is None or suite.parts == 1 else f", part {part + 1}/{suite.parts}"
    show(f"\n--- {suite.name}{of} (budget {suite.budget_s} s)\n")
    if not suite.tool and not suite.folder.is_dir():
        show("no tests yet\n")
        ran = Ran(suite, ok=True, took_s=0.0, words="no tests yet")
    else:
        files = suite.files(part) if part is not None else [f"tests/{suite.name}"]
        began = time.monotonic()
        code, last = start(command(suite, mode, files), PORTS[lane], show)
        ran = judged(suite, mode, code, last, time.monotonic() - began)
    if kept:
        at_once("".join(kept))
    return ran


def judged(suite: Suite, mode: str, code: int, last: str, took: float) -> Ran:
    """How it ended, by its exit code and last line."""
    if suite.tool:
        words = "passed" if code == 0 else f"failed (exit {code})"
        return Ran(suite, code == 0, took, words)
    passed = counted(last, "passed", "xfailed")
    failed = counted(last, "failed", "error", "errors")
    if code == NOTHING_COLLECTED and mode == "core":
        return Ran(suite, ok=True, took_s=took, words="none that Python alone can run")
    ok = code == 0 and passed > 0
    failed, left = max(failed, int(not ok)), counted(last, "deselected")
    words = last.strip("= ")
    if code < 0:
        # Nobody counted any more: what is said last is where it was.
        words = f"{CUT} {-code}, after: {words}"
    return Ran(suite, ok, took, words, passed, failed, left)


def whole(suite: Suite, parts: list[Ran]) -> Ran:
    """A suite that ran in parts."""
    if len(parts) == 1:
        return parts[0]
    passed, failed = sum(r.passed for r in parts), sum(r.failed for r in parts)
    left, took = sum(r.left for r in parts), sum(r.took_s for r in parts)
    out = f", {left} left out" if left else ""
    cut = "".join(f"; {r.words}" for r in parts if r.words.startswith(CUT))
    words = f"{passed} passed, {failed} failed{out} in {len(parts)} parts{cut}"
    return Ran(suite, all(r.ok for r in parts), took, words, passed, failed, left)


def run_tests(suites: list[Suite], mode: str) -> list[Ran]:
    """Suites of tests in lanes; a suite alone is shown as it runs."""
    if len(suites) < 2:
        return [run(suite, mode) for suite in suites]
    first = {name: place for place, name in enumerate(LONGEST_FIRST)}
    begun = sorted(suites, key=lambda suite: first.get(suite.name, len(first)))
    waiting = deque((suite, part) for suite in begun for part in range(suite.parts))
    ended: dict[str, list[Ran]] = {suite.name: [] for suite in suites}

    def work(lane: int) -> None:
        while True:
            try:
                suite, part = waiting.popleft()
            except IndexError:
                return
            ended[suite.name].append(run(suite, mode, part, lane))

    with ThreadPoolExecutor(len(PORTS)) as threads:
        list(threads.map(work, range(len(PORTS))))
    return [whole(suite, ended[suite.name]) for suite in suites]


def report(results: list[Ran]) -> None:
    """One line per suite; the last line counts tests over all of them."""
    say("\n--- suites: seconds used, budget, how it ended")
    for ran in results:
        mark = "ok  " if ran.ok else "FAIL"
        late = "  (over its budget)" if ran.took_s > ran.suite.budget_s else ""
        times = f"{ran.took_s:6.1f} s of {ran.suite.budget_s:3d} s"
        say(f"{mark} {ran.suite.name:<12} {times}  {ran.words}{late}")
    budget = sum(ran.suite.budget_s for ran in results)
    say(f"{sum(ran.took_s for ran in results):.0f} s of {budget} s")
    wrong = [ran.suite.name for ran in results if not ran.ok]
    if wrong:
        say(f"Failed: {', '.join(wrong)}")
    if any(not ran.suite.tool for ran in results):
        passed = sum(ran.passed for ran in results)
        say(f"{passed} passed, {sum(ran.failed for ran in results)} failed")


def chosen(words: list[str]) -> tuple[str, list[Suite]]:
    """The mode and its suites, in their order; ends the program at an unknown name."""
    if words in (["core"], ["all"]):
        mode = words[0]
        left_out = {"browser"} if mode == "core" else set[str]()
        return mode, [suite for suite in SUITES if suite.name not in left_out]
    unknown = set(words) - {suite.name for suite in SUITES}
    if unknown:
        names = " ".join(suite.name for suite in SUITES)
        sys.exit(
            f"no suite {', '.join(sorted(unknown))}; there are: core all {names}",
        )
    return "", [suite for suite in SUITES if not words or suite.name in words]


def main() -> int:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--list", action="store_true", help="only name the suites")
    parser.add_argument("suites", nargs="*", metavar="core|all|SUITE")
    arguments = parser.parse_args()
    mode, suites = chosen(arguments.suites)
    if arguments.list:
        say(" ".join(suite.name for suite in suites))
        return 0
    began = time.monotonic()
    results = [run(suite, mode) for suite in suites if suite.tool]
    results += run_tests([suite for suite in suites if not suite.tool], mode)
    report(results)
    say(f"{time.monotonic() - began:.0f} s by the clock on the wall")
    return 0 if all(ran.ok for ran in results) else 1


if __name__ == "__main__":
    sys.exit(main())
