"""The configuration versions that dossiers run under, parsed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.domain.case import Case
from gateway.domain.errors import ConfigurationNewer
from gateway.domain.identifiers import OfficeId
from gateway.domain.procedure import Procedure
from gateway.routing.catalogue import Catalogue, read
from gateway.routing.link import check_links, with_plans


@dataclass(frozen=True, slots=True)
class StandingIn:
    """``now``: entry → who stands in for it; ``ever``: entry → for whom it did."""

    now: Mapping[OfficeId, OfficeId] = field(default_factory=dict)
    ever: Mapping[OfficeId, frozenset[OfficeId]] = field(default_factory=dict)


class Versions:
    """Every configuration version that was loaded; the newest is the current.

    Offices, lanes and code lists are looked up in the current one; procedures
    in the version under which a dossier was accepted.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._read: dict[int, Catalogue] = {}
        self._newest = 0
        self._shadow: frozenset[OfficeId] = frozenset()
        self._standing_in = StandingIn()

    def add(self, version: int, content: Mapping[str, Any]) -> Catalogue:
        """Parse and keep a version.

        Raises:
            ValueError: an entry is wrong; the message names it.
        """
        catalogue = _whole(version, content)
        self._read[version] = self._beside(catalogue)
        self._newest = max(self._read)
        return self._read[version]

    @property
    def shadow(self) -> frozenset[OfficeId]:
        """Offices for which messages are made and none may leave."""
        return self._shadow

    @shadow.setter
    def shadow(self, offices: frozenset[OfficeId]) -> None:
        if offices == self._shadow:
            return
        self._shadow = offices
        for version, catalogue in self._read.items():
            self._read[version] = self._beside(catalogue)

    @property
    def standing_in(self) -> StandingIn:
        """Which entries stand in for others."""
        return self._standing_in

    @standing_in.setter
    def standing_in(self, now: StandingIn) -> None:
        if now == self._standing_in:
            return
        self._standing_in = now
        for version, catalogue in self._read.items():
            self._read[version] = self._beside(catalogue)

    def _beside(self, catalogue: Catalogue) -> Catalogue:
        """A version with what holds for all of them."""
        return replace(
            catalogue,
            shadow=self._shadow,
            fallback=self._standing_in.now,
            stood_in=self._standing_in.ever,
        )

    @property
    def current(self) -> Catalogue:
        """The newest version."""
        return self._read[self._newest]

    @property
    def newest(self) -> int:
        """Number of the newest version that was loaded; 0: none."""
        return self._newest

    def __contains__(self, version: int) -> bool:
        """Whether this version was loaded."""
        return version in self._read

    def numbered(self, version: int) -> Catalogue:
        """One version that was loaded.

        Raises:
            ConfigurationNewer: another node has just applied its configuration.
        """
        if version not in self._read:
            raise ConfigurationNewer
        return self._read[version]

    def procedure_of(self, case: Case) -> Procedure:
        """The procedure version a dossier was accepted under.

        Raises:
            ConfigurationNewer: another node has just applied its configuration.
        """
        accepted_under = self.numbered(case.configuration)
        return accepted_under.exact(case.procedure, case.procedure_version)

    @staticmethod
    def check(content: Mapping[str, Any]) -> None:
        """Parse without keeping.

        Raises:
            ValueError: an entry is wrong; the message names it.
        """
        _whole(0, content)


def _whole(version: int, content: Mapping[str, Any]) -> Catalogue:
    catalogue = read(version, content)
    check_links(catalogue)
    return with_plans(catalogue)
