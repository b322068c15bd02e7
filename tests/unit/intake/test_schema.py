"""The canonical dossier: a minimal one is enough, and every wrong field is named."""

from __future__ import annotations

import copy
import json
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gateway.intake.check import DOSSIER_SCHEMA
from gateway.validation.json_schema import JSONSchemaCatalogue

ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT / "schemas"
SAMPLES = SCHEMAS / "dossier" / "samples"
CATALOGUE = JSONSchemaCatalogue.load(SCHEMAS)
TRANSFER = "urn:lienthong:schema:dossier:land-transfer:1"
CORRECTION = "urn:lienthong:schema:dossier:land-correction:1"
REQUESTS = "urn:lienthong:schema:one_stop:"


def sample(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((SAMPLES / name).read_text("utf-8"))
    return content


MINIMAL = sample("minimal.json")


def changed(path: str, value: Any) -> dict[str, Any]:
    """The minimal dossier with one field set."""
    document: Any = copy.deepcopy(MINIMAL)
    here = document
    *steps, last = path.split(".")
    for step in steps:
        here = here[int(step)] if step.isdigit() else here.setdefault(step, {})
    here[last] = value
    changed_: dict[str, Any] = document
    return changed_


def found(document: Any, schema: str = DOSSIER_SCHEMA) -> list[tuple[str, str]]:
    return [(e.pointer, e.code) for e in CATALOGUE.errors(schema, document)]


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda p: p.stem)
def test_every_sample_is_valid(path: Path) -> None:
    assert found(json.loads(path.read_text("utf-8"))) == []


def test_a_minimal_dossier_has_about_ten_fields() -> None:
    def leaves(value: Any) -> int:
        if isinstance(value, dict):
            return sum(map(leaves, value.values()))
        return sum(map(leaves, value)) if isinstance(value, list) else 1

    assert leaves(MINIMAL) <= 13
    assert found(MINIMAL, TRANSFER) == []


@pytest.mark.parametrize(
    "pointer",
    ["/number", "/procedure", "/units/intake", "/area/commune", "/applicant/name"],
)
def test_only_five_fields_are_required(pointer: str) -> None:
    bare: Any = {
        "number": "H00.01-260310-0009",
        "procedure": "1.012345",
        "units": {"intake": "H00.01"},
        "area": {"commune": "90001"},
        "applicant": {"name": "Nguyễn Văn Mẫu"},
    }
    assert found(bare) == []
    *steps, last = pointer.strip("/").split("/")
    here = bare
    for step in steps:
        here = here[step]
    del here[last]
    assert found(bare) == [(pointer, "required")]


def test_all_wrong_fields_are_named_at_once_in_two_languages() -> None:
    document = {
        "number": "H00/1",
        "units": {},
        "area": {"commune": 1},
        "applicant": {"name": "", "identity": {"number": "000000001"}, "birth": "57"},
        "due_on": "2026-02-30",
        "received_at": "2026-03-10T07:30:00",
        "parcels": [{"area_m2": "rộng"}],
        "documents": [{"name": "Đơn", "files": [{"name": "don.pdf"}]}],
        "MaHoSo": "1",
    }
    errors = CATALOGUE.errors(DOSSIER_SCHEMA, document)
    assert [(e.pointer, e.code) for e in errors] == [
        ("/number", "pattern"),
        ("/units/intake", "required"),
        ("/area/commune", "type"),
        ("/applicant/name", "min_length"),
        ("/applicant/identity/number", "not"),
        ("/applicant/birth", "pattern"),
        ("/due_on", "format"),
        ("/received_at", "format"),
        ("/parcels/0/area_m2", "pattern"),
        ("/parcels/0/number", "required"),
        ("/documents/0/files/0", "one_required"),
        ("/MaHoSo", "additional"),
        ("/procedure", "required"),
    ]
    for error in errors:
        assert error.message
        assert error.message_en
        assert error.message != error.message_en


def test_a_file_without_content_is_told_the_three_ways() -> None:
    document = changed("documents", [{"name": "Đơn", "files": [{"name": "don.pdf"}]}])
    (error,) = CATALOGUE.errors(DOSSIER_SCHEMA, document)
    assert error.message == "Phải có một trong các trường: content, sha256, part."
    assert error.message_en == "One of these fields is required: content, sha256, part."


@pytest.mark.parametrize("birth", ["1957", "1957-03", "1957-03-21", "2026-02-28"])
def test_a_birth_date_may_be_a_year_only(birth: str) -> None:
    assert found(changed("applicant.birth", birth)) == []


@pytest.mark.parametrize("birth", ["57", "1957-13", "1957-3", "21/03/1957", "0001"])
def test_a_birth_date_is_not_guessed_from_other_writings(birth: str) -> None:
    assert found(changed("applicant.birth", birth)) == [("/applicant/birth", "pattern")]


@pytest.mark.parametrize("number", ["000000001", "0", "000000000", "000000000000"])
def test_a_stand_in_for_an_identity_number_is_refused(number: str) -> None:
    document = changed("applicant.identity", {"number": number})
    assert found(document) == [("/applicant/identity/number", "not")]
    assert found(changed("applicant.identity", {"number": "099999000001"})) == []


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("due_on", "/due_on"),
        ("applicant.phone", "/applicant/phone"),
        ("owners", "/owners"),
        ("certificate", "/certificate"),
        ("documents.0.copies", "/documents/0/copies"),
    ],
)
def test_a_null_is_refused_by_name(path: str, pointer: str) -> None:
    assert found(changed(path, None)) == [(pointer, "type")]


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-01:00",
        "2026-03-10T07:30:60+07:00",
        "2026-03-10t07:30:00z",
        "2026-03-10 07:30:00+07:00",
        "2026-03-10T07:30:00",
        "20260310073000",
    ],
)
def test_a_moment_that_cannot_be_meant_is_refused(moment: str) -> None:
    document = changed("received_at", moment)
    ((pointer, _),) = found(document)
    assert pointer == "/received_at"


