"""The published files of the interface, as both sides' tests read them."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.adapters.water.contract import Contract
from gateway.adapters.water.reading import Read, read
from gateway.adapters.water.tables import lines_of
from gateway.sheets.spreadsheets import FileSpreadsheets

ROOT = Path(__file__).resolve().parents[4]
SCHEMAS = ROOT / "schemas" / "agencies" / "water"
SAMPLES = SCHEMAS / "samples"
CONTRACT = Contract.load(SCHEMAS)
NOW = datetime(2026, 4, 10, 1, tzinfo=UTC)
READABLE: list[dict[str, Any]] = tomllib.loads(
    (SAMPLES / "doc-duoc/expected.toml").read_text("utf-8")
)["file"]
FAULTY: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (SAMPLES / "doc-loi/expected.toml").read_text("utf-8")
)


def said_by(content: bytes, now: datetime = NOW, *, there: bool = True) -> Read:
    """What a table says; ``there``: whether the files that it names are."""
    lines = lines_of(content, CONTRACT, FileSpreadsheets()).lines
    return read(lines, CONTRACT, now=now, is_there=lambda _: there)


def table(*rows: str, headings: str = "MA_HO_SO;TRANG_THAI;NGAY;GIO") -> bytes:
    """A CSV of these rows."""
    return "\r\n".join([headings, *rows]).encode()
