"""Opening the file: settings that durability rests on, read back and told."""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING, Any

import apsw

from gateway.domain.errors import StoreUnavailable
from gateway.store.dialect import SQLITE, Dialect

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gateway.store.database import Row

#: Another process (a backup) may hold the file for a moment; a loop waits for it.
BUSY_MS = 250
#: Pages of 4 KiB; negative numbers are KiB.
WRITER_CACHE_KIB = 32 * 1024
READER_CACHE_KIB = 8 * 1024
#: Pages in the log after which the writer carries them over into the file.
CHECKPOINT_PAGES = 4_000
_PROBES = 3
#: What a disk in trouble is to a statement that only looks; all else is our mistake.
_DISK = (
    apsw.IOError,
    apsw.FullError,
    apsw.CantOpenError,
    apsw.BusyError,
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.ReadOnlyError,
    apsw.ProtocolError,
    apsw.InterruptError,
)
_REMEDY = "Quản trị xem nhật ký khởi động của cổng; hồ sơ chưa được ghi nhận."


class FileConnection(apsw.Connection):
    """A connection of SQLite that knows which text of a statement it understands."""

    dialect: Dialect = SQLITE

    def unless_changed(self, count: int, otherwise: Callable[[], None]) -> None:
        """Call it at once if the last statement changed another number of rows."""
        if self.changes() != count:
            otherwise()


class _Found:
    """Rows of one statement, all of them read."""

    __slots__ = ("_rows",)

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def fetchall(self) -> list[Row]:
        return self._rows

    def fetchone(self) -> Row | None:
        return self._rows[0] if self._rows else None

    @property
    def get(self) -> Any:
        return self._rows[0][0] if self._rows else None


class LookingConnection:
    """A connection that can only look; a disk that gives nothing is told as such."""

    dialect: Dialect = SQLITE

    def __init__(self, path: Path, vfs: str | None = None) -> None:
        """Open one.

        Raises:
            StoreUnavailable: the disk gives nothing.
        """
        try:
            self._db = open_reader(path, vfs)
        except apsw.Error as error:
            raise StoreUnavailable(type(error).__name__) from error

    @property
    def driver(self) -> FileConnection:
        """The driver's connection, for what is no statement of the store."""
        return self._db

    def execute(self, statements: str, bindings: Sequence[Any] = (), /) -> _Found:
        """Run one statement and read all its rows.

        Raises:
            StoreUnavailable: the disk gave nothing; the next call asks it anew.
        """
        try:
            return _Found(self._db.execute(statements, bindings).fetchall())
        except _DISK as error:
            raise StoreUnavailable(type(error).__name__) from error

    def changes(self) -> int:
        """Nothing is changed here."""
        return 0

    def unless_changed(self, count: int, otherwise: Callable[[], None]) -> None:
        """Nothing is changed here."""
        if count:
            otherwise()

    def close(self) -> None:
        """Close it."""
        self._db.close()


def has_wal_reset_bug(version: str) -> bool:
    """Whether this SQLite may lose commits when it resets its log.

    Fixed in 3.51.3, and in the older lines from 3.50.7 and 3.44.6 on.
    """
    major, minor, patch = (int(part) for part in version.split("."))
    fixed = {(3, 50): 7, (3, 44): 6}.get((major, minor))
    if fixed is not None:
        return patch < fixed
    return (major, minor, patch) < (3, 51, 3)


def refuse_weak(facts: dict[str, str]) -> None:
    """Refuse to keep anything where a commit would not be durable.

    Raises:
        StoreUnavailable: log mode or synchronisation is weaker than needed.
    """
    if has_wal_reset_bug(facts["sqlite"]):
        raise StoreUnavailable(
            f"SQLite {facts['sqlite']} has the WAL-reset bug",
            code="store_sqlite_too_old",
            remedy="Cài bản apsw mới hơn (SQLite từ 3.51.3).",
        )
    if facts["journal_mode"] != "wal" or facts["synchronous"] not in {"full", "extra"}:
        raise StoreUnavailable(
            f"journal_mode={facts['journal_mode']} synchronous={facts['synchronous']}",
            code="store_not_durable",
            remedy=_REMEDY,
        )


class FileLock:
    """One process owns the file; the system frees the lock when it dies."""

    def __init__(self, path: Path) -> None:
        """Take the lock at once.

        Raises:
            StoreUnavailable: another process has it, or the folder is closed to us.
        """
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreUnavailable(
                f"{path.name}: {error.strerror}",
                code="store_not_openable",
                remedy=_REMEDY,
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise StoreUnavailable(
                f"{path.name} is held by another process",
                code="store_in_use",
                remedy="Đã có một tiến trình cổng liên thông dùng tệp dữ liệu này;"
                " dừng tiến trình đó trước.",
            ) from error

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._file)


def open_writer(path: Path, vfs: str | None = None) -> FileConnection:
    """The one connection that writes and checkpoints."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = FileConnection(os.fspath(path), vfs=vfs, statementcachesize=200)
    db.set_busy_timeout(BUSY_MS)
    db.pragma("journal_mode", "wal")
    db.pragma("synchronous", "full")
    db.pragma("cache_size", -WRITER_CACHE_KIB)
    db.pragma("temp_store", "memory")
    # What is deleted is written over, so that nobody finds it in the file later.
    db.pragma("secure_delete", value=True)
    db.pragma("trusted_schema", value=False)
    db.wal_autocheckpoint(CHECKPOINT_PAGES)
    _keep_plans(db)
    return db


def open_reader(path: Path, vfs: str | None = None) -> FileConnection:
    """A connection that can only look."""
    db = FileConnection(
        os.fspath(path),
        vfs=vfs,
        flags=apsw.SQLITE_OPEN_READWRITE,
        statementcachesize=100,
    )
    db.set_busy_timeout(BUSY_MS)
    db.pragma("query_only", value=True)
    db.pragma("cache_size", -READER_CACHE_KIB)
    db.pragma("temp_store", "memory")
    _keep_plans(db)
    return db


def _keep_plans(db: apsw.Connection) -> None:
    """Let no plan depend on a bound value: else SQLite may plan at each new one."""
    db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)


def facts_of(db: apsw.Connection, path: Path, schema: int) -> dict[str, str]:
    """What the store really runs with, as read back."""
    levels = {0: "off", 1: "normal", 2: "full", 3: "extra"}
    return {
        "store": "sqlite",
        "sqlite": apsw.sqlite_lib_version(),
        "journal_mode": str(db.pragma("journal_mode")),
        "synchronous": levels.get(int(db.pragma("synchronous")), "unknown"),
        "fsync": f"{_fsync_ms(path):.2f} ms",
        "schema": str(schema),
    }


def _fsync_ms(path: Path) -> float:
    """How long the disk takes to make a page durable; near zero means that it does not."""
    probe = path.with_name(path.name + ".probe")
    file = os.open(probe, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        shortest = float("inf")
        for _ in range(_PROBES):
            os.pwrite(file, bytes(4096), 0)
            begun = time.perf_counter()
            os.fsync(file)
            shortest = min(shortest, time.perf_counter() - begun)
    finally:
        os.close(file)
        probe.unlink()
    return shortest * 1000
