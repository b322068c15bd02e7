"""Communes and provinces with dates, as a configuration version holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

#: What ``include`` of an area file calls the list that comes with the package.
NATIONAL = "quốc gia"


@dataclass(frozen=True, slots=True)
class Unit:
    """What a code of a commune or province means from a day to a day, both included."""

    code: str
    name: str
    since: date
    #: ``date.min``: the list does not say since when
    until: date | None
    province: str = ""
    #: of a commune; empty where the list does not say

    def holds_on(self, day: date) -> bool:
        """Whether the code has this meaning on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class CommuneChange:
    """An old commune code and what became of it on a day."""

    old: str
    on: date
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Areas:
    """Everything known of communes; a code that was used again has several meanings."""

    communes: Mapping[str, tuple[Unit, ...]] = field(default_factory=dict)
    #: each code's meanings, the oldest first
    changes: Mapping[str, tuple[CommuneChange, ...]] = field(default_factory=dict)
    #: old code → what became of it, the oldest first
    provinces: Mapping[str, tuple[Unit, ...]] = field(default_factory=dict)
    change_days: frozenset[date] = frozenset()
    #: days on which some code became another

    def on(self, code: str, day: date) -> Unit | None:
        """What a commune's code means on a day; None: nothing."""
        return next((u for u in self.communes.get(code, ()) if u.holds_on(day)), None)

    def units(self) -> Iterable[Unit]:
        """Every meaning of every commune's code."""
        return (unit for units in self.communes.values() for unit in units)


def read_areas(content: Mapping[str, Any]) -> Areas:
    """The areas of a configuration's content.

    Rows of the list of ``national`` came with the package; a row of the province's
    own with the same code and day stands instead of one of them.

    Raises:
        KeyError: a row lacks something.
        ValueError: two meanings of a code hold on one day.
    """
    shared = content.get("national", {}).get("list") or {}
    units = {(u.code, u.since): u for u in map(_unit, shared.get("communes", ()))}
    units |= {(u.code, u.since): u for u in map(_unit, content.get("communes", ()))}
    changes = {(c.old, c.on): c for c in map(_change, shared.get("changes", ()))}
    changes |= {(c.old, c.on): c for c in map(_change, content.get("changes", ()))}
    provinces = {(u.code, u.since): u for u in map(_unit, shared.get("provinces", ()))}
    communes = _by_code(units)
    for code, meanings in communes.items():
        _one_at_a_time(code, meanings)
    became: dict[str, list[CommuneChange]] = {}
    for _, change in sorted(changes.items()):
        became.setdefault(change.old, []).append(change)
    return Areas(
        communes=communes,
        changes={old: tuple(rows) for old, rows in became.items()},
        provinces=_by_code(provinces),
        change_days=frozenset(change.on for change in changes.values()),
    )


def _by_code(units: Mapping[tuple[str, date], Unit]) -> dict[str, tuple[Unit, ...]]:
    found: dict[str, list[Unit]] = {}
    # Entries keep their order: people read lists made from it.
    for unit in units.values():
        found.setdefault(unit.code, []).append(unit)
    return {
        code: tuple(sorted(rows, key=lambda unit: unit.since))
        for code, rows in found.items()
    }


def _one_at_a_time(code: str, meanings: tuple[Unit, ...]) -> None:
    for one, later in pairwise(meanings):
        if one.until is None or later.since <= one.until:
            message = f"commune {code}: two meanings on {later.since}"
            raise ValueError(message)


def _unit(row: Mapping[str, Any]) -> Unit:
    since, until = row["from"], row.get("to")
    return Unit(
        code=str(row["code"]),
        name=str(row["name"]),
        since=date.min if since is None else day_of(since),
        until=None if until is None else day_of(until),
        province=str(row.get("province", "")),
    )


def _change(row: Mapping[str, Any]) -> CommuneChange:
    return CommuneChange(
        str(row["old"]), day_of(row["on"]), tuple(map(str, row["new"]))
    )


def day_of(value: object) -> date:
    """A day as TOML or JSON brings it."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))
