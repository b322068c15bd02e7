"""An office whose system fetches its messages over the open interface."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from importlib.resources import files as resources
from typing import Any

from gateway.adapters.open import mapping, reading
from gateway.carriers.replies import Replies
from gateway.domain.errors import (
    AgencyBrokeContract,
    DeliveryError,
    FieldError,
    NeedsData,
)
from gateway.domain.identifiers import AgencyId, MessageKind
from gateway.domain.report import AgencyReport, FileLink, HandedIn, Reference
from gateway.ports.agency import (
    AgencyAdapter,
    Answer,
    HostedOperation,
    KindTraits,
    OutboundMessage,
    answer_of,
    lies_ready,
)
from gateway.ports.caller import Caller

_HERE = resources("gateway.adapters.open")
MANIFEST: Mapping[str, Any] = tomllib.loads((_HERE / "agency.toml").read_text("utf-8"))
REPLIES = Replies.load((_HERE / "replies.toml").read_text("utf-8"))
TRAITS: Mapping[MessageKind, KindTraits] = {
    MessageKind(row["kind"]): KindTraits.of(row) for row in MANIFEST["kind"]
}
_TRANSFER = "urn:lienthong:schema:open:transfer:1"
Check = Callable[[str, Any], tuple[FieldError, ...]]


class Dialect(Caller):
    """What one agency is shown and how it is read, whoever calls whom."""

    def __init__(
        self,
        agency: str,
        check: Check,
        keys: Sequence[Mapping[str, str]],
        *,
        pushed: bool,
    ) -> None:
        """``check``: every wrong field of a document; ``keys``: public ones."""
        self.agency = AgencyId(agency)
        self.pushed = pushed
        self._check = check
        self._keys = tuple(keys)

    def shown(self, message: OutboundMessage) -> dict[str, Any]:
        """A transfer that its schema allows.

        Raises:
            NeedsData: a field is missing or wrong; names it, never its value.
        """
        value = mapping.transfer(message)
        wrong = self._check(_TRANSFER, value)
        if wrong:
            fields = ", ".join(error.pointer or "/" for error in wrong[:5])
            raise NeedsData(
                f"fields {fields}",
                code="open_field_missing",
                remedy=f"Một cửa sửa dữ liệu ứng với trường {fields} rồi gửi bản sửa.",
            )
        return value

    def report(
        self,
        said: Mapping[str, Any],
        about: tuple[Reference, ...],
        files: tuple[HandedIn, ...],
    ) -> AgencyReport:
        """What a report says of a dossier."""
        return reading.report(self.agency, said, about, files)

    def keys(self) -> Sequence[Mapping[str, str]]:
        """The gateway's public keys, the one that signs first."""
        return self._keys


class OpenAdapter(AgencyAdapter):
    """One office that fetches: what is submitted lies ready until it comes."""

    traits = TRAITS
    words = REPLIES.words()
    hosted: tuple[HostedOperation, ...] = ()

    def __init__(self, dialect: Dialect) -> None:
        """For an office of any agency."""
        self.agency = dialect.agency
        self.caller: Dialect = dialect

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Nothing leaves; what could not be shown is found out now."""
        del timeout_s
        return [self._laid(message) for message in batch]

    def _laid(self, message: OutboundMessage) -> Answer:
        try:
            self.caller.shown(message)
        except DeliveryError as error:
            return answer_of(error)
        return lies_ready()

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """It lies here: an acknowledgement would have settled it."""
        del message, timeout_s
        return lies_ready()

    async def poll(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Never called: reports are the agency's own calls (section 4.6)."""
        del timeout_s
        return [lies_ready() for _ in messages]

    async def fetch_file(
        self, link: FileLink, *, timeout_s: float
    ) -> AsyncIterator[bytes]:
        """No report names a link (section 4.6).

        Raises:
            AgencyBrokeContract: always.
        """
        raise AgencyBrokeContract(
            f"no file within {timeout_s} s", code="file_not_offered"
        )
        yield link.link.encode()
