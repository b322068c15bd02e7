"""Brings a backup back into an empty place, or only tries whether that would work."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from gateway import settings as settings_module
from gateway.disk import durable
from gateway.domain.errors import RestoreRefused
from gateway.ports.incarnations import Incarnation
from gateway.store import incarnations
from gateway.store.connection import FileLock, open_writer
from gateway.store.migrate import migrate
from gateway.store.postgres import dumping
from gateway.store.postgres.connection import connect
from gateway.store.postgres.migrate import prepare
from gateway.store.remnants import RESTORING as UNFINISHED
from gateway.vault.folder import IDENTITY
from gateway.vault.keyring import MASTER, Keyring
from gateway.wiring.attachments import FOLDER, Place
from gateway.wiring.attachments import MARK as PLACE
from gateway.wiring.backup_reading import (
    DRAFT,
    FileTarget,
    Found,
    ServerTarget,
    Target,
    read,
)
from gateway.wiring.keys import KEYS, STORE

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.settings import Settings

#: Left in a place while it is being filled: what is there is not whole.
RESTORING = ".restoring"


def verify(
    path: Path,
    archive: Path,
    key: Path,
    *,
    scratch: Path | None = None,
    database: str = "",
    told: Callable[[str], object] = lambda _: None,
) -> Found:
    """Read and check a backup as a restore would; nothing in force is touched.

    ``scratch``: a folder with room for the database; ``database``: the empty one into
    which that of a PostgreSQL store goes, and stays.

    Raises:
        BackupUnreadable: it could not be restored as it is.
        RestoreRefused: the scratch database is not empty, or none was named.
    """
    settings = settings_module.load(path)
    keyring = _keyring(settings)
    if settings.store.kind == "postgresql":
        if not database or database == settings.store.dbname:
            raise RestoreRefused(
                "no scratch database",
                code="restore_scratch_missing",
                remedy="Ghi tên một cơ sở dữ liệu trống để thử (--database), khác cơ sở"
                " dữ liệu đang dùng.",
            )
        parameters = {**settings.store.parameters(), "dbname": database}
        return read(archive, key, ServerTarget(parameters, None), keyring, told)
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=scratch) as folder:
        return read(archive, key, FileTarget(Path(folder), None), keyring, told)


def restore(
    path: Path,
    archive: Path,
    key: Path,
    *,
    into: Path | None = None,
    database: str = "",
    by: str,
    why: str,
    told: Callable[[str], object] = lambda _: None,
) -> Found:
    """Restore into an empty place, checked; the next start there begins another life.

    ``into``, ``database``: instead of those of the settings.

    Raises:
        RestoreRefused: something is there, or a gateway runs there.
        BackupUnreadable: it cannot be restored as it is; nothing that a gateway would
            start with was left.
    """
    settings = settings_module.load(path)
    run_dir = into or settings.run_dir
    files = _files_folder(settings, run_dir, into)
    keyring = _keyring(settings, run_dir)
    if settings.store.kind == "postgresql":
        own = settings.store.parameters()
        parameters = {**own, "dbname": database or own["dbname"]}
        dumping.refuse_used(parameters)
        _refuse_files(files, archive)
        server = ServerTarget(parameters, files)
        found = _filled(files, archive, key, server, keyring, told)
        prepare(parameters)
        _finish_server(parameters, files, found, by, why)
        found.into = parameters["dbname"]
        return found
    durable.make_folder(run_dir)
    lock = FileLock(run_dir / f"{STORE}.lock")
    try:
        if (run_dir / STORE).exists():
            raise _not_empty(run_dir / STORE)
        _refuse_files(files, archive)
        target = FileTarget(run_dir, files)
        found = _filled(files, archive, key, target, keyring, told)
        _finish_file(run_dir, target.path, files, found, by, why)
        found.into = str(run_dir)
        return found
    finally:
        for left in run_dir.glob(f"{DRAFT}*"):
            left.unlink()
        lock.release()


def _filled(
    files: Path | None,
    archive: Path,
    key: Path,
    target: Target,
    keyring: Keyring | None,
    told: Callable[[str], object],
) -> Found:
    if files is not None:
        durable.make_folder(files)
        durable.replace(files / RESTORING, archive.name.encode())
    found = read(archive, key, target, keyring, told)
    # Thousands of files, each of which would be waited for, are waited for once.
    os.sync()
    return found


def _files_folder(settings: Settings, run_dir: Path, into: Path | None) -> Path | None:
    if settings.attachments.kind == "postgresql":
        return None
    if into is not None or settings.attachments.folder is None:
        return run_dir / FOLDER
    return settings.attachments.folder


def _refuse_files(files: Path | None, archive: Path) -> None:
    """What an earlier try with the same backup left is written over."""
    if files is None or not files.is_dir() or not any(files.iterdir()):
        return
    begun = files / RESTORING
    if begun.is_file() and begun.read_text("utf-8") == archive.name:
        return
    raise _not_empty(files)


def _not_empty(path: Path) -> RestoreRefused:
    return RestoreRefused(
        f"{path} is there",
        code="restore_not_empty",
        remedy=f"Đã có {path}: chỉ khôi phục vào nơi trống. Dừng cổng, đổi tên thư mục cũ"
        " (giữ lại đến khi bản khôi phục chạy được) rồi chạy lại.",
    )


def _finish_file(
    run_dir: Path, path: Path, files: Path | None, found: Found, by: str, why: str
) -> None:
    try:
        db = open_writer(path)
        try:
            migrate(db, at=time.time_ns() // 1000)
            with db:
                incarnations.mark(db, _incarnation(found, by, why))
            identity = _identity(_remembered(db))
            db.pragma("wal_checkpoint(truncate)")
        finally:
            db.close()
    except apsw.Error as error:
        raise RestoreRefused(type(error).__name__) from error
    _show_files(files, identity)
    path.replace(run_dir / STORE)
    durable.sync_folder(run_dir)


def _finish_server(
    parameters: dict[str, str], files: Path | None, found: Found, by: str, why: str
) -> None:
    db = connect(parameters)
    try:
        with db.driver.transaction():
            incarnations.mark(db, _incarnation(found, by, why))
            db.execute("DELETE FROM mark WHERE name = ?", (UNFINISHED,))
        identity = _identity(_remembered(db))
    finally:
        db.close()
    _show_files(files, identity)


def _remembered(db: Any) -> str | None:
    """Which place of files the store remembers."""
    value: str | None = db.execute(
        "SELECT value FROM mark WHERE name = ?", (PLACE,)
    ).get
    return value


def _identity(known: str | None) -> str | None:
    place = Place.read(known)
    return place.identity if place else None


def _show_files(files: Path | None, identity: str | None) -> None:
    """From here on the folder is the store's."""
    if files is None:
        return
    if identity is not None:
        durable.replace(files / IDENTITY, identity.encode())
    (files / RESTORING).unlink()
    durable.sync_folder(files)


