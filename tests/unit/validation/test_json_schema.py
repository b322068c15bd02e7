"""Every wrong field at once, in both languages, never its value."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from gateway.validation.json_schema import DIALECT, JSONSchemaCatalogue

if TYPE_CHECKING:
    from pathlib import Path

NAME = "urn:vi-du:ho-so:1"
PERSON = "urn:vi-du:nguoi:1"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["number", "applicant"],
    "additionalProperties": False,
    "properties": {
        "number": {"type": "string", "pattern": "^H[0-9]{2}$"},
        "applicant": {"$ref": PERSON},
        "born": {"type": "string", "format": "date"},
        "kind": {"enum": ["first", "second"]},
        "amount": {"type": "integer", "minimum": 0},
        "parcels": {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/$defs/parcel"},
        },
        "a/b~c": {"type": "string"},
        "identity": {
            "oneOf": [
                {"type": "null"},
                {"type": "object", "required": ["value", "kind"]},
            ]
        },
    },
    "$defs": {
        "parcel": {
            "type": "object",
            "required": ["sheet", "parcel"],
            "properties": {"sheet": {"type": "string", "minLength": 1}},
        }
    },
}
PERSON_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "maxLength": 20}},
}
GOOD: dict[str, Any] = {"number": "H99", "applicant": {"name": "Nguyễn Văn Ví Dụ"}}


def catalogue(schema: dict[str, Any] = SCHEMA) -> JSONSchemaCatalogue:
    return JSONSchemaCatalogue(
        {
            NAME: {"$schema": DIALECT, "$id": NAME, **schema},
            PERSON: {"$schema": DIALECT, "$id": PERSON, **PERSON_SCHEMA},
        }
    )


def found(document: Any, schema: dict[str, Any] = SCHEMA) -> list[tuple[str, str]]:
    errors = catalogue(schema).errors(NAME, document)
    return [(error.pointer, error.code) for error in errors]


def test_a_valid_document_has_no_errors() -> None:
    assert catalogue().errors(NAME, GOOD) == ()


def test_every_wrong_field_is_named_at_once_in_document_order() -> None:
    document = {
        "kind": "third",
        "number": "99",
        "parcels": [{"sheet": "1", "parcel": "2"}, {"sheet": ""}],
        "born": "2026-02-31",
        "amount": "abc",
        "unknown": 1,
    }
    assert found(document) == [
        ("/kind", "enum"),
        ("/number", "pattern"),
        ("/parcels/1/sheet", "min_length"),
        ("/parcels/1/parcel", "required"),
        ("/born", "format"),
        ("/amount", "type"),
        ("/unknown", "additional"),
        ("/applicant", "required"),
    ]


def test_messages_are_vietnamese_and_english() -> None:
    document = {**GOOD, "amount": "abc", "born": "2026-02-31"}
    amount, born = catalogue().errors(NAME, document)
    assert (amount.message, amount.message_en) == (
        "Phải là số nguyên.",
        "Must be an integer.",
    )
    assert born.message.startswith("Phải là ngày có thật")
    assert born.message_en.startswith("Must be a real date")


def test_a_message_never_holds_the_value() -> None:
    secret = "Nguyễn Thị Không Có Thật Dài Quá Mức"
    wrong = {
        "number": secret,
        "applicant": {"name": secret},
        "born": secret,
        "kind": secret,
        "amount": secret,
        "parcels": secret,
        "identity": secret,
    }
    errors = catalogue().errors(NAME, wrong)
    assert {error.pointer for error in errors} == {
        "/number", "/applicant/name", "/born", "/kind", "/amount", "/parcels", "/identity",
    }  # fmt: skip
    assert not [e for e in errors if secret in e.message + e.message_en]


def test_a_pointer_is_escaped() -> None:
    assert found({**GOOD, "a/b~c": 1}) == [("/a~1b~0c", "type")]


def test_the_alternative_that_was_meant_is_explained() -> None:
    assert found({**GOOD, "identity": {"value": 1}}) == [("/identity/kind", "required")]
    assert found({**GOOD, "identity": 7}) == [("/identity", "one_of")]


@pytest.mark.parametrize("document", [None, [], "text", 1, True, 1.5])
def test_a_document_of_another_type_is_one_error(document: Any) -> None:
    assert found(document) == [("", "type")]


@pytest.mark.parametrize(
    ("keyword", "value", "code"),
    [
        ({"const": 1}, 2, "const"),
        ({"minLength": 3}, "a", "min_length"),
        ({"maxLength": 3}, "abcd", "max_length"),
        ({"minItems": 2}, [1], "min_items"),
        ({"maxItems": 2}, [1, 2, 3], "max_items"),
        ({"uniqueItems": True}, [1, 1], "unique_items"),
        ({"contains": {"const": 1}}, [2], "contains"),
        ({"minProperties": 2}, {"a": 1}, "min_properties"),
        ({"maxProperties": 1}, {"a": 1, "b": 1}, "max_properties"),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, "property_names"),
        ({"minimum": 2}, 1, "minimum"),
        ({"maximum": 2}, 3, "maximum"),
        ({"exclusiveMinimum": 2}, 2, "exclusive_minimum"),
        ({"exclusiveMaximum": 2}, 2, "exclusive_maximum"),
        ({"multipleOf": 2}, 3, "multiple_of"),
        ({"not": {"const": 1}}, 1, "not"),
        ({"anyOf": [{"const": 1}, {"const": 2}]}, 3, "one_of"),
        ({"oneOf": [{"minimum": 1}, {"minimum": 2}]}, 3, "one_of"),
        ({"format": "date-time"}, "2026-03-10T07:30:00", "format"),
        ({"format": "uuid"}, "x", "format"),
        ({"contentEncoding": "base64"}, "%%", None),
    ],
    ids=str,
)
def test_every_keyword_has_words(keyword: Any, value: Any, code: str | None) -> None:
    errors = catalogue({"properties": {"x": keyword}}).errors(NAME, {"x": value})
    assert {error.code for error in errors} == ({code} if code else set())
    for error in errors:
        assert error.pointer == "/x"
        assert "{}" not in error.message + error.message_en
        assert error.message != error.message_en


@pytest.mark.parametrize(
    ("schema", "document", "pointer", "code"),
    [
        ({"properties": {"x": False}}, {"x": 1}, "/x", "additional"),
        ({"unevaluatedProperties": False}, {"x": 1}, "/x", "additional"),
        ({"dependentRequired": {"x": ["y"]}}, {"x": 1}, "/y", "required"),
        ({"if": {"required": ["x"]}, "then": {"required": ["y"]}}, {"x": 1}, "/y",
         "required"),
    ],
)  # fmt: skip
def test_a_field_is_named_by_its_own_pointer(
    schema: dict[str, Any], document: Any, pointer: str, code: str
) -> None:
    assert found(document, schema) == [(pointer, code)]


def test_deep_nesting_is_an_error_not_a_crash() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    assert found({"number": deep}) == [("", "too_deep")]


def test_a_pattern_takes_linear_time() -> None:
    schema = {"properties": {"x": {"pattern": "^(a+)+$"}}}
    begun = time.perf_counter()
    assert found({"x": "a" * 50_000 + "!"}, schema) == [("/x", "pattern")]
    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:9/x.json"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "urn:vi-du:khong-co:1"},
        {"format": "nobody-knows"},
        {"type": "strin"},
        {"pattern": "(?=a)a"},
    ],
    ids=str,
)
def test_a_schema_that_cannot_be_trusted_is_refused_at_start(
    schema: dict[str, Any],
) -> None:
    with pytest.raises(ValueError, match=NAME):
        catalogue(schema)


def test_of_many_schemas_the_one_with_the_open_reference_is_named() -> None:
    wrong = {"properties": {"x": {"$ref": "urn:vi-du:khong-co:1#/a"}}}
    with pytest.raises(ValueError, match=f"^{PERSON}: .*khong-co"):
        JSONSchemaCatalogue({NAME: SCHEMA, PERSON: wrong})


def test_a_folder_of_schemas_is_loaded_by_name(tmp_path: Path) -> None:
    (tmp_path / "dossier").mkdir()
    whole = {"$schema": DIALECT, "$id": NAME, **SCHEMA}
    person = {"$schema": DIALECT, "$id": PERSON, **PERSON_SCHEMA}
    (tmp_path / "dossier" / "a.json").write_text(json.dumps(whole), "utf-8")
    (tmp_path / "person.json").write_text(json.dumps(person), "utf-8")
    (tmp_path / "sample.json").write_text("[1]", "utf-8")
    loaded = JSONSchemaCatalogue.load(tmp_path)
    assert loaded.names == {NAME, PERSON}
    assert loaded.errors(NAME, GOOD) == ()
    with pytest.raises(KeyError):
        loaded.errors("urn:vi-du:khong-co:1", GOOD)


@pytest.mark.parametrize("second", [NAME, None])
def test_two_schemas_of_one_name_are_refused(
    second: str | None, tmp_path: Path
) -> None:
    for index, name in enumerate((NAME, second)):
        content: dict[str, Any] = {"$schema": DIALECT, "$id": name}
        (tmp_path / f"{index}.json").write_text(json.dumps(content), "utf-8")
    with pytest.raises(ValueError, match="of its own"):
        JSONSchemaCatalogue.load(tmp_path)


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{,}", "utf-8")
    with pytest.raises(ValueError, match=r"broken\.json"):
        JSONSchemaCatalogue.load(tmp_path)
