"""An office's own interface, served toward a one-stop that speaks nothing else.

The one-stop changes one address and takes the gateway for the office's system. What
it sends reaches the office as it was written; a dialect knows where in it files and
numbers stand, and how the office's system would answer.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from gateway.domain.identifiers import MessageKind
from gateway.domain.obligation import Notice
from gateway.domain.report import FileLink, Reference, Relayed
from gateway.domain.values import dataclass
from gateway.ports.agency import HostedReply


class Said(StrEnum):
    """What is answered in the office's own shape when the office has not answered."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    #: known and in effect since an earlier call
    BUSY = "busy"
    #: not taken, later again
    TOO_LARGE = "too_large"
    UNFIT_FILE = "unfit_file"
    #: a file in it has malware in it, or is of no type that may come in
    OF_ANOTHER = "of_another"
    #: the number belongs to a dossier of somebody else's


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """A file that stood in a message; its SHA-256 stands in its place."""

    name: str
    plain: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class LinkMessage:
    """One message of a one-stop in the office's dialect.

    ``number`` is the dossier's code, ``numbers`` further ones that it names;
    ``body`` the message as it came, in which ``{"file": n, "sha256": …}`` stands for
    the content of the n-th file; ``document`` what a hand-over tells of the dossier
    in canonical fields, as far as it can be told; ``papers`` its papers in canonical
    fields, whose files are named ``{"name", "part": "fN", "sha256"}``.
    """

    operation: str
    kind: MessageKind
    number: str
    body: Mapping[str, Any]
    numbers: tuple[Reference, ...] = ()
    files: tuple[LinkedFile, ...] = ()
    papers: tuple[Mapping[str, Any], ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    #: ``new_due_on``, ``handed_out_on``: days that it tells, never personal


@dataclass(frozen=True, slots=True)
class LinkAccount:
    """An account as a program shows it to get a session."""

    client: str
    client_secret: str
    user: str
    password: str


class LinkSessions(Protocol):
    """Sessions as an office's system gives them: a token for an account."""

    operation: str

    @abstractmethod
    def asked(self, body: bytes) -> LinkAccount | HostedReply:
        """The account that a call shows, or what is answered to what is none. Pure."""

    @abstractmethod
    def given(self, token: str, lifetime_s: int) -> HostedReply:
        """The answer that gives a token for that many seconds."""

    @abstractmethod
    def refused(self, *, client_known: bool) -> HostedReply:
        """The answer to an account that is none."""

    @abstractmethod
    def ended(self) -> HostedReply:
        """The answer to a message without a living token."""


class LinkDialect(Protocol):
    """How an office's system is spoken to."""

    path: str
    #: below the address that a one-stop is given
    max_body_bytes: int
    sessions: LinkSessions | None = None
    #: set where messages carry a token

    @abstractmethod
    def kind_of(self, operation: str) -> MessageKind | None:
        """What kind of message an operation takes; None: there is no such operation."""

    @abstractmethod
    def read(self, operation: str, body: bytes) -> LinkMessage | HostedReply:
        """A message, or how the office's system answers what is none. Pure."""

    @abstractmethod
    def reply(self, said: Said, kind: MessageKind) -> HostedReply:
        """An answer in the office's own shape."""

    @abstractmethod
    def file_at(self, link: str) -> FileLink:
        """The result file that a link of the office's names."""

    @abstractmethod
    def number_in(self, body: bytes) -> str:
        """The number that a message of the office names, whatever else is wrong with it.

        Empty: it names none.
        """

    @abstractmethod
    def notices(self, number: str, told: Sequence[Notice], at: datetime) -> Relayed:
        """What the office would send of tax's notices, had it been told of them."""
