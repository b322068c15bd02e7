"""``docs/security.md``: each row of the checklist, how it is met, and what attacks it.

``python -m tests.attack.page`` writes the page; ``--check`` says whether it is up to
date. Rows are in ``rows.toml``; attacks are those that pytest collects, so that the page
cannot name one that is not there.
"""

from __future__ import annotations

import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.attack.frame import CONTROL, TRIED, Attack, attack_of, kind_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security.md"
ROWS = Path(__file__).with_name("rows.toml")
BEGIN, END = "<!-- rows: made by tests/attack/page.py -->", "<!-- end of rows -->"
#: So many doors are named; of more, the first and how many more.
NAMED = 6


class Found(NamedTuple):
    """One attack as pytest collected it."""

    kind: str
    attack: Attack


class _Collector:
    """Keeps what pytest finds."""

    def __init__(self) -> None:
        self.found: list[Found] = []
        self.tests: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            attack = attack_of(item)
            if attack is not None:
                self.found.append(Found(kind_of(item), attack))
            self.tests.add(item.nodeid.partition("[")[0])


def collected(*paths: str) -> _Collector:
    """What pytest would run below these paths."""
    collector = _Collector()
    options = ["--collect-only", "-q", "--no-header", "-p", "no:randomly", "--long"]
    code = pytest.main([*options, *(paths or ("tests/attack",))], plugins=[collector])
    if code != pytest.ExitCode.OK:
        raise SystemExit(f"pytest collected nothing: {code}")
    return collector


def rows() -> list[dict[str, Any]]:
    """The rows as written, in order."""
    read: list[dict[str, Any]] = tomllib.loads(ROWS.read_text("utf-8"))["row"]
    return read


def table(found: list[Found]) -> list[str]:
    """The lines between the marks of the page."""
    by: dict[int, dict[str, list[Found]]] = defaultdict(lambda: defaultdict(list))
    for one in found:
        by[one.attack.row][one.attack.technique].append(one)
    lines: list[str] = []
    for row in rows():
        lines += ["", f"### {row['number']}. {row['title']}", "", row["met"].strip()]
        if row.get("without"):
            lines += ["", f"**Not attacked:** {row['without'].strip()}"]
        if row.get("missing"):
            lines += ["", f"**Missing:** {row['missing'].strip()}"]
        lines += _attacked(by[row["number"]])
        if row.get("tests"):
            named = ", ".join(f"`{test}`" for test in row["tests"])
            lines += ["", f"Also shown by {named}."]
    return lines


def _attacked(techniques: dict[str, list[Found]]) -> list[str]:
    if not techniques:
        return []
    lines = ["", "| technique | at | control |", "|---|---|---|"]
    for name in sorted(techniques):
        doors = {f.attack.door for f in techniques[name] if f.kind == TRIED}
        control = any(one.kind == CONTROL for one in techniques[name])
        lines.append(f"| {name} | {_named(doors)} | {'open' if control else ''} |")
    return lines


def _named(doors: set[str]) -> str:
    shown = sorted(doors)
    more = f" and {len(shown) - NAMED} more" if len(shown) > NAMED else ""
    return ", ".join(f"`{door}`" for door in shown[:NAMED]) + more


def written(found: list[Found]) -> str:
    """The whole page as it has to be."""
    head, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    tried = {one.attack for one in found if one.kind == TRIED}
    summed = (
        f"\n{len(tried)} attacks (row, technique, entry point) on"
        f" {len({attack.row for attack in tried})} rows."
    )
    return head + BEGIN + "\n".join([summed, *table(found), "", END]) + tail


def main() -> None:
    """Write the page, or say that it is not up to date."""
    now = written(collected().found)
    if "--check" not in sys.argv:
        PAGE.write_text(now, "utf-8")
    elif now != PAGE.read_text("utf-8"):
        raise SystemExit("docs/security.md: run python -m tests.attack.page")


if __name__ == "__main__":
    main()
