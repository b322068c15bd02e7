"""The published schemas accept every sample, and nothing that must not be taken."""

from __future__ import annotations

import base64
import hashlib
import json

import jsonschema_rs
import pytest

from tests.unit.adapters.documents import http_message, http_status
from tests.unit.adapters.electricity.published import (
    CODES,
    REFUSED,
    SAMPLES,
    SCHEMAS,
    is_valid,
    sample,
    schema,
    schema_of,
)

JSON_SAMPLES = sorted(path.stem for path in SAMPLES.glob("*.json"))
ANSWERS = sorted({row["name"] for row in CODES["answer"]} - {"found"})
NEW = "themMoi_TiepNhanYeuCau"
#: The kinds' samples, by key in codes.toml.
KINDS = {
    "new_low_voltage": NEW,
    "change_power": f"{NEW}.change_power",
    "change_name": f"{NEW}.change_name",
    "move_meter": f"{NEW}.move_meter",
    "temporary_stop": f"{NEW}.temporary_stop",
}


def test_every_schema_is_one_of_2020_12_and_has_a_sample() -> None:
    names = {path.stem for path in SCHEMAS.glob("*.json")}
    assert len(names) == 9
    for name in names:
        jsonschema_rs.meta.validate(schema(name))
        assert schema(name)["$schema"].endswith("/2020-12/schema")
        assert schema(name)["$id"] == f"urn:lienthong:schema:electricity:{name}:1"
    assert {schema_of(name) for name in JSON_SAMPLES} == names


@pytest.mark.parametrize("name", JSON_SAMPLES)
def test_a_schema_accepts_its_samples(name: str) -> None:
    assert is_valid(schema_of(name), sample(name))


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_schema_refuses_what_must_not_be_taken(name: str) -> None:
    assert not is_valid(schema_of(name), sample(f"refused/{name}"))


def test_every_refused_sample_has_its_reason_and_the_reverse() -> None:
    there = {path.stem for path in (SAMPLES / "refused").glob("*.json")}
    assert there == set(REFUSED)
    answers = {row["name"] for row in CODES["answer"]}
    assert set(REFUSED.values()) <= answers | {"invalid", "no_answer"}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_of_the_company_has_a_sample_that_shows_it(name: str) -> None:
    rows = [row for row in CODES["answer"] if row["name"] == name]
    raw = SAMPLES / f"reply.{name}.http"
    if raw.exists():
        first, headers, _ = http_message(raw)
        fitting = [row for row in rows if http_status(first) in row["http"]]
        assert fitting
        wanted = fitting[0].get("retry_after", "")
        assert wanted in {"", "with" if "Retry-After" in headers else "without"}
        return
    (row,) = rows
    told = sample(f"reply.{name}")
    is_success = told["TYPE"].casefold() in {"ok", "success"}
    assert row.get("type", "") in {"", "OK" if is_success else "ERROR"}
    assert row.get("phrase", "").casefold() in told["MESSAGE"].casefold()
    assert row.get("repeated", "0") == told.get("TRUNG_HSO", "0")


@pytest.mark.parametrize("kind", CODES["request_kind"], ids=lambda row: row["key"])
def test_a_kind_needs_what_it_needs_and_nothing_that_it_may_leave_out(
    kind: dict[str, list[str]],
) -> None:
    whole = sample(KINDS[str(kind["key"])])
    assert whole["MA_LOAI_YCAU"] == kind["code"]
    for field in kind["needs"]:
        assert not is_valid(NEW, {n: v for n, v in whole.items() if n != field})
    identity = {"SO_DINHDANH", "LOAI_DINHDANH", "MST"}
    nobody = {n: v for n, v in whole.items() if n not in identity}
    assert is_valid(NEW, nobody) == (not kind["one_of"])
    # What is needed by every kind, by this one, and nothing more.
    always = {*schema(NEW)["required"], *kind["needs"]}
    bare = {n: v for n, v in whole.items() if n in always}
    if kind["one_of"]:
        bare["MST"] = "9900000099"
    assert is_valid(NEW, bare)


@pytest.mark.parametrize("kind", CODES["request_kind"], ids=lambda row: row["key"])
def test_a_field_that_a_kind_must_not_have_is_refused(
    kind: dict[str, list[str]],
) -> None:
    every = {
        "MA_KHANG": "PX99000000001",
        "SO_PHA": "1",
        "MDICH_SHOAT": "1",
        "CSUAT_DKY": "3",
        "NGAY_NGUNG_TU": "01/04/2026",
    }
    allowed = {*kind["needs"], *kind["one_of"], *kind["may"]}
    foreign = {n: v for n, v in every.items() if n not in allowed}
    assert foreign
    for name, value in foreign.items():
        assert not is_valid(NEW, {**sample(KINDS[str(kind["key"])]), name: value})


def test_the_hash_of_a_paper_is_that_of_its_bytes() -> None:
    paper = sample("uploadHSoGTo")
    raw = base64.b64decode(paper["NOI_DUNG_TEP"], validate=True)
    assert hashlib.sha256(raw).hexdigest() == paper["MA_BAM"]
    assert sample("boSungYeuCau")["DS_MA_BAM"] == [paper["MA_BAM"]]


def test_no_sample_fills_a_field_with_a_placeholder() -> None:
    texts = [json.dumps(sample(name)) for name in JSON_SAMPLES if NEW in name]
    assert len(texts) > 5
    assert [text for text in texts if '"."' in text or "2000-01-01" in text] == []
