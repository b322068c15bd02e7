"""A database at one point, by the server's own tools; and back into an empty one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from gateway.domain.errors import BackupFailed, RestoreRefused
from gateway.store.postgres.connection import connect
from gateway.store.postgres.migrate import version
from gateway.store.remnants import RESTORING, set_mark
from gateway.store.snapshot import Facts, facts, files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gateway.store.postgres.connection import ServerConnection

_PIECE = 256 * 1024
_TOOLS = Path("/usr/lib/postgresql")
_MAJOR = re.compile(r"\(PostgreSQL\) (\d+)")
#: What libpq calls a parameter in the environment of a program.
_ENVIRONMENT = {
    "host": "PGHOST",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}
_TABLES = (
    "SELECT count(*) FROM information_schema.tables"
    " WHERE table_schema = current_schema()"
)


def program(name: str, server: int) -> str:
    """A tool of the server's package that fits the server.

    Raises:
        BackupFailed: there is none, or it is older than the server.
    """
    wanted = f"Cài gói postgresql-client-{server} trên máy này rồi chạy lại."
    known = [_TOOLS / str(server) / "bin" / name, shutil.which(name)]
    found = [str(path) for path in known if path and Path(path).exists()]
    if not found:
        raise BackupFailed(
            f"{name} is not installed",
            code="backup_tool_missing",
            remedy=f"Không có {name} (máy chủ là PostgreSQL {server}). {wanted}",
        )
    told = subprocess.run(  # noqa: S603  a program of the system
        [found[0], "--version"], capture_output=True, text=True, check=False
    ).stdout
    match = _MAJOR.search(told)
    own = int(match[1]) if match else 0
    if own < server:
        raise BackupFailed(
            f"{name} {own} is older than server {server}",
            code="backup_tool_too_old",
            remedy=f"{name} trên máy này là bản {own}, cũ hơn máy chủ PostgreSQL"
            f" {server}. {wanted}",
        )
    return found[0]


class DatabaseSnapshot:
    """One point of a database, as long as it is held."""

    def __init__(
        self, db: ServerConnection, parameters: Mapping[str, Any], known: Facts
    ) -> None:
        """The connection's transaction holds the point."""
        self._db = db
        self._parameters = parameters
        self.facts = known

    def database(self) -> Iterator[bytes]:
        """What the server's own tool writes of it.

        Raises:
            BackupFailed: it did not come to its end.
        """
        server = self._db.driver.info.server_version // 10_000
        point = str(self._db.execute("SELECT pg_export_snapshot()").get)
        command = [
            *(program("pg_dump", server), "--format=custom", "--no-password"),
            *("--no-owner", "--no-privileges", f"--snapshot={point}"),
        ]
        info = self._db.driver.info
        # The point is known on the very server that holds it, of several.
        here = {**self._parameters, "host": info.host, "port": info.port}
        with tempfile.TemporaryFile() as said:
            with subprocess.Popen(  # noqa: S603  a program of the system
                command,
                stdout=subprocess.PIPE,
                stderr=said,
                stdin=subprocess.DEVNULL,
                env=_environment(here),
            ) as process:
                try:
                    while piece := process.stdout.read(_PIECE):  # type: ignore[union-attr]
                        yield piece
                except BaseException:
                    process.kill()
                    raise
            if process.returncode:
                raise BackupFailed(
                    f"pg_dump ended with {process.returncode}: {_last_line(said)}",
                    remedy="pg_dump không chạy đến cùng (quyền đọc, mất nối, máy chủ"
                    " dừng): xem nhật ký PostgreSQL rồi chạy lại. Chưa có bản sao mới.",
                )

    def files(self) -> Iterator[tuple[str, int]]:
        """What it names."""
        return files(self._db)


@contextmanager
def database_snapshot(
    parameters: Mapping[str, Any], master_mark: str
) -> Iterator[DatabaseSnapshot]:
    """Hold a point of the database; nodes go on.

    Raises:
        StoreUnavailable: nobody answers.
        BackupFailed: it cannot be read.
    """
    db = connect(parameters)
    try:
        db.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield DatabaseSnapshot(db, parameters, facts(db, version(db), master_mark))
    except psycopg.Error as error:
        raise BackupFailed(f"{type(error).__name__} {error.sqlstate or ''}") from error
    finally:
        db.close()


def refuse_used(parameters: Mapping[str, Any]) -> None:
    """See that a database is there and has nothing in it.

    Raises:
        RestoreRefused: it has tables.
        StoreUnavailable: nobody answers.
    """
    db = connect(parameters)
    try:
        if db.execute(_TABLES).get:
            raise RestoreRefused(
                f"{parameters['dbname']} has tables",
                code="restore_not_empty",
                remedy=f"Cơ sở dữ liệu {parameters['dbname']} không trống. Tạo một cơ sở"
                " dữ liệu mới (createdb), ghi tên nó vào [store] dbname, rồi chạy lại."
                " Không xóa cơ sở dữ liệu cũ trước khi bản khôi phục chạy được.",
            )
    finally:
        db.close()


def load(parameters: Mapping[str, Any], pieces: Iterable[bytes]) -> None:
    """Bring what ``database`` gave into an empty database: all of it, or nothing.

    Raises:
        RestoreRefused: the database is not empty, or the tool did not end well.
    """
    refuse_used(parameters)
    db = connect(parameters)
    server = db.driver.info.server_version // 10_000
    db.close()
    command = [
        *(program("pg_restore", server), "--no-owner", "--no-privileges"),
        *("--no-password", "--single-transaction", "--exit-on-error"),
        f"--dbname={parameters['dbname']}",
    ]
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(  # noqa: S603  a program of the system
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=_environment(parameters),
        ) as process:
            try:
                for piece in pieces:
                    process.stdin.write(piece)  # type: ignore[union-attr]
            except BrokenPipeError:
                pass  # its own words say why
            except BaseException:
                process.kill()
                raise
            finally:
                _close(process)
        if process.returncode:
            raise RestoreRefused(
                f"pg_restore ended with {process.returncode}: {_last_line(said)}",
                remedy="pg_restore không chạy đến cùng; cơ sở dữ liệu vẫn trống. Xem"
                " nhật ký PostgreSQL (bản máy chủ không được cũ hơn bản đã sao lưu).",
            )
    db = connect(parameters)
    try:
        # No gateway starts on it before it was checked, and noted as restored.
        set_mark(db, RESTORING, "1")
        db.script("ANALYZE")
    finally:
        db.close()


def _close(process: subprocess.Popen[bytes]) -> None:
    try:
        if process.stdin is not None:
            process.stdin.close()
    except BrokenPipeError:
        pass


def _environment(parameters: Mapping[str, Any]) -> dict[str, str]:
    """The password is in no argument: those can be read by everybody on the machine."""
    own = {
        _ENVIRONMENT[name]: str(value)
        for name, value in parameters.items()
        if name in _ENVIRONMENT
    }
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("PG")
    }
    # Of several hosts, the one that is written: a snapshot is known to no other.
    told = {
        "PGAPPNAME": "lienthong backup",
        "PGCONNECT_TIMEOUT": "10",
        "PGTARGETSESSIONATTRS": "read-write",
    }
    return {**kept, **own, **told}


def _last_line(said: Any) -> str:
    said.seek(0)
    lines = said.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else ""
