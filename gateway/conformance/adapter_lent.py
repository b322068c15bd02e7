"""What a folder is lent on the bench, as wiring lends it to an office."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gateway.carriers.exchange_folder import ExchangeFolder
from gateway.carriers.sftp import Account
from gateway.carriers.sftp_folder import SFTPFolder
from gateway.conformance.adapter_sessions import SessionsInMemory, keeper
from gateway.lending import Lent
from gateway.ports.ids import Chance
from gateway.validation.certificates import RegisteredCertificate, SigningKey
from gateway.validation.push_key import PushKey

if TYPE_CHECKING:
    from gateway.carriers.carrier import Carrier
    from gateway.carriers.tokens import Login, TokenKeeper
    from gateway.domain.errors import FieldError
    from gateway.ports.schemas import SchemaCatalogue


class Keys(Protocol):
    """Secrets and signing pairs made for a bench, in a folder."""

    folder: Path
    #: where ``NAME.key.pem`` and ``NAME.cert.pem`` lie

    def value(self, name: str) -> str:
        """A secret by name."""


class Counted(Chance):
    """Identifiers in order, so that a run can be repeated."""

    def __init__(self) -> None:
        """Begin at one."""
        self._last = 0

    def identifier(self, prefix: str) -> str:
        """The next one."""
        self._last += 1
        return f"{prefix}_{self._last:06d}"

    def draw(self) -> float:
        """The middle."""
        return 0.5


@dataclass(frozen=True, slots=True)
class Lab:
    """What every bench is made with; ``schemas``: the folder with one per interface."""

    keys: Keys
    catalogue: SchemaCatalogue
    schemas: Path
    given: Keys | None = None
    #: what a system of the agency's own knows us by; None: what the mock does

    @property
    def lent(self) -> Keys:
        """Of the adapter."""
        return self.given or self.keys


@dataclass(slots=True)
class LentOnBench(Lent):
    """What a folder is lent on the bench."""

    agency: str
    office: Mapping[str, Any]
    lab: Lab
    clock: Callable[[], datetime]
    line: Carrier
    desk: ExchangeFolder
    chance: Chance = field(default_factory=Counted)
    shared: SessionsInMemory = field(default_factory=SessionsInMemory)
    #: tokens, as all nodes would share them
    accounts: list[str] = field(default_factory=list)
    #: names under which a token was asked for
    remote: SFTPFolder | None = None
    #: what was made to reach an account

    schemas: Path = field(init=False)

    def __post_init__(self) -> None:
        """The schemas are the lab's."""
        self.schemas = self.lab.schemas

    def now(self) -> datetime:
        """The mock's wall time."""
        return self.clock()

    def check(self, schema_id: str, document: Any) -> tuple[FieldError, ...]:
        """By the project's schemas."""
        return self.lab.catalogue.errors(schema_id, document)

    def secret(self, name: str) -> str:
        """Made for the bench."""
        return self.lab.lent.value(f"{self.office['id']}.{name}")

    def carrier(self, *headers: str) -> Carrier:  # noqa: ARG002
        """To the mock."""
        return self.line

    def sessions(self, name: str, login: Login) -> TokenKeeper:
        """By the mock's wall time."""
        self.accounts.append(name)
        return keeper(name, login, self.shared, self.clock)

    def folder(self) -> ExchangeFolder:
        """Beside the mock's books."""
        return self.desk

    async def close(self) -> None:
        """Give threads back, and end what was opened."""
        self.desk.close()
        if self.remote is not None:
            await self.remote.close()

    def remote_folder(self) -> SFTPFolder:
        """An account that the kit names; its bench closes what was opened."""
        account = Account.of(self.office["sftp"], self.secret("sftp"))
        self.remote = SFTPFolder(account, self.clock)
        return self.remote

    def signing_key(self) -> SigningKey:
        """Made for the bench."""
        return _pair(self.lab.lent.folder)

    def push_keys(self) -> Sequence[PushKey]:
        """The one that was made, where one was."""
        found = self.lab.lent.folder / "gateway-push.key.pem"
        return [PushKey(found.read_bytes())] if found.is_file() else []

    def certificates(self, owner: str) -> Sequence[RegisteredCertificate]:
        """The one that was made."""
        found = self.lab.lent.folder / f"{owner}.cert.pem"
        if not found.is_file():
            return []
        return [_certificate(found.read_bytes())]


@cache
def _certificate(pem: bytes) -> RegisteredCertificate:
    """Parsed once per content, as wiring does."""
    return RegisteredCertificate.from_pem(pem)


@cache
def _pair(folder: Path) -> SigningKey:
    """Loaded once: a private key is proved when it is, which costs more than a trial."""
    key, certificate = (
        (folder / f"gateway.{kind}.pem").read_bytes() for kind in ("key", "cert")
    )
    return SigningKey(key, certificate)
