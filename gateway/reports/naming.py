"""What offices, units, procedures and clocks are called in reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.identifiers import OfficeId
from gateway.domain.measure import Level, Whose
from gateway.reports.due import party

if TYPE_CHECKING:
    from gateway.sealing.tools import Tools

EVERY_AGENCY = "*"


class Names:
    """Looks names up in the running configuration; what it does not know is its code."""

    def __init__(self, tools: Tools) -> None:
        """Nothing is read before it is asked for."""
        self._tools = tools
        self._catalogue = tools.versions.current

    def lead(self, office: str) -> str:
        """An office; of none that it is not known yet."""
        found = self._catalogue.offices.get(OfficeId(office))
        return found.name if found else office or "chưa xác định cơ quan"

    def unit(self, code: str) -> str:
        """A unit of intake, by the identifier of an office that has one."""
        offices = self._catalogue.offices.values()
        return next((o.name for o in offices if o.identifier == code), code)

    def procedure(self, code: str) -> str:
        """The newest version's name."""
        found = self._catalogue.find(code)
        return found[0].name if found else code

    def party(self, whose: Whose, office: str) -> str:
        """Who had a dossier."""
        return party(self._tools, whose, OfficeId(office) if office else None)

    def clock(self, name: str, office: str) -> str:
        """A term as it is called for an office; the newest rule of its name."""
        found = self._catalogue.offices.get(OfficeId(office))
        agency = {found.agency, EVERY_AGENCY} if found else set()
        rules = [rule for rule in self._catalogue.clocks if rule.name == name]
        mine = [rule for rule in rules if agency & rule.agencies] or rules
        newest = max(mine, key=lambda rule: rule.valid_from, default=None)
        return newest.label if newest else name

    @property
    def answering(self) -> frozenset[str]:
        """Names of clocks that wait for an office to have done its part."""
        return frozenset(
            rule.name for rule in self._catalogue.clocks if rule.level is Level.ANSWERED
        )
