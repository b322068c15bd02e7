"""Brings the English catalogue of the pages up to date: ``python scripts/catalogue.py``.

New texts come in without a translation, those that no page has any more go out, and
the compiled file is written. ``tests/unit/console/test_language.py`` finds what is
missing.
"""

import io
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from gateway.api import quarantine
from gateway.console import labels, work_words
from gateway.domain import (
    alert,
    case,
    chase,
    closing,
    contact,
    delivering_words,
    lateness_words,
    message_words,
    opening,
    proposal,
    stuck,
)
from gateway.reconciling import mapping, sentences
from gateway.reports import due_told
from gateway.timing import explaining

ROOT = Path(__file__).resolve().parents[1]
CONSOLE = ROOT / "gateway" / "console"
FILE = CONSOLE / "locale" / "en.po"
#: What is given to the reader as data: codes → words, each a text of its own.
VOCABULARY = (labels, delivering_words, lateness_words, message_words, work_words)
#: The same, of modules that have other tables too; pages say what a code is called.
TABLES: tuple[Iterable[str], ...] = (
    alert.SEVERITIES.values(),
    case.PORTAL_CODES.values(),
    chase.HOWS.values(),
    chase.PROMISES.values(),
    closing.WAYS.values(),
    closing.OUTCOMES.values(),
    contact.ROLES.values(),
    due_told.STATES.values(),
    explaining.TIMELINESS.values(),
    explaining.WHOSE.values(),
    mapping.COLUMN_NAMES.values(),
    opening.WEEKDAY_WORDS,
    proposal.KIND_NAMES.values(),
    proposal.STATE_NAMES.values(),
    quarantine.DOORS.values(),
    sentences.MEANINGS.values(),
    sentences.TITLES.values(),
    stuck.NAMES.values(),
    stuck.WHOSE_TURN.values(),
    [whom for whom, _ in stuck.TURNS.values()],
)
#: Nothing in the files depends on the day.
_ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)
_METHODS = [
    ("templates/paper/**", "ignore"),
    ("templates/**.html", "jinja2.ext:babel_extract"),
    ("**.py", "python"),
]
_OPTIONS = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "later": None,
    "say": None,
    "say_of": (1, 2),
}


def texts() -> Iterator[str | tuple[str, ...]]:
    """Every text of the pages; two where a number decides."""
    found = extract_from_dir(CONSOLE, _METHODS, _OPTIONS, _KEYWORDS)
    for _file, _line, message, _comments, _context in found:
        yield message
    for module in VOCABULARY:
        for name, table in vars(module).items():
            if isinstance(table, dict) and not name.startswith("__"):
                yield from (
                    text for text in table.values() if isinstance(text, str) and text
                )
    for words in TABLES:
        yield from filter(None, words)


def known() -> Catalog:
    """The catalogue as it is kept."""
    with FILE.open("rb") as file:
        return read_po(file, locale="en")


def renewed() -> Catalog:
    """The catalogue with the texts of today, in their order."""
    old = known() if FILE.exists() else Catalog(locale="en")
    new = Catalog(
        locale="en",
        header_comment="# English words of the console.",
        project="lienthong-gateway",
        creation_date=_ALWAYS,
        revision_date=_ALWAYS,
        fuzzy=False,
    )
    for text in texts():
        kept = old.get(text[0] if isinstance(text, tuple) else text)
        new.add(text, kept.string if kept else None)
    return new


def compiled(catalogue: Catalog) -> bytes:
    """What the gateway reads."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def written(catalogue: Catalog) -> bytes:
    """What people edit."""
    file = io.BytesIO()
    write_po(
        file,
        catalogue,
        no_location=True,
        omit_header=False,
        sort_output=False,
        width=88,
    )
    return file.getvalue()


def main() -> None:
    """Write both files; say what is missing."""
    catalogue = renewed()
    FILE.write_bytes(written(catalogue))
    FILE.with_suffix(".mo").write_bytes(compiled(catalogue))
    missing = [one.id for one in catalogue if one.id and not one.string]
    sys.stdout.write(f"{len(catalogue)} texts, {len(missing)} without English\n")


if __name__ == "__main__":
    main()
