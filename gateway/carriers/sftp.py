"""A connection to an SFTP account: whom it reaches is known beforehand, or it is none.

The server is known by host keys that somebody entered; none is ever learnt. We are
known by a private key; no password, agent, configuration file or prompt of this
machine has a say.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import asyncssh

from gateway.carriers.destination import CheckedResolver
from gateway.carriers.ground import LOCAL, Ground
from gateway.domain.errors import FolderRefused, StoreUnavailable

PORT: Final = 22
#: Seconds: to connect and log in, and for one step of the protocol.
CONNECT_S = 15.0
STEP_S = 30.0
#: A connection of which nothing is heard for that many seconds, twice, is dead.
_KEEPALIVE_S: Final = 15
_KEEPALIVES: Final = 2
#: SHA-1 and DSA are not asked for; an old server gets a new key before it gets files.
_ALGORITHMS: Final = (
    *("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384"),
    *("ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256"),
)
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:_-]{0,252}[A-Za-z0-9])?")
_USER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}")

_T = TypeVar("_T")

HOST_KEY: Final = "sftp_host_key"
DENIED: Final = "sftp_denied"
NO_PERMISSION: Final = "sftp_no_permission"
KEY_UNUSABLE: Final = "sftp_key_unusable"
MISCONFIGURED: Final = "sftp_misconfigured"


@dataclass(frozen=True, slots=True)
class Account:
    """``[office.sftp]``: where the account is, and by which keys its server is known.

    ``key``: our private key, as ssh-keygen writes it, without a passphrase;
    ``folder``: below the place where a session begins.
    """

    host: str
    user: str
    host_keys: tuple[str, ...]
    key: str = field(repr=False)
    port: int = PORT
    folder: str = ""
    ground: Ground = LOCAL
    #: networks that its host may be in

    @classmethod
    def of(cls, told: Mapping[str, Any], key: str, ground: Ground = LOCAL) -> Account:
        """The account that an entry describes, whatever it is worth."""
        keys = told.get("host_keys", ())
        return cls(
            str(told["host"]),
            str(told["user"]),
            tuple(map(str, keys if isinstance(keys, list) else (keys,))),
            key,
            told.get("port", PORT),
            str(told.get("folder", "")),
            ground,
        )

    def misfits(self) -> Iterable[tuple[str, str]]:
        """Keys of the entry whose values cannot be, and what is wrong with each."""
        if not _HOST.fullmatch(self.host):
            yield "host", f"{self.host!r} không phải tên máy hoặc địa chỉ IP"
        if not _USER.fullmatch(self.user):
            yield "user", f"{self.user!r} không phải tên tài khoản"
        if type(self.port) is not int or not 0 < self.port < 65536:
            yield "port", f"{self.port!r} không phải số cổng"
        if ".." in self.folder.split("/"):
            yield "folder", "thư mục không được có .."
        if not self.host_keys:
            yield "host_keys", "chưa có khóa máy chủ nào; cổng không tự nhận khóa lạ"
        for one in self.host_keys:
            if not _is_public_key(one):
                yield "host_keys", "khóa máy chủ phải có dạng «ssh-ed25519 AAAA…»"


def _is_public_key(text: str) -> bool:
    kind, _, rest = text.strip().partition(" ")
    try:
        body = base64.b64decode(rest.split(" ")[0], validate=True)
        asyncssh.import_public_key(text.strip())
    except (ValueError, binascii.Error, asyncssh.KeyImportError):
        return False
    return kind in {"ssh-ed25519", "ssh-rsa"} or (
        kind.startswith("ecdsa-sha2-") and bool(body)
    )


class _Watching(asyncssh.SSHClient):
    """Trusts no key beyond those that were entered, and remembers what was shown."""

    shown = ""

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        """Called for a key that nobody entered."""
        del host, addr, port
        self.shown = key.get_fingerprint()
        return False


class Line:
    """The one connection of an account, opened when it is used and after it broke."""

    def __init__(self, account: Account) -> None:
        """Nothing is opened yet."""
        self._account = account
        self._opening = asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """The connection for some steps; what fails in them, in our words.

        Raises:
            FolderRefused: a person has to act.
            StoreUnavailable: nobody answers, or not in time; perhaps a step was done.
        """
        client = await self._ready()
        try:
            yield client
        except asyncssh.SFTPPermissionDenied as error:
            raise FolderRefused("sftp", code=NO_PERMISSION) from error
        except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection) as error:
            self.drop()
            raise _away(error) from error
        except asyncssh.SFTPError as error:
            raise StoreUnavailable(f"sftp: {type(error).__name__}") from error
        except (asyncssh.Error, OSError) as error:
            # A step that took too long is an OSError, too: TimeoutError.
            self.drop()
            raise _away(error) from error

    async def _ready(self) -> asyncssh.SFTPClient:
        async with self._opening:
            connection, client = self._connection, self._client
            if client is None or connection is None or connection.is_closed():
                self.drop()
                client = self._client = await self._connected()
            return client

    async def _connected(self) -> asyncssh.SFTPClient:
        if any(True for _ in self._account.misfits()):
            raise FolderRefused("sftp account", code=MISCONFIGURED)
        watching = _Watching()
        try:
            async with asyncio.timeout(CONNECT_S):
                self._connection = await self._connect(watching)
                # Names that are no UTF-8 are told apart as on a disk of ours.
                return await self._connection.start_sftp_client(
                    path_errors="surrogateescape"
                )
        except asyncssh.HostKeyNotVerifiable as error:
            raise FolderRefused(_shown(watching), code=HOST_KEY) from error
        except asyncssh.KeyExchangeFailed as error:
            # It has no key of any kind that was entered.
            raise FolderRefused(str(error.code), code=HOST_KEY) from error
        except asyncssh.PermissionDenied as error:
            raise FolderRefused("sftp login", code=DENIED) from error
        except (asyncssh.Error, asyncssh.SFTPError, OSError) as error:
            self.drop()
            raise _away(error) from error

    async def _connect(self, watching: _Watching) -> asyncssh.SSHClientConnection:
        """Connect to the first address of the host that answers and may be gone to."""
        options, last = self._options(), OSError(None, "no permitted address")
        resolver = CheckedResolver(ground=self._account.ground)
        found = await resolver.resolve(
            self._account.host, self._account.port, socket.AF_UNSPEC
        )
        for address in dict.fromkeys(str(one["host"]) for one in found):
            try:
                return await asyncssh.connect(
                    **{**options, "host": address}, client_factory=lambda: watching
                )
            except OSError as error:
                last = error
        raise last

    def _options(self) -> dict[str, Any]:
        account = self._account
        try:
            key = asyncssh.import_private_key(account.key)
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            # Also one that has a passphrase: nobody is here to type it.
            raise FolderRefused("sftp key", code=KEY_UNUSABLE) from error
        trusted = [asyncssh.import_public_key(one.strip()) for one in account.host_keys]
        return {
            "host": account.host,
            "port": account.port,
            "username": account.user,
            "client_keys": [key],
            "known_hosts": (trusted, [], []),
            "server_host_key_algs": _ALGORITHMS,
            "x509_trusted_certs": None,
            "config": None,
            "agent_path": None,
            "preferred_auth": ("publickey",),
            "password": None,
            "gss_host": None,
            "keepalive_interval": _KEEPALIVE_S,
            "keepalive_count_max": _KEEPALIVES,
        }

    def drop(self) -> None:
        """Let the connection go; the next step opens another."""
        if self._connection is not None:
            self._connection.abort()
        self._connection = self._client = None

    async def close(self) -> None:
        """Close it for good."""
        connection = self._connection
        self.drop()
        if connection is not None:
            await connection.wait_closed()


async def within(step: Awaitable[_T]) -> _T:
    """One step of the protocol, which must not take for ever.

    Raises:
        TimeoutError: it did.
    """
    async with asyncio.timeout(STEP_S):
        return await step


def _away(error: Exception) -> StoreUnavailable:
    return StoreUnavailable(f"sftp: {type(error).__name__}")


def _shown(watching: _Watching) -> str:
    return f"máy chủ trình khóa {watching.shown}" if watching.shown else "host key"
