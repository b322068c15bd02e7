"""The folder of a mock on an SFTP server of our own, so that a kit reaches it as any other."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh

LOOPBACK = "127.0.0.1"
USER = "bo-thu"
KIND = "ssh-ed25519"


class _Files(asyncssh.SFTPServer):
    """Names nobody in its listings: whom a file belongs to is asked by no kit."""

    def format_user(self, uid: int | None) -> str:
        """As a number."""
        return str(uid)

    def format_group(self, gid: int | None) -> str:
        """As a number."""
        return str(gid)


@asynccontextmanager
async def serving(
    folder: Path, run_dir: Path, opening: Mapping[str, Any]
) -> AsyncIterator[tuple[str, Path, str]]:
    """Address, private key and host key; ``opening``: what else the server is told."""
    host, own = asyncssh.generate_private_key(KIND), run_dir / "sftp"
    key = asyncssh.generate_private_key(KIND)
    own.touch(mode=0o600)
    own.write_bytes(key.export_private_key())
    known = asyncssh.import_authorized_keys(key.export_public_key().decode())

    def files(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return _Files(channel, chroot=os.fsencode(folder))

    told: dict[str, Any] = {
        "server_host_keys": [host],
        "authorized_client_keys": known,
        "sftp_factory": files,
        "gss_host": None,
        "encryption_algs": ("aes128-gcm@openssh.com",),
        **opening,
    }
    server = await asyncssh.listen(LOOPBACK, 0, **told)
    try:
        address = f"sftp://{USER}@{LOOPBACK}:{server.get_port()}"
        yield address, own, host.export_public_key().decode().strip()
    finally:
        server.close()
        await server.wait_closed()