@pytest.mark.parametrize(
    "moment",
    ["2026-03-10T07:30:00+07:00", "2026-03-10T00:30:00Z", "2026-03-10T00:30:00.123Z"],
)
def test_every_moment_that_is_taken_can_be_read(moment: str) -> None:
    from datetime import datetime

    assert found(changed("received_at", moment)) == []
    assert datetime.fromisoformat(moment).tzinfo is not None


@pytest.mark.parametrize("day", ["0000-01-01", "0001-01-01", "2026-02-29", "10/3/2026"])
def test_a_day_that_does_not_exist_is_refused(day: str) -> None:
    assert [p for p, _ in found(changed("due_on", day))] == ["/due_on"]


@pytest.mark.parametrize(
    ("text", "good"),
    [("120", True), ("120.5", True), ("120,5", True), ("1.000,5", False), ("", False)],
)
def test_an_area_is_text_of_digits(text: str, good: bool) -> None:
    assert (found(changed("parcels.0.area_m2", text)) == []) is good
    assert found(changed("parcels.0.area_m2", 120.5)) == [
        ("/parcels/0/area_m2", "type")
    ]


def test_unknown_fields_travel_in_the_extension_only() -> None:
    assert found(changed("extension", {"KenhThucHien": "1", "x": [None]})) == []
    assert found(changed("KenhThucHien", "1")) == [("/KenhThucHien", "additional")]
    assert found(changed("applicant.TechID", "1")) == [
        ("/applicant/TechID", "additional")
    ]


def test_a_dossier_that_was_read_may_be_sent_back() -> None:
    entry = {"name": "a.pdf", "attachment": "a-1", "size": 3, "sha256": "0" * 64}
    document = changed("documents", [{"name": "Đơn", "files": [entry]}])
    assert found({**document, "revision": 2}) == []


@pytest.mark.parametrize("number", ["000.15.08.H00-230301-0001", "H21.001-260310-0001"])
def test_dossier_codes_of_every_make_are_taken(number: str) -> None:
    assert found(changed("number", number)) == []


@pytest.mark.parametrize("number", ["a b", "a/b", "a?b", "a#b", "a%2f", "", "x" * 51])
def test_a_code_that_no_address_can_hold_is_refused(number: str) -> None:
    assert {p for p, _ in found(changed("number", number))} == {"/number"}


def test_a_land_transfer_asks_for_a_due_day_and_a_parcel_only() -> None:
    document = {k: v for k, v in MINIMAL.items() if k not in {"due_on", "parcels"}}
    assert found(document) == []
    assert found(document, TRANSFER) == [
        ("/due_on", "required"),
        ("/parcels", "required"),
    ]
    assert found({**MINIMAL, "parcels": []}, TRANSFER) == [("/parcels", "min_items")]
    assert found(document, CORRECTION) == [("/due_on", "required")]


@pytest.mark.parametrize(
    ("name", "content", "wrong"),
    [
        ("withdrawal", {"reason": "Thôi."}, []),
        ("withdrawal", {}, [("/reason", "required")]),
        ("withdrawal", {"reason": ""}, [("/reason", "min_length")]),
        ("supplement", {}, []),
        ("supplement", {"new_due_on": "mai"}, [("/new_due_on", "format")]),
        ("supplement", {"documents": [{}]}, [("/documents/0/name", "required")]),
        ("handed-out", {"on": "2026-03-26", "idempotency_key": "k"}, []),
        ("handed-out", {}, [("/on", "required")]),
        ("handed-out", {"on": "0000-00-00"}, [("/on", "format")]),
        ("result-wrong", {"content": "Sai tên."}, []),
        ("result-wrong", {"noidung": "x"}, [("/noidung", "additional"),
                                            ("/content", "required")]),
    ],
)  # fmt: skip
def test_later_acts_are_checked_the_same_way(
    name: str, content: dict[str, Any], wrong: list[tuple[str, str]]
) -> None:
    assert found(content, f"{REQUESTS}{name}:1") == wrong


EXAMPLES = sorted((ROOT / "examples" / "dossiers").glob("*/dossier.json"))
PATHS = {
    "supplement": "supplement",
    "withdrawal": "withdrawal",
    "handed_out": "handed-out",
    "result_wrong": "result-wrong",
}


def test_every_example_dossier_and_what_its_counter_says_is_valid() -> None:
    assert len(EXAMPLES) >= 12
    said = 0
    for path in EXAMPLES:
        assert found(json.loads(path.read_text("utf-8"))) == [], path.parent.name
        scenario = tomllib.loads((path.parent / "scenario.toml").read_text("utf-8"))
        for step in scenario.get("one_stop", {}).get("step", ()):
            if step["do"] in PATHS and step["do"] != "handed_out":
                name = f"{REQUESTS}{PATHS[step['do']]}:1"
                assert found(step["content"], name) == [], path.parent.name
                said += 1
    assert said


def test_checking_a_dossier_is_cheap() -> None:
    document = sample("full.json")
    begun = time.perf_counter()
    for _ in range(1000):
        assert CATALOGUE.errors(DOSSIER_SCHEMA, document) == ()
    assert time.perf_counter() - begun < 2  # about 15 µs each on the slowest machine
