"""The list of an agency alone, to be held against what the gateway itself knows; pure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.errors import SenderError
from gateway.reconciling.comparing import by_key
from gateway.reconciling.guessing import guess_one, missing
from gateway.reconciling.kinds import Side
from gateway.reconciling.lists import read_list
from gateway.reconciling.mapping import dump, load_one
from gateway.reconciling.remembering import keepable_one

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.ports.sheets import Table
    from gateway.reconciling.kinds import Column, Problem, Row


@dataclass(frozen=True, slots=True)
class OneList:
    """What one list says: each code once, or several times where it contradicts itself."""

    rows: Mapping[str, tuple[Row, ...]]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    columns: Mapping[Column, str]
    mapping: str
    #: TOML that reads the next list the same way
    keeps: str
    #: the part of it that holds nothing of a row; empty: none may stay
    misfit: str = ""


def read_one(table: Table, *, mapping: str = "", kept: str = "") -> OneList:
    """An agency's list; ``mapping`` as a person wrote it, ``kept`` of another day.

    A kept one that does not fit any more is left aside, and that is told.

    Raises:
        SenderError: columns are missing or in doubt, or the mapping is wrong.
    """
    side, misfit = Side.THEIRS, ""
    chosen = load_one(mapping, side) if mapping.strip() else None
    if chosen is None and kept:
        chosen = load_one(kept, side)
        if read_list(table, chosen, side) is None:
            chosen, misfit = None, "Cách đọc đã nhớ không hợp với tệp này."
    chosen = chosen or guess_one(table, side)
    found = read_list(table, chosen, side)
    if found is None:
        raise missing(table, chosen, side)
    if not found.rows and not found.problems:
        raise SenderError(
            code="list_empty",
            remedy="Tệp của cơ quan không có hồ sơ nào dưới hàng tiêu đề. Xuất lại danh"
            " sách.",
        )
    return OneList(
        rows=by_key(found.rows),
        problems=tuple(found.problems),
        notes=tuple(found.notes),
        columns=chosen.columns,
        mapping=dump({side: chosen}, {side: set(found.standings)}),
        keeps=keepable_one(chosen, side),
        misfit=misfit,
    )


def readable(kept: str) -> str:
    """A kept mapping, if it can still be read."""
    try:
        _ = load_one(kept, Side.THEIRS) if kept else None
    except (SenderError, tomllib.TOMLDecodeError):
        return ""
    return kept
