"""Networks of offices and platforms: what their entries name, and in mock mode this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.carriers.destination import AddressRefused, Destination
from gateway.carriers.ground import LOCAL, ground_of
from gateway.routing.finding import Finding
from gateway.routing.lint import Places
from gateway.settings import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from gateway.carriers.ground import Ground
    from gateway.routing.catalogue import Catalogue
    from gateway.settings import Settings


def ground_for(settings: Settings, entry: Mapping[str, Any]) -> Ground:
    """Where what is described by an entry may lie.

    Raises:
        ValueError: ``networks`` names one that is none.
    """
    if settings.profile is Profile.MOCK:
        return LOCAL
    return ground_of(_listed(entry.get("networks", ())))


def own_ground(settings: Settings) -> Ground:
    """Where servers may lie that a machine's own settings name: mail, sign-in, alerts.

    This machine and private networks too, unless ``own_networks`` says which; never
    what tells a machine its own secrets, nor this machine under another name.

    Raises:
        ValueError: ``own_networks`` names one that is none.
    """
    given = settings.own_networks
    return LOCAL if given is None else ground_of(given)


def off_ground(
    content: Mapping[str, Any], catalogue: Catalogue, settings: Settings | None
) -> Iterable[Finding]:
    """Networks that are none, and addresses outside of what may be gone to."""
    places = Places(content)
    for office in catalogue.offices.values():
        networks = office.settings.get("networks", ())
        try:
            ground = ground_of(_listed(networks))
        except ValueError:
            yield Finding(
                places.office(office.id, "networks"),
                f"Cơ quan {office.id}: networks có phần không phải dải mạng",
                'Ghi như networks = ["10.20.0.0/16"].',
            )
            continue
        address = str(office.settings.get("address") or "")
        if settings is None or settings.profile is Profile.MOCK or not address:
            continue
        try:
            Destination(address, ground)
        except AddressRefused:
            yield Finding(
                places.office(office.id, "address"),
                f"Cơ quan {office.id}: địa chỉ không dùng được, hoặc ở mạng riêng mà"
                " networks chưa nêu",
                'Sửa address, hoặc ghi networks = ["dải mạng của cơ quan"].',
            )


def _listed(value: Any) -> list[Any]:
    # One network without brackets would be read letter by letter.
    if isinstance(value, str):
        raise AddressRefused("networks is a list")
    return list(value)
