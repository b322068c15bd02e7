"""What is published of the dialect: document, schemas, samples and provenance."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema_rs

ROOT = Path(__file__).resolve().parents[4]
DOCS = ROOT / "docs" / "agencies"
SCHEMAS = ROOT / "schemas" / "agencies" / "land_registry_ilis"
SAMPLES = SCHEMAS / "samples"
ENGLISH = (DOCS / "land_registry_ilis.md").read_text("utf-8")
VIETNAMESE = (DOCS / "land_registry_ilis.vi.md").read_text("utf-8")
SOURCE = tomllib.loads((SCHEMAS / "SOURCE.toml").read_text("utf-8"))


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    return found


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


def wrong(name: str, content: Any) -> list[str]:
    """What its schema finds wrong with a value."""
    validator = jsonschema_rs.Draft202012Validator(schema(name), validate_formats=True)
    return [error.message for error in validator.iter_errors(content)]
