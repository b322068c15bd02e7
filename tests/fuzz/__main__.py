"""``python -m tests.fuzz [--seconds 600] [--target NAME]``: coverage leads the way.

Every target has its share of the time, in a process of its own. What it found stays in
``.run/fuzz/NAME`` for the next time; a crash is copied to ``tests/fuzz/crashes/NAME``,
where it is a test from then on. Exit code 1 if there was one.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from tests.fuzz.targets import SEEDS, TARGETS

ROOT = Path(__file__).resolve().parents[2]
ROOM = ROOT / ".run" / "fuzz"
CRASHES = Path(__file__).with_name("crashes")
#: Longest input; what limits are for is tried elsewhere.
MOST_BYTES = 16_384


def say(line: str) -> None:
    """One line for whoever watches."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def feed(name: str, corpus: Path, seconds: int) -> None:
    """Never returns: the fuzzer ends the process."""
    atheris = import_module("atheris")  # scripts/fuzz.sh alone installs it
    target = TARGETS[name]
    atheris.instrument_all()
    options = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", "-timeout=10"]
    found = f"-artifact_prefix={ROOM / name}.crash-"
    atheris.Setup([sys.argv[0], *options, found, "-verbosity=0", str(corpus)], target)
    atheris.Fuzz()


def tried(name: str, seconds: int) -> int:
    """One target in a process of its own; how many crashes it left."""
    corpus = ROOM / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = ["--feed", name, "--seconds", str(seconds)]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    crashes = sorted(ROOM.glob(f"{name}.crash-*"))
    for one in crashes:
        kept = CRASHES / name
        kept.mkdir(parents=True, exist_ok=True)
        shutil.move(one, kept / one.name.rpartition("-")[2][:16])
    state = "ok" if not ran.returncode and not crashes else "FAULT"
    say(f"{name:<18} {len(list(corpus.iterdir())):>6} inputs kept  {state}")
    if state == "FAULT":
        say(ran.stderr[-2000:])
    return max(len(crashes), int(ran.returncode != 0))


def main() -> None:
    """Try every target, or one."""
    reader = argparse.ArgumentParser(prog="python -m tests.fuzz")
    reader.add_argument("--seconds", type=int, default=600)
    reader.add_argument("--target", choices=sorted(TARGETS))
    reader.add_argument("--feed", help=argparse.SUPPRESS)
    given = reader.parse_args()
    if given.feed:
        feed(given.feed, ROOM / given.feed, given.seconds)
    names = [given.target] if given.target else list(TARGETS)
    faults = sum(tried(name, max(1, given.seconds // len(names))) for name in names)
    say(f"fuzz: targets={len(names)} seconds={given.seconds} faults={faults}")
    sys.exit(int(faults > 0))


if __name__ == "__main__":
    main()
