"""The adapter contract: what an agency's folder offers to the journey.

An adapter speaks one agency's dialect and nothing else. It keeps no state
between calls, never sleeps, never retries and writes to no store: delivery and
receipts do all of that. Capabilities are per message kind.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from gateway.domain.attempt import Outcome, Times
from gateway.domain.errors import (
    AgencyBrokeContract,
    AgencyRefused,
    AgencyUnavailable,
    DeliveryError,
    DeliveryUnknown,
    NeedsConfiguration,
    NeedsData,
    SlotNotOffered,
)
from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId, TransferId
from gateway.domain.report import AgencyReport, FileLink, Reference
from gateway.domain.transfer import TO_BE_FETCHED
from gateway.domain.values import dataclass
from gateway.ports.asked import Leaving
from gateway.ports.desk import Desk
from gateway.ports.inbox import Inbox, Part, PartResult
from gateway.ports.listed import Listed, Pulled

if TYPE_CHECKING:
    from gateway.ports.caller import Caller
    from gateway.ports.link import LinkDialect
    from gateway.ports.reaching import Ping


@dataclass(frozen=True, slots=True)
class KindTraits:
    """What the agency's system does with one kind of message.

    ``deduplicates``: a repeat with the same identifiers counts once there;
    ``enquirable``: its fate can be asked; ``reason``: for each capability that
    is not offered, where its interface document says so.
    """

    kind: MessageKind
    deduplicates: bool
    enquirable: bool
    reason: str = ""
    answer_awaited: bool = False
    #: a later answer is fetched by polling
    poll_gap_s: float = 0.0
    #: shortest time in seconds between two polls of one message
    fetched: bool = False
    #: it lies ready until the agency comes for it: there is nobody to be asked
    by_content: bool = False
    #: what is deduplicated or asked about is known by the dossier's own numbers, so
    #: that a message made anew for the same thing is recognised too

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> KindTraits:
        """A ``[[kind]]`` table of an agency's ``agency.toml``.

        Raises:
            KeyError: a capability is neither offered nor denied.
        """
        return cls(
            kind=MessageKind(row["kind"]),
            deduplicates=row["deduplicates"],
            enquirable=row["enquirable"],
            reason=row.get("reason", ""),
            answer_awaited=row.get("answer_awaited", False),
            poll_gap_s=float(row.get("poll_gap_s", 0.0)),
            fetched=row.get("fetched", False),
            by_content=row.get("by_content", False),
        )


def _too_large() -> None:
    """A file that is not given at once."""


@dataclass(frozen=True, slots=True)
class File:
    """An attachment that travels with a message; opened only when written."""

    name: str
    title: str
    #: name of the paper (giấy tờ) it belongs to
    media_type: str
    size_bytes: int
    open: Callable[[], AsyncIterator[bytes]]
    originals: int = 0
    copies: int = 0
    at_once: Callable[[], bytes | None] = _too_large
    #: all of a small file; None: it has to be opened
    id: str = ""
    #: of the attachment
    sha256: str = ""
    #: as it was put away; empty where nobody noted it


@dataclass(frozen=True, slots=True)
class Course:
    """Where a message stands in its dossier's procedure; never personal."""

    procedure: str
    procedure_name: str
    leg: str
    round: int
    due_on: date | None
    due_reason: str


