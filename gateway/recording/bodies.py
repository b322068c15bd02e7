"""Bodies of messages: their shape stays, every value in them is replaced."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from lxml import etree

from gateway.recording import documents
from gateway.recording.leaves import Leaves, Path
from gateway.validation.xml import XMLRefused, parse

#: Deeper, nothing is looked at: what is there is replaced as a whole.
_DEEPEST = 40
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
#: What may stand before a message: blanks, and the mark of UTF-8.
_BLANK = b"\xef\xbb\xbf \t\r\n"
_HTML = ("<!doctype html", "<html", "<title")


class Bodies:
    """Replaces bodies; ``removed``: how many signatures were taken out."""

    def __init__(self, leaves: Leaves) -> None:
        """Values that hold messages themselves are looked into, too."""
        self.leaves = leaves
        self.removed = 0
        self._depth = 0
        leaves.nested = self._nested

    def body(self, content: bytes, media_type: str = "") -> bytes:
        """A whole body, whatever it is; what nobody can read is replaced as a whole."""
        if not content.strip():
            return content
        told = self._nested(content, ())
        if told is not None:
            return told
        if "csv" in media_type:
            return self._csv(content)
        if "form-urlencoded" in media_type:
            return self._form(content)
        if documents.kind_of(content):
            return self.leaves.file(content)
        return self._unread(content)

    def pairs(self, pairs: dict[str, str]) -> dict[str, str]:
        """Names and values of a query or a form."""
        named = self.leaves.name
        return {named(k): self.leaves.text((k,), str(v)) for k, v in pairs.items()}

    def _nested(self, content: bytes, path: Path) -> bytes | None:
        """A message in JSON or XML; None: it is none."""
        head = content.lstrip(_BLANK)[:1]
        if self._depth > _DEEPEST:
            return None
        readers: dict[bytes, Callable[[bytes, Path], bytes | None]] = {
            b"{": self._json,
            b"[": self._json,
            b"<": self._xml,
        }
        reader = readers.get(head)
        if reader is None:
            return None
        self._depth += 1
        try:
            return reader(content, path)
        finally:
            self._depth -= 1

    def _json(self, content: bytes, path: Path) -> bytes | None:
        try:
            value = json.loads(content.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            return None
        told = self._value(value, path, _DEEPEST)
        bom = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
        # A lone surrogate is no text of UTF-8: it stays an escape.
        try:
            return bom + json.dumps(told, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return bom + json.dumps(told).encode()

    def _value(self, value: Any, path: Path, left: int) -> Any:
        if left == 0:
            return None
        if isinstance(value, dict):
            return {
                self.leaves.name(name): self._value(inner, (*path, name), left - 1)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._value(inner, path, left - 1) for inner in value]
        if isinstance(value, str):
            return self.leaves.text(path, value)
        return self.leaves.plain(path, value)

    def _xml(self, content: bytes, path: Path) -> bytes | None:
        try:
            root = parse(content.lstrip(_BLANK)).root
        except XMLRefused:
            return None
        if etree.QName(root).localname.lower() == "html":
            return None
        for signature in list(root.iter(_SIGNATURE)):
            self._take_out(signature)
        self._element(root, path)
        is_declared = content.lstrip(_BLANK).startswith(b"<?xml")
        told: bytes = etree.tostring(
            root, encoding="UTF-8", xml_declaration=is_declared
        )
        return told

    def _take_out(self, signature: etree._Element) -> None:
        self.removed += 1
        parent = signature.getparent()
        if parent is None:
            signature.clear()
            return
        parent.remove(signature)

    def _element(self, element: etree._Element, path: Path) -> None:
        if not isinstance(element.tag, str):
            parent = element.getparent()
            if parent is not None:  # an entity that was not resolved
                parent.remove(element)
            return
        qualified = etree.QName(element)
        own = (*path, qualified.localname)
        kept = self.leaves.name(qualified.localname)
        if kept != qualified.localname:
            element.tag = kept
        for name, value in list(element.attrib.items()):
            local = etree.QName(name).localname
            del element.attrib[name]
            said = name if self.leaves.name(local) == local else self.leaves.name(local)
            element.set(said, self.leaves.text((*own, local), str(value)))
        if element.text and element.text.strip():
            element.text = self.leaves.text(own, element.text)
        for child in list(element):
            tail = child.tail
            self._element(child, own)
            if tail and tail.strip() and child.getparent() is not None:
                child.tail = self.leaves.text(own, tail)

    def _csv(self, content: bytes) -> bytes:
        text = content.decode("utf-8-sig", "replace")
        first = text.splitlines()[0]
        parted = max(";,\t", key=first.count)
        rows = list(csv.reader(io.StringIO(text), delimiter=parted))
        head = rows[0]
        held = io.StringIO()
        writer = csv.writer(held, delimiter=parted, lineterminator="\r\n")
        writer.writerow([self.leaves.name(name) if name else name for name in head])
        for row in rows[1:]:
            names = [*head, *[""] * (len(row) - len(head))]
            cells = zip(names, row, strict=False)
            writer.writerow([self.leaves.text((name,), cell) for name, cell in cells])
        bom = "\ufeff" if content.startswith(b"\xef\xbb\xbf") else ""
        return (bom + held.getvalue()).encode()

    def _form(self, content: bytes) -> bytes:
        pairs = parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True)
        named = self.leaves.name
        told = [(named(k), self.leaves.text((k,), v)) for k, v in pairs]
        return urlencode(told).encode()

    def _unread(self, content: bytes) -> bytes:
        """What is no message: a page, half of one, words; its kind stays."""
        head = content.lstrip()[:64].decode("utf-8", "replace").lower()
        if head.startswith(_HTML):
            return b"<!doctype html><title>Trang thay the</title>"
        if head[:1] in {"{", "[", "<"}:
            return head[:1].encode() + b' "nua thong diep thay the'
        mark = self.leaves.pseudonyms.mark(content)
        said = self.leaves.rules.said(content.decode("utf-8", "replace"))
        return (said or f"noi dung thay the {mark}").encode()
