"""Whom the weekly letters are meant for: units, and one-stops for the rest of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.contact import ContactRole
from gateway.domain.principal import Scope
from gateway.ports.due_mails import ONE_STOP, UNIT
from gateway.reports.naming import Names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gateway.domain.identifiers import OfficeId
    from gateway.sealing.tools import Tools

#: The agency whose offices are one-stop systems.
_ONE_STOP = "one_stop"


@dataclass(frozen=True, slots=True)
class Target:
    """One who gets a letter, or would if anybody had an address.

    Of a one-stop: about its units but those ``without`` which have letters of their
    own.
    """

    kind: str
    id: str
    name: str
    to: tuple[str, ...]
    scope: Scope
    unit: str = ""
    without: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str, str]:
        """As its row is kept."""
        return self.kind, self.id


async def targets(tools: Tools, today: date) -> Sequence[Target]:
    """Everybody with open dossiers; a unit's own contact goes before its one-stop's.

    A unit is an office whose ``identifier`` is the unit's code.
    """
    offices = tools.versions.current.offices
    of_code = {one.identifier: one.id for one in offices.values() if one.identifier}
    names = Names(tools)
    found: dict[tuple[str, str], Target] = {}
    for one in offices.values():
        if one.agency != _ONE_STOP:
            continue
        scope = Scope(sender=one.id)
        counts = await tools.measures.open_now(scope, today)
        units = sorted({count.unit for count in counts})
        to = {
            unit: _addresses(tools, of_code[unit]) if unit in of_code else ()
            for unit in units
        }
        own = frozenset(unit for unit in units if to[unit])
        central = _addresses(tools, one.id)
        for unit in units:
            if to[unit] or not central:
                mine = Scope(units=(unit,))
                target = Target(UNIT, unit, names.unit(unit), to[unit], mine, unit)
                found[target.key] = target
        if central and len(own) < len(units):
            rest = Target(ONE_STOP, one.id, one.name, central, scope, without=own)
            found[rest.key] = rest
    return list(found.values())


def _addresses(tools: Tools, office: OfficeId) -> tuple[str, ...]:
    """Of its business contacts."""
    known = [
        one.email
        for one in tools.contacts.at(office)
        if one.role is ContactRole.BUSINESS and one.email
    ]
    return tuple(dict.fromkeys(known))
