"""The interface document says in two languages what schemas, lists and tests hold."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from lxml import etree

from gateway.adapters.tax.mock_xml import parse
from tests.unit.adapters.documents import (
    MARKS,
    XS,
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
from tests.unit.adapters.tax_portal import published as portal

HERE = Path(__file__).parent
SCHEMAS = portal.ROOT / "schemas" / "agencies" / "tax_file"
SAMPLES = SCHEMAS / "samples"
SOURCE = tomllib.loads((SCHEMAS / "SOURCE.toml").read_text("utf-8"))
CODES = tomllib.loads((SCHEMAS / "codes.toml").read_text("utf-8"))
ENGLISH = (portal.ROOT / "docs" / "agencies" / "tax_file.md").read_text("utf-8")
VIETNAMESE = (portal.ROOT / "docs" / "agencies" / "tax_file.vi.md").read_text("utf-8")
TAKEN = {"yes": "yes", "có": "yes", "no": "no", "không": "no"}
#: What the portal's messages lend: fields here → the same fields there.
LENT = {
    "TraLoi.": "TraLoiYeuCau.Data.",
    "YeuCau.DanhSach.": "YeuCauBoSungThongTin.Data.",
    "TinhTrang.DanhSach.": "TraCuuNghiaVu.reply.Data.",
}
each_language = pytest.mark.parametrize("text", [ENGLISH, VIETNAMESE], ids=["en", "vi"])


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def quirks(text: str) -> list[tuple[str, list[str]]]:
    return [(row[0], names(row[-1])) for row in tables(section(text, "9"))[0]]


def taken(cell: str) -> str:
    """``yes`` or ``no``, which what stands behind it may explain."""
    return TAKEN[cell.partition(":")[0].partition(",")[0]]


# ---------------------------------------------------------------- quirks


@each_language
def test_every_quirk_has_a_test_that_exists(text: str) -> None:
    rows = quirks(text)
    assert len(rows) > 15
    assert [said for said, tests in rows if not said or not tests] == []
    assert {test for _, tests in rows for test in tests} - defined_tests(HERE) == set()


def test_both_languages_prove_the_same_quirks_by_the_same_tests() -> None:
    assert [t for _, t in quirks(ENGLISH)] == [t for _, t in quirks(VIETNAMESE)]


# ---------------------------------------------------------------- two languages


def test_both_languages_have_the_same_sections() -> None:
    assert len(outline(ENGLISH)) > 14
    assert outline(ENGLISH) == outline(VIETNAMESE)


def test_both_languages_have_the_same_tables_row_by_row() -> None:
    ours, theirs = named_cells(ENGLISH), named_cells(VIETNAMESE)
    assert len(ours) > 7
    assert ours[:-1] == theirs[:-1]  # the last one tells quirks, in words


def test_both_languages_show_the_same_blocks_of_code() -> None:
    listing, receipt = blocks(ENGLISH)
    assert blocks(VIETNAMESE) == [listing, receipt]
    valid = jsonschema_rs.validator_for(read(SCHEMAS / "BienNhan.json"))
    assert valid.is_valid(json.loads(receipt))
    # Of the list only what is left out of the example is missing: hash and signature.
    xsd = etree.XMLSchema(file=str(SCHEMAS / "goi.xsd"))
    shown = listing.replace("…64 hexadecimal digits…", "0" * 64)
    assert not xsd.validate(parse(shown.encode()))
    log: Any = xsd.error_log
    assert [error.path for error in log] == ["/*/*/*[2]"]


def test_both_languages_make_the_same_points() -> None:
    assert len(points(ENGLISH)) > 20
    assert points(ENGLISH) == points(VIETNAMESE)


# ---------------------------------------------------------------- provenance


def test_every_element_of_the_schemas_has_a_mark_and_no_other_has() -> None:
    declared = set(elements(SCHEMAS / "goi.xsd"))
    for path in SCHEMAS.glob("*.json"):
        declared |= set(fields(path.stem, read(path)))
    assert len(declared) > 60
    assert set(SOURCE["elements"]) == declared


def test_every_mark_is_one_of_the_named_ones() -> None:
    used = [*SOURCE["elements"].values(), *SOURCE["aspects"].values()]
    used += [row["mark"] for kind in CODES for row in CODES[kind]]
    assert set(used) <= SOURCE["marks"].keys()
    # As the document says: nobody has published what a package looks like.
    assert set(used) == {"ours", "assumed"}
    assert not SOURCE["document"]["agreed_document"]


@pytest.mark.parametrize("owner", LENT)
def test_what_the_portal_lends_has_the_same_fields_and_marks(owner: str) -> None:
    def below(owner: str, marks: dict[str, str]) -> dict[str, str]:
        return {n[len(owner) :]: m for n, m in marks.items() if n.startswith(owner)}

    ours = below(owner, SOURCE["elements"])
    assert ours
    assert ours == below(LENT[owner], portal.SOURCE["elements"])


def test_what_the_portal_does_not_lend_is_ours() -> None:
    own = {n: m for n, m in SOURCE["elements"].items() if not n.startswith((*LENT,))}
    assert set(own.values()) == {"ours"}


@each_language
def test_the_layers_of_a_package_are_told_with_their_mark(text: str) -> None:
    layers = tables(section(text, "2.1"))[0]
    assert [MARKS.get(row[-1], row[-1]) for row in layers] == ["ours"] * 3


@each_language
def test_every_element_of_the_list_of_files_is_told(text: str) -> None:
    told = [name for row in tables(section(text, "2.2"))[0] for name in names(row[0])]
    listed = [name.split(".")[2:] for name in elements(SCHEMAS / "goi.xsd")]
    known = [
        name if owner == "ROW" else f"{owner}/{name}"
        for owner, name in (path for path in listed if path[0] in {"ROW", "TEP"})
    ]
    assert told == known


# ---------------------------------------------------------------- codes and samples


@each_language
def test_the_table_of_kinds_of_files_is_the_list_of_them(text: str) -> None:
    rows = tables(section(text, "3"))[0]
    root = etree.fromstring((SCHEMAS / "goi.xsd").read_bytes())  # noqa: TID251
    kinds = root.find(f"{XS}simpleType[@name='LoaiTep']")
    assert kinds is not None
    known = [kind.get("value") for kind in kinds.iter(f"{XS}enumeration")]
    assert [names(row[0]) for row in rows] == [[kind] for kind in known]
    shown = {n for row in rows for n in names(row[2]) if n.endswith(".json")}
    assert shown == {path.name for path in SCHEMAS.glob("*.json")}


@each_language
def test_the_table_of_results_of_a_package_is_the_list_of_them(text: str) -> None:
    told = [
        (*names(row[0]), row[1], taken(row[2]))
        for row in tables(section(text, "4.1"))[0]
    ]
    assert told == [(r["code"], r["text"], r["taken"]) for r in CODES["package"]]


@each_language
def test_the_table_of_results_of_a_file_is_the_list_of_them(text: str) -> None:
    told = [
        (
            *names(row[0]),
            row[1],
            [] if row[2] in {"all", "tất cả"} else row[2].split(", "),
            taken(row[3]),
        )
        for row in tables(section(text, "4.2"))[0]
    ]
    assert told == [
        (r["code"], r["text"], r["files"], r["taken"]) for r in CODES["file"]
    ]


@each_language
def test_results_of_a_row_are_those_of_the_portal_and_one_more(text: str) -> None:
    rows = [(row["code"], row["text"]) for row in CODES["row"]]
    lent = [(row["code"], row["text"]) for row in portal.CODES["row_result"]]
    assert rows[:-1] == lent
    said = names(tables(section(text, "4.3"))[0][-1][1])
    assert said == ["00", "01", "10", lent[-1][0], *rows[-1]]


@each_language
def test_every_sample_is_shown_and_every_shown_sample_exists(text: str) -> None:
    shown = [
        name
        for row in tables(section(text, "8"))[0]
        for cell in row
        for name in names(cell)
    ]
    # A folder stands for what is in it.
    found = {
        name: {
            path
            for path in SAMPLES.glob(f"{name}**/*" if name.endswith("/") else name)
            if path.is_file()
        }
        for name in shown
    }
    assert [name for name, paths in found.items() if not paths] == []
    there = {p for p in SAMPLES.rglob("*") if p.is_file() and p.suffix != ".pem"}
    assert there == set().union(*found.values())


def test_there_is_a_sample_of_a_receipt_for_each_code_of_a_package() -> None:
    shown = {
        row["Ma"]
        for path in SAMPLES.glob("BienNhan.*.json")
        for row in read(path)["DanhSach"]
    }
    assert shown == {row["code"] for row in CODES["package"]}
