"""Evidence as it is kept and made: roots, who signs them, who stamps them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.evidence import (
    Covered,
    EvidenceKey,
    Root,
    Seal,
    Signature,
    Stamp,
)
from gateway.domain.journal import JournalLine


class EvidenceStore(Protocol):
    """Roots with their signatures and stamps, and the public halves of keys."""

    @abstractmethod
    async def newest_root(self) -> Root | None:
        """The last one."""

    @abstractmethod
    async def seals_after(self, last: int, limit: int) -> Sequence[Seal]:
        """Seals that follow the line of a number, in order."""

    @abstractmethod
    async def add_root(self, root: Root, signature: Signature) -> None:
        """Keep the root that follows the newest.

        Raises:
            ChangedMeanwhile: another came first.
        """

    @abstractmethod
    async def unsigned_roots(self, keys: Collection[str], limit: int) -> Sequence[Root]:
        """Roots that none of these keys has signed, oldest first."""

    @abstractmethod
    async def sign_root(self, number: int, signature: Signature) -> None:
        """Keep one more signature of a root."""

    @abstractmethod
    async def unstamped_roots(self, limit: int) -> Sequence[Root]:
        """Roots without a timestamp, oldest first."""

    @abstractmethod
    async def keep_stamp(self, stamp: Stamp) -> None:
        """Keep a root's timestamp; of two the first stays."""

    @abstractmethod
    async def evidence_keys(self) -> Sequence[EvidenceKey]:
        """Every key that ever signed here, oldest first."""

    @abstractmethod
    async def keep_evidence_key(self, key: EvidenceKey, line: JournalLine) -> None:
        """Publish a key, or that it ends; what was revoked stays revoked."""

    @abstractmethod
    async def revoke_evidence_key(
        self, key: str, at: datetime, line: JournalLine
    ) -> bool:
        """From now on nothing that it signed counts; False: unknown, or revoked before."""

    @abstractmethod
    async def covered(self, numbers: Sequence[int]) -> Covered:
        """Proofs of sealed lines; each look reads the seals and roots that they lie under."""


class Signer(Protocol):
    """Keeps the private halves of this node's keys."""

    @abstractmethod
    def held(self) -> Sequence[EvidenceKey]:
        """Those that this node can sign with, oldest first."""

    @abstractmethod
    def sign(
        self, message: bytes, at: datetime, but: Collection[str] = ()
    ) -> Signature | None:
        """By the newest key of the moment; None: there is none but these."""


class NotStamped(Exception):
    """A timestamp service gave nothing that holds; to be asked again later."""


class Stamper(Protocol):
    """A timestamp service."""

    @abstractmethod
    async def stamp(self, root: Root) -> Stamp:
        """What the service says, checked against what was asked.

        Raises:
            NotStamped: it cannot be reached, or its answer does not hold.
        """
