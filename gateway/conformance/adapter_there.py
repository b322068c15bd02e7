"""A system of the agency's own, which keeps what one run of the kit leaves in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.domain.legal_day import VIETNAM

if TYPE_CHECKING:
    from gateway.conformance.adapter_kit import Kit

#: The counted end of a dossier's number, with the day before it if it has one.
_COUNTED = re.compile(r"(\d{6}-)?\d+\Z")


@dataclass(frozen=True, slots=True)
class There:
    """``address``: what its office would register; ``begun``: aware, of this run."""

    address: str
    begun: datetime

    def mark(self, trial: int) -> str:
        """Of one trial, by its place in the run: it meets nothing that was left there."""
        return f"{self.begun.astimezone(VIETNAM):%y%m%d-%H%M%S}{trial:02d}"


def numbered(kit: Kit, mark: str) -> Kit:
    """A kit whose dossier has a number that no other trial has used."""
    return replace(kit, number=_COUNTED.sub(mark, kit.number))
