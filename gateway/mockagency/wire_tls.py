"""A mock's TLS: a certificate of a folder for tests, or a wrong one while it is planned."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from gateway.mockagency import pki

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVER = "may-chu"
#: Which certificate a fault of TLS shows.
SHOWN = {
    "tls_expired": "het-han",
    "tls_not_yet": "chua-hieu-luc",
    "tls_wrong_name": "sai-ten",
    "tls_wrong_chain": "sai-goc",
}
OLD = "tls_old"
GOOD = "tot"


@dataclass(frozen=True, slots=True)
class TLS:
    """What a mock shows, and whether it asks who calls."""

    folder: Path
    #: as ``lienthong mock pki`` makes it
    certificate: str = GOOD
    asks_clients: bool = False

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> TLS:
        """A table ``tls``: ``folder``, ``certificate``, ``client``, ``port``.

        Raises:
            ValueError: the folder has no such certificate.
        """
        folder = Path(str(raw["folder"]))
        name = str(raw.get("certificate", GOOD))
        known = sorted(
            path.name.removeprefix(f"{SERVER}.").removesuffix(".cert.pem")
            for path in folder.glob(f"{SERVER}.*.cert.pem")
        )
        if name not in known:
            there = ", ".join(known) or "không có chứng thư nào"
            raise ValueError(f"{folder}: không có chứng thư {name!r}; có: {there}.")
        return cls(folder, name, bool(raw.get("client", False)))

    def serving(self, shown: Callable[[], str]) -> ssl.SSLContext:
        """A context for a listener; ``shown``: the fault of the moment, or empty."""
        every = {do: self._context(name) for do, name in SHOWN.items()}
        every |= {"": self._context(self.certificate), OLD: self._old()}
        return _Chosen(lambda: every[shown()])

    def _context(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate, key = pki.pair(self.folder, SERVER, name)
        context.load_cert_chain(certificate, key)
        if self.asks_clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.folder / f"{pki.AUTHORITY}.pem")
        return context

    def _old(self) -> ssl.SSLContext:
        """What nobody should speak any more; the library warns, and rightly."""
        context = self._context(self.certificate)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context


class _Chosen(ssl.SSLContext):
    """Another context for each connection: both event loops ask it for an object."""

    def __new__(cls, choose: Callable[[], ssl.SSLContext]) -> Self:
        """Its own certificate is none: it is never shown."""
        del choose
        return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    def __init__(self, choose: Callable[[], ssl.SSLContext]) -> None:
        """``choose``: called once for each connection."""
        self._choose = choose

    def wrap_bio(self, *arguments: Any, **named: Any) -> ssl.SSLObject:
        """The object of a new connection."""
        return self._choose().wrap_bio(*arguments, **named)