def _incarnation(found: Found, by: str, why: str) -> Incarnation:
    return Incarnation(
        number=0,
        backup=found.id,
        point=found.point,
        by=by,
        why=why,
        marked_at=datetime.now(UTC),
    )


def mark(path: Path, *, point: datetime | None, by: str, why: str) -> int:
    """Note that a store was restored by other means; the number of its next life.

    Raises:
        StoreUnavailable: a gateway runs on it, or it cannot be reached.
    """
    settings = settings_module.load(path)
    one = _incarnation(Found(point=point), by, why)
    if settings.store.kind == "postgresql":
        parameters = settings.store.parameters()
        prepare(parameters)
        db = connect(parameters)
        try:
            with db.driver.transaction():
                number = incarnations.mark(db, one)
        finally:
            db.close()
        return number
    store = settings.run_dir / STORE
    if not store.is_file():
        raise RestoreRefused("no store", remedy=f"Không có kho {store}.")
    lock = FileLock(store.with_name(f"{STORE}.lock"))
    try:
        file = open_writer(store)
        try:
            migrate(file, at=time.time_ns() // 1000)
            with file:
                number = incarnations.mark(file, one)
        finally:
            file.close()
    finally:
        lock.release()
    return number


def _keyring(settings: Settings, run_dir: Path | None = None) -> Keyring | None:
    """The master key, where it is at hand."""
    folders = [folder / KEYS for folder in (run_dir, settings.run_dir) if folder]
    for folder in folders:
        if (folder / MASTER).is_file():
            return Keyring.open(folder)
    return None
