"""The adapter of each office: made by its agency's folder from what is lent to it."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from gateway.adapters.tax.making import slip_reader
from gateway.carriers.exchange_folder import ExchangeFolder
from gateway.carriers.reaching import LineReach, Way
from gateway.carriers.reaching_folders import FolderReach
from gateway.carriers.sftp import Account
from gateway.carriers.sftp_folder import SFTPFolder
from gateway.clocks.chance import SystemChance
from gateway.domain.case import PORTAL_CODES
from gateway.domain.clock_wrong import CODE, REMEDY
from gateway.domain.errors import AgencyUnavailable, NeedsConfiguration
from gateway.lending import Lent
from gateway.registry.makers import maker_of
from gateway.routing.link import is_plan
from gateway.validation.certificates import RegisteredCertificate, SigningKey
from gateway.validation.push_key import PushKey
from gateway.wiring.files import PACKAGES
from gateway.wiring.grounds import ground_for
from gateway.wiring.office_tls import carrier_of
from gateway.wiring.platforms import WiredPlatforms
from gateway.wiring.ports import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gateway.carriers.carrier import Carrier
    from gateway.carriers.tokens import Login, TokenKeeper
    from gateway.domain.errors import FieldError
    from gateway.domain.identifiers import OfficeId
    from gateway.ports.agency import AgencyAdapter
    from gateway.ports.probe import Probe
    from gateway.ports.reaching import Reach
    from gateway.ports.schemas import SchemaCatalogue
    from gateway.ports.slips import SlipReader
    from gateway.routing.catalogue import Office
    from gateway.routing.versions import Versions
    from gateway.settings import Settings
    from gateway.wiring.secrets import Secrets
    from gateway.wiring.tokens import KeepTokens

#: Connections of one office over its cap: result files are fetched beside messages.
SPARE_CONNECTIONS = 2


@lru_cache(maxsize=4)
def _signing_key(key: bytes, certificate: bytes) -> SigningKey:
    """Loaded once per content: proving a private key takes long."""
    return SigningKey(key, certificate)


class WallClock(Protocol):
    """As much of a clock as adapters need."""

    def now(self) -> datetime:
        """Wall time, aware UTC."""

    def wrong(self) -> str:
        """Why it is known to be wrong; empty: it is not."""


class Certificates:
    """Registered certificates by office, parsed once per content."""

    def __init__(self, secrets: Secrets) -> None:
        """Read from the folder of secrets."""
        self._secrets = secrets
        self._parsed: dict[bytes, RegisteredCertificate] = {}

    def of(self, office: str) -> list[RegisteredCertificate]:
        """The office's registered certificates, the newest first."""
        found = []
        for pem in self._secrets.certificates(office):
            known = self._parsed.get(pem) or RegisteredCertificate.from_pem(pem)
            self._parsed[pem] = known
            found.append(known)
        return found


class WiredAdapters:
    """The adapter of each office of the running configuration, built when first used."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        versions: Versions,
        schemas: SchemaCatalogue,
        clock: WallClock,
        keep_tokens: KeepTokens,
        probe: Probe,
    ) -> None:
        """Build nothing yet."""
        self.settings = self._settings = settings
        self.secrets = secrets
        self._versions = versions
        self.schemas = schemas
        self.clock = clock
        now = self.now = clock.now
        self.keep_tokens = keep_tokens
        self._built: dict[OfficeId, AgencyAdapter] = {}
        self._carriers: list[Carrier] = []
        self._platforms = WiredPlatforms(
            settings, secrets, versions, now, keep_tokens, probe
        )
        self._lent: dict[OfficeId, _ForOffice] = {}
        self._folders: dict[OfficeId, ExchangeFolder] = {}
        self._remote: dict[tuple[OfficeId, Account], SFTPFolder] = {}
        self.certificates = Certificates(secrets)

    @cached_property
    def signing_key(self) -> SigningKey:
        """The gateway's own pair."""
        pair = self.secrets.pair("gateway")
        return _signing_key(pair.key, pair.certificate)

    @cached_property
    def push_keys(self) -> Sequence[PushKey]:
        """The gateway's keys for what it pushes; none where nobody made one."""
        return [PushKey(pem) for pem in self.secrets.push_keys()]

    def of(self, office: OfficeId) -> AgencyAdapter:
        """The office's adapter.

        Raises:
            NeedsConfiguration: the office is unknown or its entry is wrong.
        """
        built = self._built.get(office)
        if built is None:
            built = self._built[office] = self._build(office)
        return built

    def _build(self, office: OfficeId) -> AgencyAdapter:
        found = self._versions.current.offices.get(office)
        make = maker_of(found.speaks) if found else None
        if found is None or make is None:
            raise NeedsConfiguration(code="office_unknown")
        try:
            self._lent[office] = _ForOffice(self, found)
            return make(self._lent[office])
        except (KeyError, ValueError) as wrong:
            raise NeedsConfiguration(
                f"{office}: {type(wrong).__name__}", code="office_misconfigured"
            ) from wrong

    def reach(self, office: OfficeId) -> Reach:
        """How its line is looked at: by what its adapter was lent.

        Raises:
            NeedsConfiguration: the office is unknown or its entry is wrong.
        """
        adapter = self.of(office)
        lent, ping, words = self._lent[office], adapter.ping, adapter.words
        if lent.lines or ping is None:
            carrier = lent.lines[-1] if lent.lines else None
            return LineReach(Way(carrier, lent.tokens, ping, words))
        return FolderReach(ping, words, lent.account)

    def place(self, office: Office) -> str:
        """Where an office's requests go: its registered address, or its platform's.

        Raises:
            NeedsConfiguration: there is none.
        """
        if "platform" in office.settings:
            return self._platforms.place(office)
        address = self._own_address(office)
        if not address:
            raise NeedsConfiguration(code="address_missing")
        return address

    def _own_address(self, office: Office) -> str:
        addresses = self._settings.addresses
        address = addresses.get(office.id) or addresses.get(office.node)
        return str(office.settings.get("address") or address or "")

    def carrier(self, office: Office) -> Carrier:
        """A carrier to an office, over its platform if it has one.

        Raises:
            NeedsConfiguration: no address is registered, or it is none.
        """
        place = self.place(office)
        connections = office.limits.in_flight + SPARE_CONNECTIONS
        if "platform" in office.settings:
            own = self._own_address(office)
            return self._platforms.carrier(office, own, connections)
        tls, keys = office.settings.get("tls"), self.secrets.folder
        try:
            ground = ground_for(self._settings, office.settings)
            carrier = carrier_of(place, connections, tls, keys, ground)
        except ValueError as refused:
            raise NeedsConfiguration(code="address_refused") from refused
        self._carriers.append(carrier)
        return carrier

    def folder(self, office: OfficeId) -> ExchangeFolder:
        """One folder of an office, with its threads, whatever configuration runs."""
        folder = self._folders.get(office)
        if folder is None:
            path = self._settings.run_dir / PACKAGES / office
            folder = self._folders[office] = ExchangeFolder(path)
        return folder

    def remote_folder(self, office: OfficeId, account: Account) -> SFTPFolder:
        """One folder of an account, with its connection, whatever configuration runs."""
        folder = self._remote.get((office, account))
        if folder is None:
            folder = self._remote[office, account] = SFTPFolder(account, self.now)
        return folder

    def slip_reader(self) -> SlipReader:
        """Reads slips of any registered issuer."""
        return slip_reader(SCHEMAS / "agencies", self.certificates.of)

    def forget(self) -> None:
        """Build anew: another configuration runs now.

        Carriers of the former adapters stay open for what is still under way.
        """
        self._built.clear()
        self._platforms.forget()

    def forget_keys(self) -> None:
        """The same with other secrets, and with other pairs where those changed."""
        for name in ("signing_key", "push_keys"):
            self.__dict__.pop(name, None)
        self.forget()

    async def close(self) -> None:
        """Close every connection, and give threads back."""
        await self._platforms.close()
        for carrier in self._carriers:
            await carrier.close()
        for folder in self._folders.values():
            folder.close()
        for remote in self._remote.values():
            await remote.close()


