"""Who calls: every call has a principal from the first day."""

from __future__ import annotations

from collections.abc import Mapping
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


class Right(StrEnum):
    """What can be allowed, each by itself; roles are tables of these."""

    LISTS = "lists"
    #: numbers, states and places of dossiers
    PERSONAL = "personal"
    #: who the dossier is about
    PAYLOAD = "payload"
    #: what an agency was sent and answered, byte for byte
    MOVE = "move"
    #: stuck transfers: send again, cancel, say what became of them
    EDIT = "edit"
    #: ask for another payload
    APPROVE = "approve"
    #: the edit of another person, never one's own
    CONFIGURE = "configure"
    #: configuration, lanes, calendar
    KEYS = "keys"
    #: access codes of systems and officers
    ACCOUNTS = "accounts"
    #: who signs in at the pages
    AUDIT = "audit"
    #: the journal of what people did
    DECIDE = "decide"
    #: what counts in reports


@dataclass(frozen=True, slots=True)
class Scope:
    """Which dossiers a reader may see; a condition inside the store's queries.

    Empty sender, units and offices mean nothing at all; ``everything`` is explicit.
    """

    sender: OfficeId | None = None
    units: tuple[str, ...] = ()
    offices: tuple[OfficeId, ...] = ()
    #: dossiers that one of these has or had a part of
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


#: Roles of those who telephone applicants all day, of systems and of offices: they see
#: a dossier's people at once; others who have the right ask for one dossier, with a reason.
AT_ONCE = frozenset({Role.ONE_STOP, Role.OPERATOR, Role.OFFICER})
_SEES = frozenset({Right.LISTS, Right.PERSONAL})
_MOVES = _SEES | {Right.PAYLOAD, Right.MOVE, Right.EDIT, Right.APPROVE}

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.ONE_STOP: _SEES,
    Role.OPERATOR: _MOVES,
    # Whoever lets people in and keeps the keys reads no message and changes none.
    Role.ADMINISTRATOR: _SEES
    | {Right.MOVE, Right.CONFIGURE, Right.KEYS, Right.ACCOUNTS, Right.AUDIT},
    Role.HEAD: _MOVES | {Right.DECIDE, Right.AUDIT},
    Role.READER: frozenset({Right.LISTS}),
    Role.OFFICER: frozenset(),
}
"""What each role may do; of its own dossiers alone, where its scope is narrower."""


def may(principal: Principal, right: Right) -> bool:
    """Whether the principal has a right."""
    return right in RIGHTS[principal.role]


def sees_people(principal: Principal) -> bool:
    """Whether a dossier's people are shown without asking."""
    return principal.role in AT_ONCE


def may_unmask(principal: Principal) -> bool:
    """Whether the principal may ask to see the people of one dossier."""
    return may(principal, Right.PERSONAL) and not sees_people(principal)


def may_approve(principal: Principal, editor: PrincipalId) -> bool:
    """Whether the principal may approve what ``editor`` edited: never one's own."""
    return may(principal, Right.APPROVE) and principal.id != editor


def looks_after_files(principal: Principal) -> bool:
    """Whether the principal sees which files were refused, be they anybody's."""
    return may(principal, Right.AUDIT) and not principal.scope.offices


def may_act(principal: Principal) -> bool:
    """Whether the principal may move stuck transfers."""
    return may(principal, Right.MOVE)


def may_decide(principal: Principal) -> bool:
    """Whether the principal may say which moments count in reports."""
    return may(principal, Right.DECIDE)


def may_configure(principal: Principal) -> bool:
    """Whether the principal may apply configuration and stop lanes."""
    return may(principal, Right.CONFIGURE)


EVERYTHING = Scope(everything=True)
"""The gateway's own view; never given to a caller from outside."""
