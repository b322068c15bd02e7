"""An attempt: one try at a transfer, and how it ended."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from enum import StrEnum

from gateway.domain.identifiers import PayloadId, TransferId
from gateway.domain.values import dataclass


class Outcome(StrEnum):
    """How an attempt or an enquiry ended; each value says what happens next."""

    DELIVERED = "delivered"
    DUPLICATE = "duplicate"
    #: the agency had it already: the same as delivered
    NOT_DELIVERED = "not_delivered"
    #: try again
    ON_ITS_WAY = "on_its_way"
    #: put down for somebody to carry or fetch: until the agency's receipt is there
    UNKNOWN = "unknown"
    #: enquire first
    REFUSED = "refused"
    NEEDS_DATA = "needs_data"
    NEEDS_CONFIGURATION = "needs_configuration"
    CONTRACT_BROKEN = "contract_broken"


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds by ``mono``; None where the phase was not reached."""

    connect_ms: float | None = None
    first_byte_ms: float | None = None
    total_ms: float | None = None


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """What is kept of one attempt or enquiry."""

    transfer_id: TransferId
    purpose: str
    #: ``submit``, ``enquire``, ``poll``; ``fetch`` and ``acknowledge`` by the agency
    started_at: datetime
    outcome: Outcome
    code: str
    times: Times = field(default_factory=Times)
    response: PayloadId | None = None
    http_status: int | None = None
