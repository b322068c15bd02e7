"""An alert: something of which somebody has to know, from its onset to its end."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from gateway.domain.values import dataclass


class Severity(StrEnum):
    """How grave it is; the order is that of their gravity."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """The graver, the higher."""
        return _ORDER.index(self)


_ORDER = tuple(Severity)
#: How officials call them.
SEVERITIES: dict[Severity, str] = {
    Severity.INFO: "để biết",
    Severity.WARNING: "cần chú ý",
    Severity.CRITICAL: "nghiêm trọng",
}


class What(StrEnum):
    """What a notice tells."""

    BEGAN = "began"
    WORSE = "worse"
    ENDED = "ended"
    DIGEST = "digest"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Holding:
    """What holds at one look, by the word of a source.

    ``reason`` and ``next_action`` are sentences that officials read, made of our own
    words, names of offices and numbers: never of what people typed, never personal.
    """

    kind: str
    subject: str
    #: kind and subject make it the same one at the next look
    severity: Severity
    since: datetime
    reason: str
    next_action: str
    page: str = ""
    #: path of the page behind it
    count: int = 1
    first: str = ""
    #: our own identifier of the dossier or transfer that has waited longest

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same one."""
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Alert:
    """A holding as it is followed; standing until ``ended_at``."""

    id: str
    version: int
    node: str
    #: the node that alone can see it; empty: any node sees it
    holding: Holding
    seen_at: datetime
    told_at: datetime | None = None
    #: None: seen once, told to nobody yet
    told_severity: Severity = Severity.INFO
    gone_at: datetime | None = None
    #: not seen since; it may come back and is then the same one
    ended_at: datetime | None = None
    returns: int = 0
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
