"""What wiring lends to an agency's folder, so that it can make an adapter.

Each folder has a module ``making`` with a function ``make``, and nothing else
names it: a new folder needs no line anywhere in the core.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gateway.domain.errors import FieldError
from gateway.ports.agency import AgencyAdapter
from gateway.ports.ids import Chance

if TYPE_CHECKING:
    from gateway.carriers.carrier import Carrier
    from gateway.carriers.exchange_folder import ExchangeFolder
    from gateway.carriers.sftp_folder import SFTPFolder
    from gateway.carriers.tokens import Login, TokenKeeper
    from gateway.validation.certificates import RegisteredCertificate, SigningKey
    from gateway.validation.push_key import PushKey


class Lent(Protocol):
    """Lent for one office entry; everything stays wiring's."""

    agency: str
    #: whose office it is; an agency may speak the dialect of another folder
    office: Mapping[str, Any]
    #: its ``[[office]]`` table
    schemas: Path
    #: the folder of schemas, one per interface document
    chance: Chance

    @abstractmethod
    def now(self) -> datetime:
        """Wall time, aware UTC."""

    def signing_now(self) -> datetime:
        """The same, for what is signed with its moment.

        Raises:
            AgencyUnavailable: the wall is known to be wrong; it is signed later.
        """
        return self.now()

    @abstractmethod
    def check(self, schema_id: str, document: Any) -> tuple[FieldError, ...]:
        """Every wrong field of a document; KeyError: no such schema."""

    @abstractmethod
    def secret(self, name: str) -> str:
        """The office's secret of that name.

        Raises:
            KeyError: nobody gave it.
        """

    @abstractmethod
    def carrier(self, *headers: str) -> Carrier:
        """A carrier to the office's registered address, over its platform if it has one.

        ``headers``: those that the dialect sends beside what all requests have; where a
        platform takes one away, whoever checks the configuration is told.

        Raises:
            NeedsConfiguration: no address is registered, or it is none.
        """

    @abstractmethod
    def sessions(self, name: str, login: Login) -> TokenKeeper:
        """A token of the office's system, kept alive and shared by all nodes.

        ``name`` is that of the account: offices of an agency that share an account at
        one address share its token, since a second one may end the first. ``login``
        gets a new one (``TokenEndpoint`` is such a login), one node at a time.

        Raises:
            NeedsConfiguration: no address is registered.
        """

    @abstractmethod
    def folder(self) -> ExchangeFolder:
        """The folder through which files for this office are carried by people."""

    @abstractmethod
    def remote_folder(self) -> SFTPFolder:
        """The folder of the account that the entry's ``sftp`` table names.

        Raises:
            KeyError: the table is not whole, or nobody gave the secret ``sftp``.
        """

    @abstractmethod
    def signing_key(self) -> SigningKey:
        """The gateway's own signing pair."""

    @abstractmethod
    def push_keys(self) -> Sequence[PushKey]:
        """Keys for what is pushed: the one that signs, then those that are shown, too."""

    @abstractmethod
    def certificates(self, owner: str) -> Sequence[RegisteredCertificate]:
        """Registered certificates of an office, the newest first; read anew."""


Make = Callable[[Lent], AgencyAdapter]
