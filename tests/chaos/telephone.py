"""What an agency says at the telephone: what its own book says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.chaos.books import Following

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class Telephone:
    """Calls every agency of a run."""

    def __init__(self, books: Path, agencies: Iterable[str]) -> None:
        """``books``: the folder."""
        self._books = [Following(books / f"{name}.effects.jsonl") for name in agencies]
        self._done: set[tuple[str, str]] = set()
        #: number and kind
        self._told = Following(books / "one_stop.arrivals.jsonl")
        self._known: set[str] = set()
        #: identifiers of what the one-stop was told

    def says_it_has(self, numbers: Iterable[str], row: Mapping[str, Any]) -> bool:
        """Whether it has that message of a dossier, known by these numbers.

        A one-stop is told several times, and asked for this very message; others are
        asked for one of its kind.
        """
        self._known.update(str(line["facts"].get("id")) for line in self._told.news())
        self._done.update(
            (line["number"], line["kind"])
            for book in self._books
            for line in book.news()
        )
        kind = str(row["kind"])
        if kind == "status":
            return row["id"] in self._known
        return any((number, kind) in self._done for number in numbers)
