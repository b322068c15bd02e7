"""Staff choose words and days; codes and their spelling are ours to keep."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.console.correction_fields import box, worded

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "schemas" / "dossier" / "dossier-1.json"


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/applicant/kind", "citizen", "cá nhân"),
        ("/owners/0/kind", "organisation", "tổ chức"),
        ("/applicant/identity/kind", "cccd", "số định danh, căn cước (12 số)"),
        ("/birth/child/sex", "female", "nữ"),
    ],
)
def test_a_code_is_chosen_by_its_words(path: str, code: str, words: str) -> None:
    assert (code, words) in box(path, code, code)["choices"]
    assert worded(path, code) == words


def test_a_code_without_words_is_typed_so_that_none_is_lost() -> None:
    assert box("/applicant/kind", "alien", "alien")["choices"] == []
    assert box("/applicant/kind", "citizen", "alien")["choices"] == []
    assert worded("/applicant/kind", "alien") == "alien"


def test_a_whole_day_has_a_calendar_and_a_birth_may_be_a_year() -> None:
    assert box("/certificate/issued_on", "2015-06-01", "2015-06-01")["is_day"]
    assert not box("/certificate/issued_on", "2015-06-01", "1/6/2015")["is_day"]
    born = box("/applicant/birth", "1980", "1980")
    assert (born["words"], born["is_day"]) == (
        "Người nộp hồ sơ, ngày hoặc năm sinh",
        False,
    )
    assert "hoặc chỉ năm" in born["hint"]


def test_a_unit_keeps_its_own_letters() -> None:
    assert box("/electricity/power_kw", "5", "5")["words"].endswith("(kW)")
    assert box("/transfer/price", "5", "5")["words"].endswith("(đồng)")


def enums(schema: Any, name: str) -> Iterator[list[str]]:
    """The codes of every property of a name."""
    for key, inner in schema.items() if isinstance(schema, dict) else ():
        if key == name and isinstance(inner, dict) and "enum" in inner:
            yield inner["enum"]
        yield from enums(inner, name)


def test_every_code_of_the_schema_is_offered() -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    offered = {
        path: [code for code, _ in box(path, code, code)["choices"]]
        for path, code in (
            ("/birth/child/sex", "male"),
            ("/applicant/identity/kind", "cccd"),
            ("/applicant/kind", "citizen"),
        )
    }
    assert next(enums(schema, "sex")) == offered["/birth/child/sex"]
    parts = schema["$defs"]
    identity = parts["identity"]["properties"]["kind"]["enum"]
    assert identity == offered["/applicant/identity/kind"]
    person = parts["person"]["properties"]["kind"]["enum"]
    assert person == offered["/applicant/kind"]


def test_no_day_of_the_schema_is_typed_as_text() -> None:
    text = SCHEMA.read_text("utf-8")
    days = set(re.findall(r'"(\w+)": \{\s*"\$ref": "#/\$defs/date"', text))
    assert {
        one for one in days if not box(f"/{one}", "2026-03-05", "2026-03-05")["is_day"]
    } == {"due_on"}