@dataclass(frozen=True, slots=True)
class LegView:
    """The part of a dossier that its leg may see, as nested plain values.

    A field outside the leg's ``sees`` is absent, not empty.
    """

    fields: Mapping[str, Any]
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One transfer, ready to be translated.

    ``idempotency_key`` is the same on all attempts; ``facts`` is what the rule
    or report behind it says (never personal); ``content`` likewise but
    unsealed; ``signed`` the exact bytes of a document that its issuer signed.
    """

    transfer_id: TransferId
    kind: MessageKind
    office: OfficeId
    idempotency_key: str
    references: tuple[Reference, ...]
    view: LegView
    facts: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)
    signed: bytes | None = None
    created_at: datetime | None = None
    revision: int = 1
    #: of the dossier's document
    attempt: int = 1
    #: 1: nothing of this message can have arrived before
    earlier: tuple[bytes, ...] = ()
    #: documents that its leg was given before this one, exact bytes, the oldest first
    course: Course | None = None
    traceparent: str = ""
    #: where the attempt stands in a W3C trace, for agencies whose document takes it

    def number(self, kind: str, agency: str | None = None) -> str | None:
        """The dossier's number of that kind (of one agency, if given), if known."""
        for reference in self.references:
            if reference.kind == kind and agency in {None, reference.agency}:
                return reference.value
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """How one message fared.

    ``code`` is stable (a row of ``replies.toml`` or an error code); ``detail``
    is Vietnamese and not personal; ``reports`` are what an immediate answer
    already tells; ``introduces`` numbers that the agency gave.
    """

    outcome: Outcome
    code: str
    detail: str = ""
    remedy: str = ""
    reports: tuple[AgencyReport, ...] = ()
    introduces: tuple[Reference, ...] = ()
    retry_after_s: float | None = None
    response: bytes | None = None
    http_status: int | None = None
    times: Times = field(default_factory=Times)
    in_part: bool = False
    #: a part of it is there, whatever became of the rest; of deduplicated kinds only
    transfer_id: TransferId | None = None
    #: whose attempt it was; delivery says so, no adapter has to
    left: Leaving | None = None  #: the last request for it; delivery notes it too


def lies_ready() -> Answer:
    """What the adapter of an office that fetches says of every attempt and enquiry."""
    return Answer(Outcome.ON_ITS_WAY, TO_BE_FETCHED)


_OUTCOMES: dict[type[DeliveryError], Outcome] = {
    AgencyUnavailable: Outcome.NOT_DELIVERED,
    DeliveryUnknown: Outcome.UNKNOWN,
    AgencyRefused: Outcome.REFUSED,
    NeedsData: Outcome.NEEDS_DATA,
    NeedsConfiguration: Outcome.NEEDS_CONFIGURATION,
    AgencyBrokeContract: Outcome.CONTRACT_BROKEN,
}


def answer_of(error: DeliveryError) -> Answer:
    """A raised error as the answer it stands for; the most specific class counts."""
    for kind in type(error).__mro__:
        outcome = _OUTCOMES.get(kind)
        if outcome is not None:
            wait = error.retry_after_s if isinstance(error, AgencyUnavailable) else None
            return Answer(
                outcome, error.code, error.detail, error.remedy, retry_after_s=wait
            )
    return Answer(Outcome.UNKNOWN, error.code, error.detail, error.remedy)


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """What came to a hosted operation: exact bytes, and when (aware UTC)."""

    office: OfficeId
    operation: str
    body: bytes
    query: Mapping[str, str]
    headers: Mapping[str, str]
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class HostedReply:
    """An answer in the agency's own reply shape."""

    status: int
    media_type: str
    body: bytes


class Replier(Protocol):
    """Makes the agency's own reply shape."""

    def __call__(self, text: str, *, ok: bool) -> HostedReply:
        """A reply with a short Vietnamese text."""


class PartsReplier(Protocol):
    """Makes the agency's own reply to a message of several parts."""

    def __call__(self, results: Sequence[PartResult]) -> HostedReply:
        """A reply with what became of each part, in their order."""


@dataclass(frozen=True, slots=True)
class BodySecret:
    """A secret inside the body, for agencies that put it there.

    ``of``: the secret that a body shows, empty for none; pure. ``refusal``: the
    agency's own answer to a wrong one, which tells nothing else.
    """

    of: Callable[[bytes], str]
    refusal: HostedReply


@dataclass(frozen=True, slots=True)
class HostedOperation:
    """An operation that the gateway hosts for an agency, as data.

    ``read`` translates and is pure; it raises ``ReportRefused`` for what proves
    nothing. ``reply`` makes the agency's reply: ok or not, with a short text.
    ``catalogue`` is set instead of ``read`` for a list that the agency fetches,
    ``parts`` and ``reply_parts`` for a message whose parts stand by themselves.
    """

    name: str
    method: str
    read: Callable[[InboundMessage], tuple[AgencyReport, ...]] | None
    reply: Replier
    catalogue: Callable[[Mapping[str, Any]], HostedReply] | None = None
    shown_in: str = "path"
    #: where the secret stands: ``path``: last segment; ``query:NAME``: that parameter
    max_body_bytes: int = 8 * 1024 * 1024
    secret: BodySecret | None = None
    #: set when the secret stands in the body; ``shown_in`` says nothing then
    parts: Callable[[InboundMessage], Sequence[Part]] | None = None
    reply_parts: PartsReplier | None = None


