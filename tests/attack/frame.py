"""What an attack is, and how attacks are counted.

A test that takes an ``Attack`` as one of its parameters is one of three things:

- an attack: it passes where the gateway refused, and fails where it let it in;
- a control (``@pytest.mark.control``): the same technique against a variant that was
  left open on purpose; it passes where the open variant let it in, which proves that
  the attack is one;
- an honest message (``@pytest.mark.honest``): what a rightful sender sends at the same
  door; it fails where it was lost to the defence.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

TRIED, CONTROL, HONEST = "tried", "control", "honest"


class Attack(NamedTuple):
    """One technique at one door."""

    row: int
    #: of docs/security.md
    technique: str
    door: str
    #: where bytes come in: a route, a kind of file, an answer of an agency

    def __str__(self) -> str:
        """How it is called in the name of a test."""
        return f"{self.row}-{self.technique}-{self.door}"


def attacks(*rows: tuple[Any, ...]) -> list[Any]:
    """Parameters of one test: each is an ``Attack`` and what else the test takes."""
    return [pytest.param(*one, id=str(one[0])) for one in rows]


def kind_of(item: pytest.Item) -> str:
    """Which of the three a test is."""
    for kind in (CONTROL, HONEST):
        if item.get_closest_marker(kind) is not None:
            return kind
    return TRIED


def attack_of(item: pytest.Item) -> Attack | None:
    """The attack that a test carries out, if it is one."""
    given = getattr(item, "callspec", None)
    if given is None:
        return None
    found = [value for value in given.params.values() if isinstance(value, Attack)]
    return found[0] if found else None


@dataclass
class Tally:
    """How the attacks of one run ended."""

    ended: dict[str, dict[Attack, bool]] = field(
        default_factory=lambda: {TRIED: {}, CONTROL: {}, HONEST: {}}
    )

    def note(self, kind: str, attack: Attack, passed: bool) -> None:
        """A test has ended; several of one attack pass only together."""
        self.ended[kind][attack] = self.ended[kind].get(attack, True) and passed

    @property
    def rows(self) -> Counter[int]:
        """How many attacks each row had."""
        return Counter(attack.row for attack in self.ended[TRIED])

    def table(self) -> Iterable[str]:
        """Row × technique: at how many doors, and whether a control let it in."""
        by: dict[tuple[int, str], list[Attack]] = {}
        for attack in self.ended[TRIED]:
            by.setdefault((attack.row, attack.technique), []).append(attack)
        opened = {(a.row, a.technique) for a, let in self.ended[CONTROL].items() if let}
        for (row, technique), found in sorted(by.items()):
            held = sum(self.ended[TRIED][attack] for attack in found)
            control = "control open" if (row, technique) in opened else ""
            doors = ", ".join(sorted(attack.door for attack in found))
            yield f"{row:>3} {technique:<34} {held}/{len(found)} {control:<13} {doors}"

    def last_line(self) -> str:
        """What ``make attack`` ends with."""
        tried, control, honest = (self.ended[k] for k in (TRIED, CONTROL, HONEST))
        refused = sum(tried.values())
        return (
            f"attacks: rows={len(self.rows)} tried={len(tried)} refused={refused} "
            f"controls_open={sum(control.values())} let_in={len(tried) - refused} "
            f"lost={len(honest) - sum(honest.values())}"
        )
