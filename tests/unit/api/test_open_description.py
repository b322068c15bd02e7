"""The open interface's OpenAPI document stands by itself and says what the schemas say."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from gateway.api.open_description import OPEN, OPERATIONS, described
from gateway.api.open_errors import ERRORS

DOCUMENT = described()
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def examples() -> list[tuple[dict[str, Any], Any]]:
    found: list[tuple[dict[str, Any], Any]] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "example" in value and "schema" in value:
                found.append((value["schema"], value["example"]))
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk({"paths": DOCUMENT["paths"], "webhooks": DOCUMENT["webhooks"]})
    return found


def validator(schema: dict[str, Any]) -> Any:
    whole = {**schema, "$schema": DIALECT, "components": DOCUMENT["components"]}
    return jsonschema_rs.validator_for(whole)


def test_every_operation_of_the_document_is_described() -> None:
    assert set(DOCUMENT["paths"]) == {f"/{name}" for name in OPERATIONS}
    schemas = {path.name.removesuffix(".json") for path in OPEN.glob("*.json")}
    asked = {name for name in OPERATIONS if name != "upload"}
    assert asked <= schemas


def test_every_example_is_of_its_schema() -> None:
    found = examples()
    assert len(found) > 12
    for schema, example in found:
        assert validator(schema).is_valid(example), schema


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in (OPEN / "samples" / "refused").glob("*.json"))
)
def test_what_must_be_refused_is_refused_by_the_description(name: str) -> None:
    schema = {"$ref": f"#/components/schemas/{name.partition('.')[0]}"}
    path = OPEN / "samples" / "refused" / f"{name}.json"
    refused = json.loads(path.read_text("utf-8"))
    # A format is asserted by the gateway; a description only annotates it.
    if name not in {"report.time_without_zone", "report.day_for_time"}:
        assert not validator(schema).is_valid(refused)


def test_every_error_of_the_document_is_answered_in_its_words() -> None:
    samples = {
        path.name.removeprefix("error.").removesuffix(".json"): json.loads(
            path.read_text("utf-8")
        )
        for path in (OPEN / "samples").glob("error.*.json")
    }
    assert set(samples) == set(ERRORS)
    for code, (_, message, remedy) in ERRORS.items():
        assert (samples[code]["message"], samples[code]["remedy"]) == (message, remedy)
