"""People who sign in at the pages: accounts, their sessions, and the rules for both."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from gateway.domain.identifiers import OfficeId, PrincipalId
from gateway.domain.principal import EVERYTHING, Principal, Role, Scope

#: Roles that people sign in with; systems and officers at a list show codes.
PEOPLE = (Role.OPERATOR, Role.ADMINISTRATOR, Role.HEAD, Role.READER)


class Source(StrEnum):
    """Who knows that a person is who they say."""

    LOCAL = "local"
    #: this gateway, by a password
    SINGLE = "single"
    #: the province's own sign-in


class Step(StrEnum):
    """What is still to be done in a session before anything else may be."""

    NONE = ""
    CHANGE = "change"
    #: the first password
    ENROL = "enrol"
    #: set up the second factor


@dataclass(frozen=True, slots=True)
class Account:
    """A person; ``version`` 0: not kept yet."""

    id: PrincipalId
    name: str
    role: Role
    made_at: datetime
    version: int = 0
    offices: tuple[OfficeId, ...] = ()
    #: sees their dossiers alone; none: all dossiers
    source: Source = Source.LOCAL
    password: str = ""
    #: hash; empty: nothing fits
    password_at: datetime | None = None
    must_change: bool = False
    second: str = ""
    #: secret of the second factor, sealed; empty: none
    step: int = 0
    #: the last time step whose code was taken: none is taken twice
    recovery: tuple[str, ...] = ()
    #: digests of codes that stand in for the second factor, once each
    used_on: date | None = None
    ended_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether it opens anything."""
        return self.ended_at is None

    @property
    def scope(self) -> Scope:
        """Which dossiers it sees."""
        return Scope(offices=self.offices) if self.offices else EVERYTHING


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which somebody signed in; ``id`` is a digest of what it shows."""

    id: str
    account: PrincipalId
    opened_at: datetime
    seen_at: datetime
    proved_at: datetime
    #: when a password or code was last shown
    ends_at: datetime
    over_at: datetime | None = None
    step: Step = Step.NONE
    seed: str = ""
    #: what the token in its forms is made of


@dataclass(frozen=True, slots=True)
class Person(Principal):
    """A principal who signed in at the pages, with the session."""

    session: Session | None = None


def person_of(account: Account, session: Session) -> Person:
    """Who acts in a session."""
    return Person(
        account.id, account.name, account.role, account.scope, session=session
    )


@dataclass(frozen=True, slots=True)
class KeptForm:
    """What somebody sent when the session had ended; bound to the account."""

    id: str
    account: PrincipalId
    sealed: bytes
    until: datetime


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a name, or an address, may fail: then waits that double."""

    free: int
    wait: timedelta = timedelta(seconds=30)
    at_most: timedelta = timedelta(minutes=15)
    forgotten: timedelta = timedelta(hours=24)

    def wait_after(self, failures: int) -> timedelta:
        """How long nothing is tried after so many failures in a row."""
        if failures < self.free:
            return timedelta()
        doubled: int = 2 ** min(failures - self.free, 16)
        return min(self.wait * doubled, self.at_most)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a province may set of signing in."""

    codes_at_pages: bool = False
    #: access codes of every role open the pages (mock profile), not officers' alone
    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=8)
    fresh: timedelta = timedelta(minutes=15)
    #: how long a password or code that was shown serves for acts that ask for one
    second_for: frozenset[Role] = frozenset({Role.ADMINISTRATOR})
    #: roles that must have a second factor
    behind: frozenset[str] = frozenset()
    #: addresses of proxies, whose word for the caller's address counts
    of_name: Tries = field(default_factory=lambda: Tries(5))
    of_address: Tries = field(default_factory=lambda: Tries(30))

    def over(self, session: Session, now: datetime) -> bool:
        """Whether a session has ended by itself or by somebody."""
        return (
            session.over_at is not None
            or now >= session.ends_at
            or now >= session.seen_at + self.idle
        )
