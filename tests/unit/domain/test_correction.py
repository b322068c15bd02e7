"""What of a document staff may change, and what a change makes of it."""

from __future__ import annotations

from gateway.domain.correction import changed, corrected, fields_of

DOCUMENT = {
    "number": "H00.01-260310-0001",
    "procedure": "1.999001",
    "units": {"intake": "H00.20.01"},
    "area": {"commune": "99101"},
    "applicant": {"name": "Bà Ví Dụ", "identity": {"number": "000000000000"}},
    "owners": [{"name": "Ông Ví Dụ", "a/b~c": "có"}],
    "parcels": [{"number": "101", "area_m2": 120}],
    "documents": [{"name": "Đơn"}],
    "extension": {"x": "y"},
}


def test_numbers_files_and_what_is_not_text_are_not_for_staff() -> None:
    paths = [path for path, _ in fields_of(DOCUMENT)]
    assert paths == [
        "/area/commune",
        "/applicant/name",
        "/applicant/identity/number",
        "/applicant/phone",
        "/applicant/email",
        "/applicant/address",
        "/owners/0/name",
        "/owners/0/a~1b~0c",
        "/parcels/0/number",
    ]


def test_only_what_differs_is_a_change_and_what_nobody_offered_is_none() -> None:
    typed = {
        "/applicant/name": "Bà Ví Dụ",
        "/applicant/phone": "0900 000 000",
        "/number": "another",
        "/documents/0/name": "another",
        "/nothing": "x",
    }
    assert changed(DOCUMENT, typed) == {"/applicant/phone": ("", "0900 000 000")}


def test_a_change_is_made_in_a_copy_and_an_emptied_field_is_gone() -> None:
    made = corrected(
        DOCUMENT,
        {
            "/applicant/phone": ("", "0900 000 000"),
            "/applicant/identity/number": ("000000000000", ""),
            "/owners/0/a~1b~0c": ("có", "không"),
        },
    )
    assert made["applicant"] == {
        "name": "Bà Ví Dụ",
        "identity": {},
        "phone": "0900 000 000",
    }
    assert made["owners"] == [{"name": "Ông Ví Dụ", "a/b~c": "không"}]
    assert DOCUMENT["applicant"] == {
        "name": "Bà Ví Dụ",
        "identity": {"number": "000000000000"},
    }
