"""What every dialect of a land system says, and what became of a call to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from gateway.adapters.one_stop.mock_contract import Answer, Office, Reply
from gateway.adapters.one_stop.mock_landlink_door import Door
from gateway.adapters.one_stop.mock_landlink_fate import Verdict
from gateway.adapters.one_stop.mock_landlink_register import Dossier, Told


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

    @property
    def shown_in(self) -> str:
        """Where it shows the secret: ``path``, or a query parameter."""

    @property
    def list_shown_in(self) -> str:
        """The query parameter of the secret for lists."""

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

    def door(self, office: Office, settings: Mapping[str, Any]) -> Door:
        """The way to its operations."""

    def list_of(self, name: str, settings: Mapping[str, Any]) -> Reply:
        """One of the lists."""
