"""Scenarios: what each agency does with each example dossier."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from gateway.mockagency.faults_reading import agencies, read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.mockagency.faults import Fault


class Scenarios:
    """``scenario.toml`` files of a folder, by dossier number."""

    def __init__(self, folder: Path | None) -> None:
        """Read all of them; no folder: everything is default behaviour.

        Raises:
            ValueError: two scenarios name the same dossier.
            BadPlan: a fault in one of them cannot be meant.
        """
        self._by_number: dict[str, dict[str, Any]] = {}
        self._faults: list[Fault] = []
        for path in sorted(folder.glob("*/scenario.toml")) if folder else ():
            raw = tomllib.loads(path.read_text("utf-8"))
            number = str(raw["number"])
            if number in self._by_number:
                message = f"{path}: {number} has a scenario already"
                raise ValueError(message)
            self._by_number[number] = raw
            rows = raw.get("fault", [])
            planned = read_rows(rows, str(path), known=agencies(), number=number)
            self._faults += planned.faults

    def has(self, number: str) -> bool:
        """Whether a file speaks of that dossier, for whatever agency."""
        return number in self._by_number

    def of(self, agency: str, number: str) -> Mapping[str, Any]:
        """One agency's table for one dossier; empty: the default behaviour."""
        found: Mapping[str, Any] = self._by_number.get(number, {}).get(agency, {})
        return found

    def faults(self, agency: str) -> list[Fault]:
        """All faults that the scenarios plan for an agency."""
        return [fault for fault in self._faults if fault.agency == agency]
