"""A PostgreSQL server of the tests' own: its folder, its port, its password."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from gateway.store.postgres.migrate import prepare
from gateway.store.postgres.store import PostgresStore

#: Opens another node on a test's database.
Node = Callable[..., Awaitable[PostgresStore]]
#: Waits for the end of its input, which comes with the end of whoever started it: a
#: test that runs out of time ends pytest at once, without a goodbye to its server.
GUARD = (
    'cat >/dev/null; kill -INT "$1"; while kill -0 "$1"; do sleep 0.1; done; rm -r "$2"'
)
#: It ends up in no address: each of these means something in one.
PASSWORD = "p@ss:w/o?r#d%&+ ='\\"
#: Accounts that a server may run as where we are root, which it refuses.
ACCOUNTS = ("postgres", "nobody")
TEMPLATE = "migrated"
#: Where there is one: a disk in memory. The server syncs there as anywhere, which costs
#: nothing; on a busy disk a fresh database for a test takes seconds.
MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3


def _place() -> Path | None:
    """Where servers lie; None: where temporary files do."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        return None
    return MEMORY


def program(name: str) -> str:
    """A program of the server's package, which Debian keeps off the path."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(kept[-1]) if kept else None)
    assert found, f"{name} is not installed (package postgresql)"
    return found


class Server:
    """One server process; every test has a database of its own on it."""

    def __init__(self, folder: Path, *, by_socket: bool = False) -> None:
        """``folder`` is enterable by whoever the server runs as.

        ``by_socket``: it is reached by a socket of the file system, as a server on the
        same machine is, and by nothing else.
        """
        self._data = folder / "data"
        self._host, self._socket = ("127.0.0.1", "")
        if by_socket:
            self._host = self._socket = str(folder)
        self._log = folder / "server.log"
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = self._account()
            os.chown(folder, account.pw_uid, account.pw_gid)
            self._as = {"user": account.pw_uid, "group": account.pw_gid}
            self._as["extra_groups"] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._numbers = itertools.count()
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @staticmethod
    def _account() -> pwd.struct_passwd:
        for name in ACCOUNTS:
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise AssertionError(f"none of the accounts {ACCOUNTS} is there")

    def parameters(self, dbname: str = "postgres", **more: Any) -> dict[str, Any]:
        """What libpq needs to reach a database."""
        known = {"host": self._host, "port": self.port, "user": "gateway"}
        return {**known, "password": PASSWORD, "dbname": dbname, **more}

    def create(self) -> None:
        """Make the folder of data, and the database that tests copy."""
        secret = self._data.parent / "secret"
        secret.write_text(PASSWORD, "utf-8")
        subprocess.run(
            [
                *(program("initdb"), "-D", self._data, "-U", "gateway"),
                *("--auth=scram-sha-256", f"--pwfile={secret}"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
            ],
            check=True,
            capture_output=True,
            cwd=self._data.parent,
            **self._as,
        )
        secret.unlink()
        self.start()
        self.admin(f"CREATE DATABASE {TEMPLATE}")
        prepare(self.parameters(TEMPLATE))

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(program("postgres"), "-D", self._data, "-p", str(self.port)),
                    *("-c", f"listen_addresses={'' if self._socket else self._host}"),
                    *("-c", f"unix_socket_directories={self._socket}"),
                ],
                stdout=log,
                stderr=log,
                cwd=self._data.parent,
                **self._as,
            )
        self._guard = subprocess.Popen(
            ["sh", "-c", GUARD, "sh", str(self._process.pid), self._data.parent],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        ends = time.monotonic() + 30
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > ends:
                raise AssertionError(self._log.read_text("utf-8")[-2000:])
            threading.Event().wait(0.02)

    def _answers(self) -> bool:
        try:
            psycopg.connect(**self.parameters(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: by default every session is ended, with SIGQUIT without a goodbye."""
        assert self._process is not None
        assert self._guard is not None
        self._guard.kill()
        self._guard.communicate()
        self._process.send_signal(how)
        self._process.wait(30)
        self._process = None

    def revive(self) -> None:
        """Start it again if it has ended by itself, as on a disk that was full."""
        if self._process is not None and self._process.poll() is not None:
            assert self._guard is not None
            self._guard.kill()
            self._guard.communicate()
            self.start()

    def let_files_grow(self, size: int | None) -> None:
        """From now on none of its files may be larger: as on a full disk; None: any."""
        assert self._process is not None
        self._limit(self._process.pid, size)
        # Who is started from now on has it from its parent.
        task = Path(f"/proc/{self._process.pid}/task/{self._process.pid}")
        for pid in (task / "children").read_text("utf-8").split():
            self._limit(int(pid), size)

    def _limit(self, pid: int, size: int | None) -> None:
        limit = "unlimited" if size is None else size
        done = subprocess.run(
            ["prlimit", f"--fsize={limit}:unlimited", "--pid", str(pid)],
            check=False,
            stderr=subprocess.DEVNULL,
            **self._as,
        )
        # Who has ended meanwhile needs no limit.
        assert not done.returncode or not Path(f"/proc/{pid}").exists()

    def admin(self, statement: str) -> list[tuple[Any, ...]]:
        """One statement of the server's owner."""
        with psycopg.connect(**self.parameters(), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[dict[str, Any]]:
        """A fresh database; gone afterwards."""
        name = f"test_{next(self._numbers)}"
        self.admin(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.parameters(name)
        finally:
            self.admin(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running(*, on_disk: bool = False, by_socket: bool = False) -> Iterator[Server]:
    """A server for as long as it is needed; not below pytest's folder, which is ours alone.

    ``on_disk``: where a sync costs what it costs, for whoever measures or cuts power.
    """
    place = None if on_disk else _place()
    made = tempfile.TemporaryDirectory(prefix="lienthong-pg-", dir=place)
    with made as folder:
        server = Server(Path(folder), by_socket=by_socket)
        try:
            server.create()
            yield server
        finally:
            if server._process is not None:
                server.stop()
