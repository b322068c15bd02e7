"""What is published of the interface: schemas, samples, lists of codes, documents."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

ROOT = Path(__file__).resolve().parents[4]
SCHEMAS = ROOT / "schemas" / "agencies" / "electricity"
SAMPLES = SCHEMAS / "samples"
SOURCE = tomllib.loads((SCHEMAS / "SOURCE.toml").read_text("utf-8"))
CODES = tomllib.loads((SCHEMAS / "codes.toml").read_text("utf-8"))
REFUSED = tomllib.loads((SAMPLES / "refused" / "expected.toml").read_text("utf-8"))
ENGLISH = (ROOT / "docs" / "agencies" / "electricity.md").read_text("utf-8")
VIETNAMESE = (ROOT / "docs" / "agencies" / "electricity.vi.md").read_text("utf-8")


@cache
def schema(name: str) -> dict[str, Any]:
    """A published JSON Schema."""
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    return found


@cache
def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for(schema(name))


def is_valid(name: str, content: object) -> bool:
    """Whether the schema of that name accepts a value."""
    return bool(_validator(name).is_valid(content))


def sample(name: str) -> Any:
    """A JSON sample, read."""
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


def schema_of(sample_name: str) -> str:
    """The schema that a sample's name begins with."""
    names = [path.stem for path in SCHEMAS.glob("*.json")]
    fitting = [n for n in names if sample_name == n or sample_name.startswith(f"{n}.")]
    return max(fitting, key=len)
