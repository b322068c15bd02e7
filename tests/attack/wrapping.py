"""Signature wrapping: the signed part stands where nobody looks, a forged one where all do.

The eight are those of Somorovsky and others ("On Breaking SAML", 2012), carried over to
a slip: DATA is their response, ROW their assertion.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import xmlsec
from lxml import etree
from xmlsec import constants

from gateway.validation.xml import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

NAMESPACE = "urn:vn:lienthong:tct:1"
DS = "http://www.w3.org/2000/09/xmldsig#"
FORGED = "Kẻ Giả Mạo (ví dụ)"
#: The applicant's name in a slip, as ``tct.xsd`` calls it.
NAME = "HO_TEN"


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


class Slip:
    """A signed slip in its parts, and a row that nobody signed."""

    def __init__(self, signed: bytes) -> None:
        self.root = parse(signed).root
        self.body = self._one(_tag("BODY"))
        self.row = self._one(_tag("ROW"))
        self.security = self._one(_tag("SECURITY"))
        self.signature = self._one(f"{{{DS}}}Signature")
        self.forged = copy.deepcopy(self.row)
        self.forged.set("Id", "KHAC")
        for name in self.forged.iter(_tag(NAME)):
            name.text = FORGED

    def _one(self, name: str) -> etree._Element:
        found = next(self.root.iter(name))
        assert isinstance(found, etree._Element)
        return found

    def written(self, root: etree._Element | None = None) -> bytes:
        return etree.tostring(
            self.root if root is None else root, encoding="UTF-8", xml_declaration=True
        )

    def forged_whole(self) -> tuple[etree._Element, etree._Element]:
        """A whole forged document without a signature, and its SECURITY."""
        root = copy.deepcopy(self.root)
        for row in list(root.iter(_tag("ROW"))):
            parent = row.getparent()
            assert parent is not None
            parent.replace(row, copy.deepcopy(self.forged))
        security = next(root.iter(_tag("SECURITY")))
        for signature in list(security):
            security.remove(signature)
        return root, security


def xsw1(slip: Slip) -> bytes:
    """The true document inside the signature of a forged one."""
    root, security = slip.forged_whole()
    original = copy.deepcopy(slip.root)
    signature = copy.deepcopy(slip.signature)
    for inner in list(original.iter(f"{{{DS}}}Signature")):
        parent = inner.getparent()
        assert parent is not None
        parent.remove(inner)
    etree.SubElement(signature, f"{{{DS}}}Object").append(original)
    security.append(signature)
    return slip.written(root)


def xsw2(slip: Slip) -> bytes:
    """The true document beside the signature, under a forged root."""
    root, security = slip.forged_whole()
    security.append(copy.deepcopy(slip.root))
    security.append(copy.deepcopy(slip.signature))
    return slip.written(root)


def xsw3(slip: Slip) -> bytes:
    """A forged row before the true one."""
    slip.body.insert(0, slip.forged)
    return slip.written()


def xsw4(slip: Slip) -> bytes:
    """The true row inside the forged one."""
    slip.body.replace(slip.row, slip.forged)
    slip.forged.append(slip.row)
    return slip.written()


def xsw5(slip: Slip) -> bytes:
    """The forged row in the true one's place, the true one at the end."""
    slip.body.replace(slip.row, slip.forged)
    slip.body.append(slip.row)
    return slip.written()


def xsw6(slip: Slip) -> bytes:
    """The true row inside what the signature says of its key."""
    slip.body.replace(slip.row, slip.forged)
    about = slip.signature.find(f"{{{DS}}}KeyInfo")
    if about is None:
        about = etree.SubElement(slip.signature, f"{{{DS}}}KeyInfo")
    about.append(slip.row)
    return slip.written()


def xsw7(slip: Slip) -> bytes:
    """The true row inside an extension."""
    slip.body.replace(slip.row, slip.forged)
    extension = etree.Element(_tag("MO_RONG"))
    extension.append(slip.row)
    slip.body.insert(1, extension)
    return slip.written()


def xsw8(slip: Slip) -> bytes:
    """The true row inside an object of the signature."""
    slip.body.replace(slip.row, slip.forged)
    etree.SubElement(slip.signature, f"{{{DS}}}Object").append(slip.row)
    return slip.written()


def twice(slip: Slip) -> bytes:
    """Two rows of one Id."""
    slip.forged.set("Id", str(slip.row.get("Id")))
    slip.body.insert(0, slip.forged)
    return slip.written()


def stripped(slip: Slip) -> bytes:
    """The forged row, and no signature."""
    slip.body.replace(slip.row, slip.forged)
    slip.security.remove(slip.signature)
    return slip.written()


def changed(slip: Slip) -> bytes:
    """Another name under the same signature."""
    for name in slip.row.iter(_tag(NAME)):
        name.text = FORGED
    return slip.written()


WRAPPED: Mapping[str, Callable[[Slip], bytes]] = {
    made.__name__: made for made in (xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8)
}
FORGERIES: Mapping[str, Callable[[Slip], bytes]] = {
    **WRAPPED,
    "one-id-twice": twice,
    "signature-stripped": stripped,
    "content-changed": changed,
}


def naive(document: bytes, certificate: Path) -> str:
    """The name that a careless verifier reads, which takes any signature that holds."""
    root = parse(document).root
    signature = next(root.iter(f"{{{DS}}}Signature"))
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(str(certificate), constants.KeyDataFormatCertPem)
    context.verify(signature)
    row = next(root.iter(_tag("ROW")))
    return str(next(row.iter(_tag(NAME))).text)
