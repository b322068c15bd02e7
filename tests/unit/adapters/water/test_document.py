"""The interface document says in two languages what schemas, lists and samples hold."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import io
import json
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from gateway.domain.report import ReportKind
from gateway.validation.json_schema import JSONSchemaCatalogue
from tests.unit.adapters.documents import (
    MARKS,
    blocks,
    defined_tests,
    fields,
    named_cells,
    names,
    outline,
    points,
    section,
    tables,
)

ROOT = Path(__file__).parents[4]
SCHEMAS = ROOT / "schemas" / "agencies" / "water"
SAMPLES = SCHEMAS / "samples"
SOURCE = tomllib.loads((SCHEMAS / "SOURCE.toml").read_text("utf-8"))
LISTS = tomllib.loads((SCHEMAS / "danh_muc.toml").read_text("utf-8"))
ENGLISH = (ROOT / "docs" / "agencies" / "water.md").read_text("utf-8")
VIETNAMESE = (ROOT / "docs" / "agencies" / "water.vi.md").read_text("utf-8")
CATALOGUE = JSONSchemaCatalogue.load(ROOT / "schemas")
READ = tomllib.loads((SAMPLES / "doc-duoc/expected.toml").read_text("utf-8"))
REFUSED = tomllib.loads((SAMPLES / "doc-loi/expected.toml").read_text("utf-8"))
#: Section → table whose columns it tells, and the schema of its rows.
TABLES = {"4.1": ("YEU_CAU", "yeu_cau"), "5": ("TRA_LOI", "tra_loi")}
TABLES["7.3"] = ("LOI", "bao_loi")
YES = {"yes": "yes", "có": "yes", "no": "no", "không": "no"}
CLOCKS = {"company": "company", "customer": "customer", "nobody": "nobody"}
CLOCKS |= {"công ty": "company", "khách hàng": "customer", "không ai": "nobody"}
each_language = pytest.mark.parametrize("text", [ENGLISH, VIETNAMESE], ids=["en", "vi"])


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    return found


def errors(name: str, content: object) -> list[tuple[str, str]]:
    found = CATALOGUE.errors(f"urn:lienthong:schema:water:{name}:1", content)
    return [(error.pointer, error.code) for error in found]


def rows(text: str, number: str, place: int = 0) -> list[list[str]]:
    return tables(section(text, number))[place]


def columns(table: str) -> list[dict[str, str]]:
    return [column for column in LISTS["column"] if column["table"] == table]


# ---------------------------------------------------------------- two languages


def test_both_languages_have_the_same_sections_tables_and_points() -> None:
    assert len(outline(ENGLISH)) > 20
    assert outline(ENGLISH)[1:] == outline(VIETNAMESE)[1:]
    assert len(named_cells(ENGLISH)) > 15
    assert named_cells(ENGLISH) == named_cells(VIETNAMESE)
    assert len(points(ENGLISH)) > 30
    assert points(ENGLISH) == points(VIETNAMESE)
    assert blocks(ENGLISH) == blocks(VIETNAMESE)


@each_language
def test_the_manifest_that_is_shown_is_as_its_schema_wants_it(text: str) -> None:
    (shown,) = blocks(text)
    assert errors("lo", json.loads(shown)) == []


@each_language
def test_every_quirk_has_a_test_of_the_mock_and_one_of_the_gateway(text: str) -> None:
    told = rows(text, "11")
    assert len(told) > 30
    assert [row[0] for row in told if not (names(row[-2]) and names(row[-1]))] == []
    wanted = {test for row in told for cell in row[-2:] for test in names(cell)}
    assert wanted - defined_tests(Path(__file__).parent) == set()


# ---------------------------------------------------------------- provenance


def test_every_element_is_marked_and_nothing_else_is() -> None:
    declared = {
        name
        for path in SCHEMAS.glob("*.json")
        for name in fields(path.stem, schema(path.stem))
    }
    assert len(declared) > 45
    assert set(SOURCE["elements"]) == declared
    assert set(SOURCE["elements"].values()) == {"ours"}
    assert set(SOURCE["aspects"].values()) <= SOURCE["marks"].keys()
    assert SOURCE["document"]["issuer"] == ""


@each_language
def test_every_field_of_the_manifest_is_told_with_its_mark(text: str) -> None:
    told = {
        name: MARKS.get(row[-1], row[-1])
        for row in rows(text, "2.3")
        for name in names(row[0])
    }
    known = {
        name.removeprefix("lo."): mark
        for name, mark in SOURCE["elements"].items()
        if name.startswith("lo.")
    }
    assert told == known


# ---------------------------------------------------------------- lists


@pytest.mark.parametrize("number", TABLES)
@each_language
def test_the_columns_of_a_table_are_those_of_the_list_and_the_schema(
    text: str, number: str
) -> None:
    table, name = TABLES[number]
    told = [
        (names(row[0])[0], row[1], YES.get(row[2]) or ", ".join(names(row[2])))
        for row in rows(text, number)
    ]
    assert told == [(c["code"], c["heading"], c["required"]) for c in columns(table)]
    assert {MARKS.get(row[-1], row[-1]) for row in rows(text, number)} == {"ours"}
    content = schema(name)
    assert list(content["properties"]) == [row[0] for row in told]
    assert content["required"] == [row[0] for row in told if row[2] == "yes"]


@each_language
def test_the_table_of_states_is_the_list_of_them(text: str) -> None:
    told = [
        {
            "code": names(row[0])[0],
            "text": row[1],
            "step": int(row[2]),
            "report": names(row[3])[0],
            "facts": row[4].replace("`", "").replace("–", ""),
            "needs": names(row[5]),
            "clock": CLOCKS[row[6]],
        }
        for row in rows(text, "6.1")
    ]
    assert told == LISTS["state"]
    assert {row["report"] for row in told} <= {kind.value for kind in ReportKind}


def test_what_a_state_needs_is_what_the_schema_and_the_columns_want() -> None:
    for state in LISTS["state"]:
        row = {"MA_HO_SO": "X", "TRANG_THAI": state["code"], "NGAY": "2026-03-10"}
        assert errors("tra_loi", row) == [
            (f"/{name}", "required") for name in state["needs"]
        ]
        wanted = {
            column["code"]
            for column in columns("TRA_LOI")
            if state["code"] in column["required"].split(", ")
        }
        assert wanted == set(state["needs"])
    assert [s["code"] for s in LISTS["state"]] == schema("tra_loi")["properties"][
        "TRANG_THAI"
    ]["enum"]


@each_language
def test_requests_services_and_errors_are_those_of_the_lists(text: str) -> None:
    requests = [(names(row[0])[0], names(row[1])[0]) for row in rows(text, "4.2")]
    assert requests == [(r["code"], r["kind"]) for r in LISTS["request"]]
    for number, kind in (
        ("4.3", "service"),
        ("7.1", "file_error"),
        ("7.2", "row_error"),
    ):
        told = [(names(row[0])[0], row[1]) for row in rows(text, number)]
        assert told == [(r["code"], r["text"]) for r in LISTS[kind]]
    faults = [*LISTS["file_error"], *LISTS["row_error"]]
    assert [f["code"] for f in faults] == schema("bao_loi")["properties"]["MA_LOI"][
        "enum"
    ]
    assert all(fault["remedy"] for fault in faults)


# ---------------------------------------------------------------- samples


def test_the_samples_and_the_template_are_what_their_script_makes() -> None:
    path = ROOT / "scripts" / "water_samples.py"
    spec = importlib.util.spec_from_file_location("water_samples", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    made = script.everything()
    there = {
        path.relative_to(SCHEMAS).as_posix()
        for path in SCHEMAS.rglob("*")
        if path.is_file() and path.suffix != ".toml" and path.parent != SCHEMAS
    }
    assert there == {n for n in made if "/" in n and not n.endswith(".toml")}
    wrong = [
        name
        for name, content in made.items()
        if unpacked(content) != unpacked((SCHEMAS / name).read_bytes())
    ]
    assert wrong == [], "run: .venv/bin/python scripts/water_samples.py"


def unpacked(content: bytes) -> object:
    """What is inside: how well it is packed differs between machines."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


