"""Carries an embedded store over into an empty PostgreSQL database, row by row.

All in one transaction of the database, with everything read back before its commit:
what was copied is whole, or nothing was.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import apsw
import psycopg
from psycopg import sql

from gateway.domain.errors import StoreError, StoreFateUnknown, StoreUnavailable
from gateway.store.connection import FileLock, open_reader, open_writer
from gateway.store.migrate import migrations
from gateway.store.migrate import version as version_of
from gateway.store.postgres.connection import connect_durably, unavailable
from gateway.store.postgres.migrate import prepare
from gateway.store.remnants import COPIED_AWAY, refuse_copied_away, set_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from gateway.store.connection import FileConnection
    from gateway.store.database import Row
    from gateway.store.postgres.connection import ServerConnection

#: Rows that are fetched at once when what was written is read back.
AT_ONCE = 2_000
_TYPES = {"INTEGER": "int8", "TEXT": "text", "BLOB": "bytea", "REAL": "float8"}
#: Columns that only the database has.
_OWN = {"transfer": {"lease_ends"}, "journal": {"number", "xact"}}
_IDENTITY = {"transfer", "reference", "attachment", "upload", "report", "journal"}
_SCHEMA = "schema_version"
# In the file a line's id is its number, once a seal covers it.
_NUMBER = "CASE WHEN id <= (SELECT coalesce(max(last), 0) FROM seal) THEN id END"
# Whoever held these leases was the file's process, which has ended.
_LEASES = (
    "UPDATE transfer SET lease_ends = clock_timestamp() WHERE lease_until IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Table:
    """One table as the file describes it; ``key`` are the columns that order it."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows of a table were written, and found equal when read back."""

    table: str
    rows: int


def copy(
    path: Path,
    parameters: Mapping[str, Any],
    *,
    rehearsal: bool = False,
    told: Callable[[Copied], object] = lambda _: None,
) -> tuple[Copied, ...]:
    """Copy the file's rows into the database that ``parameters`` name.

    The file is locked meanwhile, and marked afterwards so that no gateway opens it
    again beside the database; ``told`` hears of each table once it was compared. A
    rehearsal does the same, and leaves the database empty and the file unmarked.

    Raises:
        StoreUnavailable: a gateway runs on the file, its schema is of another
            release, the database is not empty, or one of the two cannot be read.
        StoreError: a row came back otherwise than it was written, and nothing is
            kept; or all is, and the file could not be marked.
        StoreFateUnknown: nobody knows whether the database kept it; its tables tell.
    """
    if not path.is_file():
        raise StoreUnavailable(
            f"{path.name} is not there",
            code="store_not_openable",
            remedy=f"Không có tệp {path}: kiểm tra run_dir trong tệp thiết lập.",
        )
    lock = FileLock(path.with_name(path.name + ".lock"))
    try:
        prepare(parameters)
        source = open_reader(path)
        target = connect_durably(parameters)
        try:
            copied = _copy(source, target, told, rehearsal=rehearsal)
        finally:
            target.close()
            source.close()
    except psycopg.Error as error:
        raise unavailable(error) from error
    except (apsw.Error, OSError) as error:
        raise StoreUnavailable(str(error), code="store_not_openable") from error
    else:
        if not rehearsal:
            _mark(path, f"{parameters['host']}/{parameters['dbname']}")
        return copied
    finally:
        lock.release()


def _copy(
    source: FileConnection,
    target: ServerConnection,
    told: Callable[[Copied], object],
    *,
    rehearsal: bool,
) -> tuple[Copied, ...]:
    with source:  # one snapshot
        _refuse_another_release(source)
        tables = _tables(source)
        target.script("BEGIN")
        _take(target, tables)
        for table in tables:
            _write(source, target, table)
        copied = []
        for table in tables:
            copied.append(Copied(table.name, _compare(source, target, table)))
            told(copied[-1])
        target.script(_LEASES)
        for name in sorted(_IDENTITY):
            _go_on_after_the_last(target, name)
        if rehearsal:
            target.script("ROLLBACK")
            return tuple(copied)
        try:
            tag = target.script("COMMIT")
        except psycopg.Error as error:
            raise StoreFateUnknown(
                unavailable(error).detail,
                code="store_copy_unknown",
                remedy="Không rõ cơ sở dữ liệu đã ghi hay chưa: chạy lại. Nếu báo đã có"
                " dữ liệu thì lần này đã ghi đủ: đổi tên tệp store.sqlite cũ rồi chạy cổng.",
            ) from error
        if tag != "COMMIT":
            raise StoreUnavailable(tag)
    # Those of empty tables would be followed until the server looks by itself.
    with contextlib.suppress(psycopg.Error):
        target.script("ANALYZE")
    return tuple(copied)


