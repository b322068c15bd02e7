"""The published schemas and lists, and how a call is read and answered by them."""

from __future__ import annotations

import hmac
import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from gateway.adapters.electricity.mock_contract import Reply

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
NEW, PAPER, PROGRESS = "themMoi_TiepNhanYeuCau", "uploadHSoGTo", "LayChiTietTienDo"
SUPPLEMENT, CANCEL = "boSungYeuCau", "huyYeuCau"
#: Operation → what a book calls it.
KINDS = {
    NEW: "hand_over",
    PAPER: "paper",
    PROGRESS: "progress",
    SUPPLEMENT: "supplement",
    CANCEL: "withdraw",
}
FOLDER = Path(__file__).resolve().parents[3] / "schemas" / "agencies" / "electricity"
_Kind = jsonschema_rs.ValidationErrorKind


class Told(Exception):
    """An answer that ends a call; ``name`` as in codes.toml."""

    def __init__(self, name: str, place: str = "") -> None:
        """``place`` names a field, never a value: values are personal."""
        super().__init__(name)
        self.name = name
        self.place = place


class Published:
    """What both sides go by."""

    def __init__(self, folder: Path) -> None:
        """Read once."""
        self._validators = {
            name: jsonschema_rs.validator_for(
                json.loads((folder / f"{name}.json").read_text("utf-8"))
            )
            for name in KINDS
        }
        codes = tomllib.loads((folder / "codes.toml").read_text("utf-8"))
        self._answers = {row["name"]: row for row in codes["answer"]}
        self.kinds: dict[str, dict[str, Any]] = {
            row["code"]: row for row in codes["request_kind"]
        }
        self._asking = {
            row["code"]
            for row in codes["obstacle"]
            if row["report"] == "supplement_request"
        }

    @classmethod
    @cache
    def load(cls, folder: Path) -> Published:
        """One for all offices of a process."""
        return cls(folder)

    def asks_for_papers(self, obstacle: str) -> bool:
        """Whether an obstacle is one that the citizen's papers end."""
        return obstacle in self._asking

    def check(self, operation: str, content: Mapping[str, Any]) -> None:
        """Raise ``Told`` for the first field that is missing or wrong (step 3)."""
        validator = self._validators[operation]
        right = validator.is_valid(content)
        wrong = [] if right else list(validator.iter_errors(content))
        of_kind = [error for error in wrong if "allOf" in error.schema_path]
        general = [error for error in wrong if error not in of_kind]
        if general:
            raise Told(*_place(min(general, key=_weight)))
        if operation == NEW and content["MA_LOAI_YCAU"] not in self.kinds:
            raise Told("unknown_kind")
        if of_kind:
            raise Told(*_place(min(of_kind, key=_weight)))

    def reply(self, name: str, place: str = "", **more: Any) -> Reply:
        """An answer as the company writes it."""
        row = self._answers[name]
        if "text" not in row:
            return int(row["http"][0]), TEXT, b""
        kind = "ERROR" if row.get("type") == "ERROR" else "OK"
        text = f"{row['text']}: {place}" if place else row["text"]
        return 200, JSON, written({"TYPE": kind, "MESSAGE": text, **more})


def _weight(error: Any) -> bool:
    """Missing fields are told before wrong ones."""
    return _place(error)[0] != "missing_field"


def _place(error: Any) -> tuple[str, str]:
    path = ".".join(str(part) for part in error.instance_path)
    match error.kind:
        case _Kind.Required() as kind:
            return "missing_field", f"{path}.{kind.property}".lstrip(".")
        case _Kind.AnyOf() if not path:
            # Only these two alternatives are told by the document.
            asks = "SO_DINHDANH" if "allOf" in error.schema_path else "NOI_DUNG"
            return "missing_field", asks
        case _Kind.AdditionalProperties() as kind:
            return "wrong_type", str(kind.unexpected[0])
        case _:
            return "wrong_type", path


def parsed(raw: bytes) -> dict[str, Any] | None:
    """A JSON object in UTF-8; None: it is none."""
    try:
        content = orjson.loads(raw)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def number_in(call: Mapping[str, Any] | None) -> str:
    """MA_HOSO_DVC of a call, unverified; empty when it has none."""
    number = (call or {}).get("MA_HOSO_DVC", "")
    return number[:50] if isinstance(number, str) else ""


def written(content: Mapping[str, Any]) -> bytes:
    """JSON as the company writes it."""
    return orjson.dumps(content)


def knows(given: object, keys: str | list[str]) -> bool:
    """Whether it is one of the keys; during a change there are two."""
    known = [keys] if isinstance(keys, str) else keys
    shown = given.encode() if isinstance(given, str) else b""
    return any(hmac.compare_digest(shown, key.encode()) for key in known)
