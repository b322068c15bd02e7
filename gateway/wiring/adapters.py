"""Builds the adapter of each office: its carrier, its keys, its lists."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from gateway.adapters.land_registry.adapter import LandRegistryAdapter
from gateway.adapters.one_stop.adapter import OneStopAdapter
from gateway.adapters.tax.adapter import Identity, TaxAdapter
from gateway.adapters.tax.contract import Contract
from gateway.adapters.tax.file import Keys, TaxFileAdapter
from gateway.adapters.tax.portal import TaxPortalAdapter, Unit
from gateway.adapters.tax.slips import TCTSlipReader
from gateway.carriers.destination import AddressRefused
from gateway.carriers.exchange_folder import ExchangeFolder
from gateway.carriers.http import HTTPCarrier
from gateway.clocks.chance import SystemChance
from gateway.domain.case import PORTAL_CODES
from gateway.domain.errors import NeedsConfiguration
from gateway.validation.certificates import RegisteredCertificate, SigningKey
from gateway.validation.xsd import XSDSchema
from gateway.wiring.files import PACKAGES
from gateway.wiring.ports import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.domain.identifiers import OfficeId
    from gateway.ports.agency import AgencyAdapter
    from gateway.ports.schemas import SchemaCatalogue
    from gateway.ports.slips import SlipReader
    from gateway.routing.catalogue import Office
    from gateway.routing.versions import Versions
    from gateway.settings import Settings
    from gateway.wiring.secrets import Secrets

#: Connections of one office over its cap: result files are fetched beside messages.
SPARE_CONNECTIONS = 2


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
        now: Callable[[], datetime],
    ) -> None:
        """Build nothing yet."""
        self._settings = settings
        self._secrets = secrets
        self._versions = versions
        self._schemas = schemas
        self._now = now
        self._built: dict[OfficeId, AgencyAdapter] = {}
        self._carriers: list[HTTPCarrier] = []
        self._folders: dict[OfficeId, ExchangeFolder] = {}
        self.certificates = Certificates(secrets)

    @cached_property
    def _contract(self) -> Contract:
        return Contract.load(SCHEMAS / "agencies" / "tax")

    @cached_property
    def _signing_key(self) -> SigningKey:
        pair = self._secrets.pair("gateway")
        return SigningKey(pair.key, pair.certificate)

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
        make = _MAKERS.get(found.agency) if found else None
        if found is None or make is None:
            raise NeedsConfiguration(code="office_unknown")
        try:
            return make(self, found)
        except (KeyError, ValueError) as wrong:
            raise NeedsConfiguration(
                f"{office}: {type(wrong).__name__}", code="office_misconfigured"
            ) from wrong

    def _carrier(self, office: Office) -> HTTPCarrier:
        """A carrier to the registered address of an office.

        Raises:
            NeedsConfiguration: none is registered, or it is no address.
        """
        addresses = self._settings.addresses
        address = addresses.get(office.id) or addresses.get(office.node)
        address = office.settings.get("address") or address
        if not address:
            raise NeedsConfiguration(code="address_missing")
        try:
            carrier = HTTPCarrier(
                str(address), connections=office.limits.in_flight + SPARE_CONNECTIONS
            )
        except AddressRefused as refused:
            raise NeedsConfiguration(code="address_refused") from refused
        self._carriers.append(carrier)
        return carrier

    def _land_registry(self, office: Office) -> AgencyAdapter:
        return LandRegistryAdapter(
            office.settings,
            self._carrier(office),
            self._schemas.errors,
            now=self._now,
        )

    def _tax(self, office: Office) -> AgencyAdapter:
        carrier = office.settings["tax"].get("carrier", "tct_xml")
        return _TAX_CARRIERS[carrier](self, office)

    def _tax_portal(self, office: Office) -> AgencyAdapter:
        key = self._secrets.value(f"{office.id}.portal")
        return TaxPortalAdapter(
            office.settings,
            self._carrier(office),
            self._schemas.errors,
            unit=Unit(key, self._signing_key),
            now=self._now,
            chance=SystemChance(),
        )

    @cached_property
    def _package_schema(self) -> XSDSchema:
        return XSDSchema(SCHEMAS / "agencies" / "tax_file" / "goi.xsd")

    def _folder(self, office: OfficeId) -> ExchangeFolder:
        """One folder of an office, with its threads, whatever configuration runs."""
        folder = self._folders.get(office)
        if folder is None:
            path = self._settings.run_dir / PACKAGES / office
            folder = self._folders[office] = ExchangeFolder(path)
        return folder

    def _tax_file(self, office: Office) -> AgencyAdapter:
        return TaxFileAdapter(
            office.settings,
            self._folder(office.id),
            check=self._schemas.errors,
            schema=self._package_schema,
            keys=Keys(self._signing_key, self.certificates.of),
            now=self._now,
            chance=SystemChance(),
        )

    def _tct_xml(self, office: Office) -> AgencyAdapter:
        return TaxAdapter(
            office.settings,
            self._carrier(office),
            self._contract,
            identity=Identity(
                self._signing_key, lambda: self.certificates.of(office.id)
            ),
            now=self._now,
            chance=SystemChance(),
        )

    def _one_stop(self, office: Office) -> AgencyAdapter:
        return OneStopAdapter(
            office.settings,
            self._carrier(office),
            secrets=[self._secrets.value(f"{office.id}.webhook")],
            now=self._now,
        )

    def slip_reader(self) -> SlipReader:
        """Reads slips of any registered issuer."""
        return TCTSlipReader(self._contract.schema, self.certificates.of)

    def forget(self) -> None:
        """Build anew: another configuration runs now.

        Carriers of the former adapters stay open for what is still under way.
        """
        self._built.clear()

    async def close(self) -> None:
        """Close every connection, and give threads back."""
        for carrier in self._carriers:
            await carrier.close()
        for folder in self._folders.values():
            folder.close()


_MAKERS: Mapping[str, Callable[[WiredAdapters, Office], AgencyAdapter]] = {
    "land_registry": WiredAdapters._land_registry,  # noqa: SLF001  its own table
    "tax": WiredAdapters._tax,  # noqa: SLF001
    "one_stop": WiredAdapters._one_stop,  # noqa: SLF001
}
#: ``carrier`` of ``[office.tax]``: by which interface an entry is spoken to.
_TAX_CARRIERS: Mapping[str, Callable[[WiredAdapters, Office], AgencyAdapter]] = {
    "tct_xml": WiredAdapters._tct_xml,  # noqa: SLF001
    "portal": WiredAdapters._tax_portal,  # noqa: SLF001
    "file": WiredAdapters._tax_file,  # noqa: SLF001
}


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
            ],
            "states": [
                {"code": code, "name": name} for code, name in PORTAL_CODES.items()
            ],
        }
