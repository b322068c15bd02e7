"""A run for programs: everything that is known, without secrets and personal values."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gateway.conformance.partner.verdicts import as_json as judged_json
from gateway.conformance.partner.verdicts import counted

if TYPE_CHECKING:
    from gateway.conformance.partner.trying import Outcome
    from gateway.conformance.partner.verdicts import Ran


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The whole run; moments are ISO 8601 with their zone."""
    wanted, done = outcome.wanted, outcome.run
    shown = done.certificate
    return {
        "agency": outcome.folder.name,
        "role": wanted.role.value,
        "document": outcome.folder.requirements.document,
        "requirements_version": outcome.folder.requirements.version,
        "hash": outcome.folder.hash,
        "against": wanted.against,
        "systems": outcome.tried,
        "by": wanted.by,
        "at": done.at.isoformat(),
        "overall": outcome.overall.value,
        "counted": {key.value: count for key, count in counted(outcome.judged).items()},
        "certificate": asdict(shown) | {"ends": shown.ends and shown.ends.isoformat()}
        if shown
        else None,
        "dossiers": list(outcome.dossiers),
        "requirements": judged_json(outcome.judged),
        "tests": [_test(one) for one in done.ran],
    }


def _test(ran: Ran) -> dict[str, Any]:
    return {
        "test": ran.test,
        "says": ran.says,
        "requirements": list(ran.numbers),
        "findings": [
            {
                "number": one.number,
                "holds": one.holds,
                "why": one.why if not one.holds else "",
            }
            for one in ran.findings
        ],
        "ended": ran.ended,
        "exchanges": [
            {**asdict(one), "at": one.at.isoformat()} for one in ran.exchanges
        ],
    }
