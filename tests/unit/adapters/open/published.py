"""What is published of the open interface: schemas, samples, documents."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from gateway.validation.json_schema import JSONSchemaCatalogue

ROOT = Path(__file__).resolve().parents[4]
SCHEMAS = ROOT / "schemas" / "agencies" / "open"
SAMPLES = SCHEMAS / "samples"
SOURCE = tomllib.loads((SCHEMAS / "SOURCE.toml").read_text("utf-8"))
REFUSED = tomllib.loads((SAMPLES / "refused" / "expected.toml").read_text("utf-8"))
ANSWERS = tomllib.loads((SAMPLES / "answers" / "expected.toml").read_text("utf-8"))
ENGLISH = (ROOT / "docs" / "agencies" / "open.md").read_text("utf-8")
VIETNAMESE = (ROOT / "docs" / "agencies" / "open.vi.md").read_text("utf-8")
CATALOGUE = JSONSchemaCatalogue.load(ROOT / "schemas")
#: The question has the envelope of a push.
SAME_SCHEMA = {"status": "push"}


@cache
def schema(name: str) -> dict[str, Any]:
    """A published JSON Schema."""
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    return found


def errors(name: str, content: object) -> list[tuple[str, str]]:
    """Pointer and code of every wrong field."""
    identifier = f"urn:lienthong:schema:open:{name.replace('.', '-')}:1"
    return [(e.pointer, e.code) for e in CATALOGUE.errors(identifier, content)]


def sample(name: str) -> Any:
    """A JSON sample, read."""
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


def schema_of(sample_name: str) -> str:
    """The schema that a sample's name begins with."""
    names = [*(path.stem for path in SCHEMAS.glob("*.json")), *SAME_SCHEMA]
    fitting = [n for n in names if sample_name == n or sample_name.startswith(f"{n}.")]
    found = max(fitting, key=len)
    return SAME_SCHEMA.get(found, found)
