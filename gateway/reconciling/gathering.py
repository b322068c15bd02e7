"""Reads both files at once through the port; whose file is at fault stands in the refusal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from gateway.domain.errors import SenderError, TooLarge
from gateway.reconciling.kinds import Side
from gateway.reconciling.mapping import SIDE_NAMES

if TYPE_CHECKING:
    from gateway.ports.sheets import Spreadsheets, Table


def gather(
    sheets: Spreadsheets, ours: bytes, theirs: bytes, *, max_rows: int
) -> tuple[Table, Table]:
    """Both tables. Blocks.

    Raises:
        SenderError: a file cannot be read; the remedy begins with whose it is.
    """

    def read(side: Side, content: bytes) -> Table:
        try:
            return sheets.read(content, max_rows=max_rows)
        except SenderError as wrong:
            kind = TooLarge if isinstance(wrong, TooLarge) else SenderError
            remedy = f"Tệp của {SIDE_NAMES[side]}: {wrong.remedy}"
            raise kind(code=wrong.code, remedy=remedy) from wrong

    with ThreadPoolExecutor(max_workers=2) as pool:
        both = [
            pool.submit(read, Side.OURS, ours),
            pool.submit(read, Side.THEIRS, theirs),
        ]
        here, there = (one.result() for one in both)
    return here, there
