"""What stands inside a recorded message, at any depth, and the message with it changed."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from gateway.validation.certificates import SigningKey
from gateway.validation.xml import XMLRefused, parse
from gateway.validation.xml_signature import SignedShape, sign

Place = tuple[str | int, ...]
Leaf = Callable[[Place, str], str]
Document = Callable[[bytes], bytes | None]
#: Deeper, no interface puts anything.
_DEEPEST = 6
#: Characters from which on a text may be a message in base64, and a value an echo.
_CODED, _ECHO = 64, 4


def _none(_content: bytes) -> bytes | None:
    """No document is anything else."""


class _Inside:
    """Goes through a message; ``leaf`` and ``document`` say what becomes of its parts."""

    def __init__(self, leaf: Leaf, document: Document) -> None:
        self._leaf, self._document = leaf, document

    def message(self, content: bytes, place: Place, depth: int = 0) -> bytes:
        """The message; one in which nothing changed stays as it is, byte for byte."""
        head = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if depth > _DEEPEST or head not in {b"{", b"[", b"<"}:
            return content
        if head == b"<":
            return self._xml(content, place, depth)
        try:
            value = json.loads(content)
        except ValueError:
            return content
        told = self._value(value, place, depth)
        if told == value:
            return content
        return json.dumps(told, ensure_ascii=False).encode()

    def _value(self, value: Any, place: Place, depth: int) -> Any:
        if isinstance(value, dict):
            items = value.items()
            return {n: self._value(inner, (*place, n), depth) for n, inner in items}
        if isinstance(value, list):
            rows = enumerate(value)
            return [self._value(inner, (*place, n), depth) for n, inner in rows]
        return self._text(value, place, depth) if isinstance(value, str) else value

    def _text(self, text: str, place: Place, depth: int) -> str:
        if text.lstrip()[:1] in {"<", "{", "["}:
            return self.message(text.encode(), place, depth + 1).decode()
        inner = _decoded(text) if len(text) >= _CODED else None
        if inner is not None and inner.lstrip()[:1] in {b"<", b"{", b"["}:
            told = self.message(inner, place, depth + 1)
            return text if told == inner else base64.b64encode(told).decode()
        return self._leaf(place, text)

    def _xml(self, content: bytes, place: Place, depth: int) -> bytes:
        try:
            root = parse(content).root
        except XMLRefused:
            return content
        whole = self._document(content)
        if whole is not None:
            return whole
        changed = False
        for element, own in _elements(root, (*place, etree.QName(root).localname)):
            text = element.text or ""
            told = self._text(text, own, depth) if text.strip() else text
            if not text and len(element) == 0:
                told = self._leaf(own, "")
            if told != text:
                changed, element.text = True, told
            for name, value in element.attrib.items():
                told = self._leaf((*own, "@" + str(name)), str(value))
                changed = changed or told != value
                element.set(name, told)
        if not changed:
            return content
        told_whole: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
        return self._document(told_whole) or told_whole


def _elements(
    element: etree._Element, place: Place
) -> Iterator[tuple[etree._Element, Place]]:
    yield element, place
    for at, child in enumerate(element.iterchildren("*")):
        yield from _elements(child, (*place, at, etree.QName(child).localname))


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def leaves(content: bytes) -> dict[Place, str]:
    """Each text of a message by where it stands."""
    found: dict[Place, str] = {}

    def seen(place: Place, text: str) -> str:
        found[place] = text
        return text

    _Inside(seen, _none).message(content, ())
    return found


def echoed(answer: bytes, recorded: bytes, asked: bytes) -> bytes:
    """The answer to a recorded request as the answer to another one.

    What the answer repeats of the request is what stands at the same place of the
    other: identifiers of a message, which no two of them share. A field that the
    request left empty, and the answer with it, is what the other has in it.
    """
    before, now = leaves(recorded), leaves(asked)
    empty = {place[-1]: now.get(place, "") for place, v in before.items() if not v}
    told = {
        value: now[place]
        for place, value in before.items()
        if place in now and len(value) >= _ECHO and now[place] != value
    }

    def repeated(place: Place, text: str) -> str:
        return told.get(text, text) if text else empty.get(place[-1], "")

    return _Inside(repeated, _none).message(answer, ())


def key_of(folder: Path, pair: str) -> SigningKey:
    """The key of a pair that was made for a bench."""
    key, certificate = (folder / f"{pair}.{kind}.pem" for kind in ("key", "cert"))
    return SigningKey(key.read_bytes(), certificate.read_bytes())


def signed_again(content: bytes, key: SigningKey) -> bytes:
    """The message with each document signed that has an empty place for it."""

    def signed(document: bytes) -> bytes | None:
        root = parse(document).root
        shape = SignedShape(etree.QName(root).namespace or "")
        body = root.find(shape.tag(shape.body)) if shape.namespace else None
        place = None if body is None else body.find(shape.tag(shape.security))
        if body is None or place is None or len(place):
            return None
        body.remove(place)
        bare = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
        try:
            return sign(bare, key=key, shape=shape)
        except (XMLRefused, ValueError):
            return None

    return _Inside(lambda _place, text: text, signed).message(content, ())
