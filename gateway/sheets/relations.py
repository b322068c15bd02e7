"""Which entry of an .xlsx holds which sheet.

Read by pattern: a name that is not found costs remarks, never values.
"""

from __future__ import annotations

import html
import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import zipfile

_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"


def sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Name of each sheet → its entry."""
    if _RELATIONS not in archive.namelist():
        return {}
    targets = {
        _attribute(tag, "Id"): posixpath.normpath(
            posixpath.join("/xl", _attribute(tag, "Target"))
        ).lstrip("/")
        for tag in _RELATION.findall(_text(archive, _RELATIONS))
    }
    return {
        _attribute(tag, "name"): targets.get(_attribute(tag, r"\w+:id"), "")
        for tag in _SHEET.findall(_text(archive, _WORKBOOK))
    }


def _text(archive: zipfile.ZipFile, name: str) -> str:
    return archive.read(name).decode("utf-8", "replace")


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"\s{name}=(\"([^\"]*)\"|'([^']*)')", tag)
    return html.unescape(found[2] or found[3] or "") if found else ""
