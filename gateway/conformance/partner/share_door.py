"""What an SFTP account lets its bearer do beside files; nothing is done with it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncssh

from gateway.conforming import Door, NotTried

if TYPE_CHECKING:
    from gateway.carriers.sftp import Account

PATIENCE_S = 15.0
#: Harmless, and there on every system.
COMMAND = "exit 7"
RAN = 7
_AWAY = (asyncssh.Error, OSError)


async def tried(account: Account) -> Door:
    """Ask for a program, a connection and a password.

    Raises:
        NotTried: the account is not entered at all.
    """
    key = asyncssh.import_private_key(account.key)
    try:
        async with (
            asyncio.timeout(PATIENCE_S),
            asyncssh.connect(**_known(account), client_keys=[key]) as connection,
        ):
            runs = await _runs(connection)
            forwards = await _forwards(connection, account.port)
        return Door(runs, forwards, await _asks_password(account))
    except _AWAY as away:
        raise NotTried(f"không vào được tài khoản ({type(away).__name__})") from away


def _known(account: Account) -> dict[str, Any]:
    keys = [asyncssh.import_public_key(one.strip()) for one in account.host_keys]
    return {
        "host": account.host,
        "port": account.port,
        "username": account.user,
        "known_hosts": (keys, [], []),
        "x509_trusted_certs": None,
        "config": None,
        "agent_path": None,
        "gss_host": None,
    }


async def _runs(connection: asyncssh.SSHClientConnection) -> bool:
    """Whether a command is carried out; an account of files alone answers otherwise."""
    try:
        async with asyncio.timeout(PATIENCE_S / 3):
            ended = await connection.run(COMMAND, stdin=asyncssh.DEVNULL)
    except (*_AWAY, asyncssh.ProcessError):
        return False
    return ended.exit_status == RAN


async def _forwards(connection: asyncssh.SSHClientConnection, port: int) -> bool:
    """Whether it connects us to its own port, by way of itself."""
    try:
        async with asyncio.timeout(PATIENCE_S / 3):
            _, writer = await connection.open_connection("127.0.0.1", port)
    except _AWAY:
        return False
    writer.close()
    return True


class _Asked(asyncssh.SSHClient):
    """Remembers whether a password was asked for."""

    asked = False

    def password_auth_requested(self) -> str | None:
        """It would be taken; none is given."""
        self.asked = True
        return None

    def kbdint_auth_requested(self) -> str | None:
        """The same by questions."""
        self.asked = True
        return None


async def _asks_password(account: Account) -> bool:
    watching = _Asked()
    try:
        async with (
            asyncio.timeout(PATIENCE_S / 3),
            asyncssh.connect(
                **_known(account),
                client_keys=(),
                preferred_auth=("password", "keyboard-interactive"),
                client_factory=lambda: watching,
            ),
        ):
            return True
    except _AWAY:
        return watching.asked
