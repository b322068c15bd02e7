"""What developers of agencies are handed is complete and right by the document."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.open_agencies import EXAMPLES
from tests.unit.adapters.documents import names, section, tables
from tests.unit.adapters.open.published import ROOT, VIETNAMESE, errors, sample, schema

COLLECTION = json.loads((EXAMPLES / "open.postman_collection.json").read_text("utf-8"))


def requests(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if "request" in item:
            yield item["request"]
        yield from requests(item.get("item", []))


def bodies() -> list[tuple[str, Any]]:
    """Operation and body of every request that has JSON."""
    return [
        (request["url"]["path"][-1], json.loads(request["body"]["raw"]))
        for request in requests(COLLECTION["item"])
        if request["body"]["mode"] == "raw"
    ]


def test_the_collection_has_every_operation_and_every_kind_of_report() -> None:
    told = [names(row[0])[0] for row in tables(section(VIETNAMESE, "4"))[0]]
    asked = list(requests(COLLECTION["item"]))
    assert {request["url"]["path"][-1] for request in asked} == set(told)
    kinds = {body["kind"] for operation, body in bodies() if operation == "report"}
    assert kinds == set(schema("report")["properties"]["kind"]["enum"])
    assert {request["method"] for request in asked} == {"POST"}


def test_every_request_of_the_collection_is_right() -> None:
    found = bodies()
    assert len(found) > 15
    assert [wrong for op, body in found if (wrong := errors(op, body))] == []
    reports = [body for operation, body in found if operation == "report"]
    for report in reports:
        name = "with_upload" if "dossier" in report else report["kind"]
        published = sample(f"report.{name}")
        assert report == {n: v for n, v in published.items() if n != "key"}


def test_every_request_of_the_collection_is_one_that_openapi_describes() -> None:
    described = json.loads(
        (ROOT / "docs/agencies/open.openapi.json").read_text("utf-8")
    )
    asked = list(requests(COLLECTION["item"]))
    assert {"/" + one["url"]["path"][-1] for one in asked} == set(described["paths"])
    for one in asked:
        assert one["url"]["host"] == ["{{OPEN}}"]
        operation = described["paths"]["/" + one["url"]["path"][-1]]["post"]
        content = set(operation["requestBody"]["content"])
        headers = {row["key"]: row["value"] for row in one.get("header", ())}
        is_form = one["body"]["mode"] == "formdata"
        told = {"multipart/form-data"} if is_form else {headers["Content-Type"]}
        assert told == content
        if is_form:
            (schema_of,) = (
                part["schema"] for part in operation["requestBody"]["content"].values()
            )
            parts = {part["key"] for part in one["body"]["formdata"]}
            assert set(schema_of["required"]) <= parts <= set(schema_of["properties"])


def test_the_key_stands_in_one_place_of_the_collection() -> None:
    text = json.dumps(COLLECTION)
    assert COLLECTION["auth"]["bearer"][0]["value"] == "{{KEY}}"
    assert text.count("khoa-vi-du") == 1


def test_the_kit_holds_documents_schemas_samples_and_examples(tmp_path: Path) -> None:
    packed = []
    for name in ("one.zip", "two.zip"):
        script = str(ROOT / "scripts" / "open_kit.py")
        words = [sys.executable, script, str(tmp_path / name)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        packed.append((tmp_path / name).read_bytes())
    assert packed[0] == packed[1]
    with zipfile.ZipFile(tmp_path / "one.zip") as kit:
        inside = set(kit.namelist())
        assert kit.testzip() is None
    for wanted in (
        "docs/agencies/open.vi.md",
        "schemas/agencies/open/report.json",
        "schemas/agencies/open/samples/transfer.hand_over.json",
        "schemas/dossier/dossier-1.json",
        "examples/open/java/Agency.java",
        "examples/open/csharp/Agency.cs",
        "examples/open/open.postman_collection.json",
    ):
        assert wanted in inside
