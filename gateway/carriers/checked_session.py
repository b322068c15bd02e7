"""A session of ``requests`` for a library that brings it along: to checked addresses only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import (
    HTTPAdapter,
)
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

if TYPE_CHECKING:
    import socket

    from gateway.carriers.checked import Connector


class CheckedSession(requests.Session):
    """Follows no redirect, asks no proxy, looks a name up once."""

    def __init__(self, connect: Connector) -> None:
        """Nothing is connected before a request."""
        super().__init__()
        self.trust_env = False
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Checked(connect))

    def request(self, *args: Any, **options: Any) -> Any:
        """One request; what leads elsewhere is its answer."""
        return super().request(*args, **{**options, "allow_redirects": False})


class _Checked(HTTPAdapter):
    """Lends its pools connections that ``connect`` makes."""

    def __init__(self, connect: Connector) -> None:
        self._connect = connect
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        connect = self._connect

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return _connected(self, connect)

        class TLS(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return _connected(self, connect)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class TLSPool(HTTPSConnectionPool):
            ConnectionCls = TLS

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TLSPool}


def _connected(of: HTTPConnection, connect: Connector) -> socket.socket:
    timeout = of.timeout if isinstance(of.timeout, int | float) else None
    try:
        return connect((of.host, int(of.port or of.default_port)), timeout)
    except OSError as error:
        raise NewConnectionError(of, type(error).__name__) from error
