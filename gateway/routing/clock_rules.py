"""Reads the rules of clocks from a configuration's rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.domain.measure import Budget, ClockRule, Level, Start, Unit, Whose
from gateway.domain.opening import minute
from gateway.domain.procedure import Event, Trigger
from gateway.routing.communes import day_of

#: ``budget`` of the leg's own working days in the plan.
PLAN = "plan"
KEYS = frozenset(
    {
        *("id", "name", "label", "level", "agencies", "procedures", "offices"),
        *("begins", "ends", "restarts", "excludes", "budget", "cut_off", "hard"),
        *("whose", "from", "to", "source", "verified", "rungs"),
    }
)
_NEEDED = ("id", "name", "label", "level", "agencies", "begins", "ends", "budget")
_PAUSES = frozenset({"supplement", "financial_obligation", "stopped"})
_PLACES = frozenset({"issuer", "one_stop", "gateway"})
OTHER_LEG = "leg:"


def read_clocks(rows: Iterable[Mapping[str, Any]]) -> tuple[ClockRule, ...]:
    """The rules of all rows.

    Raises:
        ValueError: a row has no meaning, or two have one id; names it.
    """
    found = tuple(map(_rule, rows))
    ids = [rule.id for rule in found]
    for rule in found:
        if ids.count(rule.id) > 1:
            raise ValueError(f"clock {rule.id}: two rows have this id")
    return found


def _rule(row: Mapping[str, Any]) -> ClockRule:
    try:
        missing = [
            key for key in (*_NEEDED, "whose", "from", "source") if key not in row
        ]
        strange = sorted(row.keys() - KEYS)
        if missing or strange:
            raise ValueError(f"keys missing {missing}, unknown {strange}")
        return _read(row)
    except (KeyError, TypeError, ValueError) as wrong:
        message = f"clock {row.get('id')}: {wrong}"
        raise ValueError(message) from wrong


def _read(row: Mapping[str, Any]) -> ClockRule:
    begins = row["begins"]
    start = Start(begins) if isinstance(begins, str) else Start.EVENT
    valid_to = row.get("to")
    rule = ClockRule(
        id=str(row["id"]),
        name=str(row["name"]),
        label=str(row["label"]),
        level=Level(row["level"]),
        agencies=_texts(row, "agencies"),
        procedures=_texts(row, "procedures"),
        offices=_texts(row, "offices"),
        start=start,
        begins_on=() if start is not Start.EVENT else _triggers(begins),
        ends_on=_triggers(row["ends"]),
        budget=_budget(str(row["budget"])),
        whose=Whose(row["whose"]),
        valid_from=day_of(row["from"]),
        valid_to=None if valid_to is None else day_of(valid_to),
        source=str(row["source"]),
        verified=bool(row.get("verified", False)),
        excludes=_excludes(row),
        restarts_on=_triggers(row.get("restarts", ())),
        cut_off=minute(str(row["cut_off"])) if "cut_off" in row else None,
        hard=_budget(str(row["hard"])) if "hard" in row else None,
        rungs=tuple(map(int, row.get("rungs", (50, 70, 90, 100)))),
    )
    if not rule.ends_on or (start is Start.EVENT and not rule.begins_on):
        raise ValueError("begins and ends name no event")
    if rule.valid_to is not None and rule.valid_to < rule.valid_from:
        raise ValueError(f"is over on {rule.valid_to}, before {rule.valid_from}")
    if rule.whose is Whose.EXCUSED:
        raise ValueError("no term is counted to nobody by itself")
    if any(not 0 < percent <= 100 for percent in rule.rungs):
        raise ValueError("rungs are percents from 1 to 100")
    return rule


def _texts(row: Mapping[str, Any], key: str) -> frozenset[str]:
    values = row.get(key, ())
    if isinstance(values, str):
        raise TypeError(f"{key} is a list")
    return frozenset(map(str, values))


def _triggers(names: Iterable[Any]) -> tuple[Trigger, ...]:
    """``event`` of the clock's own leg, ``leg.event`` or ``dossier.event``."""
    if isinstance(names, str):
        raise TypeError("events are a list")
    found = []
    for name in names:
        leg, _, event = str(name).rpartition(".")
        try:
            found.append(Trigger(leg, Event(event)))
        except ValueError:
            raise ValueError(f"unknown event {name!r}") from None
    return tuple(found)


def _budget(text: str) -> Budget | None:
    if text == PLAN:
        return None
    if text == Unit.SAME_DAY:
        return Budget(0, Unit.SAME_DAY)
    amount, _, unit = text.partition(" ")
    if not amount.isdecimal() or not 0 < int(amount) <= 3_650:
        raise ValueError(f"{text!r} is no budget (5 working_days)")
    return Budget(int(amount), Unit(unit))


def _excludes(row: Mapping[str, Any]) -> frozenset[str]:
    tokens = _texts(row, "excludes")
    for token in tokens - _PAUSES - _PLACES:
        if not token.startswith(OTHER_LEG):
            raise ValueError(f"nothing is called {token!r} that may not count")
    return tokens
