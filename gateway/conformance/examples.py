"""Holds what came out of the examples against what their ``expected.toml`` demands.

Pure: books and answers come in, differences come out. What is counted is what
an outsider sees: the mock agencies' books of effects, the messages told to the
one-stop, and the dossier as the API shows it.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Expected:
    """One ``expected.toml``."""

    name: str
    number: str
    end: str
    reason: str
    effects: Mapping[tuple[str, str], int]
    told: tuple[tuple[int, str], ...]
    numbers: tuple[tuple[str, str], ...]
    known_as: frozenset[str] = frozenset()
    #: numbers by which books name the dossier


@dataclass(slots=True)
class Verdict:
    """How one example came out; no differences means as expected."""

    name: str
    number: str
    end: str
    differences: list[str] = field(default_factory=list)
    stuck: bool = False
    lost: bool = False


def read(folder: Path, number: str) -> Expected:
    """Read an example's expectations.

    Raises:
        KeyError: ``end`` is missing.
    """
    raw = tomllib.loads((folder / "expected.toml").read_text("utf-8"))
    return Expected(
        name=folder.name,
        number=number,
        end=raw["end"],
        reason=raw.get("reason", ""),
        effects={
            (row["agency"], row["kind"]): int(row["count"])
            for row in raw.get("effect", ())
        },
        told=tuple(
            (int(row["portal_code"]), str(row.get("pause", "")))
            for row in raw.get("told", ())
        ),
        numbers=tuple((row["agency"], row["kind"]) for row in raw.get("number", ())),
        known_as=frozenset({number, *_values(raw.get("number", ()))}),
    )


def _values(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Numbers of the example's own beside the one-stop's, for ``[[number]]`` with one."""
    return (str(row["value"]) for row in rows if "value" in row)


def judge(
    expected: Expected,
    shown: Mapping[str, Any] | None,
    effects: Sequence[Mapping[str, Any]],
) -> Verdict:
    """Compare one example.

    ``shown`` is the dossier as the API answers it (None: the store has none);
    ``effects`` are all lines of all books that name this dossier, each with
    ``agency``, ``kind`` and ``facts``, in order of their book.
    """
    end, reason = end_of(shown)
    verdict = Verdict(expected.name, expected.number, end)
    counted = Counter((line["agency"], line["kind"]) for line in effects)
    missing = {k: n for k, n in expected.effects.items() if counted[k] < n}
    verdict.lost = shown is None or (bool(missing) and end in _ENDED)
    if end != expected.end:
        verdict.differences.append(f"end is {end!r}, expected {expected.end!r}")
        verdict.stuck = end not in _ENDED
    if expected.reason and reason != expected.reason:
        verdict.differences.append(
            f"reason is {reason!r}, expected {expected.reason!r}"
        )
    verdict.differences += _counts(expected.effects, counted)
    told = tuple(
        (int(line["facts"]["portal_code"]), str(line["facts"].get("pause", "")))
        for line in effects
        if (line["agency"], line["kind"]) == ("one_stop", "status")
    )
    if told != expected.told:
        verdict.differences.append(f"told {list(told)}, expected {list(expected.told)}")
    known = {(n["agency"], n["kind"]) for n in (shown or {}).get("numbers", ())}
    verdict.differences += [
        f"number {agency}.{kind} is missing"
        for agency, kind in expected.numbers
        if (agency, kind) not in known
    ]
    return verdict


_ENDED = frozenset({"finished", "refused", "withdrawn"})
_STANDS_STILL = frozenset({"parked", "unconfirmed"})


def end_of(shown: Mapping[str, Any] | None) -> tuple[str, str]:
    """How a dossier stands: its end, else why it stands still, else open."""
    if shown is None:
        return "absent", ""
    still = [t for t in shown.get("transfers", ()) if t["state"] in _STANDS_STILL]
    if shown.get("unrouted"):
        return "unrouted", str(shown["unrouted"])
    if still:
        return str(still[0]["state"]), str(still[0].get("cause") or "")
    if shown.get("end"):
        return str(shown["end"]), ""
    return "open", ""


def _counts(
    wanted: Mapping[tuple[str, str], int], counted: Counter[tuple[str, str]]
) -> Iterable[str]:
    for key in sorted({*wanted, *counted}):
        if counted[key] != wanted.get(key, 0):
            agency, kind = key
            yield f"{agency} {kind}: {counted[key]} times, expected {wanted.get(key, 0)}"
