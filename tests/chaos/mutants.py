"""Gateways that are wrong in one thing each: a chaos run must not stay green over them."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

from gateway.wiring.stage import ROOT

_ROWS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["mutant"]
#: What each does, by number.
NAMES = {number: str(row["name"]) for number, row in enumerate(_ROWS, 1)}
_BESIDE = ("schemas", "config")


def planted(number: int, into: Path) -> Path:
    """A copy of the source with that fault in it.

    Raises:
        ValueError: the source is not as the fault expects it.
    """
    row = _ROWS[number - 1]
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
