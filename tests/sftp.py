"""A real OpenSSH server of the tests' own: its keys, its port, its account, and a wire."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from gateway.carriers.sftp import Account

SSHD = "/usr/sbin/sshd"
#: Waits for the end of its input, which comes with the end of whoever started it.
GUARD = 'cat >/dev/null; kill "$1"'
#: Accounts that a server may run as where we are root: it must be nobody special.
ACCOUNTS = ("postgres", "nobody")
CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/authorized
AuthenticationMethods publickey
UsePAM no
StrictModes no
MaxStartups 100
Subsystem sftp internal-sftp -d {folder}/home
"""


def _account() -> pwd.struct_passwd:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise AssertionError(f"none of the accounts {ACCOUNTS} is there")


class Server:
    """One sshd on loopback, of no rights; every test has a place of its own in it."""

    def __init__(self, folder: Path, more: str = "") -> None:
        """``folder`` is enterable by whoever the server runs as.

        ``more``: lines of its configuration; ``{home}`` is where a session begins.
        """
        assert Path(SSHD).exists(), "sshd is not installed (package openssh-server)"
        self.folder = folder
        self.own = _account()
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._as = {"user": self.own.pw_uid, "group": self.own.pw_gid}
            self._as["extra_groups"] = []
        self.home = folder / "home"
        self._more = more.format(home=self.home)
        self._hand_over(self.home)
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        (folder / "authorized").write_bytes(self.key.export_public_key())
        self.new_host_key("ssh-ed25519")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def _hand_over(self, path: Path) -> None:
        """A folder of the account's, where whoever runs the tests works, too."""
        path.mkdir(parents=True)
        os.chown(path, self.own.pw_uid, self.own.pw_gid)
        path.chmod(0o770)

    def new_host_key(self, kind: str) -> None:
        """Another key of the server, from its next start on."""
        self.host_key = asyncssh.generate_private_key(kind)
        path = self.folder / "host"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(self.host_key.export_private_key())
        os.chown(path, self.own.pw_uid, self.own.pw_gid)

    def place(self, *parts: str) -> Path:
        """A folder below which nobody else works, with these parts in it."""
        place = Path(tempfile.mkdtemp(dir=self.home))
        os.chown(place, self.own.pw_uid, self.own.pw_gid)
        for part in sorted(parts):
            self._hand_over(place / part)
        return place

    def account(self, **changed: object) -> Account:
        """How the gateway is told of it."""
        return Account.of(self.told(**changed), self.private_key)

    @property
    def private_key(self) -> str:
        """With which the account is entered."""
        return self.key.export_private_key().decode()

    def told(self, **changed: object) -> dict[str, Any]:
        """``[office.sftp]``."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": self.own.pw_name,
            "host_keys": [self.host_key.export_public_key().decode().strip()],
            **changed,
        }

    def start(self) -> None:
        """Start it, and wait until it listens."""
        config = self.folder / "sshd_config"
        told = CONFIG.format(port=self.port, folder=self.folder)
        config.write_text(told + self._more, "utf-8")
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._as,
            )
        self._guard = subprocess.Popen(
            ["sh", "-c", GUARD, "sh", str(self._process.pid)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        ends = time.monotonic() + 30
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > ends:
                raise AssertionError((self.folder / "log").read_text("utf-8")[-2000:])
            threading.Event().wait(0.02)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False

    def stop(self) -> None:
        """End it; sessions that are open go on."""
        if self._process is None or self._guard is None:
            return
        self._guard.kill()
        self._guard.communicate()
        self._process.terminate()
        self._process.wait(30)
        self._process = None


@contextlib.contextmanager
def running(more: str = "") -> Iterator[Server]:
    """A server until the end of the block; not below pytest's folder, which is ours."""
    with tempfile.TemporaryDirectory(prefix="lienthong-sftp-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        server = Server(folder, more)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@dataclass
class Wire:
    """Passes bytes on to a port, and is cut after so many from the client."""

    to_port: int
    port: int = 0
    #: Bytes from clients until their connection is cut; None: never.
    cut_after: int | None = None
    cuts: int = 0
    #: Nothing passes while it is not set; connections stay.
    passes: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Wire]:
        """Listen until the end of the block."""
        self.passes.set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            far, far_out = await asyncio.open_connection("127.0.0.1", self.to_port)
        except OSError:
            writer.transport.abort()
            return
        ways = [
            asyncio.create_task(self._pass(reader, far_out, counts=True)),
            asyncio.create_task(self._pass(far, writer, counts=False)),
        ]
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.transport.abort()
            far_out.transport.abort()

    async def _pass(
        self, come: asyncio.StreamReader, go: asyncio.StreamWriter, *, counts: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await come.read(16384):
                await self.passes.wait()
                if counts and self.cut_after is not None:
                    self.cut_after -= len(piece)
                    if self.cut_after < 0:
                        self.cut_after = None
                        self.cuts += 1
                        return
                go.write(piece)
                await go.drain()
