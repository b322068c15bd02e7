"""Contacts of offices, as people enter them; who they are is sealed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from gateway.domain.identifiers import OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.values import dataclass
from gateway.ports.vault import SealedPayload


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact as it is kept: whose, until when, and the rest sealed."""

    id: str
    version: int
    office: OfficeId
    valid_to: date | None
    sealed: SealedPayload


class ContactStore(Protocol):
    """Keeps contacts; each method is one atomic unit, durable when it returns."""

    @abstractmethod
    async def contacts(self) -> Sequence[ContactRow]:
        """Every contact, those that are over too, in order of their ids."""

    @abstractmethod
    async def set_contact(self, row: ContactRow, journal: JournalLine) -> None:
        """Keep a contact: a new one of version 1, else in place of the version before.

        Raises:
            ChangedMeanwhile: the version before is not the one that is kept.
        """
