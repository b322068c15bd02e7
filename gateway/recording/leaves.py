"""One value of a message, replaced by what its rule says; without a rule, by its looks."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from gateway.recording import documents
from gateway.recording.kinds import Value, moved
from gateway.recording.pseudonyms import Pseudonyms
from gateway.recording.rules import Rules

Path = tuple[str, ...]
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LINK = re.compile(r"(?i)(?:https?|s?ftp|file):\S*|/\S+/\S*")
_HASH = re.compile(r"[0-9a-fA-F]{40,128}")
_NUMBER_LIKE = re.compile(r"[\w.\-/:#|+() ]*\d[\w.\-/:#|+() ]*", re.ASCII)
_AMOUNT = re.compile(r"-?(?:0|[1-9]\d{0,13})(?:[.,]\d{1,4})?")
_FLAG = re.compile(r"(?i:[01]|true|false)")
_EXTENSION = re.compile(r"\.[a-z0-9]{1,5}", re.IGNORECASE)
#: Longer, a value is words, whatever it looks like: looking would take too long.
_LONGEST = 400
#: Words of a text that has digits, from which on it is words with a number in them.
_MANY_WORDS = 5
#: Files whose names tell what they are; another ending may be anything.
_ENDINGS = frozenset(
    {".pdf", ".xml", ".json", ".csv", ".xlsx", ".xls", ".docx", ".doc", ".zip"}
    | {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".txt", ".p7m", ".p7s"}
)
#: Names that messages are wrapped in, and those of errors that no agency wrote.
ENVELOPE = frozenset(
    {"Envelope", "Header", "Body", "Fault", "faultcode", "faultstring", "detail"}
    | {"Code", "Reason", "Text", "Value", "lang", "type", "title", "status", "error"}
    | {"isError", "message", "data", "code", "id", "encodingStyle", "mustUnderstand"}
)
Nested = Callable[[bytes, Path], bytes | None]


@dataclass(slots=True)
class Leaves:
    """Values of one export, with the files that it has seen."""

    rules: Rules
    pseudonyms: Pseudonyms
    hashes: dict[str, str] = field(default_factory=dict)
    #: SHA-256 of a file → that of the file that stands for it
    nested: Nested = lambda _content, _path: None
    #: a message inside a value, replaced; None: there is none

    def text(self, path: Path, value: str) -> str:
        """A text of a message."""
        if not value.strip():
            return value
        if _FLAG.fullmatch(value) or self.rules.lists(path, value):
            return value
        kind = self.rules.of(path)
        if kind is Value.CODE and self.rules.is_code(path, value):
            return value
        inside = self._inside(path, value, kind)
        if inside is not None:
            return inside
        if kind is None or kind is Value.CODE:
            return self._by_its_looks(value)
        return self._ruled(kind, value)

    def plain(self, path: Path, value: Any) -> Any:
        """A value of JSON that is no text."""
        if value is None or isinstance(value, bool) or value in {0, 1}:
            return value
        written = repr(value)
        kind = self.rules.of(path)
        listed = self.rules.is_code if kind is Value.CODE else self._listed
        if kind is Value.AMOUNT or listed(path, written):
            return value
        if isinstance(value, float):
            written = f"{value:f}"  # 1e+25 with another letter in it is no number
        told = self.text(path, written) if kind is Value.DAY else self._digits(written)
        for one in (told, self._digits(written)):
            with suppress(ValueError):
                return type(value)(one)
        return type(value)(0)  # infinity is no number that JSON has

    def _listed(self, path: Path, written: str) -> bool:
        return written in self.rules.listed.get(path[-1].lower() if path else "", ())

    def file(self, content: bytes, path: Path = ()) -> bytes:
        """What stands for a file; its hash is kept in mind for who names it."""
        told = self.nested(content, path)
        if told is None:
            told = documents.made(content, self.pseudonyms.mark(content))
        was, now = (hashlib.sha256(one).hexdigest() for one in (content, told))
        self.hashes[was] = now
        return told

    def name(self, value: str) -> str:
        """The name of a field or an element; one that no document has is replaced.

        Objects are keyed by people's numbers and accounts at times.
        """
        if value in self.rules.public or value in ENVELOPE:
            return value
        return f"truong-{self.pseudonyms.name(value)}" if value else value

    def _inside(self, path: Path, value: str, kind: Value | None) -> str | None:
        """A message inside a text: as it is, or in base64."""
        told = self.nested(value.encode("utf-8", "surrogatepass"), path)
        if told is not None:
            return told.decode()
        content = documents.in_base64(value, surely=kind is Value.FILE)
        if content is None or (len(value) <= _LONGEST and _HASH.fullmatch(value)):
            return None
        if kind is Value.FILE or documents.kind_of(content):
            return base64.b64encode(self.file(content, path)).decode()
        told = self.nested(content, path)
        if told is None:
            return None
        was, now = (hashlib.sha256(one).hexdigest() for one in (content, told))
        self.hashes[was] = now
        return base64.b64encode(told).decode()

    def _ruled(self, kind: Value, value: str) -> str:
        made = self.pseudonyms
        if kind is Value.DAY:
            day = moved(value, made.weeks, bare=True)
            return day if day is not None else self._by_its_looks(value)
        if kind is Value.AMOUNT and _AMOUNT.fullmatch(value):
            return value
        if kind is Value.SAID:
            return self.rules.said(value) or made.words(value)
        plain: dict[Value, Callable[[str], str]] = {
            Value.PERSON: made.person,
            Value.ORGANISATION: made.organisation,
            Value.ADDRESS: made.address,
            Value.NUMBER: self._number,
            Value.PHONE: made.phone,
            Value.EMAIL: made.email,
            Value.TEXT: made.words,
            Value.QUANTITY: self._digits,
            Value.HASH: self._hash,
            Value.FILE_NAME: self._file_name,
            Value.LINK: self._link,
            Value.KEY: made.secret,
            Value.FILE: made.words,
        }
        return plain.get(kind, self._by_its_looks)(value)

    def _by_its_looks(self, value: str) -> str:
        made = self.pseudonyms
        day = moved(value, made.weeks)
        if day is not None:
            return day
        if len(value) > _LONGEST:
            return made.words(value)
        if _EMAIL.fullmatch(value):
            return made.email(value)
        if _LINK.fullmatch(value):
            return self._link(value)
        if _HASH.fullmatch(value):
            return self._hash(value)
        if PurePath(value).suffix.lower() in _ENDINGS:
            return self._file_name(value)
        if _NUMBER_LIKE.fullmatch(value) and len(value.split()) < _MANY_WORDS:
            return self._number(value)
        return made.words(value)

    def _number(self, value: str) -> str:
        if re.fullmatch(r"[\d. ]+", value):
            return self.pseudonyms.whole(value)
        return self.pseudonyms.number(value)

    def _digits(self, value: str) -> str:
        """Other digits; the first is none that could go away."""
        told = self.pseudonyms.whole(value)
        first = next((c for c in value if c.isdigit()), "0")
        if first == "0":
            return told
        place = next(at for at, c in enumerate(told) if c.isdigit())
        if told[place] != "0":
            return told
        new = "8" if first != "8" else "9"
        return told[:place] + new + told[place + 1 :]

    def _hash(self, value: str) -> str:
        known = self.hashes.get(value.lower())
        if known is not None:
            return known.upper() if value.isupper() else known
        return self.pseudonyms.digest(value)

    def _file_name(self, value: str) -> str:
        ending = PurePath(value).suffix.lower()
        kept = ending if ending in _ENDINGS else ""
        return f"tep-{self.pseudonyms.name(value)}{kept}"

    def _link(self, value: str) -> str:
        scheme, parted, _ = value.partition("://")
        head = f"{scheme.lower()}://thay-the.invalid/" if parted else "/"
        return head + self._file_name(value)
