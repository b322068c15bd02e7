"""XML from strangers, as the tax authority reads it: no DTD, no entities, one encoding."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree
from lxml.etree import _Element, _ProcessingInstruction

NAMESPACE = "urn:vn:lienthong:tct:1"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

MAX_DOCUMENT_BYTES = 2 * 1024 * 1024
MAX_ENVELOPE_BYTES = 4 * 1024 * 1024
_MAX_DEPTH = 32
_XINCLUDE = "{http://www.w3.org/2001/XInclude}"


class Refused(Exception):
    """A message that is not taken; ``code`` is its ERROR_CODE, ``note`` its ERROR_NOTE."""

    def __init__(self, code: str, note: str = "") -> None:
        """``note`` names a place, never a value: values are personal."""
        super().__init__(code)
        self.code = code
        self.note = note


@dataclass(frozen=True, slots=True)
class Schemas:
    """The published schema files, and the code lists beside them."""

    folder: Path
    xsd: etree.XMLSchema
    texts: dict[tuple[str, str], str]
    #: (list, code) → text

    @classmethod
    @cache
    def load(cls, folder: Path) -> Schemas:
        """Read ``tct.xsd`` and ``codes.toml``."""
        xsd = etree.XMLSchema(etree.parse(folder / "tct.xsd"))
        rows = tomllib.loads((folder / "codes.toml").read_text(encoding="utf-8"))[
            "code"
        ]
        texts = {
            (name, row["code"]): row["text"] for row in rows for name in row["lists"]
        }
        return cls(folder, xsd, texts)

    def check(self, root: _Element, name: str) -> None:
        """Raise ``Refused`` 01 unless ``root`` is a valid element of that name."""
        if root.tag != tag(name):
            raise Refused("01", f"phần tử gốc phải là {name}")
        if not self.xsd.validate(root):
            log: Any = self.xsd.error_log
            place = _place(root, log[0].path or "/*")
            raise Refused("01", f"dòng {log[0].line}: {place}"[:1000])


def _place(root: _Element, path: str) -> str:
    """Where a schema error lies, in names: ``TT_NSD[2]/HO_TEN``, below ROW if there."""
    try:
        found: Any = root.getroottree().xpath(path)
    except etree.XPathError:
        # libxml2 writes the prefixes of a foreign namespace, which are the sender's.
        return path
    node: _Element | None = found[0] if found else root
    names: list[str] = []
    while node is not None:
        name = etree.QName(node).localname
        twins = [] if (parent := node.getparent()) is None else parent.findall(node.tag)
        names.append(f"{name}[{twins.index(node) + 1}]" if len(twins) > 1 else name)
        node = parent
    full = "/".join(reversed(names))
    return full.removeprefix("DATA/BODY/ROW/")


def tag(name: str, namespace: str = NAMESPACE) -> str:
    """A name in a namespace, usually that of slips."""
    return f"{{{namespace}}}{name}"


def text_of(parent: _Element, path: str) -> str:
    """Text at a path of names such as ``TT_CHUNG/MA_HS``; empty when absent."""
    return (
        parent.findtext("/".join(tag(name) for name in path.split("/"))) or ""
    ).strip()


def parse(raw: bytes, *, max_bytes: int = MAX_DOCUMENT_BYTES) -> _Element:
    """The root element of UTF-8 XML; ``Refused`` 01 for what could do harm."""
    if len(raw) > max_bytes:
        raise Refused("01", "thông điệp quá lớn")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("01", "không phải UTF-8") from error
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise Refused("01", "không được có DTD hoặc thực thể")
    try:
        root = etree.fromstring(raw, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused("01", "không phải XML đúng cú pháp") from error
    tree = root.getroottree()
    if (tree.docinfo.encoding or "UTF-8").upper() != "UTF-8":
        raise Refused("01", "không phải UTF-8")
    outside = [*root.itersiblings(), *root.itersiblings(preceding=True)]
    _refuse_instructions(outside)
    _walk(root)
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
    )


def _refuse_instructions(nodes: list[_Element]) -> None:
    if any(isinstance(node, _ProcessingInstruction) for node in nodes):
        raise Refused("01", "không được có chỉ thị xử lý")


def _walk(root: _Element) -> None:
    level = [root]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in node]
        _refuse_instructions(level)
        if any(str(n.tag).startswith(_XINCLUDE) for n in level):
            raise Refused("01", "không được có XInclude")
        if not level:
            return
    raise Refused("01", "lồng quá sâu")
