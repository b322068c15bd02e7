"""The OpenAPI document says what the schema files say, and nothing beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import jsonschema_rs
import pytest

from gateway.api import alerts, briefing, machines, monthly, nodes
from gateway.api.app import agency_application, front_application
from gateway.api.description import COMPONENTS, READING, SCHEMAS, WRITING
from gateway.api.monthly import ReportDesk
from gateway.api.problems import TITLES
from gateway.validation.json_schema import JSONSchemaCatalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTHING = cast("Any", None)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """What ``GET /openapi.json`` answers, as a client reads it."""
    app = front_application(
        NOTHING,
        NOTHING,
        applied=lambda: None,
        health=NOTHING,
        desk=NOTHING,
        collector=NOTHING,
        bulk=NOTHING,
        routers=[
            nodes.router(NOTHING, NOTHING),
            alerts.router(NOTHING, NOTHING),
            monthly.router(ReportDesk(NOTHING, NOTHING, NOTHING)),
            briefing.router(NOTHING, NOTHING, NOTHING),
            machines.router(NOTHING),
        ],
    )
    found: dict[str, Any] = json.loads(json.dumps(app.openapi()))
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation by method and path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def references(value: Any) -> Iterator[str]:
    """Every reference of the document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_it_is_openapi_3_1_and_every_reference_leads_somewhere(
    document: dict[str, Any],
) -> None:
    assert document["openapi"].startswith("3.1.")
    found = set(references(document))
    assert len(found) > 20
    for reference in found:
        here: Any = document
        for step in reference.removeprefix("#/").split("/"):
            here = here[step]
        assert isinstance(here, dict)


def test_every_component_is_a_schema_of_the_dialect(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert "$id" not in schema, name
        jsonschema_rs.meta.validate({**schema, "$schema": _DIALECT})


_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def test_every_operation_has_words_an_answer_and_a_problem(
    document: dict[str, Any],
) -> None:
    for name, operation in operations(document):
        assert any(ord(c) > 127 for c in operation["description"]), name
        if operation.get("tags") == ["machines"]:
            continue  # they answer codes alone
        good = [a for s, a in operation["responses"].items() if s.startswith("2")]
        assert all(a["content"] for a in good), name
        answers = {s for s in operation["responses"] if not s.startswith("2")}
        assert answers == set(READING if name.startswith("get ") else WRITING), name


def test_every_operation_that_writes_describes_its_body(
    document: dict[str, Any],
) -> None:
    writing = {
        name: operation
        for name, operation in operations(document)
        if name.startswith(("post ", "put "))
    }
    assert len(writing) >= 12
    for name, operation in writing.items():
        for content in operation["requestBody"]["content"].values():
            assert content["schema"], name


def test_a_component_accepts_and_refuses_what_its_schema_file_does(
    document: dict[str, Any],
) -> None:
    catalogue = JSONSchemaCatalogue.load(SCHEMAS)
    for name, component in COMPONENTS.items():
        identifier = json.loads((SCHEMAS / component.file).read_bytes())["$id"]
        validator = jsonschema_rs.validator_for(
            {
                "$schema": _DIALECT,
                "$ref": f"#/components/schemas/{name}",
                "components": document["components"],
            }
        )
        for sample in component.samples:
            value = document["components"]["examples"][f"{name}.{sample}"]["value"]
            assert catalogue.errors(identifier, value) == (), (name, sample)
            assert validator.is_valid(value), (name, sample)
            for field in value:
                less = {k: v for k, v in value.items() if k != field}
                known = catalogue.errors(identifier, less) == ()
                assert validator.is_valid(less) == known, (name, sample, field)
        assert not validator.is_valid([])


def test_what_agencies_reach_describes_nothing() -> None:
    app = agency_application(NOTHING, NOTHING, NOTHING, NOTHING)
    assert app.openapi_url is None


def test_every_body_has_an_example_that_its_schema_allows(
    document: dict[str, Any],
) -> None:
    seen = 0
    for name, operation in operations(document):
        for media, content in (
            operation.get("requestBody", {}).get("content", {}).items()
        ):
            shown = [content["example"]] if "example" in content else []
            shown += [
                document["components"]["examples"][one["$ref"].rsplit("/", 1)[1]][
                    "value"
                ]
                for one in content.get("examples", {}).values()
            ]
            if content["schema"].get("format") == "binary":
                continue
            assert shown, (name, media)
            validator = jsonschema_rs.validator_for(
                {
                    "$schema": _DIALECT,
                    **content["schema"],
                    "components": document["components"],
                }
            )
            for value in shown:
                assert validator.is_valid(value), (name, media, value)
                seen += 1
    assert seen > 60


def test_readiness_is_described_with_both_answers(document: dict[str, Any]) -> None:
    answers = document["paths"]["/readyz"]["get"]["responses"]
    assert {
        s: a["content"]["application/json"]["example"]["ready"]
        for s, a in answers.items()
    } == {
        "200": True,
        "503": False,
    }


def test_every_status_of_a_problem_is_described_but_our_own_failure() -> None:
    assert {str(status) for status in TITLES} - set(WRITING) == {"500"}


def test_a_word_in_a_path_says_what_it_can_be(document: dict[str, Any]) -> None:
    words = {
        (operation, one["name"]): one["schema"].get("enum")
        for operation, described in operations(document)
        for one in described.get("parameters", ())
        if one["in"] == "path" and one["name"] in {"what", "action", "act"}
    }
    assert len(words) == 5
    assert all(words.values()), words
    assert words["post /v1/lanes/{what}", "what"] == ["stop", "resume"]
