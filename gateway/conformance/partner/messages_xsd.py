"""Messages of an interface field by field, in words, from its XML Schema files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lxml.etree import _Element

from gateway.domain.paper_conformance import Message, MessageField
from gateway.validation.xml import parse

if TYPE_CHECKING:
    from pathlib import Path

_XS = "{http://www.w3.org/2001/XMLSchema}"
#: Signatures have one shape everywhere; no minutes list it.
_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
_KINDS = {
    "base64Binary": "base64",
    "date": "ngày",
    "dateTime": "thời điểm",
    "string": "chữ",
    "token": "chữ",
}
Types = Mapping[str, _Element]


def xsd_messages(folder: Path) -> Iterator[Message]:
    """Every element that stands by itself and every type with fields, by file."""
    for path in sorted(folder.glob("*.xsd")):
        root = parse(path.read_bytes()).root
        if root.get("targetNamespace") == _SIGNATURE:
            continue
        types = {
            str(one.get("name")): one
            for one in root.iterchildren(f"{_XS}complexType", f"{_XS}simpleType")
        }
        for one in root.iterchildren(f"{_XS}element", f"{_XS}complexType"):
            rows = tuple(_fields(one, types, ""))
            if rows:
                yield Message(str(one.get("name")), path.name, rows)


def _fields(node: _Element, types: Types, before: str) -> Iterator[MessageField]:
    """Elements in order; one that has its own ones inside comes before these."""
    for child in node.iterchildren("*"):
        if child.tag != f"{_XS}element":
            yield from _fields(child, types, before)
            continue
        name = child.get("name") or _local(child.get("ref", ""))
        many = child.get("maxOccurs", "1") != "1"
        kind = _kind(child, types)
        told = f"danh sách: {kind}" if many else kind
        yield MessageField(f"{before}{name}", told, _is_required(child), "")
        yield from _fields(child, types, f"{before}{name}{'[]' if many else ''}.")


def _is_required(element: _Element) -> bool:
    """Neither it nor what it stands in may be left out or chosen otherwise."""
    node: _Element | None = element
    while node is not None and node.tag != f"{_XS}complexType":
        if node.get("minOccurs") == "0" or node.tag == f"{_XS}choice":
            return False
        node = node.getparent()
    return True


def _kind(element: _Element, types: Types) -> str:
    given = _local(element.get("type", ""))
    inside = types.get(given)
    if inside is None:
        inside = element.find(f"{_XS}simpleType")
    if inside is None:
        return _KINDS.get(given, given) or "đối tượng"
    return given if inside.tag == f"{_XS}complexType" else _simple(inside, types)


def _simple(kind: _Element, types: Types) -> str:
    union = kind.find(f"{_XS}union")
    if union is not None:
        names = [_local(one) for one in union.get("memberTypes", "").split()]
        return " hoặc ".join(_simple(types[one], types) for one in names)
    rule = kind.find(f"{_XS}restriction")
    if rule is None:
        return "chữ"
    values = [str(one.get("value")) for one in rule.iterchildren(f"{_XS}enumeration")]
    if values:
        return ", ".join(values)
    base = _local(rule.get("base", ""))
    told = _KINDS.get(base, base)
    fixed, most = (rule.find(f"{_XS}{one}") for one in ("length", "maxLength"))
    if fixed is not None:
        return "rỗng" if fixed.get("value") == "0" else f"{told} {fixed.get('value')}"
    if most is not None:
        return f"{told} ≤ {most.get('value')}"
    has_pattern = rule.find(f"{_XS}pattern") is not None
    return f"{told}, theo khuôn" if has_pattern and told == "chữ" else told


def _local(name: str) -> str:
    return name.rpartition(":")[2]
