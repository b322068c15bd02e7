"""The embedded store at one point, while it is being written to."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw

from gateway.domain.errors import BackupFailed
from gateway.store import standing
from gateway.store.chains import last_sealed
from gateway.store.connection import FileConnection, open_reader
from gateway.store.incarnations import SINCE
from gateway.store.migrate import version
from gateway.store.remnants import mark, refuse_copied_away
from gateway.store.spool import Spool, SpoolFiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.store.database import Database

_ROWS = 1_000
# Files of one name are the same bytes; an upload that became a dossier's keeps its name.
FILES = (
    "SELECT name, size_bytes FROM (SELECT name, size_bytes FROM upload"
    " UNION SELECT name, size_bytes FROM attachment) AS f"
    " WHERE name > ? ORDER BY name LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a store says of itself at the point; nothing personal."""

    schema: int
    configuration: int
    dossiers: int
    open: int
    transfers: int
    lines: int
    sealed: int
    seal: str
    #: digest of the last seal, as text
    master: str
    #: fingerprint of the master key
    lives: int
    #: how often it was restored before


def facts(db: Database, schema: int, master_mark: str) -> Facts:
    """Counted in one snapshot."""
    seal = db.execute("SELECT digest FROM seal ORDER BY last DESC LIMIT 1").get
    counted = (
        "SELECT count(*) FROM dossier",
        "SELECT count(*) FROM dossier WHERE open IS NOT NULL",
        "SELECT count(*) FROM transfer",
        "SELECT count(*) FROM journal",
    )
    dossiers, still_open, transfers, lines = (
        int(db.execute(one).get) for one in counted
    )
    return Facts(
        schema=schema,
        configuration=standing.newest_configuration(db),
        dossiers=dossiers,
        open=still_open,
        transfers=transfers,
        lines=lines,
        sealed=last_sealed(db),
        seal=bytes(seal).hex() if seal else "",
        master=mark(db, master_mark) or "",
        lives=int(db.execute("SELECT count(*) FROM incarnation").get)
        if schema >= SINCE
        else 0,
    )


def files(db: Database) -> Iterator[tuple[str, int]]:
    """Name and plain size of every file that the store names, page by page."""
    after = ""
    while True:
        rows = db.execute(FILES, (after, _ROWS)).fetchall()
        for name, size in rows:
            yield str(name), int(size)
        if len(rows) < _ROWS:
            return
        after = str(rows[-1][0])


class Snapshot:
    """One point of a store, as long as it is held."""

    def __init__(self, db: FileConnection, spool: Spool, known: Facts) -> None:
        """The copy lies in the spool."""
        self._db = db
        self._spool = spool
        self.facts = known

    @property
    def size_bytes(self) -> int:
        """Of the database."""
        return self._spool.size_bytes

    def database(self) -> Iterator[bytes]:
        """Its pages."""
        return self._spool.content()

    def files(self) -> Iterator[tuple[str, int]]:
        """What it names."""
        return files(self._db)


@contextmanager
def snapshot(path: Path, folder: Path, master_mark: str) -> Iterator[Snapshot]:
    """Copy the store of a gateway that may run; the copy goes when it is let go.

    One read of the store holds the point: writers go on, only their log is not
    carried over meanwhile. ``folder`` has room for a copy.

    Raises:
        BackupFailed: the store cannot be read.
    """
    if not path.is_file():
        raise BackupFailed(
            f"{path.name} is not there",
            remedy=f"Không có kho {path}: kiểm tra run_dir trong tệp thiết lập.",
        )
    try:
        db = open_reader(path)
        try:
            refuse_copied_away(db)
            spool = Spool(folder, int(db.pragma("page_size")))
            try:
                db.execute("BEGIN")
                known = facts(db, version(db), master_mark)
                _copy(db, spool)
                yield Snapshot(db, spool, known)
            finally:
                spool.close()
        finally:
            db.close()
    except apsw.Error as error:
        raise BackupFailed(
            type(error).__name__,
            remedy="Không đọc được kho (đĩa hỏng, hoặc không đủ quyền): xem nhật ký của"
            " hệ thống; chưa có bản sao mới.",
        ) from error


def _copy(source: FileConnection, spool: Spool) -> None:
    """All pages in one step, so that nobody's writing makes it begin anew."""
    place = SpoolFiles(spool)
    target = apsw.Connection("copy", vfs=place.name)
    try:
        target.pragma("journal_mode", "off")
        target.pragma("synchronous", "off")
        with target.backup("main", source, "main") as copying:
            copying.step(-1)
            if not copying.done:
                raise BackupFailed("the copy did not end")
    finally:
        target.close()
        place.unregister()
