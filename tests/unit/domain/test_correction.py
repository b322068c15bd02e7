"""What of a document staff may change, and what a change makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.domain.correction import NOT_HERE, changed, corrected, fields_of
from gateway.domain.remarks import place_words

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas" / "dossier"

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


def _named(schema: Any) -> Iterator[str]:
    """Every field that a schema names, at any depth."""
    inner = schema.values() if isinstance(schema, dict) else schema
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
    for one in inner:
        if isinstance(one, dict | list):
            yield from _named(one)


def test_every_field_that_staff_may_change_has_a_name_in_their_language() -> None:
    texts = [path.read_text("utf-8") for path in SCHEMAS.glob("*.json")]
    assert len(texts) > 10
    names = {name for text in texts for name in _named(json.loads(text))}
    #: Written by the gateway, or parts of files, which nobody types.
    others = {"idempotency_key", "sha256", "part", "attachment", "size", "media_type"}
    others |= {"source_id", "intake", "decision", "return", "base64"}
    for name in names - NOT_HERE - others:
        assert place_words(f"/{name}") != name, name
