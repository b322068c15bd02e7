"""What differs between the two databases, as named fragments of one body of SQL.

Statements are written with SQLite's placeholders (``?``, ``?1``) and, where the
two differ, with a fragment in braces. Both texts are made when the module that
holds the statement is loaded; a call only picks one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Dialect = Literal["sqlite", "postgresql"]
#: A statement in each dialect, to be picked by ``Database.dialect``.
Statement = dict[Dialect, str]

SQLITE: Dialect = "sqlite"
POSTGRESQL: Dialect = "postgresql"

# A list of values comes as one JSON text, so that each statement is prepared once.
# PostgreSQL gets it as an array: of a list of unknown length it would expect a
# hundred rows, and of a join with so many that it had better read the whole table.
_TEXTS = "SELECT value FROM json_array_elements_text(?::json)"
_NUMBERS = _TEXTS.replace("value", "value::bigint", 1)
_FRAGMENTS: dict[Dialect, dict[str, str]] = {
    SQLITE: {
        # One connection writes, so that nothing read by it changes underneath it.
        "lock": "",
        "skip": "",
        "in_numbers": "IN (SELECT value FROM json_each(?))",
        "in_texts": "IN (SELECT value FROM json_each(?))",
        "texts": "SELECT value FROM json_each(?)",
        "among": "IN (",
        "end": ")",
        "larger": "max",
        "smaller": "min",
        # Ids follow the order of commits and have no gaps: they are the numbers.
        "number": "id",
        # Whether a lease has ended is told by the one process that gave it.
        "lease": "",
        "lease_over": "lease_until <= ?",
        "lease_left": "0",
    },
    POSTGRESQL: {
        "lock": " FOR NO KEY UPDATE",
        "skip": " FOR NO KEY UPDATE SKIP LOCKED",
        "in_numbers": f"= ANY(ARRAY({_NUMBERS}))",
        "in_texts": f"= ANY(ARRAY({_TEXTS}))",
        "texts": _TEXTS,
        # An array is found first and followed row by row; IN might become a join.
        "among": "= ANY(ARRAY(",
        "end": "))",
        "larger": "greatest",
        "smaller": "least",
        # Ids are given before a commit, numbers when lines are sealed.
        "number": "number",
        # A lease runs by the clock of the database, whatever a node's wall says.
        "lease": ", lease_ends = clock_timestamp() + (?1 - ?3) * interval '1 microsecond'",
        "lease_over": "lease_ends <= clock_timestamp() AND ?::bigint IS NOT NULL",
        "lease_left": "greatest(0, (extract(epoch FROM lease_ends - clock_timestamp())"
        " * 1000000)::bigint)",
    },
}
_MARK = re.compile(r"\?(\d*)")


def in_each(text: str) -> Statement:
    """A statement with its fragments filled in for each database."""
    return {name: text.format(**found) for name, found in _FRAGMENTS.items()}


@lru_cache(maxsize=1_024)
def in_dollars(text: str) -> str:
    """PostgreSQL's placeholders; a bare one takes the number after the highest."""
    highest = 0

    def number(match: re.Match[str]) -> str:
        nonlocal highest
        own = int(match[1]) if match[1] else highest + 1
        highest = max(highest, own)
        return f"${own}"

    return _MARK.sub(number, text)
