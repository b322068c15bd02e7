"""Commune codes with a date: old ones are looked up, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from gateway.domain.text import fold
from gateway.routing.communes import Areas, CommuneChange, Unit


@dataclass(frozen=True, slots=True)
class Area:
    """What a commune code means on a day.

    One code: it is known. Several: a person must choose. None: unknown.
    """

    codes: tuple[str, ...]
    through: tuple[str, ...] = ()
    #: the changes that led there, old codes in order

    @property
    def code(self) -> str | None:
        """The one code, if there is one."""
        return self.codes[0] if len(self.codes) == 1 else None


def resolve(areas: Areas, code: str, as_of: date | None, day: date) -> Area:
    """What the code that was valid on ``as_of`` is called on ``day``.

    Without ``as_of`` the code is taken as of ``day``; a code that is not in
    force then is looked up among the old ones, since senders keep old lists.
    A code that was re-used under another name therefore needs ``as_of``; one that
    meant nothing on that day is unknown, whatever it means now.
    """
    if as_of is None and areas.on(code, day):
        return Area((code,))
    if as_of and code in areas.communes and areas.on(code, as_of) is None:
        return Area(())
    codes, through = _follow(areas, code, as_of or date.min, day)
    return Area(tuple(c for c in codes if areas.on(c, day)), through)


def other_names(areas: Areas, code: str, day: date) -> tuple[Unit, ...]:
    """What a code meant on other days, where it is not what it is called on ``day``.

    A sender with an old list who leaves out ``as_of`` means one of these.
    """
    now = areas.on(code, day)
    return tuple(
        unit for unit in areas.communes.get(code, ()) if now and unit.name != now.name
    )


def _follow(
    areas: Areas, code: str, since: date, day: date
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Codes of ``day``, and those that changed on the way.

    A change moves what had the code *before* its day: where a code is used again on
    the day on which it ends, what came under it that day does not move on.
    """
    present = {code: since}
    through: list[str] = []
    while moving := _next(areas, present, day):
        for change in moving:
            through.append(change.old)
            del present[change.old]
        for change in moving:
            for new in change.new:
                present[new] = change.on
    return tuple(present), tuple(through)


def _next(areas: Areas, present: dict[str, date], day: date) -> list[CommuneChange]:
    """The changes of the earliest day that any of these codes has yet to live through."""
    ahead = [
        change
        for code, since in present.items()
        for change in areas.changes.get(code, ())
        if since < change.on <= day
    ]
    first = min((change.on for change in ahead), default=day)
    return [change for change in ahead if change.on == first]


def province_on(areas: Areas, code: str, as_of: date, day: date) -> tuple[str, ...]:
    """Codes of the province that a commune of ``as_of`` lay in on ``day``.

    Systems that keep old codes have a dossier of before under the province of its
    own day, whatever that one's code means now. Several: what is one commune now lay
    in several provinces then. None: the list does not say.
    """
    if day >= as_of:
        codes: Iterable[str] = resolve(areas, code, as_of, day).codes
    else:
        codes = _before(areas, code, as_of, day)
    found = (areas.on(one, day) for one in codes)
    return tuple(dict.fromkeys(one.province for one in found if one and one.province))


def dossier_province(
    areas: Areas, area: Mapping[str, Any], day: date, handed_in: date
) -> tuple[str, ...]:
    """The same for a dossier's ``area`` as it was taken in on ``day``.

    ``handed_in``: the day under which a system that keeps old codes has it.
    """
    code, said = str(area.get("commune", "")), area.get("as_of")
    meanings = areas.communes.get(code, ())
    if said:
        as_of = date.fromisoformat(said)
    elif meanings and areas.on(code, day) is None:
        as_of = meanings[-1].until or day
    else:
        as_of = day
    return province_on(areas, code, as_of, handed_in)


def came_from(areas: Areas, code: str, as_of: date, day: date) -> tuple[Unit, ...]:
    """Communes of an earlier day that a commune of ``as_of`` has a part of."""
    found = (areas.on(one, day) for one in _before(areas, code, as_of, day))
    return tuple(one for one in found if one)


def _before(areas: Areas, code: str, as_of: date, day: date) -> list[str]:
    """A code without a change of its own was the same before, if it was there."""
    if not any(day < on <= as_of for on in areas.change_days):
        return [code]
    return [
        old
        for old in areas.communes
        if (old == code or old in areas.changes)
        and areas.on(old, day)
        and code in _follow(areas, old, day, as_of)[0]
    ]


#: A name is as good as another one from here on.
_ALIKE = 0.75
_TYPES = ("xa ", "phuong ", "thi tran ", "dac khu ")


def suggest(
    units: Iterable[Unit], name: str, day: date, *, limit: int = 5
) -> tuple[Unit, ...]:
    """Communes of a day whose names are like this one, the likeliest first.

    For a person to choose from, never to decide by: 246 names of communes stand in
    more than one province, and two in one province may differ in one mark.
    """
    wanted = _words(name)
    if not wanted:
        return ()
    rated = [
        (rating, unit.code, unit)
        for unit in units
        if unit.holds_on(day) and (rating := _rating(wanted, name, unit.name)) >= _ALIKE
    ]
    rated.sort(key=lambda one: (-one[0], one[1]))
    return tuple(unit for _, _, unit in rated[:limit])


def _rating(wanted: str, name: str, other: str) -> float:
    there = _words(other)
    if fold(name).split() == fold(other).split():
        return 3 if name.casefold().split() == other.casefold().split() else 2
    if _bare(wanted) == _bare(there):
        return 1
    return SequenceMatcher(None, _bare(wanted), _bare(there)).ratio()


def _words(name: str) -> str:
    return " ".join(fold(name).replace("-", " ").split())


def _bare(words: str) -> str:
    """Without the word that says what kind of unit it is."""
    kind = next((one for one in _TYPES if words.startswith(one)), "")
    return words.removeprefix(kind)
