"""The interface document says what the data and the tests say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from gateway.adapters.land_registry.dialects import VBDLIS
from gateway.carriers.replies import folded
from tests.syntax import tree_of
from tests.unit.adapters.land_registry.land import ROOT

DOCUMENTS = ("land_registry.md", "land_registry.vi.md")
MANIFEST, REPLIES = VBDLIS.manifest, VBDLIS.replies
ALL = {row["operation"] for row in MANIFEST["kind"]}
WITH_FILES = {"tiepnhan", "capnhattrangthaibosunghoso", "phanhoihososaiketqua"}
SETS = {
    "all": ALL,
    "tất cả": ALL,
    "all but tiepnhan": ALL - {"tiepnhan"},
    "tất cả trừ tiepnhan": ALL - {"tiepnhan"},
    "those with files": WITH_FILES,
    "thao tác có tệp": WITH_FILES,
}


def text(name: str) -> str:
    return (ROOT / "docs" / "agencies" / name).read_text("utf-8")


def rows(name: str, section: str) -> list[list[str]]:
    """Cells of the last table of a section, without its head."""
    found = re.search(
        rf"^## {section}\. .*?(?=^## |\Z)", text(name), re.MULTILINE | re.DOTALL
    )
    assert found, section
    lines = [x for x in found[0].splitlines() if x.startswith("|")]
    head = max(i for i, line in enumerate(lines) if line.startswith("|---"))
    return [[c.strip() for c in x.strip("|").split("|")] for x in lines[head + 1 :]]


def statuses(cell: str) -> set[int]:
    return {int(number) for number in re.findall(r"\b\d{3}\b", cell)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_table_of_answers_and_the_data_are_the_same(name: str) -> None:
    told = rows(name, "3")
    assert {row[0] for row in told} == {row.code for row in REPLIES.rows}
    for code, http, data, phrase, operations, _ in told:
        known = [row for row in REPLIES.rows if row.code == code]
        assert {s for row in known for s in row.http} == statuses(http), code
        phrases = {p for row in known for p in row.phrases}
        assert phrases == {folded(p) for p in re.findall(r"`(.+?)`", phrase)}, code
        fields = {v for row in known for n, vs in row.fields if n == "data" for v in vs}
        assert fields == ({data} if data in {"0", "1"} else set()), code
        meant = SETS.get(operations) or set(operations.split(", "))
        assert {o for row in known for o in row.operations or ALL} == meant, code


def test_the_order_of_the_answers_is_the_order_of_the_data() -> None:
    told = [row[0] for row in rows(DOCUMENTS[0], "3")]
    assert list(dict.fromkeys(row.code for row in REPLIES.rows)) == told


def functions_in(path: Path) -> set[str]:
    module = tree_of(path.read_text("utf-8"))
    return {
        node.name
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_quirk_names_a_test_of_the_mock_and_one_of_the_gateway(
    name: str,
) -> None:
    folder = Path(__file__).parent
    of_mock = functions_in(folder / "test_mock.py")
    of_gateway = {
        test
        for path in folder.glob("test_*.py")
        if path.name != "test_mock.py"
        for test in functions_in(path)
    }
    told = rows(name, "13")
    assert len(told) > 15
    for quirk, mock, gateway in told:
        assert mock.strip("`") in of_mock, quirk
        assert gateway.strip("`") in of_gateway, quirk


def test_both_languages_name_the_same_answers_fields_and_tests() -> None:
    one, other = (set(re.findall(r"`([\w.]+)`", text(name))) for name in DOCUMENTS)
    assert {x for x in one if x.startswith("test_")} == {
        x for x in other if x.startswith("test_")
    }
    fields = {x for x in one if re.fullmatch(r"[A-Z][A-Za-z]+", x)}
    assert fields
    assert fields == {x for x in other if re.fullmatch(r"[A-Z][A-Za-z]+", x)}


def test_every_operation_of_the_manifest_has_a_section() -> None:
    for name in DOCUMENTS:
        for row in (*MANIFEST["kind"], *MANIFEST["hosted"]):
            operation = row.get("operation") or row["name"]
            assert re.search(
                rf"^(#+ [\d.]+ |\*\*){operation}\b", text(name), re.MULTILINE
            ), operation
