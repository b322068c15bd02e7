"""What is published of the platforms, and what an answer means by it."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from lxml import etree

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Published:
    """One platform's document and what lies beside it."""

    name: str

    @property
    def folder(self) -> Path:
        return ROOT / "schemas" / "platforms" / self.name

    @property
    def samples(self) -> Path:
        return self.folder / "samples"

    @property
    def source(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "SOURCE.toml").read_text("utf-8"))

    @property
    def codes(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "codes.toml").read_text("utf-8"))

    @property
    def languages(self) -> tuple[str, str]:
        """The document in English and in Vietnamese."""
        docs = ROOT / "docs" / "platforms"
        english, vietnamese = (docs / f"{self.name}{end}" for end in (".md", ".vi.md"))
        return english.read_text("utf-8"), vietnamese.read_text("utf-8")

    @cache  # noqa: B019  two of them, for as long as the tests run
    def schemas(self) -> dict[str, dict[str, Any]]:
        return {
            path.stem: json.loads(path.read_text("utf-8"))
            for path in self.folder.glob("*.json")
        }

    @cache  # noqa: B019
    def _validator(self, schema: str) -> Any:
        return jsonschema_rs.validator_for(self.schemas()[schema])

    def is_valid(self, schema: str, content: object) -> bool:
        return bool(self._validator(schema).is_valid(content))


LGSP = Published("lgsp")
XROAD = Published("xroad_adapter")


def read_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def fault_of(body: bytes) -> dict[str, str]:
    """A fault of an LGSP in any of its three shapes; empty: it is none."""
    found = read_json(body)
    for schema in ("fault", "fault-nested"):
        if LGSP.is_valid(schema, found):
            inner = found.get("fault", found)
            return {name: str(value) for name, value in inner.items()}
    if body.startswith(b"<am:fault"):
        root = etree.fromstring(body)  # noqa: TID251
        return {str(one.tag).partition("}")[2]: one.text or "" for one in root}
    return {}


def lgsp_name(status: int, body: bytes) -> str:
    """The row of an LGSP's answer, by the document; empty: the agency's answer."""
    fault = fault_of(body) if status >= 400 else {}
    for row in LGSP.codes["answer"]:
        if not row["codes"]:
            fits = not fault and status in row["http"]
        else:
            any_other = row["codes"] == ["*"] and len(fault.get("code", "")) == 6
            fits = fault.get("code") in row["codes"] or any_other
        if fits and row.get("type", fault.get("type")) == fault.get("type"):
            return str(row["name"])
    return ""


def xroad_name(status: int, body: bytes) -> str:
    """The row of an answer on the way, by the document; empty: the agency's."""
    found: Any = read_json(body) if status >= 400 else None
    error: dict[str, Any] = found if XROAD.is_valid("error", found) else {}
    for row in XROAD.codes["answer"]:
        if not row["types"]:
            if not error and status in row["http"]:
                return str(row["name"])
            continue
        if (
            str(error.get("type", "")).startswith(tuple(row["types"]))
            and error["message"].startswith(row.get("begins", ""))
            and row.get("contains", "") in error["message"]
        ):
            return str(row["name"])
    return ""
