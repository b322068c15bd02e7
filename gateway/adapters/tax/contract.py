"""The published files of the tax interface, and how a signed document is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lxml import etree

from gateway.adapters.tax.mapping import NAMESPACE
from gateway.carriers.soap import SOAP, SOAPCodec, Strictness
from gateway.validation.certificates import RegisteredCertificate
from gateway.validation.xml import Limits, XMLRefused, parse
from gateway.validation.xml_signature import SignedRow, SignedShape, verify_parsed
from gateway.validation.xsd import XSDSchema

#: Of a document and of a whole call (docs/agencies/tax.md, section 2).
MAX_DOCUMENT_BYTES = 2 * 1024 * 1024
MAX_ENVELOPE_BYTES = 4 * 1024 * 1024
_DEPTH = 32
SHAPE = SignedShape(
    NAMESPACE, limits=Limits(document_bytes=MAX_DOCUMENT_BYTES, depth=_DEPTH)
)
_ENVELOPE = Limits(document_bytes=MAX_ENVELOPE_BYTES, depth=_DEPTH)
_INSTRUCTIONS = etree.XPath("boolean(//processing-instruction())")
_SHOWN_PLACES = 3


class FormRefused(ValueError):
    """A signed document that ``tct.xsd`` does not allow.

    ``places`` names elements, never what stands in them.
    """

    code = "schema"

    def __init__(self, places: str) -> None:
        """Keep the places beside the message."""
        super().__init__(f"schema: {places}")
        self.places = places


@dataclass(frozen=True, slots=True)
class Contract:
    """``tct.wsdl`` and ``tct.xsd``, read once for every office."""

    schema: XSDSchema
    codec: SOAPCodec

    @classmethod
    def load(cls, folder: Path) -> Contract:
        """Read the folder of published files.

        Raises:
            ValueError: a file is no schema, or refers outside the folder.
        """
        schema = XSDSchema(folder / "tct.xsd")

        def root_of(raw: bytes) -> etree._Element:
            return parse(raw, namespace=SOAP, limits=_ENVELOPE).root

        def wrong_places(element: etree._Element) -> Sequence[str]:
            return [fault.path for fault in schema.check(element)]

        codec = SOAPCodec(folder / "tct.wsdl", Strictness(root_of, wrong_places))
        return cls(schema, codec)


def open_signed(
    raw: bytes,
    *,
    certificates: Sequence[RegisteredCertificate],
    at: datetime,
    schema: XSDSchema,
    shape: SignedShape = SHAPE,
) -> SignedRow:
    """The proved ROW of a document: the only part of it that may be used.

    Raises:
        XMLRefused: the document is not read.
        SignatureRefused: it is not proved to be one of ``certificates``'.
        FormRefused: it is signed, and not of the contract.
    """
    root = _parsed(raw, shape)
    proved = verify_parsed(root, certificates=certificates, at=at, shape=shape)
    faults = schema.check(root)
    if faults:
        raise FormRefused(", ".join(fault.path for fault in faults[:_SHOWN_PLACES]))
    return proved


def _parsed(raw: bytes, shape: SignedShape) -> etree._Element:
    """The root of UTF-8 XML without processing instructions, which may cut a text."""
    root = parse(raw, namespace=shape.namespace, limits=shape.limits).root
    declared = root.getroottree().docinfo.encoding or "UTF-8"
    if declared.upper() != "UTF-8" or not _is_utf8(raw):
        raise XMLRefused("xml_encoding", "only UTF-8 is read")
    if _INSTRUCTIONS(root):
        raise XMLRefused("xml_instruction")
    return root


def _is_utf8(raw: bytes) -> bool:
    """Whether the bytes are what they declare: of UTF-16 lxml says UTF-8 too."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in raw
