"""How far a detail can be read: by §6 of the document alone."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from lxml import etree

from tests.unit.adapters.civil_registry.published import parsed, wrong


def read_layers(outer: bytes) -> str:
    """Where the reading of a detail stops (§6)."""
    try:
        content = json.loads(outer)
    except ValueError:
        return "outer layer"
    try:
        inner = json.loads(content["data"])
    except ValueError:
        return "second layer"
    if wrong("dvclt-detail-inner", inner):
        return "second layer"
    return read_third(inner["data"]) or read_papers(inner["fileDinhKem"])


def read_third(raw: str) -> str:
    try:
        root = parsed(raw)
    except etree.XMLSyntaxError:
        return "third layer"
    is_safe = root.getroottree().docinfo.internalDTD is None
    return (
        "" if is_safe and next(root.iter("hoTich"), None) is not None else "third layer"
    )


def read_papers(papers: list[dict[str, Any]]) -> str:
    for one in papers:
        text = re.sub(r"\s", "", one["duLieuTepDinhKem"])
        try:
            base64.b64decode(text.encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return "paper"
    return ""
