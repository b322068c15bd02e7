"""An office without software: what is submitted lies ready until its list is opened."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Mapping, Sequence
from importlib.resources import files as resources
from typing import Any

from gateway.adapters.manual.reading import report
from gateway.domain.errors import SlotNotOffered
from gateway.domain.identifiers import AgencyId, MessageKind
from gateway.domain.report import AgencyReport, FileLink, Reference
from gateway.ports.agency import (
    AgencyAdapter,
    Answer,
    HostedOperation,
    KindTraits,
    OutboundMessage,
    lies_ready,
)
from gateway.ports.desk import Desk, Said

MANIFEST: Mapping[str, Any] = tomllib.loads(
    (resources("gateway.adapters.manual") / "agency.toml").read_text("utf-8")
)
TRAITS: Mapping[MessageKind, KindTraits] = {
    MessageKind(row["kind"]): KindTraits.of(row) for row in MANIFEST["kind"]
}


class WorkDesk(Desk):
    """The list of one office."""

    def __init__(self, office: Mapping[str, Any]) -> None:
        """Its steps are those of its entry.

        Raises:
            KeyError: a step lacks code or name.
        """
        rows = office.get("step", ())
        self.steps = {str(row["code"]): str(row["name"]) for row in rows}

    def report(self, said: Said, about: tuple[Reference, ...]) -> AgencyReport:
        """What an act says of a dossier."""
        return report(said, about, self.steps)


class ManualAdapter(AgencyAdapter):
    """Nothing is called: an officer comes for it and speaks for the office."""

    traits = TRAITS
    words: Mapping[str, tuple[str, str]] = {}
    hosted: tuple[HostedOperation, ...] = ()

    def __init__(self, agency: str, office: Mapping[str, Any]) -> None:
        """For an office of any agency."""
        self.agency = AgencyId(agency)
        self.desk: WorkDesk = WorkDesk(office)

    async def submit(
        self, batch: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """Nothing leaves."""
        del timeout_s
        return [lies_ready() for _ in batch]

    async def enquire(self, message: OutboundMessage, *, timeout_s: float) -> Answer:
        """There is nobody to be asked: it lies here."""
        del message, timeout_s
        return lies_ready()

    async def poll(
        self, messages: Sequence[OutboundMessage], *, timeout_s: float
    ) -> Sequence[Answer]:
        """An officer says what was done."""
        raise SlotNotOffered(f"{len(messages)} messages in {timeout_s} s")

    async def fetch_file(
        self, link: FileLink, *, timeout_s: float
    ) -> AsyncIterator[bytes]:
        """Results come with the act that says that there is one."""
        raise SlotNotOffered(f"{link.media_type} in {timeout_s} s")
        yield b""
