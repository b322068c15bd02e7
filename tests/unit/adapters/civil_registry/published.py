"""What is published of the interface: schemas, samples, lists of answers, documents."""

from __future__ import annotations

import json
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from lxml import etree

ROOT = Path(__file__).resolve().parents[4]
SCHEMAS = ROOT / "schemas" / "agencies" / "civil_registry"
SAMPLES = SCHEMAS / "samples"
BROKEN = SAMPLES / "broken"
SOURCE = tomllib.loads((SCHEMAS / "SOURCE.toml").read_text("utf-8"))
CODES = tomllib.loads((SCHEMAS / "codes.toml").read_text("utf-8"))
EXPECTED = tomllib.loads((BROKEN / "expected.toml").read_text("utf-8"))
ENGLISH = (ROOT / "docs" / "agencies" / "civil_registry.md").read_text("utf-8")
VIETNAMESE = (ROOT / "docs" / "agencies" / "civil_registry.vi.md").read_text("utf-8")


@cache
def schema(name: str) -> dict[str, Any]:
    """A published JSON Schema."""
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    return found


@cache
def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for(schema(name))


def wrong(name: str, content: object) -> list[str]:
    """Top-level fields that the schema of that name refuses, each as often as it does."""
    fields = []
    for error in _validator(name).iter_errors(content):
        kind = error.kind
        if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
            fields.append(str(kind.property))
        elif isinstance(kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
            fields.extend(map(str, kind.unexpected))
        else:
            fields.append(str([*error.instance_path, ""][0]))
    return fields


def sample(name: str) -> Any:
    """A JSON sample, read."""
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


def schema_of(sample_name: str) -> str:
    """The schema that a sample's name begins with."""
    return sample_name.partition(".")[0]


def parsed(raw: str) -> etree._Element:
    """XML, nothing resolved."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(raw.encode(), parser)  # noqa: TID251


def xsd(name: str) -> etree.XMLSchema:
    """A published XSD."""
    return etree.XMLSchema(file=str(SCHEMAS / f"{name}.xsd"))


def folded(text: str) -> str:
    """As phrases are compared: NFC, folded, blanks run together."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def said(body: bytes) -> str:
    """The words of an answer of DVCLT in any of its three shapes (§7.3)."""
    text = body.decode()
    try:
        content = json.loads(text)
    except ValueError:
        return text
    if isinstance(content, dict):
        return str(content.get("message", ""))
    return content if isinstance(content, str) else text


def dvclt_name(status: int, body: bytes) -> str:
    """The first row of §7.3 that fits; empty: none."""
    words = folded(said(body))
    for row in CODES["dvclt_answer"]:
        if status in row["http"] and folded(row["phrase"]) in words:
            return str(row["name"])
    return ""


def btp_name(operation: str, content: dict[str, Any]) -> str:
    """The first row of §8.2 that fits; empty: none."""
    both = (content.get("statusDescription"), content.get("errorDescription"))
    words = folded(" ".join(text for text in both if text))
    for row in CODES["btp_answer"]:
        is_meant = operation in row["operations"]
        is_status = row["status"] in {"", str(content["status"])}
        if is_meant and is_status and folded(row["phrase"]) in words:
            return str(row["name"])
    return ""
