"""Networks that we go to: public ones, and those that an office's entry names."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    Address = IPv4Address | IPv6Address

#: Where clouds tell a machine its own secrets; nobody's networks make them an agency's.
_METADATA = frozenset(
    ip_address(one)
    for one in ("169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")
)
#: IPv6 that stands for an IPv4 address behind a translator (RFC 6052).
_TRANSLATED = IPv6Network("64:ff9b::/96")
#: The same with addresses of a network's own (RFC 8215): nobody knows which.
_TRANSLATED_LOCALLY = IPv6Network("64:ff9b:1::/48")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where one carrier may go.

    ``networks``: beside public ones. ``local``: this machine and private networks
    too, as mocks and tests need it; a *name* may mean this machine only by its own.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    local: bool = False

    def permits(self, text: str, name: str = "localhost") -> bool:
        """Whether an address, found for a name, may be gone to."""
        found = _read(text)
        if found is None:
            return False
        itself = name.lower() in {"localhost", text}
        return all(self._permits(one, itself=itself) for one in _meant(found))

    def _permits(self, address: Address, *, itself: bool) -> bool:
        never = address.is_unspecified or address.is_multicast or address.is_link_local
        if never or address in _METADATA:
            return False
        if self.local:
            return itself or not address.is_loopback
        if any(address in network for network in self.networks):
            return True
        strange = isinstance(address, IPv6Address) and (
            address in _TRANSLATED_LOCALLY
            or address.teredo is not None
            or address.is_site_local
        )
        return address.is_global and not address.is_reserved and not strange


#: Mock mode, tests and the conformance kit.
LOCAL = Ground(local=True)
#: Public networks alone.
PUBLIC = Ground()


def ground_of(networks: Iterable[object]) -> Ground:
    """Public networks and these.

    Raises:
        ValueError: one is no network.
    """
    return Ground(tuple(ip_network(str(one)) for one in networks))


def _read(text: str) -> Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _meant(address: Address) -> Iterable[Address]:
    """An address, and the one that it stands for: where packets go in the end."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address, address.sixtofour)
    if address in _TRANSLATED:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return (address,)
