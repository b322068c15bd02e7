"""Examples many times over: the same folders under numbers of their own."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.conformance import examples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.conformance.examples import Expected

#: An example is one of a hundred of its like at most: its number keeps four digits.
MOST_COPIES = 100
#: Left out: what one of them alone would keep busy for the whole run.
LARGEST_FILE = 1_000_000
#: A call that waits for the dossier's next one, which may have gone out long ago here.
_SWAPPED = re.compile(r'^do = "swap_with_next_call"$', re.MULTILINE)
_NOT_FOR_EVER = 'do = "swap_with_next_call"\nseconds = 7200'
_NUMBER = re.compile(r"(-\d{6}-)00(\d\d)\b")
_RECEIPT = re.compile(r"\b2600(\d{4})\b")
_CERTIFICATE = re.compile(r"\bMM (\d\d)(\d{4})\b")


@dataclass(frozen=True, slots=True)
class Clone:
    """One dossier of a run, and what has to come of it."""

    folder: Path
    number: str
    expected: Expected


def day_of(folder: Path, usual: str) -> str:
    """The day on which an example is handed in, ``YYYY-MM-DD``."""
    scenario = tomllib.loads((folder / "scenario.toml").read_text("utf-8"))
    return str(scenario.get("start", usual))[:10]


def examples_of(root: Path, day: str, usual: str) -> list[Path]:
    """Examples that are handed in on a day, but those with a very large file."""
    folders = sorted(path.parent for path in root.glob("*/scenario.toml"))
    return [one for one in folders if day_of(one, usual) == day and not _is_large(one)]


def _is_large(folder: Path) -> bool:
    scenario = tomllib.loads((folder / "scenario.toml").read_text("utf-8"))
    return max(scenario.get("files", {}).values(), default=0) > LARGEST_FILE


def cloned(folders: list[Path], into: Path, dossiers: int) -> Iterator[Clone]:
    """So many dossiers in turn after each example, as folders below ``into``.

    Raises:
        ValueError: more than numbers of four digits can tell apart.
    """
    if dossiers > MOST_COPIES * len(folders):
        raise ValueError(f"at most {MOST_COPIES * len(folders)} dossiers")
    for place in range(dossiers):
        copy, which = divmod(place, len(folders))
        yield _clone(folders[which], into, copy)


def _clone(folder: Path, into: Path, copy: int) -> Clone:
    made = into / f"{folder.name}.{copy:02d}"
    made.mkdir(parents=True)
    for path in folder.iterdir():
        if path.suffix in {".json", ".toml"}:
            text = renumbered(path.read_text("utf-8"), copy)
            text = _SWAPPED.sub(_NOT_FOR_EVER, text)
            (made / path.name).write_text(text, "utf-8")
        else:
            (made / path.name).write_bytes(path.read_bytes())
    scenario = tomllib.loads((made / "scenario.toml").read_text("utf-8"))
    number = str(scenario["number"])
    return Clone(made, number, examples.read(made, number))


def renumbered(text: str, copy: int) -> str:
    """An example's file with the numbers of one of its copies."""
    text = _NUMBER.sub(rf"\g<1>\g<2>{copy:02d}", text)
    text = _RECEIPT.sub(rf"26{copy:02d}\g<1>", text)
    return _CERTIFICATE.sub(rf"MM {copy:02d}\g<2>", text)