def _refuse_another_release(source: FileConnection) -> None:
    known, newest = version_of(source), migrations()[-1][0]
    if known != newest:
        raise StoreUnavailable(
            f"schema {known} instead of {newest}",
            code="store_of_another_release",
            remedy='Với [store] kind = "sqlite", chạy `lienthong migrate` của đúng bản'
            " này rồi sao chép lại.",
        )
    refuse_copied_away(source)


def _tables(source: FileConnection) -> list[Table]:
    names = source.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> ?"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        (_SCHEMA,),
    ).fetchall()
    return [_table(source, str(name)) for (name,) in names]


def _table(source: FileConnection, name: str) -> Table:
    rows = source.execute(
        "SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid", (name,)
    ).fetchall()
    key = sorted((int(row[2]), str(row[0])) for row in rows if row[2])
    return Table(
        name,
        tuple(str(row[0]) for row in rows),
        tuple(_TYPES[str(row[1])] for row in rows),
        tuple(column for _, column in key),
    )


def _take(target: ServerConnection, tables: list[Table]) -> None:
    """Keep every node from writing, then see that there is nothing yet."""
    names = sql.SQL(", ").join(sql.Identifier(table.name) for table in tables)
    lock = sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(names)
    target.driver.execute(lock)
    found = target.execute(
        "SELECT table_name::text, column_name::text FROM information_schema.columns"
        " WHERE table_schema = current_schema()"
    ).fetchall()
    for table in tables:
        columns = {column for name, column in found if name == table.name}
        if columns - _OWN.get(table.name, set()) != set(table.columns):
            raise _differs(f"{table.name} has other columns")
        some = sql.SQL("SELECT EXISTS (SELECT 1 FROM {})")
        row = target.driver.execute(some.format(sql.Identifier(table.name))).fetchone()
        if row is None or row[0]:
            raise StoreUnavailable(
                f"{table.name} has rows",
                code="store_not_empty",
                remedy="Chỉ sao chép vào một cơ sở dữ liệu chưa có dữ liệu; tạo cơ sở"
                " dữ liệu mới rồi chạy lại.",
            )


def _write(source: FileConnection, target: ServerConnection, table: Table) -> None:
    columns, types, chosen = list(table.columns), list(table.types), _names(table)
    if table.name == "journal":
        columns.append("number")
        types.append("int8")
        chosen += f", {_NUMBER}"
    into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
    )
    with target.driver.cursor() as cursor, cursor.copy(into) as writing:
        writing.set_types(types)
        for row in source.execute(f'SELECT {chosen} FROM "{table.name}"'):  # noqa: S608
            writing.write_row(row)


def _compare(source: FileConnection, target: ServerConnection, table: Table) -> int:
    """Read both in the order of the key; how many rows there are, all equal."""
    query = (
        f'SELECT {_names(table)} FROM "{table.name}"'  # noqa: S608  names of the schema
        f" ORDER BY {', '.join(table.key)}"
    )
    written, count = _rows(target, table.name, query), 0
    for row in source.execute(query):
        if next(written, None) != tuple(row):
            raise _differs(f"{table.name}, row {count + 1}")
        count += 1
    if next(written, None) is not None:
        raise _differs(f"{table.name} has too many rows")
    return count


def _differs(detail: str) -> StoreError:
    return StoreError(
        detail,
        code="store_copy_differs",
        remedy="Chưa chép gì; tệp cũ còn nguyên và chạy tiếp được. Báo bộ phận kỹ thuật"
        " của cổng liên thông.",
    )


def _rows(target: ServerConnection, name: str, query: str) -> Iterator[Row]:
    cursor = psycopg.RawServerCursor(target.driver, f"copied {name}")
    cursor.itersize = AT_ONCE
    with cursor:
        cursor.execute(query.encode(), binary=True)
        yield from cursor


def _names(table: Table) -> str:
    return ", ".join(f'"{column}"' for column in table.columns)


def _go_on_after_the_last(target: ServerConnection, name: str) -> None:
    column = "id" if name == "journal" else "seq"
    target.driver.execute(
        sql.SQL(
            "SELECT setval(pg_get_serial_sequence({name}, {column}), max({last}))"
            " FROM {table} HAVING max({last}) IS NOT NULL"
        ).format(
            name=sql.Literal(name),
            column=sql.Literal(column),
            last=sql.Identifier(column),
            table=sql.Identifier(name),
        )
    )


def _mark(path: Path, where: str) -> None:
    try:
        db = open_writer(path)
        try:
            with db:
                set_mark(db, COPIED_AWAY, where)
        finally:
            db.close()
    except (apsw.Error, OSError) as error:
        raise StoreError(
            str(error),
            code="store_copied_unmarked",
            remedy="Dữ liệu đã sang PostgreSQL đủ, nhưng tệp cũ chưa được đánh dấu: đổi tên"
            " tệp store.sqlite cũ rồi chạy cổng.",
        ) from error
