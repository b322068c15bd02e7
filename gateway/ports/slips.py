"""Signed slips: checked by who knows their form, passed on byte for byte."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class SlipKind(StrEnum):
    """What a slip is to those before it, as its issuer signed it."""

    NEW = "new"
    REPLACE = "replace"
    SUPPLEMENT = "supplement"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class SlipNumbers:
    """The three numbers that tie a slip to its dossier, and what kind it is."""

    dossier_number: str
    certificate_number: str
    #: empty for a first certificate
    slip_number: str
    kind: SlipKind


class SlipReader(Protocol):
    """Reads a signed slip (phiếu chuyển thông tin)."""

    @abstractmethod
    def read(
        self, signed: bytes, *, issuers: Sequence[str], at: datetime
    ) -> SlipNumbers:
        """Check form and signature; tell the numbers in the signed part.

        ``issuers``: offices whose registered certificates may have signed it,
        valid at ``at``.

        Raises:
            ReportRefused: ``code`` says what is wrong (form, signature, issuer).
        """
