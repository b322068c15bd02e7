"""A run as one page that needs nothing else: verdicts, and every message folded away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.conformance.partner.report_word import LEVELS, ROLES
from gateway.conformance.partner.verdicts import OVERALL_WORDS, WORDS, counted
from gateway.domain.legal_day import VIETNAM

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.conformance.partner.trying import Outcome


def page(outcome: Outcome) -> str:
    """The page; whatever a counterpart said is text in it."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    shown = outcome.run.certificate
    return environment.get_template("report.html").render(
        o=outcome,
        role=ROLES[outcome.wanted.role],
        overall=OVERALL_WORDS[outcome.overall],
        words=WORDS,
        levels=LEVELS,
        counts=[
            (WORDS[verdict], count)
            for verdict, count in counted(outcome.judged).items()
            if count
        ],
        at=_told(outcome.run.at),
        ends=_told(shown.ends) if shown and shown.ends else "",
    )


def _told(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
