"""A transfer: one message of one leg to one agency, its states and its fate.

The row is the outbox. ``TRANSITIONS`` is the only truth about states; the store
applies it with a compare-and-set and forbids impossible combinations.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.domain.identifiers import (
    AgencyId,
    DossierId,
    MessageKind,
    OfficeId,
    PayloadId,
    TransferId,
)
from gateway.domain.values import dataclass


class State(StrEnum):
    """Where a transfer stands."""

    WAITING = "waiting"
    #: behind another transfer of its conversation
    DUE = "due"
    #: to be sent at ``due_at``
    SENDING = "sending"
    #: claimed by a worker until ``lease_until``
    UNCONFIRMED = "unconfirmed"
    #: chưa rõ cơ quan đã nhận hay chưa; to be enquired at ``ask_at``; with the fate
    #: ``not_left`` it lies ready for an office that comes and fetches
    DELIVERED = "delivered"
    ANSWERED = "answered"
    REFUSED = "refused"
    #: cơ quan trả lại do lỗi dữ liệu
    PARKED = "parked"
    #: chờ cán bộ xử lý
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


class Fate(StrEnum):
    """What is known about the message having reached the agency."""

    NOT_LEFT = "not_left"
    MAY_HAVE_LEFT = "may_have_left"
    AGENCY_HAS_IT = "agency_has_it"


class Action(StrEnum):
    """What a person can do with a transfer that stands still."""

    RESEND = "resend"
    #: send again when that is safe, else ask first
    CANCEL = "cancel"
    AGENCY_HAS_IT = "agency_has_it"
    #: the agency said so, by telephone or letter
    AGENCY_HAS_IT_NOT = "agency_has_it_not"


S = State
TRANSITIONS: dict[State, frozenset[State]] = {
    S.WAITING: frozenset({S.DUE, S.PARKED, S.CANCELLED}),
    S.DUE: frozenset({S.SENDING, S.WAITING, S.PARKED, S.CANCELLED}),
    S.SENDING: frozenset(
        {S.DUE, S.UNCONFIRMED, S.DELIVERED, S.REFUSED, S.PARKED, S.CANCELLED}
    ),
    S.UNCONFIRMED: frozenset({S.DUE, S.DELIVERED, S.REFUSED, S.PARKED, S.CANCELLED}),
    S.PARKED: frozenset({S.DUE, S.WAITING, S.UNCONFIRMED, S.DELIVERED, S.CANCELLED}),
    S.DELIVERED: frozenset({S.ANSWERED, S.WITHDRAWN}),
    S.ANSWERED: frozenset({S.DELIVERED, S.WITHDRAWN}),
    S.REFUSED: frozenset(),
    S.CANCELLED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
#: States that end a transfer's way out; its successors are free to go (or to park).
CLOSED = frozenset({S.DELIVERED, S.ANSWERED, S.REFUSED, S.CANCELLED, S.WITHDRAWN})
#: States in which a transfer holds the successors of its conversation.
HOLDS_SUCCESSORS = frozenset({S.DUE, S.SENDING, S.UNCONFIRMED, S.PARKED})
STATUS_CONVERSATION = "status"
#: Causes of what lies ready until its office fetches it: not yet shown to it; shown and
#: not acknowledged; and the same two once the office should have done it long ago.
TO_BE_FETCHED, FETCHED = "to_be_fetched", "fetched"
NOT_FETCHED, NOT_ACKNOWLEDGED = "not_fetched", "not_acknowledged"
#: Nobody has to look at these.
LIES_READY = frozenset({TO_BE_FETCHED, FETCHED})
#: What agencies said, passed on in their words to a one-stop that speaks as they do.
LINK_CONVERSATION = "link"
#: Beside it, so that it does not wait for them: what was refused late, and messages
#: that nobody can read here, nor perhaps the one-stop.
CORRECTION_CONVERSATION, UNREAD_CONVERSATION = "link_correction", "link_unread"
#: Conversations with the one-stop: nothing of the journey hangs on them.
TO_ONE_STOP = frozenset(
    {
        *(STATUS_CONVERSATION, LINK_CONVERSATION),
        *(CORRECTION_CONVERSATION, UNREAD_CONVERSATION),
    }
)


#: Fact of a status: how many numbers and results its dossier had when it was made. It is
#: told again as it was, and both only grow.
KNEW = "knew"
#: Fact of the messages of a leg that only tells.
TELLS = "tells"
#: Why a transfer is parked whose office is told by letter or telephone.
TOLD_BY_HAND = "told_by_hand"


#: Of a transfer that may have left before the store was restored: under its own
#: identifier, or its twin did, under one that nobody knows any more.
SAME, OTHER = "same", "other"


def only_tells(transfer: Transfer) -> bool:
    """Whether a message asks nothing of its agency: it tells what happened elsewhere.

    Its agency has nothing of the dossier by it, and hears of the end, too.
    """
    return bool(transfer.facts.get(TELLS))


def may_become_due(fate: Fate, *, deduplicates: bool) -> bool:
    """Whether a transfer may be sent (again) without asking the agency first.

    Either nothing ever left, or the agency counts a repeat of this message kind
    once and the identifiers stay the same.
    """
    return fate is Fate.NOT_LEFT or (fate is Fate.MAY_HAVE_LEFT and deduplicates)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One row of the outbox, as read."""

    id: TransferId
    dossier_id: DossierId
    agency: AgencyId
    office: OfficeId
    leg: str
    conversation: str
    position: int
    #: order within (dossier, agency, conversation), from 1
    kind: MessageKind
    state: State
    fate: Fate
    attempts: int
    enquiries: int
    created_at: datetime
    facts: dict[str, Any]
    #: what the message says beside the dossier itself; never personal
    payload: PayloadId | None
    #: sealed content of its own (a signed slip, a note)
    revision: int
    #: revision of the dossier document that it carries
    due_at: datetime | None = None
    ask_at: datetime | None = None
    poll_at: datetime | None = None
    lease_until: datetime | None = None
    lease_by: str | None = None
    finished_at: datetime | None = None
    first_sent_at: datetime | None = None
    cause: str | None = None
    #: error code of the last outcome
    named_by: str | None = None
    #: who cancelled, or the transfer that overtook it
    doubt: str | None = None
    #: why it may have left though this store never sent it: ``SAME`` or ``OTHER``


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """A transfer to be remembered with the change that causes it.

    ``overtakes``: kinds of unsent or parked predecessors of the conversation
    that it cancels; ``dependent``: parks when a predecessor is refused or
    cancelled; ``parked``: code of the reason why it may not leave yet;
    ``shadow``: it is kept to be looked at, cancelled from the beginning.
    """

    id: TransferId
    agency: AgencyId
    office: OfficeId
    leg: str
    conversation: str
    kind: MessageKind
    revision: int
    facts: dict[str, Any]
    payload: PayloadId | None = None
    overtakes: frozenset[str] = frozenset()
    dependent: bool = False
    parked: str | None = None
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One transition of one transfer, compare-and-set on its state, lease and attempt.

    ``after``: for DUE, UNCONFIRMED and DELIVERED the moment of the next send,
    enquiry or poll; None for a DELIVERED one means that nothing is polled.
    """

    id: TransferId
    was: State
    now: State
    fate: Fate
    after: datetime | None = None
    cause: str | None = None
    lease_by: str | None = None
    attempts: int | None = None
    #: the attempt whose outcome it is; None: whichever
    named_by: str | None = None
    unshown: bool = False
    #: only if nothing has left meanwhile: an office may fetch it at any moment
    office: OfficeId | None = None
    #: the entry that takes it from now on; goes with ``unshown`` only


def is_allowed(was: State, now: State, fate: Fate) -> bool:
    """Whether the table knows this transition; staying put is not one.

    An attempt under way is cancelled only once it has proved that nothing left.
    """
    if (was, now) == (State.SENDING, State.CANCELLED):
        return fate is Fate.NOT_LEFT
    return now in TRANSITIONS[was]
