"""The interface document says in two languages what schemas, lists and tests hold."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from lxml import etree

from gateway.adapters.tax.adapter import _read
from tests.unit.adapters.documents import (
    MARKS,
    XS,
    blocks,
    defined_tests,
    named_cells,
    names,
    tables,
)
from tests.unit.adapters.tax.counterpart import ROOT, SAMPLES, SCHEMAS

HERE = Path(__file__).parent
ENGLISH = (ROOT / "docs" / "agencies" / "tax.md").read_text("utf-8")
VIETNAMESE = (ROOT / "docs" / "agencies" / "tax.vi.md").read_text("utf-8")
SOURCE = tomllib.loads((SCHEMAS / "SOURCE.toml").read_text("utf-8"))
CODES = tomllib.loads((SCHEMAS / "codes.toml").read_text("utf-8"))["code"]
each_language = pytest.mark.parametrize("text", [ENGLISH, VIETNAMESE], ids=["en", "vi"])


def quirks(text: str) -> list[tuple[str, list[str]]]:
    return [(row[0], names(row[-1])) for row in tables(text)[-1]]


# ---------------------------------------------------------------- quirks


@each_language
def test_every_quirk_has_a_test_that_exists(text: str) -> None:
    rows = quirks(text)
    assert len(rows) > 25
    assert [said for said, tests in rows if not said or not tests] == []
    named = {test for _, tests in rows for test in tests}
    assert named - defined_tests(HERE) == set()


def test_both_languages_prove_the_same_quirks_by_the_same_tests() -> None:
    assert [t for _, t in quirks(ENGLISH)] == [t for _, t in quirks(VIETNAMESE)]


# ---------------------------------------------------------------- two languages


def test_both_languages_have_the_same_sections() -> None:
    def outline(text: str) -> list[tuple[str, list[str]]]:
        found = re.findall(r"^(#+) (.*)$", text, flags=re.MULTILINE)
        return [
            (level, re.findall(r"[\d.]+|[A-Z_]{4,}", said)) for level, said in found
        ]

    assert len(outline(ENGLISH)) > 20
    assert outline(ENGLISH) == outline(VIETNAMESE)


def test_both_languages_have_the_same_tables_row_by_row() -> None:
    assert len(tables(ENGLISH)) > 15
    assert named_cells(ENGLISH) == named_cells(VIETNAMESE)


def test_both_languages_show_the_same_blocks_of_code() -> None:
    assert len(blocks(ENGLISH)) == 2
    assert blocks(ENGLISH) == blocks(VIETNAMESE)


# ---------------------------------------------------------------- provenance


def declared() -> set[str]:
    """Every element of the schema as ``SOURCE.toml`` names it: owner.element."""
    root = etree.fromstring((SCHEMAS / "tct.xsd").read_bytes())  # noqa: TID251
    found = set()
    for element in root.iter(f"{XS}element"):
        name = element.get("name") or element.get("ref") or ""
        owner = next(
            (
                above.get("name")
                for above in element.iterancestors()
                if above.tag in {f"{XS}element", f"{XS}complexType"}
                and above.get("name")
            ),
            None,
        )
        found.add(f"{owner}.{name}" if owner else name)
    return found


def test_every_element_of_the_schema_has_a_mark_and_no_other_has() -> None:
    assert len(declared()) > 100
    assert set(SOURCE["elements"]) == declared()


def test_every_mark_is_one_of_the_named_ones() -> None:
    used = [*SOURCE["elements"].values(), *SOURCE["aspects"].values()]
    used += [row["mark"] for row in CODES]
    assert set(used) <= SOURCE["marks"].keys()
    # Nothing is agreed before somebody agreed to it, on paper and on a day.
    agreed = SOURCE["document"]["agreed_document"]
    assert ("agreed" in used) == bool(agreed)
    assert not agreed or SOURCE["document"]["agreed_on"]


@each_language
def test_every_mark_in_a_table_is_the_mark_of_the_source(text: str) -> None:
    marks = {
        name.rpartition(".")[2]: {
            mark
            for other, mark in SOURCE["elements"].items()
            if other.rpartition(".")[2] == name.rpartition(".")[2]
        }
        for name in SOURCE["elements"]
    }
    told = [
        (name, MARKS.get(row[-1], row[-1]))
        for table in tables(text)
        for row in table
        if MARKS.get(row[-1], row[-1]) in MARKS.values()
        for name in names(row[0])
    ]
    assert len(told) > 50
    wrong = [(name, mark) for name, mark in told if mark not in marks.get(name, ())]
    assert wrong == []


# ---------------------------------------------------------------- codes and samples


@each_language
def test_the_table_of_error_codes_is_the_list_of_codes(text: str) -> None:
    whole = {"02", "11", "29", "40"}
    taken = {"yes": "yes", "có": "yes", "no": "no", "không": "no"}
    told = {
        (names(row[0])[0], number, row[2]): taken.get(row[4], row[4])
        for row in next(t for t in tables(text) if len(t[0]) == 6 and t[0][0] == "`0`")
        for number in (whole if row[1] in {"all", "mọi"} else row[1].split())
    }
    listed = {
        (row["code"], name.rpartition("_")[2], row["text"]): row["taken"]
        for row in CODES
        for name in row["lists"]
        if name.startswith("ERROR_CODE")
    }
    assert told.keys() == listed.keys()
    slips = {key for key in told if key[1] == "02"}
    unsure = {key for key in slips if told[key].startswith("**")}
    assert {listed[key] for key in unsure} == {"unknown"}
    assert all(told[key] == listed[key] for key in slips - unsure)


@each_language
def test_the_table_of_results_is_the_list_of_results(text: str) -> None:
    table = next(t for t in tables(text) if len(t[0]) == 4 and t[0][0] == "`00`")
    told = {
        (names(row[0])[0], number)
        for row in table
        for number, cell in zip(("11", "29", "40"), row[1:], strict=True)
        if cell != "–"
    }
    listed = {
        (row["code"], name.rpartition("_")[2])
        for row in CODES
        for name in row["lists"]
        if name.startswith("MA_KETQUA")
    }
    assert told == listed
    texts = {row["text"] for row in CODES if not row["taken"]}
    assert texts
    assert [said for said in texts if said not in text] == []


@each_language
def test_every_sample_is_shown_and_every_shown_sample_exists(text: str) -> None:
    shown = {
        name
        for cells in tables(text)[-2]
        for cell in cells
        for name in names(cell)
        if name.endswith((".xml", ".toml"))
    }
    found = {path for name in shown for path in SAMPLES.glob(name)}
    assert [name for name in shown if not list(SAMPLES.glob(name))] == []
    there = {p for p in SAMPLES.rglob("*") if p.suffix in {".xml", ".toml"}}
    assert there == found


def test_the_manifest_names_the_sections_that_say_why_something_is_not_offered() -> (
    None
):
    kinds = tomllib.loads(_read("agency.toml"))["kind"]
    assert [kind["kind"] for kind in kinds] == ["slip_new", "slip_replace"]
    for kind in kinds:
        sections = re.findall(r"[Mm]ục (\d)", kind["reason"])
        assert sections
        assert all(f"\n## {number}. " in VIETNAMESE for number in sections)
        assert (kind["deduplicates"], kind["enquirable"]) == (False, True)