class _ForOffice(Lent):
    """What is lent for one office entry."""

    def __init__(self, wired: WiredAdapters, office: Office) -> None:
        self.agency = office.agency
        self.office = office.settings
        self.schemas = SCHEMAS / "agencies"
        self.chance = SystemChance()
        self._wired = wired
        self._entry = office
        self.lines: list[Carrier] = []
        self.tokens: list[TokenKeeper] = []
        self.account: Account | None = None

    def now(self) -> datetime:
        return self._wired.now()

    def signing_now(self) -> datetime:
        if self._wired.clock.wrong():
            raise AgencyUnavailable(CODE, code=CODE, remedy=REMEDY)
        return self._wired.now()

    def check(self, schema_id: str, document: Any) -> tuple[FieldError, ...]:
        return self._wired.schemas.errors(schema_id, document)

    def secret(self, name: str) -> str:
        return self._wired.secrets.value(f"{self._entry.id}.{name}")

    def carrier(self, *headers: str) -> Carrier:  # noqa: ARG002
        self.lines.append(self._wired.carrier(self._entry))
        return self.lines[-1]

    def sessions(self, name: str, login: Login) -> TokenKeeper:
        # A token must not follow the office to another address.
        place = self._wired.place(self._entry)
        named = f"{self._entry.agency}/{name}@{place}"
        self.tokens.append(self._wired.keep_tokens(named, login))
        return self.tokens[-1]

    def folder(self) -> ExchangeFolder:
        return self._wired.folder(self._entry.id)

    def remote_folder(self) -> SFTPFolder:
        ground = ground_for(self._wired.settings, self.office)
        self.account = Account.of(self.office["sftp"], self.secret("sftp"), ground)
        return self._wired.remote_folder(self._entry.id, self.account)

    def signing_key(self) -> SigningKey:
        return self._wired.signing_key

    def push_keys(self) -> Sequence[PushKey]:
        return self._wired.push_keys

    def certificates(self, owner: str) -> Sequence[RegisteredCertificate]:
        return self._wired.certificates.of(owner)


class AgencyLists:
    """The lists that a land system fetches: our users, procedures and states."""

    def __init__(self, versions: Versions) -> None:
        """Answer from the running configuration."""
        self._versions = versions

    def of(self, office: OfficeId) -> Mapping[str, object]:
        """Content of the office's lists; users are those of the one-stop systems."""
        catalogue = self._versions.current
        found = catalogue.offices[office]
        counters = [o for o in catalogue.offices.values() if o.agency == "one_stop"]
        users = [
            {"unit": counter.name, **user}
            for counter in counters
            for user in counter.settings.get("user", ())
        ]
        return {
            "users": users,
            "procedures": [
                {"code": p.code, "name": p.name}
                for p in catalogue.procedures
                if any(leg.agency == found.agency for leg in p.legs)
                and not is_plan(p.code)
            ],
            "states": [
                {"code": code, "name": name} for code, name in PORTAL_CODES.items()
            ],
        }
