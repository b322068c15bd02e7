"""What one look at an office's line found, step by step, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.domain.identifiers import OfficeId
from gateway.domain.json_text import as_json, of_json
from gateway.domain.values import dataclass

#: Characters of what others say of themselves (names in certificates) at most.
FACT_CHARS = 160
#: How far the other side's clock may be off, seconds.
CLOCK_S = 120
#: A certificate with fewer days left is to be renewed.
DAYS = 30


class Step(StrEnum):
    """What is looked at, in this order."""

    ENTRY = "entry"
    #: what is configured of the office
    NAME = "name"
    CONNECT = "connect"
    TLS = "tls"
    HOST_KEY = "host_key"
    SIGN_IN = "sign_in"
    CALL = "call"
    FOLDER = "folder"
    HEARD = "heard"
    CLOCK = "clock"


class Result(StrEnum):
    """How a step ended."""

    DONE = "done"
    FAILED = "failed"
    NONE = "not_applicable"
    LEFT = "not_tried"
    #: an earlier one failed


class Whose(StrEnum):
    """Who has to act."""

    NOBODY = ""
    US = "us"
    AGENCY = "agency"
    NETWORK = "network"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Finding:
    """One step; ``code`` has its sentence in ``check_words``.

    ``facts`` are filled into it, never secret. ``reason`` and ``next_action``: words
    that the code has elsewhere, of an agency's own answer or of a road.
    """

    step: Step
    result: Result
    code: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    next_action: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One look at an office's line."""

    office: OfficeId
    at: datetime
    by: str
    findings: Sequence[Finding]

    @property
    def failed(self) -> Finding | None:
        """The first step that failed; None: the line is up."""
        found = (one for one in self.findings if one.result is Result.FAILED)
        return next(found, None)


def finding(step: Step, result: Result, code: str, **facts: object) -> Finding:
    """A finding whose facts are cut to what a sentence takes."""
    told = {name: str(value)[:FACT_CHARS] for name, value in facts.items()}
    return Finding(step, result, code, told)


def kept(check: Check) -> str:
    """The text under which it is kept."""
    return as_json(
        {
            "at": check.at.isoformat(),
            "by": check.by,
            "findings": [
                {
                    "step": one.step.value,
                    "result": one.result.value,
                    "code": one.code,
                    "facts": dict(one.facts),
                    "reason": one.reason,
                    "next_action": one.next_action,
                }
                for one in check.findings
            ],
        }
    ).decode()


def of_kept(office: OfficeId, text: str) -> Check:
    """The check that ``kept`` wrote."""
    told: dict[str, Any] = of_json(text.encode())
    findings = [
        Finding(
            Step(one["step"]),
            Result(one["result"]),
            one["code"],
            one["facts"],
            one["reason"],
            one["next_action"],
        )
        for one in told["findings"]
    ]
    at = datetime.fromisoformat(told["at"])
    return Check(office, at, told["by"], findings)
