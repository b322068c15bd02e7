"""Spreadsheets as plain cells: read from the bytes of a file, written back as one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.domain.old_letters import Encoding

#: A date is text as ISO 8601 writes it; an empty cell is an empty text.
Cell = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One visible sheet; the first of ``rows`` is row 1 of the file."""

    name: str
    rows: Sequence[Sequence[Cell]]
    first_column: int = 0
    #: where rows begin; 0 is column A
    unreadable: Mapping[str, str] = field(default_factory=dict)
    #: address of a cell whose value nobody can tell → why: ``formula`` or ``error``
    hidden_rows: int = 0
    #: rows that a filter hides; they are among ``rows``


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds."""

    sheets: tuple[Sheet, ...]
    hidden: tuple[str, ...] = ()
    #: names of hidden sheets, which are not read
    encoding: Encoding = Encoding.UNICODE
    #: what the text of the file was before it became Unicode


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet to write: lines of text, then a table."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str | int | float]]
    lines: Sequence[str] = ()
    widths: Sequence[int] = ()
    #: characters per column, in order


class Spreadsheets(Protocol):
    """Reads and writes files of people; keeps nothing."""

    @abstractmethod
    def read(self, content: bytes, *, max_rows: int) -> Table:
        """The cells of an .xlsx, .xls, .ods or .csv file, told apart by its bytes.

        Merged cells have their value in the whole merged area. Blocks.

        Raises:
            SenderError: the file cannot be read; the remedy says why.
            TooLarge: more rows than ``max_rows``, or more bytes than fit.
        """

    @abstractmethod
    def write(self, pages: Sequence[Page]) -> bytes:
        """An .xlsx file with these sheets; text stays text, none a formula."""
