"""The interface document says in two languages what schemas, lists and tests hold."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from gateway.adapters.tax.mock_portal_pushes import Row, written
from gateway.adapters.tax.mock_xml import parse
from tests.unit.adapters.documents import (
    MARKS,
    blocks,
    defined_tests,
    elements,
    fields,
    named_cells,
    names,
    outline,
    points,
    section,
    tables,
)
from tests.unit.adapters.tax_portal.published import (
    CODES,
    ENGLISH,
    SAMPLES,
    SCHEMAS,
    SOURCE,
    VIETNAMESE,
    is_valid,
    schema,
)

HERE = Path(__file__).parent
#: Section → what the names in its table of fields begin with in SOURCE.toml.
OWNERS = {
    "2.1": "GuiPhieuChuyen.",
    "5": "GuiPhieuChuyen.Data.",
    "6": "TraLoiYeuCau.Data.",
    "7": "TraCuuNghiaVu.reply.Data.",
    "8.1": "ThongBaoThue.",
    "8.3": "callback-reply.Data.",
    "9": "ChungTuThanhToan.",
    "10": "YeuCauBoSungThongTin.",
}
each_language = pytest.mark.parametrize("text", [ENGLISH, VIETNAMESE], ids=["en", "vi"])


def quirks(text: str) -> list[tuple[str, list[str]]]:
    return [(row[0], names(row[-1])) for row in tables(section(text, "14"))[0]]


# ---------------------------------------------------------------- quirks


@each_language
def test_every_quirk_has_a_test_that_exists(text: str) -> None:
    rows = quirks(text)
    assert len(rows) > 40
    assert [said for said, tests in rows if not said or not tests] == []
    assert {test for _, tests in rows for test in tests} - defined_tests(HERE) == set()


def test_both_languages_prove_the_same_quirks_by_the_same_tests() -> None:
    assert [t for _, t in quirks(ENGLISH)] == [t for _, t in quirks(VIETNAMESE)]


# ---------------------------------------------------------------- two languages


def test_both_languages_have_the_same_sections() -> None:
    assert len(outline(ENGLISH)) > 20
    assert outline(ENGLISH) == outline(VIETNAMESE)


def test_both_languages_have_the_same_tables_row_by_row() -> None:
    ours, theirs = named_cells(ENGLISH), named_cells(VIETNAMESE)
    assert len(ours) > 15
    assert ours[:-1] == theirs[:-1]  # the last one tells quirks, in words


def test_both_languages_show_the_same_blocks_of_code() -> None:
    answer, file = blocks(ENGLISH)
    assert blocks(VIETNAMESE) == [answer, file]
    assert is_valid("reply", json.loads(answer))
    xsd = etree.XMLSchema(file=str(SCHEMAS / "thongbaothue.xsd"))
    assert xsd.validate(parse(file.encode()))


def test_both_languages_make_the_same_points() -> None:
    assert len(points(ENGLISH)) > 40
    assert points(ENGLISH) == points(VIETNAMESE)


# ---------------------------------------------------------------- provenance


def test_every_element_of_the_schemas_has_a_mark_and_no_other_has() -> None:
    declared = set(elements(SCHEMAS / "thongbaothue.xsd"))
    for path in SCHEMAS.glob("*.json"):
        declared |= set(fields(path.stem, schema(path.stem)))
    assert len(declared) > 100
    assert set(SOURCE["elements"]) == declared


def test_every_mark_is_one_of_the_named_ones() -> None:
    used = [*SOURCE["elements"].values(), *SOURCE["aspects"].values()]
    rows = [row for kind in ("answer", "row_result", "code") for row in CODES[kind]]
    used += [row["mark"] for row in rows]
    assert set(used) <= SOURCE["marks"].keys()
    # Nothing is agreed before somebody agreed to it, on paper and on a day.
    assert ("agreed" in used) == bool(SOURCE["document"]["agreed_document"])


@pytest.mark.parametrize("number", OWNERS)
@each_language
def test_every_field_is_told_with_its_mark_and_none_is_left_out(
    text: str, number: str
) -> None:
    owner = OWNERS[number]
    told = {
        f"{owner}{name.replace('[]', '')}": MARKS.get(row[-1], row[-1])
        for row in tables(section(text, number))[0]
        for name in names(row[0])
    }
    known = {n: m for n, m in SOURCE["elements"].items() if n.startswith(owner)}
    if number == "2.1":
        known = {n: m for n, m in known.items() if ".Data." not in n}
    groups = {n.rpartition(".")[0] for n in known} - known.keys() - {owner[:-1]}
    assert groups == set()
    holders = {n for n in known if any(other.startswith(f"{n}.") for other in known)}
    assert {n: m for n, m in known.items() if n in told} == told
    assert known.keys() - told.keys() <= holders


@each_language
def test_the_elements_of_the_file_are_told_with_their_marks(text: str) -> None:
    told = {
        name: MARKS.get(row[-1], row[-1])
        for row in tables(section(text, "8.2"))[0]
        for name in names(row[0])
    }
    known = {
        name.rpartition(".")[2]: mark
        for name, mark in SOURCE["elements"].items()
        if name.startswith("thongbaothue.xsd.") and "DATA" not in name
    }
    assert told == known


# ---------------------------------------------------------------- codes and samples


@each_language
def test_the_table_of_answers_is_the_list_of_answers(text: str) -> None:
    taken = {"yes": "yes", "có": "yes", "no": "no", "không": "no", "–": ""}
    told = [
        (
            row[0],
            [int(n) for n in re.findall(r"\b\d{3}\b", row[1])],
            names(row[3])[:1],
            [] if row[4] in {"all", "tất cả"} else row[4].split(", "),
            taken.get(row[5], "unknown"),
        )
        for row in tables(section(text, "3"))[0]
    ]
    listed: dict[str, Any] = {}
    for row in CODES["answer"]:
        phrase = [row["phrase"]] if "phrase" in row else []
        known = (row["name"], row["http"], phrase, row["services"], row["taken"])
        if row["name"] in listed:
            listed[row["name"]][1].extend(row["http"])
        else:
            listed[row["name"]] = (*known[:1], list(row["http"]), *known[2:])
    assert told == list(listed.values())


def test_success_needs_both_the_words_and_the_number() -> None:
    successes = [row for row in CODES["answer"] if row.get("phrase") == "thành công"]
    assert {row["name"] for row in successes} == {"accepted", "found"}
    assert all(row["error_code"] == ["0", "00"] for row in successes)


@each_language
def test_the_table_of_row_results_is_the_list_of_them(text: str) -> None:
    told = [(names(row[0])[0], row[1]) for row in tables(section(text, "8.3"))[1]]
    assert told == [(row["code"], row["text"]) for row in CODES["row_result"]]


def test_every_value_of_a_coded_field_is_in_its_schema_and_in_the_document() -> None:
    whole = " ".join(path.read_text("utf-8") for path in SCHEMAS.glob("*.json"))
    coded = [row for row in CODES["code"] if row["field"] != "TrangThaiThanhToan"]
    assert len(coded) > 15
    assert [row for row in coded if f"`{row['code']}`" not in ENGLISH] == []
    assert [row for row in coded if f'"{row["code"]}"' not in whole] == []


@each_language
def test_every_sample_is_shown_and_every_shown_sample_exists(text: str) -> None:
    shown = {
        name
        for row in tables(section(text, "13"))[0]
        for cell in row
        for name in names(cell)
        if name.endswith((".xml", ".json", ".toml", ".http"))
    }
    assert [name for name in shown if not list(SAMPLES.glob(name))] == []
    there = {p for p in SAMPLES.rglob("*") if p.is_file() and p.suffix != ".pem"}
    assert there == {path for name in shown for path in SAMPLES.glob(name)}


def test_the_mock_writes_notice_files_as_they_are_published() -> None:
    xsd = etree.XMLSchema(file=str(SCHEMAS / "thongbaothue.xsd"))
    good = Row("H-1", "", "1/TB", "09-07-2026", "Lệ phí trước bạ", "0")
    assert xsd.validate(parse(written([good, good])))
    bad = Row("H-1", "", "1/TB", "09-07-2026", "Lệ phí trước bạ", "1.000")
    assert not xsd.validate(parse(written([good, bad])))
