"""What every dialect of a land system says, and what became of a call to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from gateway.adapters.one_stop.mock_contract import Answer, Reply
from gateway.adapters.one_stop.mock_landlink_register import Dossier, Told


class Fate(Enum):
    """What is known after an answer, or after none."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer says: a fate, and the name of the rule that knew it."""

    fate: Fate
    rule: str


class Unreadable(Exception):
    """A message lacks fields or cannot be read at all; ``fields`` names them."""

    def __init__(self, fields: Sequence[str] = ()) -> None:
        """No field: it is no JSON object."""
        super().__init__(", ".join(fields))
        self.fields = fields


class Dialect(Protocol):
    """Paths, bodies and words of one kind of land system."""

    @property
    def hosted(self) -> frozenset[str]:
        """Operations that the land system calls here."""

    @property
    def lists(self) -> frozenset[str]:
        """Lists that it fetches here."""

    def operation(self, kind: str) -> str:
        """The land system's name for a message of ours."""

    def body(
        self, kind: str, dossier: Dossier, content: Mapping[str, Any], now: datetime
    ) -> bytes:
        """A message of ours."""

    def verdict(self, kind: str, answer: Answer) -> Verdict:
        """What its answer says."""

    def read(self, operation: str, content: Mapping[str, Any]) -> Told:
        """One of its messages.

        Raises:
            Unreadable: a field is missing or cannot be read.
        """

    def receipt_in(self, content: Mapping[str, Any]) -> str:
        """The number that a message names, unchecked; empty if none."""

    def reply(self, message: str, *, ok: bool) -> Reply:
        """The answer to one of its messages."""

    def list_of(self, name: str, settings: Mapping[str, Any]) -> Reply:
        """One of the lists."""
