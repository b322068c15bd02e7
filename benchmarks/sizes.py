"""How much a store takes on the disk, table by table with their indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.loaded_stores import Loadable

#: What a search by number or by a word of a name reads.
SEARCHED = ("reference", "word")
JOURNAL = ("journal", "seal")
_TABLES = {
    "sqlite": "SELECT m.tbl_name, sum(d.pgsize) FROM dbstat AS d"
    " JOIN sqlite_schema AS m ON m.name = d.name GROUP BY m.tbl_name",
    "postgresql": "SELECT c.relname, pg_total_relation_size(c.oid) FROM pg_class AS c"
    " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'",
}


def tables(store: Loadable) -> dict[str, int]:
    """Bytes of each table, its indexes and what lies outside its rows."""
    return {name: int(size) for name, size in store.rows(_TABLES[store.name])}


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Bytes that came, by table; tables that did not grow are left out."""
    more = {name: size - before.get(name, 0) for name, size in after.items()}
    return {name: size for name, size in sorted(more.items()) if size > 0}


def facts(more: dict[str, int], dossiers: int) -> dict[str, str]:
    """What is printed: bytes of one dossier, all of it and two parts."""
    parts = {
        "": sum(more.values()),
        "journal_": sum(more.get(name, 0) for name in JOURNAL),
        "search_": sum(more.get(name, 0) for name in SEARCHED),
    }
    told = {"store_mb": f"{parts[''] / 1e6:.1f}"}
    return told | {
        f"{name}bytes_per_dossier": f"{size / dossiers:.0f}"
        for name, size in parts.items()
    }
