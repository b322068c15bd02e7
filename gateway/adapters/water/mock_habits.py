"""What a company does with a lot where the scenario of one of its dossiers says so."""

from __future__ import annotations

import math
from collections import Counter as Counted
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.adapters.water.mock_contract import Office

Rows = Sequence[Mapping[str, str]]


@dataclass(slots=True)
class Habits:
    """Scenarios of the dossiers of a lot, asked together."""

    office: Office
    _refused: Counted[str] = field(default_factory=Counted)

    def _first(self, rows: Rows, name: str) -> tuple[str, Any]:
        """The first dossier that says something of this name, and what it says."""
        for row in rows:
            number = row.get("MA_HO_SO", "")
            said = self.office.scenario(number).get(name)
            if said:
                return number, said
        return "", None

    def wait_h(self, rows: Rows) -> float:
        """Hours that a lot lies before it is taken; ``inf``: it never is."""
        if self._first(rows, "never_takes")[1]:
            return math.inf
        return float(self._first(rows, "takes_after_h")[1] or 0)

    def refusal(self, rows: Rows) -> str:
        """Code with which the whole lot is refused this time; empty: it is not."""
        number, code = self._first(rows, "refuse")
        if not code:
            return ""
        times = self.office.scenario(number).get("refuse_times", 0)
        self._refused[number] += 1
        return str(code) if not times or self._refused[number] <= times else ""

    def leaves(self, rows: Rows) -> str:
        """What is left lying of a lot that was taken: ``files``, ``lot``, or nothing."""
        return str(self._first(rows, "leaves")[1] or "")
