"""The document of the work list, its schemas, samples, adapter and tests say the same."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.manual.adapter import MANIFEST, ManualAdapter
from gateway.ports.desk import Act
from gateway.validation.json_schema import JSONSchemaCatalogue
from tests.unit.adapters import documents

ROOT = Path(__file__).parents[4]
SCHEMAS = ROOT / "schemas" / "agencies" / "manual"
ENGLISH = (ROOT / "docs" / "agencies" / "manual.md").read_text("utf-8")
VIETNAMESE = (ROOT / "docs" / "agencies" / "manual.vi.md").read_text("utf-8")
CATALOGUE = JSONSchemaCatalogue.load(ROOT / "schemas")
NAMES = ("act", "acted", "work")


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    return found


def test_both_languages_say_the_same() -> None:
    assert documents.outline(ENGLISH)[1:] == documents.outline(VIETNAMESE)[1:]
    assert documents.named_cells(ENGLISH) == documents.named_cells(VIETNAMESE)
    assert documents.blocks(ENGLISH) == documents.blocks(VIETNAMESE)


def test_every_quirk_is_shown_by_a_test_that_exists() -> None:
    wanted = re.findall(r"\| `(test_\w+)` \|", ENGLISH)
    assert len(wanted) == 12
    assert set(wanted) <= documents.defined_tests(ROOT / "tests" / "journeys")


@pytest.mark.parametrize("path", sorted((SCHEMAS / "samples").glob("*.json")))
def test_every_sample_is_what_its_schema_allows(path: Path) -> None:
    name = path.name.partition(".")[0]
    content = json.loads(path.read_text("utf-8"))
    assert CATALOGUE.errors(f"urn:lienthong:schema:manual:{name}:1", content) == ()


def test_every_element_has_a_mark_and_no_mark_is_of_nothing() -> None:
    source = tomllib.loads((SCHEMAS / "SOURCE.toml").read_text("utf-8"))
    assert source["document"]["issuer"] == ""
    wanted = {
        one for name in NAMES for one in (name, *documents.fields(name, schema(name)))
    }
    assert set(source["elements"]) == wanted
    assert set(source["elements"].values()) == {"ours"}


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_name_every_field(name: str) -> None:
    fields = {one.rpartition(".")[2] for one in documents.fields(name, schema(name))}
    for text in (ENGLISH, VIETNAMESE):
        told = {
            part
            for one in documents.names(text)
            for part in re.split(r"[\[\]. ]+", one)
        }
        assert fields <= told


def test_the_acts_of_the_document_are_those_that_there_are() -> None:
    table = documents.tables(documents.section(ENGLISH, "4"))[0]
    assert [row[0].strip("`") for row in table] == [act.value for act in Act]
    assert schema("acted")["properties"]["act"]["enum"] == [act.value for act in Act]


def test_every_message_kind_lies_ready_and_is_never_sent() -> None:
    traits = ManualAdapter("commune", {}).traits
    assert {str(one) for one in traits} == {row["kind"] for row in MANIFEST["kind"]}
    assert all(one.fetched and one.deduplicates for one in traits.values())
