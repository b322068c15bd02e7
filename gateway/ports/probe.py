"""What happened, in domain words: log lines and metrics hang here."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Probe(Protocol):
    """One line per attempt, inbound message and operator action; never personal."""

    @abstractmethod
    def attempt(self, **facts: str | float | None) -> None:
        """An attempt or enquiry ended."""

    @abstractmethod
    def inbound(self, **facts: str | float | None) -> None:
        """A message came in from an agency or a sender."""

    @abstractmethod
    def action(self, **facts: str | float | None) -> None:
        """A person or a rule acted."""

    @abstractmethod
    def trouble(self, where: str, error: BaseException) -> None:
        """A loop met an error, recorded it and goes on."""
