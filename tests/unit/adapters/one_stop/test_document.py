"""The interface document, its samples and its provenance say the same."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gateway.api.problems import status_of
from gateway.domain import errors
from gateway.validation.json_schema import JSONSchemaCatalogue
from tests.unit.adapters.one_stop.counterpart import ROOT, SAMPLES, SCHEMAS

DOCS = ROOT / "docs"
ENGLISH = (DOCS / "agencies" / "one_stop.md").read_text("utf-8")
VIETNAMESE = (DOCS / "agencies" / "one_stop.vi.md").read_text("utf-8")
PLAN = (DOCS / "tich-hop-mot-cua.vi.md").read_text("utf-8")
CATALOGUE = JSONSchemaCatalogue.load(SCHEMAS)
DOSSIER = SCHEMAS / "dossier" / "dossier-1.json"
INTERFACES = sorted((SCHEMAS / "agencies" / "one_stop").glob("*.json"))
TESTS = (*Path(__file__).parent.glob("test_*.py"), *ROOT.glob("tests/unit/intake/*.py"))


def test_every_quirk_names_a_test_that_exists() -> None:
    wanted = re.findall(r"\| `(test_\w+)` \|", ENGLISH)
    assert len(wanted) > 10
    assert wanted == re.findall(r"\| `(test_\w+)` \|", VIETNAMESE)
    written = "\n".join(path.read_text("utf-8") for path in TESTS)
    assert [name for name in wanted if f"def {name}(" not in written] == []


@pytest.mark.parametrize("path", INTERFACES, ids=lambda path: path.stem)
def test_every_interface_has_samples_and_all_are_valid(path: Path) -> None:
    samples = [p for p in SAMPLES.glob("*.json") if p.name.split(".")[0] == path.stem]
    assert samples
    name = f"urn:lienthong:schema:one_stop:{path.stem}:1"
    for sample in samples:
        content = json.loads(sample.read_text("utf-8"))
        assert CATALOGUE.errors(name, content) == (), sample.name


@pytest.mark.parametrize("text", [ENGLISH, VIETNAMESE, PLAN], ids=["en", "vi", "plan"])
def test_every_json_example_in_the_document_is_json(text: str) -> None:
    examples = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert examples
    for example in examples:
        content = json.loads(example)
        if "applicant" in content:
            name = "urn:lienthong:schema:dossier:1"
            assert CATALOGUE.errors(name, content) == ()


def fields(schema: dict[str, Any], defs: dict[str, Any], prefix: str = "") -> set[str]:
    """Dotted paths of all fields below a schema."""
    if "$ref" in schema:
        return fields(defs[schema["$ref"].rpartition("/")[2]], defs, prefix)
    found = set()
    if "items" in schema:
        return fields(schema["items"], defs, prefix)
    for name, inner in schema.get("properties", {}).items():
        found |= {f"{prefix}{name}"} | fields(inner, defs, f"{prefix}{name}.")
    return found


def test_the_field_table_names_every_field_of_the_dossier() -> None:
    whole = json.loads(DOSSIER.read_text("utf-8"))
    names = {path.split(".")[-1] for path in fields(whole, whole["$defs"])}
    ours = {"attachment", "size", "media_type", "idempotency_key", "extension"}
    assert len(names) > 40
    for text in (ENGLISH, VIETNAMESE):
        missing = [n for n in names - ours if not re.search(rf"[`.]{n}[`\[.]", text)]
        files = {"content", "sha256", "part"}
        assert set(missing) <= files, missing


def test_every_element_has_a_mark() -> None:
    source = tomllib.loads(
        (SCHEMAS / "agencies" / "one_stop" / "SOURCE.toml").read_text("utf-8")
    )
    assert source["document"]["issuer"] == ""
    marked = source["elements"]
    assert set(marked.values()) == {"ours"}
    shared = json.loads(DOSSIER.read_text("utf-8"))["$defs"]
    for path in (DOSSIER, *INTERFACES):
        whole = json.loads(path.read_text("utf-8"))
        name = "dossier" if path == DOSSIER else path.stem
        wanted = {name, *(f"{name}.{f}" for f in fields(whole, shared))}
        assert wanted - set(marked) == set()


def test_the_codes_that_the_gateway_gives_by_itself_are_in_the_document() -> None:
    for kind in (
        errors.DossierInvalid(()),
        errors.DossierContradiction(),
        errors.DossierUnknown(),
        errors.TooLarge(),
        errors.NotSignedIn(),
        errors.NotAllowed(),
        errors.SenderError(),
        errors.StoreUnavailable(),
        errors.StoreFateUnknown(),
        errors.ChangedMeanwhile(),
    ):
        for text in (ENGLISH, VIETNAMESE):
            assert f"`{kind.code}`" in text, kind.code
        assert str(status_of(kind)) in ENGLISH


def test_both_languages_have_the_same_sections() -> None:
    numbers = [
        re.findall(r"^#+ (\d[\d.]*)", t, re.MULTILINE) for t in (ENGLISH, VIETNAMESE)
    ]
    assert numbers[0] == numbers[1]
    assert len(numbers[0]) > 15