#: What an agency may offer beside taking messages and hosted operations; for each
#: its ``agency.toml`` says that it does, or the reason why not.
SLOTS = (
    *("enquire", "poll", "list_known", "ask_about", "pull_dossiers", "fetch_file"),
    "inbox",
)


class AgencyAdapter(Protocol):
    """One agency's dialect for one office, built by wiring with its carrier."""

    agency: AgencyId
    traits: Mapping[MessageKind, KindTraits]
    hosted: tuple[HostedOperation, ...]
    words: Mapping[str, tuple[str, str]]
    #: code of its ``replies.toml`` → reason and next action, Vietnamese
    inbox: Inbox | None = None  #: set where messages travel as files that people carry
    caller: Caller | None = None
    #: set where the agency's system calls the operations of the open interface
    link: LinkDialect | None = None
    #: set where its own interface is served toward a one-stop that speaks nothing else
    desk: Desk | None = None  #: set where an officer works by a list
    ping: Ping | None = None  #: set where its document has a call that makes no work

    @abstractmethod
    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Hand messages over; one answer per item, in order.

        Every call ends within ``timeout_s`` (by ``mono``). Raises only
        ``DeliveryError``s, which then hold for every item of the batch.
        """

    @abstractmethod
    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """Ask what became of a message.

        DELIVERED: the agency has it. NOT_DELIVERED: its answer proves that it
        never arrived. UNKNOWN: ask again later. Only for enquirable kinds.
        """

    @abstractmethod
    async def poll(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Fetch later answers to delivered messages; reports in each ``Answer``.

        An outcome other than DELIVERED means: ask again at the next turn.
        """

    def misfits(self) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """Values of the office's entry that its system would refuse: place, Vietnamese."""
        return ()

    async def list_known(
        self, since: date, until: date, *, timeout_s: float
    ) -> Sequence[Listed]:
        """Dossiers that the agency has from a day to a day, both included.

        Raises:
            SlotNotOffered: its system has no such list.
        """
        raise SlotNotOffered(f"{self.agency} from {since} to {until} in {timeout_s} s")

    async def ask_about(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """What the agency's system knows of dossiers that it may have from others.

        Each message is what would hand the dossier over; nothing of it is sent, and its
        identifiers are unknown there. DELIVERED: it has the dossier; what happened is in
        the reports. NOT_DELIVERED: its answer proves that it has none. Whatever else:
        nothing follows.

        Raises:
            SlotNotOffered: it answers only about what we sent, or about nothing.
        """
        raise SlotNotOffered(f"{self.agency}, {len(messages)} in {timeout_s} s")

    async def pull_dossiers(self, cursor: str, *, timeout_s: float) -> Pulled:
        """New dossiers of the agency's own after a cursor (empty: from the first).

        A few at a time, by three calls at most: whoever got some asks again at once.

        Raises:
            DeliveryError: the agency gave none; the cursor stays.
            SlotNotOffered: it pushes them, or has none.
        """
        raise SlotNotOffered(f"{self.agency} after {cursor!r} in {timeout_s} s")

    async def fetch_list(
        self, office: OfficeId, name: str, *, timeout_s: float
    ) -> HostedReply:
        """A list of its own that an office fetches through the gateway, as it is.

        Raises:
            SlotNotOffered: its lists are not asked for.
            DeliveryError: it was not given.
        """
        raise SlotNotOffered(f"{name} of {self.agency} for {office} in {timeout_s} s")

    @abstractmethod
    def fetch_file(self, link: FileLink, *, timeout_s: float) -> AsyncIterator[bytes]:
        """A result file that the agency offered by link.

        Raises ``DeliveryError``s; the link is refused when it leaves the
        office's registered address.
        """