@each_language
def test_every_sample_is_shown_and_every_shown_sample_exists(text: str) -> None:
    shown = {name for row in rows(text, "10") for name in names(row[0])}
    found = {name: set(SAMPLES.glob(name)) for name in shown}
    assert [name for name, paths in found.items() if not paths] == []
    there = {path for path in SAMPLES.rglob("*") if path.is_file()}
    assert there == set().union(*found.values())


@each_language
def test_every_odd_sample_shows_a_quirk_and_has_its_expected_result(text: str) -> None:
    shown = {n for row in rows(text, "11") for n in names(row[1])}
    shown = {name for name in shown if name.startswith("doc-")}
    told = {f"doc-duoc/{row['name']}" for row in READ["file"]}
    told |= {f"doc-loi/{row['name']}" for row in REFUSED["file"]}
    told |= {f"doc-loi/{row['name']}" for row in REFUSED["table"]}
    there = {
        path.relative_to(SAMPLES).as_posix()
        for folder in ("doc-duoc", "doc-loi")
        for path in (SAMPLES / folder).iterdir()
    }
    assert told == there - {"doc-duoc/expected.toml", "doc-loi/expected.toml"}
    assert shown == told


def test_what_is_expected_of_a_readable_table_is_as_its_schema_wants_it() -> None:
    wrong = [
        (file["name"], found)
        for file in READ["file"]
        for row in file["rows"]
        if (found := errors("tra_loi", row))
    ]
    assert wrong == []


