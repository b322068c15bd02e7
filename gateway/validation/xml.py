"""The one hardened XML parser; callers pass through here explicitly.

lxml's default parser is process-wide state that any library may change, so it
is never relied upon. A document type declaration is found by a separate reader
before libxml2 sees the document: what declares entities is not even parsed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn
from xml.parsers import expat

from lxml import etree

XINCLUDE = "http://www.w3.org/2001/XInclude"
_STYLESHEETS = frozenset({"xml-stylesheet", "xml-transform"})


class XMLRefused(ValueError):
    """The document is not read any further.

    ``code``: ``xml_dtd``, ``xml_entity``, ``xml_xinclude``, ``xml_stylesheet``,
    ``xml_malformed``, ``xml_too_deep``, ``xml_too_large`` or ``xml_namespace``.
    The message never quotes the document.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        """Keep the code beside the message."""
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a document is read; sizes in bytes, texts in characters."""

    document_bytes: int = 16 * 1024 * 1024
    depth: int = 64
    #: of nested elements; libxml2 itself ends at 256
    attributes: int = 64
    #: of one element
    text: int = 9_000_000
    #: of one element or attribute; libxml2 itself ends at 10 million


@dataclass(frozen=True, slots=True)
class ParsedXML:
    """A document and the exact bytes it was read from.

    The bytes are what a signature was made over and what is passed on; the
    tree is never written out again in their place.
    """

    raw: bytes
    root: etree._Element


DEFAULT_LIMITS = Limits()
_XINCLUDES = etree.XPath("//x:*", namespaces={"x": XINCLUDE})
_INSTRUCTIONS = etree.XPath("//processing-instruction()")
_CROWDED = etree.XPath("boolean(//*/@*[position() > $limit])")
_WORDY = etree.XPath(
    "boolean(//text()[string-length(.) > $limit] | //@*[string-length(.) > $limit])"
)


def _new_parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=False,
        remove_pis=False,
        remove_blank_text=False,
        strip_cdata=False,
    )


def parse(
    document: bytes, *, namespace: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> ParsedXML:
    """Read a document that somebody else wrote.

    ``namespace``: what the root element must belong to; None asks nothing.

    Raises:
        XMLRefused: with the code of the first reason that was found.
    """
    if len(document) > limits.document_bytes:
        raise XMLRefused("xml_too_large", f"over {limits.document_bytes} bytes")
    _refuse_declarations(document)
    try:
        root = etree.fromstring(document, _new_parser())
    except etree.XMLSyntaxError as wrong:
        raise _refusal(wrong) from None
    _refuse_shape(root, limits, len(document))
    if namespace is not None and etree.QName(root).namespace != namespace:
        raise XMLRefused("xml_namespace", f"the root is not in {namespace}")
    return ParsedXML(document, root)


class _RootReached(Exception):
    """The prologue is over and held nothing to refuse."""


def _refuse_declarations(document: bytes) -> None:
    """Refuse a document type declaration before anything in it takes effect."""
    reader = expat.ParserCreate()
    reader.StartElementHandler = _stop
    reader.EntityDeclHandler = _refuse_entity
    reader.EndDoctypeDeclHandler = _refuse_dtd
    try:
        reader.Parse(document, True)  # noqa: FBT003  positional in the C interface
    except _RootReached:
        return
    except XMLRefused:
        raise
    except expat.ExpatError as wrong:
        place = f"line {wrong.lineno}, column {wrong.offset}"
        raise XMLRefused("xml_malformed", place) from None
    except (ValueError, LookupError):
        # An encoding that nobody knows.
        raise XMLRefused("xml_malformed", "encoding") from None


def _stop(_name: str, _attributes: dict[str, str]) -> NoReturn:
    raise _RootReached


def _refuse_entity(*_declaration: object) -> NoReturn:
    raise XMLRefused("xml_entity", "an entity is declared")


def _refuse_dtd() -> NoReturn:
    raise XMLRefused("xml_dtd", "a document type is declared")


def _refusal(wrong: etree.XMLSyntaxError) -> XMLRefused:
    """The code of what libxml2 met; its own words may quote the document."""
    line, column = wrong.position
    place = f"line {line}, column {column}"
    known: Any = wrong
    # Not by its error_log: that one also holds what earlier documents met.
    if known.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        deep = "depth" in str(wrong.msg).lower()
        return XMLRefused("xml_too_deep" if deep else "xml_too_large", place)
    return XMLRefused("xml_malformed", place)


def _refuse_shape(root: etree._Element, limits: Limits, size: int) -> None:
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None:
        # Both readers would have to be wrong; asked all the same.
        raise XMLRefused("xml_dtd")
    if _too_deep(limits.depth)(root):
        raise XMLRefused("xml_too_deep", f"over {limits.depth} levels")
    if _CROWDED(root, limit=limits.attributes):
        raise XMLRefused("xml_too_large", f"over {limits.attributes} attributes")
    # Without entities no text is longer than its document.
    if size > limits.text and _WORDY(root, limit=limits.text):
        raise XMLRefused("xml_too_large", f"a text over {limits.text} characters")
    if _XINCLUDES(root):
        raise XMLRefused("xml_xinclude")
    instructions: Any = _INSTRUCTIONS(root)
    if any(instruction.target.lower() in _STYLESHEETS for instruction in instructions):
        raise XMLRefused("xml_stylesheet")


@cache
def _too_deep(levels: int) -> etree.XPath:
    """Whether an element stands below that many levels; walked in C."""
    return etree.XPath("boolean(" + "/*" * (levels + 1) + ")")
