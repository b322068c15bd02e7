"""The interface document says in two languages what schemas, samples and mock hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs
import pytest

from gateway.adapters.land_registry.mock_ilis import ILIS_KINDS, RENAMED
from tests.unit.adapters.documents import (
    MARKS,
    blocks,
    defined_tests,
    named_cells,
    names,
    outline,
    points,
    section,
    tables,
)
from tests.unit.adapters.land_registry_ilis.published import (
    DOCS,
    ENGLISH,
    SAMPLES,
    SCHEMAS,
    SOURCE,
    VIETNAMESE,
    sample,
    schema,
    wrong,
)

HERE = Path(__file__).parent
FIRST = SCHEMAS.parent / "land_registry"
FIRST_PAGES = {
    ENGLISH: (DOCS / "land_registry.md").read_text("utf-8"),
    VIETNAMESE: (DOCS / "land_registry.vi.md").read_text("utf-8"),
}
PUSHED = (
    "TiepNhanHoSoChoMotCua",
    "ChuyenHoSo",
    "YeuCauBoSungHoSo",
    "NhanBoSungHoSo",
    "GuiKetQuaThue",
    "ThueTraHoSo",
    "SaiQuyTrinh",
    "YeuCauCapNhatHoSo",
    "KetThucHoSo",
)
#: Section, which of its tables → what the names in it begin with in SOURCE.toml.
OWNERS = {
    ("2.4", 0): "token-request.",
    ("2.4", 1): "token.",
    ("9.1", 0): "TiepNhanHoSo.",
    ("10.5", 0): "GuiKetQuaThue.DanhSachThongBaoThue[].",
}
each_language = pytest.mark.parametrize("text", [ENGLISH, VIETNAMESE], ids=["en", "vi"])


# ---------------------------------------------------------------- two languages


def test_both_languages_have_the_same_sections() -> None:
    assert len(outline(ENGLISH)) > 15
    assert outline(ENGLISH) == outline(VIETNAMESE)


def test_both_languages_have_the_same_tables_row_by_row() -> None:
    ours, theirs = named_cells(ENGLISH), named_cells(VIETNAMESE)
    assert len(ours) > 12
    assert ours == theirs


def test_both_languages_show_the_same_blocks_of_code() -> None:
    assert len(blocks(ENGLISH)) == 4
    assert blocks(ENGLISH) == blocks(VIETNAMESE)


def test_both_languages_make_the_same_points() -> None:
    assert len(points(ENGLISH)) > 12
    assert points(ENGLISH) == points(VIETNAMESE)


@each_language
def test_every_section_has_the_number_that_it_has_on_the_first_page(text: str) -> None:
    own = {"1.1", "2.4", "2.5"}
    numbers = re.findall(r"^#{2,3} ([\d.]*\d)\.? ", text, re.MULTILINE)
    there = re.findall(r"^#{2,3} ([\d.]*\d)\.? ", FIRST_PAGES[text], re.MULTILINE)
    assert set(numbers) - set(there) == own
    assert own & set(there) == set()


# ---------------------------------------------------------------- quirks


@each_language
def test_every_quirk_names_a_test_of_the_mock_and_one_of_the_gateway(text: str) -> None:
    rows = tables(section(text, "13"))[0]
    assert len(rows) > 20
    both = {names(cell)[0] for _, *cells in rows for cell in cells}
    assert len(both) > 40
    assert both - defined_tests(HERE) == set()


# ---------------------------------------------------------------- provenance


def elements(prefix: str, node: Any, parts: Mapping[str, Any]) -> Iterator[str]:
    for name, inside in node.get("properties", {}).items():
        path = f"{prefix}.{name}"
        yield path
        yield from elements(path, resolved(inside, parts), parts)
        if "items" in inside:
            yield from elements(f"{path}[]", resolved(inside["items"], parts), parts)


def resolved(node: Any, parts: Mapping[str, Any]) -> Any:
    for part in (node, *node.get("anyOf", ())):
        if "$ref" in part:
            return parts[part["$ref"].removeprefix("#/$defs/")]
    return node


def test_every_field_of_every_schema_has_a_mark_and_no_other_has() -> None:
    found: set[str] = set()
    for path in SCHEMAS.glob("*.json"):
        content = schema(path.stem)
        assert (
            content["$id"] == f"urn:lienthong:schema:land_registry_ilis:{path.stem}:1"
        )
        found |= set(elements(path.stem, content, content.get("$defs", {})))
    assert len(found) > 100
    assert found == {name for name in SOURCE["elements"] if "." in name}


def test_every_mark_is_one_of_the_named_ones() -> None:
    used = {*SOURCE["elements"].values(), *SOURCE["aspects"].values()}
    # Nothing is agreed before somebody agreed to it, on paper and on a day.
    assert used == {"observed", "assumed", "ours"}
    assert used < SOURCE["marks"].keys()
    document = SOURCE["document"]
    assert (
        document["issuer"] == document["agreed_document"] == document["agreed_on"] == ""
    )


@pytest.mark.parametrize(("number", "place"), OWNERS)
@each_language
def test_every_field_is_told_with_its_mark(text: str, number: str, place: int) -> None:
    owner = OWNERS[(number, place)]
    told = {
        f"{owner}{names(row[0])[0]}": MARKS.get(row[-1], row[-1])
        for row in tables(section(text, number))[place]
    }
    known = {n: m for n, m in SOURCE["elements"].items() if n.startswith(owner)}
    if number == "9.1":
        known = {n: m for n, m in known.items() if n in told}
        assert len(known) == 3
    assert told == known


@each_language
def test_the_table_of_operations_is_what_the_mock_serves(text: str) -> None:
    rows = tables(section(text, "9"))[0]
    told = {names(here)[0]: names(there)[0] for there, here, _, _ in rows}
    assert told.keys() == ILIS_KINDS.keys()
    renamed = {there: here for here, there in told.items() if here != there}
    assert renamed == RENAMED
    marks = {names(row[1])[0]: MARKS.get(row[-1], row[-1]) for row in rows}
    assert marks == {name: SOURCE["elements"][name] for name in told}


# ---------------------------------------------------------------- schemas and samples


def samples() -> list[Path]:
    return sorted(SAMPLES.glob("*.json"))


@pytest.mark.parametrize("path", samples(), ids=lambda path: str(path.stem))
def test_every_sample_is_valid_against_its_schema(path: Path) -> None:
    assert wrong(path.name.split(".")[0], json.loads(path.read_text("utf-8"))) == []


def test_every_schema_has_a_sample() -> None:
    schemas = {path.stem for path in SCHEMAS.glob("*.json")}
    assert len(schemas) == 25
    assert schemas == {path.name.split(".")[0] for path in samples()}


def test_the_form_that_is_shown_is_the_fields_that_are_told() -> None:
    form = (SAMPLES / "token-request.form").read_text("utf-8").strip()
    assert dict(parse_qsl(form, strict_parsing=True)) == sample("token-request")


def whole(path: Path) -> tuple[int, dict[str, str], str]:
    head, _, body = path.read_text("utf-8").partition("\n\n")
    first, *lines = head.split("\n")
    headers = dict(line.split(": ", 1) for line in lines if line)
    return int(first.split()[1]), headers, body


def test_every_answer_without_a_token_has_a_sample_with_its_status() -> None:
    rows = tables(section(ENGLISH, "2.4"))[2]
    told = {row[0]: (re.findall(r"\d{3}", row[1]), names(row[2])) for row in rows}
    shown = {p.name.split(".")[1]: whole(p) for p in SAMPLES.glob("token-error.*.http")}
    # Of "anything else" a sign-in page stands for all.
    assert told.pop("no_token") == ([], [])
    status, _, body = shown.pop("login_page")
    assert (status, "<title>" in body) == (200, True)
    assert shown.keys() == told.keys()
    for name, (statuses, words) in told.items():
        codes = words[1:]  # after the name of the field
        status, _, body = shown[name]
        assert str(status) in statuses, name
        assert not codes or json.loads(body)["error"] in codes, name
    assert wrong("token", {})


def test_every_body_of_a_401_has_a_sample() -> None:
    shown = {
        path.name: whole(path) for path in SAMPLES.glob("reply.session_ended*.http")
    }
    assert {status for status, _, _ in shown.values()} == {401}
    usual = json.loads(shown["reply.session_ended.http"][2])
    assert wrong("reply", usual) == []
    assert usual["status"]["message"] in names(section(ENGLISH, "3"))
    unknown = json.loads(shown["reply.session_ended.unknown.http"][2])
    assert wrong("denied", unknown) == []
    assert shown["reply.session_ended.empty.http"][2] == ""
    assert whole(SAMPLES / "reply.not_admitted.http")[0] == 403


# ---------------------------------------------------------------- loose types


def forms(name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Operation, path and schema of every pushed field of that name."""
    for operation in PUSHED:
        content = schema(operation)
        for owner in (content, *content.get("$defs", {}).values()):
            for field, node in owner.get("properties", {}).items():
                if field == name:
                    yield operation, field, node


