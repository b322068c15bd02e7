"""What nobody needs any more, found without an index of its own, and marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import StoreUnavailable
from gateway.store.dialect import in_each
from gateway.store.rows import ATTACHMENT, as_list, marks, stored_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ports.attachments import StoredAttachment
    from gateway.store.database import Database

#: Where a store's rows went on living; it is not served from any more.
COPIED_AWAY = "copied_away"
#: It was brought back, and nobody has checked yet whether it is whole.
RESTORING = "restoring"
# The names asked for become one list that both tables are held against: an index
# of all names would be paid for by every dossier, at a random page per file.
_NAMED = in_each(
    "WITH asked (name) AS MATERIALIZED ({texts})"
    " SELECT name FROM upload WHERE name IN (SELECT name FROM asked)"
    " UNION ALL SELECT name FROM attachment WHERE name IN (SELECT name FROM asked)"
    " UNION ALL SELECT name FROM quarantine WHERE name IN (SELECT name FROM asked)"
)


def end_uploads(db: Database, before: int, limit: int) -> list[StoredAttachment]:
    """Forget the oldest uploads, of the first ``limit`` those from before a moment.

    A used upload has no row, so that none of these can be any dossier's.
    """
    rows = db.execute(
        f"SELECT seq, {ATTACHMENT} FROM"  # noqa: S608  constants
        " (SELECT * FROM upload ORDER BY seq LIMIT ?) AS oldest WHERE at < ?",
        (limit, before),
    ).fetchall()
    if rows:
        ended = tuple(row[0] for row in rows)
        db.execute(f"DELETE FROM upload WHERE seq IN ({marks(len(ended))})", ended)  # noqa: S608
    return [stored_of(row[1:]) for row in rows]


def unnamed(db: Database, names: Sequence[str]) -> list[str]:
    """Those of the names that nothing here has, be it refused, in one snapshot."""
    rows = db.execute(_NAMED[db.dialect], (as_list(names),)).fetchall()
    named = {row[0] for row in rows}
    return [name for name in names if name not in named]


def mark(db: Database, name: str) -> str | None:
    """What was marked last under a name."""
    value: str | None = db.execute("SELECT value FROM mark WHERE name = ?", (name,)).get
    return value


def set_mark(db: Database, name: str, value: str) -> None:
    """Mark it anew."""
    db.execute(
        "INSERT INTO mark (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def mark_once(db: Database, name: str, value: str) -> str:
    """Mark it unless it is marked; what stands there."""
    db.execute(
        "INSERT INTO mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
        (name, value),
    )
    return mark(db, name) or value


def newest_files(db: Database, limit: int) -> list[str]:
    """The last names of uploads, then those of dossiers."""
    rows = db.execute(
        "SELECT name FROM (SELECT name FROM upload ORDER BY seq DESC LIMIT ?1) AS u"
        " UNION ALL"
        " SELECT name FROM (SELECT name FROM attachment ORDER BY seq DESC LIMIT ?1) AS a",
        (limit,),
    ).fetchall()
    return [str(name) for (name,) in rows]


def count_files(db: Database) -> int:
    """How many names there are; a file of several rows counts once."""
    return int(
        db.execute(
            "SELECT count(*) FROM"
            " (SELECT name FROM upload UNION SELECT name FROM attachment"
            " UNION SELECT name FROM quarantine) AS named"
        ).get
    )


def refuse_copied_away(db: Database) -> None:
    """Refuse a store that lives on elsewhere: from here all would be sent again.

    Raises:
        StoreUnavailable: it was copied.
    """
    where = mark(db, COPIED_AWAY)
    if where is not None:
        raise StoreUnavailable(
            f"copied to {where}",
            code="store_copied_away",
            remedy="Dữ liệu đã chuyển sang PostgreSQL: đặt kind của [store] trong tệp"
            ' thiết lập là "postgresql". Không chạy tiếp trên tệp cũ.',
        )
