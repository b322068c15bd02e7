"""Faults are named by place and rule, never by value."""

from __future__ import annotations

import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from gateway.validation.xml import XMLRefused, parse
from gateway.validation.xsd import XSDSchema

if TYPE_CHECKING:
    from pathlib import Path

HEAD = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:vi-du:1"'
    ' targetNamespace="urn:vi-du:1" elementFormDefault="qualified">'
)
TYPES = (
    HEAD + '<xs:simpleType name="Ngay"><xs:restriction base="xs:date">'
    '<xs:pattern value="[0-9]{4}-[0-9]{2}-[0-9]{2}"/></xs:restriction>'
    "</xs:simpleType></xs:schema>"
)
MAIN = (
    HEAD + '<xs:include schemaLocation="types.xsd"/><xs:element name="HS">'
    '<xs:complexType><xs:sequence><xs:element name="DONG" maxOccurs="unbounded">'
    '<xs:complexType><xs:sequence><xs:element name="NGAY" type="Ngay"/>'
    '<xs:element name="SO_TIEN" type="xs:nonNegativeInteger"/></xs:sequence>'
    '<xs:attribute name="Id" use="required"/></xs:complexType></xs:element>'
    "</xs:sequence></xs:complexType></xs:element></xs:schema>"
)
GOOD = '<DONG Id="1"><NGAY>2026-03-10</NGAY><SO_TIEN>100</SO_TIEN></DONG>'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "types.xsd").write_text(TYPES, "utf-8")
    main = tmp_path / "main.xsd"
    main.write_text(MAIN, "utf-8")
    return main


def document(*lines: str) -> bytes:
    return f'<HS xmlns="urn:vi-du:1">\n{"".join(lines)}\n</HS>'.encode()


def test_a_valid_document_has_no_faults(path: Path) -> None:
    assert XSDSchema(path).check(parse(document(GOOD, GOOD)).root) == []


def test_every_fault_is_named_with_its_place(path: Path) -> None:
    wrong = GOOD.replace("2026-03-10", "2026-02-31").replace(">100<", ">abc<")
    faults = XSDSchema(path).check(parse(document(GOOD, "\n", wrong)).root)
    assert [(fault.line, fault.path) for fault in faults] == [
        (3, "/HS/DONG[2]/NGAY"),
        (3, "/HS/DONG[2]/SO_TIEN"),
    ]


def test_a_fault_never_quotes_a_value(path: Path) -> None:
    wrong = GOOD.replace(">100<", ">Nguyễn Văn Ví Dụ<").replace("2026", "mười")
    faults = XSDSchema(path).check(parse(document(wrong)).root)
    assert faults
    told = " ".join(fault.message for fault in faults)
    assert "Ví Dụ" not in told
    assert "mười" not in told


def test_a_missing_element_is_named(path: Path) -> None:
    wrong = GOOD.replace("<NGAY>2026-03-10</NGAY>", "")
    (fault,) = XSDSchema(path).check(parse(document(wrong)).root)
    assert fault.path == "/HS/DONG/SO_TIEN"
    assert "NGAY" in fault.message


def test_a_missing_attribute_and_a_wrong_root_are_faults(path: Path) -> None:
    schema = XSDSchema(path)
    (fault,) = schema.check(parse(document(GOOD.replace(' Id="1"', ""))).root)
    assert "Id" in fault.message
    assert schema.check(parse(b'<HS xmlns="urn:vi-du:2"/>').root)


def test_a_part_of_a_document_is_named_from_itself(path: Path) -> None:
    whole = parse(b"<A><B/>" + document(GOOD.replace("100", "x")) + b"</A>").root
    faults = XSDSchema(path).check(whole[1])
    assert {fault.path for fault in faults} == {"/HS/DONG/SO_TIEN"}


def test_prefixes_do_not_confuse_places(path: Path) -> None:
    text = (
        '<v:HS xmlns:v="urn:vi-du:1"><v:DONG Id="1"><v:NGAY>2026-03-10</v:NGAY>'
        "<v:SO_TIEN>x</v:SO_TIEN></v:DONG></v:HS>"
    )
    faults = XSDSchema(path).check(parse(text.encode()).root)
    assert {fault.path for fault in faults} == {"/HS/DONG/SO_TIEN"}


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:9/x.xsd", "../x.xsd", "file:///etc/passwd"]
)
def test_a_schema_that_refers_elsewhere_is_refused(location: str, path: Path) -> None:
    path.write_text(MAIN.replace("types.xsd", location), "utf-8")
    with pytest.raises(ValueError, match="outside its folder"):
        XSDSchema(path)


def test_a_schema_with_a_document_type_is_refused(path: Path) -> None:
    path.write_text("<!DOCTYPE x>" + MAIN, "utf-8")
    with pytest.raises(XMLRefused):
        XSDSchema(path)


def test_a_wrong_schema_is_refused(path: Path) -> None:
    path.write_text(MAIN.replace('type="Ngay"', 'type="Nobody"'), "utf-8")
    with pytest.raises(ValueError, match="is no schema"):
        XSDSchema(path)


@pytest.mark.system
def test_xmllint_agrees(path: Path, tmp_path: Path) -> None:
    schema = XSDSchema(path)
    lines = [GOOD, GOOD.replace("100", "-1"), GOOD.replace("03-10", "02-30")]
    seen = set()
    for line in lines:
        sample = tmp_path / "sample.xml"
        sample.write_bytes(document(line))
        judged = subprocess.run(
            ["xmllint", "--nonet", "--noout", "--schema", str(path), str(sample)],
            capture_output=True,
            check=False,
            timeout=20,
        )
        valid = schema.check(parse(sample.read_bytes()).root) == []
        assert valid == (judged.returncode == 0)
        seen.add(valid)
    assert seen == {True, False}


def test_threads_do_not_mix_their_faults(path: Path) -> None:
    schema = XSDSchema(path)
    wrong = document(*[GOOD.replace("100", "x")] * 3)
    counts: list[tuple[int, int]] = []

    def work() -> None:
        for _ in range(100):
            good = len(schema.check(parse(document(GOOD)).root))
            counts.append(
                (good, len({f.path for f in schema.check(parse(wrong).root)}))
            )

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == 400
    assert set(counts) == {(0, 3)}
