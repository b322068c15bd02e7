"""Reports of interfaces that speak XML: listed fields by value, every other by its kind."""

from __future__ import annotations

import base64
import json

from gateway.conformance.partner.masking import Mask

ROW = (
    "<DATA xmlns='urn:x'><ROW Id='Nguyễn'><MA_HS>H99-1</MA_HS><HO_TEN>Nguyễn Văn Kín"
    "</HO_TEN><!-- 096090000099 --><DESC>Đã nhận Nguyễn Văn Kín</DESC><NOTE/></ROW></DATA>"
)
MASK = Mask(
    ("khoa-bi-mat",), {"MA_HS"}, {"DESC"}, ("Đã nhận",), names=frozenset({"MA_HS"})
)


def soap(inside: str) -> bytes:
    return (
        f"<e:Envelope xmlns:e='urn:e'><e:Body>{inside}</e:Body></e:Envelope>".encode()
    )


def test_values_of_listed_fields_are_shown_and_others_told_by_kind() -> None:
    assert MASK.body(ROW.encode()).splitlines() == [
        "DATA",
        " ROW",
        "  MA_HS: H99-1",
        "  HO_TEN: ‹chữ, 14 ký tự›",
        "  DESC: Đã nhận",
        "  NOTE",
    ]


def test_a_document_in_base64_is_shown_as_what_it_holds() -> None:
    inside = base64.encodebytes(ROW.encode()).decode()
    told = MASK.body(soap(f"<NoiDung>{inside}</NoiDung><Dau>{inside[:50]}</Dau>"))
    assert "  NoiDung\n   DATA\n    ROW\n     MA_HS: H99-1" in told
    assert "  Dau: ‹chữ, 50 ký tự›" in told
    assert "Kín" not in told


def test_a_document_in_base64_inside_json_is_shown_as_what_it_holds() -> None:
    inside = base64.b64encode(ROW.encode()).decode()
    told = json.loads(MASK.body(json.dumps({"Data": {"Tep": inside}}).encode()))
    assert told["Data"]["Tep"][:3] == ["DATA", " ROW", "  MA_HS: H99-1"]
    assert "Kín" not in str(told)


def test_a_secret_stands_nowhere_even_in_a_listed_field_or_a_name() -> None:
    told = MASK.body(b"<khoa-bi-mat><MA_HS>khoa-bi-mat</MA_HS></khoa-bi-mat>")
    assert told == "***\n MA_HS: ***"


def test_xml_that_is_not_read_is_told_by_what_it_is() -> None:
    doctype = b"<!DOCTYPE a [<!ENTITY e 'Nguyen Van Kin'>]><a>&e;</a>"
    assert MASK.body(doctype) == f"(XML, {len(doctype)} byte)"
    assert MASK.body(b"<a><b>Nguyen</a>") == "(XML, 16 byte)"
    page = b"<!doctype html><html><body>Nguyen</body></html>"
    assert MASK.body(page) == f"(trang HTML, {len(page)} byte)"


def test_of_many_rows_the_rest_is_counted() -> None:
    told = MASK.body(f"<a>{'<b>x</b>' * 100}</a>".encode()).splitlines()
    assert told[-1] == " … và 60 phần tử nữa"
    assert len(told) == 42
