"""What reads and writes spreadsheets; and two files on disk held against each other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gateway.clocks.clock import RealClock
from gateway.domain.errors import SenderError
from gateway.domain.legal_day import legal_day
from gateway.reconciling.gathering import gather
from gateway.reconciling.reconcile import reconcile
from gateway.reconciling.telling import pages
from gateway.sheets.spreadsheets import FileSpreadsheets

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from gateway.ports.sheets import Spreadsheets, Table
    from gateway.reconciling.reconcile import Reconciliation

#: Rows of one file that the command line takes: 300,000 dossiers, titles, totals.
MAX_ROWS = 310_000
_ABOUT_COLUMNS = {"columns_unsure", "columns_not_found", "mapping_invalid"}


def spreadsheets() -> Spreadsheets:
    """The reader and writer of this installation."""
    return FileSpreadsheets()


def today() -> date:
    """The day in Vietnam."""
    return legal_day(RealClock().now())


def read_file(path: Path) -> Table:
    """The cells of one file.

    Raises:
        SenderError: it cannot be read.
    """
    return spreadsheets().read(path.read_bytes(), max_rows=MAX_ROWS)


def reconcile_files(
    ours: Path, theirs: Path, columns: Path, day: date
) -> Reconciliation:
    """Hold two files against each other, as ``columns`` says if it is there.

    Raises:
        SenderError: a file cannot be read, or columns are in doubt; the remedy says
            where to write the mapping.
    """
    mapping = columns.read_text("utf-8-sig") if columns.exists() else None
    tables = gather(
        spreadsheets(), ours.read_bytes(), theirs.read_bytes(), max_rows=MAX_ROWS
    )
    try:
        return reconcile(*tables, day=day, mapping=mapping)
    except SenderError as wrong:
        if wrong.code not in _ABOUT_COLUMNS:
            raise
        remedy = (
            f"{wrong.remedy}\nTệp chứa bảng ánh xạ: {columns} (cặp nguồn khác:"
            " --columns TỆP KHÁC)"
        )
        raise SenderError(code=wrong.code, remedy=remedy) from wrong


def write_private(path: Path, content: bytes) -> None:
    """A file that holds names of citizens: for its owner only."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def write_result(path: Path, result: Reconciliation) -> None:
    """The result as a workbook."""
    write_private(path, spreadsheets().write(pages(result)))
