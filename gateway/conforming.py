"""What the conformance kit lends to an agency's folder, so that it can try a counterpart.

A folder has modules ``conformance_server`` and ``conformance_client``: plain functions,
each with the numbers of the requirements that it tries. They are written from the
agency's interface document and know nothing of the gateway but this module.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar


class Role(StrEnum):
    """What the counterpart is: it is called, or it calls."""

    SERVER = "server"
    CLIENT = "client"


class NotTried(Exception):
    """A test cannot go on; its text says in Vietnamese why."""


class NoCall(NotTried):
    """The call that a test waited for did not come."""


class Silence(Enum):
    """In place of an answer to an incoming call."""

    CUT = "cut"
    #: the connection is cut without a byte


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back on a call."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> dict[str, Any] | None:
        """Its JSON object; None: it is none."""
        return content_of(self.body)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One call of the counterpart; ``at`` is aware."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    @property
    def content(self) -> dict[str, Any] | None:
        """Its JSON object; None: it is none."""
        return content_of(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """How the kit answers an incoming call."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


#: What becomes of an incoming call.
Answering = Reply | Silence


@dataclass(frozen=True, slots=True)
class Lying:
    """A file in the folder that both sides share; ``part``: the place below it."""

    part: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Door:
    """What the folder's SFTP account lets its bearer do beside files."""

    runs: bool
    #: programs
    forwards: bool
    #: connections to elsewhere
    asks_password: bool
    #: it would be entered without a key, too


class Files(Protocol):
    """The folder that both sides share, where a counterpart has no address.

    Each method raises ``NotTried`` where the folder cannot be reached.
    """

    @abstractmethod
    async def put(
        self,
        part: str,
        name: str,
        content: bytes,
        inside: Mapping[str, bytes] | None = None,
    ) -> Lying:
        """Put a file down: written beside, renamed. ``inside``: what reports show of it.

        Raises:
            NotTried: a file of that name lies there.
        """

    @abstractmethod
    async def lying(self, *parts: str) -> Sequence[Lying]:
        """What lies in these parts, finished or not, by name."""

    @abstractmethod
    async def read(
        self,
        one: Lying,
        opened: Callable[[bytes], Mapping[str, bytes]] | None = None,
    ) -> bytes | None:
        """A file; None: it is gone. ``opened``: to what reports show of it."""

    @abstractmethod
    async def move(self, one: Lying, to: str) -> None:
        """Move a file to another part; one that is gone is left alone."""

    @abstractmethod
    async def remove(self, one: Lying) -> None:
        """Delete a file; again is harmless."""

    @abstractmethod
    async def appears(
        self,
        fits: Callable[[Lying], bool],
        what: str,
        *parts: str,
        limit: str = "call_s",
        blame: str = "",
    ) -> Lying:
        """Wait for the first file of these parts that fits.

        ``blame``: the requirement that waiting in vain breaks, if not that about answering.

        Raises:
            NotTried: none came within the preset's time ``limit``.
        """

    @abstractmethod
    async def door(self) -> Door:
        """What else the account can do.

        Raises:
            NotTried: the folder is no SFTP account.
        """


def content_of(body: bytes) -> dict[str, Any] | None:
    """A JSON object in UTF-8; None: it is none."""
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


class Trial(Protocol):
    """Lent for one run of one test."""

    folder: Path
    #: the interface's folder of schemas and lists
    memory: dict[str, Any]
    #: of the whole run: what the kit keeps in place of the gateway

    @abstractmethod
    def now(self) -> datetime:
        """Aware; virtual where the counterpart is the mock."""

    @abstractmethod
    def code(self, name: str) -> str:
        """A code that exists at the counterpart, by its name in the preset.

        Raises:
            NotTried: the preset does not have it.
        """

    @abstractmethod
    def key(self, name: str) -> str:
        """A secret of the preset.

        Raises:
            NotTried: the preset does not have it.
        """

    @abstractmethod
    def file(self, name: str) -> bytes:
        """What a file of the preset holds: a key, a certificate.

        Raises:
            NotTried: the preset does not have it.
        """

    @abstractmethod
    def seconds(self, name: str) -> float:
        """One of the preset's times."""

    @abstractmethod
    def number(self, act: str = "") -> str:
        """A dossier number that nobody has used; ``act``: what is to happen to it."""

    @abstractmethod
    def identifier(self) -> str:
        """A message's id that nobody has used."""

    @abstractmethod
    def wrong(self, schema: str, content: Any) -> Sequence[str]:
        """What a schema file of the folder does not allow, by place and never by value."""

    @abstractmethod
    def wrong_xml(self, schema: str, document: bytes) -> Sequence[str]:
        """The same of XML and a schema file ``schema`` (``tct.xsd``) of the folder."""

    @abstractmethod
    def holds(self, number: str, fact: object, why: str) -> bool:
        """Write down whether a requirement holds; ``why`` is told where it does not."""

    @abstractmethod
    async def post(
        self,
        path: str,
        body: bytes,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        blame: str = "",
        to: str = "server",
    ) -> Answer:
        """Call the counterpart once, below its address.

        ``blame``: the requirement that no answer breaks, if not that about answering.
        ``to``: which system, by its name among the preset's addresses, where the
        interface describes several.

        Raises:
            NotTried: no answer came.
        """

    @property
    @abstractmethod
    def shared(self) -> Files:
        """The folder that is shared with the counterpart.

        Raises:
            NotTried: it is not known where that is.
        """

    @property
    @abstractmethod
    def can_call(self) -> bool:
        """Whether the counterpart's address is known."""

    @abstractmethod
    async def ask(self, act: str, number: str) -> None:
        """Have the counterpart's side do something by hand, or by its control address.

        Raises:
            NotTried: what is asked for cannot be done there.
        """

    @abstractmethod
    def answering(self, number: str, *answers: Answering) -> None:
        """Answer the next calls about a dossier so, one after the other."""

    @abstractmethod
    async def incoming(
        self, fits: Callable[[Incoming], bool], what: str, *, limit: str = "call_s"
    ) -> Incoming:
        """The first call since the test began that fits and was not returned yet.

        Raises:
            NoCall: none came within the preset's time ``limit``.
        """

    @abstractmethod
    async def quiet(
        self, fits: Callable[[Incoming], bool], what: str, *, limit: str
    ) -> bool:
        """Whether no such call came within the preset's time ``limit``."""

    @abstractmethod
    async def until(
        self, look: Callable[[], Awaitable[bool]], what: str, *, limit: str = "call_s"
    ) -> None:
        """Look again and again, in the preset's ``poll_s``.

        Raises:
            NotTried: it was not so within the preset's time ``limit``.
        """


Test = Callable[[Trial], Awaitable[None]]
_Test = TypeVar("_Test", bound=Test)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a test is about."""

    role: Role
    numbers: tuple[str, ...]


def shows(role: Role, *numbers: str) -> Callable[[_Test], _Test]:
    """Mark a function as a test of requirements; its docstring is told in Vietnamese."""

    def marked(test: _Test) -> _Test:
        test.__dict__[MARK] = Shown(role, numbers)
        return test

    return marked


#: Where the mark of a test lies.
MARK = "__shows__"
