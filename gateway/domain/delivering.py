"""Evidence of each hand-over, in the words of ETSI EN 319 522, as values."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from gateway.domain.values import dataclass


class Hop(StrEnum):
    """Which part of a message's way."""

    SUBMISSION = "submission"
    #: somebody gave it to the gateway
    RELAY = "relay"
    #: the gateway gave it to what stands between it and the recipient
    DELIVERY = "delivery"
    #: the recipient's own system has it
    RETRIEVAL = "retrieval"
    #: the recipient took it from where it lay ready


class Result(StrEnum):
    """What came of it."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    NON_DELIVERY = "non_delivery"
    #: it will not be delivered any more
    UNKNOWN = "unknown"
    #: it may have arrived; the standard has no word for that, and none is invented


#: The standard's names, of what it has names for.
ETSI: dict[tuple[Hop, Result], str] = {
    (Hop.SUBMISSION, Result.ACCEPTED): "SubmissionAcceptance",
    (Hop.SUBMISSION, Result.REJECTED): "SubmissionRejection",
    (Hop.RELAY, Result.ACCEPTED): "RelayAcceptance",
    (Hop.RELAY, Result.REJECTED): "RelayRejection",
    (Hop.RELAY, Result.FAILED): "RelayFailure",
    (Hop.DELIVERY, Result.ACCEPTED): "ContentConsignment",
    (Hop.DELIVERY, Result.REJECTED): "ConsignmentRejection",
    (Hop.DELIVERY, Result.FAILED): "ContentConsignmentFailure",
    (Hop.DELIVERY, Result.NON_DELIVERY): "ContentConsignmentFailure",
    (Hop.RETRIEVAL, Result.ACCEPTED): "ContentHandover",
    (Hop.RETRIEVAL, Result.FAILED): "ContentHandoverFailure",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A message that the gateway sends: what an event says of it beside its line."""

    office: str
    kind: str
    digest: str
    #: of what it carries; hex, empty: nothing was kept


@dataclass(frozen=True, slots=True)
class Evidence:
    """One event; ``line`` is the position of the journal line that it rests on."""

    line: int
    at: datetime
    hop: Hop
    result: Result
    giver: str
    receiver: str
    message: str
    #: kind of the message, or event at the counter
    about: str
    #: identifier of the transfer or report; empty: the dossier itself
    digest: str
    code: str = ""
    #: the agency's or the way's reason
