"""A line of the journal as an event that security centres read: CEF:0 (ArcSight); pure.

Only what identifies: who, what, about which dossier, when. What people typed, and what
a dossier says, stays in the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

VENDOR, PRODUCT = "Lien thong", "gateway"
#: Kinds whose line a centre looks at first, and how high; others are 3 of 10.
_SEVERITY: Mapping[str, int] = {
    "call_refused": 6,
    "sign_in_refused": 6,
    "file_refused": 8,
    "unmasked": 5,
    "person_export": 5,
    "evidence": 5,
    "access": 5,
    "account": 5,
    "secret": 5,
    "configuration": 5,
}
_USUAL = 3
#: Field of a row → key of CEF; labels of the free ones follow.
_KEYS: tuple[tuple[str, str], ...] = (
    ("by", "suser"),
    ("result", "outcome"),
    ("dossier", "cs1"),
    ("transfer", "cs2"),
    ("office", "cs3"),
)
_LABELS = {"cs1": "dossier", "cs2": "transfer", "cs3": "office"}


def event(row: Mapping[str, Any], version: str) -> str:
    """One line without its end; ``row`` as ``GET /v1/journal`` gives it."""
    kind = str(row["kind"])
    head = (VENDOR, PRODUCT, version, kind, str(row["words"]))
    said = {"rt": str(_millis(str(row["at"])))}
    for name, key in _KEYS:
        if row.get(name):
            said[key] = str(row[name])
            if key in _LABELS:
                said[f"{key}Label"] = _LABELS[key]
    severity = _SEVERITY.get(kind, _USUAL)
    told = " ".join(f"{key}={_value(value)}" for key, value in said.items())
    return "|".join(("CEF:0", *map(_field, head), str(severity), told))


def _millis(moment: str) -> int:
    """Milliseconds since 1970, as CEF has time."""
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


def _field(text: str) -> str:
    """A field of the head: a bar would end it, a line end the event."""
    plain = text.replace("\\", "\\\\").replace("|", "\\|")
    return " ".join(plain.split())


def _value(text: str) -> str:
    """A value: an equals sign would begin another."""
    plain = text.replace("\\", "\\\\").replace("=", "\\=")
    return plain.replace("\r", "").replace("\n", "\\n")
