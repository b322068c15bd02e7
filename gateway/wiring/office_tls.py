"""TLS of one office or platform: its own authorities, and the certificate it is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.carriers.carrier import Carrier
from gateway.carriers.destination import Destination
from gateway.carriers.ground import LOCAL
from gateway.carriers.http import HTTPCarrier
from gateway.carriers.tls import tls_context
from gateway.domain.errors import NeedsConfiguration
from gateway.domain.way_words import WAY_WORDS

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from gateway.carriers.carrier import AnswerStream
    from gateway.carriers.ground import Ground
    from gateway.carriers.http import HTTPAnswer
    from gateway.carriers.line import Line

#: Of ``[office.tls]`` and ``[platform.tls]``: a file; the name of a pair.
AUTHORITIES, CERTIFICATE = "authorities", "certificate"


def files_of(said: Mapping[str, object]) -> Iterable[str]:
    """Names of the files in the folder of keys that ``[office.tls]`` asks for."""
    if AUTHORITIES in said:
        yield str(said[AUTHORITIES])
    if CERTIFICATE in said:
        yield f"{said[CERTIFICATE]}.cert.pem"
        yield f"{said[CERTIFICATE]}.key.pem"


def missing(said: Mapping[str, object], keys: Path) -> Iterable[str]:
    """Those that are not there; a name that leads elsewhere is none."""
    for name in files_of(said):
        if "/" in name or not (keys / name).is_file():
            yield name


def context_of(said: Mapping[str, object], keys: Path) -> ssl.SSLContext:
    """What verifies this office, and what we show it.

    Raises:
        NeedsConfiguration: a file is missing, or is no such thing.
    """
    try:
        for name in missing(said, keys):
            raise FileNotFoundError(name)
        pair = str(said.get(CERTIFICATE, ""))
        return tls_context(
            authorities=keys / str(said[AUTHORITIES]) if AUTHORITIES in said else None,
            certificate=keys / f"{pair}.cert.pem" if pair else None,
            key=keys / f"{pair}.key.pem" if pair else None,
        )
    except OSError as wrong:  # of which errors of TLS are some
        raise NeedsConfiguration(
            f"{type(wrong).__name__}",
            code="tls_files_wrong",
            remedy=WAY_WORDS["tls_files_wrong"][1],
        ) from wrong


def carrier_of(
    base: str,
    connections: int,
    said: Mapping[str, object] | None,
    keys: Path,
    ground: Ground,
) -> Carrier:
    """A carrier straight to an address; what nobody says is the system's affair.

    Raises:
        AddressRefused: the base is no address that a carrier may go to.
    """
    if said:
        return OwnTLS(base, connections, said, keys, ground)
    return HTTPCarrier(base, connections=connections, ground=ground)


class OwnTLS(Carrier):
    """A carrier by a table ``tls``.

    Its files are read for the first request, again and again until they are good: an
    office whose file is missing waits for it, and goes on without a new start.
    """

    def __init__(
        self,
        base: str,
        connections: int,
        said: Mapping[str, object],
        keys: Path,
        ground: Ground = LOCAL,
    ) -> None:
        """Read nothing yet.

        Raises:
            AddressRefused: the base is no address that a carrier may go to.
        """
        self.destination = Destination(base, ground)
        self._base = base
        self._connections = connections
        self._said = said
        self._keys = keys
        self._made: HTTPCarrier | None = None

    async def send(self, *arguments: Any, **named: Any) -> HTTPAnswer:
        """As ``HTTPCarrier`` does.

        Raises:
            NeedsConfiguration: a file is missing, or is no such thing.
        """
        return await self._carrier().send(*arguments, **named)

    def receive(
        self, *arguments: Any, **named: Any
    ) -> AbstractAsyncContextManager[AnswerStream]:
        """As ``HTTPCarrier`` does.

        Raises:
            NeedsConfiguration: a file is missing, or is no such thing.
        """
        return self._carrier().receive(*arguments, **named)

    def line(self) -> Line:
        """As ``HTTPCarrier`` does, with the certificate that is shown.

        Raises:
            NeedsConfiguration: a file is missing, or is no such thing.
        """
        found, pair = self._carrier().line(), self._said.get(CERTIFICATE)
        if not pair:
            return found
        return replace(found, certificate=self._keys / f"{pair}.cert.pem")

    async def close(self) -> None:
        """Close every connection."""
        if self._made is not None:
            await self._made.close()

    def _carrier(self) -> HTTPCarrier:
        if self._made is None:
            tls = context_of(self._said, self._keys)
            self._made = HTTPCarrier(
                self._base,
                connections=self._connections,
                tls=tls,
                ground=self.destination.ground,
            )
        return self._made
