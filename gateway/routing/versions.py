"""The configuration versions that dossiers run under, parsed once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.domain.case import Case
from gateway.domain.procedure import Procedure
from gateway.routing.catalogue import Catalogue, read


class Versions:
    """Every configuration version that was loaded; the newest is the current.

    Offices, lanes and code lists are looked up in the current one; procedures
    in the version under which a dossier was accepted.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._read: dict[int, Catalogue] = {}
        self._newest = 0

    def add(self, version: int, content: Mapping[str, Any]) -> Catalogue:
        """Parse and keep a version.

        Raises:
            ValueError: an entry is wrong; the message names it.
        """
        catalogue = read(version, content)
        self._read[version] = catalogue
        self._newest = max(self._read)
        return catalogue

    @property
    def current(self) -> Catalogue:
        """The newest version."""
        return self._read[self._newest]

    def __contains__(self, version: int) -> bool:
        """Whether this version was loaded."""
        return version in self._read

    def procedure_of(self, case: Case) -> Procedure:
        """The procedure version a dossier was accepted under."""
        return self._read[case.configuration].exact(
            case.procedure, case.procedure_version
        )

    @staticmethod
    def check(content: Mapping[str, Any]) -> None:
        """Parse without keeping.

        Raises:
            ValueError: an entry is wrong; the message names it.
        """
        read(0, content)
