"""The published schemas accept every sample, and nothing that cannot be read."""

from __future__ import annotations

import base64
import json
from typing import Any

import jsonschema_rs
import pytest
from lxml import etree

from tests.unit.adapters.civil_registry.published import (
    BROKEN,
    CODES,
    EXPECTED,
    SAMPLES,
    SCHEMAS,
    btp_name,
    dvclt_name,
    parsed,
    sample,
    schema,
    schema_of,
    wrong,
    xsd,
)
from tests.unit.adapters.civil_registry.reading import read_layers, read_third
from tests.unit.adapters.documents import http_message, http_status

JSON_SAMPLES = sorted(path.stem for path in SAMPLES.glob("*.json"))
each_module = pytest.mark.parametrize("module", ["KS", "KT"])


def test_every_schema_is_one_of_2020_12_and_has_a_sample() -> None:
    named = {path.stem for path in SCHEMAS.glob("*.json")}
    assert len(named) == 17
    for name in named:
        jsonschema_rs.meta.validate(schema(name))
        assert schema(name)["$schema"].endswith("/2020-12/schema")
    assert {schema_of(name) for name in JSON_SAMPLES} == named


@pytest.mark.parametrize("name", JSON_SAMPLES)
def test_a_schema_accepts_its_samples(name: str) -> None:
    assert wrong(schema_of(name), sample(name)) == []


@pytest.mark.parametrize("kind", ["dvclt-hoTich", "dangKyHoTich"])
@each_module
def test_an_xsd_accepts_its_sample(kind: str, module: str) -> None:
    raw = (SAMPLES / f"{kind}.{module}.xml").read_text("utf-8")
    xsd(f"{kind}.{module}").assertValid(parsed(raw))
    assert not xsd(f"{kind}.{module}").validate(parsed(raw.replace("202", "x")))


# ---------------------------------------------------------------- layers


@each_module
def test_the_detail_holds_the_second_layer_and_that_the_third(module: str) -> None:
    inner = json.loads(sample(f"dvclt-detail.{module}")["data"])
    assert inner == sample(f"dvclt-detail-inner.{module}")
    raw = (SAMPLES / f"dvclt-hoTich.{module}.xml").read_text("utf-8").strip()
    assert inner["data"] == raw


def flat(element: etree._Element) -> dict[str, Any]:
    return {
        str(child.tag): flat(child) if len(child) else child.text or ""
        for child in element
    }


@each_module
def test_all_three_carriers_of_a_registration_have_the_same_values(module: str) -> None:
    fields = sample(f"LT{module}")
    assert json.loads(sample(f"nhanHoSoDKHT.LT{module}")["data"]) == fields
    assert flat(parsed(sample(f"dangKyHoTich.{module}")["data"])[0]) == fields
    inner = sample(f"dvclt-detail-inner.{module}")
    assert flat(parsed(inner["data"])[0]) == fields


def test_cancelled_papers_are_in_the_detail_and_not_in_the_push() -> None:
    papers = sample("dvclt-detail-inner.KS")["fileDinhKem"]
    assert [one["huyGiayTo"] for one in papers] == [0, 1]
    assert sample("nhanHoSoDKHT.LTKS")["fileDinhKem"] == papers[:1]


@each_module
def test_the_result_of_a_poll_is_that_of_the_report_and_has_a_pdf(module: str) -> None:
    result = sample(f"ketQuaXuLy.{module}")
    name = "btp-poll-reply." + ("registered" if module == "KS" else "KT")
    assert sample(name)["value"][0]["ketQuaXuLy"] == result
    paper = result["giayKhaiSinh" if module == "KS" else "trichLucKhaiTu"]
    assert base64.b64decode(paper, validate=True).startswith(b"%PDF-")
    if module == "KS":
        assert json.loads(sample("dvclt-status.4")["ketQuaXuLy"]) == result


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize("row", CODES["dvclt_answer"], ids=lambda row: str(row["name"]))
def test_every_row_of_answers_is_the_first_that_fits_its_own_sample(
    row: dict[str, Any],
) -> None:
    raw = (SAMPLES / f"dvclt-reply.{row['name']}.json").read_bytes()
    assert [dvclt_name(status, raw) for status in row["http"]] == [row["name"]] * len(
        row["http"]
    )
    assert json.loads(raw)["message"] == row["text"]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("taken_as_text", "taken"),
        ("taken_as_words", "taken"),
        ("server_words", "server_words"),
        ("too_many_requests", ""),
    ],
)
def test_answers_are_read_in_each_of_their_shapes(file: str, name: str) -> None:
    first, _, body = http_message(SAMPLES / f"dvclt-reply.{file}.http")
    assert dvclt_name(http_status(first), body) == name


@pytest.mark.parametrize("row", CODES["btp_answer"], ids=lambda row: str(row["name"]))
def test_every_answer_of_btp_has_a_sample_that_shows_it(row: dict[str, Any]) -> None:
    for operation in row["operations"]:
        kind = "btp-poll-reply" if operation == "layKetQuaDKHT" else "btp-reply"
        shown = sample(f"{kind}.{row['name']}")
        assert btp_name(operation, shown) == row["name"]
        assert str(shown["status"]) == row["sent_as"]


def test_a_status_alone_is_enough_where_no_phrase_is_wanted() -> None:
    assert btp_name("nhanHoSoDKHT", sample("btp-reply.status_as_number")) == "accepted"
    assert btp_name("layKetQuaDKHT", sample("btp-poll-reply.empty")) == "found"


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("session.*.http")), ids=str)
def test_no_answer_without_a_session_is_one_with_a_session(path: Any) -> None:
    first, _, body = http_message(path)
    assert http_status(first) in {200, 401, 403}
    try:
        content = json.loads(body)
    except ValueError:
        return
    assert wrong("dvclt-token", content)


# ---------------------------------------------------------------- what is broken


def test_every_broken_sample_has_its_place_and_the_reverse() -> None:
    there = {path.name for path in BROKEN.iterdir()}
    assert there - {"expected.toml"} == set(EXPECTED)
    assert len(EXPECTED) > 20


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_is_broken_breaks_where_it_says(name: str) -> None:
    path, where = BROKEN / name, EXPECTED[name]
    kind = schema_of(name)
    if where.startswith("field "):
        found = wrong(kind, json.loads(path.read_bytes()))
        assert set(found) == {where.removeprefix("field ")}
        return
    if name.endswith(".xml"):
        assert read_third(path.read_text("utf-8")) == where
        return
    body = http_message(path)[2] if name.endswith(".http") else path.read_bytes()
    if kind == "dvclt-detail":
        assert read_layers(body) == where
    elif where == "result":
        assert wrong(kind, json.loads(body)) == []
        paper = json.loads(body)["value"][0]["ketQuaXuLy"]
        assert set(wrong("ketQuaXuLy", paper)) == {"giayKhaiSinh"}
    else:
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            json.loads(body)


@each_module
def test_a_whole_detail_is_read_to_its_end(module: str) -> None:
    raw = (SAMPLES / f"dvclt-detail.{module}.json").read_bytes()
    assert read_layers(raw) == ""
