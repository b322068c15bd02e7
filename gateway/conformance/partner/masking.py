"""Messages as reports may show them: no secret, and values of harmless fields only."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.conforming import content_of

HIDDEN = "***"
#: Rows of a list that are shown; the rest is counted.
MOST_ROWS = 5
MOST_TEXT = 300
#: Bytes of an answer in bare words that are looked through.
MOST_SAID = 2000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Mask:
    """``shown``: names of fields whose values are neither secret nor personal.

    ``said``: fields with a sentence, of which only ``phrases`` of the document and
    ``names`` of its fields are shown.
    """

    secrets: Sequence[str]
    shown: Collection[str]
    said: Collection[str] = ()
    phrases: Sequence[str] = ()
    names: Collection[str] = field(default=frozenset(), repr=False)

    def text(self, text: str) -> str:
        """A text without any secret of the run."""
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def body(self, body: bytes) -> str:
        """A body: shown fields with their values, others by what they are."""
        if not body:
            return "(không có nội dung)"
        content = content_of(body)
        if content is None:
            return f"({_what(body)}, {len(body)} byte{self._known(body)})"
        told = json.dumps(self._of("", content), ensure_ascii=False, indent=1)
        return self.text(told)

    def _of(self, name: str, value: Any) -> Any:
        match value:
            case dict():
                return {
                    self.text(key)[:60]: self._of(key, one)
                    for key, one in value.items()
                }
            case list():
                rows = [self._of(name, one) for one in value[:MOST_ROWS]]
                more = len(value) - MOST_ROWS
                return [*rows, f"… và {more} dòng nữa"] if more > 0 else rows
            case str() if name in self.shown:
                return value if len(value) <= MOST_TEXT else f"{value[:MOST_TEXT]}…"
            case str() if name in self.said:
                return self._sentence(value)
            case str():
                return f"‹chữ, {len(value)} ký tự›"
            case None | bool():
                return value
            case _:
                return value if name in self.shown else "‹số›"

    def _known(self, body: bytes) -> str:
        """The document's words in an answer that is a sentence and no object."""
        text = body[:MOST_SAID].decode("utf-8", "replace")
        known = self._phrases(text) if self.said else []
        return f", «{max(known, key=len)}»" if known else ""

    def _phrases(self, text: str) -> list[str]:
        plain = unicodedata.normalize("NFC", text).casefold()
        return [one for one in self.phrases if one.casefold() in plain]

    def _sentence(self, text: str) -> str:
        """A sentence's known words; what else it says may be about a person."""
        known = self._phrases(text)
        if not known:
            return f"‹câu khác, {len(text)} ký tự›"
        found = [name for name in _NAME.findall(text) if name in self.names]
        named = f": {', '.join(dict.fromkeys(found))}" if found else ""
        return f"{max(known, key=len)}{named}"


def _what(body: bytes) -> str:
    """What a body that is no JSON object seems to be."""
    start = body[:200].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "trang HTML"
    if start.startswith(b"<"):
        return "XML"
    if start.startswith((b"{", b"[")):
        return "JSON hỏng hoặc không phải một đối tượng"
    return "không phải JSON"
