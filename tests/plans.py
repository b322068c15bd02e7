"""What statements visit in a PostgreSQL database: in rows and pages, not seconds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg

from gateway.store.dialect import in_dollars
from gateway.store.postgres.writing import BEGIN_SHARED


class Plans:
    """A database, and what statements cost on it."""

    def __init__(self, connection: psycopg.Connection[Any], *tables: str) -> None:
        """Of these tables statistics come only when a test says so."""
        self.connection = connection
        for table in tables:
            self.run(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")

    def run(self, statement: str) -> None:
        """One statement."""
        self.connection.execute(statement.encode())

    def cost(self, text: str, *values: object, generic: bool) -> tuple[int, list[str]]:
        """Pages visited, and each scan of the plan: what, by which index, how many rows."""
        mode = "force_generic_plan" if generic else "force_custom_plan"
        types = ", ".join("text" if isinstance(v, str) else "bigint" for v in values)
        given = ", ".join(f"'{v}'" if isinstance(v, str) else str(v) for v in values)
        self.run(f"{BEGIN_SHARED}; SET LOCAL plan_cache_mode = {mode}")
        of = f"({types})" if values else ""
        self.run(f"PREPARE asked {of} AS {in_dollars(text)}")
        given = f"({given})" if values else ""
        (row,) = self.connection.execute(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE asked {given}".encode()
        ).fetchall()
        self.run("ROLLBACK")
        self.run("DEALLOCATE asked")
        plan = (json.loads(row[0]) if isinstance(row[0], str) else row[0])[0]["Plan"]
        pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        return pages, list(scans_of(plan))


def scans_of(plan: dict[str, Any]) -> Iterator[str]:
    """Each scan of a plan: what, by which index, how many rows."""
    if "Scan" in plan["Node Type"] and "Relation Name" in plan:
        rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        yield f"{plan['Node Type']} {plan.get('Index Name', '')} {rows}"
    for inner in plan.get("Plans", []):
        yield from scans_of(inner)
