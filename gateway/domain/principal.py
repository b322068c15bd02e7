"""Who calls: every call has a principal from the first day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gateway.domain.identifiers import OfficeId, PrincipalId


class Role(StrEnum):
    """What a principal may do."""

    ONE_STOP = "one_stop"
    #: a one-stop system: hands in and reads its own dossiers
    OPERATOR = "operator"
    #: moves stuck dossiers on
    ADMINISTRATOR = "administrator"
    #: configuration, lanes, clock
    HEAD = "head"
    #: head of operations: as an operator, and decides what counts in reports
    READER = "reader"
    #: sees, changes nothing
    OFFICER = "officer"
    #: of an office without software: its work list and nothing else


@dataclass(frozen=True, slots=True)
class Scope:
    """Which dossiers a reader may see; a condition inside the store's queries.

    Empty sender and units mean nothing at all; ``everything`` is explicit.
    """

    sender: OfficeId | None = None
    units: tuple[str, ...] = ()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """A system or a person that has shown its token."""

    id: PrincipalId
    name: str
    role: Role
    scope: Scope
    system: OfficeId | None = None
    #: the one-stop system it speaks for
    office: OfficeId | None = None
    #: whose work list it is, of an officer
    until: date | None = None
    #: the last day of its token, None: until somebody takes it away

    def holds_on(self, day: date) -> bool:
        """Whether its token still opens anything."""
        return self.until is None or day <= self.until


def may_act(principal: Principal) -> bool:
    """Whether the principal may move stuck transfers."""
    return principal.role in {Role.OPERATOR, Role.ADMINISTRATOR, Role.HEAD}


def may_decide(principal: Principal) -> bool:
    """Whether the principal may say which moments count in reports."""
    return principal.role is Role.HEAD


def may_configure(principal: Principal) -> bool:
    """Whether the principal may apply configuration and stop lanes."""
    return principal.role is Role.ADMINISTRATOR


EVERYTHING = Scope(everything=True)
"""The gateway's own view; never given to a caller from outside."""
