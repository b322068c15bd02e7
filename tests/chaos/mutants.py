"""Gateways that are wrong in one thing each: a chaos run must not stay green over them."""

from __future__ import annotations

import shutil
import tomllib
from typing import TYPE_CHECKING

from gateway.wiring.stage import ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: By number; each is a fault that ``tests/mutants/mutants.toml`` plants, too.
NAMES = {
    1: "no enquiry before a resend",
    2: "at start an interrupted sending is due again",
    3: "no order within a conversation",
    4: "202 before the commit",
    5: "an older report moves what a newer one has moved",
}
_BESIDE = ("schemas", "config")


def planted(number: int, into: Path) -> Path:
    """A copy of the source with that fault in it.

    Raises:
        ValueError: the source is not as the fault expects it.
    """
    rows = tomllib.loads((ROOT / "tests/mutants/mutants.toml").read_text("utf-8"))
    row = next(one for one in rows["mutant"] if one["name"] == NAMES[number])
    without = shutil.ignore_patterns("__pycache__")
    for name in ("gateway", *_BESIDE):
        shutil.copytree(ROOT / name, into / name, ignore=without)
    path = into / row["file"]
    source = path.read_text("utf-8")
    old, new = (str(row[name]).strip("\n") for name in ("old", "new"))
    if source.count(old) != 1:
        raise ValueError(f"{row['file']} has the place of {row['name']!r} not once")
    path.write_text(source.replace(old, new), "utf-8")
    return into
