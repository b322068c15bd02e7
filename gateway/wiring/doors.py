"""Which applications listen where, by the settings."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.api.zones import (
    AGENCIES,
    CONSOLE,
    FRONT,
    MACHINES,
    Doors,
    Zone,
)
from gateway.relay.pairs import registered, shown_hash
from gateway.wiring.bounds import BoundedHTTP

if TYPE_CHECKING:
    import asyncio

    from starlette.types import ASGIApp

    from gateway.settings import Listen, RelayedSettings, Settings


class Secured(NamedTuple):
    """How a listener makes sure who connects."""

    context: ssl.SSLContext
    protocol: type[BoundedHTTP]


class Opening(NamedTuple):
    """One listener to be opened."""

    name: str
    app: ASGIApp
    listen: Listen
    secured: Secured | None = None


def doors(settings: Settings, front: ASGIApp, agencies: ASGIApp) -> list[Opening]:
    """Every listener of callers; zones are apart once the pages have their own.

    Raises:
        OSError: a certificate of ``[relayed]`` cannot be read.
        ValueError: a file holds none.
    """
    found = [Opening("agencies", Zone(agencies, AGENCIES), settings.agencies)]
    if settings.console is None:
        found.insert(0, Opening("front", front, settings.front))
    else:
        mine = (FRONT,) if settings.metrics else (FRONT, MACHINES)
        found.insert(0, Opening("front", Zone(front, *mine), settings.front))
        pages = Zone(front, CONSOLE)
        found.append(Opening("console", pages, settings.console))
    if settings.relayed is not None:
        inside = {"agencies": (AGENCIES, agencies), "one_stop": (FRONT, front)}
        apps = dict(inside[one] for one in settings.relayed.serves)
        secured = _secured(settings.relayed)
        found.append(Opening("relayed", Doors(apps), settings.relayed, secured))
    return found


def _secured(relayed: RelayedSettings) -> Secured:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(relayed.certificate, relayed.key)
    context.verify_mode = ssl.CERT_REQUIRED
    for path in relayed.relays:
        context.load_verify_locations(path)
    return Secured(context, _known_only(registered(relayed.relays)))


def _known_only(keys: frozenset[str]) -> type[BoundedHTTP]:
    """A protocol for callers with one of these keys and nobody else."""

    class KnownRelay(BoundedHTTP):
        def connection_made(  # type: ignore[override]  # as uvicorn has it
            self, transport: asyncio.Transport
        ) -> None:
            super().connection_made(transport)
            tls: Any = transport.get_extra_info("ssl_object")
            shown = tls.getpeercert(binary_form=True) if tls is not None else None
            if shown_hash(shown) not in keys:
                transport.abort()

    return KnownRelay
