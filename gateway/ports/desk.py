"""What an officer says at a work list, and who turns it into a report."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.domain.report import AgencyReport, HandedIn, Reference
from gateway.domain.values import dataclass


class Act(StrEnum):
    """What can be done at a work list."""

    RECEIVE = "receive"
    STEP = "step"
    SUPPLEMENT = "supplement"
    SUPPLEMENT_RECEIVED = "supplement_received"
    SLIP = "slip"
    #: a slip that the office has signed; it goes on to whoever it is for
    NOTICE = "notice"
    PAID = "paid"
    EXEMPTED = "exempted"
    DEFERRED = "deferred"
    RETURN_SLIP = "return_slip"
    REFUSE = "refuse"
    FINISH = "finish"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Said:
    """One act: by whom, and when it happened beside when it was recorded."""

    act: Act
    key: str
    #: equal for repeats of the same act and only for them
    by: str
    at: datetime
    recorded_at: datetime
    step: str = ""
    note: str = ""
    notice: Mapping[str, str] | None = None
    #: number, item, amount, issued_on, due_on of what is to be paid
    files: tuple[HandedIn, ...] = ()


class Desk(Protocol):
    """The work list of an office whose officer speaks for it."""

    steps: Mapping[str, str]
    #: code → name of what it may say that it did

    @abstractmethod
    def report(self, said: Said, about: tuple[Reference, ...]) -> AgencyReport:
        """What an act says of a dossier; receiving says nothing more than that.

        Raises:
            ValueError: the act is no report.
        """
