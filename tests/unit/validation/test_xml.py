"""Attacks by XML, each with a control: an open parser lets it through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree

from gateway.validation.xml import Limits, XMLRefused, parse

if TYPE_CHECKING:
    from pathlib import Path

LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;&c;</a>'
)
QUADRATIC = (
    b'<!DOCTYPE a [<!ENTITY a "' + b"x" * 5000 + b'">]><a>' + b"&a;" * 150 + b"</a>"
)
STYLESHEET = b'<?xml-stylesheet type="text/xsl" href="file:///evil.xsl"?><a/>'


def open_parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=True, load_dtd=True, no_network=False, huge_tree=True
    )


def open_text(document: bytes) -> str:
    """What a parser that was left open reads."""
    root = etree.fromstring(document, open_parser())  # noqa: TID251  the control
    return "".join(str(text) for text in root.itertext())


def refusal(document: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(XMLRefused) as refused:
        parse(document, limits=limits or Limits())
    return refused.value.code


def test_a_document_keeps_its_bytes_and_its_text() -> None:
    document = "<a xmlns='urn:vi-du'> Nguyễn Văn Ví Dụ <!-- x --></a>".encode()
    parsed = parse(document, namespace="urn:vi-du")
    assert parsed.raw == document
    assert parsed.root.text == " Nguyễn Văn Ví Dụ "


def test_billion_laughs_are_refused() -> None:
    assert len(open_text(LAUGHS)) == 4 * 8 * 8 * 2
    assert refusal(LAUGHS) == "xml_entity"


def test_quadratic_blow_up_is_refused() -> None:
    assert len(open_text(QUADRATIC)) == 750_000
    assert refusal(QUADRATIC) == "xml_entity"


def test_an_external_file_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("bí mật", "utf-8")
    attack = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a>&x;</a>'.encode()
    assert open_text(attack) == "bí mật"
    assert refusal(attack) == "xml_entity"


class Recorder(etree.Resolver):
    """Notes what a parser asks for and answers it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def resolve(  # type: ignore[override]  # the stubs know no context
        self, system_url: str, public_id: str, context: object
    ) -> object:
        self.asked.append(system_url)
        return self.resolve_string("reached", context)  # type: ignore[call-arg]


def test_nothing_is_fetched_from_a_network() -> None:
    attack = b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><a>&x;</a>'
    parser, recorder = open_parser(), Recorder()
    parser.resolvers.add(recorder)
    root = etree.fromstring(attack, parser)  # noqa: TID251  the control
    assert recorder.asked == ["http://127.0.0.1:9/x"]
    assert root.text == "reached"
    assert refusal(attack) == "xml_entity"


def test_a_parameter_entity_is_not_expanded(tmp_path: Path) -> None:
    outside = tmp_path / "outside.dtd"
    outside.write_text('<!ENTITY x "from outside">', "utf-8")
    attack = (
        f'<!DOCTYPE a [<!ENTITY % p SYSTEM "{outside.as_uri()}">%p;]><a>&x;</a>'
    ).encode()
    assert open_text(attack) == "from outside"
    assert refusal(attack) == "xml_entity"


def test_an_external_document_type_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.dtd"
    outside.write_text('<!ENTITY x "from outside">', "utf-8")
    attack = f'<!DOCTYPE a SYSTEM "{outside.as_uri()}"><a>&x;</a>'.encode()
    assert open_text(attack) == "from outside"
    assert refusal(attack) == "xml_dtd"


def test_a_default_attribute_of_a_document_type_is_refused() -> None:
    attack = b'<!DOCTYPE a [<!ATTLIST a Id CDATA "forged">]><a/>'
    root = etree.fromstring(  # noqa: TID251  the control
        attack, etree.XMLParser(attribute_defaults=True, load_dtd=True)
    )
    assert root.get("Id") == "forged"
    assert refusal(attack) == "xml_dtd"


