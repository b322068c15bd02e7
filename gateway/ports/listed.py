"""What an agency's system gives when it is asked for more than one dossier."""

from __future__ import annotations

from datetime import datetime

from gateway.domain.report import AgencyReport, Reference
from gateway.domain.values import dataclass
from gateway.ports.inbox import Part


@dataclass(frozen=True, slots=True)
class Listed:
    """One dossier as an agency's own list shows it, for reconciliation."""

    about: tuple[Reference, ...]
    step: str
    #: the agency's own code
    ended: bool
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pulled:
    """Dossiers that an agency handed over when asked for new ones.

    ``cursor`` goes into the next call once all of it is durable: that call may
    acknowledge to the agency what the cursor tells.
    """

    reports: tuple[AgencyReport, ...]
    #: each ``OPENED``, with ``opens``
    cursor: str
    unread: tuple[Part, ...] = ()
    #: what came and could not be read; kept for a person, and passed over
