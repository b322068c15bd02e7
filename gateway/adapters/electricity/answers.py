"""What a company's answers mean, by ``replies.toml`` (§3)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Any

import orjson

from gateway.adapters.electricity.mapping import REQUEST
from gateway.adapters.electricity.reading import numbers
from gateway.carriers.http import HTTPAnswer
from gateway.carriers.replies import Replies, folded, seconds_asked
from gateway.domain.attempt import Outcome
from gateway.domain.errors import AgencyBrokeContract
from gateway.ports.agency import Answer

_HERE = files(__package__ or "")
MANIFEST: Mapping[str, Any] = tomllib.loads((_HERE / "agency.toml").read_text("utf-8"))
REPLIES = Replies.load((_HERE / "replies.toml").read_text("utf-8"))
TAKEN = frozenset({Outcome.DELIVERED, Outcome.DUPLICATE})
_SUCCESS = frozenset({"ok", "success"})
_MOST_NUMBER = 50


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as rows of ``replies.toml`` look at it.

    ``told``: the whole object; empty, as the others are, where the shape is not
    that of §3: such an answer proves nothing.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)


def said(body: bytes) -> Said:
    """The parts of an answer that tell something."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Said()
    if not isinstance(told, dict):
        return Said()
    kind, text = told.get("TYPE"), told.get("MESSAGE")
    if not isinstance(kind, str) or not isinstance(text, str) or not kind:
        return Said()
    repeated = told.get("TRUNG_HSO", "0")
    fields = {
        "TYPE": "OK" if folded(kind) in _SUCCESS else "ERROR",
        "TRUNG_HSO": repeated if isinstance(repeated, str) else "",
        "MA_YCAU_KNAI": _number(told.get("MA_YCAU_KNAI")),
        "TIEN_DO": "*" if isinstance(told.get("TIEN_DO"), list) else "",
    }
    return Said(fields, text, told)


def _number(value: object) -> str:
    """A number as §4 allows it; empty for anything else."""
    is_one = isinstance(value, str) and value == value.strip()
    return str(value) if is_one and len(str(value)) <= _MOST_NUMBER else ""


def answered(operation: str, got: HTTPAnswer, now: datetime) -> Answer:
    """What an answer means; one that no row knows is a broken contract."""
    found = said(got.body)
    asked = got.headers.get("Retry-After", "")
    row = REPLIES.classify(
        operation, got.status, {**found.fields, "Retry-After": asked}, found.text
    )
    if row is None:
        broken = AgencyBrokeContract()
        told = (Outcome.CONTRACT_BROKEN, broken.code, "", broken.remedy)
    else:
        told = (row.outcome, row.code, row.reason, row.next_action)
    gave = operation == REQUEST and told[0] in TAKEN
    return Answer(
        *told,
        introduces=numbers({"MA_YCAU_KNAI": found.fields["MA_YCAU_KNAI"]})
        if gave
        else (),
        retry_after_s=seconds_asked(asked, now),
        response=got.body,
        http_status=got.status,
        times=got.times,
    )
