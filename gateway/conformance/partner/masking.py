"""Messages as reports may show them: no secret, and values of harmless fields only."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from gateway.conforming import content_of
from gateway.validation.xml import XMLRefused, parse

HIDDEN = "***"
XML = "XML"
#: Rows of a list that are shown; the rest is counted.
MOST_ROWS = 5
MOST_TEXT = 300
#: Elements of one element that are shown; the rest is counted.
MOST_CHILDREN = 40
#: Characters from which on a text may be base64 of XML.
LEAST_HIDDEN = 40
#: Bytes of an answer in bare words that are looked through.
MOST_SAID = 2000
#: How base64 of ``<`` begins.
LESS_THAN = "P"
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
        root = root_of(body) if content is None and _what(body) == XML else None
        if root is not None:
            return self.text("\n".join(self._lines(root, "")))
        if content is None:
            return f"({_what(body)}, {len(body)} byte{self._known(body)})"
        told = json.dumps(self._of("", content), ensure_ascii=False, indent=1)
        return self.text(told)

    def value(self, name: str, text: str) -> str:
        """A field's value as it may be shown."""
        return str(self._of(name, text))

    def _lines(self, node: etree._Element, before: str) -> Iterator[str]:
        """XML without its attributes; base64 of XML is shown as what it holds."""
        name = self.text(etree.QName(node).localname)[:60]
        inner = list(node.iterchildren("*"))
        text = (node.text or "").strip()
        hidden = None if inner else _inside(text)
        if hidden is not None:
            inner = [hidden]
        if not inner:
            told = f": {self._of(name, text)}" if text else ""
            yield f"{before}{name}{told}"
            return
        yield f"{before}{name}"
        for one in inner[:MOST_CHILDREN]:
            yield from self._lines(one, f"{before} ")
        if len(inner) > MOST_CHILDREN:
            yield f"{before} … và {len(inner) - MOST_CHILDREN} phần tử nữa"

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
            case str() if (hidden := _inside(value)) is not None:
                return list(self._lines(hidden, ""))
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


def root_of(body: bytes) -> etree._Element | None:
    """The root of harmless XML; None: it is none, or one that is not read."""
    if not body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return None
    try:
        return parse(body).root
    except XMLRefused:
        return None


def _inside(text: str) -> etree._Element | None:
    """The XML that a text holds in base64; None: it holds none."""
    if len(text) < LEAST_HIDDEN or not text.startswith(LESS_THAN):
        return None
    try:
        return root_of(base64.b64decode("".join(text.split()), validate=True))
    except ValueError:
        return None


def _what(body: bytes) -> str:
    """What a body that is no JSON object seems to be."""
    start = body[:200].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "trang HTML"
    if start.startswith(b"<"):
        return XML
    if start.startswith((b"{", b"[")):
        return "JSON hỏng hoặc không phải một đối tượng"
    return "không phải JSON"
