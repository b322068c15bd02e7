"""Accounts of people: kept in the store, proved by a password or by another's word."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.account import Account, KeptForm, Policy, Session, Tries
from gateway.domain.journal import JournalLine
from gateway.domain.principal import Role


class AccountStore(Protocol):
    """Each method is one atomic unit, durable when it returns."""

    @abstractmethod
    async def account(self, account: str) -> Account | None:
        """One, also one that has ended."""

    @abstractmethod
    async def accounts(self) -> Sequence[Account]:
        """All, by id."""

    @abstractmethod
    async def keep_account(self, account: Account, line: JournalLine) -> Account:
        """Keep one in place of its version; the next version.

        Raises:
            ChangedMeanwhile: another version is kept, or it is new and known.
        """

    @abstractmethod
    async def console_session(self, session: str) -> Session | None:
        """One by its digest, also one that is over."""

    @abstractmethod
    async def console_sessions(self, account: str) -> Sequence[Session]:
        """Those of an account that nobody ended, the newest first."""

    @abstractmethod
    async def open_console_session(
        self, session: Session, line: JournalLine | None, *, instead: str = ""
    ) -> None:
        """Keep a new one in place of another; those that ended long ago go."""

    @abstractmethod
    async def saw_console_session(self, session: str, now: datetime) -> None:
        """Somebody uses it."""

    @abstractmethod
    async def end_console_sessions(
        self, account: str, line: JournalLine, *, only: str = "", but: str = ""
    ) -> int:
        """End those of an account: all, one, or all but one; how many there were."""

    @abstractmethod
    async def begin_try(
        self, keys: Mapping[str, Tries], now: datetime
    ) -> datetime | None:
        """Count a try under each key as failed; until when it has to wait instead.

        Counted before anything is compared, so that tries side by side count too.
        """

    @abstractmethod
    async def forget_tries(
        self, keys: Sequence[str], now: datetime, *, undo: Sequence[str] = ()
    ) -> None:
        """It did not fail, or somebody unlocks; under ``undo`` others may have."""

    @abstractmethod
    async def keep_form(self, form: KeptForm, now: datetime, most: int) -> None:
        """Keep what was typed; the oldest of its account beyond ``most`` go."""

    @abstractmethod
    async def kept_form(self, form: str, account: str) -> KeptForm | None:
        """What that account typed."""


class Passwords(Protocol):
    """Hashes that cost whoever guesses; few are made at once."""

    @abstractmethod
    async def hashed(self, password: str) -> str:
        """What the store keeps, parameters and salt included."""

    @abstractmethod
    async def fits(self, hashed: str, password: str) -> bool:
        """Whether it is the one; of an empty hash none is, and as slowly."""

    @abstractmethod
    def is_weaker(self, hashed: str) -> bool:
        """Whether today's parameters are stronger."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """Where a browser goes to prove who it is, and what is to be remembered of it."""

    url: str
    remembered: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the province's sign-in vouches for."""

    subject: str
    #: the same for one person for ever; nobody else's
    name: str
    role: Role


class SingleSignOn(Protocol):
    """The province's own sign-in."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What its button says."""

    @property
    @abstractmethod
    def page(self) -> str:
        """Address of these pages as browsers reach them, without a path."""

    @abstractmethod
    async def leave(self, back: str, *, again: bool) -> Leaving:
        """Send a browser there; ``back`` is the path of ours that it returns to.

        ``again``: to show there who it is, although it did.

        Raises:
            SignInAway: it does not answer, or nonsense.
        """

    @abstractmethod
    async def returned(
        self, back: str, answer: Mapping[str, str], remembered: Mapping[str, str]
    ) -> Known:
        """Whom it vouches for, by what the browser brought back.

        Raises:
            SignInRefused: nothing that proves anybody, or somebody without a role.
            SignInAway: it does not answer.
        """

    @abstractmethod
    async def farewell(self, back: str) -> str:
        """Where one signs out there too; empty: nowhere."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """What signing in needs."""

    rows: AccountStore
    passwords: Passwords
    policy: Policy
    single: SingleSignOn | None = None
