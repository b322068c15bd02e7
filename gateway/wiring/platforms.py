"""Carriers over the sharing platforms that the running configuration names."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.carriers import lgsp, xroad_adapter
from gateway.carriers.lgsp import Access, LGSPCarrier, LGSPLogin, basic
from gateway.carriers.platform import BehindPlatform, Way, configuration, platform_error
from gateway.carriers.xroad_adapter import XRoadAdapterCarrier
from gateway.domain.errors import NeedsConfiguration
from gateway.routing.platforms import LGSP, XROAD_ADAPTER
from gateway.wiring.grounds import ground_for
from gateway.wiring.office_tls import carrier_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from gateway.carriers.carrier import Carrier
    from gateway.carriers.logins import Encoding
    from gateway.carriers.tokens import TokenKeeper
    from gateway.ports.probe import Probe
    from gateway.routing.catalogue import Office
    from gateway.routing.versions import Versions
    from gateway.settings import Settings
    from gateway.wiring.secrets import Secrets
    from gateway.wiring.tokens import KeepTokens

#: Connections for token calls: one is made at a time.
TOKEN_CONNECTIONS = 2


class WiredPlatforms:
    """One login per platform, whatever number of offices is behind it."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        versions: Versions,
        now: Callable[[], datetime],
        keep_tokens: KeepTokens,
        probe: Probe,
    ) -> None:
        """Build nothing yet."""
        self._settings = settings
        self._secrets = secrets
        self._versions = versions
        self._now = now
        self._keep_tokens = keep_tokens
        self._probe = probe
        self._keepers: dict[str, TokenKeeper] = {}
        self._carriers: list[Carrier] = []

    def place(self, office: Office) -> str:
        """What tells the office's system from every other behind a platform.

        Raises:
            NeedsConfiguration: the platform is unknown, or has no address.
        """
        said, _ = self._of(office)
        code = said.get("dstcode")
        base = self._base(office)
        return f"{base} {code}" if code else base

    def _base(self, office: Office) -> str:
        said, platform = self._of(office)
        return _below(self._address(platform), str(said.get("prefix", "")))

    def carrier(self, office: Office, own_address: str, connections: int) -> Carrier:
        """A carrier over the office's platform.

        ``own_address``: what the agency calls its own address, empty if nobody said.

        Raises:
            NeedsConfiguration: what is configured of the platform is not enough.
        """
        said, platform = self._of(office)
        makers = {LGSP: self._lgsp, XROAD_ADAPTER: self._xroad}
        make = makers.get(str(platform.get("kind")))
        if make is None:
            raise configuration("platform_unknown")
        base = self._base(office)
        try:
            destination = BehindPlatform(base, own_address)
            http = self._straight(base, connections, platform)
        except ValueError as refused:
            raise NeedsConfiguration(code="address_refused") from refused
        self._carriers.append(http)
        return make(http, destination, said, platform)

    def _straight(
        self, base: str, connections: int, platform: Mapping[str, Any]
    ) -> Carrier:
        tls, keys = platform.get("tls"), self._secrets.folder
        ground = ground_for(self._settings, platform)
        return carrier_of(base, connections, tls, keys, ground)

    def forget(self) -> None:
        """Log in anew where it is needed: another configuration runs now."""
        self._keepers.clear()

    async def close(self) -> None:
        """Close every connection."""
        for carrier in self._carriers:
            await carrier.close()

    def _lgsp(
        self,
        http: Carrier,
        destination: BehindPlatform,
        said: Mapping[str, Any],
        platform: Mapping[str, Any],
    ) -> Carrier:
        opened = frozenset(str(name).lower() for name in said.get("opened", ()))
        return LGSPCarrier(
            http,
            destination,
            Way(
                lgsp.PASSES | opened,
                int(platform.get("most_bytes", lgsp.MOST_BYTES)),
                str(said.get("authorization_as", "")),
            ),
            tokens=self._keeper(platform),
            access=self._access(platform, str(said.get("partner_code_called", ""))),
            now=self._now,
            several_addresses=bool(said.get("several_addresses", False)),
        )

    def _xroad(
        self,
        http: Carrier,
        destination: BehindPlatform,
        said: Mapping[str, Any],
        platform: Mapping[str, Any],
    ) -> Carrier:
        most = int(platform.get("most_bytes", xroad_adapter.MOST_BYTES))
        return XRoadAdapterCarrier(
            http,
            destination,
            Way(xroad_adapter.PASSES, most),
            dstcode=str(said["dstcode"]),
            in_header=platform["dstcode_in"] == "header",
            provider_url=str(said.get("provider_url", "")),
            now=self._now,
        )

    def _keeper(self, platform: Mapping[str, Any]) -> TokenKeeper:
        name = str(platform["id"])
        keeper = self._keepers.get(name)
        if keeper is None:
            keeper = self._keepers[name] = self._new_keeper(name, platform)
        return keeper

    def _new_keeper(self, name: str, platform: Mapping[str, Any]) -> TokenKeeper:
        addresses = self._settings.addresses
        address = platform.get("token_address") or addresses.get(f"{name}.token")
        address = str(address or self._address(platform))
        try:
            http = self._straight(address, TOKEN_CONNECTIONS, platform)
        except ValueError as refused:
            raise NeedsConfiguration(code="address_refused") from refused
        self._carriers.append(http)
        form_from = platform.get("form_from")

        def told(encoding: Encoding) -> None:
            self._probe.action(
                action="token_encoding", platform=name, code=str(encoding)
            )

        login = LGSPLogin(
            http,
            self._proof(platform),
            form_from=date.fromisoformat(str(form_from)) if form_from else None,
            now=self._now,
            told=told,
        )
        # A token must not follow the platform's name to another address.
        return self._keep_tokens(f"platform/{name}@{address}", login, platform_error)

    def _proof(self, platform: Mapping[str, Any]) -> Mapping[str, str]:
        if platform.get("proof", "basic") == "basic":
            key = self._secret(platform, "consumer_key")
            return basic(key, self._secret(platform, "consumer_secret"))
        access = self._access(platform, "")
        return access.header() if access else {}

    def _access(self, platform: Mapping[str, Any], called: str) -> Access | None:
        """What the access header says; None: the platform wants none."""
        if "app_name" not in platform:
            return None
        return Access(
            self._secret(platform, "access_key"),
            self._secret(platform, "access_secret"),
            str(platform["app_name"]),
            str(platform["partner_code"]),
            called,
        )

    def _secret(self, platform: Mapping[str, Any], name: str) -> str:
        try:
            return self._secrets.value(f"{platform['secrets']}.{name}")
        except KeyError:
            raise configuration("platform_secret_missing") from None

    def _of(self, office: Office) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        said: Mapping[str, Any] = office.settings["platform"]
        platform = self._versions.current.platforms.get(str(said.get("by")))
        if platform is None:
            raise configuration("platform_unknown")
        return said, platform

    def _address(self, platform: Mapping[str, Any]) -> str:
        address = platform.get("address")
        address = address or self._settings.addresses.get(str(platform["id"]))
        if not address:
            raise NeedsConfiguration(code="address_missing")
        return str(address)


def _below(address: str, prefix: str) -> str:
    """A prefix is written with or without its first slash."""
    path = prefix.strip("/")
    return f"{address.rstrip('/')}/{path}" if path else address
