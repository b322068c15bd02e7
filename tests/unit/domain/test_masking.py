"""What people see who are not to see a dossier's people: by kind, and in sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.masking import (
    MASK,
    mask_birth,
    mask_file,
    mask_mail,
    mask_name,
    mask_number,
    mask_sentence,
    masked_changes,
    masked_content,
    masked_document,
    personal_values,
)

SCHEMA = Path(__file__).parents[3] / "schemas" / "dossier" / "dossier-1.json"


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        (mask_name, "Nguyễn Văn Thử", "N••• V••• T•••"),
        (mask_name, "", MASK),
        (mask_number, "0900 000 123", "•••123"),
        (mask_number, "12345", MASK),
        (mask_number, "ZZ 000001", "•••001"),
        (mask_mail, "nguyen.thu@vidu.vn", "n•••@•••"),
        (mask_mail, "không phải thư", MASK),
        (mask_birth, "1957-03", "1957"),
        (mask_birth, "?", MASK),
        (mask_file, "cccd Nguyễn Văn Thử.pdf", "tep-•••.pdf"),
        (mask_file, "không đuôi", "tep-•••"),
    ],
    ids=lambda one: one.__name__ if callable(one) else one.encode().hex()[:20],
)
def test_each_kind_keeps_enough_to_compare_and_no_more(
    mask: Callable[[str], str], text: str, shown: str
) -> None:
    assert mask(text) == shown


def planted(schema: dict[str, Any], whole: dict[str, Any], marks: list[str]) -> Any:
    """A value of a schema whose every free text is a mark of its own."""
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    if "properties" in schema:
        return {
            name: planted(one, whole, marks)
            for name, one in schema["properties"].items()
        }
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return planted(options[0], whole, marks)
    if "items" in schema:
        return [planted(schema["items"], whole, marks)]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "integer":
        return 1
    if schema.get("type") == "boolean":
        return True
    if schema.get("type") == "object":
        marks.append(f"DAUHIEU{len(marks):04d}")
        return {"x": marks[-1]}
    marks.append(f"DAUHIEU{len(marks):04d}")
    return marks[-1]


#: Where texts stay as they are, since no person is in them.
PLAIN = {
    *("number", "linked_number", "procedure", "case", "encoding", "received_at"),
    *("due_on", "idempotency_key", "units"),
}


def test_nothing_personal_of_any_field_of_the_schema_is_left() -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    marks: list[str] = []
    document = planted(schema, schema, marks)
    assert len(marks) > 80
    masked = masked_document(document)
    whole = {name: masked.pop(name) for name in PLAIN}
    assert whole == {name: document[name] for name in PLAIN}
    left = json.dumps(masked)
    codes = ("commune", "kind", "as_of", "media_type", "request", "power_kw", "part")
    kept = {mark for mark in marks if mark in left}
    allowed = set(_texts(document, (*codes, "attachment", "phases")))
    of_papers = set(_texts({"documents": document["documents"]}, ("name", "code")))
    files = set(_texts(document["documents"][0]["files"], ("name",)))
    hashes = set(_texts(document["documents"], ("sha256", "source_id")))
    assert kept - allowed - (of_papers - files) - hashes == set()
    assert kept, "the test sees what is left"


def _texts(value: Any, fields: tuple[str, ...], field: str = "") -> list[str]:
    if isinstance(value, dict):
        return [t for name, one in value.items() for t in _texts(one, fields, name)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one, fields, field)]
    return [value] if isinstance(value, str) and field in fields else []


DOCUMENT = {
    "number": "H00.01-260310-0001",
    "due_on": "2026-03-20",
    "applicant": {
        "name": "Nguyễn Văn Thử",
        "phone": "0900000123",
        "identity": {"kind": "cccd", "number": "099999000002"},
        "address": "Số 2 đường Mẫu",
    },
    "parcels": [{"number": "1010", "sheet": "7"}],
    "transfer": {"price": "5000000", "contract_on": "2026-03-01"},
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gọi ông NGUYỄN  văn thử.", "gọi ông N••• V••• T•••."),
        ("ở Số 2 đường Mẫu, gọi 0900000123", "ở •••, gọi •••123"),
        ("số khác: 0912 345 678", "số khác: •••678"),
        ("viết cho a.b@vidu.vn nhé", "viết cho a•••@••• nhé"),
        (
            "hồ sơ H00.01-260310-0001 hạn 2026-03-20",
            "hồ sơ H00.01-260310-0001 hạn 2026-03-20",
        ),
        ("số tiền 12101000 đồng", "số tiền 12101000 đồng"),
        ("bà Trần Thị Khác", "bà Trần Thị Khác"),
    ],
)
def test_a_sentence_loses_the_dossiers_people_and_nothing_else(
    text: str, shown: str
) -> None:
    assert mask_sentence(text, personal_values(DOCUMENT)) == shown


def test_amounts_days_and_codes_of_a_report_stay_what_they_are() -> None:
    content = {
        "notices": [{"amount": "5000000", "due_on": "2026-03-01", "number": "TB-1010"}],
        "note": "Nguyễn Văn Thử nộp",
        "payer": "Nguyễn Văn Thử",
        "documents": [{"name": "Bản vẽ", "files": [{"name": "Thử.pdf"}]}],
    }
    assert masked_content(content, personal_values(DOCUMENT)) == {
        "notices": [{"amount": "5000000", "due_on": "2026-03-01", "number": "TB-1010"}],
        "note": "N••• V••• T••• nộp",
        "payer": "N••• V••• T•••",
        "documents": [{"name": "Bản vẽ", "files": [{"name": "tep-•••.pdf"}]}],
    }


def test_a_correction_shows_where_and_never_what() -> None:
    changes = {
        "/applicant/phone": ("0900000123", "0900000456"),
        "/parcels/0/number": ("1010", ""),
        "/transfer/contract_on": ("2026-03-01", "2026-03-02"),
    }
    assert masked_changes(changes) == {
        "/applicant/phone": ["•••123", "•••456"],
        "/parcels/0/number": [MASK, ""],
        "/transfer/contract_on": [MASK, MASK],
    }


def test_a_value_of_a_pattern_is_taken_as_it_stands() -> None:
    odd = {"applicant": {"name": r"A(\d+ [x] \g<0>"}}
    assert personal_values(odd)
    assert "(" not in mask_sentence(r"của A(\d+ [x] \g<0> đây", personal_values(odd))
