"""A body of XML held against its schema."""

from __future__ import annotations

import base64
import binascii
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from gateway.mockagency.expect_body import MOST, Difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gateway.mockagency.journal_masks import Masks

#: Shorter text carries no document.
_LEAST_PACKED = 16
_WHAT = {
    "SCHEMAV_ELEMENT_CONTENT": "unknown",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "type",
    "SCHEMAV_CVC_PATTERN_VALID": "format",
    "SCHEMAV_CVC_ENUMERATION_VALID": "code",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "missing",
}
_WORDS = {
    "unknown": "Phần tử thiếu, thừa hoặc sai thứ tự",
    "type": "Giá trị sai kiểu",
    "format": "Giá trị không đúng mẫu",
    "code": "Mã không có trong danh sách",
    "missing": "Thiếu thuộc tính bắt buộc",
    "value": "Không đúng lược đồ",
}


def xml_differences(body: bytes, schema: Path, masks: Masks) -> Iterator[Difference]:
    """Every place where a message, or what it carries packed inside, is another."""
    try:
        root = _parsed(body)
    except etree.XMLSyntaxError as wrong:
        yield Difference("", "malformed", "", "XML", f"Không phải XML: {wrong.msg}.")
        return
    message = next(root.iter(f"{{{_namespace(schema)}}}*"), None)
    if message is None:
        words = "Không có thông điệp nào của lược đồ trong thân lời gọi."
        yield Difference("", "missing", "", _namespace(schema), words)
        return
    yield from _wrong(message, schema, masks)
    for packed in message.iter():
        inner = _unpacked(packed.text or "")
        if inner is not None:
            yield from _wrong(inner, schema, masks)


def _wrong(message: etree._Element, schema: Path, masks: Masks) -> Iterator[Difference]:
    validator = _validator(schema)
    if validator.validate(message):
        return
    for error in islice(_errors(validator), MOST):
        what = _WHAT.get(error.type_name, "value")
        words = f"{_WORDS[what]}: {masks.text(error.message)}"
        yield Difference(str(error.path or ""), what, "", "", words)


def _unpacked(text: str) -> etree._Element | None:
    """A document that is written as text, in base64 or as it is."""
    plain = text.strip()
    if len(plain) < _LEAST_PACKED:
        return None
    raw = plain.encode()
    if not plain.startswith("<"):
        try:
            raw = base64.b64decode("".join(plain.split()), validate=True)
        except (binascii.Error, ValueError):
            return None
    try:
        return _parsed(raw) if raw.lstrip().startswith(b"<") else None
    except etree.XMLSyntaxError:
        return None


def _parsed(raw: bytes) -> etree._Element:
    """Without entities, documents of others, or more depth than a message has."""
    return etree.fromstring(
        raw,
        etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        ),
    )


def _errors(validator: etree.XMLSchema) -> Iterator[Any]:
    yield from cast("Iterable[Any]", validator.error_log)


@cache
def _namespace(schema: Path) -> str:
    return str(etree.parse(str(schema)).getroot().get("targetNamespace", ""))


@cache
def _validator(schema: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(schema)))