def test_an_encoding_does_not_hide_a_document_type() -> None:
    attack = "<!DOCTYPE a [<!ENTITY x 'hidden'>]><a>&x;</a>".encode("utf-16")
    assert b"<!DOCTYPE" not in attack
    assert open_text(attack) == "hidden"
    assert refusal(attack) == "xml_entity"


def test_an_inclusion_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("bí mật", "utf-8")
    attack = (
        '<a xmlns:i="http://www.w3.org/2001/XInclude">'
        f'<i:include href="{secret.as_uri()}" parse="text"/></a>'
    ).encode()
    root = etree.fromstring(attack, open_parser())  # noqa: TID251  the control
    root.getroottree().xinclude()
    assert root.text == "bí mật"
    assert refusal(attack) == "xml_xinclude"


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_stylesheet_instruction_is_refused(where: str) -> None:
    instruction, root = STYLESHEET.split(b"<a/>")[0], b"<a/>"
    document = instruction + root if where == "before" else root + instruction
    assert refusal(document) == "xml_stylesheet"


def test_a_refusal_says_nothing_about_earlier_documents() -> None:
    assert refusal(b"<a>" * 300) == "xml_too_deep"
    assert refusal(b"<a>") == "xml_malformed"


@pytest.mark.parametrize("levels", [65, 300, 2000])
def test_deep_nesting_is_refused(levels: int) -> None:
    attack = b"<a>" * levels + b"</a>" * levels
    parser = open_parser()
    assert etree.fromstring(attack, parser) is not None  # noqa: TID251  the control
    assert refusal(attack) == "xml_too_deep"


def test_nesting_at_the_limit_is_read() -> None:
    assert parse(b"<a>" * 64 + b"</a>" * 64).root.tag == "a"


@pytest.mark.parametrize(
    ("document", "limits"),
    [
        (b"<a>" + b"x" * 100 + b"</a>", Limits(document_bytes=50)),
        (b"<a>" + b"x" * 100 + b"</a>", Limits(text=50)),
        (b'<a b="' + b"x" * 100 + b'"/>', Limits(text=50)),
        (b'<a a1="" a2="" a3=""/>', Limits(attributes=2)),
        (b"<a>" + b"x" * 11_000_000 + b"</a>", Limits(text=12_000_000)),
    ],
    ids=["document", "text", "attribute", "attributes", "beyond the parser"],
)
def test_too_much_is_refused(document: bytes, limits: Limits) -> None:
    assert refusal(document, limits) == "xml_too_large"


@pytest.mark.parametrize(
    "document",
    [b"", b" ", b"{}", b"<a>", b"<a/><b/>", b"<a b=1/>", b"\x00", b"<a>&x;</a>",
     b"<a>\xff</a>", b'<?xml version="1.0" encoding="nobody-knows"?><a/>'],
)  # fmt: skip
def test_what_is_no_xml_is_refused(document: bytes) -> None:
    assert refusal(document) == "xml_malformed"


def test_broken_xml_is_not_repaired() -> None:
    broken = b"<a><b>1</a>"
    repaired = etree.fromstring(  # noqa: TID251  the control
        broken, etree.XMLParser(recover=True)
    )
    assert repaired.findtext("b") == "1"
    assert refusal(broken) == "xml_malformed"


@pytest.mark.parametrize("namespace", ["", "urn:vi-du:2", "urn:vi-du:1#"])
def test_another_namespace_is_refused(namespace: str) -> None:
    document = f'<a xmlns="{namespace}"/>'.encode()
    with pytest.raises(XMLRefused) as refused:
        parse(document, namespace="urn:vi-du:1")
    assert refused.value.code == "xml_namespace"


def test_a_refusal_never_quotes_the_document() -> None:
    with pytest.raises(XMLRefused) as refused:
        parse(b"<a><NguyenVanViDu></a>")
    assert "NguyenVanViDu" not in str(refused.value)


def test_an_open_default_parser_of_another_library_changes_nothing() -> None:
    etree.set_default_parser(open_parser())
    try:
        assert refusal(LAUGHS) == "xml_entity"
    finally:
        etree.set_default_parser(None)
