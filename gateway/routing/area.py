"""Commune codes with a date: old ones are looked up, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gateway.routing.catalogue import Catalogue


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


def resolve(catalogue: Catalogue, code: str, as_of: date | None, day: date) -> Area:
    """What the code that was valid on ``as_of`` is called on ``day``.

    Without ``as_of`` the code is taken as of ``day``; a code that is not in
    force then is looked up among the old ones, since senders keep old lists.
    A code that was re-used under another name therefore needs ``as_of``.
    """
    meant = as_of or day
    if as_of is None and _in_force(catalogue, code, day):
        return Area((code,))
    codes, through = _follow(catalogue, code, meant if as_of else date.min, day)
    known = tuple(c for c in codes if _in_force(catalogue, c, day))
    return Area(known, through)


def _in_force(catalogue: Catalogue, code: str, day: date) -> bool:
    row = catalogue.communes.get(code)
    return row is not None and row[0] <= day and (row[1] is None or day <= row[1])


def _follow(
    catalogue: Catalogue, code: str, since: date, day: date
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    present: tuple[str, ...] = (code,)
    through: list[str] = []
    for change in sorted(catalogue.changes, key=lambda c: c.on):
        if since < change.on <= day and change.old in present:
            through.append(change.old)
            kept = [c for c in present if c != change.old]
            present = tuple(dict.fromkeys([*kept, *change.new]))
    return present, tuple(through)
