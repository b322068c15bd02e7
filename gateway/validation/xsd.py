"""XML Schema, read once from our own files; nothing is fetched.

What is wrong is named by place and rule. libxml2's own messages quote values,
which may be personal, so only those about names of elements are passed on.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from lxml import etree

from gateway.validation.xml import parse

_XS = "{http://www.w3.org/2001/XMLSchema}"
_REFERENCES = (f"{_XS}import", f"{_XS}include", f"{_XS}redefine", f"{_XS}override")
#: Rules whose messages hold names of elements and attributes only, never content.
_NAMES_ONLY = frozenset(
    {
        "SCHEMAV_ELEMENT_CONTENT",
        "SCHEMAV_CVC_ELT_1",
        "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1",
        "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2",
        "SCHEMAV_CVC_COMPLEX_TYPE_4",
    }
)


class SchemaFault(NamedTuple):
    """One place where a document leaves its schema."""

    line: int
    path: str
    #: local names with positions, as ``/DATA/BODY/ROW/TT_CHUNG[1]``
    message: str
    #: English; names the rule, never the value


class XSDSchema:
    """One compiled schema, safe to be used from several threads."""

    def __init__(self, path: Path) -> None:
        """Compile the schema and what it includes, all from its own folder.

        Raises:
            ValueError: it refers outside its folder, or is no schema.
        """
        _require_local(path)
        parser = etree.XMLParser(
            no_network=True, resolve_entities=False, load_dtd=False, huge_tree=False
        )
        try:
            self._schema = etree.XMLSchema(etree.parse(str(path), parser))
        except etree.XMLSchemaParseError as wrong:
            raise ValueError(f"{path.name} is no schema: {wrong}") from None
        # The list of errors belongs to the schema object, not to the call.
        self._lock = Lock()

    def check(self, element: etree._Element) -> list[SchemaFault]:
        """Every fault in document order; empty when the element is valid."""
        with self._lock:
            if self._schema.validate(element):
                return []
            log: Any = self._schema.error_log
            entries = list(log)
        return [
            SchemaFault(entry.line, _path(element, entry.path), _message(entry))
            for entry in entries
        ]


def _require_local(path: Path) -> None:
    """Read a schema and all that it refers to with the hardened parser.

    Raises:
        XMLRefused: a file is not read.
        ValueError: a reference leaves the folder.
    """
    folder = path.resolve().parent
    seen: set[Path] = set()
    waiting = [path.resolve()]
    while waiting:
        member = waiting.pop()
        seen.add(member)
        root = parse(member.read_bytes()).root
        for reference in root.iterchildren(*_REFERENCES):
            location = reference.get("schemaLocation", member.name)
            target = (member.parent / location).resolve()
            if "://" in location or not target.is_relative_to(folder):
                raise ValueError(f"{member.name} refers outside its folder")
            if target not in seen:
                waiting.append(target)


def _message(entry: Any) -> str:
    if entry.type_name in _NAMES_ONLY:
        return str(entry.message)
    rule = str(entry.type_name).removeprefix("SCHEMAV_").lower().replace("_", " ")
    return f"the value does not hold: {rule}"


def _path(element: etree._Element, where: str | None) -> str:
    """A path in local names for libxml2's path in numbers and prefixes."""
    prefixes = {p: u for e in element.iter() for p, u in e.nsmap.items() if p}
    tree = etree.ElementTree(element)
    found: Any = tree.xpath(where, namespaces=prefixes) if where else []
    node: etree._Element | None = found[0] if found else element
    steps: list[str] = []
    while node is not None:
        name = etree.QName(node).localname
        before = sum(1 for _ in node.itersiblings(node.tag, preceding=True))
        several = before or next(node.itersiblings(node.tag), None) is not None
        steps.append(f"{name}[{before + 1}]" if several else name)
        node = None if node is element else node.getparent()
    return "/" + "/".join(reversed(steps))