def test_what_is_expected_of_a_bad_table_names_columns_and_codes_that_exist() -> None:
    codes = {row["code"] for row in (*LISTS["file_error"], *LISTS["row_error"])}
    known = {column["code"] for column in columns("TRA_LOI")}
    bad = [one for table in REFUSED["table"] for one in table["bad"]]
    assert {one["column"] for one in bad} <= known
    assert {one["code"] for one in (*bad, *REFUSED["file"])} <= codes
    assert len(bad) > 8


@pytest.mark.parametrize(
    "path", sorted(SAMPLES.glob("*/[TY]?-*.json")), ids=lambda path: str(path.stem)
)
def test_a_manifest_lists_the_files_beside_it_and_their_rows(path: Path) -> None:
    manifest = json.loads(path.read_text("utf-8"))
    assert errors("lo", manifest) == []
    assert manifest["so_lo"] == path.stem
    assert int(path.stem.partition("-")[2]) == manifest["so_thu_tu"]
    beside = {one.name: one for one in path.parent.glob(f"{path.stem}.*")}
    listed = {file["ten"]: file for file in manifest["tep"]}
    assert listed.keys() == {
        name for name in beside if not name.endswith(".json") and ".loi." not in name
    }
    for name, file in listed.items():
        raw = beside[name].read_bytes()
        digest = hashlib.sha256(raw).hexdigest()
        assert (file["kich_thuoc"], file["sha256"]) == (len(raw), digest)
    for table in (n for n, f in listed.items() if f["vai_tro"] == "BANG"):
        assert len(cells(beside[table])) - 1 == manifest["so_dong"]


def cells(path: Path) -> list[list[str]]:
    """A table as the gateway writes it, or of its first sheet."""
    if path.suffix == ".xlsx":
        book = CalamineWorkbook.from_path(str(path))
        return [list(map(str, row)) for row in book.get_sheet_by_index(0).to_python()]
    text = path.read_bytes().decode("utf-8-sig")
    separator = ";" if ";" in text.splitlines()[0] else ","
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def test_a_lot_of_requests_says_the_same_as_csv_and_as_workbook() -> None:
    by_code = cells(SAMPLES / "yeu-cau/YC-000018.csv")
    by_words = cells(SAMPLES / "yeu-cau/YC-000018.xlsx")
    assert by_code[0] == [column["code"] for column in columns("YEU_CAU")]
    assert by_words[0] == [column["heading"] for column in columns("YEU_CAU")]
    assert by_words[1:] == [
        [value.removeprefix("'") for value in row] for row in by_code[1:]
    ]
    assert any(value.startswith("'=") for row in by_code for value in row)


def test_the_rows_of_a_lot_of_requests_are_as_their_schema_wants_them() -> None:
    heads, *found = cells(SAMPLES / "yeu-cau/YC-000018.csv")
    manifest = json.loads((SAMPLES / "yeu-cau/YC-000018.json").read_text("utf-8"))
    assert [row[heads.index("MA_YEU_CAU")] for row in found] == manifest["ma_yeu_cau"]
    papers = set()
    for row in found:
        told = {name: value for name, value in zip(heads, row, strict=True) if value}
        for name in {"NGAY_TIEP_NHAN", "HAN_TRA"} & told.keys():
            told[name] = "-".join(reversed(told[name].split("/")))
        assert errors("yeu_cau", told) == []
        papers |= set(filter(None, told.get("GIAY_TO", "").split("; ")))
    listed = {f["ten"] for f in manifest["tep"] if f["vai_tro"] == "GIAY_TO"}
    assert papers == listed


def test_the_report_of_errors_has_its_columns_words_and_the_cells_as_they_came() -> (
    None
):
    heads, *report = cells(SAMPLES / "loi/TL-000006.loi.csv")
    lead, own = columns("LOI"), columns("TRA_LOI")
    assert heads == [column["code"] for column in (*lead, *own)]
    came = cells(SAMPLES / "loi/TL-000006.csv")
    known = {row["code"]: row for row in LISTS["row_error"]}
    for row in report:
        told = dict(zip(heads, row, strict=True))
        first = {name: told[name] for name in heads[: len(lead)] if told[name]}
        assert errors("bao_loi", first) == []
        code = known[told["MA_LOI"]]
        assert (told["LOI"], told["CACH_SUA"]) == (code["text"], code["remedy"])
        assert row[len(lead) :] == came[int(told["DONG"]) - 1]


def test_the_template_has_the_columns_and_every_state_to_choose_from() -> None:
    book = CalamineWorkbook.from_path(str(SCHEMAS / "mau-tra-loi.xlsx"))
    assert book.sheet_names == ["TRA_LOI", "DANH_MUC"]
    (heads,) = book.get_sheet_by_name("TRA_LOI").to_python()
    assert heads == [column["heading"] for column in columns("TRA_LOI")]
    _, *states = book.get_sheet_by_name("DANH_MUC").to_python()
    assert states == [[state["text"], state["code"]] for state in LISTS["state"]]
    assert cells(SCHEMAS / "mau-tra-loi.csv") == [
        [column["code"] for column in columns("TRA_LOI")]
    ]