def fits(node: dict[str, Any], value: Any) -> bool:
    return jsonschema_rs.Draft202012Validator(node).is_valid(value)


def test_every_field_of_the_table_takes_its_forms_and_no_other_is_loose() -> None:
    values: list[tuple[list[Any], list[Any]]] = [
        ([1, "1"], [True, "x", 1.5]),
        ([2.5, 2, "2,5", "2.5"], [True, "x"]),
        ([True, False, "True", "FALSE"], [1, 0, "1", "co"]),
        (["x", 12, "012"], [1.5, 10**15, True, -1]),
        (["120,5", 120.5], [True, -1]),
        (["012", 12], [1.5, 10**15, True]),
    ]
    rows = tables(section(ENGLISH, "10"))[0][:-1]
    for (cell, *_), (taken, refused) in zip(rows, values, strict=True):
        for name in names(cell):
            found = list(forms(name))
            assert found, name
            for operation, field, node in found:
                assert [v for v in taken if not fits(node, v)] == [], (operation, field)
                assert [v for v in refused if fits(node, v)] == [], (operation, field)
    loose = {name for cell, *_ in rows for name in names(cell)}
    for operation in PUSHED:
        first = json.loads((FIRST / f"{operation}.json").read_text("utf-8"))
        content = schema(operation)
        assert content["required"] == first["required"]
        for name, node in content["properties"].items():
            assert name in loose or node == first["properties"][name], name


def test_messages_to_the_land_system_differ_in_the_three_area_numbers_only() -> None:
    for name in ILIS_KINDS:
        there = next((old for old, new in RENAMED.items() if new == name), name)
        first = json.loads((FIRST / f"{there}.json").read_text("utf-8"))
        content = schema(name)
        changed = {
            field
            for field, node in content["properties"].items()
            if node != first["properties"][field]
        }
        areas = {"TinhId", "HuyenId", "XaId"}
        assert changed == (areas if name == "TiepNhanHoSo" else set())
        assert content["required"] == first["required"]
        assert content.get("$defs") == first.get("$defs")
