"""A lane: one agency office's road, how hard it may be pushed, and its state."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.opening import Closures, Hours
from gateway.domain.values import dataclass


class LaneState(StrEnum):
    """Whether messages leave for an office."""

    OPEN = "open"
    PROBING = "probing"
    #: one message is let through to see whether the office is back
    CLOSED = "closed"
    #: the breaker: resumes by itself
    PAUSED = "paused"
    #: a person stopped it
    MAINTENANCE = "maintenance"
    SHADOW = "shadow"
    #: messages are made and shown beside the real exchange; none leaves
    OFF_HOURS = "off_hours"
    #: outside of the office's hours; shown, never stored
    HELD = "held"
    #: the office asked to wait; stored as open with the moment


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again; all in seconds of ``wall`` time."""

    first_s: float = 30.0
    cap_s: float = 3600.0
    horizon_s: float = 5 * 86400.0
    #: from the first attempt, less what the office was shut by hours and windows;
    #: later than this a person decides


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """How hard an office may be pushed, over all nodes."""

    in_flight: int = 8
    per_second: float | None = None
    batch: int = 1
    timeout_s: float = 30.0
    #: whole attempt, by ``mono``
    breaker_failures: int = 5
    breaker_rest_s: float = 60.0
    retry: RetryPolicy = RetryPolicy()
    enquire_after_s: float = 60.0
    #: from the attempt to the first enquiry, at least the whole timeout
    enquire_every_s: float = 300.0
    #: between further enquiries about one message
    poll_every_s: float = 1800.0
    #: at first; the longer an answer takes, the less often it is asked for
    ramp_s: float = 60.0
    #: after it was shut, ``in_flight`` is reached within this time; 0: at once
    hours: tuple[Hours, ...] = ()
    #: none: it takes messages at any time
    closures: Closures | None = None
    #: tells how long it was shut; None: never


#: Whatever an office asks for, its lane is held no longer than this at once.
HELD_AT_MOST_S = 3600.0
#: Why a lane is held: the office asked for it by Retry-After.
ASKED_TO_WAIT = "asked_to_wait"
#: Who changes lanes by rule; a person's word is never overwritten by them.
BREAKER = "breaker"
#: A poll waits for at least this part of the time since the message was delivered …
POLL_PART = 40
#: … but for no longer than a day.
POLL_AT_MOST_S = 86400


@dataclass(frozen=True, slots=True)
class Lane:
    """An office's lane as stored."""

    office: OfficeId
    agency: AgencyId
    state: LaneState
    since: datetime
    why: str = ""
    by: str = ""
    resume_at: datetime | None = None
    failures: int = 0
    emergency: bool = False
    #: paused by an emergency stop
